"""Reading the catalogue: every mistake is a problem with an id at its line."""

from __future__ import annotations

import json

import pytest
import small_rules
from hypothesis import given
from hypothesis import strategies as st

from compliance.document import Tree
from compliance.examples import rule_failures
from compliance.model import Problem
from compliance.questions import Reader, circular, read_catalogue

TEXT = small_rules.QUESTIONS.read_text(encoding="utf-8")

RATING = "judgements:\n  {}:\n    - {{at_least: {}, when: {}}}\nconsistency:"
MISTAKES = {
    "service.users:": ("service.is:", "question-reserved-word"),
    "images.matching:\n    label": ("images.uploaded.first:\n    label", "question-is-section"),
    "    options: [negligible, low, medium, high]\n": ("", "question-options"),
    "n: removal.items": ("n: removal.item", "unknown-reference"),
    "type: hours\n    unit: hours\n    define: The 95th": (
        "type: count\n    unit: hours\n    define: The 95th",
        "clock-without-time",
    ),
    "questions: [images.matching, images.checked]": ("questions: [images.matchin]", "unknown-reference"),
    "holds: not images.matching or": ("holds: not images.matching or or", "expression-syntax"),
    "role: judgement\n  service.sort": ("role: judgment\n  service.sort", "unknown-option"),
    "format: questions/1": ("format: questions/2", "wrong-format"),
    "      n: removal.items": ("      n: removal.target_hours", "unknown-reference"),
    "unit: users": ("unit: users\n    min: 10\n    max: 5", "question-bounds"),
    "unit: images\n    define: Those": ("unit: images\n    max: -5\n    define: Those", "question-bounds"),
    "type: count\n    unit: items": ("type: share\n    min: 2\n    max: 3\n    unit: items", "question-bounds"),
    "    unit: hours\n    define: The number": ("    unit: x\n    max: 1e300\n    define: The number", "above-maximum"),
    "ask: What sort of service is it?": ("replaces: Not an id", "wrong-form"),
}

LINT = {
    "unit: users": ("replaces: users", "question-unit"),
    "type: choices": ("type: choices\n    replaces: governance.covers", "circular-reference"),
    "      - {given: {images.matching: true, images.checked: 0, images.uploaded: 10}, holds: false}\n": (
        "",
        "example-missing",
    ),
    "      - {given: {images.matching: true, images.checked: 5, images.uploaded: 10}, holds: true}\n": (
        "",
        "example-missing",
    ),
    "ask: Is hash matching in use?": ("replaces: x", "missing-for-readers"),
    "      start: awareness\n": ("", "missing-for-readers"),
    "The day of the latest review of the platform's own code by its most senior body, for all users.": (
        "The latest review.",
        "define-too-short",
    ),
    "Whether any user can send or post an image that another user can see, on any part of the service.": (
        "Can users share images?",
        "define-repeats-ask",
    ),
}


def problems_of(text: str, with_lint: bool = False) -> list[Problem]:
    catalogue, problems = read_catalogue(text.encode(), "questions.yaml", with_lint)
    assert with_lint or (catalogue is None) == bool(problems)
    return problems


@pytest.mark.parametrize(
    ("judgement", "id"),
    [
        (("risk.imagse", "low", "service.shares_images"), "unknown-reference"),
        (("images.matching", "true", "service.shares_images"), "unknown-reference"),
        (("service.sort", "forum", "service.shares_images"), "judgement-not-ordered"),
        (("risk.images", "lowest", "service.shares_images"), "no-such-option"),
        (("risk.images", "low", "images.matching"), "applicability-reads-answer"),
        (("risk.images", "low", "service.shares_images or"), "expression-syntax"),
    ],
)
def test_a_least_rating_that_cannot_be_is_found(judgement: tuple[str, str, str], id: str) -> None:
    assert [problem.id for problem in problems_of(TEXT.replace("consistency:", RATING.format(*judgement)))] == [id]


