"""The language of conditions: text to a checked tree, a tree over columns to three-valued arrays, and both to words.

Text is read by the standard library's `ast` and rebuilt as the small frozen nodes below, so nothing that a rules file
says is ever run. What `parse` accepts is typed and bounded, so `evaluate` cannot fail on it: a comparison with a
blank, a division by zero and an overflow are unknown. Reasons in words ask `evaluate`'s own functions about one row.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import reduce
from math import isfinite
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any, Final, Literal, NamedTuple, TypeVar

import numpy as np

from compliance.model import NUMERIC, Column, Expression, Question, QuestionType, Truth
from compliance.problems import nearest, problem, quoted

MAX_CHARACTERS: Final = 2_000
MAX_LEVELS: Final = 40
MAX_FAULTS: Final = 10
# With its facts written out, a condition still has to be walked without exhausting the stack or anyone's patience.
MAX_EXPANDED_LEVELS: Final = 80
MAX_EXPANDED_PARTS: Final = 5_000

Kind = Literal["condition", "number"]
T = TypeVar("T")
R = TypeVar("R")


class Fault(NamedTuple):
    """Something wrong with a condition's text, `offset` characters into it."""

    offset: int
    id: str
    message: str
    hint: str


# The tree


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number as written; `text` is what an option's rank or a day's ordinal stands for."""

    value: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    question: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    left: Quantity
    sign: str
    right: Quantity


@dataclass(frozen=True, slots=True)
class Constant:
    holds: bool


@dataclass(frozen=True, slots=True)
class IsYes:
    question: str


@dataclass(frozen=True, slots=True)
class Includes:
    """A `choices` answer has the option of that index."""

    question: str
    option: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """A `choice` answer is one of the options of those indexes."""

    question: str
    options: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Quantity
    sign: str
    right: Quantity


class _Remembering:
    """Hashes once: a condition is looked up by value again and again, and may hold a hundred others."""

    __slots__ = ("_hash",)
    _hash: int

    def remembered(self) -> int:
        try:
            return self._hash
        except AttributeError:
            parts = [getattr(self, name) for name in type(self).__match_args__]  # type: ignore[attr-defined]
            object.__setattr__(self, "_hash", hash((type(self), *parts)))
            return self._hash


@dataclass(frozen=True, slots=True)
class Not(_Remembering):
    operand: Condition

    __hash__ = _Remembering.remembered


@dataclass(frozen=True, slots=True)
class Junction(_Remembering):
    word: str
    operands: tuple[Condition, ...]

    __hash__ = _Remembering.remembered


@dataclass(frozen=True, slots=True)
class Fact(_Remembering):
    name: str
    condition: Condition

    __hash__ = _Remembering.remembered


Quantity = Fixed | Answer | Arithmetic
Leaf = Constant | IsYes | Includes | OneOf | Comparison
Condition = Leaf | Not | Junction | Fact


def inside(node: Quantity | Condition) -> tuple[Quantity | Condition, ...]:
    match node:
        case Junction(operands=operands):
            return operands
        case Not(inner) | Fact(condition=inner):
            return (inner,)
        case Comparison() | Arithmetic():
            return (node.left, node.right)
        case _:
            return ()


# Text to tree

_NUMBER = re.compile(r"(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOKEN = re.compile(
    r"""(?P<gap>[^!-~]+)
      | (?P<number>\.?[0-9](?:[eE][-+](?=[0-9])|[\w.])*)
      | (?P<name>[A-Za-z_][\w.]*)
      | (?P<text>"[^"\\]*"|'[^'\\]*')
      | (?P<sign>[=!<>]=|[-+*/<>,()\[\]])
      | (?P<other>["'\#].*|.)""",
    re.ASCII | re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"and", "or", "not", "in"})
