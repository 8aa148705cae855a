"""The test types: how an answer becomes a credit.

Each check is one pure function over columns. Its `@check` line declares every argument a code file may give it: the
questions it reads and in which direction each improves the credit, the numbers and options that set the bar, the
words for what is expected, and what its answers have to come to for full credit. The JSON Schema of code files, the
loader, the engine, the reports and the advice use that one declaration, so adding a check is adding one function here.

What a check returns counts only where everything it reads is known and something was counted; the engine turns blanks
and zero denominators into intervals. Credits are int32 micro-units (1 is 1,000,000), one for each row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.model import MICRO, NO_OPTION, NUMERIC, Column, Question, QuestionType, Status, Truth, Value

Array = NDArray[Any]
UP: Final = 1
DOWN: Final = -1
EITHER: Final = 0

_FULL: Final = np.int32(MICRO)
_Words = Callable[[Mapping[str, Any], Callable[[Any], str]], str]

YES_NO = frozenset({QuestionType.YES_NO})


class Argument(NamedTuple):
    """What a code file may write for one argument.

    `kind` is `question`, `measure` (a question, or `{part, of}`), `provision`, `expression`, or one of the literals
    `number`, `days`, `options` (a list of the main question's options) and `credits` (option to credit, 0 to 1).
    """

    kind: str
    types: frozenset[QuestionType] = frozenset()
    direction: int = EITHER
    is_optional: bool = False


class Given(NamedTuple):
    """What the rows hand a check beside its own arguments: days are proleptic ordinals."""

    period_from: Array
    period_to: Array
    prepared_on: Array


class Judged(NamedTuple):
    """Credits of a check, in which rows they can be used (None: in all), and the flags it raises (flag id to rows)."""

    credit: Array
    usable: Array | None = None
    flags: Mapping[str, Array] = {}


class Now(NamedTuple):
    """What one self-assessment says today: the answers given, what they answer, and the days that a check reads."""

    answers: Mapping[str, Value]
    questions: Mapping[str, Question]
    period_from: date
    period_to: date
    prepared_on: date


class Goal(NamedTuple):
    """What one answer has to come to, which `value` does.

    So does whatever is better than it in `direction`, or is one of `among`; with `is_any` every answer does, and
    `value` stands for all of them (None: nobody has said yet which).
    """

    value: Value | None
    direction: int = EITHER
    among: tuple[Value, ...] = ()
    is_any: bool = False


Goals = Mapping[str, Goal]
_Needed = Callable[[Mapping[str, Any], Now], Goals]
ANY: Final = Goal(None, is_any=True)


@dataclass(frozen=True, slots=True)
class Check:
    """A test type as declared: its name, its arguments, its function and its words, if it has any of its own.

    `needed` says what gives full credit: a goal for each question (for `in_place` the provision) that a test with these
    arguments reads; None where only a search can tell. Nothing at all means that no answer gives it.
    """

    name: str
    arguments: Mapping[str, Argument]
    judge: Callable[..., Judged]
    expected: _Words | None
    can_fail: bool
    needed: _Needed | None

    @property
    def main(self) -> Argument:
        """The argument that stands behind the check's own name."""
        return self.arguments[self.name]


CHECKS: dict[str, Check] = {}


def check(
    expected: _Words | None, needed: _Needed | None, /, *, can_fail: bool = True, **arguments: Argument
) -> Callable[[Callable[..., Judged]], Callable[..., Judged]]:
    """Declares the decorated function as the test type of its name.

    `expected` gives the words for its bar from the arguments and a function that says one of them with its unit; None
    leaves that to the requirement's statement. `needed` is as in `Check`; what the test divides by is known when it
    is called.

    The function is called with its main argument first, the others by name, and `given` last: a question arrives as a
    `Column`, a measure as a `Column` of numbers, an expression as a `Truth`, a provision as a `Column` of credits in
    micro-units, literals as written. `can_fail` is false for a test that an answer can only meet or leave open.
    """

    def declare(judge: Callable[..., Judged]) -> Callable[..., Judged]:
        name = judge.__name__
        CHECKS[name] = Check(name, arguments, judge, expected, can_fail, needed)
        return judge

    return declare


def _step(is_full: Array) -> Array:
    return _FULL * is_full


def _line(x: Array, full_at: float, zero_at: float | None, direction: int) -> Array:
    """Micro-units on the straight line from `zero_at` (0) to `full_at` (1); a step at `full_at` without `zero_at`."""
    is_full = (x >= full_at) if direction == UP else (x <= full_at)
    if zero_at is None:
        return _step(is_full)
    is_zero = (x <= zero_at) if direction == UP else (x >= zero_at)
    between = np.rint((x - zero_at) / (full_at - zero_at) * MICRO)
    # Only a value past a bound may read as exactly 1 or 0, whatever rounding says.
    inside = np.maximum(np.minimum(between, MICRO - 1), 1).astype(np.int32)
    return _FULL * is_full + inside * ~(is_full | is_zero)


def _bar(word: str, beyond: str) -> _Words:
    def words(a: Mapping[str, Any], say: Callable[[Any], str]) -> str:
        bar = f"{word} {say(a['full_at'])}"
        if a.get("zero_at") is None:
            return bar
        return f"{bar} (no credit at {say(a['zero_at'])}{f' or {beyond}' if a['zero_at'] else ''})"

    return words


def _amount(written: Any, bound: float, direction: int, now: Now) -> Goals:
    """The goal of a measure: its question at the bound, or its part at that share of the whole; none of no whole."""
    if isinstance(written, str):
        is_count = now.questions[written].type is QuestionType.COUNT
        whole = math.ceil(bound) if direction == UP else math.floor(bound)
        return {written: Goal(whole if is_count else float(bound), direction)}
    of = now.answers.get(written["of"])
    if not of:
        return {}
    return {written["part"]: Goal(_part(bound, of, direction, now.questions[written["part"]]), direction)}


def _part(bound: float, of: Any, direction: int, question: Question) -> float:
    """The least (UP) or the greatest part whose share of `of`, divided in doubles as in `measure`, is past a bound."""
    exact = Fraction(str(bound)) * Fraction(of)
    if question.type is not QuestionType.COUNT:
        part = float(exact)
        is_past = part / of >= bound if direction == UP else part / of <= bound
        return part if is_past else math.nextafter(part, math.inf * direction)
    whole = math.ceil(exact) if direction == UP else math.floor(exact)
    is_past = whole / of >= bound if direction == UP else whole / of <= bound
    return whole if is_past else whole + direction


@check(lambda a, say: "yes", lambda a, now: {a["is_true"]: Goal(True)}, is_true=Argument("question", YES_NO, UP))
def is_true(answer: Column, given: Given) -> Judged:
    """A yes/no answer is yes.

    Use it for a plain statement of practice. Arguments: `is_true`, the question.

    >>> CHECKS["is_true"].judge(Column(np.array([1, 0]), np.array([True, True])), given=None).credit.tolist()
    [1000000, 0]
    """
    return Judged(_step(answer.values == 1))


@check(
    lambda a, say: "reported",
    lambda a, now: {a["is_reported"]: ANY},
    can_fail=False,
    is_reported=Argument("question", frozenset(QuestionType), UP),
)
def is_reported(answer: Column, given: Given) -> Judged:
    """A figure, a date or a text was given, whatever it says.

    Use it where a code asks that something be known or published. A blank is unknown, like every blank: it may still be
    reported. Arguments: `is_reported`, the question.

    >>> CHECKS["is_reported"].judge(Column(np.array([7.0]), np.array([True])), given=None).credit.tolist()
    [1000000]
    """
    return Judged(np.full(len(answer.known), _FULL))


@check(
    _bar("at least", "less"),
    lambda a, now: _amount(a["at_least"], a["full_at"], UP, now),
    at_least=Argument("measure", NUMERIC, UP),
    full_at=Argument("number"),
    zero_at=Argument("number", is_optional=True),
)
def at_least(x: Column, full_at: float, given: Given, zero_at: float | None = None) -> Judged:
    """A number, or a part of a whole, is large enough.

    Full credit from `full_at` up, none from `zero_at` down, a straight line between; a step at `full_at` without
    `zero_at`. Arguments: `at_least` (a question or `{part, of}`), `full_at`, `zero_at`.

    >>> x = Column(np.array([0.999, 0.95, 0.5]), np.array([True, True, True]))
    >>> CHECKS["at_least"].judge(x, full_at=1.0, zero_at=0.9, given=None).credit.tolist()
    [990000, 500000, 0]
    """
    return Judged(_line(x.values, full_at, zero_at, UP))


@check(
    _bar("at most", "more"),
    lambda a, now: _amount(a["at_most"], a["full_at"], DOWN, now),
    at_most=Argument("measure", NUMERIC, DOWN),
    full_at=Argument("number"),
    zero_at=Argument("number", is_optional=True),
)
def at_most(x: Column, full_at: float, given: Given, zero_at: float | None = None) -> Judged:
    """A number, or a part of a whole, is small enough.

    Full credit up to `full_at`, none from `zero_at` up, a straight line between; a step at `full_at` without `zero_at`.
    Arguments: `at_most` (a question or `{part, of}`), `full_at`, `zero_at`.

    >>> x = Column(np.array([12.0, 36.0, 96.0]), np.array([True, True, True]))
    >>> CHECKS["at_most"].judge(x, full_at=24, zero_at=48, given=None).credit.tolist()
    [1000000, 500000, 0]
    """
    return Judged(_line(x.values, full_at, zero_at, DOWN))


def _best_options(a: Mapping[str, Any], say: Callable[[Any], str]) -> str:
    best = max(a["credit"].values())
    return " or ".join(say(option) for option, credit in sorted(a["credit"].items()) if credit == best)


def _nearest_best(a: Mapping[str, Any], now: Now) -> Goals:
    """The best option that stands nearest to the one chosen, so that as little as possible is claimed to change."""
    options, best = now.questions[a["one_of"]].options, max(a["credit"].values())
    among = [option for option in options if a["credit"][option] == best]
    chosen = now.answers.get(a["one_of"])
    place = options.index(chosen) if isinstance(chosen, str) else len(options)
    nearest = min(among, key=lambda option: abs(options.index(option) - place))
    return {a["one_of"]: Goal(nearest, among=tuple(among))}


@check(
    _best_options,
    _nearest_best,
    one_of=Argument("question", frozenset({QuestionType.CHOICE}), EITHER),
    credit=Argument("credits"),
)
def one_of(answer: Column, credit: list[float], given: Given) -> Judged:
    """The option chosen earns the credit listed for it.

    Use it for steps of practice that a code tells apart. Arguments: `one_of`, the choice; `credit`, every option with
    0 to 1 (handed to the function as a list in the order of the question's options).

    >>> x = Column(np.array([0, 2]), np.array([True, True]))
    >>> CHECKS["one_of"].judge(x, credit=[1, 0.5, 0], given=None).credit.tolist()
    [1000000, 0]
    """
    table = np.rint(np.array(credit) * MICRO).astype(np.int32)
    return Judged(table.take(answer.values, mode="clip"))


def _with_required(a: Mapping[str, Any], now: Now) -> Goals:
    chosen = now.answers.get(a["covers"])
    wanted = {*(chosen if isinstance(chosen, tuple) else ()), *a["required"]}
    wanted -= {NO_OPTION} - {*a["required"]}
    return {a["covers"]: Goal(tuple(o for o in now.questions[a["covers"]].options if o in wanted), UP)}


@check(
    lambda a, say: "all of " + ", ".join(say(option) for option in a["required"]),
    _with_required,
    covers=Argument("question", frozenset({QuestionType.CHOICES}), UP),
    required=Argument("options"),
)
def covers(answer: Column, required: int, given: Given) -> Judged:
    """The share of the required options that were chosen.

    Use it for lists a code sets out. Arguments: `covers`, the choices; `required`, the options that count (handed to
    the function as a bit mask in the order of the question's options).

    >>> x = Column(np.array([0b011, 0b111]), np.array([True, True]))
    >>> CHECKS["covers"].judge(x, required=0b101, given=None).credit.tolist()
    [500000, 1000000]
    """
    bits = [1 << i for i in range(required.bit_length()) if required >> i & 1]
    present = sum((answer.values & bit != 0).astype(np.int64) for bit in bits)
    return Judged(_line(np.asarray(present) / len(bits), 1.0, 0.0, UP))


def _recent(a: Mapping[str, Any], now: Now) -> Goals:
    said = now.answers.get(a["fresh"])
    is_later = isinstance(said, date) and said > now.prepared_on
    within = timedelta(min(a["within_days"], (now.period_to - date.min).days))
    return {a["fresh"]: Goal(now.period_to) if is_later else Goal(now.period_to - within, UP)}


@check(
    lambda a, say: f"at most {a['within_days']:,} days before the period's end",
    _recent,
    fresh=Argument("question", frozenset({QuestionType.DATE}), EITHER),
    within_days=Argument("days"),
)
def fresh(answer: Column, within_days: int, given: Given) -> Judged:
    """A date is recent enough: at most `within_days` before the period's end, or between it and the day of preparation.

    A later date cannot have been seen by whoever prepared the file: it is unknown and flagged. Arguments: `fresh`, the
    date; `within_days`.

    >>> day = Given(np.array([1, 1, 1]), np.array([100, 100, 100]), np.array([110, 110, 110]))
    >>> x = Column(np.array([70, 69, 111]), np.array([True, True, True]))
    >>> judged = CHECKS["fresh"].judge(x, within_days=30, given=day)
    >>> judged.credit.tolist(), judged.usable.tolist()
    ([1000000, 0, 1000000], [True, True, False])
    """
    is_later = answer.values > given.prepared_on
    is_fresh = answer.values >= given.period_to - within_days
    return Judged(_step(is_fresh), ~is_later, {"date-after-preparation": is_later & answer.known})


def _own_target(a: Mapping[str, Any], say: Callable[[Any], str]) -> str:
    words = "within the platform's own target, set before the period"
    most = a.get("credible_at_most")
    return words if most is None else f"{words}; a target over {say(most)} is not believed"


def _own_target_kept(a: Mapping[str, Any], now: Now) -> Goals:
    """Within a target that counts; one that does not is set anew, on any day before the period, as strict as it must
    be. A target that counts is never laxer for it: that would not be a remedy."""
    target, most = now.answers.get(a["target"]), a.get("credible_at_most")
    goals: dict[str, Goal] = {}
    if target is None and most is None:
        return {a["target"]: ANY}
    if not isinstance(target, int | float) or (most is not None and target > most):
        target = float(most or 0)
        goals[a["target"]] = Goal(target, DOWN)
    if now.period_from > date.min:
        goals[a["set_on"]] = Goal(now.period_from - timedelta(1), DOWN)
    return {**goals, **_amount(a["meets_own_target"], target, DOWN, now)}


@check(
    _own_target,
    _own_target_kept,
    meets_own_target=Argument("measure", NUMERIC, DOWN),
    target=Argument("question", NUMERIC, EITHER),
    set_on=Argument("question", frozenset({QuestionType.DATE}), EITHER),
    credible_at_most=Argument("number", is_optional=True),
)
def meets_own_target(
    x: Column, target: Column, set_on: Column, given: Given, credible_at_most: float | None = None
) -> Judged:
    """A figure is within the target that the platform set itself before the period began.

    A target set on or after the period's first day, or laxer than `credible_at_most`, is unknown and flagged.
    Arguments: `meets_own_target` (a question or `{part, of}`); `target`; `set_on`; `credible_at_most` in its unit.

    >>> day = Given(np.array([50, 50]), np.array([100, 100]), np.array([110, 110]))
    >>> yes = np.array([True, True])
    >>> judged = CHECKS["meets_own_target"].judge(
    ...     Column(np.array([6.5, 13.0]), yes), target=Column(np.array([12.0, 12.0]), yes),
    ...     set_on=Column(np.array([1, 60]), yes), given=day)
    >>> judged.credit.tolist(), judged.usable.tolist()
    ([1000000, 0], [True, False])
    """
    is_late = set_on.values >= given.period_from
    flags = {"own-target-set-late": is_late & set_on.known}
    usable = ~is_late
    if credible_at_most is not None:
        is_lax = target.values > credible_at_most
        flags["own-target-not-credible"] = is_lax & target.known
        usable &= ~is_lax
    return Judged(_step(x.values <= target.values), usable, flags)


@check(
    lambda a, say: "in place",
    lambda a, now: {a["in_place"]: Goal(Status.IN_PLACE)},
    in_place=Argument("provision"),
)
def in_place(status: Column, given: Given) -> Judged:
    """What the platform declares about a provision: in place 1, partly 0.5, planned or not in place 0.

    A claimed `not_applicable` and an alternative that does not count read as not answered. Arguments: `in_place`, the
    provision.

    >>> CHECKS["in_place"].judge(Column(np.array([500000]), np.array([True])), given=None).credit.tolist()
    [500000]
    """
    return Judged(status.values, status.known)


@check(None, None, holds=Argument("expression"))
def holds(condition: Truth, given: Given) -> Judged:
    """A condition over answers is true.

    Use it when no other test says it. It is unknown wherever a blank leaves it open. Arguments: `holds`, the
    expression.

    >>> CHECKS["holds"].judge(Truth(np.array([True, False]), np.array([False, True])), given=None).credit.tolist()
    [1000000, 0]
    """
    return Judged(_step(condition.true), condition.true | condition.false)


def measure(column: Callable[[str], Column], written: Any) -> Column:
    """The column of a measure: a question's own, or part / of; values mean nothing where `of` is 0 or blank."""
    if isinstance(written, str):
        return column(written)
    part, of = column(written["part"]), column(written["of"])
    return Column(part.values / (of.values + (of.values == 0)), part.known & of.known)


def questions_named(kind: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str, Argument]]:
    """Every question that a test names outside an expression: its id, the argument's name and its declaration.

    `{part, of}` is taken apart into `at_least.part` and `at_least.of`.
    """
    for name, argument in CHECKS[kind].arguments.items():
        written = arguments.get(name)
        if argument.kind == "question" and written is not None:
            yield written, name, argument
        elif argument.kind == "measure":
            if isinstance(written, str):
                yield written, name, argument
            elif written is not None:
                yield written["part"], f"{name}.part", argument
                yield written["of"], f"{name}.of", argument._replace(direction=-argument.direction)


def shape() -> dict[str, Any]:
    """The JSON Schema of a test as written in a code file: one of the declared checks."""
    number = {"type": "number", "minimum": -(2**53), "maximum": 2**53}
    question = {"type": "string", "minLength": 1}
    literals: dict[str, dict[str, Any]] = {
        "question": question,
        "provision": question,
        "expression": {"type": "string", "minLength": 1, "maxLength": 2000},
        "number": number,
        "days": {"type": "integer", "minimum": 0, "maximum": 36_500},
        "options": {"type": "array", "items": question, "minItems": 1, "uniqueItems": True},
        "credits": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}},
        "measure": {
            "anyOf": [
                question,
                {
                    "type": "object",
                    "properties": {"part": question, "of": question},
                    "required": ["part", "of"],
                    "additionalProperties": False,
                },
            ]
        },
    }
    every = {name for declared in CHECKS.values() for name in declared.arguments}
    properties = {
        name: literals[declared.arguments[name].kind]
        for name in sorted(every)
        for declared in CHECKS.values()
        if name in declared.arguments
    }
    return {
        "type": "object",
        "properties": properties | {"when_zero": {"const": "no_cases"}},
        "additionalProperties": False,
        "minProperties": 1,
    }