def test_a_least_rating_owes_its_source() -> None:
    text = TEXT.replace("consistency:", RATING.format("risk.images", "low", "service.shares_images"))
    assert problems_of(text) == []
    assert [problem.id for problem in problems_of(text, with_lint=True)] == ["missing-for-readers"]


def test_nothing_unverified_makes_a_provision_apply() -> None:
    source = "source: {doc: a, section: b, mark: unverified}"
    rating = RATING.format("risk.images", "low", f"service.shares_images, {source}")
    found = problems_of(TEXT.replace("consistency:", rating), with_lint=True)
    assert [(problem.id, problem.path) for problem in found] == [
        ("unverified-rating", "judgements.risk.images[0].source.mark")
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "id", "path"),
    [
        ("[images, grooming, none]", "[images, grooming]", "none-missing", "questions.governance.covers.options"),
        (
            "type: yes_no\n    define: Whether any",
            "type: yes_no\n    unit: x\n    define: Whether any",
            "question-not-number",
            "questions.service.shares_images.unit",
        ),
        (
            "type: date\n    define: The day of",
            "type: date\n    min: 3\n    define: The day of",
            "question-not-number",
            "questions.governance.reviewed_on.min",
        ),
        (
            "questions: [images.matching, images.checked]",
            "questions: [images.matching, removal.items]",
            "rule-names-unread",
            "consistency[0].questions[1]",
        ),
        (
            "images.uploaded: 10}, holds: true}",
            "images.uploaded: 10, removal.items: 3}, holds: true}",
            "example-unread",
            "consistency[0].examples[0].given.removal.items",
        ),
    ],
)
def test_what_would_have_no_effect_is_found(right: str, wrong: str, id: str, path: str) -> None:
    assert TEXT.count(right) == 1
    found = problems_of(TEXT.replace(right, wrong), with_lint=True)
    assert [(problem.id, problem.path) for problem in found] == [(id, path)]


def test_a_list_that_says_what_a_service_is_needs_no_none() -> None:
    text = TEXT.replace("[images, grooming, none]", "[images, grooming]")
    at = text.index("governance.covers:\n")
    text = text[:at] + text[at:].replace("role: answer", "role: fact", 1)
    assert problems_of(text, with_lint=True) == []


def test_an_example_of_a_rule_answers_as_a_self_assessment_would() -> None:
    text = TEXT.replace("images.uploaded: 10}, holds: true}", "images.uploaded: many}, holds: true}")
    catalogue, _ = read_catalogue(text.encode(), "questions.yaml")
    assert catalogue
    found = rule_failures(catalogue, small_rules.tree_of(text))
    assert [(problem.id, problem.path) for problem in found] == [
        ("wrong-type", "consistency[0].examples[0].given.images.uploaded")
    ]


def test_the_small_catalogue_has_nothing_to_mend() -> None:
    assert problems_of(TEXT, with_lint=True) == []
    assert rule_failures(small_rules.catalogue(), small_rules.tree_of(TEXT)) == []


CONDITIONS = {
    "service.users > 1 AND service.users < 9": "Write it in small letters.",
    "service.users > 1 Or service.users < 9": "Write it in small letters.",
    "NOT service.shares_images": "Write it in small letters.",
    "service.users => 7": "Write >=, which is at least.",
    "service.users ≥ 7": "Write >=, which is at least.",
    "service.users =< 7": "Write <=, which is at most.",
    "service.users <> 7": "Write !=, which is not equal to.",
    "service.users = 7": "Write == to compare.",
    "service.users > 7,000,000": "Write digits, with a decimal point or underscores between them: 0.999 or 700_000.",
    "service.users > 7.000.000": "Write digits, with a decimal point or underscores between them: 0.999 or 700_000.",
    "service.users > 7,000": "Write digits, with a decimal point or underscores between them: 0.999 or 700_000.",
    "service.users > 7 million": "Write digits, with a decimal point or underscores between them: 0.999 or 700_000.",
    "service.users > 7%": "Write a share as a part of 1: 0.07 for 7 %.",
    "risk.images == “high”": "Type straight quotes in place of the curly ones.",
    "risk.images == high": 'Put quotes around an option: "high".',
    "service.shares_images == yes": "A question with yes or no as its answer stands alone; put not before it for no.",
    "service.shares_images and/or service.users > 5": "Write or, which is true of both as well.",
    "service.shares_images, service.users > 5": "Join conditions with and, or or, in place of the comma.",
    "service.shares-images": "Did you mean service.shares_images?",
    "(service.shares_images and service.users > 5": "Each bracket that is opened is closed: add or remove one.",
}