_LANGUAGE = (
    "A condition is made of question ids, facts, decimal numbers, quoted text, lists of text, true, false, "
    "and, or, not, in, == != < <= > >= + - * / and parentheses."
)
_INSTEAD = {
    "=": "Write == to compare.",
    "is": "Write == to compare.",
    "!": "Write not.",
    "&": "Write and.",
    "|": "Write or.",
    "#": "Put comments in the file, outside the condition.",
    "True": "Write true.",
    "False": "Write false.",
    '"': "Close the text with the same quote, without a backslash.",
    "'": "Close the text with the same quote, without a backslash.",
}
_SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Operand(NamedTuple):
    """A typed part; quoted text means something only beside a question, so its `tree` is pairs of offset and text.

    `kind` is a condition, number, date, choice, choices, text (a question of that type), quoted text or list.
    """

    kind: str
    offset: int
    tree: Any
    question: Question | None = None

    def __str__(self) -> str:
        return f"{self.question.id} ({self.question.type})" if self.question else f"a {self.kind}"


class _FaultyError(Exception):
    """Carries the faults of one part, its arguments, past everything that would need that part."""


def parse(
    text: str,
    questions: Mapping[str, Question],
    facts: Mapping[str, Expression],
    suggests: bool = True,
    kind: Kind = "condition",
) -> tuple[Expression | None, list[Fault]]:
    """The checked condition, or calculation of a number, behind `text`, or None and what is wrong with it, in the order
    of the text.

    `suggests` says whether to look for the nearest name to one that is unknown, which takes milliseconds.
    """
    if len(text) > MAX_CHARACTERS:
        return None, [_fault(MAX_CHARACTERS, "expression-too-long", most=MAX_CHARACTERS)]
    checker = _Checker(text, questions, facts, suggests)
    try:
        return Expression(text, checker.read(kind), tuple(checker.reads)), []
    except _FaultyError as error:
        return None, sorted(set(error.args))[:MAX_FAULTS]


def caret(text: str, offset: int) -> str:
    """The part of `text` around `offset` on one line, and a caret under the character there on the next."""
    width, before = 76, 50
    start = max(0, min(offset - before, len(text) - width))
    shown = re.sub(r"[^ -~]", "?", re.sub(r"\s", " ", text[start : start + width]))
    lead, tail = "... " if start else "", " ..." if start + width < len(text) else ""
    return f"    {lead}{shown}{tail}\n    {' ' * (len(lead) + offset - start)}^"


def _fault(offset: int, id: str, **details: object) -> Fault:
    worded = problem(id, "", 0, 0, "", **details)
    return Fault(offset, id, worded.message, worded.hint)


def _unreadable(offset: int, found: str) -> Fault:
    hint = _INSTEAD.get(found) or _INSTEAD.get(found[:1], _LANGUAGE)
    where = f"from {quoted(found)} on" if found else "to its end"
    return _fault(offset, "expression-syntax", where=where, hint=hint)


def _every(read: Callable[[T], R], parts: Iterable[T]) -> list[R]:
    """`read` of every part, or all their faults together."""
    results: list[R] = []
    faults: list[Fault] = []
    for part in parts:
        try:
            results.append(read(part))
        except _FaultyError as error:
            faults += error.args
    if faults:
        raise _FaultyError(*faults)
    return results


def _scan(text: str) -> Iterator[Fault]:
    """What cannot be part of any condition, found before Python's parser, which would let some of it pass."""
    for run in re.finditer(r"[^\t\n\r -~]+", text):
        yield _unreadable(run.start(), run.group())
    depth, follows_operand = 0, False
    for token in _TOKEN.finditer(text):
        kind, found, offset = token.lastgroup, token.group(), token.start()
        if kind == "gap":
            continue
        depth += (found in ("(", "[")) - (found in (")", "]"))
        if depth > MAX_LEVELS:
            yield _fault(offset, "expression-too-deep", most=MAX_LEVELS)
            return
        is_operand = kind in ("number", "name", "text") and found not in _WORDS
        if kind == "other" or (kind == "name" and is_operand and any(map(keyword.iskeyword, found.split(".")))):
            yield _unreadable(offset, found)
            is_operand = False
        elif kind == "number" and not (_NUMBER.fullmatch(found) and isfinite(float(found))):
            yield _fault(offset, "expression-bad-number", found=found)
        elif is_operand and follows_operand:
            yield _fault(offset, "expression-missing-operator", found=found)
        follows_operand = is_operand


