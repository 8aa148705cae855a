"""The schema of a self-assessment, what is said about violations of any schema, and two validators held equal."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import generate
import pytest
import test_submissions
from hypothesis import given
from hypothesis import strategies as st
from test_submissions import GOOD, PROVISIONS, catalogue, shape

from compliance import schema
from compliance.audit import load_rules
from compliance.document import Tree, read
from compliance.model import Problem, QuestionType


def tree_of(text: str) -> Tree:
    tree, problems = read(text.encode(), "a.yaml")
    assert tree is not None
    assert problems == []
    return tree


def check(fragment: schema.Json, text: str) -> list[Problem]:
    """The problems of the value of `x` in a file, by a schema for just this value."""
    return schema.check({"type": "object", "properties": {"x": fragment}}, tree_of(f"x: {text}\n"))


# The generated schema


def test_the_schema_is_one_of_the_dialect_and_accepts_a_good_file() -> None:
    value = tree_of(GOOD).value
    assert schema.reference(shape())(value) == schema.violations(shape(), value) == set()
    assert shape()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(shape())) == shape()


def test_nothing_unknown_is_let_in_anywhere() -> None:
    mappings = [part for part in fragments(shape()) if "properties" in part]
    assert len(mappings) > 8
    assert all(part["additionalProperties"] is False for part in mappings)


def test_every_question_is_where_its_id_says_with_its_words_and_may_be_blank() -> None:
    for question in catalogue().questions.values():
        part = shape()["properties"]["answers"]
        for name in question.id.split("."):
            part = part["properties"][name]
        assert part["title"] == question.label
        assert question.ask in part["description"]
        assert question.define in part["description"]
        assert part["x-type"] == question.type
        assert None in part.get("enum", [None])
        assert "null" in part.get("type", ["null"])
    assert {question.type for question in catalogue().questions.values()} == set(QuestionType)


def test_evidence_may_support_questions_and_provisions() -> None:
    assert shape()["$defs"]["supported"]["enum"] == [*catalogue().questions, *PROVISIONS]


def fragments(part: Any) -> Iterator[schema.Json]:
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from fragments(each)


# What is said


@pytest.mark.parametrize(
    ("path", "written", "hint"),
    [
        ("service.is_adult", "NO", "Write false, not NO."),
        ("service.is_adult", "on", "Write true, not on."),
        ("service.is_adult", "True", "Write true, not True."),
        ("service.is_adult", '"false"', "Write false without quotes."),
        ("service.is_adult", "0", "Write true or false, or leave it empty (null) if it is not known."),
        ("service.is_adult", '""', "Leave it empty, or write null, if it is not answered."),
        ("service.uk_monthly_users", '"2400000"', "Write 2400000 without quotes."),
        ("service.uk_monthly_users", '"2,400,000"', "Write 2400000 without separators."),
        ("service.uk_monthly_users", "2 400 000", "Write 2400000 without separators."),
        ("service.uk_monthly_users", "010", "Write 10: some readers take a leading zero as octal."),
        ("service.uk_monthly_users", "0x10", "Write a plain whole number, such as 1250"),
        ("service.uk_monthly_users", "about 12", "Write a plain whole number, such as 1250"),
        ("service.uk_monthly_users", "12k", "Write a plain whole number, such as 1250"),
        ("service.uk_monthly_users", "99%", "Write a plain whole number, such as 1250"),
        ("removal.csam.p95_hours", "2 days", "Write a plain decimal number, such as 12.5"),
        ("service.uk_monthly_users", "true", "Write a number."),
        ("service.uk_monthly_users", "12.5", "Count whole items"),
        ("service.uk_monthly_users", "-1", "Check the figure; leave it empty (null) if it is not known."),
        ("removal.csam.p95_hours", "1:30", "Write hours as a decimal number: 1.5."),
        ("removal.csam.items", "1:30", "Write it as a decimal number."),
        ("removal.csam.p95_hours", "12h", "Write the number alone: 12."),
        ("removal.csam.p95_hours", ".inf", "Write a plain decimal number"),
        ("prescreening.precision", "99", "Write 0.99 where 99 % is meant."),
        ("prescreening.precision", "99.95", "Write 0.9995 where 99.95 % is meant."),
        ("prescreening.precision", "99 %", "Write 0.99, without a sign."),
        ("prescreening.precision", "250", "Divide the part by the whole."),
        ("risk.csam_images", "hihg", "Did you mean high?"),
        ("risk.csam_images", "severe", "Write one of them, exactly as it is here."),
        ("risk.csam_images", '""', "Leave it empty, or write null, if it is not answered."),
        ("service.kinds", "messaging", "Write a list in brackets, even of one item: [messaging]."),
        ("service.kinds", "[mesaging]", "Did you mean messaging?"),
        ("governance.reviewer", "12", 'Write it in quotes: "12".'),
        ("governance.reviewer", "1.10", "Write it in quotes, exactly as it should read."),
        ("governance.reviewed_on", "20251231", "Write four digits of the year"),
        ("governance.reviewed_on", "31.12.2025", "Write four digits of the year"),
        ("governance.reviewed_on", "2025-02-30", "Check the month and the number of its days."),
        ("service", "[is_adult]", "Write the keys that belong here, each with its value."),
        ("service.uk_monthly_user", "5", "Did you mean uk_monthly_users?"),
        ("service.000", "", "Write numbers without separators"),
        ("service.colour", "blue", "Known here: kinds, uk_monthly_users, is_adult."),
    ],
)
def test_the_hint_says_what_to_write(path: str, written: str, hint: str) -> None:
    *sections, name = path.split(".")
    lines = [f"{'  ' * i}{section}:" for i, section in enumerate(["answers", *sections])]
    text = "\n".join([*lines, f"{'  ' * len(lines)}{name}: {written}", ""])
    problems = schema.check(shape(), tree_of(text))
    found = [problem for problem in problems if problem.path.startswith(f"answers.{path}")]
    assert len(found) == 1
    assert found[0].hint.startswith(hint)
    assert found[0].line == len(lines) + 1


def test_a_dotted_key_is_shown_how_to_nest() -> None:
    problems = schema.check(shape(), tree_of("answers: {removal.csam.p95_hours: 6.5}"))
    hints = [problem.hint for problem in problems if problem.id == "unknown-key"]
    assert hints == ["Write each part on its own level: removal: {csam: {p95_hours: ...}}."]


def test_text_that_a_comma_cut_in_two_is_shown_how_to_quote() -> None:
    problems = schema.check(shape(), tree_of("service: {id: a, provider: b, name: A forum, for gardeners}"))
    hints = [problem.hint for problem in problems if problem.id == "unknown-key"]
    assert hints == ["Inside braces, text with a comma in it needs quotes."]


@pytest.mark.parametrize(
    ("fragment", "text", "id", "message"),
    [
        ({"type": "string"}, "1", "wrong-type", "Expected text, got 1."),
        ({"type": ["string", "boolean"]}, "1", "wrong-type", "Expected text or true or false, got 1."),
        (
            {"type": "string", "minLength": 5},
            "abc",
            "text-too-short",
            "This text is too short: 3 of at least 5 characters.",
        ),
        ({"type": "string", "maxLength": 2}, "abc", "text-too-long", "This text is longer than 2 characters."),
        ({"type": "string", "pattern": "^[a-z]+$"}, "A", "wrong-form", 'Expected text of the form ^[a-z]+$, got "A".'),
        ({"type": "string", "format": "date"}, "0000-01-01", "no-such-date", "There is no such date as 0000-01-01."),
        ({"enum": ["a", "b"]}, "c", "unknown-option", 'Expected one of a, b, got "c".'),
        ({"const": True}, "false", "unknown-option", "Expected true, got false."),
        ({"type": "integer"}, "1.5", "not-whole", "1.5 is not a whole number."),
        ({"type": "number", "minimum": 1}, "0", "below-minimum", "0 is less than 1, the least that is possible here."),
        ({"maximum": 1000}, "1e300", "above-maximum", "1e+300 is more than 1,000, the most that is possible here."),
        ({"exclusiveMinimum": 0}, "0", "does-not-fit", "Expected a number above 0, got 0."),
        ({"type": "array", "minItems": 1}, "[]", "too-few-items", "The list has 0 of at least 1 items."),
        ({"maxItems": 1}, "[1, 2]", "too-many-items", "The list has 2 items; at most 1 are read."),
        ({"uniqueItems": True}, "[a, b, a]", "repeated-item", 'The list holds "a" twice.'),
        ({"uniqueItems": True}, "[1, 2, 1.0]", "repeated-item", "The list holds 1 twice."),
        ({"minProperties": 1}, "{}", "does-not-fit", "Expected what the rule minProperties of the schema allows"),
        (
            {"propertyNames": {"pattern": "^[a-z]$"}},
            "{A: 1}",
            "wrong-form",
            'Expected text of the form ^[a-z]$, got "A".',
        ),
        ({"required": ["a"]}, "{}", "missing-key", 'The key "a" is missing here.'),
        ({"additionalProperties": False}, "{a: 1}", "unknown-key", 'The key "a" is not known here.'),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, "1", "does-not-fit", "Expected text or a list, got 1."),
    ],
)
def test_any_schema_has_words(fragment: schema.Json, text: str, id: str, message: str) -> None:
    (problem,) = check(fragment, text)
    assert problem.id == id
    assert problem.message.startswith(message)


def test_of_alternatives_the_one_of_the_right_type_is_spoken_of() -> None:
    measure = {"type": "object", "properties": {"of": {"type": "string"}}, "required": ["of"]}
    fragment = {"anyOf": [{"type": "string"}, measure]}
    assert [problem.id for problem in check(fragment, "{}")] == ["missing-key"]
    assert [(problem.path, problem.id) for problem in check(fragment, "{of: 1}")] == [("x.of", "wrong-type")]


def test_one_problem_a_place_in_file_order() -> None:
    fragment = {"type": "string", "pattern": "^a$", "maxLength": 1, "enum": ["a"]}
    assert [problem.id for problem in check(fragment, "bb")] == ["unknown-option"]
    both = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    problems = schema.check(both, tree_of("b: 1\na: 2\n"))
    assert [(problem.line, problem.path) for problem in problems] == [(1, "b"), (2, "a")]


def test_a_missing_key_is_placed_at_the_mapping_that_lacks_it_and_an_unknown_one_at_itself() -> None:
    text = GOOD.replace('from: 2026-01-01, to: "2026-06-30"', 'from: 2026-01-01, too: "2026-06-30"')
    problems = schema.check(shape(), tree_of(text))
    assert [(problem.id, problem.line, problem.column) for problem in problems] == [
        ("missing-key", 3, 9),
        ("unknown-key", 3, 28),
    ]


# Two validators

SMALL = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=5)
WORDS = st.sampled_from(["2026-01-31", "2026-02-30", "20260131", "0000-01-01", "a\n", "harbour-line", "high", "", " "])
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-2, 2)
SCALARS = st.none() | st.booleans() | NUMBERS | SMALL | WORDS
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SMALL, inner, max_size=3), max_leaves=5
)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A good file with up to four changes at random places: values replaced, keys removed, added or exchanged."""
    value = {"root": copy.deepcopy(tree_of(GOOD).value)}
    for _ in range(draw(st.integers(0, 4))):
        inside, step = draw(st.sampled_from([(part, key) for part in containers(value) for key in keys(part)]))
        match draw(st.sampled_from(["replace", "remove", "add", "repeat"])):
            case "replace":
                inside[step] = draw(ANY)
            case "remove" if inside is not value:
                del inside[step]
            case "add" if isinstance(inside, dict) and inside is not value:
                inside[draw(SMALL | st.sampled_from(["status", "to", "is_adult"]))] = draw(ANY)
            case "repeat" if isinstance(inside, list):
                inside.append(copy.deepcopy(inside[step]))
    return value["root"]


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list) and value:
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from containers(each)


