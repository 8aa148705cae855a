"""Whether any service can be what conditions say: a search for a profile, a set of answers, that makes them true.

It starts with nothing answered and answers one question after the other with every value that the conditions tell
apart, beside each of their bounds included. A profile is given up as soon as a condition is false of it, by the
product's own three-valued logic, and the first for which all are true ends the search. So finding one is always right;
finding none proves that there is none unless the search was cut, or two questions are calculated with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import combinations, product
from math import ceil, floor
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.document import MOST_WHOLE
from compliance.expressions import (
    Answer,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    Fact,
    Fixed,
    Includes,
    IsYes,
    Junction,
    Leaf,
    Not,
    OneOf,
    Quantity,
    inside,
    truth,
)
from compliance.model import NO_OPTION, NUMERIC, Column, Expression, Question, QuestionType, Value

Array = NDArray[Any]

MOST_TRIED: Final = 100_000
_ROWS: Final = 512  # of one batch: enough for arrays to pay, few enough to come soon to the first that fits
_MOST_OPTIONS: Final = 8  # of which every combination is tried; of more, only every pair and all together
_MOST_BOUNDS: Final = 40  # of questions that are calculated with
_WHOLE = frozenset({QuestionType.COUNT, QuestionType.DATE})
_SOME_DAY: Final = date(2026, 6, 30).toordinal()


@dataclass(frozen=True, slots=True)
class Search:
    """What a search came to: the `profile` found, holding only what mattered, or None; how many were `tried`; whether
    none could have been missed."""

    profile: Mapping[str, Value] | None
    tried: int
    is_certain: bool


def search(
    conditions: Sequence[Expression],
    questions: Mapping[str, Question],
    rules: Iterable[Expression] = (),
    most: int = MOST_TRIED,
) -> Search:
    """A profile for which all conditions are true and none of the `rules` is false, after at most `most` tries."""
    parts = {part for condition in conditions for part in _parts(condition.tree)}
    if any(Not(part) in parts for part in parts):
        return Search(None, 0, is_certain=True)
    asked = [*dict.fromkeys(id for condition in conditions for id in condition.reads)]
    beside = [rule for rule in rules if not set(asked).isdisjoint(rule.reads)]
    leaves = (leaf for expression in (*conditions, *beside) for leaf in _leaves(expression.tree))
    # What reads a question that nobody asks stays unknown.
    values = _Values([leaf for leaf in leaves if {*_named(leaf)} <= {*asked}], questions)
    found = _Tries(conditions, beside, {id: values.of(questions[id]) for id in asked}, most)
    row = found.first()
    profile = None if row is None else {id: _said(questions[id], value) for id, value in row.items()}
    return Search(profile, found.tried, row is not None or (values.are_all and found.tried <= most))


def excluding(
    conditions: Sequence[Expression], questions: Mapping[str, Question], rules: Sequence[Expression] = ()
) -> list[Expression]:
    """Parts of the conditions, taken apart at every `and`, that together keep every profile out; none of them is idle.

    For conditions that a search was certain about. A fact is one part, as its author knows it.
    """
    parts = [_alone(part) for condition in conditions for part in _parts(condition.tree)]
    size = len(parts) // 2
    while size:
        start = 0
        while start < len(parts):
            rest = parts[:start] + parts[start + size :]
            found = search(rest, questions, rules)
            if found.profile is None and found.is_certain:
                parts = rest
            else:
                start += size
        size //= 2
    return parts


def denied(condition: Expression) -> Expression:
    """What is true where the condition is false."""
    return Expression(f"not ({condition.text})", Not(condition.tree), condition.reads)


def _parts(node: Condition) -> Iterator[Condition]:
    if isinstance(node, Junction) and node.word == "and":
        for operand in node.operands:
            yield from _parts(operand)
    else:
        yield node


def _alone(tree: Condition) -> Expression:
    return Expression("", tree, tuple(dict.fromkeys(id for leaf in _leaves(tree) for id in _named(leaf))))


def _leaves(node: Condition) -> Iterator[Leaf]:
    match node:
        case Not() | Fact() | Junction():
            for part in inside(node):
                yield from _leaves(part)  # type: ignore[arg-type]  # what stands inside these are conditions
        case _:
            yield node


def _named(node: Quantity | Condition) -> Iterator[str]:
    if isinstance(node, Answer | IsYes | Includes | OneOf):
        yield node.question
    for part in inside(node):
        yield from _named(part)


def _said(question: Question, value: float) -> Value:
    match question.type:
        case QuestionType.YES_NO:
            return bool(value)
        case QuestionType.CHOICE:
            return question.options[int(value)]
        case QuestionType.CHOICES:
            return tuple(option for i, option in enumerate(question.options) if int(value) >> i & 1)
        case QuestionType.DATE:
            return date.fromordinal(int(value))
    return int(value) if float(value).is_integer() else value


class _Batch(NamedTuple):
    """Rows of profiles in which the questions before number `step` are answered."""

    step: int
    columns: Mapping[str, Array]
    size: int


class _Tries:
    """Profiles in batches, depth first: the columns of what is answered so far, one row each."""

    def __init__(
        self, conditions: Sequence[Expression], rules: Sequence[Expression], values: Mapping[str, Array], most: int
    ) -> None:
        self.conditions, self.rules = conditions, rules
        self.values = [*values.items()]
        self.most = most
        self.tried = 0

    def first(self) -> dict[str, Any] | None:
        """The answers of the first profile that fits."""
        left = [iter([_Batch(0, {}, 1)])]
        while left and self.tried <= self.most:
            batch = next(left[-1], None)
            if batch is None:
                left.pop()
                continue
            self.tried += batch.size
            fits, open = self.judged(batch)
            if fits.size:
                return {id: values[fits[0]] for id, values in batch.columns.items()}
            if batch.step < len(self.values):
                left.append(self.following(batch, open))
        return None

    def following(self, batch: _Batch, open: Array) -> Iterator[_Batch]:
        """The batch's open rows, each with every value of the next question."""
        id, values = self.values[batch.step]
        rows = max(1, _ROWS // len(values))
        for start in range(0, len(open), rows):
            some = open[start : start + rows]
            columns = {other: np.repeat(column[some], len(values)) for other, column in batch.columns.items()}
            columns[id] = np.tile(values, len(some))
            yield _Batch(batch.step + 1, columns, len(columns[id]))

    def judged(self, batch: _Batch) -> tuple[Array, Array]:
        """The rows for which all conditions are true, and those for which nothing is false yet."""
        known = np.ones(batch.size, dtype=bool)
        blank = Column(np.zeros(batch.size, dtype=np.int64), ~known)
        columns: dict[str, Column] = defaultdict(lambda: blank)
        columns.update({id: Column(values, known) for id, values in batch.columns.items()})
        memo: dict[Any, Any] = {}
        found = [truth(condition.tree, columns, memo) for condition in self.conditions]
        broken = [truth(rule.tree, columns, memo).false for rule in self.rules]
        true = reduce(np.logical_and, [each.true for each in found], known)
        open = reduce(np.logical_and, [~false for false in (*(each.false for each in found), *broken)], known)
        return np.flatnonzero(true & open), np.flatnonzero(open)


class _Values:
    """Which answers the leaves tell apart."""

    def __init__(self, leaves: Iterable[Leaf], questions: Mapping[str, Question]) -> None:
        self.questions = questions
        self.are_all = True
        self.alone: dict[str, set[Leaf]] = {}
        self.bounds: dict[str, set[float]] = {}
        self.mixed: set[str] = set()
        leaves = dict.fromkeys(leaf for leaf in leaves if not isinstance(leaf, Constant))
        for leaf in leaves:
            if isinstance(leaf, Comparison) and not (isinstance(leaf.left, Answer) and isinstance(leaf.right, Fixed)):
                self.mixed |= {*_named(leaf)}
            else:
                (id,) = _named(leaf)
                self.alone.setdefault(id, set()).add(leaf)
                if isinstance(leaf, Comparison):
                    self.bounds.setdefault(id, set()).update(_fixed(leaf))
        for leaf in leaves:
            if isinstance(leaf, Comparison) and not self.mixed.isdisjoint(_named(leaf)):
                self.mix(leaf)

    def mix(self, leaf: Comparison) -> None:
        """Bounds for the questions of a calculation: those of all of them, combined with its signs and their
        inverses."""
        ids = {*_named(leaf)}
        if all(self.questions[id].type is QuestionType.CHOICE for id in ids):
            return  # every option is tried
        self.are_all = False
        own = {0.0, 1.0, *_fixed(leaf)}.union(*(self.bounds.get(id, ()) for id in ids))
        if any(self.questions[id].type is QuestionType.DATE for id in ids):
            own.add(float(_SOME_DAY))
        signs = {sign for node in _calculations(leaf) for sign in _WITH_INVERSE[node.sign]}
        derived = (_CALCULATED[sign](a, b) for sign in sorted(signs) for a, b in product(sorted(own), repeat=2))
        found = {value for value in derived if 0 < value <= MOST_WHOLE} - own
        for id in ids:
            self.bounds.setdefault(id, set()).update([*own, *sorted(found)][:_MOST_BOUNDS])

    def of(self, question: Question) -> Array:
        """One answer of each sort; of all that are tried where the question is compared with another."""
        values = self.candidates(question)
        if question.id in self.mixed or question.id not in self.alone:
            return values
        columns = {question.id: Column(values, np.ones(len(values), dtype=bool))}
        told = [truth(leaf, columns, {}).true for leaf in sorted(self.alone[question.id], key=repr)]
        _, first = np.unique(np.stack(told), axis=1, return_index=True)
        return values[np.sort(first)]

    def candidates(self, question: Question) -> Array:
        match question.type:
            case QuestionType.YES_NO:
                return np.array([1.0, 0.0])
            case QuestionType.CHOICE:
                return np.arange(len(question.options), dtype=np.float64)
            case QuestionType.CHOICES:
                return np.array([*dict.fromkeys(self.lists(question))], dtype=np.int64)
        return np.array(self.numbers(question), dtype=np.float64)

    def lists(self, question: Question) -> Iterator[int]:
        """Every combination of the options that are named, and one that is not; "none" stands alone."""
        named = [leaf.option for leaf in self.alone[question.id] if isinstance(leaf, Includes)]
        none = question.options.index(NO_OPTION) if NO_OPTION in question.options else -1
        others = [i for i in range(len(question.options)) if i not in named]
        together = sorted({*named} - {none})
        sizes: Iterable[int] = range(1, len(together) + 1)
        if len(together) > _MOST_OPTIONS:
            self.are_all = False
            sizes = (1, 2, len(together))
        for some in (some for size in sizes for some in combinations(together, size)):
            yield sum(1 << option for option in some)
        if none >= 0 or others:
            yield 1 << (none if none >= 0 else others[0])
        if others and others != [none]:
            yield 1 << next(option for option in others if option != none)

    def numbers(self, question: Question) -> list[float]:
        """The bounds, what lies between each two and beyond both ends, as far as the question allows."""
        is_date = question.type is QuestionType.DATE
        least = 1.0 if is_date else float(question.minimum or 0)
        most = float(date.max.toordinal() if is_date else MOST_WHOLE)
        if question.type in NUMERIC and question.maximum is not None:
            most = float(question.maximum)
        most = min(most, 1.0) if question.type is QuestionType.SHARE else most
        bounds = sorted(self.bounds.get(question.id, ()))
        if question.type in _WHOLE:
            beside = {float(whole + step) for b in bounds for whole in (floor(b), ceil(b)) for step in (-1, 0, 1)}
        else:
            between = ((a + b) / 2 for a, b in zip([least, *bounds], [*bounds, most], strict=True))
            beside = {*bounds, *between, *(b + step for b in bounds for step in (-1.0, 1.0))}
        return sorted(value for value in beside | {least, most} if least <= value <= most)


def _fixed(node: Quantity | Condition) -> Iterator[float]:
    if isinstance(node, Fixed):
        yield node.value
    for part in inside(node):
        yield from _fixed(part)


def _calculations(node: Quantity | Condition) -> Iterator[Arithmetic]:
    if isinstance(node, Arithmetic):
        yield node
    for part in inside(node):
        yield from _calculations(part)


_CALCULATED: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else 0.0,
}
_WITH_INVERSE = {"+": "+-", "-": "+-", "*": "*/", "/": "*/"}
