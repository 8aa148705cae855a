"""Columns and the grading of evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from compliance.frame import GRADES, gather, grade_of, until_accepted
from compliance.model import (
    Declaration,
    Evidence,
    Grade,
    Interval,
    Question,
    QuestionType,
    Role,
    Service,
    Status,
    Submission,
    Value,
)

AUDIT = Evidence("a", "Audit", Grade.INDEPENDENT_AUDIT, "Auditor", date(2026, 5, 1), None, "", ("q.a",))
PLAIN = Submission(
    Service("s", "S", "S Ltd"), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 20), "Lead", "Chief", {}, {}, ()
)


def question(kind: QuestionType, *options: str) -> Question:
    return Question("q.a", "a", "A?", kind, "", "", Role.ANSWER, options=options)


@pytest.mark.parametrize(
    ("kind", "options", "answer", "value"),
    [
        (QuestionType.YES_NO, (), True, 1),
        (QuestionType.COUNT, (), 2**53, 2**53),
        (QuestionType.SHARE, (), 0.25, 0.25),
        (QuestionType.CHOICE, ("low", "high"), "high", 1),
        (QuestionType.CHOICES, ("a", "b", "c"), ("a", "c"), 0b101),
        (QuestionType.DATE, (), date(2026, 1, 2), date(2026, 1, 2).toordinal()),
        (QuestionType.TEXT, (), "whatever", 1),
    ],
)
def test_each_type_has_its_number(kind: QuestionType, options: tuple[str, ...], answer: Value, value: float) -> None:
    asked = question(kind, *options)
    column = gather([replace(PLAIN, answers={"q.a": answer}), PLAIN], [asked]).column("q.a")
    assert column.values[0] == value
    assert column.known.tolist() == [True, False]


def test_what_nobody_answered_is_one_blank_column() -> None:
    frame = gather([PLAIN, PLAIN], [question(QuestionType.COUNT)])
    assert frame.questions == {}
    assert not frame.column("q.a").known.any()


def test_rows_are_views_of_the_same_answers() -> None:
    declared = {"P-1": Declaration(Status.PLANNED)}
    many = [replace(PLAIN, answers={"q.a": n}, declarations=declared, evidence=(AUDIT,)) for n in range(5)]
    frame = gather(many, [question(QuestionType.COUNT)])
    part = frame.rows(2, 4)
    assert part.size == 2
    assert part.column("q.a").values.tolist() == [2, 3]
    assert np.shares_memory(part.column("q.a").values, frame.column("q.a").values)
    assert part.declared["P-1"].status.tolist() == frame.declared["P-1"].status[2:4].tolist()


@pytest.mark.parametrize(
    ("dated", "grade"),
    [
        (date(2025, 6, 30), Grade.INDEPENDENT_AUDIT),
        (date(2025, 6, 29), Grade.DATA),
        (date(2026, 7, 20), Grade.INDEPENDENT_AUDIT),
        (date(2026, 7, 21), None),
    ],
)
def test_age_comes_before_anything_else(dated: date, grade: Grade | None) -> None:
    assert grade_of(replace(AUDIT, date=dated), PLAIN) == grade


def test_a_year_before_29_february_is_28_february() -> None:
    leap = replace(PLAIN, period_to=date(2028, 2, 29), prepared_on=date(2028, 3, 9))
    assert grade_of(replace(AUDIT, date=date(2027, 2, 28)), leap) is Grade.INDEPENDENT_AUDIT
    assert grade_of(replace(AUDIT, date=date(2027, 2, 27)), leap) is Grade.DATA


def test_there_is_no_year_before_the_first() -> None:
    first = replace(PLAIN, period_from=date.min, period_to=date(1, 6, 30), prepared_on=date(1, 7, 20))
    assert grade_of(replace(AUDIT, date=date(1, 5, 1)), first) is Grade.INDEPENDENT_AUDIT


@pytest.mark.parametrize(("kind", "older"), list(zip(GRADES[1:4], GRADES[:3], strict=True)))
def test_old_evidence_counts_one_grade_lower(kind: Grade, older: Grade) -> None:
    assert grade_of(replace(AUDIT, kind=kind, date=date(2020, 1, 1)), PLAIN) is older


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), False),
        (date(2025, 1, 1), date(2026, 1, 1), True),
        (date(2026, 6, 30), None, True),
        (date(2026, 7, 1), None, False),
    ],
)
def test_evidence_has_to_cover_a_day_of_the_period(start: date, end: date | None, counts: bool) -> None:
    assert (grade_of(replace(AUDIT, covers=Interval(start, end)), PLAIN) is not None) == counts


def test_nothing_counts_for_more_than_data_until_it_is_accepted() -> None:
    assert [until_accepted(grade) for grade in GRADES] == [*GRADES[:3], Grade.DATA, Grade.DATA]


def test_the_best_of_several_pieces_counts() -> None:
    document = replace(AUDIT, id="b", kind=Grade.DOCUMENT, date=AUDIT.date - timedelta(days=30))
    graded = gather([replace(PLAIN, evidence=(document, AUDIT))], [question(QuestionType.COUNT)]).graded["q.a"]
    assert GRADES[graded.now[0]] is Grade.DATA
    assert GRADES[graded.if_accepted[0]] is Grade.INDEPENDENT_AUDIT
