"""The language of conditions: what it takes and refuses, what it comes to on arrays, and what it says in words.

Arrays are held against a scalar evaluator of the design's sentences, written here over the same random conditions.
"""

from __future__ import annotations

import inspect
import math
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.expressions import (
    MAX_CHARACTERS,
    MAX_LEVELS,
    Fault,
    caret,
    evaluate,
    parse,
)
from compliance.model import NUMERIC, Column, Expression, Question, QuestionType, Role, Value
from compliance.problems import PROBLEMS
from compliance.wording import describe, explain, say, unanswered

Row = Mapping[str, Value | None]


def question(id: str, label: str, type: QuestionType, options: Sequence[str] = (), ordered: bool = False) -> Question:
    return Question(id, label, "?", type, "", "", Role.FACT, options=tuple(options), ordered=ordered)


FACTS: dict[str, Expression] = {}
LEVELS = ("low", "medium", "high")
QUESTIONS = {
    each.id: each
    for each in (
        question("service.uk_monthly_users", "UK users", QuestionType.COUNT),
        question("service.kinds", "service kinds", QuestionType.CHOICES, ("social_media", "adult", "messaging")),
        question("service.main_kind", "main kind", QuestionType.CHOICE, ("social_media", "adult", "messaging")),
        question("service.is_file_sharing", "file sharing", QuestionType.YES_NO),
        question("service.is_adult", "adult content", QuestionType.YES_NO),
        question("risk.csam_images", "image risk", QuestionType.CHOICE, LEVELS, ordered=True),
        question("risk.grooming", "grooming risk", QuestionType.CHOICE, LEVELS, ordered=True),
        question("images.uploaded", "images uploaded", QuestionType.COUNT),
        question("images.checked", "images checked", QuestionType.COUNT),
        question("images.precision", "precision", QuestionType.SHARE),
        question("removal.p95_hours", "removal time", QuestionType.HOURS),
        question("review.interval", "time between reviews", QuestionType.DAYS),
        question("policy.approved_on", "policy approval", QuestionType.DATE),
        question("policy.reviewed_on", "policy review", QuestionType.DATE),
        question("policy.summary", "policy summary", QuestionType.TEXT),
    )
}

FULL: Row = {
    "service.uk_monthly_users": 2_400_000,
    "service.kinds": ("social_media", "messaging"),
    "service.main_kind": "social_media",
    "service.is_file_sharing": True,
    "service.is_adult": False,
    "risk.csam_images": "high",
    "risk.grooming": "medium",
    "images.uploaded": 1_000,
    "images.checked": 999,
    "images.precision": 0.95,
    "removal.p95_hours": 6.5,
    "review.interval": 1,
    "policy.approved_on": date(2025, 3, 17),
    "policy.reviewed_on": date(2026, 3, 17),
}


def number_of(question: Question, value: Any) -> float:
    match question.type:
        case QuestionType.CHOICE:
            return question.options.index(value)
        case QuestionType.CHOICES:
            return sum(1 << question.options.index(option) for option in value)
        case QuestionType.DATE:
            return int(value.toordinal())
    return float(value)


def columns_of(*rows: Row) -> dict[str, Column]:
    """Columns as `model.Column` documents them, with nonsense where nothing is known."""
    columns = {}
    for id, each in QUESTIONS.items():
        values = [row.get(id) for row in rows]
        nonsense: float = math.nan if each.type in NUMERIC else -1
        dtype = np.float64 if each.type in NUMERIC else np.int64
        numbers = [nonsense if v is None else number_of(each, v) for v in values]
        columns[id] = Column(np.array(numbers, dtype=dtype), np.array([v is not None for v in values]))
    return columns


def read(text: str) -> Expression:
    expression, faults = parse(text, QUESTIONS, FACTS)
    assert faults == []
    assert expression is not None
    return expression


def faults_of(text: str) -> list[Fault]:
    expression, faults = parse(text, QUESTIONS, FACTS)
    assert (expression is None) == bool(faults)
    return faults


def verdict(expression: Expression, row: Row) -> bool | None:
    true, false = evaluate(expression, columns_of(row))
    assert not (true[0] and false[0])
    return True if true[0] else False if false[0] else None


FACTS["large"] = read("service.uk_monthly_users > 7_000_000")
FACTS["risky"] = read('risk.csam_images >= "medium" or risk.grooming >= "medium"')
FACTS["large_and_risky"] = read("large and risky")


