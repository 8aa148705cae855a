"""Reads the shared catalogue: the questions and the consistency rules between their answers.

`Reader` is what every reader of rules shares: it turns bad expressions and broken references into problems at their
place in the file. What `read_catalogue` returns can be computed with; what an author owes a reader beyond that is
`_lint`. A question that another one `replaces` may be gone: the id is kept as a trail and leads nowhere in a file.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import asdict
from functools import cache
from typing import Any

from compliance import schema
from compliance.document import MOST_WHOLE, Read, Tree, dotted
from compliance.document import read as read_document
from compliance.expressions import MAX_CHARACTERS, Fault, Kind, caret, parse
from compliance.model import (
    NO_OPTION,
    NUMERIC,
    Catalogue,
    Clock,
    ConsistencyRule,
    Expression,
    LeastRating,
    Mark,
    Path,
    Problem,
    Question,
    QuestionType,
    Role,
    Source,
)
from compliance.problems import MOST_PROBLEMS, nearest, problem, quoted

FORMAT = "questions/1"
SHORTEST_DEFINE = 60
ID = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"
KEBAB = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
OWED = {
    "source": "Name the document, the section in it, and the mark of how it was verified.",
    "unit": "Name what the amount is counted in, such as GBP.",
    "effort": "Write days, weeks or months.",
    "from": "Write the first day on which it is in force.",
}
CLOCK_KEYS = ("start", "stop", "items", "statistic", "open_items", "n")

_MOST_LISTED = 12

# What is written in place of the language of conditions, outside quotes: what kind of problem it is, and what to do.
_SLIPS = [
    (re.compile(pattern), id, hint)
    for pattern, id, hint in (
        (r"\b(?:AND|OR|NOT|IN|And|Or|Not|In)\b", "expression-syntax", "Write it in small letters."),
        (r"[“”„‘’]", "expression-syntax", "Type straight quotes in place of the curly ones."),
        (r"=>|≥", "expression-syntax", "Write >=, which is at least."),
        (r"=<|≤", "expression-syntax", "Write <=, which is at most."),
        (r"<>|≠", "expression-syntax", "Write !=, which is not equal to."),
        (
            r"(?<![0-9])[0-9]+(?:(?:[,.' ][0-9]{3}){2,}|[,' ][0-9]{3}(?![0-9])| ?(?:thousand|million|k|m|bn)\b)",
            "expression-bad-number",
            "",
        ),
        (r"%", "expression-syntax", "Write a share as a part of 1: 0.07 for 7 %."),
        (r"\band/or\b", "expression-syntax", "Write or, which is true of both as well."),
        (r",(?![^\[]*\])", "expression-syntax", "Join conditions with and, or or, in place of the comma."),
    )
]
_QUOTED = re.compile("\"[^\"]*\"|'[^']*'")
_ON_ITS_OWN = "A question with yes or no as its answer stands alone; put not before it for no."

_text = {"type": "string", "minLength": 1, "maxLength": 4000}
_condition = {"type": "string", "minLength": 1, "maxLength": 2000}
NUMBER = {"type": "number", "minimum": -MOST_WHOLE, "maximum": MOST_WHOLE}
QUESTION_ID = {
    "pattern": ID,
    "x-expected": "an id of small letters, digits and underscores, in parts joined by dots that begin with a letter",
}
SECTION = {
    "pattern": r"^[a-z][a-z0-9_]*$",
    "x-expected": "a name of small letters, digits and underscores, beginning with a letter",
}
NAME = {
    "type": "string",
    "pattern": KEBAB,
    "x-expected": "a name of small letters, digits and hyphens, beginning with a letter",
}
CITED_ID = {
    "type": "string",
    "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    "x-expected": "a name of letters, digits, dots, hyphens and underscores, beginning with a letter or digit",
}
GIVEN = {"type": "object", "propertyNames": QUESTION_ID}
SOURCE = {
    "type": "object",
    "properties": {
        "doc": _text,
        "section": _text,
        "mark": {"enum": ["primary", "quoted", "secondary", "unverified"]},
    },
    "required": ["doc", "section", "mark"],
    "additionalProperties": False,
}
JUDGEMENTS = {
    "type": ["object", "null"],
    "propertyNames": QUESTION_ID,
    "additionalProperties": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"at_least": {"type": ["string", "boolean"]}, "when": _condition, "source": SOURCE},
            "required": ["at_least", "when"],
            "additionalProperties": False,
        },
        "minItems": 1,
    },
}


@cache
def shape() -> dict[str, Any]:
    """The JSON Schema of `questions.yaml`."""
    question = {
        "type": "object",
        "properties": {
            "label": _text,
            "ask": _text,
            "type": {"enum": [kind.value for kind in QuestionType]},
            "unit": _text,
            "define": _text,
            "role": {"enum": [role.value for role in Role]},
            "min": NUMBER,
            "max": NUMBER,
            "options": {
                "type": "array",
                "items": CITED_ID,
                "minItems": 1,
                "maxItems": 60,
                "uniqueItems": True,
            },
            "ordered": {"type": "boolean"},
            "clock": {
                "type": "object",
                "properties": dict.fromkeys(CLOCK_KEYS, _text),
                "required": ["n"],
                "additionalProperties": _text,
            },
            "source": SOURCE,
            "replaces": {"type": "string", **QUESTION_ID},
            "recompute": {"type": "object"},
        },
        "required": ["type", "role"],
        "additionalProperties": False,
    }
    example = {
        "type": "object",
        "properties": {"given": GIVEN, "holds": {"type": "boolean"}},
        "required": ["given", "holds"],
        "additionalProperties": False,
    }
    rule = {
        "type": "object",
        "properties": {
            "id": NAME,
            "holds": _condition,
            "say": _text,
            "questions": {"type": "array", "items": _text, "minItems": 1, "uniqueItems": True},
            "examples": {"type": "array", "items": example},
        },
        "required": ["id", "holds", "say", "questions"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The shared catalogue of questions",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "sections": {
                "type": ["object", "null"],
                "propertyNames": SECTION,
                "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 100},
            },
            "questions": {
                "type": "object",
                "propertyNames": QUESTION_ID,
                "additionalProperties": question,
                "minProperties": 1,
            },
            "judgements": JUDGEMENTS,
            "consistency": {"type": ["array", "null"], "items": rule},
        },
        "required": ["questions"],
        "additionalProperties": False,
    }


class Reader:
    """Collects the problems of one rules file, each at its place."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []

    @property
    def suggests(self) -> bool:
        """Whether to look for the nearest name: that costs milliseconds, and no more problems than these are shown."""
        return len(self.problems) < MOST_PROBLEMS

    def report(self, id: str, path: Path, /, key: bool = False, **details: object) -> None:
        self.problems.append(self.tree.problem(id, path, key=key, **details))

    def unknown(self, what: str, name: str, known: Mapping[str, Any], path: Path) -> None:
        """Reports a name that refers to nothing, with the nearest that does."""
        near = nearest(name, list(known)) if self.suggests else None
        if near:
            hint = f"Did you mean {near}?"
        elif len(known) <= _MOST_LISTED:
            hint = f"Write one of: {', '.join(known)}." if known else f"There is no {what} at all yet: list it first."
        else:
            hint = f"Write the id of a {what}; questions.yaml lists every question."
        self.report("unknown-reference", path, what=what, name=name, hint=hint)

    def condition(
        self,
        text: str,
        path: Path,
        questions: Mapping[str, Question],
        facts: Mapping[str, Expression],
        kind: Kind = "condition",
    ) -> Expression | None:
        """The checked expression behind `text`, or its faults as problems with the text quoted and a caret."""
        expression, faults = parse(text, questions, facts, self.suggests, kind)
        for fault in _worded(text, faults, questions) if faults and self.suggests else faults:
            line, column = self.tree.locate(path)
            message = f"{fault.message}\n{caret(text, fault.offset)}"
            place = dotted(self.tree.where(path))
            self.problems.append(Problem(self.tree.file, line, column, place, fault.id, message, fault.hint))
        return expression

    def profile(
        self,
        text: str,
        path: Path,
        questions: Mapping[str, Question],
        facts: Mapping[str, Expression],
        kind: Kind = "condition",
    ) -> Expression | None:
        """An expression over what the service is: it may not read answers that are scored."""
        expression = self.condition(text, path, questions, facts, kind)
        for id in expression.reads if expression else ():
            if questions[id].role is Role.ANSWER:
                self.report("applicability-reads-answer", path, question=id)
        return expression

    def least_ratings(
        self, written: Mapping[str, Any], questions: Mapping[str, Question], facts: Mapping[str, Expression]
    ) -> Iterator[LeastRating]:
        """What stands under `judgements`, as far as it is right."""
        for id, entries in written.items():
            question = questions.get(id)
            if question is None or question.role is not Role.JUDGEMENT:
                known = {q.id: q for q in questions.values() if q.role is Role.JUDGEMENT}
                self.unknown("judgement", id, known, ("judgements", id))
                continue
            for i, entry in enumerate(entries):
                path: Path = ("judgements", id, i)
                ranks = question.options if question.ordered else (True,)
                if question.type is not QuestionType.YES_NO and not question.ordered:
                    self.report("judgement-not-ordered", path, question=id)
                elif entry["at_least"] not in ranks or isinstance(entry["at_least"], bool) != (ranks == (True,)):
                    option = str(entry["at_least"]).lower()
                    self.report("no-such-option", (*path, "at_least"), option=option, question=id)
                source = entry.get("source")
                when = self.profile(entry["when"], (*path, "when"), questions, facts)
                if when:
                    yield LeastRating(id, entry["at_least"], when, source_of(source) if source else None)

    def owed(self, entry: Mapping[str, Any], keys: Iterable[str], path: Path) -> None:
        """Reports what readers miss in an entry."""
        for key in keys:
            if not str(entry.get(key) or "").strip():
                advice = OWED.get(key, "Write it in your own words.")
                self.report("missing-for-readers", path, what=key, advice=advice)

    def owe_sources(self, tree: Mapping[str, Any]) -> None:
        """Reports the least ratings whose source is missing or was seen by nobody."""
        for id, entries in (tree.get("judgements") or {}).items():
            for i, entry in enumerate(entries):
                path: Path = ("judgements", id, i)
                self.owed(entry, ("source",), path)
                if entry.get("source", {}).get("mark") == Mark.UNVERIFIED:
                    self.report("unverified-rating", (*path, "source", "mark"), question=id)

    def reserved(self, name: str, path: Path) -> None:
        """Reports each part of an id that conditions read as a word of their own."""
        for part in name.split("."):
            if keyword.iskeyword(part) or part in ("true", "false"):
                self.report("question-reserved-word", path, key=True, word=part)


