"""What to change first: single fixes, what each would bring, and the least effort that reaches a conclusion or a score.

A fix is about answers: one change that meets one requirement or several, of one code or of several. Everything that is
promised of it is what the engine says of the self-assessment with the change made; nothing here computes a credit or a
point. Facts and judgements are no fixes, since they say what the service is: they are listed apart, with what each
value of them would decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations, groupby
from typing import Any, Final

import numpy as np

from compliance import engine
from compliance.checks import DOWN, UP, Goal
from compliance.engine import APPLIES, OUTCOMES, Results, Rows, assess
from compliance.model import (
    DECIDING,
    MICRO,
    NUMERIC,
    Applies,
    Code,
    Conclusion,
    Evidence,
    Figures,
    Grade,
    Outcome,
    Provision,
    Question,
    QuestionType,
    Requirement,
    Role,
    Submission,
    Test,
    Value,
)
from compliance.needs import Change, Needs, applied
from compliance.reasons import explain
from compliance.vocabulary import status_words
from compliance.wording import say, unanswered

EFFORT_STEPS: Final[Mapping[str, int]] = {"days": 1, "weeks": 5, "months": 20, "": 20}
"""What efforts weigh against each other. Ours, no publisher's: a week has five working days, a month twenty."""

MOST_EXACT: Final = 12  # fixes of which every set is tried

_LACKING = frozenset(OUTCOMES.index(outcome) for outcome in (Outcome.PARTLY_MET, Outcome.NOT_MET, Outcome.UNKNOWN))
_OPEN, _OUT, _IN = (APPLIES.index(value) for value in (Applies.UNKNOWN, Applies.FALSE, Applies.TRUE))

Array = Any
Target = Conclusion | int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a self-assessment stands by one code; both are None where nothing takes part."""

    conclusion: Conclusion | None
    figures: Figures | None

    @property
    def order(self) -> tuple[int, int, int]:
        """Greater is better: the conclusion, then the final figure, then the declared one."""
        rank = -1 if self.conclusion is None else list(Conclusion).index(self.conclusion)
        return (rank, self.figures.final, self.figures.declared) if self.figures else (rank, 0, 0)

    def reaches(self, target: Target) -> bool:
        """Whether this is the conclusion asked for or a better one, or a final figure of so many micro-points."""
        if self.conclusion is None or self.figures is None:
            return False
        if isinstance(target, Conclusion):
            return list(Conclusion).index(self.conclusion) >= list(Conclusion).index(target)
        return self.figures.final >= target


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement, with the provision and the code that it stands in."""

    code: Code
    provision: Provision
    requirement: Requirement

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.code.name, self.provision.id, self.requirement.id)