# What it takes, and what that comes to for FULL


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("true", True),
        ("false", False),
        ("service.is_file_sharing", True),
        ("not service.is_file_sharing", False),
        ("service.is_adult == false", True),
        ("true == service.is_adult", False),
        ("service.is_adult != true", True),
        ("service.is_adult == service.is_file_sharing", False),
        ("service.is_adult != (images.uploaded > 0)", True),
        ("service.uk_monthly_users > 700_000", True),
        ("700_000 < service.uk_monthly_users", True),
        ("700000.0 < service.uk_monthly_users <= 2.4e6", True),
        ("700_000 < service.uk_monthly_users < 2_400_000", False),
        ("service.uk_monthly_users == 2_400_000", True),
        ("service.uk_monthly_users != 2_400_000", False),
        ("images.checked / images.uploaded >= 0.999", True),
        ("images.checked + 1 == images.uploaded", True),
        ("-images.checked * 2 + 1_998 == 0", True),
        ("images.uploaded - (images.checked - 1) == 2", True),
        ("-1 < 0", True),
        ("removal.p95_hours < review.interval * 24", True),
        ('"messaging" in service.kinds', True),
        ('"adult" in service.kinds', False),
        ('"adult" not in service.kinds', True),
        ("service.main_kind == 'social_media'", True),
        ("'adult' != service.main_kind", True),
        ('service.main_kind in ["messaging", "social_media", "messaging"]', True),
        ('service.main_kind not in ["messaging"]', True),
        ('risk.csam_images == "high"', True),
        ('risk.csam_images >= "medium"', True),
        ('risk.csam_images > "high"', False),
        ('"low" < risk.grooming < "high"', True),
        ("risk.grooming < risk.csam_images", True),
        ("risk.grooming == risk.csam_images", False),
        ('policy.approved_on <= "2025-03-17"', True),
        ('"2025-03-18" <= policy.approved_on', False),
        ("policy.approved_on < policy.reviewed_on", True),
        ("policy.reviewed_on - policy.approved_on == 365", True),
        ("large", False),
        ("not large and risky", True),
        ("large == risky", False),
        ("large_and_risky", False),
        ("\n  service.is_adult\n\tor risky\r\n", True),
        ("(" * MAX_LEVELS + "true" + ")" * MAX_LEVELS, True),
        (" or ".join(["service.is_adult"] * 100), False),
    ],
)
def test_a_condition_comes_to(text: str, holds: bool) -> None:
    assert verdict(read(text), FULL) is holds


def test_reads_lists_questions_in_reading_order_with_those_of_facts() -> None:
    expression = read("service.is_adult and large_and_risky and images.uploaded > service.uk_monthly_users")
    assert expression.reads == (
        "service.is_adult",
        "service.uk_monthly_users",
        "risk.csam_images",
        "risk.grooming",
        "images.uploaded",
    )


