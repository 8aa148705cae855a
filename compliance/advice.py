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
    NO_OPTION,
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
    Status,
    Submission,
    Test,
    Value,
)
from compliance.needs import Change, Needs, applied
from compliance.reach import Search, Set
from compliance.reasons import explain
from compliance.vocabulary import status_words
from compliance.wording import say, unanswered

EFFORT_STEPS: Final[Mapping[str, int]] = {"days": 1, "weeks": 5, "months": 20, "": 20}
"""What efforts weigh against each other. Ours, no publisher's: a week has five working days, a month twenty."""

_LACKING = frozenset(OUTCOMES.index(outcome) for outcome in (Outcome.PARTLY_MET, Outcome.NOT_MET, Outcome.UNKNOWN))
_OPEN, _OUT, _IN = (APPLIES.index(value) for value in (Applies.UNKNOWN, Applies.FALSE, Applies.TRUE))

Array = Any
Target = Conclusion | int
Key = tuple[str, str, str]


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
    def key(self) -> Key:
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

    `decides` tells whether it meets what a statute or the code itself states, or changes what is found of that; a fix
    that does not cannot change the conclusion. `worse` names the provisions that have less credit with it, or can have
    no more so much.
    """

    before: Position
    after: Position
    backed: Position
    decides: bool
    worse: tuple[str, ...] = ()

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
    judgements, it counts for nothing before these settle whether its provisions apply. It cannot go together with the
    fixes in `against`, by id: they set an answer otherwise, and of several the first of the advice is made.
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
    against: tuple[str, ...] = ()

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
    out. `most` is the best conclusion, or final figure, that sets of them were seen to lead to, which none passes if
    `is_bound`; `why` is what keeps all together from being better where the target is not reached, when `fixes` is
    empty.
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
    is_bound: bool = True


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
    some = [*fixes]
    return {code.name: _led(advice, code, [some])[0] for code in advice.codes}


def undone(advice: Advice, fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Those of several fixes that lose, made together, what each is for: they ask for answers that cannot both be."""
    some = [*fixes]
    if not some:
        return ()
    batch = _Batch(advice.codes, [with_fixes(advice, some)], advice.on)
    full = {key for code in advice.codes for key, is_full in batch.full(code) if is_full[0]}
    return tuple(fix for fix in some if any(clause.key not in full for clause in fix.aims))


def reach(advice: Advice, code: Code, target: Target) -> Route:
    """The least effort that reaches a conclusion, or a final figure in micro-points, by one code."""
    ready = [fix for fix in advice.by(code) if not fix.waits_for]
    fixes = [fix for fix in ready if fix.is_correction or _can_help(fix.effects[code.name], target)]
    effects = [fix.effects[code.name] for fix in fixes]

    def order(position: Position) -> tuple[int, ...]:
        rank, final, declared = position.order
        return (rank, final, declared) if isinstance(target, Conclusion) else (final, rank, declared)

    def lead(sets: Sequence[Set]) -> list[Position]:
        return _led(advice, code, [[fixes[i] for i in some] for some in sets])

    (whole,) = _led(advice, code, [ready])
    found = Search(
        efforts=[EFFORT_STEPS[fix.effort] for fix in fixes],
        gains=[effect.gain[1] for effect in effects],
        lead=lead,
        reaches=lambda position: position.reaches(target),
        order=order,
        is_steady=not any(effect.worse or effect.lowers for effect in effects) and not undone(advice, fixes),
    ).found()
    chosen = tuple(fixes[i] for i in found.chosen or ())
    why = ""
    if found.chosen is None:
        why = explain(assess(code, [with_fixes(advice, ready)], on=advice.on), 0).conclusion_why
    return Route(
        code=code,
        target=target,
        is_reached=found.chosen is not None,
        is_exact=found.is_exact,
        fixes=chosen,
        effort=sum(EFFORT_STEPS[fix.effort] for fix in chosen),
        position=_led(advice, code, [chosen])[0],
        most=max(found.most, whole, key=order),
        why=why,
        is_bound=found.is_bound,
    )


def _can_help(effect: Effect, target: Target) -> bool:
    is_better = effect.after.order[0] > effect.before.order[0]
    return effect.decides or is_better or (not isinstance(target, Conclusion) and max(effect.gain) > 0)


