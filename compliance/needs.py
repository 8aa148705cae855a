"""Which other answers would meet a requirement: what its check declares, or a search where only a search can tell.

What is found here are proposals. They change no fact and no judgement, leave alone what other answers divide by, and
take along whatever has to change with them, so that no consistency rule breaks that holds today. Whether a proposal
does what it is for is the engine's to say (`advice`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations, islice, product
from math import ceil, floor, isfinite
from typing import Any, Final

import numpy as np

from compliance.checks import CHECKS, DOWN, EITHER, UP, Goal, Now, questions_named
from compliance.document import MOST_WHOLE
from compliance.engine import Plan
from compliance.expressions import (
    Answer,
    Comparison,
    Condition,
    Fixed,
    Includes,
    Junction,
    Not,
    Quantity,
    inside,
    quantity,
    truth,
)
from compliance.frame import gather
from compliance.model import (
    NO_OPTION,
    NUMERIC,
    Column,
    Declaration,
    Expression,
    Question,
    QuestionType,
    Role,
    Status,
    Submission,
    Test,
    Value,
)

MOST_WAYS: Final = 6  # proposals for one test; the first that the engine confirms is taken
_MOST_TRIED: Final = 24  # goals for one test, each with what follows from it
_MOST_FOLLOWING: Final = 4  # answers that change only because of others
_MOST_TOGETHER: Final = 3  # answers that a search changes at once, unless so few give nothing
_MOST_AT_ALL: Final = 6
_MOST_COMBINED: Final = 60  # sets of so many questions
_MOST_ROWS: Final = 4_096  # combinations of answers to one such set
_MOST_OPTIONS: Final = 8  # of which every combination is tried
# Of a number that nobody gave and of which any will do: small and large ones, of which the least useful is taken.
_EXAMPLES: Final = {QuestionType.COUNT: (1_000, 1_000_000, 1_000_000_000), QuestionType.SHARE: (0.01, 0.99)}
_TIMES: Final = (1.0, 1_000.0)
_UNLIKELY: Final = 6  # what it costs to say that fewer of what is only counted have happened
_UNUSUAL: Final = 3


@dataclass(frozen=True)
class Change:
    """Other answers (a goal for each question) and statuses (for each provision) of one self-assessment.

    `follows` are the questions whose answers change only because the others do.
    """

    goals: Mapping[str, Goal] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    follows: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.goals or self.statuses)

    @property
    def answers(self) -> dict[str, Value]:
        return {id: goal.value for id, goal in self.goals.items() if goal.value is not None}

    @property
    def leaves_open(self) -> bool:
        """Whether it holds an answer that stands for any."""
        return any(goal.is_any for goal in self.goals.values())

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """Equal for changes that say the same."""
        return (*sorted((id, str(value)) for id, value in (self.answers | {**self.statuses}).items()),)

    def instead(self, id: str, value: Value) -> Change:
        """This change with another answer to one of its questions."""
        return replace(self, goals={**self.goals, id: self.goals[id]._replace(value=value)})

    def without(self, id: str, value: Value) -> Change:
        """This change with one value fewer that would do as well."""
        among = tuple(each for each in self.goals[id].among if each != value)
        return replace(self, goals={**self.goals, id: self.goals[id]._replace(among=among)})

    def narrowed(self, other: Change) -> Change:
        """This change, of which `other` says the same, leaving only as much open as both do."""
        goals = {id: _narrower(goal, other.goals[id]) for id, goal in self.goals.items()}
        return replace(self, goals=goals, follows=self.follows & other.follows)


def applied(submission: Submission, change: Change) -> Submission:
    """The self-assessment with the change made, as a file that says so would be read."""
    declared = dict(submission.declarations)
    for id, status in change.statuses.items():
        comment = declared[id].comment if id in declared else ""
        declared[id] = Declaration(status, comment=comment)
    answers = {**submission.answers, **change.answers}
    unknown = tuple(id for id in submission.not_measured if id not in answers)
    return replace(submission, answers=answers, declarations=declared, not_measured=unknown)


@dataclass(frozen=True, slots=True, eq=False)
class _Constraint:
    """What must not be false of the answers; a test that reads one of `questions` is touched where it is."""

    holds: Expression
    questions: frozenset[str]


class Needs:
    """One self-assessment, and what the codes of some plans, which share a catalogue, say of its questions."""

    def __init__(self, plans: Sequence[Plan], submission: Submission) -> None:
        catalogue = plans[0].code.catalogue
        self.questions = catalogue.questions
        self.submission = submission
        self.bare = replace(submission, declarations={}, evidence=())
        self.answers = dict(submission.answers)
        self.columns = self._columns([self.answers], self.questions)
        tests = [r.test for plan in plans for _, r in plan.layout.requirements]
        self.counted = {id for test in tests for id in test.denominators}
        self.counted |= {q.clock.n for q in self.questions.values() if q.clock}
        self.directions = {
            id: argument.direction
            for test in tests
            for id, name, argument in questions_named(test.kind, test.arguments)
            if not name.endswith(".of") and argument.direction != EITHER
        }
        self.promised = {id for test in tests for key in ("target", "set_on") if (id := test.arguments.get(key))}
        self.together: dict[tuple[Any, ...], Change] = {}
        self.touched: dict[tuple[Any, ...], frozenset[object]] = {}
        self.constraints = [
            *(_Constraint(rule.holds, frozenset(rule.questions)) for rule in catalogue.consistency),
            *(_within(part, of) for part, of in dict.fromkeys(pair for plan in plans for pair in plan.parts)),
            *(_counted(time, n) for time, n in dict.fromkeys(pair for plan in plans for pair in plan.times)),
            *(_none_alone(self.questions[id]) for id in dict.fromkeys(id for plan in plans for id in plan.lists)),
        ]
        self.broken = [each for each in self.constraints if self._is_false(each.holds, {})]

    # Proposals

    def ways(self, test: Test) -> list[Change]:
        """Changes that should meet the test, the most natural first; none where no answer does."""
        if test.provision:
            return [Change(statuses={test.provision: Status.IN_PLACE})]
        found: dict[tuple[Any, ...], Change] = {}
        for goals in islice(self._goals(test, {}), _MOST_TRIED):
            for change in islice(self._settled(goals, frozenset(), frozenset(test.reads)), 2):
                if change:
                    found.setdefault(change.key, change)
            if len(found) >= MOST_WAYS:
                break
        return [*found.values()]

    def joined(self, changes: Iterable[Change]) -> Change:
        """All changes at once: of what several of them change the stricter goal, of what cannot be both the first's.

        What does not touch is joined apart, and each such group only once.
        """
        groups: list[tuple[frozenset[object], list[Change]]] = []
        for change in changes:
            touched, together = self._touched(change), [change]
            for others, group in [each for each in groups if not each[0].isdisjoint(touched)]:
                touched, together = others | touched, [*group, *together]
                groups = [each for each in groups if each[1] is not group]
            groups.append((touched, together))
        parts = [self._together(group) for _, group in groups]
        return Change(
            {id: goal for part in parts for id, goal in part.goals.items()},
            {id: status for part in parts for id, status in part.statuses.items()},
            frozenset(id for part in parts for id in part.follows),
        )

    def are_kept(self, changes: Sequence[Change]) -> bool:
        """Whether each change still comes to what it is for when all of them are made at once."""
        whole = self._together(changes)
        return all(
            id in change.follows or _is_met(goal, whole.goals[id].value)
            for change in changes
            for id, goal in change.goals.items()
        )

    def _touched(self, change: Change) -> frozenset[object]:
        if change.key not in self.touched:
            beside = [each for each in self.constraints if not change.goals.keys().isdisjoint(each.holds.reads)]
            self.touched[change.key] = frozenset((*change.goals, *change.statuses, *beside))
        return self.touched[change.key]

    def _together(self, changes: Sequence[Change]) -> Change:
        if len(changes) == 1:
            return changes[0]
        key = tuple(change.key for change in changes)
        if key not in self.together:
            goals: dict[str, Goal] = {}
            wanted = {id for change in changes for id in change.goals.keys() - change.follows}
            for change in changes:
                for id, goal in change.goals.items():
                    if id not in wanted or id not in change.follows:
                        goals[id] = self._stricter(id, goals[id], goal) if id in goals else goal
            follows = frozenset(id for change in changes for id in change.follows) - wanted
            whole = next(self._settled(goals, follows, frozenset()), Change(goals, follows=follows))
            statuses = {id: status for change in changes for id, status in change.statuses.items()}
            self.together[key] = replace(whole, statuses=statuses)
        return self.together[key]

    def values(self, question: Question, conditions: Sequence[Expression]) -> list[Value]:
        """Answers to the question that the conditions may tell apart, other answers being what they are."""
        now = self.answers.get(question.id)
        found = (v for each in conditions for v in self._candidates(question, each, self.columns, now))
        return sorted(dict.fromkeys(found), key=lambda value: _ordinal(value) or 0.0)

    # Goals

    def _goals(self, test: Test, given: Mapping[str, Goal]) -> Iterator[dict[str, Goal]]:
        """What the answers have to come to; `given` are those that stand for any, chosen already."""
        answers = self.answers | {id: goal.value for id, goal in given.items() if goal.value is not None}
        if any(answers.get(id) == 0 for id in test.denominators):
            return  # there was nothing to measure, which no answer changes
        needed = CHECKS[test.kind].needed
        blank = [id for id in test.denominators if id not in answers]
        if not blank and needed is not None:
            s = self.submission
            goals = needed(test.arguments, Now(answers, self.questions, s.period_from, s.period_to, s.prepared_on))
            blank = [id for id, goal in goals.items() if goal.value is None and id not in answers]
        if blank:
            kept = [Goal(value, UP) for value in _measured(test, answers, blank[0])]
            examples = [Goal(value, is_any=True) for value in self._examples(self.questions[blank[0]], answers)]
            for goal in (*kept, *examples):
                yield from self._goals(test, {**given, blank[0]: goal})
        elif needed is None:
            for found in self._searched(test.condition, answers):
                yield {**given, **found}
        else:
            left = {id: goal for id, goal in goals.items() if not _is_met(goal, answers.get(id))}
            if all(self._may_change(id) and self._is_allowed(id, goal.value) for id, goal in left.items()):
                yield from ({**given, **each} for each in _each_value(left))

    def _may_change(self, id: str) -> bool:
        return self.questions[id].role is Role.ANSWER

    def _is_allowed(self, id: str, value: Value | None) -> bool:
        """Whether a file may give this answer."""
        question = self.questions[id]
        if question.type not in NUMERIC:
            return value != ()
        least, most = _range(question)
        return isinstance(value, int | float) and least <= value <= most

    def _examples(self, question: Question, answers: Mapping[str, Value]) -> Iterator[Value]:
        """Answers to a question of which any will do: first those that fit others already given."""
        if not self._may_change(question.id):
            return
        match question.type:
            case QuestionType.TEXT:
                yield "as reported"
            case QuestionType.DATE:
                yield self.submission.period_to
            case QuestionType.YES_NO:
                yield from (True, False)
            case QuestionType.CHOICE:
                yield from question.options
            case QuestionType.CHOICES:
                yield from ((option,) for option in question.options if option != NO_OPTION)
            case _:
                columns = self.columns | self._columns([answers], answers.keys() - self.answers.keys())
                beside = [each.holds for each in self.constraints if question.id in each.holds.reads]
                at_rules = [v for each in beside for v in self._roots(question, each, columns)]
                values = [_fitting(question, v) for v in (*at_rules, *_EXAMPLES.get(question.type, _TIMES))]
                yield from dict.fromkeys(v for v in values if v and self._is_allowed(question.id, v))

    # Search

    def _searched(self, condition: Expression, answers: Mapping[str, Value]) -> list[dict[str, Goal]]:
        """Answers for which the condition is true: least is claimed first, then the fewest and nearest."""
        columns = self.columns | self._columns([answers], answers.keys() - self.answers.keys())
        # Where it is true as it is, what keeps it from counting is a contradiction, and to settle that may do.
        as_is: list[dict[str, Goal]] = [{}] if truth(condition.tree, columns, {}).true.all() else []
        values = {
            id: self._candidates(self.questions[id], condition, columns, answers.get(id))
            for id in condition.reads
            if self._may_change(id)
        }
        found: list[tuple[tuple[int, int, int], dict[str, Goal]]] = []
        for size in range(1, len(values) + 1):
            if size > _MOST_TOGETHER and (found or size > _MOST_AT_ALL):
                break
            for ids in islice(combinations(values, size), _MOST_COMBINED):
                fitting = self._fitting_rows(condition, columns, ids, [values[id] for id in ids])
                for place, row in enumerate(fitting[:MOST_WAYS]):
                    cost = sum(self._cost(id, value) for id, value in zip(ids, row, strict=True))
                    found.append(((cost, size, place), self._goals_of(condition, ids, row, fitting, values)))
        return as_is + [goals for _, goals in sorted(found, key=lambda each: each[0])[:MOST_WAYS]]

    def _fitting_rows(
        self,
        condition: Expression,
        columns: Mapping[str, Column],
        ids: Sequence[str],
        values: Sequence[Sequence[Value]],
    ) -> list[tuple[Value, ...]]:
        """The combinations of values for these questions that make the condition true."""
        rows = [*islice(product(*values), _MOST_ROWS)]
        if not rows:
            return []
        tried = {id: self._column(self.questions[id], [row[i] for row in rows]) for i, id in enumerate(ids)}
        is_true = np.broadcast_to(truth(condition.tree, {**columns, **tried}, {}).true, (len(rows),))
        breaks = np.zeros(len(rows), dtype=bool)
        for each in self._watched({id: Goal(None) for id in ids}, frozenset()) if is_true.any() else ():
            breaks = breaks | truth(each.holds.tree, {**self.columns, **columns, **tried}, {}).false
        # What breaks a rule may still do, with what follows from it.
        places = [*np.flatnonzero(is_true & ~breaks).tolist(), *np.flatnonzero(is_true & breaks).tolist()]
        return [rows[place] for place in places]

    def _goals_of(
        self,
        condition: Expression,
        ids: Sequence[str],
        row: Sequence[Value],
        fitting: Sequence[Sequence[Value]],
        values: Mapping[str, Sequence[Value]],
    ) -> dict[str, Goal]:
        """The goals of one combination, with what would do as well in place of each of its values."""
        goals = {}
        for i, id in enumerate(ids):
            value = row[i]
            others = [each[i] for each in fitting if [*each[:i], *each[i + 1 :]] == [*row[:i], *row[i + 1 :]]]
            if id in self.counted and id not in self.answers and {each[i] for each in fitting} == {*values[id]}:
                goals[id] = Goal(value, is_any=True)
            elif isinstance(value, str):
                goals[id] = Goal(value, among=tuple(others))
            elif isinstance(value, tuple):
                goals[id] = Goal(value, among=tuple(o for o in others if isinstance(o, tuple) and len(o) == len(value)))
            else:
                beside = dict(zip(ids, row, strict=True))
                goals[id] = Goal(value, self._direction(id, value, [condition], beside))
        return goals

    def _cost(self, id: str, value: Value) -> int:
        """How little an answer is a practice that can change: what only counts what happened, and what goes against
        the direction that a check declares, is left for last."""
        question, now = self.questions[id], self.answers.get(id)
        way = _way(now, value)
        if self.directions.get(id, EITHER) * way > 0 or (id in self.directions and now is None):
            return 1
        if self.directions.get(id, EITHER) * way < 0:
            return _UNLIKELY
        if question.type is not QuestionType.COUNT:
            return 1
        return _UNUSUAL if way > 0 or (now is None and value) else _UNLIKELY

    def _candidates(
        self, question: Question, condition: Expression, columns: Mapping[str, Column], now: Value | None
    ) -> list[Value]:
        """Other answers than `now` that the condition may tell from it, the nearest first."""
        match question.type:
            case QuestionType.YES_NO:
                values: list[Value] = [True, False]
            case QuestionType.CHOICE:
                place = question.options.index(now) if isinstance(now, str) else 0
                values = sorted(question.options, key=lambda o: abs(question.options.index(o) - place))
            case QuestionType.CHOICES:
                values = [*_lists(question, condition, now if isinstance(now, tuple) else ())]
            case QuestionType.TEXT:
                values = []
            case _:
                values = [*self._numbers(question, condition, columns, now)]
        return [value for value in dict.fromkeys(values) if value != now]

    def _numbers(
        self, question: Question, condition: Expression, columns: Mapping[str, Column], now: Value | None
    ) -> list[Value]:
        roots = [*self._roots(question, condition, columns)]
        step = 0.01 if question.type is QuestionType.SHARE else 1.0
        beside = [root + by for root in roots for by in (0.0, step, -step)]
        if question.type in (QuestionType.COUNT, QuestionType.DATE):
            beside = [float(whole) for each in beside for whole in (floor(each), ceil(each))]
        if not roots and question.type is QuestionType.COUNT:
            beside = [0.0, 1.0, 1_000.0]
        place = _ordinal(now)
        if place is not None:
            beside.sort(key=lambda each: abs(each - place))
        return [v for each in beside if (v := _fitting(question, each)) is not None]

    def _roots(self, question: Question, condition: Expression, columns: Mapping[str, Column]) -> Iterator[float]:
        """Where a comparison that reads the question turns, other answers being as they are; none of what is not
        linear in it."""
        first, second = (date(1, 1, 1), date(1, 1, 2)) if question.type is QuestionType.DATE else (0, 1)
        at = {**columns, question.id: self._column(question, [first, second])}
        start = at[question.id].values[0]
        for leaf in _comparisons(condition.tree):
            if question.id not in {*_read(leaf)}:
                continue
            left, right = quantity(leaf.left, at), quantity(leaf.right, at)
            gap = np.broadcast_to(left.values - right.values, (2,)).tolist()
            if bool(np.all(left.known & right.known)) and gap[0] != gap[1]:
                root = start - gap[0] / (gap[1] - gap[0])
                if isfinite(root):
                    yield float(root)

    def _direction(self, id: str, value: Value, conditions: Sequence[Expression], beside: Mapping[str, Value]) -> int:
        """Which way an answer may go on from here without making a condition false."""
        question = self.questions[id]
        if question.type not in NUMERIC and question.type is not QuestionType.DATE:
            return EITHER
        columns = self.columns | self._columns([beside], beside)
        at = _ordinal(value) or 0.0
        least, most = _range(question)
        for direction, further in ((UP, (at + 1, at + 1_000, most)), (DOWN, (at - 1, at / 2, least))):
            values = [v for each in further if (v := _fitting(question, min(max(each, least), most))) is not None]
            if values and values[0] != value:
                tried = {**columns, id: self._column(question, values)}
                if not any(truth(each.tree, tried, {}).false.any() for each in conditions):
                    return direction
        return EITHER

    # What has to change with it

    def _settled(
        self, goals: Mapping[str, Goal], follows: frozenset[str], reads: frozenset[str], depth: int = 0
    ) -> Iterator[Change]:
        """The goals with what follows from them, so that no constraint breaks that holds today, nor any that touches a
        test that reads `reads`."""
        said = Change(goals, follows=follows)
        changed = self._columns([said.answers], goals)
        broken = next((each for each in self._watched(goals, reads) if self._is_false(each.holds, changed)), None)
        if broken is None:
            yield said
        elif depth < _MOST_FOLLOWING:
            for id, value in self._repairs(broken.holds, goals, changed)[:_MOST_FOLLOWING]:
                beside = said.answers | {id: value}
                goal = Goal(value, self._direction(id, value, [broken.holds], beside))
                also = follows if id in goals else follows | {id}
                yield from self._settled({**goals, id: goal}, also, reads, depth + 1)

    def _watched(self, goals: Mapping[str, Goal], reads: frozenset[str]) -> Iterator[_Constraint]:
        for each in self.constraints:
            is_touching = not reads.isdisjoint(each.questions)
            if is_touching or (each not in self.broken and not goals.keys().isdisjoint(each.holds.reads)):
                yield each

    def _repairs(
        self, rule: Expression, goals: Mapping[str, Goal], changed: Mapping[str, Column]
    ) -> list[tuple[str, Value]]:
        """Single answers that make the rule hold and still come to each goal; the nearest of each first."""
        found: list[tuple[int, int, str, Value]] = []
        columns = {**self.columns, **changed}
        for id in rule.reads:
            now = goals[id].value if id in goals else self.answers.get(id)
            values = self._candidates(self.questions[id], rule, columns, now) if self._may_follow(id) else []
            values = [value for value in values if id not in goals or _still_meets(goals[id], value)]
            if values:
                tried = {**columns, id: self._column(self.questions[id], values)}
                is_false = np.broadcast_to(truth(rule.tree, tried, {}).false, (len(values),))
                places = np.flatnonzero(~is_false)[:2].tolist()
                # To do more of what has to be done anyway comes before anything else.
                costs = {place: 0 if id in goals else self._cost(id, values[place]) for place in places}
                found += [(costs[place], place, id, values[place]) for place in places]
        return [(id, value) for _, _, id, value in sorted(found, key=lambda each: each[:2])]

    def _may_follow(self, id: str) -> bool:
        """Whether an answer may change because others do: not what others are divided by, not a target that was set,
        and where nothing of what is only counted has happened, nothing has."""
        is_nothing = self.answers.get(id) == 0 and self.questions[id].type is QuestionType.COUNT
        is_fixed = id in self.counted | self.promised or (is_nothing and id not in self.directions)
        return self._may_change(id) and not (is_fixed and id in self.answers)

    def _stricter(self, id: str, one: Goal, other: Goal) -> Goal:
        """The goal that meets both, as far as one does."""
        now = self.answers.get(id)
        if one.is_any or other.is_any:
            return other if one.is_any else one
        if isinstance(one.value, tuple) and isinstance(other.value, tuple):
            return one._replace(value=_both(self.questions[id], now, one.value, other.value))
        if one.among or other.among:
            common = [value for value in one.among or (one.value,) if value in (other.among or (other.value,))]
            value = one.value if one.value in common else next(iter(common), one.value)
            return Goal(value, among=tuple(each for each in common if each is not None))
        return _further(one, other, _ordinal(now))

    # Columns

    def _is_false(self, condition: Expression, changed: Mapping[str, Column]) -> bool:
        return bool(truth(condition.tree, {**self.columns, **changed}, {}).false.any())

    def _columns(self, rows: Sequence[Mapping[str, Value]], ids: Iterable[str]) -> dict[str, Column]:
        asked = [self.questions[id] for id in ids]
        frame = gather([replace(self.bare, answers=row) for row in rows], asked)
        return {question.id: frame.column(question.id) for question in asked}

    def _column(self, question: Question, values: Sequence[Value]) -> Column:
        return self._columns([{question.id: value} for value in values], [question.id])[question.id]


def _each_value(goals: Mapping[str, Goal]) -> Iterator[Mapping[str, Goal]]:
    """The goals, then the goals with each option in turn that would do as well."""
    yield goals
    for id, goal in goals.items():
        if isinstance(goal.value, str):
            yield from ({**goals, id: goal._replace(value=value)} for value in goal.among if value != goal.value)


def _measured(test: Test, answers: Mapping[str, Value], id: str) -> Iterator[float]:
    """What a test measures today, where `id` is the target that it is held to: one that is kept already."""
    written = test.arguments[test.kind]
    if test.arguments.get("target") != id:
        return
    of: Value | None = 1 if isinstance(written, str) else answers.get(written["of"])
    part = answers.get(written if isinstance(written, str) else written["part"])
    if isinstance(part, int | float) and isinstance(of, int | float) and of:
        yield part / of


def _within(part: str, of: str) -> _Constraint:
    return _Constraint(Expression("", Comparison(Answer(part), "<=", Answer(of)), (part, of)), frozenset((part, of)))


def _counted(time: str, n: str) -> _Constraint:
    """A time that is given timed something; one that is not is unknown, as any comparison with a blank."""
    is_given, is_some = Comparison(Answer(time), ">=", Fixed(0.0)), Comparison(Answer(n), ">", Fixed(0.0))
    return _Constraint(Expression("", Junction("or", (Not(is_given), is_some)), (time, n)), frozenset((time, n)))


def _none_alone(question: Question) -> _Constraint:
    none = question.options.index(NO_OPTION)
    others = tuple(Includes(question.id, i) for i in range(len(question.options)) if i != none)
    both = Junction("and", (Includes(question.id, none), Junction("or", others)))
    return _Constraint(Expression("", Not(both), (question.id,)), frozenset((question.id,)))


def _comparisons(node: Quantity | Condition) -> Iterator[Comparison]:
    if isinstance(node, Comparison):
        yield node
    else:
        for part in inside(node):
            yield from _comparisons(part)


def _read(node: Quantity | Condition) -> Iterator[str]:
    if isinstance(node, Answer):
        yield node.question
    for part in inside(node):
        yield from _read(part)


def _named_options(node: Quantity | Condition, question: str) -> Iterator[int]:
    if isinstance(node, Includes) and node.question == question:
        yield node.option
    for part in inside(node):
        yield from _named_options(part, question)


def _lists(question: Question, condition: Expression, now: tuple[str, ...]) -> Iterator[Value]:
    """The list given with options that the condition names added or taken away; "none" stands alone."""
    named = [question.options[i] for i in dict.fromkeys(_named_options(condition.tree, question.id))]
    others = [option for option in named if option != NO_OPTION]
    sizes: Iterable[int] = range(1, len(others) + 1) if len(others) <= _MOST_OPTIONS else (1, 2, len(others))
    kept = {option for option in now if option != NO_OPTION}
    lists = [{*some} for size in sizes for some in combinations(others, size)]
    wanted = [kept | some for some in lists] + [kept - some for some in lists]
    if not kept:
        wanted += [{option} for option in question.options if option not in named]
    if NO_OPTION in question.options:
        wanted.append({NO_OPTION})
    for each in sorted(filter(None, wanted), key=lambda each: len(each ^ {*now})):
        yield tuple(option for option in question.options if option in each)


def _is_met(goal: Goal, now: Value | None) -> bool:
    """Whether an answer comes to the goal already."""
    if now is None:
        return False
    if goal.is_any or now == goal.value or now in goal.among:
        return True
    if isinstance(now, tuple) and isinstance(goal.value, tuple):
        return {*goal.value} <= {*now} and NO_OPTION not in now
    place, bound = _ordinal(now), _ordinal(goal.value)
    return place is not None and bound is not None and (place - bound) * goal.direction > 0


def _still_meets(goal: Goal, value: Value) -> bool:
    """Whether another answer comes to a goal that leaves room for it."""
    if isinstance(value, tuple) and goal.direction != UP:
        return False
    return goal.is_any or (goal.direction != EITHER and _is_met(goal, value))


def _way(now: Value | None, value: Value) -> int:
    """Whether an answer goes up or down from the one given; a list goes down where it loses an option."""
    if isinstance(now, tuple) and isinstance(value, tuple):
        return UP if {*now} - {NO_OPTION} <= {*value} else DOWN
    first, second = (float(v) if isinstance(v, bool) else _ordinal(v) for v in (now, value))
    if first is None or second is None or first == second:
        return EITHER
    return UP if second > first else DOWN


def _narrower(one: Goal, other: Goal) -> Goal:
    """Of two goals with the same value what meets both."""
    if one.is_any or other.is_any:
        return other if one.is_any else one
    among = tuple(value for value in one.among if value in other.among)
    return Goal(one.value, one.direction if one.direction == other.direction else EITHER, among)


def _further(one: Goal, other: Goal, now: float | None) -> Goal:
    """Of two numbers or days the one that is further from today's in the direction of both, else the first."""
    first, second = _ordinal(one.value), _ordinal(other.value)
    if first is None or second is None or first == second:
        return one
    direction = one.direction or other.direction
    if now is not None and direction == EITHER:
        direction = UP if min(first, second) >= now else DOWN if max(first, second) <= now else EITHER
    return other if (second - first) * direction > 0 else one