# What it refuses, and where


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(0, "expression-syntax")]),
        ("  \n", [(3, "expression-syntax")]),
        ("large and", [(9, "expression-syntax")]),
        ("(large", [(0, "expression-syntax")]),
        ("large)", [(5, "expression-syntax")]),
        ("large or and risky", [(9, "expression-syntax")]),
        ("large = true", [(6, "expression-syntax")]),
        ("large && risky", [(6, "expression-syntax"), (7, "expression-syntax")]),
        ("!large", [(0, "expression-syntax")]),
        ("large # the big ones", [(6, "expression-syntax")]),
        ("large is true", [(6, "expression-syntax")]),
        ("True", [(0, "expression-syntax")]),
        ("None == large", [(0, "expression-syntax")]),
        ("lambda: large", [(0, "expression-syntax"), (6, "expression-syntax")]),
        ("large if risky else large", [(6, "expression-syntax"), (15, "expression-syntax")]),
        ("service.class == 1", [(0, "expression-syntax")]),
        ("service . kinds", [(8, "expression-syntax")]),
        ("{large}", [(0, "expression-syntax"), (6, "expression-syntax")]),
        ("large\0", [(5, "expression-syntax")]),
        ("large\u00a0or\u2028risky", [(5, "expression-syntax"), (8, "expression-syntax")]),
        ("large\x0b", [(5, "expression-syntax")]),
        ("large == \ud800", [(9, "expression-syntax")]),
        ("l\u0430rge", [(1, "expression-syntax"), (2, "expression-missing-operator")]),
        ('service.main_kind == "\u202eadult"', [(22, "expression-syntax")]),
        ('service.main_kind == "adult', [(21, "expression-syntax")]),
        (r'service.main_kind == "\x61dult"', [(21, "expression-syntax")]),
        ("large risky", [(6, "expression-missing-operator")]),
        ('service.main_kind == "ad" "ult"', [(26, "expression-missing-operator")]),
        ('service.main_kind == f"adult"', [(22, "expression-missing-operator")]),
        ("images.uploaded > 010", [(18, "expression-bad-number")]),
        ("images.uploaded > 0x10", [(18, "expression-bad-number")]),
        ("images.uploaded > 1j", [(18, "expression-bad-number")]),
        ("images.uploaded > 1__0", [(18, "expression-bad-number")]),
        (
            "images.uploaded > 1. or images.uploaded > .5",
            [(18, "expression-bad-number"), (42, "expression-bad-number")],
        ),
        ("images.uploaded > 1e999", [(18, "expression-bad-number")]),
        ("images.uploaded > " + "9" * 1_500, [(18, "expression-bad-number")]),
        ("1and 2", [(0, "expression-bad-number"), (5, "expression-missing-operator")]),
        ("len(service.kinds) > 1", [(0, "expression-not-allowed")]),
        ("service.kinds[0] == 'adult'", [(0, "expression-not-allowed")]),
        (
            "images.uploaded ** 2 > 1 or images.uploaded // 2 > 1",
            [(0, "expression-not-allowed"), (28, "expression-not-allowed")],
        ),
        ("+images.uploaded > 1", [(0, "expression-not-allowed")]),
        ("large, risky", [(0, "expression-not-allowed")]),
        ("\n  larg", [(3, "expression-unknown-name")]),
        ("\n  large)", [(8, "expression-syntax")]),
        ("larg or service.uk_monthly_user > 1", [(0, "expression-unknown-name"), (8, "expression-unknown-name")]),
        ("service", [(0, "expression-unknown-name")]),
        ("__import__", [(0, "expression-unknown-name")]),
        ('risk.grooming == "hihg"', [(17, "expression-unknown-option")]),
        (
            'service.main_kind in ["adult", "game", "mail"]',
            [(31, "expression-unknown-option"), (39, "expression-unknown-option")],
        ),
        ("risk.grooming < 'zzz' < risk.grooming", [(16, "expression-unknown-option")]),
        ('"game" in service.kinds', [(0, "expression-unknown-option")]),
        ('policy.approved_on > "2025-02-30"', [(21, "expression-bad-date")]),
        ('policy.approved_on > "20250217"', [(21, "expression-bad-date")]),
        ('policy.approved_on > "2025-W01-1"', [(21, "expression-bad-date")]),
        ("service.uk_monthly_users", [(0, "expression-wrong-type")]),
        ("1", [(0, "expression-wrong-type")]),
        ('"adult"', [(0, "expression-wrong-type")]),
        ("[]", [(0, "expression-wrong-type")]),
        ("risk.grooming or policy.summary", [(0, "expression-wrong-type"), (17, "expression-wrong-type")]),
        ("large + service.is_adult > 1", [(0, "expression-wrong-type"), (8, "expression-wrong-type")]),
        ("-large", [(1, "expression-wrong-type")]),
        ("policy.reviewed_on - 3 > 1", [(21, "expression-wrong-type")]),
        ("policy.reviewed_on + policy.approved_on > 1", [(0, "expression-wrong-type"), (21, "expression-wrong-type")]),
        ("service.main_kind in ['adult', 3]", [(31, "expression-wrong-type")]),
        ("service.uk_monthly_users > 'large'", [(0, "expression-not-comparable")]),
        ("service.is_adult == 1", [(0, "expression-not-comparable")]),
        ("policy.summary == 'x'", [(0, "expression-not-comparable")]),
        ("policy.summary == policy.summary", [(0, "expression-not-comparable")]),
        ("'a' == 'a'", [(0, "expression-not-comparable")]),
        ("service.kinds == 'adult'", [(0, "expression-not-comparable")]),
        ("service.kinds in ['adult']", [(0, "expression-not-comparable")]),
        ("service.main_kind in []", [(0, "expression-not-comparable")]),
        ("'adult' in service.main_kind", [(0, "expression-not-comparable")]),
        ("risk.grooming == service.main_kind", [(0, "expression-not-comparable")]),
        ("images.precision > removal.p95_hours", [(0, "expression-not-comparable")]),
        ("service.main_kind > 'adult'", [(0, "expression-no-order")]),
        ("large < risky", [(0, "expression-no-order")]),
        ("1 < large < 2", [(0, "expression-not-comparable"), (4, "expression-not-comparable")]),
        ("x" * (MAX_CHARACTERS + 1), [(MAX_CHARACTERS, "expression-too-long")]),
        ("(" * (MAX_LEVELS + 1) + "true" + ")" * (MAX_LEVELS + 1), [(MAX_LEVELS, "expression-too-deep")]),
        ("(" * MAX_CHARACTERS, [(MAX_LEVELS, "expression-too-deep")]),
        ("[(" * 1_000, [(MAX_LEVELS, "expression-too-deep")]),
        ("-" * (MAX_CHARACTERS - 1) + "1", [(0, "expression-too-deep")]),
        ("not " * 499 + "true", [(0, "expression-too-deep")]),
        (" " + "1+" * 900 + "1 > 2", [(1, "expression-too-deep")]),
    ],
)
def test_a_fault_has_its_id_and_offset(text: str, found: list[tuple[int, str]]) -> None:
    assert [(fault.offset, fault.id) for fault in faults_of(text)] == found


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("larg", "Did you mean large?"),
        ("service.uk_monthly_user > 1", "Did you mean service.uk_monthly_users?"),
        ('risk.grooming == "hihg"', "Did you mean high?"),
        ('risk.grooming == "zzz"', "The options are low, medium, high."),
        ("large = true", "Write == to compare."),
        ("large | risky", "Write or."),
        ("not True", "Write true."),
    ],
)
def test_a_fault_says_what_to_write(text: str, hint: str) -> None:
    assert [fault.hint for fault in faults_of(text)] == [hint]


