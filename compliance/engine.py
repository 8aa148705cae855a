"""Applies a code to self-assessments: one vectorised path for one file and for a hundred thousand.

`assess` turns columns into intervals of credit, decides what applies, and hands the integers to `scoring`. It works
through the rows in blocks that fit the processor's cache; a block is a pure function of its own rows, so the size of a
batch cannot change a result. Nothing here reads a clock, a file or the environment. What a person reads about one row
is made on demand by `reasons`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance import __version__, scoring
from compliance.checks import CHECKS, Given, Judged, measure, questions_named
from compliance.codes import questions_read, rules_read
from compliance.expressions import evaluate
from compliance.frame import GRADES, NO_STATUS, STATUSES, Frame, Graded, gather
from compliance.model import (
    MICRO,
    NO_OPTION,
    Applies,
    Code,
    Column,
    ConsistencyRule,
    Figures,
    Grade,
    Interval,
    LeastRating,
    Outcome,
    Provision,
    Question,
    QuestionType,
    Status,
    Submission,
    Test,
)

Array = NDArray[Any]
Columns = Mapping[str, Column]
Memo = dict[Any, Any]
Ratings = Mapping[str, tuple[LeastRating, ...]]

VERSION: Final = __version__
BLOCK: Final = 16384
SHORTEST_IN_FORCE: Final = 28

FIGURES = tuple(field.name for field in fields(Figures))
COUNTS = ("applicable", "answered", *(outcome.value for outcome in Outcome))
APPLIES = tuple(Applies)
TRUE, FALSE, UNKNOWN = (APPLIES.index(value) for value in (Applies.TRUE, Applies.FALSE, Applies.UNKNOWN))
OUTCOMES = tuple(Outcome)

_GRADE_LIMIT = {
    Grade.ASSERTION: 0,
    Grade.DOCUMENT: MICRO // 2,
    Grade.DATA: MICRO * 7 // 10,
    Grade.INDEPENDENT_AUDIT: MICRO,
    Grade.EVENTS: MICRO,
}
_LIMITS = np.array([_GRADE_LIMIT[grade] for grade in GRADES], dtype=np.int32)
_STATUS_CREDIT = {
    Status.IN_PLACE: MICRO,
    Status.PARTLY_IN_PLACE: MICRO // 2,
    Status.PLANNED: 0,
    Status.NOT_IN_PLACE: 0,
}
_FULL = np.int32(MICRO)
# The last element serves NO_STATUS, which is -1; what has no credit reads as not answered.
_CREDITS = np.array([_STATUS_CREDIT.get(status, -1) for status in STATUSES] + [-1], dtype=np.int32)
_ALTERNATIVE = STATUSES.index(Status.ALTERNATIVE)


class Contradiction(NamedTuple):
    """Answers that cannot all be right: the questions touched, in which rows, and the rule, unless it is built in."""

    id: str
    questions: tuple[str, ...]
    rows: Array
    rule: ConsistencyRule | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything about a code that does not depend on the rows.

    `questions` are the columns it needs, `parts` and `times` the pairs (part, of) and (time, n) that its tests compare,
    `lists` the choices among which "none" is one and that its tests read,
    `ratings` the least ratings of each judgement, `test_keys` one text per requirement, equal for equal tests.
    """

    code: Code
    layout: scoring.Layout
    questions: Mapping[str, Question]
    rules: tuple[ConsistencyRule, ...]
    parts: tuple[tuple[str, str], ...]
    times: tuple[tuple[str, str], ...]
    lists: tuple[str, ...]
    ratings: Ratings
    test_keys: tuple[str, ...]


