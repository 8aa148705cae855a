"""Whether any answers make conditions true: held equal to trying all of them, on questions small enough for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain, combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit
from compliance.expressions import evaluate, parse
from compliance.frame import gather
from compliance.model import Expression, Question, QuestionType, Role, Service, Submission, Value
from compliance.problems import PROBLEMS
from compliance.profiles import MOST_TRIED, Search, denied, excluding, search

DAYS = [date(2026, 1, day) for day in range(1, 8)]
GRID: dict[str, list[Value]] = {
    "shares": [True, False],
    "adult": [True, False],
    "users": [*range(13)],
    "part": [0, 0.2, 0.25, 0.3, 0.5, 0.6, 0.75, 0.9, 1],
    "risk": ["low", "medium", "high"],
    "kinds": [*chain.from_iterable(combinations(("chat", "shop"), size) for size in (1, 2)), ("none",), ("other",)],
    "since": [*DAYS],
}


def question(id: str, type: QuestionType, **more: Any) -> Question:
    return Question(id, id, "", type, "", "", Role.FACT, **more)


QUESTIONS = {
    each.id: each
    for each in (
        question("shares", QuestionType.YES_NO),
        question("adult", QuestionType.YES_NO),
        question("users", QuestionType.COUNT, maximum=12),
        question("part", QuestionType.SHARE),
        question("risk", QuestionType.CHOICE, options=("low", "medium", "high"), ordered=True),
        question("kinds", QuestionType.CHOICES, options=("chat", "shop", "other", "none")),
        question("since", QuestionType.DATE),
    )
}

SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
LEAVES = st.one_of(
    st.sampled_from(["shares", "adult", "true", "false", 'risk in ["low", "high"]']),
    st.builds("users {} {}".format, SIGNS, st.integers(-1, 13)),
    st.builds("{} {} users".format, st.integers(-1, 13), SIGNS),
    st.builds("part {} {}".format, SIGNS, st.sampled_from([0, 0.25, 0.5, 0.75, 1])),
    st.builds('risk {} "{}"'.format, SIGNS, st.sampled_from(["low", "medium", "high"])),
    st.builds('"{}" in kinds'.format, st.sampled_from(["chat", "shop", "none", "other"])),
    st.builds('since {} "{}"'.format, SIGNS, st.sampled_from(DAYS[1:-1])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner),
    ),
    max_leaves=6,
)


def condition(text: str, facts: Mapping[str, Expression] | None = None) -> Expression:
    found, faults = parse(text, QUESTIONS, facts or {})
    assert found, faults
    return found


def holds(expression: Expression, profiles: list[Mapping[str, Value]]) -> list[bool]:
    """By the columns that the engine would make of each profile."""
    about = Service("a", "a", "a")
    filed = [Submission(about, DAYS[0], DAYS[1], DAYS[2], "", "", each, {}, ()) for each in profiles]
    frame = gather(filed, QUESTIONS.values())
    columns = {id: frame.column(id) for id in QUESTIONS}
    return [bool(each) for each in np.broadcast_to(evaluate(expression, columns).true, len(profiles))]


def all_profiles(*read: str) -> Iterator[Mapping[str, Value]]:
    ids = [*dict.fromkeys(read)]
    yield from (dict(zip(ids, values, strict=True)) for values in product(*(GRID[id] for id in ids)))


@given(CONDITIONS)
def test_a_profile_is_found_exactly_where_there_is_one(text: str) -> None:
    expression = condition(text)
    found = search([expression], QUESTIONS)
    assert found.is_certain
    if found.profile is None:
        assert not any(holds(expression, [*all_profiles(*expression.reads)])), text
    else:
        assert holds(expression, [found.profile]) == [True], (text, found.profile)


@given(st.lists(CONDITIONS, min_size=2, max_size=3))
def test_what_excludes_each_other_does_and_nothing_of_it_is_idle(texts: list[str]) -> None:
    conditions = [condition(text) for text in texts]
    if search(conditions, QUESTIONS).profile is not None:
        return
    parts = excluding(conditions, QUESTIONS)
    assert parts
    assert search(parts, QUESTIONS).profile is None
    for i in range(len(parts) if len(parts) > 1 else 0):
        assert search(parts[:i] + parts[i + 1 :], QUESTIONS).profile is not None


@given(CONDITIONS)
def test_a_denied_condition_is_true_where_it_was_false(text: str) -> None:
    expression = condition(text)
    profiles = [*all_profiles(*expression.reads)][:50]
    opposite = [not each for each in holds(expression, profiles)]
    assert holds(denied(expression), profiles) == opposite


@pytest.mark.parametrize(
    "text",
    [
        "users + users > 20",
        "users * 3 == 33 or users / 2 == 5.5",
        "part * 4 >= 3.9 and part < 1",
        "users - 4 > 6 and shares",
        'since > "2026-01-03" and users >= 12',
        'risk > "low" and risk < "high"',
        '"chat" in kinds and "shop" in kinds',
        'not ("chat" in kinds) and not ("shop" in kinds) and not ("none" in kinds)',
    ],
)
def test_a_narrow_condition_is_met(text: str) -> None:
    found = search([condition(text)], QUESTIONS)
    assert found.profile is not None
    assert holds(condition(text), [found.profile]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "users > 12",
        "users < 0",
        "users > 3 and users < 4",
        "part > 1",
        'risk > "high"',
        '"none" in kinds and "chat" in kinds',
        "users / 0 > 1",
        "shares and not shares",
    ],
)
def test_a_condition_beyond_every_answer_is_not_met(text: str) -> None:
    assert search([condition(text)], QUESTIONS).profile is None


def test_a_calculation_leaves_doubt_and_everything_else_none() -> None:
    assert not search([condition("users + users > 40")], QUESTIONS).is_certain
    assert search([condition("users > 40")], QUESTIONS).is_certain


def test_a_rule_keeps_contradictory_profiles_out() -> None:
    rule = condition("not adult or users > 5")
    asked = [condition("adult and users < 3")]
    assert search(asked, QUESTIONS).profile is not None
    assert search(asked, QUESTIONS, [rule]).profile is None
    assert search(asked, QUESTIONS, [condition("shares")]).profile is not None, "a rule about something else is no bar"


def test_a_fact_is_one_part() -> None:
    facts = {"large": condition("users > 5"), "sharing": condition("shares and users > 5")}
    parts = excluding([condition("sharing and risk == 'low'", facts), condition("not large", facts)], QUESTIONS)
    assert [part.tree for part in parts] == [condition(text, facts).tree for text in ("sharing", "not large")]


def test_what_is_said_and_denied_needs_no_search() -> None:
    many = yes_no(100)
    fact, _ = parse(" and ".join(f"(q{i} or q{i + 1})" for i in range(0, 100, 2)), many, {})
    assert fact
    both, _ = parse("q1 and joined and not joined", many, {"joined": fact})
    assert both
    assert search([both], many) == Search(None, 0, is_certain=True)
    assert len(excluding([both], many)) == 2


def yes_no(count: int) -> dict[str, Question]:
    return {f"q{i}": question(f"q{i}", QuestionType.YES_NO) for i in range(count)}


def test_a_search_ends_at_its_limit_and_says_so() -> None:
    """Every profile has to be whole before it fails, so none can be given up early."""
    many = yes_no(30)
    same = [f"(q{i} or q{i + 1})" for i in range(0, 30, 2)]
    expression, _ = parse(f"({' and '.join(same)}) and not ({' and '.join(reversed(same))})", many, {})
    assert expression
    found = search([expression], many)
    assert found.profile is None
    assert not found.is_certain
    assert MOST_TRIED < found.tried < 2 * MOST_TRIED
    assert search([expression], many, most=10).tried < 100


def test_many_questions_do_not_hide_a_profile() -> None:
    many = yes_no(200)
    facts: dict[str, Expression] = {}
    for i in range(0, 40, 2):
        found, _ = parse(f"q{i} or not q{i + 1}" + (f" and f{i - 2}" if i else ""), many, facts)
        assert found
        facts[f"f{i}"] = found
    for text in (" and ".join(f"(q{i} or q{i + 1})" for i in range(0, 80, 2)), "f38"):
        expression, faults = parse(text, many, facts)
        assert expression, faults
        assert search([expression], many).profile is not None


def test_lists_with_many_options_are_tried_in_part() -> None:
    options = tuple(f"o{i}" for i in range(20))
    long = {"kinds": question("kinds", QuestionType.CHOICES, options=options)}
    every, _ = parse(" and ".join(f'"{option}" in kinds' for option in options), long, {})
    three, _ = parse(
        " and ".join(f'("{option}" in kinds) == {str(i < 3).lower()}' for i, option in enumerate(options)), long, {}
    )
    assert every
    assert three
    assert search([every], long).profile == {"kinds": options}
    found = search([three], long)
    assert found.profile is None
    assert not found.is_certain


def test_the_problem_states_the_limit() -> None:
    assert f"{MOST_TRIED:,} profiles" in PROBLEMS["never-true"].explanation


def test_every_shipped_provision_applies_to_a_profile_that_the_engine_agrees_with() -> None:
    codes = audit.load_rules().codes
    for code, provision in chain.from_iterable(((code, p) for p in code.provisions) for code in codes):
        whens = [when for when in (code.scope, provision.applies_when) if when]
        found = search(whens, code.catalogue.questions, [rule.holds for rule in code.catalogue.consistency])
        assert found.profile is not None, (code.name, provision.id)
        day = date(2026, 6, 30)
        filed = Submission(Service("a", "a", "a"), day, day, day, "", "", found.profile, {}, ())
        frame = gather([filed], code.catalogue.questions.values())
        for when in whens:
            columns = {id: frame.column(id) for id in when.reads}
            assert evaluate(when, columns).true.all(), (code.name, provision.id)