def test_a_fault_says_what_it_found() -> None:
    (fault,) = faults_of("images.precision > removal.p95_hours")
    assert fault.message == '">" cannot stand between images.precision (share) and removal.p95_hours (hours).'
    (fault,) = faults_of("1 + large > 2")
    assert fault.message == "Here stands a condition, where a number is needed."


def test_faults_are_bounded_in_number() -> None:
    assert len(faults_of("@ " * 1_000)) == 10


def test_a_text_that_exhausts_the_stack_is_too_deep() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 120)
    try:
        assert [fault.id for fault in faults_of("not " * 499 + "true")] == ["expression-too-deep"]
    finally:
        sys.setrecursionlimit(limit)


def test_facts_that_double_are_refused_before_they_grow() -> None:
    facts = dict(FACTS)
    name = "large"
    for step in range(40):
        expression, faults = parse(f"{name} and {name}", QUESTIONS, facts)
        if expression is None:
            assert [fault.id for fault in faults] == ["expression-too-large"]
            return
        name = f"step_{step}"
        facts[name] = expression
    pytest.fail("facts grew without a limit")


def test_facts_that_nest_without_end_are_refused() -> None:
    facts = dict(FACTS)
    ids = []
    for step in range(60):
        expression, faults = parse(f"not step_{step - 1}" if step else "not large", QUESTIONS, facts)
        ids += [fault.id for fault in faults]
        if expression is None:
            break
        facts[f"step_{step}"] = expression
    assert ids == ["expression-too-large"]


def test_the_caret_stands_under_the_fault() -> None:
    assert caret("large or larg", 9) == "    large or larg\n             ^"
    assert caret("a\nb\u202e", 2) == "    a b?\n      ^"
    quoted, under = caret("x" * 500 + "!" + "y" * 500, 500).split("\n")
    assert quoted.startswith("    ... xx")
    assert quoted.endswith("yy ...")
    assert quoted[under.index("^")] == "!"
    assert len(quoted) < 90


def test_the_end_of_a_long_text_can_be_pointed_at() -> None:
    quoted, under = caret("x" * 300, 300).split("\n")
    assert under.index("^") == len(quoted)


# Random conditions, each a text beside what the design's sentences make of it on one row (None for unknown)


