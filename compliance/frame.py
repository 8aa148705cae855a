"""Self-assessments as columns: one array element per self-assessment, for every question a code reads.

This is where Python values end and arrays begin. A question that nobody answered has no column, so a wide catalogue
costs nothing. Evidence is graded here, because its grade depends on dates and not on any code; what it is worth is the
engine's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compliance.model import Column, Evidence, Grade, Question, QuestionType, Status, Submission, Value

Array = NDArray[Any]
GRADES = tuple(Grade)
STATUSES = tuple(Status)
NO_STATUS = -1

_WHOLE = {
    QuestionType.YES_NO: np.int8,
    QuestionType.CHOICE: np.int8,
    QuestionType.CHOICES: np.int64,
    QuestionType.DATE: np.int64,
    QuestionType.TEXT: np.int8,
}


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """What the platforms declare about one provision: an index into `STATUSES` (or NO_STATUS), and whether the record
    of an alternative is complete."""

    status: Array
    is_complete: Array


@dataclass(frozen=True, slots=True, eq=False)
class Graded:
    """The best evidence for one question or provision, as indexes into `GRADES`: now, and once all is accepted."""

    now: Array
    if_accepted: Array


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """N self-assessments in columns; a missing key means that nobody said anything. Days are ordinals (int64)."""

    size: int
    questions: Mapping[str, Column]
    period_from: Array
    period_to: Array
    prepared_on: Array
    declared: Mapping[str, Declared]
    graded: Mapping[str, Graded]

    def column(self, question: str) -> Column:
        """The question's column, all blank where nobody answered it."""
        return self.questions.get(question) or _blank(self.size)

    def rows(self, start: int, stop: int) -> Frame:
        """The self-assessments from `start` up to `stop`, as views."""
        part = slice(start, stop)
        return Frame(
            size=len(self.period_to[part]),
            questions={id: Column(c.values[part], c.known[part]) for id, c in self.questions.items()},
            period_from=self.period_from[part],
            period_to=self.period_to[part],
            prepared_on=self.prepared_on[part],
            declared={id: Declared(d.status[part], d.is_complete[part]) for id, d in self.declared.items()},
            graded={id: Graded(g.now[part], g.if_accepted[part]) for id, g in self.graded.items()},
        )


def gather(submissions: Sequence[Submission], questions: Iterable[Question]) -> Frame:
    """The columns of `submissions` for `questions`, with every declaration and every piece of evidence in them."""
    columns = {}
    for question in questions:
        values = [s.answers.get(question.id) for s in submissions]
        if any(value is not None for value in values):
            columns[question.id] = _column(question, values)
    return Frame(
        size=len(submissions),
        questions=columns,
        period_from=_days([s.period_from for s in submissions]),
        period_to=_days([s.period_to for s in submissions]),
        prepared_on=_days([s.prepared_on for s in submissions]),
        declared=_declared(submissions),
        graded=_graded(submissions),
    )


def _blank(size: int) -> Column:
    return Column(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool))


def _days(days: Sequence[date]) -> Array:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _column(question: Question, values: Sequence[Value | None]) -> Column:
    number = _numbers(question)
    if number is None:
        answers = np.array(values, dtype=np.float64)
        is_blank = np.isnan(answers)  # which is how None reads, and no answer
        answers[is_blank] = 0
        return Column(answers.astype(dtype(question), copy=False), ~is_blank)
    known = np.array([value is not None for value in values], dtype=bool)
    return Column(np.array([0 if v is None else number(v) for v in values], dtype=dtype(question)), known)


def dtype(question: Question) -> type:
    """What the values of a question's column are: doubles, or whole numbers as narrow as its options allow."""
    return _WHOLE.get(question.type, np.float64)


def _numbers(question: Question) -> Any:
    """How one answer to this question becomes the number that `model.Column` describes; None where it is one."""
    index = {option: i for i, option in enumerate(question.options)}
    match question.type:
        case QuestionType.CHOICE:
            return index.__getitem__
        case QuestionType.CHOICES:
            return lambda chosen: sum(1 << index[option] for option in chosen)
        case QuestionType.DATE:
            return date.toordinal
        case QuestionType.TEXT:
            return bool
        case _:
            return None


def _declared(submissions: Sequence[Submission]) -> dict[str, Declared]:
    result: dict[str, Declared] = {}
    for row, submission in enumerate(submissions):
        for id, declaration in submission.declarations.items():
            if id not in result:
                status = np.full(len(submissions), NO_STATUS, dtype=np.int8)
                result[id] = Declared(status, np.zeros(len(submissions), dtype=bool))
            if declaration.status is not None:
                result[id].status[row] = STATUSES.index(declaration.status)
            result[id].is_complete[row] = declaration.has_complete_record
    return result


def _graded(submissions: Sequence[Submission]) -> dict[str, Graded]:
    best: dict[str, bytearray] = {}
    for row, submission in enumerate(submissions):
        for evidence in submission.evidence:
            grade = grade_of(evidence, submission)
            if grade is not None:
                rank = GRADES.index(grade)
                for id in evidence.supports:
                    if id not in best:
                        best[id] = bytearray(len(submissions))
                    best[id][row] = max(best[id][row], rank)
    accepted = {id: np.frombuffer(ranks, dtype=np.int8) for id, ranks in best.items()}
    return {id: Graded(_UNTIL_ACCEPTED.take(ranks), ranks) for id, ranks in accepted.items()}


def grade_of(evidence: Evidence, submission: Submission) -> Grade | None:
    """What a piece of evidence counts as once accepted, or None where it is ignored.

    Age comes first: dated before the same day a year before the period's end, it counts one grade lower.
    """
    if comes_after_preparation(evidence, submission) or misses_period(evidence, submission):
        return None
    grade = GRADES.index(evidence.kind)
    return GRADES[grade - 1] if is_old(evidence, submission) else GRADES[grade]


def until_accepted(grade: Grade) -> Grade:
    """What a grade counts as until a decision accepts the evidence: at most data."""
    return GRADES[min(GRADES.index(grade), GRADES.index(Grade.DATA))]


_UNTIL_ACCEPTED = np.array([GRADES.index(until_accepted(grade)) for grade in GRADES], dtype=np.int8)


def comes_after_preparation(evidence: Evidence, submission: Submission) -> bool:
    """Whether it is dated after the day on which the self-assessment was prepared."""
    return evidence.date > submission.prepared_on


def misses_period(evidence: Evidence, submission: Submission) -> bool:
    """Whether it says what it covers, and that is no day of the period."""
    covers = evidence.covers
    if covers is None:
        return False
    is_before = covers.end is not None and covers.end < submission.period_from
    is_after = covers.start is not None and covers.start > submission.period_to
    return is_before or is_after


def is_old(evidence: Evidence, submission: Submission) -> bool:
    """Whether it is dated before the same day a year before the period's end."""
    return evidence.date < _year_before(submission.period_to)


def _year_before(day: date) -> date:
    if day.year == date.min.year:
        return date.min
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