@dataclass(frozen=True, slots=True)
class Step:
    """One answer (`id` is a question) or status (a provision) of a fix, today and as needed, in words.

    `value` is what the effect was computed with; with `follows` it changes only because another does.
    """

    id: str
    label: str
    now: str
    needed: str
    value: Value
    was_blank: bool
    follows: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fix alone does by one code: `backed` has data beside it for all that its requirements there read.

    `decides` tells whether it meets what a statute or the code itself states; a fix that does not cannot change the
    conclusion.
    """

    before: Position
    after: Position
    backed: Position
    decides: bool

    @property
    def gain(self) -> tuple[int, int]:
        """Micro-points on the final and on the declared figure; below 0 where it costs some."""
        if self.before.figures is None or self.after.figures is None:
            return (0, 0)
        before, after = self.before.figures, self.after.figures
        return (after.final - before.final, after.declared - before.declared)

    @property
    def lowers(self) -> bool:
        return self.gain[1] < 0 or self.after.order[0] < self.before.order[0]


@dataclass(frozen=True, slots=True)
class Fix:
    """One change of answers: `aims` are the requirements that ask for it, `also` the others that it meets as well.

    `evidence` names what evidence would have to support for the assured figure to follow. With `waits_for`, facts or
    judgements, it counts for nothing before these settle whether its provisions apply.
    """

    id: str
    aims: tuple[Clause, ...]
    also: tuple[Clause, ...]
    change: Change = field(repr=False)
    steps: tuple[Step, ...]
    effort: str
    effects: Mapping[str, Effect]
    evidence: tuple[str, ...]
    waits_for: tuple[str, ...]

    @property
    def is_answer(self) -> bool:
        """Whether nothing has to change but that a blank is answered, if it is so."""
        return all(step.was_blank for step in self.steps if not step.follows) and not self.is_correction

    @property
    def is_correction(self) -> bool:
        """Whether all there is to do is to make answers agree that contradict each other, whichever is wrong."""
        return all(step.follows for step in self.steps)

    def clauses(self, code: Code) -> list[Clause]:
        return [clause for clause in (*self.aims, *self.also) if clause.code is code]


@dataclass(frozen=True, slots=True)
class Left:
    """A requirement without full credit for which no other answer was found, and why; its remedy is all there is."""

    clause: Clause
    why: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What one value of a fact would decide alone: how many of the open provisions apply, do not and stay open."""

    value: Value
    words: str
    applies: int
    does_not: int
    stays_open: int
    positions: Mapping[str, Position]


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact or judgement that keeps open whether `provisions` apply; `now` is a rating below the publisher's factors,
    empty where nothing was answered."""

    question: Question
    now: str
    provisions: tuple[str, ...]
    values: tuple[Settled, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What can be done about one self-assessment, by each of `codes` (`positions` are today's, by code name)."""

    submission: Submission
    codes: tuple[Code, ...]
    on: date | None
    positions: Mapping[str, Position]
    fixes: tuple[Fix, ...]
    left: tuple[Left, ...]
    facts: tuple[OpenFact, ...]
    needs: Needs | None = field(repr=False, compare=False)

    def by(self, code: Code) -> list[Fix]:
        """The fixes that meet something of the code, the most useful first."""
        return sorted((fix for fix in self.fixes if fix.clauses(code)), key=lambda fix: _rank(fix, code))


@dataclass(frozen=True, slots=True)
class Route:
    """The fixes that reach `target` by `code` with the least effort, and where they lead together.

    `is_exact` says that no set of the fixes does it with less; otherwise it is a set from which nothing can be left
    out. `most` is where all fixes together lead, which no set can pass, `why` what keeps that from being better where
    the target is out of reach; then `fixes` is empty.
    """

    code: Code
    target: Target
    is_reached: bool
    is_exact: bool
    fixes: tuple[Fix, ...]
    effort: int
    position: Position
    most: Position
    why: str


def advise(codes: Sequence[Code], submission: Submission, on: date | None = None) -> Advice:
    """Every fix of a self-assessment by some codes of one catalogue, on a day (None: the period's end)."""
    if not codes:
        return Advice(submission, (), on, {}, (), (), (), None)
    return _Desk(codes, submission, on).advice()


def joint_change(advice: Advice, fixes: Iterable[Fix]) -> Change:
    """The one change that several fixes make together, whatever order they are named in."""
    wanted = {fix.id for fix in fixes}
    changes = [fix.change for fix in advice.fixes if fix.id in wanted]
    return advice.needs.joined(changes) if advice.needs else Change()


def with_fixes(advice: Advice, fixes: Iterable[Fix]) -> Submission:
    """The self-assessment with several fixes made together."""
    return applied(advice.submission, joint_change(advice, fixes))


def what_if(advice: Advice, fixes: Iterable[Fix]) -> dict[str, Position]:
    """Where several fixes lead together, by the name of each code."""
    changed = with_fixes(advice, fixes)
    return {code.name: _position(assess(code, [changed], on=advice.on, only_figures=True), 0) for code in advice.codes}


def reach(advice: Advice, code: Code, target: Target) -> Route:
    """The least effort that reaches a conclusion, or a final figure in micro-points, by one code."""
    return _Search(advice, code, target).route()


def _rank(fix: Fix, code: Code) -> tuple[object, ...]:
    effect = fix.effects[code.name]
    final, declared = effect.gain
    better = effect.after.order[0] - effect.before.order[0]
    return (bool(fix.waits_for), -better, not effect.decides, -final, -declared, EFFORT_STEPS[fix.effort], fix.id)


def _position(results: Results, row: int) -> Position:
    conclusion = int(results.conclusion[row])
    if conclusion < 0:
        return Position(None, None)
    return Position(tuple(Conclusion)[conclusion], Figures(*(int(f) for f in results.figures[:, row])))