class Sample(NamedTuple):
    text: str
    on: Callable[[Row], Any]


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SUMS: dict[str, Callable[[Any, Any], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
COUNTS = ("service.uk_monthly_users", "images.uploaded", "images.checked")
YES_NO = ("service.is_file_sharing", "service.is_adult")
RANKED = ("risk.csam_images", "risk.grooming")
DATES = ("policy.approved_on", "policy.reviewed_on")
KINDS = QUESTIONS["service.kinds"].options
DAYS = st.dates(date(2025, 1, 1), date(2025, 1, 5))


def judged(value: Any, judge: Callable[[Any], bool]) -> bool | None:
    return None if value is None else judge(value)


def compared(left: Any, sign: str, right: Any) -> bool | None:
    return None if left is None or right is None else ORDER[sign](left, right)


def both(left: bool | None, right: bool | None) -> bool | None:
    return False if left is False or right is False else None if left is None or right is None else True


def opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def either(left: bool | None, right: bool | None) -> bool | None:
    return opposite(both(opposite(left), opposite(right)))


def calculated(left: float | None, sign: str, right: float | None) -> float | None:
    if left is None or right is None or (sign == "/" and right == 0):
        return None
    result = left / right if sign == "/" else SUMS[sign](left, right)
    return result if math.isfinite(result) else None


def rank(row: Row, id: str) -> int | None:
    return None if row[id] is None else LEVELS.index(str(row[id]))


def days_apart(row: Row) -> int | None:
    start, end = (row[id] for id in DATES)
    return (end - start).days if isinstance(start, date) and isinstance(end, date) else None


def is_large(row: Row) -> bool | None:
    return compared(row["service.uk_monthly_users"], ">", 7_000_000)


def is_risky(row: Row) -> bool | None:
    first, second = (compared(rank(row, id), ">=", 1) for id in RANKED)
    return either(first, second)


def comparison(left: Sample, sign: str, right: Sample) -> Sample:
    return Sample(f"{left.text} {sign} {right.text}", lambda row: compared(left.on(row), sign, right.on(row)))


def chain(left: Sample, sign: str, middle: Sample, second: str, right: Sample) -> Sample:
    first, last = comparison(left, sign, middle), comparison(middle, second, right)
    return Sample(f"{first.text} {second} {right.text}", lambda row: both(first.on(row), last.on(row)))


def arithmetic(left: Sample, sign: str, right: Sample) -> Sample:
    return Sample(f"({left.text} {sign} {right.text})", lambda row: calculated(left.on(row), sign, right.on(row)))


def joined(word: str, join: Callable[[Any, Any], bool | None], left: Sample, right: Sample) -> Sample:
    return Sample(f"({left.text}) {word} ({right.text})", lambda row: join(left.on(row), right.on(row)))


signs = st.sampled_from(sorted(ORDER))
numbers = st.sampled_from(["0", "1", "2", "3.5", "1_000", "1e300"]).map(
    lambda text: Sample(text, lambda _: float(text))
)
counts = st.sampled_from(COUNTS).map(lambda id: Sample(id, lambda row: row[id]))
quantities = st.recursive(
    counts | numbers,
    lambda inner: (
        st.builds(arithmetic, inner, st.sampled_from("+-*/"), inner)
        | inner.map(lambda each: Sample(f"-{each.text}", lambda row: calculated(0, "-", each.on(row))))
    ),
    max_leaves=4,
)
leaves = st.one_of(
    st.sampled_from(YES_NO).map(lambda id: Sample(id, lambda row: row[id])),
    st.builds(comparison, counts, signs, quantities),
    st.builds(comparison, quantities, signs, counts),
    st.builds(chain, quantities, signs, counts, signs, quantities),
    st.sampled_from(KINDS).map(
        lambda option: Sample(
            f"'{option}' in service.kinds", lambda row: judged(row["service.kinds"], lambda chosen: option in chosen)
        )
    ),
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=3).map(
        lambda options: Sample(
            f"service.main_kind in {options}",
            lambda row: judged(row["service.main_kind"], lambda chosen: chosen in options),
        )
    ),
    st.builds(
        lambda id, sign, level: Sample(
            f"{id} {sign} '{level}'", lambda row: compared(rank(row, id), sign, LEVELS.index(level))
        ),
        st.sampled_from(RANKED),
        signs,
        st.sampled_from(LEVELS),
    ),
    signs.map(
        lambda sign: Sample(
            f"{RANKED[0]} {sign} {RANKED[1]}", lambda row: compared(rank(row, RANKED[0]), sign, rank(row, RANKED[1]))
        )
    ),
    st.builds(
        lambda id, sign, day: Sample(f"'{day}' {sign} {id}", lambda row: compared(day, sign, row[id])),
        st.sampled_from(DATES),
        signs,
        DAYS,
    ),
    st.builds(
        lambda sign, days: Sample(
            f"{DATES[1]} - {DATES[0]} {sign} {days}", lambda row: compared(days_apart(row), sign, days)
        ),
        signs,
        st.integers(-3, 3),
    ),
    st.sampled_from(
        [
            Sample("large", is_large),
            Sample("risky", is_risky),
            Sample("large_and_risky", lambda row: both(is_large(row), is_risky(row))),
        ]
    ),
)
samples = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(partial(joined, "and", both), inner, inner),
        st.builds(partial(joined, "or", either), inner, inner),
        st.builds(partial(joined, "==", lambda left, right: compared(left, "==", right)), inner, inner),
        inner.map(lambda each: Sample(f"not ({each.text})", lambda row: opposite(each.on(row)))),
    ),
    max_leaves=6,
)
answers: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(COUNTS, st.sampled_from([0, 1, 2, 1_000, 8_000_000])),
    **dict.fromkeys(YES_NO, st.booleans()),
    **dict.fromkeys(RANKED, st.sampled_from(LEVELS)),
    **dict.fromkeys(DATES, DAYS),
    "service.kinds": st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple),
    "service.main_kind": st.sampled_from(KINDS),
}
full_rows = st.fixed_dictionaries(answers)
rows = st.fixed_dictionaries({id: st.none() | each for id, each in answers.items()})