def keys(part: Any) -> list[Any]:
    return list(part) if isinstance(part, dict) else list(range(len(part)))


REFERENCE = schema.reference(shape())


@generate.fewer(4)
@given(documents())
def test_both_validators_find_the_same(value: Any) -> None:
    assert schema.violations(shape(), value) == REFERENCE(value)


@generate.fewer(4)
@given(documents())
def test_every_violation_has_a_problem_and_only_then_is_the_file_refused(value: Any) -> None:
    tree, problems = read(json.dumps(value).encode(), "a.json")
    if tree is None or problems:  # a lone null, or a text that the reader refuses before
        return
    found = schema.check(shape(), tree)
    assert bool(found) == bool(schema.violations(shape(), tree.value))
    submission, refused = test_submissions.read(json.dumps(value).encode(), "a.json")
    assert (submission is None) == bool(refused)
    assert bool(found) <= bool(refused)


def test_what_is_wrong_behind_very_many_right_items_is_found() -> None:
    """The validator is first shown a few items of each list where there are many, and all where that is not enough."""
    rules = load_rules()
    known = [*rules.catalogue.questions][:200]
    about = {"title": "A document", "kind": "document", "made_by": "us", "date": "2026-05-02"}
    evidence = [{"id": f"e{i}", **about, "supports": known} for i in range(60)]
    evidence[-1]["supports"] = [*known[:-1], "nobody.asks"]
    document = {
        "format": "self-assessment/1",
        "service": {"id": "many", "name": "Many", "provider": "Many Ltd"},
        "period": {"from": "2026-01-01", "to": "2026-06-30"},
        "prepared": {"on": "2026-07-20", "role": "Compliance", "approved_by_role": "Board"},
        "answers": {},
        "evidence": evidence,
    }
    tree, _ = read(json.dumps(document).encode(), "many.json")
    assert tree
    (found,) = schema.check(rules.schema, tree)
    assert (found.id, found.path) == ("unknown-option", "evidence[59].supports[199]")
    assert schema.violations(rules.schema, tree.value) == schema.reference(rules.schema)(tree.value)