class _Batch:
    """Versions of one self-assessment, one row each, assessed by every code in one call; row 0 is as it stands."""

    def __init__(self, codes: Sequence[Code], submissions: Sequence[Submission], on: date | None) -> None:
        self.size = len(submissions)
        self.results = {code.name: assess(code, submissions, on=on) for code in codes}
        self.rows = {name: Rows(each.plan, each.frame, each.on) for name, each in self.results.items()}

    def is_full(self, code: str) -> Array:
        """Which requirements have all the credit that their test gives, whatever applies: by row of the layout."""
        plan, rows = self.results[code].plan, self.rows[code]
        found = []
        for (_, requirement), key in zip(plan.layout.requirements, plan.test_keys, strict=True):
            low, _, no_cases = rows.credit(requirement.test, key)
            found.append((low >= _most(requirement.test)) & ~no_cases)
        return np.stack(found) if found else np.zeros((0, len(self.results[code])), dtype=bool)

    def is_sound(self) -> Array:
        """In which rows nothing is contradicted and no answer disbelieved that is not in row 0 as well."""
        sound: Array = np.ones(self.size, dtype=bool)
        for name, rows in self.rows.items():
            plan = self.results[name].plan
            for contradiction in engine.contradictions(plan, rows.columns, rows.memo):
                sound &= ~contradiction.rows | contradiction.rows[0]
            for _, requirement in plan.layout.requirements:
                judged = engine.judge(requirement.test, rows.columns, rows.frame, plan.questions, rows.memo)
                for flagged in judged.flags.values():
                    sound &= ~flagged | flagged[0]
        return sound

    def declared(self) -> Array:
        """The declared figures of all codes together, row by row."""
        place = engine.FIGURES.index("declared")
        return sum((each.figures[place] for each in self.results.values()), np.zeros(self.size, dtype=np.int64))

    def lowers(self) -> Array:
        """In which rows a declared figure is lower or a conclusion worse than in row 0."""
        found: Array = np.zeros(self.size, dtype=bool)
        for each in self.results.values():
            declared = each.figures[engine.FIGURES.index("declared")]
            found |= (declared < declared[0]) | (each.conclusion < each.conclusion[0])
        return found


def _most(test: Test) -> int:
    """The most credit that any answer to the test gives, in micro-units."""
    credits = test.arguments.get("credit")
    return int(np.rint(max(credits.values()) * MICRO)) if credits else MICRO