@given(samples, st.lists(rows, min_size=1, max_size=5))
def test_arrays_agree_with_a_scalar_evaluator(sample: Sample, batch: list[Row]) -> None:
    true, false = evaluate(read(sample.text), columns_of(*batch))
    expected = [sample.on(row) for row in batch]
    assert true.tolist() == [each is True for each in expected]
    assert false.tolist() == [each is False for each in expected]


@given(samples, st.lists(rows, min_size=2, max_size=4))
def test_a_batch_gives_what_single_rows_give(sample: Sample, batch: list[Row]) -> None:
    expression = read(sample.text)
    true, false = evaluate(expression, columns_of(*batch))
    singles = [evaluate(expression, columns_of(row)) for row in batch]
    assert true.tolist() == [single.true[0] for single in singles]
    assert false.tolist() == [single.false[0] for single in singles]


@given(st.lists(samples, min_size=2, max_size=4), st.lists(rows, min_size=1, max_size=3))
def test_a_shared_memo_changes_nothing(several: list[Sample], batch: list[Row]) -> None:
    columns = columns_of(*batch)
    memo: dict[Any, Any] = {}
    for sample in several:
        shared, alone = evaluate(read(sample.text), columns, memo), evaluate(read(sample.text), columns)
        assert shared.true.tolist() == alone.true.tolist()
        assert shared.false.tolist() == alone.false.tolist()


def test_an_identical_condition_is_evaluated_once() -> None:
    memo: dict[Any, Any] = {}
    first = evaluate(read("large and service.is_adult"), columns_of(FULL), memo)
    known = len(memo)
    again = evaluate(read("service.uk_monthly_users > 7e6 and service.is_adult"), columns_of(FULL), memo)
    assert again.true.tolist() == first.true.tolist()
    assert len(memo) == known + 1  # only the conjunction itself, which names no fact


def test_a_condition_that_reads_nothing_fills_every_row() -> None:
    true, false = evaluate(read("1 / 0 > 1 or 1 > 2 or true"), columns_of(FULL, FULL, FULL))
    assert true.tolist() == [True] * 3
    assert false.tolist() == [False] * 3


def test_results_cannot_be_written_to() -> None:
    true, _ = evaluate(read("service.is_adult"), columns_of(FULL))
    assert not true.flags.writeable


TOKENS = (
    "and",
    "or",
    "not",
    "in",
    "is",
    "large",
    "service.kinds",
    "service.is_adult",
    "risk.grooming",
    "1",
    "2.5",
    "1e9",
)
SOUP = st.lists(
    st.sampled_from((*TOKENS, *"()[]+-*/<>=!.,'\"#@:\\\n\0é", "==", "<=", "'low'", "lambda", "if", "**", " "))
)


@given(st.text(max_size=60) | SOUP.map(" ".join) | SOUP.map("".join))
def test_no_text_raises(text: str) -> None:
    expression, faults = parse(text, QUESTIONS, FACTS)
    assert (expression is None) == bool(faults)
    assert faults == sorted(faults)
    for fault in faults:
        assert 0 <= fault.offset <= len(text)
        assert fault.id in PROBLEMS
        assert fault.message
        assert fault.hint
        assert caret(text, fault.offset).endswith("^")


# Words


def without(*ids: str) -> Row:
    return {**FULL, **dict.fromkeys(ids)}