def _exceeds(root: T, inside: Callable[[T], Iterable[T]], levels: int, parts: int) -> bool:
    """Whether a tree is deeper or larger than that; stops counting there, since facts within facts can double."""
    count = 0
    left = [(root, 1)]
    while left:
        node, level = left.pop()
        count += 1
        if level > levels or count > parts:
            return True
        left += [(child, level + 1) for child in inside(node)]
    return False


def _operands(syntax: ast.expr) -> list[ast.expr]:
    """The expressions right inside another; a dotted id has none."""
    if isinstance(syntax, ast.Attribute):
        return []
    return [child for child in ast.iter_child_nodes(syntax) if isinstance(child, ast.expr)]


class _Checker:
    """Turns one text into a typed tree, noting the questions it reads."""

    def __init__(
        self, text: str, questions: Mapping[str, Question], facts: Mapping[str, Expression], suggests: bool
    ) -> None:
        # A condition may span lines; a space in place of each break keeps every offset and satisfies `ast`.
        self.text = re.sub(r"[\t\r\n]", " ", text)
        self.indent = len(self.text) - len(self.text.lstrip())
        self.questions, self.facts, self.suggests = questions, facts, suggests
        self.reads: dict[str, None] = {}

    def read(self, kind: str) -> Any:
        if faults := list(_scan(self.text)):
            raise _FaultyError(*faults)
        syntax = self.syntax()
        if _exceeds(syntax, _operands, MAX_LEVELS, MAX_CHARACTERS):
            raise _FaultyError(_fault(self.indent, "expression-too-deep", most=MAX_LEVELS))
        tree = self.tree(kind, syntax)
        if _exceeds(tree, inside, MAX_EXPANDED_LEVELS, MAX_EXPANDED_PARTS):
            raise _FaultyError(
                _fault(self.indent, "expression-too-large", levels=MAX_EXPANDED_LEVELS, parts=MAX_EXPANDED_PARTS)
            )
        return tree

    def syntax(self) -> ast.expr:
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as error:
            # Offset 0 is how CPython says that the text ended too soon.
            offset = self.indent + error.offset - 1 if error.offset else len(self.text)
            found = re.match(r"[\w.]+|.", self.text[offset:])
            raise _FaultyError(_unreadable(offset, found.group() if found else "")) from None
        except (MemoryError, RecursionError):
            raise _FaultyError(_fault(self.indent, "expression-too-deep", most=MAX_LEVELS)) from None

    def needs(self, kind: str, operand: _Operand) -> Any:
        """The operand's tree, if it is of that kind."""
        if operand.kind != kind:
            raise _FaultyError(_fault(operand.offset, "expression-wrong-type", found=operand, needed=f"a {kind}"))
        return operand.tree

    def tree(self, kind: str, node: ast.expr) -> Any:
        return self.needs(kind, self.operand(node))

    def trees(self, kind: str, nodes: Iterable[ast.expr]) -> list[Any]:
        return _every(lambda node: self.tree(kind, node), nodes)

    def operand(self, node: ast.expr) -> _Operand:
        offset = self.indent + node.col_offset
        match node:
            case ast.Name() | ast.Attribute():
                return self.named(self.source(node), offset)
            case ast.Constant(value=str(text)):
                return _Operand("quoted text", offset, ((offset, text),))
            case ast.Constant(value=int() | float() as number):
                return _Operand("number", offset, Fixed(float(number)))
            case ast.List(elts=elements):
                return _Operand("list", offset, tuple(text for (text,) in self.trees("quoted text", elements)))
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub()):
                return _Operand("number", offset, self.calculation(node))
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return _Operand("condition", offset, self.compound(node))
        raise _FaultyError(_fault(offset, "expression-not-allowed", found=self.source(node), hint=_LANGUAGE))

    def source(self, node: ast.expr) -> str:
        return self.text[self.indent + node.col_offset : self.indent + (node.end_col_offset or 0)]

    def named(self, name: str, offset: int) -> _Operand:
        if name in ("true", "false"):
            return _Operand("condition", offset, Constant(name == "true"))
        if fact := self.facts.get(name):
            self.reads |= dict.fromkeys(fact.reads)
            return _Operand("condition", offset, Fact(name, fact.tree))
        if question := self.questions.get(name):
            self.reads[name] = None
            if question.type is QuestionType.YES_NO:
                return _Operand("condition", offset, IsYes(name), question)
            kind = "number" if question.type in NUMERIC else question.type.value
            return _Operand(kind, offset, Answer(name), question)
        near = nearest(name, [*self.facts, *self.questions]) if self.suggests else None
        hint = f"Did you mean {near}?" if near else "Use a question's id or the name of a fact defined before."
        raise _FaultyError(_fault(offset, "expression-unknown-name", name=name, hint=hint))

    def calculation(self, node: ast.BinOp | ast.UnaryOp) -> Quantity:
        if isinstance(node, ast.UnaryOp):
            inner = self.tree("number", node.operand)
            return Fixed(-inner.value) if isinstance(inner, Fixed) else Arithmetic(Fixed(0.0), "-", inner)
        left, right = _every(self.operand, (node.left, node.right))
        sign = _ARITHMETIC[type(node.op)]
        # Two dates have one use in arithmetic: the days between them.
        kind = "date" if sign == "-" and left.kind == "date" else "number"
        first, second = _every(lambda operand: self.needs(kind, operand), (left, right))
        return Arithmetic(first, sign, second)

    def compound(self, node: ast.BoolOp | ast.Compare | ast.UnaryOp) -> Condition:
        match node:
            case ast.BoolOp(op=op, values=values):
                return Junction("and" if isinstance(op, ast.And) else "or", tuple(self.trees("condition", values)))
            case ast.Compare(left=first, ops=ops, comparators=others):
                operands = _every(self.operand, [first, *others])
                pairs = zip(operands, ops, operands[1:], strict=False)
                links = _every(lambda link: self.link(*link), pairs)
                return links[0] if len(links) == 1 else Junction("and", tuple(links))
            case _:
                return Not(self.tree("condition", node.operand))

    def link(self, left: _Operand, op: ast.cmpop, right: _Operand) -> Condition:
        if isinstance(op, ast.In | ast.NotIn):
            inside = self.membership(left, right)
            return inside if isinstance(op, ast.In) else Not(inside)
        left, right, sign = self.beside(right, left), self.beside(left, right), _SIGNS[type(op)]
        self.check_comparable(left, sign, right)
        if left.kind == "condition":
            same = _same(left.tree, right.tree)
            return same if sign == "==" else Not(same)
        if isinstance(left.tree, Fixed) and not isinstance(right.tree, Fixed):
            left, right, sign = right, left, _MIRRORED[sign]
        if left.kind == "choice" and isinstance(right.tree, Fixed) and sign in ("==", "!="):
            one = OneOf(left.tree.question, (int(right.tree.value),))
            return one if sign == "==" else Not(one)
        return Comparison(left.tree, sign, right.tree)

    def check_comparable(self, left: _Operand, sign: str, right: _Operand) -> None:
        scales = {(operand.question.type, operand.question.options) for operand in (left, right) if operand.question}
        if left.kind != right.kind or left.kind not in ("condition", "number", "date", "choice") or len(scales) > 1:
            raise _FaultyError(_fault(left.offset, "expression-not-comparable", sign=sign, left=left, right=right))
        has_order = left.kind in ("number", "date") or (left.question is not None and left.question.ordered)
        if sign not in ("==", "!=") and not has_order:
            raise _FaultyError(_fault(left.offset, "expression-no-order", sign=sign, left=left))

    def membership(self, left: _Operand, right: _Operand) -> Condition:
        match left.kind, right.kind:
            case "quoted text", "choices":
                return Includes(right.tree.question, self.option(right, *left.tree[0]))
            case "choice", "list" if right.tree:
                options = _every(lambda text: self.option(left, *text), right.tree)
                return OneOf(left.tree.question, tuple(sorted(set(options))))
        raise _FaultyError(_fault(left.offset, "expression-not-comparable", sign="in", left=left, right=right))

    def beside(self, other: _Operand, operand: _Operand) -> _Operand:
        """The operand, read as an option or a day where it is quoted text beside a choice or a date."""
        if operand.kind != "quoted text" or other.kind not in ("choice", "date"):
            return operand
        offset, text = operand.tree[0]
        value = self.option(other, offset, text) if other.kind == "choice" else _ordinal(offset, text)
        return other._replace(offset=offset, tree=Fixed(float(value), text))

    def option(self, of: _Operand, offset: int, text: str) -> int:
        options = of.question.options if of.question else ()
        if text not in options:
            near = nearest(text, options) if self.suggests else None
            hint = f"Did you mean {near}?" if near else f"The options are {', '.join(options)}."
            raise _FaultyError(_fault(offset, "expression-unknown-option", option=text, question=of, hint=hint))
        return options.index(text)


