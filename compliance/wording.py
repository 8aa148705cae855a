"""Conditions and answers in words: what a rule asks, and why it holds, fails or is unknown for one self-assessment.

Reasons ask `expressions`' own functions about one row, so they cannot disagree with the result they explain. All that
is said of a row is true of it at once, whatever the words of the condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

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
    quantity,
    truth,
)
from compliance.model import Column, Expression, Question, QuestionType, Value

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OPERATIONS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_AMOUNTS = {"==": "exactly", "!=": "not exactly", "<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
_RANKS = _AMOUNTS | {"==": "the same as", "!=": "not the same as", "<": "below", ">": "above"}
_DAYS = {"==": "on", "!=": "not on", "<": "before", "<=": "on or before", ">": "after", ">=": "on or after"}
# "At least 1 kinds" is no English; only whole numbers are counted.
_FROM_ONE: dict[tuple[str, bool, float], str] = {
    (">=", True, 1): "one or more",
    (">=", False, 1): "no",
    ("<", True, 1): "no",
    ("<", False, 1): "one or more",
}
_RELATIONS = {QuestionType.CHOICE: _RANKS, QuestionType.DATE: _DAYS}


def explain(expression: Expression, columns: Mapping[str, Column], questions: Mapping[str, Question]) -> str:
    """Why the condition holds, fails or is unknown for the one row in `columns`, with the answers that make it so."""
    return _Words(questions, columns).why(expression.tree)


def describe(expression: Expression, questions: Mapping[str, Question], is_brief: bool = False) -> str:
    """The condition in plain words; if brief, what a fact means is left out, and its name is in quotation marks."""
    return _Words(questions, is_brief=is_brief).asked(expression.tree)


def unanswered(expression: Expression, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """The questions whose blanks keep the condition unknown for the one row in `columns`, in reading order."""
    leaves = _open(expression.tree, columns, {})
    return tuple(dict.fromkeys(id for leaf in leaves for id in _blanks(leaf, columns)))


def say(value: Value, question: Question) -> str:
    """An answer to the question, or a value to hold answers against, as a person reads it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            unit = f" {question.type}" if question.type in (QuestionType.HOURS, QuestionType.DAYS) else ""
            return _number(value) + (unit.removesuffix("s") if value == 1 else unit)
        case tuple():
            return ", ".join(map(_spoken, value)) or "none"
        case date():
            return value.isoformat()
    return _spoken(value) if question.type is QuestionType.CHOICE else value


def _number(value: float) -> str:
    is_whole = float(value).is_integer() and abs(value) < 1e16
    return f"{int(value):,}" if is_whole else f"{value:,.15g}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _option(name: str) -> str:
    """An option inside a sentence that may negate it: "is not not due" is no English."""
    spoken = _spoken(name)
    return f"“{spoken}”" if spoken.startswith("not ") else spoken


def _named(fact: str, holds: bool) -> str:
    return _spoken(fact) if holds else f"not {_spoken(fact)}"


def _runs(conditions: Iterable[Condition]) -> Iterator[tuple[str | None, list[Condition]]]:
    """The conditions in order, those that name options of one list together with its question, if they are several."""
    for question, run in groupby(conditions, lambda each: each.question if isinstance(each, Includes) else None):
        several = list(run)
        if question is not None and len(several) > 1:
            yield question, several
        else:
            yield from ((None, [each]) for each in several)


def _state(node: Condition, columns: Mapping[str, Column], memo: dict[Any, Any]) -> bool | None:
    """Whether the condition holds in the one row there is; None where that is unknown."""
    true, false = truth(node, columns, memo)
    return True if true.item() else False if false.item() else None


def _open(node: Condition, columns: Mapping[str, Column], memo: dict[Any, Any]) -> Iterator[Leaf]:
    """The leaves that keep a condition unknown: what is settled either way keeps nothing open."""
    if _state(node, columns, memo) is not None:
        return
    match node:
        case Not(inner) | Fact(condition=inner):
            yield from _open(inner, columns, memo)
        case Junction(operands=operands):
            for operand in operands:
                yield from _open(operand, columns, memo)
        case _:
            yield node


def _blanks(node: Quantity | Condition, columns: Mapping[str, Column]) -> Iterator[str]:
    if isinstance(node, Answer | IsYes | Includes | OneOf) and not columns[node.question].known.item():
        yield node.question
    for part in inside(node):
        yield from _blanks(part, columns)