APPLIES = (
    "service.is_adult or ((risk.csam_images == 'high' and (service.uk_monthly_users > 700_000 or service.is_adult))"
    " or (large and risk.csam_images in ['medium', 'high']))"
)


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        (APPLIES, FULL, "image risk is high and 2,400,000 UK users are more than 700,000"),
        (
            APPLIES,
            {**FULL, "risk.csam_images": "low"},
            "adult content: no and image risk is low, not high and not large (2,400,000 UK users are at most 7,000,000)"
            " and image risk is low, not either medium or high",
        ),
        (
            "large",
            {**FULL, "service.uk_monthly_users": 9_000_000},
            "large (9,000,000 UK users are more than 7,000,000)",
        ),
        (
            "large_and_risky",
            {**FULL, "service.uk_monthly_users": 9_000_000},
            "large and risky (large (9,000,000 UK users are more than 7,000,000)"
            " and risky (image risk (high) is at least medium))",
        ),
        ("large", without("service.uk_monthly_users"), "UK users: not answered"),
        ("large and service.is_adult", without("service.uk_monthly_users"), "adult content: no"),
        ("large or risky", without("service.uk_monthly_users"), "risky (image risk (high) is at least medium)"),
        ("images.checked > images.uploaded", without("images.uploaded"), "images uploaded: not answered"),
        (
            "images.checked > images.uploaded or risk.grooming == 'high'",
            without("images.uploaded", "images.checked", "risk.grooming"),
            "images checked: not answered and images uploaded: not answered and grooming risk: not answered",
        ),
        (
            "images.checked / images.uploaded > 0.5",
            {**FULL, "images.uploaded": 0},
            "999 images checked divided by 0 images uploaded cannot be worked out",
        ),
        (
            "(images.checked + 1) / images.uploaded >= 0.999",
            FULL,
            "(999 images checked plus 1) divided by 1,000 images uploaded is at least 0.999",
        ),
        ("not service.is_adult and service.is_file_sharing", FULL, "adult content: no and file sharing: yes"),
        (
            "not (large or service.is_adult)",
            FULL,
            "not large (2,400,000 UK users are at most 7,000,000) and adult content: no",
        ),
        ("images.precision < 0.99", FULL, "precision (0.95) is less than 0.99"),
        ("removal.p95_hours <= 1", FULL, "removal time (6.5 hours) is more than 1 hour"),
        ("review.interval <= 30", FULL, "time between reviews (1 day) is at most 30 days"),
        ("images.checked <= images.uploaded", FULL, "999 images checked are at most 1,000 images uploaded"),
        ("images.checked == images.uploaded", FULL, "999 images checked are not exactly 1,000 images uploaded"),
        ("risk.csam_images != 'low'", FULL, "image risk is high, not low"),
        ("risk.csam_images == risk.grooming", FULL, "image risk (high) is not the same as grooming risk (medium)"),
        ("risk.grooming < risk.csam_images", FULL, "grooming risk (medium) is below image risk (high)"),
        ("service.main_kind in ['social_media']", FULL, "main kind is social media"),
        ("'adult' in service.kinds", FULL, "adult is not among service kinds (social media, messaging)"),
        (
            "'adult' in service.kinds or 'messaging' in service.kinds",
            {**FULL, "service.kinds": ("social_media",)},
            "none of adult, messaging is among service kinds (social media)",
        ),
        (
            "'social_media' in service.kinds and 'messaging' in service.kinds",
            FULL,
            "social media, messaging are among service kinds",
        ),
        ("policy.approved_on > '2025-01-31'", FULL, "policy approval (2025-03-17) is after 2025-01-31"),
        (
            "policy.approved_on >= policy.reviewed_on",
            FULL,
            "policy approval (2025-03-17) is before policy review (2026-03-17)",
        ),
        (
            "service.is_adult == large",
            FULL,
            "adult content: no and not large (2,400,000 UK users are at most 7,000,000)",
        ),
        ("true == service.is_adult", FULL, "adult content: no"),
        ("service.is_adult and true", FULL, "adult content: no"),
        ("service.is_adult or true", FULL, "always"),
        ("service.is_adult or false", FULL, "adult content: no and never"),
        ("1 < 2", FULL, "1 is less than 2"),
    ],
)
def test_an_explanation_gives_the_values_that_decide(text: str, row: Row, words: str) -> None:
    assert explain(read(text), columns_of(row), QUESTIONS) == words