class _Desk:
    """Works the advice out: what lacks credit, what could meet it, what the engine says of that."""

    def __init__(self, codes: Sequence[Code], submission: Submission, on: date | None) -> None:
        self.codes, self.submission, self.on = tuple(codes), submission, on
        self.base = _Batch(codes, [submission], on)
        self.needs = Needs([each.plan for each in self.base.results.values()], submission)
        self.questions = codes[0].catalogue.questions
        self.clauses = {
            code.name: [Clause(code, *pair) for pair in self.base.results[code.name].plan.layout.requirements]
            for code in codes
        }

    def advice(self) -> Advice:
        lacking = [clause for code in self.codes for clause in self._lacking(code)]
        proposals: dict[tuple[Any, ...], Change] = {}
        ways: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
        by_test: dict[str, list[Change]] = {}
        for clause in lacking:
            test = clause.requirement.test
            asked = repr((test.kind, test.arguments))
            if asked not in by_test:
                by_test[asked] = self.needs.ways(test)
            found = by_test[asked]
            for change in found:
                known = proposals.get(change.key)
                proposals[change.key] = change.narrowed(known) if known else change
            ways[clause.key] = [change.key for change in found]
        chosen, left = self._chosen(lacking, proposals, ways)
        facts = self._open_facts()
        fixes, settled = self._assessed(chosen, facts)
        times = Counter(fix.id for fix in fixes)
        # Two versions of a code have provisions of the same name.
        fixes = [replace(f, id=f"{f.aims[0].code.name}/{f.id}") if times[f.id] > 1 else f for f in fixes]
        first = {clause.key: place for place, clause in enumerate(lacking)}
        return Advice(
            submission=self.submission,
            codes=self.codes,
            on=self.on,
            positions={name: _position(each, 0) for name, each in self.base.results.items()},
            fixes=tuple(sorted(fixes, key=lambda fix: first[fix.aims[0].key])),
            left=tuple(left),
            facts=tuple(settled),
            needs=self.needs,
        )

    def _lacking(self, code: Code) -> Iterator[Clause]:
        """The requirements that take part, or may, without full credit for the answers given."""
        results, is_full = self.base.results[code.name], self.base.is_full(code.name)
        for row, clause in enumerate(self.clauses[code.name]):
            is_lacking = int(results.outcome[row, 0]) in _LACKING and not is_full[row, 0]
            if clause.provision.is_scored and is_lacking:
                yield clause

    def _chosen(
        self,
        lacking: Sequence[Clause],
        proposals: Mapping[tuple[Any, ...], Change],
        ways: Mapping[tuple[str, str, str], Sequence[tuple[Any, ...]]],
    ) -> tuple[list[_Draft], list[Left]]:
        """The change that the engine confirms for each requirement; those that meet the same are one."""
        row = {key: i for i, key in enumerate(proposals, start=1)}
        batch = self._batch(applied(self.submission, change) for change in proposals.values())
        is_sound, lowers, declared = batch.is_sound(), batch.lowers(), batch.declared()
        is_full = {code.name: batch.is_full(code.name) for code in self.codes}
        place = {c.key: i for clauses in self.clauses.values() for i, c in enumerate(clauses)}
        drafts: dict[frozenset[tuple[str, str, str]], _Draft] = {}
        left = []
        for clause in lacking:
            full = is_full[clause.code.name][place[clause.key]]
            confirmed = [key for key in ways[clause.key] if full[row[key]] and is_sound[row[key]]]
            if not confirmed:
                left.append(Left(clause, self._why_left(clause)))
                continue
            # Where any answer will do, none of them may promise what only some of them would bring.
            worth = {key: proposals[key].leaves_open and int(declared[row[key]]) for key in confirmed}
            key = min(confirmed, key=lambda key: (bool(lowers[row[key]]), worth[key]))
            met = [each for each in lacking if is_full[each.code.name][place[each.key], row[key]]]
            draft = drafts.setdefault(frozenset(each.key for each in met), _Draft(proposals[key], [], met))
            draft.aims.append(clause)
            if len(proposals[key].goals) < len(draft.change.goals):
                draft.change = proposals[key]
        return [*drafts.values()], left

    def _batch(self, variants: Iterable[Submission]) -> _Batch:
        return _Batch(self.codes, [self.submission, *variants], self.on)

    def _why_left(self, clause: Clause) -> str:
        test = clause.requirement.test
        questions = [self.questions[id] for id in test.reads]
        empty = [q.label for q in questions if q.id in test.denominators and self.submission.answers.get(q.id) == 0]
        if empty:
            return f"there were no {' or '.join(empty)}, so there is nothing to measure"
        facts = [q.label for q in questions if q.role is not Role.ANSWER]
        if facts:
            return f"it rests on what the service is, or is rated ({', '.join(facts)}), which no fix changes"
        touched = [each for each in self.needs.broken if not each.questions.isdisjoint(test.reads)]
        if touched:
            labels = sorted({self.questions[id].label for each in touched for id in each.questions})
            return f"answers contradict each other ({', '.join(labels)}): correct whichever is wrong"
        return "no other answer meets it without contradicting another, or what the service is"

    # What the engine says of the fixes and the facts

    def _assessed(
        self, drafts: Sequence[_Draft], facts: Mapping[str, Sequence[tuple[Code, Provision]]]
    ) -> tuple[list[Fix], list[OpenFact]]:
        """Fixes and facts with their effects, all of them from one batch."""
        plain = [applied(self.submission, draft.change) for draft in drafts]
        offered = [(*self.submission.evidence, self._data(draft)) for draft in drafts]
        backed = [replace(each, evidence=evidence) for each, evidence in zip(plain, offered, strict=True)]
        values = [(id, value) for id, open in facts.items() for value in self._fact_values(id, open)]
        tried = [replace(self.submission, answers={**self.submission.answers, id: value}) for id, value in values]
        batch = self._batch((*plain, *backed, *tried))
        start, size = 1, len(drafts)
        fixes = [self._fix(draft, batch, start + i, start + size + i, facts) for i, draft in enumerate(drafts)]
        rows: dict[str, list[Settled]] = {id: [] for id in facts}
        for row, (id, value) in enumerate(values, start=start + 2 * size):
            rows[id].append(self._settled(id, value, facts[id], batch, row))
        settled = [self._open_fact(id, open, rows[id]) for id, open in facts.items()]
        return fixes, sorted(settled, key=lambda fact: -len(fact.provisions))

    def _data(self, draft: _Draft) -> Evidence:
        day = self.submission.period_to
        return Evidence("fix", "Data of the period", Grade.DATA, "the platform", day, None, "", draft.evidence)

    def _fix(
        self, draft: _Draft, batch: _Batch, row: int, backed: int, facts: Mapping[str, Sequence[tuple[Code, Provision]]]
    ) -> Fix:
        met = draft.met
        effects = {
            name: Effect(
                before=_position(each, 0),
                after=_position(each, row),
                backed=_position(each, backed),
                decides=any(c.code.name == name and c.requirement.basis in DECIDING for c in met),
            )
            for name, each in batch.results.items()
        }
        aims = {clause.key for clause in draft.aims}
        open_provisions = {(code.name, provision.id) for open in facts.values() for code, provision in open}
        waits = [id for id, open in facts.items() if any((c.name, p.id) in draft.provisions for c, p in open)]
        is_waiting = draft.provisions <= open_provisions
        first = draft.aims[0]
        return Fix(
            id=f"{first.provision.id}/{first.requirement.id}",
            aims=tuple(draft.aims),
            also=tuple(clause for clause in met if clause.key not in aims),
            change=draft.change,
            steps=tuple(self._steps(draft)),
            effort=max((clause.requirement.effort for clause in draft.aims), key=EFFORT_STEPS.__getitem__),
            effects=effects,
            evidence=draft.evidence,
            waits_for=tuple(waits) if is_waiting else (),
        )

    def _steps(self, draft: _Draft) -> Iterator[Step]:
        """What changes, in the order of the goals; what only follows comes last."""
        change, answers = draft.change, self.submission.answers
        for id, status in change.statuses.items():
            declaration = self.submission.declarations.get(id)
            said = status_words(declaration.status if declaration else None)
            was_blank = declaration is None or declaration.status is None
            yield Step(id, f"status of {id}", said, status_words(status), status, was_blank, follows=False)
        wholes = {
            measured["part"]: measured["of"]
            for clause in draft.aims
            for measured in clause.requirement.test.arguments.values()
            if isinstance(measured, Mapping) and measured.keys() == {"part", "of"}
        }
        for id, goal in sorted(change.goals.items(), key=lambda each: each[0] in change.follows):
            question, now = self.questions[id], answers.get(id)
            words = _needed_words(question, goal, now)
            whole = {**answers, **change.answers}.get(wholes.get(id, ""))
            if whole is not None:
                words += f" of {say(whole, self.questions[wholes[id]])}"
            said = "not answered" if now is None else say(now, question)
            value = goal.value if goal.value is not None else ""
            yield Step(id, question.label, said, words, value, now is None, id in change.follows)

    # Facts

    def _open_facts(self) -> dict[str, list[tuple[Code, Provision]]]:
        """The unanswered or under-rated questions that keep open whether scored provisions apply."""
        found: dict[str, list[tuple[Code, Provision]]] = {}
        for code in self.codes:
            results, rows = self.base.results[code.name], self.base.rows[code.name]
            for p, provision in enumerate(results.plan.layout.provisions):
                if provision.is_scored and provision.applies_when and int(results.applies[p, 0]) == _OPEN:
                    blank = unanswered(provision.applies_when, rows.columns)
                    for id in blank or self._under_rated(rows, provision.applies_when.reads):
                        found.setdefault(id, []).append((code, provision))
        return found

    def _under_rated(self, rows: Rows, read: Sequence[str]) -> list[str]:
        least = engine.least_ratings(rows.plan.ratings, rows.plan.questions, rows.columns, rows.memo)
        return [id for id in read if id in least and rows.columns[id].values[0] < least[id][0]]

    def _fact_values(self, id: str, open: Sequence[tuple[Code, Provision]]) -> list[Value]:
        conditions = [provision.applies_when for _, provision in open if provision.applies_when]
        return self.needs.values(self.questions[id], conditions)[:_MOST_VALUES]

    def _settled(
        self, id: str, value: Value, open: Sequence[tuple[Code, Provision]], batch: _Batch, row: int
    ) -> Settled:
        counts = {_IN: 0, _OUT: 0, _OPEN: 0}
        for code, provision in open:
            results = batch.results[code.name]
            counts[int(results.applies[results.plan.layout.provisions.index(provision), row])] += 1
        positions = {name: _position(each, row) for name, each in batch.results.items()}
        words = say(value, self.questions[id])
        return Settled(value, words, counts[_IN], counts[_OUT], counts[_OPEN], positions)

    def _open_fact(self, id: str, open: Sequence[tuple[Code, Provision]], values: Sequence[Settled]) -> OpenFact:
        question, now = self.questions[id], self.submission.answers.get(id)
        provisions = tuple(dict.fromkeys(provision.id for _, provision in open))
        said = "" if now is None else say(now, question)
        return OpenFact(question, said, provisions, tuple(_in_ranges(question, values)))


