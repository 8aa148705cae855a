"""What a person reads about one self-assessment: findings, reasons, flags and conclusions in words.

The engine keeps numbers and outcome codes; `explain` runs one row again and says what they mean, with the values that
decided. Words and symbols for outcomes and conclusions stand here once, so the terminal, the page and every report
use the
same. Nothing here computes a credit or a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from compliance import engine, frame, scoring
from compliance.checks import CHECKS, questions_named
from compliance.engine import Results, Rows
from compliance.expressions import evaluate
from compliance.model import (
    MICRO,
    Applies,
    Assessment,
    CapApplied,
    Code,
    Conclusion,
    Evidence,
    EvidenceResult,
    Figures,
    Finding,
    Flag,
    Grade,
    Interval,
    Obligation,
    Outcome,
    Provision,
    ProvisionResult,
    Question,
    QuestionType,
    Rating,
    Requirement,
    Role,
    Standing,
    Status,
    Submission,
    Test,
    Value,
    Verdict,
)
from compliance.scoring import display
from compliance.wording import describe, say, unanswered
from compliance.wording import explain as explain_condition

FEW_ITEMS: Final = 30

CONCLUSION_WORDS: Final[Mapping[Standing, Mapping[Conclusion, str]]] = {
    Standing.DUTY: {
        Conclusion.CONFORMS: "meets the duties",
        Conclusion.CONFORMS_WITH_COMMENTS: "meets, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "falls short of the duties",
    },
    Standing.STATUTORY_CODE: {
        Conclusion.CONFORMS: "follows the code",
        Conclusion.CONFORMS_WITH_COMMENTS: "follows, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "departs from the code",
    },
    Standing.VOLUNTARY: {
        Conclusion.CONFORMS: "keeps the commitments",
        Conclusion.CONFORMS_WITH_COMMENTS: "keeps, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "does not keep the commitments",
    },
    Standing.RECOMMENDATION: {
        Conclusion.CONFORMS: "meets the recommendations",
        Conclusion.CONFORMS_WITH_COMMENTS: "meets, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "falls short of the recommendations",
    },
}
NOTHING_APPLIES: Final = "nothing to conclude"
CONCLUSION_SYMBOL: Final[Mapping[Conclusion | None, str]] = {
    Conclusion.CONFORMS: "✓",
    Conclusion.CONFORMS_WITH_COMMENTS: "≈",
    Conclusion.UNDETERMINED: "?",
    Conclusion.DOES_NOT_CONFORM: "×",
    None: "–",
}
OUTCOME_SYMBOL: Final[Mapping[Outcome | None, str]] = {
    Outcome.MET: "✓",
    Outcome.PARTLY_MET: "½",
    Outcome.NOT_MET: "×",
    Outcome.UNKNOWN: "?",
    Outcome.ALTERNATIVE: "◆",
    Outcome.NO_CASES: "○",
    Outcome.TOO_EARLY: "…",
    Outcome.NOT_APPLICABLE: "–",
    None: "–",
}
VERDICT_SYMBOL: Final[Mapping[Verdict, str]] = {
    Verdict.MET: "✓",
    Verdict.UNDETERMINED: "?",
    Verdict.FALLS_SHORT: "×",
}
FLAG_SYMBOL: Final = "▲"

FLAG_WORDS: Final[Mapping[str, str]] = {
    "part-above-whole": "{part} ({part_value}) is more than {of} ({of_value}), which it is a part of.",
    "time-without-cases": "{time} is given although {n} is 0, so there was nothing to time.",
    "date-after-preparation": "{question} is {value}, after the file was prepared.",
    "own-target-set-late": "The target for {question} was set on {value}, not before the period began.",
    "own-target-not-credible": "The target for {question} is {value}, laxer than can be believed.",
    "alternative-incomplete": (
        "An alternative to {provision} is declared without the whole record: what instead, how it complies, and the"
        " regard had to expression and privacy."
    ),
    "alternative-not-allowed": "An alternative to {provision} is declared, which allows none.",
    "not-applicable-unsupported": "{provision} is declared not applicable, but the facts given do not say so.",
    "evidence-after-preparation": "Evidence {evidence} is dated {value}, after the file was prepared.",
    "evidence-outside-period": "Evidence {evidence} covers no day of the period.",
    "rating-below-factors": "{question} is rated {value}; the publisher's factors {supported}.",
    "scope-does-not-fit": "The code is not addressed to a service like this one: {why}.",
}
"""Every built-in flag and its sentence; a consistency rule's flag has the rule's id and says what the rule says."""


def expected_words(requirement: Requirement, questions: Mapping[str, Question]) -> str:
    """What a requirement expects, with its units: "at least 99.9%", "yes", "at most 24 hours".

    Of a condition its statement says more than the condition in words, which `codes show` has.
    """
    test = requirement.test
    if test.expression:
        return requirement.statement or describe(test.expression, questions)
    named = [id for id, _, _ in questions_named(test.kind, test.arguments)]
    is_ratio = isinstance(test.arguments.get(test.kind), dict)

    def words(literal: Any) -> str:
        if is_ratio:
            return percent(literal)
        question = questions[named[0]]
        return say((literal,) if question.type is QuestionType.CHOICES else literal, question)

    return CHECKS[test.kind].expected(test.arguments, words)


def conclusion_words(code: Code, conclusion: Conclusion | None) -> str:
    """The conclusion in the words that fit the code's standing."""
    return NOTHING_APPLIES if conclusion is None else CONCLUSION_WORDS[code.standing][conclusion]


