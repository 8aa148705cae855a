"""Made-up self-assessments, straight as columns: any number of them, the same for the same seed.

Every answer is one that a file may give. Applicability, blanks, zero counts, declarations and evidence vary from row
to row, so that what takes part does too; `patterns` counts in how many ways. Answers are drawn one by one; where they
would contradict each other one of them is left blank, except in a few rows, which keep every contradiction.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compliance.engine import Plan, Results, contradictions
from compliance.frame import GRADES, NO_STATUS, STATUSES, Declared, Frame, Graded, dtype
from compliance.model import Column, Grade, Question, QuestionType

Array = NDArray[Any]

# Begin, end and day of preparation of two periods, between which duties and versions come into force.
PERIODS = (
    (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 20)),
    (date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 20)),
)
BLANK, ZERO, YES, CARELESS = 0.05, 0.1, 0.85, 0.05


def frame(plan: Plan, size: int, seed: int) -> Frame:
    """`size` self-assessments with an answer to most of the questions that a code reads."""
    random = np.random.default_rng(seed)
    columns = {id: _column(question, size, random) for id, question in plan.questions.items()}
    for part, of in plan.parts:
        share = np.where(random.random(size) < 0.5, 1.0, random.random(size))
        columns[part] = Column(np.floor(columns[of].values * share), columns[part].known)
    is_careful = random.random(size) >= CARELESS
    for contradiction in contradictions(plan, columns, {}):
        values, known = columns[contradiction.questions[0]]
        columns[contradiction.questions[0]] = Column(values, known & ~(contradiction.rows & is_careful))
    days = np.array([[day.toordinal() for day in period] for period in PERIODS], dtype=np.int64)
    period_from, period_to, prepared_on = days[random.integers(0, len(PERIODS), size)].T
    return Frame(
        size=size,
        questions=columns,
        period_from=np.ascontiguousarray(period_from),
        period_to=np.ascontiguousarray(period_to),
        prepared_on=np.ascontiguousarray(prepared_on),
        declared={provision.id: _declared(size, random) for provision in plan.layout.provisions},
        graded={id: _graded(size, random) for id in _supported(plan, random)},
    )


def patterns(results: Results) -> int:
    """How many different sets of requirements take part in some row."""
    takes_part = np.packbits(results.weight > 0, axis=0)
    return int(np.unique(takes_part, axis=1).shape[1])


def _column(question: Question, size: int, random: np.random.Generator) -> Column:
    values: Array = _values(question, size, random).astype(dtype(question))
    return Column(values, random.random(size) >= BLANK)


def _values(question: Question, size: int, random: np.random.Generator) -> Array:
    match question.type:
        case QuestionType.YES_NO:
            return (random.random(size) < YES).astype(np.int64)
        case QuestionType.COUNT if question.maximum is not None:
            return np.floor(random.uniform(question.minimum or 0, question.maximum + 1, size))
        case QuestionType.COUNT:
            return np.floor(10 ** random.uniform(0, 8, size)) * (random.random(size) >= ZERO)
        case QuestionType.SHARE:
            return random.random(size)
        case QuestionType.HOURS | QuestionType.DAYS:
            hours = np.round(10 ** random.uniform(-1, 2.5, size), 1)
            return hours.clip(question.minimum or 0, np.inf if question.maximum is None else question.maximum)
        case QuestionType.CHOICE:
            return random.integers(0, len(question.options), size)
        case QuestionType.CHOICES:
            return random.integers(1, 1 << len(question.options), size)
        case QuestionType.DATE:
            return random.integers(date(2024, 7, 1).toordinal(), PERIODS[0][2].toordinal(), size)
        case QuestionType.TEXT:
            return np.ones(size, dtype=np.int64)


def _declared(size: int, random: np.random.Generator) -> Declared:
    status = random.integers(NO_STATUS, len(STATUSES), size).astype(np.int8)
    return Declared(status, random.random(size) < YES)


def _supported(plan: Plan, random: np.random.Generator) -> list[str]:
    """Half of what evidence may support."""
    ids = [*plan.questions, *(provision.id for provision in plan.layout.provisions)]
    return [id for id in ids if random.random() < 0.5]


def _graded(size: int, random: np.random.Generator) -> Graded:
    """From an assertion to an audit, of which none is accepted yet."""
    accepted = random.integers(0, GRADES.index(Grade.EVENTS), size).astype(np.int8)
    return Graded(np.minimum(accepted, GRADES.index(Grade.DATA)).astype(np.int8), accepted)
