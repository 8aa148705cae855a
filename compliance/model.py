"""The domain's types: what a code asks, what a platform answered, what the engine found.

Everything here is immutable and needs only the standard library, so any other module may import it. Credits
are whole micro-units (1 is 1,000,000) and points whole micro-points (100 points are 100,000,000); nothing here
knows how a number is shown. Arrays appear only in `Column` and `Truth`, which name NumPy's type without importing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Value = bool | int | float | str | date | tuple[str, ...]
Path = tuple[str | int, ...]

MICRO = 1_000_000
ALL_POINTS = 100 * MICRO


# Arrays


class Column(NamedTuple):
    """One question's answers, one element per self-assessment.

    `values` holds 0 or 1 (yes_no), the number (count, share, hours, days), the option's index (choice), a bit mask of
    option indexes (choices, int64) or the proleptic ordinal (date); it means nothing where `known` is false.
    """

    values: NDArray[Any]
    known: NDArray[np.bool_]


class Truth(NamedTuple):
    """A three-valued condition: both arrays false where it is unknown."""

    true: NDArray[np.bool_]
    false: NDArray[np.bool_]


# Problems


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an input file; `line` and `column` count from 1, 0 where there is no position.

    In a workbook they are the row and the column of the cell that `place` names, such as `Removal!E12`.
    """

    file: str
    line: int
    column: int
    path: str
    id: str
    message: str
    hint: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not assessed, and why."""

    file: str
    problems: tuple[Problem, ...]


# Questions


class QuestionType(StrEnum):
    YES_NO = "yes_no"
    COUNT = "count"
    SHARE = "share"
    HOURS = "hours"
    DAYS = "days"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    TEXT = "text"


NO_OPTION = "none"  # of a list that may be empty, since an empty list is a blank
NUMERIC = frozenset({QuestionType.COUNT, QuestionType.SHARE, QuestionType.HOURS, QuestionType.DAYS})


class Role(StrEnum):
    FACT = "fact"
    JUDGEMENT = "judgement"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a time is measured; `n` is the id of the question that counts its items."""

    start: str
    stop: str
    items: str
    statistic: str
    open_items: str
    n: str


@dataclass(frozen=True, slots=True)
class Question:
    """One item a platform answers; `label` is the noun phrase that reasons in words use."""

    id: str
    label: str
    ask: str
    type: QuestionType
    unit: str
    define: str
    role: Role
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()
    ordered: bool = False
    clock: Clock | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked condition: its text, its typed tree (see `expressions`) and the ids of the questions it reads."""

    text: str
    tree: Any = field(compare=False, repr=False)
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyRule:
    """A statement about answers that must hold; `questions` are those a contradiction touches."""

    id: str
    holds: Expression
    say: str
    questions: tuple[str, ...]
    examples: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The shared questions, in file order, the consistency rules between them, and the least ratings that hold whatever
    code is asked.

    `sections` has the titles of sections, which are the first parts of ids.
    """

    questions: Mapping[str, Question]
    consistency: tuple[ConsistencyRule, ...]
    judgements: tuple[LeastRating, ...]
    tree: Mapping[str, Any] = field(compare=False, repr=False)
    sections: Mapping[str, str] = field(default_factory=dict)

    def section_title(self, section: str) -> str:
        """The title of a section, made from its id where it has none."""
        return self.sections.get(section) or section.replace("_", " ").capitalize()


# Codes of practice


class Standing(StrEnum):
    DUTY = "duty"
    STATUTORY_CODE = "statutory_code"
    VOLUNTARY = "voluntary"
    RECOMMENDATION = "recommendation"


BINDING = frozenset({Standing.DUTY, Standing.STATUTORY_CODE})


class Mark(StrEnum):
    """How well a source was verified."""

    PRIMARY = "primary"
    QUOTED = "quoted"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


class Obligation(StrEnum):
    MUST = "must"
    SHOULD = "should"
    INFORMATION = "information"


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"


class Basis(StrEnum):
    """What a requirement rests on; only statute and code decide a conclusion."""

    STATUTE = "statute"
    CODE = "code"
    OWN_TARGET = "own_target"
    BENCHMARK = "benchmark"