def _worded(text: str, faults: list[Fault], questions: Mapping[str, Question]) -> list[Fault]:
    """The faults of a condition; where what people usually write instead explains them, that alone."""
    if len(text) > MAX_CHARACTERS:
        return faults
    plain = _QUOTED.sub(lambda found: " " * len(found.group()), text)
    for pattern, id, hint in _SLIPS:
        if found := pattern.search(plain):
            return [_slip(found.start(), id, found.group(), hint)]
    for found in re.finditer(r"(?<![\w.])[a-z][\w.]*-[\w.-]*\w", plain, re.ASCII):
        if (meant := found.group().replace("-", "_")) in questions:
            return [_slip(found.start(), "expression-syntax", found.group(), f"Did you mean {meant}?")]
    if plain.count("(") != plain.count(")") and faults[0].id == "expression-syntax":
        return [faults[0]._replace(hint="Each bracket that is opened is closed: add or remove one.")]
    options = {option for question in questions.values() for option in question.options}
    return [_hinted(fault, text, options) for fault in faults]


def _slip(offset: int, id: str, found: str, hint: str) -> Fault:
    worded = problem(id, "", found=found, where=f"from {quoted(found)} on", hint=hint)
    return Fault(offset, id, worded.message, worded.hint)


def _hinted(fault: Fault, text: str, options: Set[str]) -> Fault:
    """The fault of an unknown name with the hint for a word that was not meant as one."""
    word = re.match(r"[\w.-]*", text[fault.offset :])
    if fault.id != "expression-unknown-name" or not word:
        return fault
    if word.group().casefold() in ("yes", "no"):
        return fault._replace(hint=_ON_ITS_OWN)
    is_option = word.group() in options
    return fault._replace(hint=f'Put quotes around an option: "{word.group()}".') if is_option else fault