def _led(advice: Advice, code: Code, sets: Iterable[Iterable[Fix]]) -> list[Position]:
    """Where each set of fixes leads by one code, as rows of one call."""
    changed = [with_fixes(advice, some) for some in sets]
    results = assess(code, changed, on=advice.on, only_figures=True)
    return [_position(results, row) for row in range(len(changed))]


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

    def full(self, code: Code) -> Iterator[tuple[Key, Array]]:
        """In which rows each requirement has all the credit that its test gives, whatever applies."""
        plan, rows = self.results[code.name].plan, self.rows[code.name]
        for (provision, requirement), key in zip(plan.layout.requirements, plan.test_keys, strict=True):
            low, _, no_cases = rows.credit(requirement.test, key)
            yield (code.name, provision.id, requirement.id), (low >= _most(requirement.test)) & ~no_cases

    def is_sound(self) -> Array:
        """In which rows nothing is contradicted and no answer disbelieved that is not in row 0 as well."""
        sound = self.agrees()
        for name, rows in self.rows.items():
            plan = self.results[name].plan
            for _, requirement in plan.layout.requirements:
                judged = engine.judge(requirement.test, rows.columns, rows.frame, plan.questions, rows.memo)
                for flagged in judged.flags.values():
                    sound &= ~flagged | flagged[0]
        return sound

    def agrees(self) -> Array:
        """In which rows nothing is contradicted that is not in row 0 as well."""
        sound: Array = np.ones(self.size, dtype=bool)
        for name, rows in self.rows.items():
            for contradiction in engine.contradictions(self.results[name].plan, rows.columns, rows.memo):
                sound &= ~contradiction.rows | contradiction.rows[0]
        return sound

    def is_same(self, row: int, other: int) -> bool:
        """Whether two rows lead to the same place by every code."""
        return all(_position(each, row) == _position(each, other) for each in self.results.values())

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


def _worse(results: Results, row: int) -> tuple[str, ...]:
    """The scored provisions with a requirement that has less credit than in row 0, or can have no more so much."""
    is_less = (results.low[:, row] < results.low[:, 0]) | (results.high[:, row] < results.high[:, 0])
    provisions = (results.plan.layout.requirements[place][0] for place in np.flatnonzero(is_less).tolist())
    return tuple(dict.fromkeys(provision.id for provision in provisions if provision.is_scored))


def _is_other_where_it_decides(results: Results, row: int) -> bool:
    """Whether something else than in row 0 is found of a requirement that decides, met or not: answers that agree again
    may leave it without cases."""
    is_other = np.zeros(len(results.plan.layout.requirements), dtype=bool)
    for each in (results.outcome, results.low, results.high):
        is_other |= each[:, row] != each[:, 0]
    changed = (results.plan.layout.requirements[place] for place in np.flatnonzero(is_other).tolist())
    return any(provision.is_scored and requirement.basis in DECIDING for provision, requirement in changed)