DECIDING = frozenset({Basis.STATUTE, Basis.CODE})


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `start` to `end`, both inclusive; open where None."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule stands: a key of the code's `sources`, the place in it, and how well it was verified."""

    doc: str
    section: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Document:
    """A published source of a code; `url` is empty where no address was seen."""

    id: str
    title: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Test:
    """One check with its arguments as written; `reads` holds every question it reads, a time's `n` included.

    `denominators` are those of `reads` that count cases (`of`, `n`): 0 there means there was nothing to measure.
    """

    kind: str
    arguments: Mapping[str, Any]
    reads: tuple[str, ...]
    denominators: tuple[str, ...]
    no_cases_when_zero: bool
    provision: str | None = None
    expression: Expression | None = None

    @property
    def condition(self) -> Expression:
        if self.expression is None:
            raise ValueError(f"a test of kind {self.kind} has no condition")
        return self.expression


@dataclass(frozen=True, slots=True)
class Requirement:
    id: str
    statement: str
    test: Test
    basis: Basis
    weight: float
    source: Source
    why: str
    remedy: str
    effort: str
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Provision:
    id: str
    under: str | None
    kind: str
    chapter: str
    title: str
    text: str
    source: Source
    obligation: Obligation
    severity: Severity
    in_force: Interval
    alternatives_allowed: bool
    applies_when: Expression | None
    requirements: tuple[Requirement, ...]

    @property
    def is_scored(self) -> bool:
        return self.obligation is not Obligation.INFORMATION and self.source.mark is not Mark.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Chapter:
    id: str
    title: str
    weight: float


@dataclass(frozen=True, slots=True)
class LeastRating:
    """The least rating of a judgement that the publisher's own factors support while `when` holds."""

    question: str
    at_least: str | bool
    when: Expression
    source: Source | None


@dataclass(frozen=True, slots=True)
class Cap:
    """While an applicable critical must has a deciding credit under `below` (micro-units), the score is at most
    `limit` (micro-points)."""

    id: str
    limit: int
    below: int


@dataclass(frozen=True, slots=True)
class ContextCase:
    """What a line of context says while `when` holds; `amount` is a calculation in `unit`, None where there is none."""

    when: Expression
    says: str
    amount: Expression | None
    unit: str


@dataclass(frozen=True, slots=True)
class ContextLine:
    """Something about a service that follows from its facts and is never scored; the first case that holds is shown."""

    id: str
    title: str
    text: str
    source: Source
    cases: tuple[ContextCase, ...]


@dataclass(frozen=True)
class Code:
    """One published version of a code of practice, with the catalogue its questions come from.

    `left_out` says why of each item published and not encoded, `upcoming` the `title` and perhaps a `note` of what is
    to come, `removed` the `reason` and perhaps the `successor` of each provision of an earlier version that is gone.
    """

    id: str
    version: str
    title: str
    publisher: str
    standing: Standing
    addressed_to: str
    text: str
    scope: Expression | None
    in_force: Interval
    supersedes: str | None
    sources: Mapping[str, Document]
    left_out: Mapping[str, str]
    upcoming: Mapping[str, Mapping[str, str]]
    removed: Mapping[str, Mapping[str, str]]
    facts: Mapping[str, Expression]
    judgements: tuple[LeastRating, ...]
    chapters: tuple[Chapter, ...]
    provisions: tuple[Provision, ...]
    severity_weights: Mapping[Severity, float]
    caps: tuple[Cap, ...]
    context: tuple[ContextLine, ...]
    catalogue: Catalogue
    seal: Callable[[Code], str] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the code and of everything in the catalogue that it reads.

        Computed when somebody asks: a terminal does not, and for some hundred questions it takes milliseconds.
        """
        return self.seal(self)


# Self-assessments


class Status(StrEnum):
    """What a platform declares about a provision."""

    IN_PLACE = "in_place"
    PARTLY_IN_PLACE = "partly_in_place"
    PLANNED = "planned"
    NOT_IN_PLACE = "not_in_place"
    ALTERNATIVE = "alternative"
    NOT_APPLICABLE = "not_applicable"


class Grade(StrEnum):
    """What evidence counts as, from least to most; `events` is only ever set by the engine."""

    ASSERTION = "assertion"
    DOCUMENT = "document"
    DATA = "data"
    INDEPENDENT_AUDIT = "independent_audit"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Service:
    id: str
    name: str
    provider: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """What only the platform can say of a provision; texts are empty where not given."""

    status: Status | None
    since: date | None = None
    comment: str = ""
    reason: str = ""
    instead: str = ""
    how_it_complies: str = ""
    regard_to_expression_and_privacy: str = ""

    @property
    def has_complete_record(self) -> bool:
        """Whether the record that section 23(4)-(5) of the Online Safety Act asks for is there."""
        return bool(self.instead and self.how_it_complies and self.regard_to_expression_and_privacy)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something offered in support of answers: `supports` names question or provision ids."""

    id: str
    title: str
    kind: Grade
    made_by: str
    date: date
    covers: Interval | None
    sha256: str
    supports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Submission:
    """One platform's self-assessment for one period; `answers` holds only questions that were answered.

    `not_measured` are questions whose answer the platform says it does not know: as unknown to the engine as a blank.
    """

    service: Service
    period_from: date
    period_to: date
    prepared_on: date
    prepared_by_role: str
    approved_by_role: str
    answers: Mapping[str, Value]
    declarations: Mapping[str, Declaration]
    evidence: tuple[Evidence, ...]
    file: str = ""
    not_measured: tuple[str, ...] = ()