_MOST_VALUES: Final = 12  # of one fact


def _in_ranges(question: Question, values: Sequence[Settled]) -> Iterator[Settled]:
    """Values that decide the same, one after the other, as one: numbers and days as a range, others in a list."""
    runs = [[*run] for _, run in groupby(values, key=lambda each: (each.applies, each.does_not, each.stays_open))]
    is_range = question.type in NUMERIC or question.type is QuestionType.DATE
    for place, run in enumerate(runs):
        first, last = run[0].words, run[-1].words
        if not is_range:
            words = " or ".join(each.words for each in run)
        elif len(runs) == 1:
            words = "any answer"
        elif place == len(runs) - 1:
            words = f"{first} or more"
        else:
            words = first if first == last else f"{first} to {last}"
            words = words if place else f"up to {last}"
        yield replace(run[0], words=words)


@dataclass(slots=True)
class _Draft:
    """A change with the requirements that ask for it, and all that it meets."""

    change: Change
    aims: list[Clause]
    met: list[Clause]

    @property
    def provisions(self) -> set[tuple[str, str]]:
        return {(clause.code.name, clause.provision.id) for clause in self.met}

    @property
    def evidence(self) -> tuple[str, ...]:
        """What the requirements met take their grade from."""
        tests = [clause.requirement.test for clause in self.met]
        return tuple(dict.fromkeys(id for test in tests for id in ([test.provision] if test.provision else test.reads)))