def _ordinal(offset: int, text: str) -> int:
    with suppress(ValueError):
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).toordinal()
    raise _FaultyError(_fault(offset, "expression-bad-date", found=text))


def _same(left: Condition, right: Condition) -> Condition:
    """Both hold or neither does; written with what is there already, since three-valued logic loses nothing by it."""
    if isinstance(left, Constant):
        left, right = right, left
    if isinstance(right, Constant):
        return left if right.holds else Not(left)
    return Junction("or", (Junction("and", (left, right)), Junction("and", (Not(left), Not(right)))))


# Tree and columns to arrays

_COMPARE = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_CALCULATE = {"+": add, "-": sub, "*": mul, "/": truediv}


def evaluate(expression: Expression, columns: Mapping[str, Column], memo: dict[Any, Any] | None = None) -> Truth:
    """Where the condition holds and where it fails, as read-only arrays; `columns` has one for every question it reads.

    `memo` keeps what was found per condition, for other expressions over the same columns.
    """
    true, false = truth(expression.tree, columns, {} if memo is None else memo)
    rows = next((column.known.shape for column in columns.values()), (1,))
    return Truth(_spread(true, rows), _spread(false, rows))


def _spread(array: Any, rows: tuple[int, ...]) -> Any:
    if array.shape != rows:
        return np.broadcast_to(array, rows)
    array.flags.writeable = False
    return array