def source_of(entry: Mapping[str, Any]) -> Source:
    return Source(entry["doc"], entry["section"], Mark(entry["mark"]))


def circular(links: Mapping[str, str]) -> set[str]:
    """Those of the names that lead back to themselves, each leading to at most one."""
    left, led_to = dict(links), Counter(links.values())
    waiting = [name for name in links if not led_to[name]]
    while waiting:
        name = left.pop(waiting.pop())
        led_to[name] -= 1
        if name in left and not led_to[name]:
            waiting.append(name)
    return set(left)


def read_catalogue(
    data: bytes, file: str, with_lint: bool = False, read: Read = read_document
) -> tuple[Catalogue | None, list[Problem]]:
    """The catalogue in `data`, None where it cannot be computed with, and every problem found, in no order.

    `with_lint` adds what authors owe their readers, which refuses nothing.
    """
    tree, problems = read(data, file)
    if tree is not None and not problems:
        problems = schema.check(shape(), tree)
    if tree is None or problems:
        return None, problems
    reader = Reader(tree)
    questions = {id: _question(id, entry) for id, entry in tree.value["questions"].items()}
    for id, question in questions.items():
        _check(question, questions, reader, ("questions", id))
    rules = tuple(_rules(tree.value.get("consistency") or [], questions, reader))
    judgements = tuple(reader.least_ratings(tree.value.get("judgements") or {}, questions, {}))
    titles = tree.value.get("sections") or {}
    for id in titles.keys() - {id.partition(".")[0] for id in questions}:
        reader.unknown("section", id, {id.partition(".")[0]: None for id in questions}, ("sections", id))
    catalogue = None if reader.problems else Catalogue(questions, rules, judgements, tree.value, titles)
    if with_lint:
        _lint(questions, rules, tree.value, reader)
    return catalogue, reader.problems