def _alternatives(place: int, change: Change) -> Iterator[tuple[int, str, Value]]:
    """Every other value that would do for one of the goals, each with the place of what it belongs to."""
    for id, goal in change.goals.items():
        yield from ((place, id, value) for value in goal.among if value != goal.value)


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
        outcomes, full = self.base.results[code.name].outcome[:, 0], dict(self.base.full(code))
        for clause, outcome in zip(self.clauses[code.name], outcomes.tolist(), strict=True):
            if clause.provision.is_scored and outcome in _LACKING and not full[clause.key][0]:
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
        full = {key: is_full for code in self.codes for key, is_full in batch.full(code)}
        drafts: dict[frozenset[tuple[str, str, str]], _Draft] = {}
        left = []
        for clause in lacking:
            confirmed = [key for key in ways[clause.key] if full[clause.key][row[key]] and is_sound[row[key]]]
            if not confirmed:
                left.append(Left(clause, self._why_left(clause)))
                continue
            # Where any answer will do, none of them may promise what only some of them would bring.
            worth = {key: proposals[key].leaves_open and int(declared[row[key]]) for key in confirmed}
            beside = {key: len(proposals[key].follows) for key in confirmed}
            key = min(confirmed, key=lambda key: (bool(lowers[row[key]]), worth[key], beside[key]))
            met = [each for each in lacking if full[each.key][row[key]]]
            draft = drafts.setdefault(frozenset(each.key for each in met), _Draft(proposals[key], [], met))
            draft.aims.append(clause)
            if len(proposals[key].goals) < len(draft.change.goals):
                draft.change = proposals[key]
        return [*drafts.values()], left

    def _batch(self, variants: Iterable[Submission]) -> _Batch:
        return _Batch(self.codes, [self.submission, *variants], self.on)

    def _why_left(self, clause: Clause) -> str:
        test, answers = clause.requirement.test, self.submission.answers
        touched = [each for each in self.needs.broken if not each.questions.isdisjoint(test.reads)]
        if touched:
            groups = dict.fromkeys(self._labels(sorted(each.questions)) for each in touched)
            return f"answers contradict each other ({'; '.join(groups)}): correct whichever is wrong"
        empty = [id for id in test.denominators if answers.get(id) == 0]
        if empty:
            return f"there were no {self._labels(empty, ' or ')}, so there is nothing to measure"
        facts = [id for id in test.reads if self.questions[id].role is not Role.ANSWER]
        blank = [id for id in facts if id not in answers]
        if blank:
            return f"it is open until a fact or rating is given that no fix may choose ({self._labels(blank)})"
        if facts:
            return f"it rests on a fact or rating, which no fix changes ({self._labels(facts)})"
        counted = [id for id in test.denominators if id not in answers]
        if counted:
            return f"other answers leave no room for any {self._labels(counted, ' or ')}: if there were none, answer 0"
        return "no other answer meets it without contradicting another, or what the service is"

    def _labels(self, ids: Sequence[str], between: str = ", ") -> str:
        return between.join(self.questions[id].label for id in ids)

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
        others = [each for place, draft in enumerate(drafts) for each in _alternatives(place, draft.change)]
        instead = [
            applied(self.submission, draft.change.instead(id, value))
            for draft, id, value in ((drafts[place], id, value) for place, id, value in others)
        ]
        batch = self._batch((*plain, *backed, *tried, *instead))
        start, size = 1, len(drafts)
        first = start + 2 * size + len(values)
        agrees = batch.agrees() if others else []
        for row, (place, id, value) in enumerate(others, start=first):
            if not (agrees[row] and batch.is_same(row, start + place)):
                drafts[place].change = drafts[place].change.without(id, value)
        rivals = self._rivals(drafts)
        fixes = [self._fix(draft, batch, start + i, start + size + i, facts) for i, draft in enumerate(drafts)]
        fixes = [replace(fix, against=tuple(fixes[i].id for i in rivals[place])) for place, fix in enumerate(fixes)]
        rows: dict[str, list[Settled]] = {id: [] for id in facts}
        for row, (id, value) in enumerate(values, start=start + 2 * size):
            rows[id].append(self._settled(id, value, facts[id], batch, row))
        settled = [self._open_fact(id, open, rows[id]) for id, open in facts.items()]
        return fixes, sorted(settled, key=lambda fact: -len(fact.provisions))

    def _rivals(self, drafts: Sequence[_Draft]) -> list[list[int]]:
        """Which others each draft cannot be made with, since they set an answer otherwise."""
        changing: dict[str, list[int]] = {}
        for place, draft in enumerate(drafts):
            for id in draft.change.goals:
                changing.setdefault(id, []).append(place)
        found: list[list[int]] = [[] for _ in drafts]
        for one, other in sorted({pair for places in changing.values() for pair in combinations(places, 2)}):
            if not self.needs.are_kept([drafts[one].change, drafts[other].change]):
                found[one].append(other)
                found[other].append(one)
        return found

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
                decides=self._decides(draft, each.code) or _is_other_where_it_decides(each, row),
                worse=_worse(each, row),
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

    def _decides(self, draft: _Draft, code: Code) -> bool:
        """Whether it meets something that decides, or gives up an alternative, of which nobody has decided yet."""
        declared = self.submission.declarations
        given_up = {id for id in draft.change.statuses if id in declared and declared[id].status is Status.ALTERNATIVE}
        return any(c.code is code and c.requirement.basis in DECIDING for c in draft.met) or any(
            provision.id in given_up for provision in code.provisions
        )

    def _steps(self, draft: _Draft) -> Iterator[Step]:
        """What changes, in the order of the goals; what only follows comes last."""
        change, answers = draft.change, self.submission.answers
        for id, status in change.statuses.items():
            declaration = self.submission.declarations.get(id)
            said = status_words(declaration.status if declaration else None)
            was_blank = declaration is None or declaration.status is None
            yield Step(id, f"status of {id}", said, status_words(status), status, was_blank, follows=False)
        arguments = [clause.requirement.test.arguments for clause in draft.aims]
        measured = [_measured(each) for each in arguments]
        wholes = {part: of for part, of, _ in measured if of}
        targets = {part: target for part, _, target in measured if target}
        for id, goal in sorted(change.goals.items(), key=lambda each: each[0] in change.follows):
            question, now = self.questions[id], answers.get(id)
            words = _needed_words(question, goal, now)
            if id in wholes:
                words = self._of_whole(change, id, wholes[id], words)
            target = change.goals.get(targets.get(id, ""))
            if target and target.is_any:
                words = f"within the own target (reckoned with {words.removeprefix('at most ')})"
            blank = "not measured" if id in self.submission.not_measured else "not answered"
            said = blank if now is None else say(now, question)
            value = goal.value if goal.value is not None else ""
            yield Step(id, question.label, said, words, value, now is None, id in change.follows)

    def _of_whole(self, change: Change, part: str, of: str, words: str) -> str:
        """What a part has to come to, as a part of its whole: "all 5,000", "at least 950 of 1,000"."""
        goal, whole = change.goals[part], {**self.submission.answers, **change.answers}.get(of)
        if whole is None:
            return words
        said, is_any = say(whole, self.questions[of]), of in change.goals and change.goals[of].is_any
        if goal.value == whole:
            every = f"all of them (reckoned with {said})" if is_any else f"all {said}"
            return every if goal.direction == UP else words
        if goal.value == 0:
            return "none of them" if is_any else f"none of {said}"
        return f"{words} of {said}{', or in proportion' if is_any else ''}"

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