def truth(node: Condition, columns: Mapping[str, Column], memo: dict[Any, Any]) -> Truth:
    truth: Truth | None = memo.get(node)
    if truth is None:
        truth = memo[node] = _settle(node, columns, memo)
    return truth


def _settle(node: Condition, columns: Mapping[str, Column], memo: dict[Any, Any]) -> Truth:
    match node:
        case Fact(condition=condition):
            return truth(condition, columns, memo)
        case Not(operand):
            return Truth(*reversed(truth(operand, columns, memo)))
        case Junction(word, operands):
            true, false = zip(*(truth(operand, columns, memo) for operand in operands), strict=True)
            if word == "and":
                return Truth(reduce(np.logical_and, true), reduce(np.logical_or, false))
            return Truth(reduce(np.logical_or, true), reduce(np.logical_and, false))
    holds, known = _observed(node, columns)
    return Truth(known & holds, known & ~holds)


def _observed(leaf: Leaf, columns: Mapping[str, Column]) -> tuple[Any, Any]:
    """What a leaf comes to in every row, and in which rows that means anything."""
    match leaf:
        case Constant(holds):
            return np.array(holds), np.array(True)
        case Comparison(left, sign, right):
            (a, a_known), (b, b_known) = quantity(left, columns), quantity(right, columns)
            return _COMPARE[sign](a, b), a_known & b_known
    values, known = columns[leaf.question]
    match leaf:
        case IsYes():
            return values != 0, known
        case Includes(option=option):
            return values >> option & 1 != 0, known
        case OneOf(options=options):
            return reduce(np.logical_or, [values == option for option in options]), known


def quantity(node: Quantity, columns: Mapping[str, Column]) -> Column:
    """Doubles, known where every part is known and finite."""
    match node:
        case Fixed(value):
            return Column(np.array(value), np.array(True))
        case Answer(question):
            values, known = columns[question]
            return Column(values.astype(np.float64, copy=False), known)
        case Arithmetic(left, sign, right):
            (a, a_known), (b, b_known) = quantity(left, columns), quantity(right, columns)
            with np.errstate(all="ignore"):
                result = _CALCULATE[sign](a, b)
            return Column(result, a_known & b_known & np.isfinite(result))