@pytest.mark.parametrize("written", CONDITIONS)
def test_what_people_write_instead_of_a_condition_is_told_once(written: str) -> None:
    reader = Reader(Tree({"when": written}, "a.json", json.dumps({"when": written}).encode(), "json"))
    assert reader.condition(written, ("when",), small_rules.catalogue().questions, {}) is None
    assert [problem.hint for problem in reader.problems] == [CONDITIONS[written]]


@pytest.mark.parametrize(
    "written",
    [
        'risk.images in ["high", "medium"]',
        'risk.images == "AND"',
        "service.users > 7_000 and not service.shares_images",
    ],
)
def test_what_is_right_or_quoted_is_no_slip(written: str) -> None:
    reader = Reader(Tree({"when": written}, "a.json", json.dumps({"when": written}).encode(), "json"))
    reader.condition(written, ("when",), small_rules.catalogue().questions, {})
    assert not any("small letters" in problem.hint or "comma" in problem.hint for problem in reader.problems)


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_is_found_at_its_line(right: str) -> None:
    wrong, id = MISTAKES[right]
    assert TEXT.count(right) == 1
    found = problems_of(TEXT.replace(right, wrong))
    line = TEXT[: TEXT.index(right)].count("\n") + 1
    assert id in {problem.id for problem in found}
    assert abs(next(problem.line for problem in found if problem.id == id) - line) <= 4


@pytest.mark.parametrize("right", LINT)
def test_lint_asks_for_a_definition_that_defines(right: str) -> None:
    wrong, id = LINT[right]
    text = TEXT.replace(right, wrong)
    assert problems_of(text) == []
    assert id in {problem.id for problem in problems_of(text, with_lint=True)}


def test_a_section_has_a_title_and_one_without_questions_is_found() -> None:
    text = TEXT
    titled = text.replace("questions:\n", "sections: {images: Images that users share}\nquestions:\n", 1)
    found, problems = read_catalogue(titled.encode(), "a.yaml")
    assert found, problems
    assert found.section_title("images") == "Images that users share"
    assert found.section_title("governance") == "Governance"
    found, problems = read_catalogue(titled.replace("{images:", "{image:").encode(), "a.yaml")
    assert found is None
    assert [(each.id, each.path) for each in problems] == [("unknown-reference", "sections.image")]


def test_a_question_that_is_replaced_may_be_gone() -> None:
    text = TEXT.replace("type: choices", "type: choices\n    replaces: governance.topics")
    assert problems_of(text, with_lint=True) == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdefg")))
def test_a_circle_is_what_leads_back_to_itself(links: dict[str, str]) -> None:
    def leads_back(name: str) -> bool:
        at = links[name]
        for _ in links:
            if at == name:
                return True
            at = links.get(at, "")
        return False

    assert circular(links) == {name for name in links if leads_back(name)}


def test_an_example_that_does_not_hold_is_found_at_its_line() -> None:
    text = TEXT.replace("images.uploaded: 10}, holds: false}", "images.uploaded: 10}, holds: true}")
    catalogue, _ = read_catalogue(text.encode(), "questions.yaml")
    assert catalogue
    (problem,) = rule_failures(catalogue, small_rules.tree_of(text))
    assert problem.id == "example-fails"
    assert "holds: true}" in text.splitlines()[problem.line - 1]