def _measured(arguments: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a test measures, of which whole, and against which target; empty where it does without."""
    for written in arguments.values():
        if isinstance(written, Mapping) and written.keys() == {"part", "of"}:
            return written["part"], written["of"], arguments.get("target", "")
    return arguments.get("meets_own_target", ""), "", arguments.get("target", "")


def _needed_words(question: Question, goal: Goal, now: Value | None) -> str:
    """What an answer has to come to: "at least 24", "2026-01-01 or later", "also grooming", "any answer"."""
    if goal.value is None or question.type is QuestionType.TEXT:
        return "any answer"
    said = say(goal.value, question)
    if goal.is_any:
        return f"any answer (reckoned with {said})"
    if isinstance(goal.value, tuple):
        wanted = [each for each in goal.among or (goal.value,) if isinstance(each, tuple)]
        return _lists_words(question, now if isinstance(now, tuple) else (), wanted)
    if len(goal.among) > 1:
        return " or ".join(say(value, question) for value in goal.among)
    if question.type is QuestionType.DATE:
        return {UP: f"{said} or later", DOWN: f"{said} or earlier"}.get(goal.direction, said)
    if isinstance(goal.value, int | float) and not isinstance(goal.value, bool):
        return {UP: f"at least {said}", DOWN: f"at most {said}"}.get(goal.direction, said)
    return said


def _lists_words(question: Question, now: tuple[str, ...], wanted: Sequence[tuple[str, ...]]) -> str:
    """What has to be added to a list, and taken from it: "also one of photo, video", "grooming, without own list"."""
    now = () if now == (NO_OPTION,) else now
    gone = {tuple(option for option in now if option not in each) for each in wanted}
    added = [tuple(option for option in each if option not in now) for each in wanted]
    if len(wanted) > 1 and (len(gone) > 1 or any(len(each) != 1 for each in added)):
        return ", or ".join(_lists_words(question, now, [each]) for each in wanted)
    parts = []
    if any(added):
        one_of = "one of " if len(wanted) > 1 else ""
        parts.append(f"{'also ' if now else ''}{one_of}{say(tuple(o for each in added for o in each), question)}")
    parts += [f"without {say(each, question)}" for each in gone if each]
    return ", ".join(parts)
