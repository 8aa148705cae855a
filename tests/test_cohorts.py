"""Cohorts: who is in which, and what is wrong with a file of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from compliance import audit, filings
from compliance.cohorts import Cohorts, read_cohorts
from compliance.model import QuestionType, Service, Submission, Value

COHORTS = """\
format: cohorts/1
cohorts:
  - {id: file-sharing, title: File sharing, when: '"file_sharing" in service.kinds'}
  - {id: large, title: Large, when: service.uk_monthly_users > 1000}
  - {id: other, title: Other}
"""
CATALOGUE = audit.load_rules().catalogue
ANSWER = next(question.id for question in CATALOGUE.questions.values() if question.type is QuestionType.HOURS)
PERIOD = date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 20)


def cohorts(text: str = COHORTS) -> Cohorts:
    found, problems = read_cohorts(text.encode(), "cohorts.yaml", CATALOGUE)
    assert problems == []
    assert found
    return found


def submission(**answers: Value) -> Submission:
    given = {name.replace("__", "."): value for name, value in answers.items()}
    return Submission(Service("a", "A", "A Ltd"), *PERIOD, "", "", given, {}, ())


def test_the_first_condition_that_is_true_takes_a_service_in() -> None:
    services = [
        submission(service__kinds=("file_sharing",), service__uk_monthly_users=5000),
        submission(service__kinds=("messaging",), service__uk_monthly_users=5000),
        submission(service__kinds=("messaging",), service__uk_monthly_users=10),
    ]
    assert cohorts().of(services) == ["file-sharing", "large", "other"]


def test_what_is_not_known_takes_nobody_in() -> None:
    assert cohorts().of([submission(), submission(service__uk_monthly_users=5000)]) == ["other", "large"]
    assert cohorts().of([]) == []


def test_the_digest_covers_conditions_and_the_questions_they_read() -> None:
    same = cohorts(f"# a comment\n{COHORTS}")
    assert same.digest == cohorts().digest
    assert cohorts(COHORTS.replace("1000", "1001")).digest != cohorts().digest
    questions = {**CATALOGUE.tree["questions"], "service.kinds": {"type": "text", "role": "fact"}}
    other = replace(CATALOGUE, tree={**CATALOGUE.tree, "questions": questions})
    found, _ = read_cohorts(COHORTS.encode(), "cohorts.yaml", other)
    assert found
    assert found.digest != cohorts().digest


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: other", "id: large", "5 repeated-id"),
        (", title: Other}", ", title: Other, when: service.is_adult}", "5 cohort-order"),
        (", when: service.uk_monthly_users > 1000", "", "4 cohort-order"),
        ("service.uk_monthly_users >", "service.uk_users >", "4 expression-unknown-name"),
        ("when: service.uk_monthly_users > 1000", f"when: {ANSWER} > 1", "4 applicability-reads-answer"),
        ("title: Large", "name: Large", "4 missing-key"),
        ("cohorts/1", "cohorts/2", "1 wrong-format"),
    ],
)
def test_a_mistake_is_said_at_its_line(old: str, new: str, expected: str) -> None:
    found, problems = read_cohorts(COHORTS.replace(old, new).encode(), "cohorts.yaml", CATALOGUE)
    assert found is None
    assert expected in [f"{problem.line} {problem.id}" for problem in problems]


def test_the_shipped_cohorts_end_with_the_others() -> None:
    assert filings.load_cohorts().all[-1].id == "other"