def _needed_words(question: Question, goal: Goal, now: Value | None) -> str:
    """What an answer has to come to: "at least 24", "2026-01-01 or later", "also grooming", "any answer"."""
    if goal.value is None or question.type is QuestionType.TEXT:
        return "any answer"
    said = say(goal.value, question)
    if goal.is_any:
        return f"any answer (reckoned with {said})"
    if isinstance(goal.value, tuple):
        wanted = [each for each in goal.among or (goal.value,) if isinstance(each, tuple)]
        return ", or ".join(_list_words(question, now if isinstance(now, tuple) else (), each) for each in wanted)
    if len(goal.among) > 1:
        return " or ".join(say(value, question) for value in goal.among)
    if question.type is QuestionType.DATE:
        return {UP: f"{said} or later", DOWN: f"{said} or earlier"}.get(goal.direction, said)
    if isinstance(goal.value, int | float) and not isinstance(goal.value, bool):
        return {UP: f"at least {said}", DOWN: f"at most {said}"}.get(goal.direction, said)
    return said


def _list_words(question: Question, now: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    added = tuple(option for option in wanted if option not in now)
    gone = tuple(option for option in now if option not in wanted)
    parts = [f"{'also ' if now else ''}{say(added, question)}"] if added else []
    parts += [f"without {say(gone, question)}"] if gone else []
    return ", ".join(parts)


class _Search:
    """Looks for the set of fixes that reaches a target with the least effort, every set assessed by the engine."""

    def __init__(self, advice: Advice, code: Code, target: Target) -> None:
        self.advice, self.code, self.target = advice, code, target
        self.today = advice.positions[code.name]
        self.ready = [fix for fix in advice.by(code) if not fix.waits_for]
        self.fixes = [fix for fix in self.ready if self._can_help(fix)]

    def _can_help(self, fix: Fix) -> bool:
        effect = fix.effects[self.code.name]
        return effect.decides if isinstance(self.target, Conclusion) else effect.gain[1] > 0

    def route(self) -> Route:
        most, helping = self.positions([self.ready, self.fixes])
        if self.today.reaches(self.target):
            return self.found([], self.today, most, is_exact=True)
        if len(self.fixes) <= MOST_EXACT:
            return self.least([], self.fixes, most) or self.out_of_reach(most)
        if not helping.reaches(self.target):
            return self.out_of_reach(most)
        needed = self.needed()
        free = [fix for fix in self.fixes if fix not in needed]
        # That what every set needs is in the best one holds only where no fix undoes what another does.
        if len(free) <= MOST_EXACT and not any(fix.effects[self.code.name].lowers for fix in self.fixes):
            return self.least(needed, free, most) or self.out_of_reach(most)
        return self.pruned(helping, most)

    def needed(self) -> list[Fix]:
        """The fixes without which all the others do not reach the target."""
        without = [[other for other in self.fixes if other is not fix] for fix in self.fixes]
        found = self.positions(without)
        return [fix for fix, each in zip(self.fixes, found, strict=True) if not each.reaches(self.target)]

    def least(self, needed: Sequence[Fix], free: Sequence[Fix], most: Position) -> Route | None:
        """The best of all sets that hold what is needed: least effort, then fewest fixes, then most points."""
        sets = [[*needed, *some] for size in range(len(free) + 1) for some in combinations(free, size)]
        reaching = [
            (some, position)
            for some, position in zip(sets, self.positions(sets), strict=True)
            if position.reaches(self.target)
        ]
        if not reaching:
            return None
        some, position = min(reaching, key=lambda each: (_effort(each[0]), len(each[0]), _points(each[1])))
        return self.found(some, position, most, is_exact=True)

    def pruned(self, helping: Position, most: Position) -> Route:
        """A set from which nothing can be left out: the better of two, from all fixes and from those that bring most
        for their effort."""
        by_worth = sorted(self.fixes, key=lambda fix: -fix.effects[self.code.name].gain[1] / EFFORT_STEPS[fix.effort])
        heads = [by_worth[:size] for size in range(1, len(by_worth) + 1)]
        enough = zip(heads, self.positions(heads), strict=True)
        starts = [(self.fixes, helping), *[each for each in enough if each[1].reaches(self.target)][:1]]
        kept = [self.without_the_idle(*start) for start in starts]
        some, position = min(kept, key=lambda each: (_effort(each[0]), len(each[0]), _points(each[1])))
        return self.found(some, position, most, is_exact=False)

    def without_the_idle(self, kept: Sequence[Fix], position: Position) -> tuple[Sequence[Fix], Position]:
        """The set without what it does not need, the dearest and least useful left out first."""
        while True:
            without = [[other for other in kept if other is not fix] for fix in kept]
            can_go = [
                (fix, rest, each)
                for fix, rest, each in zip(kept, without, self.positions(without), strict=True)
                if each.reaches(self.target)
            ]
            if not can_go:
                return kept, position
            _, kept, position = min(can_go, key=lambda each: (-EFFORT_STEPS[each[0].effort], _points(each[2])))

    def positions(self, sets: Sequence[Sequence[Fix]]) -> list[Position]:
        """Where each set leads, as rows of one call."""
        changed = [with_fixes(self.advice, some) for some in sets]
        results = assess(self.code, changed, on=self.advice.on, only_figures=True)
        return [_position(results, row) for row in range(len(sets))]

    def found(self, some: Sequence[Fix], position: Position, most: Position, is_exact: bool) -> Route:
        fixes = tuple(fix for fix in self.fixes if fix in some)
        return Route(self.code, self.target, True, is_exact, fixes, _effort(some), position, most, "")

    def out_of_reach(self, most: Position) -> Route:
        whole = with_fixes(self.advice, self.ready)
        why = explain(assess(self.code, [whole], on=self.advice.on), 0).conclusion_why
        return Route(self.code, self.target, False, len(self.fixes) <= MOST_EXACT, (), 0, self.today, most, why)


def _effort(fixes: Iterable[Fix]) -> int:
    return sum(EFFORT_STEPS[fix.effort] for fix in fixes)


def _points(position: Position) -> tuple[int, int]:
    """The figures so that more of them sort first."""
    _, final, declared = position.order
    return (-final, -declared)