def plan(code: Code) -> Plan:
    """The plan of a code, worked out anew at every call."""
    catalogue = code.catalogue
    read = set(questions_read(code))
    rules = tuple(catalogue.consistency[i] for i in rules_read(code))
    clocked = ((q.id, q.clock.n) for q in catalogue.questions.values() if q.clock)
    tested = {id for provision in code.provisions for r in provision.requirements for id in r.test.reads}
    times = tuple((time, n) for time, n in clocked if time in tested)
    read |= {id for rule in rules for id in (*rule.questions, *rule.holds.reads)}
    layout = scoring.layout(code)
    return Plan(
        code=code,
        layout=layout,
        questions={id: question for id, question in catalogue.questions.items() if id in read},
        rules=rules,
        parts=tuple(dict.fromkeys(_parts(code))),
        times=times,
        lists=tuple(q.id for q in catalogue.questions.values() if q.id in tested and _has_none(q)),
        ratings=_by_judgement(code.judgements),
        test_keys=tuple(f"{r.test.kind} {sorted(r.test.arguments.items())}" for _, r in layout.requirements),
    )


def _by_judgement(least_ratings: Iterable[LeastRating]) -> Ratings:
    ratings: dict[str, tuple[LeastRating, ...]] = {}
    for least in least_ratings:
        ratings[least.question] = (*ratings.get(least.question, ()), least)
    return ratings


def _has_none(question: Question) -> bool:
    return question.type is QuestionType.CHOICES and NO_OPTION in question.options