def outcome_words(outcome: Outcome | None) -> str:
    return "not tested" if outcome is None else outcome.value.replace("_", " ")


def verdict_words(verdict: Verdict) -> str:
    """What the deciding requirements of a provision come to, as symbol and word."""
    return f"{VERDICT_SYMBOL[verdict]} {verdict.value.replace('_', ' ')}"


def final_words(found: Assessment) -> str:
    """Where the final figure comes from: "72.2, limited to 49.0 by ICU-C9", or that no cap applies."""
    if found.figures is None:
        return "no score"
    if not found.caps:
        return "as declared, no cap applies"
    declared, limit = display(found.figures.declared), display(min(cap.limit for cap in found.caps))
    by = ", ".join(cap.provision for cap in found.caps)
    is_lower = found.figures.final == found.figures.declared
    words = f"as declared, already under the {limit} that {by} limits it to" if is_lower else ""
    words = words or f"{declared}, limited to {limit} by {by}"
    return f"{words} (provisional: {found.provisional_why})" if found.provisional else words


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
        found = int(self.block.conclusion[0])
        conclusion = None if found == scoring.NONE else tuple(Conclusion)[found]
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
            flags=tuple(self._flags(provisions)),
            ratings=self.ratings,
            evidence=tuple(_evidence(evidence, self.submission) for evidence in self.submission.evidence),
        )

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
        return " and ".join(
            f"{self.questions[r.question].label} is rated {r.given}, where the publisher's factors {support_words(r)}"
            for r in under_rated
        )

    def _ratings(self) -> Iterator[Rating]:
        columns = self.rows.columns
        least = engine.least_ratings(self.plan, columns, self.rows.memo)
        reading: dict[str, list[str]] = {}
        for provision in self.code.provisions:
            for id in provision.applies_when.reads if provision.applies_when else ():
                reading.setdefault(id, []).append(provision.id)
        for id in self.questions:
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
        broken = dict.fromkeys(c.id for c in self.contradicted if set(c.questions) & set(test.reads))
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
        if len(named) == 2 and named[0][1].endswith(".part"):
            return _part_of(self._answer(named[0][0]), self._answer(named[1][0]), self.questions[named[1][0]])
        first, *others = (self._answered(id) for id, _, _ in named)
        labels = [name.replace("_", " ") for _, name, _ in named[1:]]
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
        count = self._answer(question.clock.n) if question.clock else FEW_ITEMS
        return f"{words} (n = {count})" if count < FEW_ITEMS else words

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
                asked = [id for r in provision.requirements for id in r.test.reads]
                unknown = [id for id in asked if id not in self.submission.answers]
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
        for evidence in self.submission.evidence:
            if frame.comes_after_preparation(evidence, self.submission):
                yield _flag("evidence-after-preparation", evidence.supports, evidence=evidence.id, value=evidence.date)
            elif frame.misses_period(evidence, self.submission):
                yield _flag("evidence-outside-period", evidence.supports, evidence=evidence.id)
        scope = self.code.scope
        if scope and not engine.fits(self.code, self.submission):
            yield _flag("scope-does-not-fit", scope.reads, why=self._condition_why(scope))

    def _built_in(self, id: str, pair: tuple[str, ...]) -> Flag:
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
            for id, rows in judged.flags.items():
                asked = {"own-target-set-late": "set_on", "own-target-not-credible": "target"}.get(id, test.kind)
                key = (id, (named[asked],))
                if rows[0] and key not in seen:
                    seen.add(key)
                    label = self.questions[named[test.kind]].label
                    yield _flag(*key, question=label, value=self._answered(named[asked]))

    def _status_flags(self, provisions: Sequence[ProvisionResult]) -> Iterator[Flag]:
        for result in provisions:
            provision = result.provision
            declaration = self.submission.declarations.get(provision.id)
            if declaration is None:
                continue
            if declaration.status is Status.ALTERNATIVE and not provision.alternatives_allowed:
                yield _flag("alternative-not-allowed", (), provision=provision.id)
            elif declaration.status is Status.ALTERNATIVE and not declaration.has_complete_record:
                yield _flag("alternative-incomplete", (), provision=provision.id)
            elif declaration.status is Status.NOT_APPLICABLE and result.applies is not Applies.FALSE:
                yield _flag("not-applicable-unsupported", (), provision=provision.id)