def _both(question: Question, now: Value | None, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """What either adds to the list given, without what either takes away; "none" only where nothing else is left."""
    kept = {*now} if isinstance(now, tuple) else set()
    whole = (kept | {*one} | {*other}) - (kept - {*one}) - (kept - {*other})
    rest = whole - {NO_OPTION}
    return tuple(option for option in question.options if option in (rest or whole)) or one


def _range(question: Question) -> tuple[float, float]:
    """The least and the greatest answer that a file may give; days as ordinals."""
    if question.type is QuestionType.DATE:
        return 1.0, float(date.max.toordinal())
    most = float(MOST_WHOLE if question.maximum is None else question.maximum)
    return float(question.minimum or 0), min(most, 1.0) if question.type is QuestionType.SHARE else most


def _ordinal(value: Value | None) -> float | None:
    """A number, or a day as its ordinal; None of anything else."""
    if isinstance(value, date):
        return float(value.toordinal())
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _fitting(question: Question, number: float) -> Value | None:
    """The number as an answer to the question, None where a file may not give it."""
    least, most = _range(question)
    if not least <= number <= most:
        return None
    match question.type:
        case QuestionType.DATE:
            return date.fromordinal(int(number))
        case QuestionType.COUNT:
            return int(number) if float(number).is_integer() else None
    return float(number)