def _parts(code: Code) -> Iterator[tuple[str, str]]:
    for provision in code.provisions:
        for requirement in provision.requirements:
            named = {name: id for id, name, _ in questions_named(requirement.test.kind, requirement.test.arguments)}
            for name, id in named.items():
                if name.endswith(".part"):
                    yield id, named[name.removesuffix("part") + "of"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Block:
    """What a run of rows comes to, in `scoring.layout`'s order of requirements and provisions.

    One column for each self-assessment. Credits are micro-units, weights and figures micro-points, the rest counts or
    indexes into enumerations, -1 (`scoring.NONE`) for none; `figures` has its rows in the order of `FIGURES`, `counts`
    in that of `COUNTS`, `chapters` in the code's. Figures mean nothing where there is no conclusion.
    """

    conclusion: Array
    chapters: Array
    is_provisional: Array
    figures: Array
    counts: Array
    failures: Array
    applies: Array
    provision_outcome: Array
    verdict: Array
    outcome: Array
    weight: Array
    low: Array
    high: Array
    assured: Array
    grade: Array


ARRAYS = tuple(field.name for field in fields(Block))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Results(Block):
    """What a code found for N self-assessments, on the days `on` (ordinals).

    The arrays of requirements, from `outcome` on, have no rows when only figures were asked for; `submissions` is empty
    when columns were given.
    """

    plan: Plan
    frame: Frame
    submissions: Sequence[Submission]
    on: Array

    @property
    def code(self) -> Code:
        return self.plan.code

    def __len__(self) -> int:
        return self.frame.size

    def block(self, row: int) -> Block:
        """The arrays of one row alone, assessed again where its findings were left out."""
        if self.outcome.size:
            return Block(**{name: getattr(self, name)[..., row : row + 1] for name in ARRAYS})
        return assess_block(self.plan, self.frame.rows(row, row + 1), self.on[row : row + 1])


_DETAILS = ARRAYS[ARRAYS.index("outcome") :]


def assess(
    code: Code,
    submissions: Sequence[Submission] | Frame,
    decisions: tuple[()] = (),
    on: date | None = None,
    only_figures: bool = False,
) -> Results:
    """The results of applying `code` to every self-assessment.

    `on` is the date of the assessment, or None for each row's own period end. `decisions` is empty until a regulator's
    decisions exist. `only_figures` leaves out the findings per requirement, for portfolios too large to keep them.
    """
    the_plan = plan(code)
    if isinstance(submissions, Frame):
        frame, submissions = submissions, ()
    else:
        frame = gather(submissions, the_plan.questions.values())
    days = frame.period_to if on is None else np.full(frame.size, on.toordinal(), dtype=np.int64)
    whole: dict[str, Array] = {}
    for start in range(0, max(frame.size, 1), BLOCK):
        rows = slice(start, start + BLOCK)
        block = assess_block(the_plan, frame.rows(rows.start, rows.stop), days[rows])
        nothing = np.empty((0, len(days[rows])), dtype=np.int8)
        for name in ARRAYS:
            part = nothing if only_figures and name in _DETAILS else getattr(block, name)
            if name not in whole:
                whole[name] = np.empty((*part.shape[:-1], frame.size), dtype=part.dtype)
            whole[name][..., rows] = part
    return Results(plan=the_plan, frame=frame, submissions=submissions, on=days, **whole)


def fits(code: Code, submission: Submission) -> bool:
    """Whether the code's scope may take this service in: neither a blank fact nor too low a rating gets it out."""
    if code.scope is None:
        return True
    ratings = _by_judgement(least for least in code.judgements if least.question in code.scope.reads)
    read = [*code.scope.reads, *(id for each in ratings.values() for least in each for id in least.when.reads)]
    questions = {id: code.catalogue.questions[id] for id in read}
    one = gather([submission], questions.values())
    columns = {id: one.column(id) for id in questions}
    softened = _softened(ratings, questions, columns, {}) or columns
    return not evaluate(code.scope, softened, {}).false[0]


def columns_of(the_plan: Plan, frame: Frame) -> dict[str, Column]:
    """Every column that the plan needs, blank ones included."""
    return {id: frame.column(id) for id in the_plan.questions}


def contradictions(the_plan: Plan, columns: Columns, memo: Memo) -> Iterator[Contradiction]:
    """Every rule that fails somewhere; a rule that is unknown is no contradiction."""
    for rule in the_plan.rules:
        yield Contradiction(rule.id, rule.questions, evaluate(rule.holds, columns, memo).false, rule)
    for part, of in the_plan.parts:
        is_above = columns[part].values > columns[of].values
        yield Contradiction("part-above-whole", (part, of), columns[part].known & columns[of].known & is_above)
    for time, n in the_plan.times:
        without = columns[n].known & (columns[n].values == 0) & columns[time].known
        yield Contradiction("time-without-cases", (time, n), without)
    for id in the_plan.lists:
        none = 1 << the_plan.questions[id].options.index(NO_OPTION)
        chosen = columns[id].values
        also = columns[id].known & (chosen & none != 0) & (chosen != none)
        yield Contradiction("none-and-others", (id,), also)


def least_ratings(
    ratings: Ratings, questions: Mapping[str, Question], columns: Columns, memo: Memo
) -> dict[str, Array]:
    """Per judgement and row, the rank of the least rating that the factors support or may support; -1 for none."""
    least: dict[str, Array] = {}
    for id, each in ratings.items():
        least[id] = np.full(len(columns[id].known), -1, dtype=np.int64)
        for rating in each:
            may_hold = ~evaluate(rating.when, columns, memo).false
            least[id] = np.where(may_hold, np.maximum(least[id], rank(rating, questions[id])), least[id])
    return least


def _softened(ratings: Ratings, questions: Mapping[str, Question], columns: Columns, memo: Memo) -> Columns | None:
    """The columns with every under-rated judgement unanswered, or None where there is none."""
    softened = dict(columns)
    for id, least in least_ratings(ratings, questions, columns, memo).items():
        values, known = columns[id]
        softened[id] = Column(values, known & (values >= least))
    changed = any(not np.array_equal(softened[id].known, columns[id].known) for id in ratings)
    return softened if changed else None


def rank(rating: LeastRating, question: Question) -> int:
    """Where a least rating stands among the question's options, or 1 for yes."""
    return int(rating.at_least) if isinstance(rating.at_least, bool) else question.options.index(rating.at_least)


class Rows:
    """The rows of one block, assessed on the days `on`, with what is evaluated once for all provisions."""

    def __init__(self, the_plan: Plan, frame: Frame, on: Array) -> None:
        self.plan = the_plan
        self.frame = frame
        self.on = on
        self.columns = columns_of(the_plan, frame)
        self.memo: Memo = {}
        self.credits: dict[str, tuple[Array, Array, Array]] = {}
        self.early: dict[Interval, Array] = {}
        self.softened = _softened(the_plan.ratings, the_plan.questions, self.columns, self.memo)
        self.softened_memo: Memo = {}
        self.touched: dict[str, Array] = {}
        for contradiction in contradictions(the_plan, self.columns, self.memo):
            if contradiction.rows.any():
                for id in contradiction.questions:
                    self.touched[id] = self.touched.get(id, False) | contradiction.rows

    def applies(self, provision: Provision) -> Array:
        """Whether the provision applies, as indexes into APPLIES; not in force on the day reads as false."""
        is_over = ~in_force(provision.in_force, self.on)
        if provision.applies_when is None:
            return scoring.choose([is_over], [FALSE], TRUE)
        truth = evaluate(provision.applies_when, self.columns, self.memo)
        is_false = truth.false
        if self.softened is not None and not self.plan.ratings.keys().isdisjoint(provision.applies_when.reads):
            is_false = is_false & evaluate(provision.applies_when, self.softened, self.softened_memo).false
        return scoring.choose([is_over, is_false, truth.true], [FALSE, FALSE, TRUE], UNKNOWN)

    def is_early(self, provision: Provision) -> Array:
        """In force for under 28 days of the period, or for less than all of a shorter one."""
        if provision.in_force not in self.early:
            start, end = _bounds(provision.in_force)
            first, last = self.frame.period_from, self.frame.period_to
            days = np.minimum(last, end) - np.maximum(first, start) + 1
            self.early[provision.in_force] = days < np.minimum(SHORTEST_IN_FORCE, last - first + 1)
        return self.early[provision.in_force]

    def is_alternative(self, provision: Provision) -> Array:
        """Where an alternative is declared with its whole record, and allowed."""
        declared = self.frame.declared.get(provision.id)
        if declared is None or not provision.alternatives_allowed:
            return np.zeros(self.frame.size, dtype=bool)
        return np.equal(declared.status, _ALTERNATIVE) & declared.is_complete

    def credit(self, test: Test, key: str) -> tuple[Array, Array, Array]:
        """Low and high credit (micro-units) and no cases of a test, contradictions applied; once for each `key`."""
        if key not in self.credits:
            self.credits[key] = self._contradicted(test, *self._interval(test))
        return self.credits[key]

    def _interval(self, test: Test) -> tuple[Array, Array, Array]:
        judged = judge(test, self.columns, self.frame, self.plan.questions, self.memo)
        known = np.ones(self.frame.size, dtype=bool) if judged.usable is None else judged.usable
        # An expression is known or not by its own logic: `false and unknown` is false.
        for id in test.reads if test.expression is None else test.denominators:
            known = known & self.columns[id].known
        is_zero = np.zeros(self.frame.size, dtype=bool)
        for id in test.denominators:
            is_zero |= self.columns[id].known & (self.columns[id].values == 0)
        known = known & ~is_zero
        no_cases = is_zero if test.no_cases_when_zero else np.zeros_like(is_zero)
        low = judged.credit * known
        return low, low + _FULL * ~known, no_cases

    def _contradicted(self, test: Test, low: Array, high: Array, no_cases: Array) -> tuple[Array, Array, Array]:
        touched: Any = False
        for id in test.reads:
            touched = touched | self.touched.get(id, False)
        if touched is False:
            return low, high, no_cases
        return low * ~touched, high, no_cases & ~touched

    def graded(self, test: Test) -> Graded | None:
        """The lowest grade among everything the test reads; None where some of it has no evidence in any row."""
        named = (test.provision,) if test.provision else test.reads
        found = [self.frame.graded[id] for id in named if id in self.frame.graded]
        if not found or len(found) < len(named):
            return None
        return Graded(*(np.minimum.reduce([getattr(g, name) for g in found]) for name in ("now", "if_accepted")))


def judge(test: Test, columns: Columns, frame: Frame, questions: Mapping[str, Question], memo: Memo) -> Judged:
    """Calls the test's check with its arguments as columns and literals; see `checks.check`."""
    declared = CHECKS[test.kind]
    options = questions[test.reads[0]].options if test.reads else ()
    arguments: dict[str, Any] = {}
    for name in declared.arguments.keys() & test.arguments.keys():
        written = test.arguments[name]
        match declared.arguments[name].kind:
            case "question":
                arguments[name] = columns[written]
            case "measure":
                arguments[name] = measure(columns.__getitem__, written)
            case "provision":
                arguments[name] = _status_credits(frame, written)
            case "expression":
                arguments[name] = evaluate(test.condition, columns, memo)
            case "options":
                arguments[name] = sum(1 << options.index(option) for option in written)
            case "credits":
                arguments[name] = [written[option] for option in options]
            case _:
                arguments[name] = written
    given = Given(frame.period_from, frame.period_to, frame.prepared_on)
    return declared.judge(arguments.pop(test.kind), given=given, **arguments)


def _status_credits(frame: Frame, provision: str) -> Column:
    declared = frame.declared.get(provision)
    status = np.full(frame.size, NO_STATUS) if declared is None else declared.status
    credit = _CREDITS.take(status)
    return Column(np.maximum(credit, 0), credit >= 0)


def in_force(interval: Interval, on: Array) -> Array:
    """Whether each day lies in the interval, both ends included."""
    start, end = _bounds(interval)
    return (on >= start) & (on <= end)


def _bounds(interval: Interval) -> tuple[int, int]:
    start, end = interval.start or date.min, interval.end or date.max
    return start.toordinal(), end.toordinal()


def assess_block(the_plan: Plan, frame: Frame, on: Array) -> Block:
    """The arrays of `Results` for the rows of `frame`, assessed on the days `on`."""
    rows, layout = Rows(the_plan, frame, on), the_plan.layout
    shape = (len(layout.requirements), frame.size)
    part = np.empty(shape, dtype=bool)
    low, high = (np.empty(shape, dtype=np.int32) for _ in range(2))
    assured, accepted = (np.zeros(shape, dtype=np.int32) for _ in range(2))
    outcome, grade = np.empty(shape, dtype=np.int8), np.zeros(shape, dtype=np.int8)
    applies, state = (np.empty((len(layout.provisions), frame.size), dtype=np.int8) for _ in range(2))
    for p, provision in enumerate(layout.provisions):
        applies[p] = rows.applies(provision)
        state[p] = _state(rows, provision, applies[p])
        is_tested, is_alternative = state[p] == scoring.NONE, state[p] == _ALTERNATIVE_OUTCOME
        is_settled, accepted_whole = applies[p] != UNKNOWN, _FULL * is_alternative
        for row in range(len(layout.requirements))[layout.rows[p]]:
            test = layout.requirements[row][1].test
            lowest, highest, no_cases = rows.credit(test, the_plan.test_keys[row])
            counts = is_tested & ~no_cases
            claimed = lowest * (counts & is_settled)
            part[row] = counts | is_alternative
            np.add(claimed, accepted_whole * is_settled, out=low[row])
            np.add(highest * counts, accepted_whole, out=high[row])
            by_credit = scoring.outcome(low[row], high[row], MICRO)
            outcome[row] = scoring.choose([~is_tested, no_cases], [state[p], _NO_CASES], by_credit)
            graded = rows.graded(test)
            if graded:
                grade[row] = graded.now
                np.minimum(claimed, _LIMITS.take(graded.now), out=assured[row])
                np.minimum(claimed, _LIMITS.take(graded.if_accepted), out=accepted[row])
    return _scored(layout, Credits(part, low, high, assured, accepted), applies, state, outcome, grade)


_NOT_APPLICABLE, _TOO_EARLY, _ALTERNATIVE_OUTCOME, _NO_CASES = (
    OUTCOMES.index(outcome)
    for outcome in (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY, Outcome.ALTERNATIVE, Outcome.NO_CASES)
)


class Credits(NamedTuple):
    """Micro-units per requirement and row, 0 where `part` is false."""

    part: Array
    low: Array
    high: Array
    assured: Array
    accepted: Array


def _state(rows: Rows, provision: Provision, applies: Array) -> Array:
    """The outcome that a provision has before any of its requirements is tested, NONE where they decide."""
    return scoring.choose(
        [applies == FALSE, rows.is_early(provision), rows.is_alternative(provision)],
        [_NOT_APPLICABLE, _TOO_EARLY, _ALTERNATIVE_OUTCOME],
        scoring.NONE,
    )


def _scored(
    layout: scoring.Layout, credits: Credits, applies: Array, state: Array, outcome: Array, grade: Array
) -> Block:
    part = credits.part
    totals = scoring.sums(layout, part, credits.low, credits.high)
    weight = scoring.weights(layout, part, totals.share)
    decides = np.zeros_like(part)
    decides[layout.decides] = part[layout.decides]
    deciding = scoring.sums(layout, decides, credits.low, credits.high)
    takes_part = np.asarray(weight.any(axis=0))
    is_alternative, is_open = state == _ALTERNATIVE_OUTCOME, applies == UNKNOWN
    verdict = scoring.verdicts(layout, deciding, is_alternative | is_open)
    bound = scoring.bounds(layout, verdict, deciding, is_alternative)
    provision_outcome = scoring.choose(
        [state != scoring.NONE, totals.share == 0],
        [state, _NO_CASES],
        scoring.outcome(totals.low, totals.high, totals.share * MICRO),
    )
    figures, is_provisional = _figures(layout, weight, credits, deciding, is_open)
    return Block(
        conclusion=scoring.conclusions(bound, takes_part),
        chapters=scoring.chapter_conclusions(layout, bound, totals.share),
        is_provisional=is_provisional & takes_part,
        figures=figures,
        counts=_counts(layout, provision_outcome),
        failures=scoring.failures(layout, verdict),
        applies=applies,
        provision_outcome=provision_outcome,
        verdict=verdict,
        outcome=outcome,
        weight=weight,
        low=credits.low,
        high=credits.high,
        assured=credits.assured,
        grade=grade,
    )


def _figures(
    layout: scoring.Layout, weight: Array, credits: Credits, deciding: scoring.Sums, is_open: Array
) -> tuple[Array, Array]:
    """The seven figures of `FIGURES`, and whether the cap on the declared score is provisional."""
    declared, assured, accepted, ceiling = (
        scoring.earned(weight, credit) for credit in (credits.low, credits.assured, credits.accepted, credits.high)
    )
    limit = scoring.limits(layout, deciding.share, deciding.low)
    ceiling_limit = scoring.limits(layout, deciding.share, deciding.high)
    figures = {
        "final": np.minimum(declared, limit),
        "declared": declared,
        "assured": assured,
        "assured_final": np.minimum(assured, limit),
        "assured_if_accepted": accepted,
        "ceiling": ceiling,
        "ceiling_final": np.minimum(ceiling, ceiling_limit),
    }
    is_capped = np.zeros(weight.shape[1], dtype=bool)
    is_settled = is_capped.copy()
    for cap in layout.caps:
        capping = scoring.capping(layout, cap, deciding.share, deciding.low)
        stays = scoring.capping(layout, cap, deciding.share, deciding.high) & ~is_open
        is_capped |= capping.any(axis=0)
        is_settled |= (capping & stays).any(axis=0)
    return np.stack([figures[name] for name in FIGURES]), is_capped & ~is_settled


def _counts(layout: scoring.Layout, outcome: Array) -> Array:
    scored = outcome[layout.is_scored]
    by_outcome = [scoring.count(scored == index) for index in range(len(OUTCOMES))]
    applicable = len(scored) - by_outcome[_TOO_EARLY] - by_outcome[_NOT_APPLICABLE]
    answered = applicable - by_outcome[OUTCOMES.index(Outcome.UNKNOWN)]
    return np.stack([applicable, answered, *by_outcome])