def _question(id: str, entry: Mapping[str, Any]) -> Question:
    clock = entry.get("clock")
    return Question(
        id=id,
        label=entry.get("label") or id.rpartition(".")[2].replace("_", " "),
        ask=entry.get("ask", ""),
        type=QuestionType(entry["type"]),
        unit=entry.get("unit", ""),
        define=entry.get("define", ""),
        role=Role(entry["role"]),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        options=tuple(entry.get("options", ())),
        ordered=entry.get("ordered", False),
        clock=Clock(**{key: clock.get(key, "") for key in CLOCK_KEYS}) if clock else None,
        replaces=entry.get("replaces"),
    )


def _check(question: Question, questions: Mapping[str, Question], reader: Reader, path: Path) -> None:
    reader.reserved(question.id, path)
    parts = question.id.split(".")
    for end in range(1, len(parts)):
        if ".".join(parts[:end]) in questions:
            reader.report("question-is-section", path, key=True, section=".".join(parts[:end]))
    is_choice = question.type in (QuestionType.CHOICE, QuestionType.CHOICES)
    if is_choice != bool(question.options) or (question.ordered and question.type is not QuestionType.CHOICE):
        reader.report("question-options", path, key=True, type=question.type.value)
    least, most = question.minimum or 0, MOST_WHOLE if question.maximum is None else question.maximum
    most = min(most, 1) if question.type is QuestionType.SHARE else most
    if question.type in NUMERIC and least > most:
        reader.report("question-bounds", path, key=True, least=least, most=most)
    if question.clock:
        _check_clock(question, question.clock, questions, reader, path)