def _flag(id: str, questions: tuple[str, ...], **details: object) -> Flag:
    words = FLAG_WORDS[id].format(**details)
    return Flag(id, words[0].upper() + words[1:], questions)


def _option(question: Question, index: int) -> str:
    value: Value = question.options[index] if question.type is QuestionType.CHOICE else bool(index)
    return say(value, question)


def _part_of(part: Any, whole: Any, question: Question) -> str:
    words = f"{part:,} of {whole:,}"
    if whole < FEW_ITEMS:
        return words
    return f"{words} ({percent(part / whole)})"


def percent(share: float) -> str:
    """A share as a percentage, truncated so that nothing short of all reads as 100%: 0.99996 is 99.99%."""
    whole, rest = divmod(round(share * 1e8) // 10_000, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def support_words(rating: Rating) -> str:
    """What the publisher's factors say of a rating: "support high", or "may support high" while factors are blank."""
    return f"{'support' if rating.is_certain else 'may support'} {rating.supported}"


def status_words(status: Status | None) -> str:
    return "no status declared" if status is None else status.value.replace("_", " ")


def period_words(interval: Interval) -> str:
    if interval.start and interval.end:
        return f"in force from {interval.start} to {interval.end}"
    return f"in force from {interval.start}" if interval.start else f"in force until {interval.end}"


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
    concluded = _concluded(provisions)
    musts = sum(r.provision.obligation is Obligation.MUST for r in concluded)
    shoulds = sum(r.provision.obligation is Obligation.SHOULD for r in concluded)
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
            return f"all {len(concluded)} provisions that decide are met"
    worst = deciding[0].provision
    return f"{words}{', led by' if count > 1 else ':'} {worst.id} {worst.title}"


def leading(found: Assessment) -> ProvisionResult | None:
    """The provision that `conclusion_why` names: the one that cost most among those that decided the conclusion."""
    return next(iter(_deciding(found.conclusion, found.provisions)), None)


def _deciding(conclusion: Conclusion | None, provisions: Sequence[ProvisionResult]) -> list[ProvisionResult]:
    """The provisions that keep the conclusion from being better, the one that cost most first."""
    concluded = _concluded(provisions)
    musts = [r for r in concluded if r.provision.obligation is Obligation.MUST]
    match conclusion:
        case Conclusion.DOES_NOT_CONFORM:
            deciding = [r for r in musts if r.conclusion is Verdict.FALLS_SHORT]
        case Conclusion.UNDETERMINED:
            deciding = [r for r in musts if r.conclusion is Verdict.UNDETERMINED]
        case Conclusion.CONFORMS_WITH_COMMENTS:
            shoulds = [r for r in concluded if r.provision.obligation is Obligation.SHOULD]
            deciding = [r for r in shoulds if r.conclusion is not Verdict.MET]
        case _:
            deciding = []
    return sorted(deciding, key=lambda r: -r.loss)


def _concluded(provisions: Sequence[ProvisionResult]) -> list[ProvisionResult]:
    return [r for r in provisions if r.provision.is_scored and r.conclusion is not None]


def _fall(count: int, one: str = "is", many: str = "are") -> str:
    return one if count == 1 else many


# The ledger


@dataclass(frozen=True, slots=True)
class Ledger:
    """Points lost in tenths of a point, as every screen and report shows them: each level adds up to the one above.

    `requirements` is keyed by (provision id, requirement id).
    """

    total: int
    chapters: Mapping[str, int]
    provisions: Mapping[str, int]
    requirements: Mapping[tuple[str, str], int]


def ledger(assessment: Assessment) -> Ledger:
    """The display of the losses, apportioned once from the top down; all zero where there are no figures."""
    figures = assessment.figures
    total = 0 if figures is None else 1000 - figures.declared // (MICRO // 10)
    by_chapter: dict[str, dict[str, ProvisionResult]] = {chapter.id: {} for chapter in assessment.code.chapters}
    for result in assessment.provisions:
        by_chapter[result.provision.chapter][result.provision.id] = result
    chapters = scoring.apportion(
        total, {id: sum(result.loss for result in results.values()) for id, results in by_chapter.items()}
    )
    provisions: dict[str, int] = {}
    requirements: dict[tuple[str, str], int] = {}
    for id, results in by_chapter.items():
        provisions |= scoring.apportion(chapters[id], {key: result.loss for key, result in results.items()})
        for key, result in results.items():
            parts = scoring.apportion(provisions[key], {f.requirement.id: f.loss for f in result.findings})
            requirements |= {(key, requirement): tenths for requirement, tenths in parts.items()}
    return Ledger(total, chapters, provisions, requirements)


def worst_first(assessment: Assessment) -> list[ProvisionResult]:
    """The provisions by the points lost that are shown, most first, then by the exact ones, the outcome and the id."""
    order = list(Outcome)
    shown = ledger(assessment).provisions
    rank = {
        outcome: i
        for i, outcome in enumerate(
            (Outcome.NOT_MET, Outcome.PARTLY_MET, Outcome.UNKNOWN, Outcome.ALTERNATIVE, Outcome.MET, Outcome.NO_CASES)
        )
    }
    return sorted(
        assessment.provisions,
        key=lambda r: (
            -shown[r.provision.id],
            -r.loss,
            rank.get(r.outcome, len(order)) if r.outcome else len(order),
            r.provision.id,
        ),
    )


def grade_words(grade: Grade | None) -> str:
    return "ignored" if grade is None else grade.value.replace("_", " ")


# The waterfall


@dataclass(frozen=True, slots=True)
class Step:
    """One step down from 100 points, in tenths of a point: a chapter's loss, or (chapter "") what the cap takes.

    `still_open` is the part of `lost` that better answers could bring back: blanks, contradictions, open applicability.
    `left` is what remains after the step.
    """

    chapter: str
    title: str
    lost: int
    found_short: int
    still_open: int
    left: int


def waterfall(assessment: Assessment) -> list[Step]:
    """The steps from 100 to the final score: chapters, most lost first, then the cap. Empty without figures."""
    if assessment.figures is None:
        return []
    losses = ledger(assessment).chapters
    steps: list[Step] = []
    left = 1000
    for chapter in sorted(assessment.code.chapters, key=lambda chapter: -losses[chapter.id]):
        lost = losses[chapter.id]
        left -= lost
        parts = _lost_parts([r for r in assessment.provisions if r.provision.chapter == chapter.id], lost)
        steps.append(Step(chapter.id, chapter.title, lost, parts["found_short"], parts["still_open"], left))
    final = assessment.figures.final // (MICRO // 10)
    if final < left:
        capping = dict.fromkeys(cap.provision for cap in assessment.caps)
        steps.append(Step("", f"Cap, {', '.join(capping)}", left - final, left - final, 0, final))
    return steps


def _lost_parts(results: Sequence[ProvisionResult], lost: int) -> dict[str, int]:
    findings = [finding for result in results for finding in result.findings]
    still_open = sum(f.weight * f.high // MICRO - f.gain for f in findings)
    found_short = sum(f.loss for f in findings) - still_open
    return scoring.apportion(lost, {"found_short": found_short, "still_open": still_open})


# What belongs to a requirement, a provision, a flag


def evidence_for(assessment: Assessment, requirement: Requirement) -> list[EvidenceResult]:
    """The evidence offered for what a requirement reads, ignored pieces included."""
    test = requirement.test
    named = {test.provision} if test.provision else set(test.reads)
    return [found for found in assessment.evidence if named & set(found.evidence.supports)]


def lowest_grade(result: ProvisionResult) -> Grade | None:
    """The least that backs any of a provision's requirements; None where nothing is tested."""
    return min((finding.grade for finding in result.findings), key=list(Grade).index, default=None)


def touched_by(assessment: Assessment, flag: Flag) -> list[str]:
    """The provisions with a requirement that reads a question the flag names."""
    named = set(flag.questions)
    provisions = assessment.code.provisions
    return [p.id for p in provisions if any(named & set(r.test.reads) for r in p.requirements)]