class _Words:
    """Phrases for one expression: what was answered where there is a row of columns, else what the rule asks."""

    def __init__(
        self, questions: Mapping[str, Question], columns: Mapping[str, Column] | None = None, is_brief: bool = False
    ) -> None:
        self.questions = questions
        self.is_brief = is_brief
        self.is_observed = columns is not None
        self.columns = columns or {}
        self.memo: dict[Any, Any] = {}

    def why(self, node: Condition) -> str:
        return " and ".join(dict.fromkeys(self.reasons(node)))

    def reasons(self, node: Condition) -> Iterator[str]:
        """What settles a condition, or what keeps it open, in reading order.

        All of it is true at once, whatever the condition's own words are: "and" is the only way to join it.
        """
        holds = _state(node, self.columns, self.memo)
        if holds is None:
            for leaf in _open(node, self.columns, self.memo):
                yield from self.gaps(leaf)
            return
        match node:
            case Not(operand):
                yield from self.reasons(operand)
            case Fact(name, condition):
                yield f"{_named(name, holds)} ({self.why(condition)})"
            case Junction(word, operands):
                deciding = [each for each in operands if _state(each, self.columns, self.memo) is holds]
                yield from self.together(deciding[:1] if word == "or" and holds else deciding, holds)
            case _:
                yield self.phrase(node, holds)

    def together(self, deciding: Iterable[Condition], holds: bool) -> Iterator[str]:
        """The reasons one after the other, options of one list in one phrase."""
        for question, several in _runs(deciding):
            if question is None:
                yield from self.reasons(several[0])
                continue
            among = self.among(question, several, is_all=True, holds=holds)
            yield among if holds else f"{among} ({self.answer(self.questions[question])})"

    def among(self, question: str, options: Iterable[Condition], is_all: bool, holds: bool) -> str:
        """Several options of one list, of which all or any have to be chosen, or not to be."""
        of = self.questions[question]
        named = ", ".join(_spoken(of.options[each.option]) for each in options if isinstance(each, Includes))
        if is_all:
            return f"{named} are among {of.label}" if holds else f"none of {named} is among {of.label}"
        return f"any of {named} is among {of.label}" if holds else f"{named} are not all among {of.label}"

    def gaps(self, leaf: Leaf) -> Iterator[str]:
        blanks = list(_blanks(leaf, self.columns))
        for id in blanks:
            yield f"{self.questions[id].label}: not answered"
        if not blanks and isinstance(leaf, Comparison):
            for side in (leaf.left, leaf.right):
                if not quantity(side, self.columns).known.item():
                    yield f"{self.quantity(side)} cannot be worked out"

    def asked(self, node: Condition, holds: bool = True, around: str = "") -> str:
        """The condition, or its opposite, in the words of the rule."""
        match node:
            case Not(operand):
                return self.asked(operand, not holds, around)
            case Fact(name) if self.is_brief:
                return f"{'' if holds else 'not '}“{_spoken(name)}”"
            case Fact(name, condition):
                return f"{_named(name, holds)} ({self.asked(condition)})"
            case Junction(word, operands):
                is_all = (word == "and") is holds
                inner = "and" if is_all else "or"
                parts = [
                    self.asked(run[0], holds, inner) if question is None else self.among(question, run, is_all, holds)
                    for question, run in _runs(operands)
                ]
                text = (" and " if is_all else ", or ").join(parts)
                return text if is_all or around != "and" else f"({text})"
            case _:
                return self.phrase(node, holds)

    def phrase(self, leaf: Leaf, holds: bool) -> str:
        match leaf:
            case Constant():
                return "always" if leaf.holds is (holds or self.is_observed) else "never"
            case Comparison():
                return self.relation(leaf, holds)
        question = self.questions[leaf.question]
        is_or_not = "is" if holds else "is not"
        match leaf:
            case IsYes():
                return f"{question.label}: {say(holds, question)}"
            case Includes(option=option):
                found = "" if holds or not self.is_observed else f" ({self.answer(question)})"
                return f"{_spoken(question.options[option])} {is_or_not} among {question.label}{found}"
            case OneOf(options=options):
                wanted = " or ".join(_option(question.options[option]) for option in options)
                wanted = f"either {wanted}" if len(options) > 1 else wanted
                if not self.is_observed:
                    return f"{question.label} {is_or_not} {wanted}"
                found = f"{question.label} is {self.answer(question)}"
                return found if holds else f"{found}, not {wanted}"

    def relation(self, leaf: Comparison, holds: bool) -> str:
        question = self.questions[leaf.left.question] if isinstance(leaf.left, Answer) else None
        words = _RELATIONS.get(question.type, _AMOUNTS) if question else _AMOUNTS
        relation = words[leaf.sign if holds else _NEGATED[leaf.sign]]
        left, right = self.quantity(leaf.left), self.quantity(leaf.right, question)
        is_count = question is not None and question.type is QuestionType.COUNT
        if is_count and isinstance(leaf.right, Fixed) and not self.is_observed:
            return _FROM_ONE.get((leaf.sign, holds, leaf.right.value), f"{relation} {right}") + f" {left}"
        return f"{left} {'are' if is_count else 'is'} {relation} {right}"

    def quantity(self, node: Quantity, beside: Question | None = None) -> str:
        match node:
            case Fixed(value, text):
                return _spoken(text) or (say(value, beside) if beside else _number(value))
            case Answer(id):
                question = self.questions[id]
                if not self.is_observed:
                    return question.label
                answer = self.answer(question)
                is_count = question.type is QuestionType.COUNT
                return f"{answer} {question.label}" if is_count else f"{question.label} ({answer})"
            case Arithmetic(left, sign, right):
                return f"{self.nested(left)} {_OPERATIONS[sign]} {self.nested(right)}"

    def nested(self, node: Quantity) -> str:
        words = self.quantity(node)
        return f"({words})" if isinstance(node, Arithmetic) else words

    def answer(self, question: Question) -> str:
        value = self.columns[question.id].values.item()
        match question.type:
            case QuestionType.CHOICE:
                return say(question.options[int(value)], question)
            case QuestionType.CHOICES:
                return say(tuple(o for i, o in enumerate(question.options) if int(value) >> i & 1), question)
            case QuestionType.DATE:
                return say(date.fromordinal(int(value)), question)
        return say(value, question)