@pytest.mark.parametrize(
    ("sign", "below", "equal", "above"),
    [
        ("==", "not exactly", "exactly", "not exactly"),
        ("!=", "not exactly", "exactly", "not exactly"),
        ("<", "less than", "at least", "at least"),
        ("<=", "at most", "at most", "more than"),
        (">", "at most", "at most", "more than"),
        (">=", "less than", "at least", "at least"),
    ],
)
def test_an_explanation_states_what_is_the_case(sign: str, below: str, equal: str, above: str) -> None:
    for bound, relation in ((1_000, below), (999, equal), (998, above)):
        words = explain(read(f"images.checked {sign} {bound}"), columns_of(FULL), QUESTIONS)
        assert words == f"999 images checked are {relation} {bound:,}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("risk.csam_images == 'high'", "image risk is high"),
        ("risk.csam_images not in ['high', 'low']", "image risk is not either low or high"),
        (
            "risk.csam_images == 'high' and service.uk_monthly_users > 700_000 or service.is_file_sharing",
            "image risk is high and more than 700,000 UK users, or file sharing: yes",
        ),
        (
            "not (service.is_adult and large) and (risk.grooming < 'high' or service.is_file_sharing)",
            "(adult content: no, or not large (more than 7,000,000 UK users))"
            " and (grooming risk is below high, or file sharing: yes)",
        ),
        ("images.checked <= images.uploaded", "images checked are at most images uploaded"),
        ("images.checked / images.uploaded >= 0.5", "images checked divided by images uploaded is at least 0.5"),
        ("not removal.p95_hours > 12", "removal time is at most 12 hours"),
        ("not 'adult' in service.kinds", "adult is not among service kinds"),
        ("'adult' in service.kinds or 'messaging' in service.kinds", "any of adult, messaging is among service kinds"),
        ("'adult' in service.kinds and 'messaging' in service.kinds", "adult, messaging are among service kinds"),
        (
            "not ('adult' in service.kinds or 'messaging' in service.kinds)",
            "none of adult, messaging is among service kinds",
        ),
        (
            "not ('adult' in service.kinds and 'messaging' in service.kinds) or service.is_adult",
            "adult, messaging are not all among service kinds, or adult content: yes",
        ),
        ("images.checked >= 1", "one or more images checked"),
        ("images.checked < 1", "no images checked"),
        ("not images.checked < 1", "one or more images checked"),
        ("policy.approved_on == '2025-03-17'", "policy approval is on 2025-03-17"),
        ("true", "always"),
        ("not true", "never"),
    ],
)
def test_a_description_says_what_is_asked(text: str, words: str) -> None:
    assert describe(read(text), QUESTIONS) == words


@pytest.mark.parametrize(
    ("value", "id", "words"),
    [
        (True, "service.is_adult", "yes"),
        (2_400_000.0, "service.uk_monthly_users", "2,400,000"),
        (9_007_199_254_740_992, "service.uk_monthly_users", "9,007,199,254,740,992"),
        (0.999, "images.precision", "0.999"),
        (1, "removal.p95_hours", "1 hour"),
        (1_234.5, "removal.p95_hours", "1,234.5 hours"),
        (30, "review.interval", "30 days"),
        ("social_media", "service.main_kind", "social media"),
        (("social_media", "adult"), "service.kinds", "social media, adult"),
        (date(2025, 3, 17), "policy.approved_on", "2025-03-17"),
        ("a_b", "policy.summary", "a_b"),
    ],
)
def test_an_answer_is_said(value: Value, id: str, words: str) -> None:
    assert say(value, QUESTIONS[id]) == words


def labels(expression: Expression) -> list[str]:
    return [QUESTIONS[id].label for id in expression.reads]


@given(samples, rows)
def test_an_explanation_mentions_a_question_that_is_read(sample: Sample, row: Row) -> None:
    expression = read(sample.text)
    words = explain(expression, columns_of(row), QUESTIONS)
    # Arithmetic on numbers alone that comes to nothing is named itself: no answer is at fault.
    assert any(label in words for label in labels(expression)) or "cannot be worked out" in words


@given(samples)
def test_a_description_mentions_every_question_that_is_read(sample: Sample) -> None:
    expression = read(sample.text)
    words = describe(expression, QUESTIONS)
    assert all(label in words for label in labels(expression))


@given(samples, rows, full_rows)
def test_answering_what_is_unanswered_settles_the_condition(sample: Sample, row: Row, answered: Row) -> None:
    expression = read(sample.text)
    blanks = unanswered(expression, columns_of(row))
    assert all(row[id] is None and id in expression.reads for id in blanks)
    if verdict(expression, row) is not None:
        assert blanks == ()
    elif "/" not in expression.text and "1e300" not in expression.text:
        assert blanks
        assert verdict(expression, {**row, **{id: answered[id] for id in blanks}}) is not None


def test_unanswered_leaves_out_what_no_longer_matters() -> None:
    expression = read("(service.is_adult or large) and (risky or images.uploaded > images.checked)")
    row = without("service.uk_monthly_users", "risk.csam_images", "images.checked")
    assert unanswered(expression, columns_of(row)) == ("service.uk_monthly_users",)