def _lint(
    questions: Mapping[str, Question], rules: Iterable[ConsistencyRule], tree: Mapping[str, Any], reader: Reader
) -> None:
    for id, question in questions.items():
        _lint_question(question, tree["questions"][id], reader, ("questions", id))
    for id in circular({id: question.replaces for id, question in questions.items() if question.replaces}):
        reader.report("circular-reference", ("questions", id, "replaces"), name=id)
    reader.owe_sources(tree)
    for i, rule in enumerate(rules):
        _lint_rule(rule, reader, ("consistency", i))


def _lint_rule(rule: ConsistencyRule, reader: Reader, path: Path) -> None:
    for holds in {True, False} - {example["holds"] for example in rule.examples}:
        reader.report("example-missing", path, outcome=f"holds: {str(holds).lower()}")
    for i, id in enumerate(rule.questions):
        if id not in rule.holds.reads:
            reader.report("rule-names-unread", (*path, "questions", i), question=id)
    for i, example in enumerate(rule.examples):
        for id in example["given"]:
            if id not in rule.holds.reads:
                reader.report("example-unread", (*path, "examples", i, "given", id), key=True, what=id)


def _lint_question(question: Question, entry: Mapping[str, Any], reader: Reader, path: Path) -> None:
    if question.type in NUMERIC and not question.unit.strip():
        reader.report("question-unit", path, key=True)
    for key in ("unit", "min", "max") if question.type not in NUMERIC else ():
        if key in entry:
            reader.report("question-not-number", (*path, key), key=True, name=key, type=question.type.value)
    # A list that says what a service is always has something in it.
    is_list = question.type is QuestionType.CHOICES and question.role is Role.ANSWER
    if is_list and NO_OPTION not in question.options:
        reader.report("none-missing", (*path, "options"), question=question.id)
    owed = {"ask": question.ask} | ({} if question.clock is None else asdict(question.clock))
    reader.owed(owed, owed, path)
    if len(question.define.strip()) < SHORTEST_DEFINE:
        reader.report("define-too-short", (*path, "define"), least=SHORTEST_DEFINE)
    if question.define.strip() == question.ask.strip():
        reader.report("define-repeats-ask", (*path, "define"))


def _check_clock(
    question: Question, clock: Clock, questions: Mapping[str, Question], reader: Reader, path: Path
) -> None:
    counts = {id: other for id, other in questions.items() if other.type is QuestionType.COUNT}
    if question.type not in (QuestionType.HOURS, QuestionType.DAYS):
        reader.report("clock-without-time", (*path, "clock"), type=question.type.value)
    if clock.n not in counts:
        reader.unknown("count", clock.n, counts, (*path, "clock", "n"))


def _rules(
    entries: list[Mapping[str, Any]], questions: Mapping[str, Question], reader: Reader
) -> Iterator[ConsistencyRule]:
    seen: set[str] = set()
    for i, entry in enumerate(entries):
        path: Path = ("consistency", i)
        if entry["id"] in seen:
            reader.report("repeated-id", (*path, "id"), id=entry["id"])
        seen.add(entry["id"])
        for j, id in enumerate(entry["questions"]):
            if id not in questions:
                reader.unknown("question", id, questions, (*path, "questions", j))
        holds = reader.condition(entry["holds"], (*path, "holds"), questions, {})
        if holds is not None:
            examples = tuple(entry.get("examples", ()))
            yield ConsistencyRule(entry["id"], holds, entry["say"], tuple(entry["questions"]), examples)
