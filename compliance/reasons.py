"""What a person reads about one self-assessment: findings, reasons and flags, with the values that decided.

The engine keeps numbers and outcome codes; `explain` runs one row again and says what they mean. Nothing here computes
a credit or a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from compliance import engine, frame, scoring
from compliance.checks import questions_named
from compliance.engine import Results, Rows
from compliance.expressions import evaluate, quantity
from compliance.model import (
    DECIDING,
    MICRO,
    Applies,
    Assessment,
    CapApplied,
    Conclusion,
    ContextFound,
    ContextLine,
    Evidence,
    EvidenceResult,
    Figures,
    Finding,
    Flag,
    Obligation,
    Outcome,
    Path,
    Provision,
    ProvisionResult,
    Question,
    QuestionType,
    Rating,
    Requirement,
    Role,
    Status,
    Submission,
    Test,
    Value,
    Verdict,
)
from compliance.vocabulary import (
    FEW,
    FLAG_WORDS,
    expected_words,
    period_words,
    share_words,
    status_words,
    support_words,
    under_rated_words,
)
from compliance.wording import explain as explain_condition
from compliance.wording import say, unanswered


def explain(results: Results, row: int) -> Assessment:
    """The assessment of one self-assessment of `results`, every number with its reason in words."""
    return _Row(results, row).assessment()


class _Row:
    """One self-assessment, run again on its own, with what its words need."""

    def __init__(self, results: Results, row: int) -> None:
        self.plan = results.plan
        self.code = results.plan.code
        self.submission: Submission = results.submissions[row]
        self.frame = results.frame.rows(row, row + 1)
        self.on = date.fromordinal(int(results.on[row]))
        self.rows = Rows(self.plan, self.frame, results.on[row : row + 1])
        self.block = results.block(row)
        self.means = {name: self._means(name) for name in ("low", "high", "assured")}
        self.questions = self.plan.questions
        contradictions = engine.contradictions(self.plan, self.rows.columns, self.rows.memo)
        self.contradicted = [contradiction for contradiction in contradictions if contradiction.rows[0]]
        self.ratings = tuple(self._ratings())

    def assessment(self) -> Assessment:
        provisions = tuple(self._provision(provision) for provision in self.code.provisions)
        conclusion = _conclusion(self.block.conclusion[0])
        caps = tuple(self._caps()) if conclusion else ()
        figures = dict(zip(engine.FIGURES, (int(f) for f in self.block.figures[:, 0]), strict=True))
        is_provisional = bool(self.block.is_provisional[0])
        return Assessment(
            submission=self.submission,
            code=self.code,
            engine=engine.VERSION,
            on=self.on,
            conclusion=conclusion,
            conclusion_why=_conclusion_why(conclusion, provisions),
            provisional=is_provisional,
            provisional_why=self._provisional_why(caps) if is_provisional else "",
            figures=Figures(**figures) if conclusion else None,
            caps=caps,
            counts=self._counts(),
            provisions=provisions,
            chapters={
                chapter.id: _conclusion(found)
                for chapter, found in zip(self.code.chapters, self.block.chapters[:, 0], strict=True)
            },
            flags=tuple(sorted(self._flags(provisions), key=lambda flag: (flag.id, flag.questions, flag.message))),
            ratings=self.ratings,
            evidence=tuple(_evidence(evidence, self.submission) for evidence in self.submission.evidence),
            context=tuple(map(self._context, self.code.context)),
        )

    def _context(self, line: ContextLine) -> ContextFound:
        """The first case that holds, as long as none before it is open."""
        why = ""
        for case in line.cases:
            holds = evaluate(case.when, self.rows.columns)
            why = explain_condition(case.when, self.rows.columns, self.questions)
            if holds.true[0]:
                if case.amount is None:
                    return ContextFound(line, case.says, None, "", why)
                amount = quantity(case.amount.tree, self.rows.columns)
                if not amount.known.all():
                    return ContextFound(line, "", None, "", "its amount cannot be worked out")
                return ContextFound(line, case.says, float(amount.values.item()), case.unit, why)
            if not holds.false[0]:
                return ContextFound(line, "", None, "", why)
        return ContextFound(line, "none of its cases", None, "", why)

    # Provisions

    def _provision(self, provision: Provision) -> ProvisionResult:
        declaration = self.submission.declarations.get(provision.id)
        status = declaration.status if declaration else None
        applies = engine.APPLIES[int(self.rows.applies(provision)[0])]
        is_early = bool(self.rows.is_early(provision)[0])
        why = self._applies_why(provision, applies, is_early)
        if not provision.requirements:
            outcome = Outcome.NOT_APPLICABLE if applies is Applies.FALSE else Outcome.TOO_EARLY if is_early else None
            return ProvisionResult(provision, outcome, None, applies, why, 0, 0, 0, 0, 0, 0, (), status)
        p = self.plan.layout.provisions.index(provision)
        by_id = {f.requirement.id: f for f in self._findings(provision)}
        findings = tuple(by_id[requirement.id] for requirement in provision.requirements)
        verdict = int(self.block.verdict[p, 0])
        credits = {name: int(means[p, 0]) for name, means in self.means.items()}
        return ProvisionResult(
            provision=provision,
            outcome=engine.OUTCOMES[int(self.block.provision_outcome[p, 0])],
            conclusion=None if verdict == scoring.NONE else tuple(Verdict)[verdict],
            applies=applies,
            applies_why=why,
            weight=sum(f.weight for f in findings),
            gain=sum(f.gain for f in findings),
            loss=sum(f.loss for f in findings),
            findings=findings,
            status=status,
            **credits,
        )

    def _means(self, name: str) -> Any:
        return scoring.means(self.plan.layout, self._takes_part(), getattr(self.block, name))

    def _takes_part(self) -> Any:
        out = [engine.OUTCOMES.index(o) for o in (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY, Outcome.NO_CASES)]
        return ~(self.block.outcome[..., None] == out).any(axis=-1)

    def _findings(self, provision: Provision) -> Iterator[Finding]:
        for r, (owner, requirement) in enumerate(self.plan.layout.requirements):
            if owner is provision:
                weight, low, high, assured = (
                    int(getattr(self.block, name)[r, 0]) for name in ("weight", "low", "high", "assured")
                )
                gain = weight * low // MICRO
                yield Finding(
                    requirement=requirement,
                    outcome=engine.OUTCOMES[int(self.block.outcome[r, 0])],
                    weight=weight,
                    low=low,
                    high=high,
                    assured=assured,
                    gain=gain,
                    loss=weight - gain,
                    observed=self._observed(requirement),
                    expected=expected_words(requirement, self.questions),
                    grade=frame.GRADES[int(self.block.grade[r, 0])],
                )

    # Why it applies

    def _applies_why(self, provision: Provision, applies: Applies, is_early: bool) -> str:
        if not engine.in_force(provision.in_force, self.rows.on)[0]:
            return f"not in force on {self.on}: {period_words(provision.in_force)}"
        condition = provision.applies_when
        reason = self._condition_why(condition) if condition else "every service"
        match applies:
            case Applies.TRUE if is_early:
                return f"applies ({reason}), but in force for under {engine.SHORTEST_IN_FORCE} days of the period"
            case Applies.TRUE:
                return f"applies: {reason}"
            case Applies.FALSE:
                return f"does not apply: {reason}"
            case _:
                return f"may apply: {self._open_why(provision) or reason}"

    def _condition_why(self, condition: Any) -> str:
        return explain_condition(condition, self.rows.columns, self.questions)

    def _open_why(self, provision: Provision) -> str:
        """Why applicability is open although nothing is blank: a rating below what the factors support."""
        condition = provision.applies_when
        blank = unanswered(condition, self.rows.columns) if condition else ()
        under_rated = [r for r in self.ratings if r.is_under_rated and provision.id in r.provisions]
        if blank or not under_rated:
            return ""
        return " and ".join(under_rated_words(r, self.questions[r.question].label) for r in under_rated)

    def _ratings(self) -> Iterator[Rating]:
        columns = self.rows.columns
        least = engine.least_ratings(self.plan.ratings, self.plan.questions, columns, self.rows.memo)
        reading: dict[str, list[str]] = {}
        for provision in self.code.provisions:
            for id in provision.applies_when.reads if provision.applies_when else ():
                reading.setdefault(id, []).append(provision.id)
        for id in sorted(self.questions):
            question = self.questions[id]
            if question.role is not Role.JUDGEMENT or not (id in reading or id in least):
                continue
            supported = int(least[id][0]) if id in least else -1
            given = self.submission.answers.get(id)
            yield Rating(
                question=id,
                given=None if given is None else say(given, question),
                supported=None if supported < 0 else _option(question, supported),
                is_certain=self._is_certain(id, supported),
                is_under_rated=bool(columns[id].known[0] and columns[id].values[0] < supported),
                provisions=tuple(reading.get(id, ())),
            )

    def _is_certain(self, judgement: str, supported: int) -> bool:
        """Whether the factors that were given support the rating, rather than those that were left blank."""
        return any(
            engine.rank(least, self.questions[judgement]) == supported
            and bool(evaluate(least.when, self.rows.columns, self.rows.memo).true[0])
            for least in self.plan.ratings.get(judgement, ())
        )

    # What was found

    def _observed(self, requirement: Requirement) -> str:
        test = requirement.test
        broken = sorted({c.id for c in self.contradicted if set(c.questions) & set(test.reads)})
        values = self._values(test)
        return f"{values} (contradicted: {', '.join(broken)})" if broken else values

    def _values(self, test: Test) -> str:
        if test.provision:
            return self._status(test.provision)
        if test.expression:
            return self._condition_why(test.expression)
        for id in test.denominators:
            if self.submission.answers.get(id) == 0 and not self._has_time(test, id):
                return f"0 {self.questions[id].label}, so nothing to measure"
        blank = [self.questions[id].label for id in test.reads if id not in self.submission.answers]
        if blank:
            return f"not answered: {', '.join(blank)}"
        named = list(questions_named(test.kind, test.arguments))
        if named[0][1].endswith(".part"):
            part, of, *named = named
            first = share_words(self._answer(part[0]), self._answer(of[0]))
        else:
            main, *named = named
            first = self._answered(main[0])
        others = (self._answered(id) for id, _, _ in named)
        labels = [name.replace("_", " ") for _, name, _ in named]
        return ", ".join([first, *(f"{label} {value}" for label, value in zip(labels, others, strict=True))])

    def _has_time(self, test: Test, n: str) -> bool:
        """Whether a time was given although its `n` counts nothing: a contradiction, to be shown with its value."""
        times = [q for id in test.reads if (q := self.questions[id]).clock and q.clock.n == n]
        return any(time.id in self.submission.answers for time in times)

    def _status(self, id: str) -> str:
        declaration = self.submission.declarations.get(id)
        status = declaration.status if declaration else None
        words = status_words(status)
        if declaration is None or status is not Status.ALTERNATIVE:
            return f"{words}, which the facts do not say" if status is Status.NOT_APPLICABLE else words
        provision = next(provision for provision in self.code.provisions if provision.id == id)
        if not provision.alternatives_allowed:
            return f"{words}, which is not allowed here"
        return words if declaration.has_complete_record else f"{words}, its record incomplete, so not counted"

    def _answer(self, id: str) -> Any:
        return self.submission.answers[id]

    def _answered(self, id: str) -> str:
        question = self.questions[id]
        words = say(self._answer(id), question)
        count = self.submission.answers.get(question.clock.n) if question.clock else None
        return f"{words} (n = {count})" if isinstance(count, int) and count < FEW else words

    # Caps, counts and flags

    def _caps(self) -> Iterator[CapApplied]:
        layout = self.plan.layout
        decides = self._takes_part() & layout.decides[:, None]
        deciding = scoring.sums(layout, decides, self.block.low, self.block.high)
        for cap in layout.caps:
            for p, is_capping in enumerate(scoring.capping(layout, cap, deciding.share, deciding.low)[:, 0]):
                if is_capping:
                    yield CapApplied(cap.id, cap.limit, layout.provisions[p].id)

    def _provisional_why(self, caps: Sequence[CapApplied]) -> str:
        blank: dict[str, None] = {}
        for provision in self.code.provisions:
            if provision.id in {cap.provision for cap in caps}:
                condition = provision.applies_when
                open_facts = unanswered(condition, self.rows.columns) if condition else ()
                under_rated = [r.question for r in self.ratings if r.is_under_rated and provision.id in r.provisions]
                deciding = [r.test for r in provision.requirements if r.basis in DECIDING]
                unknown = [id for test in deciding for id in test.reads if id not in self.submission.answers]
                declared = self.submission.declarations
                unknown += [
                    f"the status of {t.provision}" for t in deciding if t.provision and t.provision not in declared
                ]
                blank |= dict.fromkeys([*open_facts, *under_rated] or unknown)
        return "it rests on " + ", ".join(blank) if blank else "it rests on what is not settled yet"

    def _counts(self) -> dict[str, int]:
        counts = dict(zip(engine.COUNTS, (int(n) for n in self.block.counts[:, 0]), strict=True))
        provisions = self.code.provisions
        counts["not_scored"] = sum(not p.is_scored for p in provisions)
        counts["encoded"] = len(provisions)
        counts["published"] = len({p.under or p.id for p in provisions}) + len(self.code.left_out)
        return counts

    def _flags(self, provisions: Sequence[ProvisionResult]) -> Iterator[Flag]:
        for contradiction in self.contradicted:
            if contradiction.rule:
                yield Flag(contradiction.id, contradiction.rule.say, contradiction.questions)
            else:
                yield self._built_in(contradiction.id, contradiction.questions)
        yield from self._test_flags()
        yield from self._status_flags(provisions)
        for rating in self.ratings:
            if rating.is_under_rated:
                label = self.questions[rating.question].label
                details = {"question": label, "value": rating.given, "supported": support_words(rating)}
                yield _flag("rating-below-factors", (rating.question,), **details)
        for i, evidence in enumerate(self.submission.evidence):
            if frame.comes_after_preparation(evidence, self.submission):
                about = "evidence-after-preparation", evidence.supports, ("evidence", i, "date")
                yield _flag(*about, evidence=evidence.id, value=evidence.date)
            elif frame.misses_period(evidence, self.submission):
                about = "evidence-outside-period", evidence.supports, ("evidence", i, "covers")
                yield _flag(*about, evidence=evidence.id)
        if not engine.in_force(self.code.in_force, self.rows.on)[0]:
            yield _flag("code-not-in-force", (), ("period",), period=period_words(self.code.in_force), on=self.on)
        scope = self.code.scope
        if scope and not engine.fits(self.code, self.submission):
            yield _flag("scope-does-not-fit", scope.reads, why=self._condition_why(scope))

    def _built_in(self, id: str, pair: tuple[str, ...]) -> Flag:
        if len(pair) == 1:
            return _flag(id, pair, question=self.questions[pair[0]].label, value=self._answered(pair[0]))
        first, second = (self.questions[question] for question in pair)
        values = {"part_value": self._answered(first.id), "of_value": self._answered(second.id)}
        details = {"part": first.label, "of": second.label, "time": first.label, "n": second.label}
        return _flag(id, pair, **details, **values)

    def _test_flags(self) -> Iterator[Flag]:
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for _, requirement in self.plan.layout.requirements:
            test = requirement.test
            judged = engine.judge(test, self.rows.columns, self.frame, self.questions, self.rows.memo)
            named = {name: id for id, name, _ in questions_named(test.kind, test.arguments)}
            measured = named.get(test.kind) or named.get(f"{test.kind}.part", "")
            for id, rows in judged.flags.items():
                asked = {"own-target-set-late": "set_on", "own-target-not-credible": "target"}.get(id, test.kind)
                about = named.get(asked, measured)
                key = (id, (about,))
                if rows[0] and key not in seen:
                    seen.add(key)
                    yield _flag(*key, question=self.questions[measured].label, value=self._answered(about))

    def _status_flags(self, provisions: Sequence[ProvisionResult]) -> Iterator[Flag]:
        for result in provisions:
            provision = result.provision
            declaration, at = self.submission.declarations.get(provision.id), ("provisions", provision.id, "status")
            if declaration is None:
                continue
            if declaration.status is Status.ALTERNATIVE and not provision.alternatives_allowed:
                yield _flag("alternative-not-allowed", (), at, provision=provision.id)
            elif declaration.status is Status.ALTERNATIVE and not declaration.has_complete_record:
                yield _flag("alternative-incomplete", (), at, provision=provision.id)
            elif declaration.status is Status.NOT_APPLICABLE and result.applies is not Applies.FALSE:
                yield _flag("not-applicable-unsupported", (), at, provision=provision.id)


def _conclusion(index: int) -> Conclusion | None:
    return None if index == scoring.NONE else tuple(Conclusion)[index]


def _flag(id: str, questions: tuple[str, ...], at: Path = (), /, **details: object) -> Flag:
    words = FLAG_WORDS[id].format(**details)
    return Flag(id, words[0].upper() + words[1:], questions, at)


def _option(question: Question, index: int) -> str:
    value: Value = question.options[index] if question.type is QuestionType.CHOICE else bool(index)
    return say(value, question)


def _evidence(evidence: Evidence, submission: Submission) -> EvidenceResult:
    grade = frame.grade_of(evidence, submission)
    if grade is None:
        after = frame.comes_after_preparation(evidence, submission)
        return EvidenceResult(
            evidence, None, None, "dated after the file was prepared" if after else "covers no day of the period"
        )
    now = frame.until_accepted(grade)
    reasons = []
    if frame.is_old(evidence, submission):
        reasons.append("dated over a year before the period's end, so it counts one grade lower")
    if now is not grade:
        reasons.append("counts as data until a decision accepts it")
    return EvidenceResult(evidence, now, grade, "; ".join(reasons))


def _conclusion_why(conclusion: Conclusion | None, provisions: Sequence[ProvisionResult]) -> str:
    """What decided the conclusion, and the provision that cost most among those that did."""
    decided = concluded(provisions)
    musts = sum(r.provision.obligation is Obligation.MUST for r in decided)
    shoulds = sum(r.provision.obligation is Obligation.SHOULD for r in decided)
    deciding = _deciding(conclusion, provisions)
    count = len(deciding)
    match conclusion:
        case None:
            return "nothing in this code can be tested for this service and period"
        case Conclusion.DOES_NOT_CONFORM:
            words = f"{count} of {musts} provisions that must be followed {_fall(count, 'falls', 'fall')} short"
        case Conclusion.UNDETERMINED:
            words = f"{count} of {musts} provisions that must be followed cannot be settled yet"
        case Conclusion.CONFORMS_WITH_COMMENTS:
            words = f"{count} of {shoulds} provisions that should be followed {_fall(count)} not met"
        case _:
            return f"all {len(decided)} provisions that decide are met"
    worst = deciding[0].provision
    return f"{words}{', led by' if count > 1 else ':'} {worst.id} {worst.title}"


def leading(found: Assessment) -> ProvisionResult | None:
    """The provision that `conclusion_why` names: the one that cost most among those that decided the conclusion."""
    return next(iter(_deciding(found.conclusion, found.provisions)), None)


def failing(found: Assessment) -> list[ProvisionResult]:
    """The scored provisions that fall short, whatever their obligation: what counts in the order, worst first."""
    return [result for result in concluded(found.provisions) if result.conclusion is Verdict.FALLS_SHORT]


def _deciding(conclusion: Conclusion | None, provisions: Sequence[ProvisionResult]) -> list[ProvisionResult]:
    """The provisions that keep the conclusion from being better, the one that cost most first."""
    decided = concluded(provisions)
    musts = [r for r in decided if r.provision.obligation is Obligation.MUST]
    match conclusion:
        case Conclusion.DOES_NOT_CONFORM:
            deciding = [r for r in musts if r.conclusion is Verdict.FALLS_SHORT]
        case Conclusion.UNDETERMINED:
            deciding = [r for r in musts if r.conclusion is Verdict.UNDETERMINED]
        case Conclusion.CONFORMS_WITH_COMMENTS:
            shoulds = [r for r in decided if r.provision.obligation is Obligation.SHOULD]
            deciding = [r for r in shoulds if r.conclusion is not Verdict.MET]
        case _:
            deciding = []
    return sorted(deciding, key=lambda r: -r.loss)


def concluded(provisions: Sequence[ProvisionResult]) -> list[ProvisionResult]:
    """The scored provisions in which a deciding requirement takes part."""
    return [r for r in provisions if r.provision.is_scored and r.conclusion is not None]


def _fall(count: int, one: str = "is", many: str = "are") -> str:
    return one if count == 1 else many