# Results


class Outcome(StrEnum):
    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NO_CASES = "no_cases"
    ALTERNATIVE = "alternative"
    TOO_EARLY = "too_early"
    NOT_APPLICABLE = "not_applicable"


class Verdict(StrEnum):
    """What the deciding requirements of one provision come to."""

    MET = "met"
    UNDETERMINED = "undetermined"
    FALLS_SHORT = "falls_short"


class Conclusion(StrEnum):
    """What the engine concludes about the whole code, from worst to best."""

    DOES_NOT_CONFORM = "does_not_conform"
    UNDETERMINED = "undetermined"
    CONFORMS_WITH_COMMENTS = "conforms_with_comments"
    CONFORMS = "conforms"


class Applies(StrEnum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one requirement: credits in micro-units, weight, gain and loss in micro-points."""

    requirement: Requirement
    outcome: Outcome
    weight: int
    low: int
    high: int
    assured: int
    gain: int
    loss: int
    observed: str
    expected: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class ProvisionResult:
    """What was found for one provision; its credits are means over the requirements taking part, truncated."""

    provision: Provision
    outcome: Outcome | None
    conclusion: Verdict | None
    applies: Applies
    applies_why: str
    weight: int
    low: int
    high: int
    assured: int
    gain: int
    loss: int
    findings: tuple[Finding, ...]
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A contradiction or an implausibility: shown, never silently corrected.

    `at` is the place in the file where it speaks of something else than an answer.
    """

    id: str
    message: str
    questions: tuple[str, ...]
    at: Path = ()


@dataclass(frozen=True, slots=True)
class CapApplied:
    """A cap that a provision triggered on the declared score."""

    id: str
    limit: int
    provision: str


@dataclass(frozen=True, slots=True)
class Rating:
    """A platform's own rating that applicability rests on, beside what the publisher's factors support.

    `is_certain` is false where they only may support it, because factors are blank.
    """

    question: str
    given: str | None
    supported: str | None
    is_certain: bool
    is_under_rated: bool
    provisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceResult:
    """What one piece of evidence counts as now and once accepted; None where it is ignored, with the reason."""

    evidence: Evidence
    counts_as: Grade | None
    if_accepted: Grade | None
    why: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one assessment in micro-points."""

    final: int
    declared: int
    assured: int
    assured_final: int
    assured_if_accepted: int
    ceiling: int
    ceiling_final: int


@dataclass(frozen=True, slots=True)
class ContextFound:
    """What a line of context comes to: `says` is empty where facts are missing, `amount` None where there is none."""

    line: ContextLine
    says: str
    amount: float | None
    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole result of applying a code to one self-assessment, with its reasons in words.

    `figures` and `conclusion` are None where nothing takes part. `conclusion_why` says what decided it; `chapters` has
    what each chapter would conclude alone.
    """

    submission: Submission
    code: Code
    engine: str
    on: date
    conclusion: Conclusion | None
    conclusion_why: str
    provisional: bool
    provisional_why: str
    figures: Figures | None
    caps: tuple[CapApplied, ...]
    counts: Mapping[str, int]
    provisions: tuple[ProvisionResult, ...]
    chapters: Mapping[str, Conclusion | None]
    flags: tuple[Flag, ...]
    ratings: tuple[Rating, ...]
    evidence: tuple[EvidenceResult, ...]
    context: tuple[ContextFound, ...]


# Files as they arrive


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived, and what reading it gave.

    `submission` is None where the file is refused, with the `problems`, and where nobody read it because the store has
    it already, with none. `service_id` ("" if unknown) and `period_to` say whose a refused file is, as far as it says.
    """

    file: str
    data: bytes
    submission: Submission | None = None
    problems: tuple[Problem, ...] = ()
    service_id: str = ""
    period_to: date | None = None
