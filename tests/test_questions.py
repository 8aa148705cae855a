"""Reading the catalogue: every mistake is a problem with an id at its line."""

from __future__ import annotations

import pytest
import small_rules

from compliance.examples import rule_failures
from compliance.model import Problem
from compliance.questions import read_catalogue

TEXT = small_rules.QUESTIONS.read_text(encoding="utf-8")

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
}

LINT = {
    "unit: users": ("replaces: users", "question-unit"),
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
    assert (catalogue is None) == bool(problems)
    return problems


def test_the_small_catalogue_has_nothing_to_mend() -> None:
    assert problems_of(TEXT, with_lint=True) == []
    assert rule_failures(small_rules.catalogue(), TEXT.encode(), "questions.yaml") == []


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


def test_an_example_that_does_not_hold_is_found_at_its_line() -> None:
    text = TEXT.replace("images.uploaded: 10}, holds: false}", "images.uploaded: 10}, holds: true}")
    catalogue, _ = read_catalogue(text.encode(), "questions.yaml")
    assert catalogue
    (problem,) = rule_failures(catalogue, text.encode(), "questions.yaml")
    assert problem.id == "example-fails"
    assert "holds: true}" in text.splitlines()[problem.line - 1]
