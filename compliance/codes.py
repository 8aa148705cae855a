"""Reads a code of practice: provisions, requirements and tests, with everything they refer to resolved and
type-checked.

A code that is returned can be assessed without further checks: every id exists, every test fits the type of its
question, every condition is well-typed. What an author owes a reader beyond that is `authoring`'s business.
`succession` ends a superseded version the day before its successor begins.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

import rfc8785

from compliance import amendments, schema
from compliance.checks import CHECKS, questions_named
from compliance.checks import shape as test_shape
from compliance.document import Read, Tree
from compliance.document import read as read_document
from compliance.model import (
    ALL_POINTS,
    MICRO,
    Basis,
    Cap,
    Catalogue,
    Chapter,
    Code,
    ContextCase,
    ContextLine,
    Document,
    Expression,
    Interval,
    LeastRating,
    Mark,
    Obligation,
    Path,
    Problem,
    Provision,
    Question,
    QuestionType,
    Requirement,
    Severity,
    Source,
    Standing,
    Test,
)
from compliance.problems import nearest
from compliance.questions import CITED_ID, GIVEN, JUDGEMENTS, NAME, SOURCE, Reader, source_of

FORMAT = "code-of-practice/1"
SEVERITY_WEIGHTS = {Severity.CRITICAL: 8, Severity.MAJOR: 4, Severity.MODERATE: 2, Severity.MINOR: 1}
DEFAULT_CAP = Cap("critical", 49 * MICRO, MICRO // 2)
CAPPED = frozenset({Standing.DUTY, Standing.STATUTORY_CODE})
WEB_ADDRESS = r"^https?://[^/\s]\S*$"
CODE_NAME = r"^[a-z][a-z0-9_-]*@[A-Za-z0-9.-]+$"
EFFORTS = ("days", "weeks", "months")

NoBase = Literal["missing", "faulty", "circular"]
Base = Callable[[str], Tree | NoBase]
Lint = Callable[[Code, Reader], None]

_NO_BASE = {"missing": "unknown-reference", "faulty": "amended-faulty", "circular": "circular-reference"}
_NAME = re.compile(r"[a-z][a-z0-9_.]*")
_QUOTED = re.compile("\"[^\"]*\"|'[^']*'")
_text = {"type": "string", "minLength": 1, "maxLength": 8000}
_condition = {"type": "string", "minLength": 1, "maxLength": 2000}
_day = {"type": "string", "format": "date"}
_weight = {"type": "number", "exclusiveMinimum": 0, "maximum": 1000}
_interval = {
    "type": "object",
    "properties": {"from": _day, "to": _day},
    "additionalProperties": False,
}


def _record(required: Sequence[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


@cache
def published_shape() -> dict[str, Any]:
    """The JSON Schema of a code's file, which states all of a code or what it changes of another."""
    whole, stated = shape(), _stated_shape()
    amends = {"required": [amendments.KEY]}
    needs = {"if": amends, "then": {"required": stated["required"]}, "else": {"required": whole["required"]}}
    rest = {key: each for key, each in whole.items() if key != "required"}
    return {**rest, "properties": {**whole["properties"], **stated["properties"]}, **needs}


@cache
def _stated_shape() -> dict[str, Any]:
    """The JSON Schema of a file that amends another code."""
    whole = shape()
    name = {"type": "string", "pattern": CODE_NAME, "x-expected": "the name of a version, such as our-code@1"}
    stated = {key: each for key, each in whole["properties"].items() if key != "supersedes"}
    required = ["format", "id", "version", "in_force", amendments.KEY]
    return {**whole, "properties": {**stated, amendments.KEY: name}, "required": required}


@cache
def shape() -> dict[str, Any]:
    """The JSON Schema of a whole code of practice."""
    expected = "a web address that begins with https:// or http://"
    web_address = {"type": "string", "pattern": WEB_ADDRESS, "maxLength": 2000, "x-expected": expected}
    example = _record(
        ["given"],
        given=GIVEN,
        credit={"type": "number", "minimum": 0, "maximum": 1},
        outcome={"enum": ["met", "partly_met", "not_met", "unknown", "no_cases"]},
        status={"type": "string"},
        period=_interval,
        prepared_on=_day,
    )
    requirement = _record(
        ["id", "test", "basis"],
        id=CITED_ID,
        statement=_text,
        weight=_weight,
        test={"$ref": "#/$defs/test"},
        basis={"enum": [basis.value for basis in Basis]},
        source=SOURCE,
        why=_text,
        remedy=_text,
        effort={"enum": list(EFFORTS)},
        examples={"type": "array", "items": example, "uniqueItems": True},
    )
    provision = _record(
        ["id", "chapter", "source", "obligation", "severity"],
        id=CITED_ID,
        under=_text,
        ours={"const": True},
        kind=_text,
        chapter=_text,
        title=_text,
        text=_text,
        source=SOURCE,
        obligation={"enum": [obligation.value for obligation in Obligation]},
        severity={"enum": [severity.value for severity in Severity]},
        in_force=_interval,
        alternatives={"enum": ["allowed", "none"]},
        applies_when=_condition,
        requirements={"type": ["array", "null"], "items": requirement},
    )
    case = _record(["when", "says"], when=_condition, says=_text, amount=_condition, unit=_text)
    cases = {"type": "array", "minItems": 1, "items": case}
    context = _record(
        ["id", "title", "text", "source", "cases"],
        id=NAME,
        title=_text,
        text=_text,
        source=SOURCE,
        cases=cases,
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A code of practice",
        "$defs": {"test": test_shape()},
        **_record(
            ["format", "id", "version", "standing", "in_force", "chapters", "provisions"],
            format={"const": FORMAT},
            id=NAME,
            version={
                "type": "string",
                "pattern": r"^[A-Za-z0-9.-]+$",
                "x-expected": 'a version of letters, digits, dots and hyphens, such as "2026-03"',
            },
            title=_text,
            publisher=_text,
            standing={"enum": [standing.value for standing in Standing]},
            addressed_to=_text,
            text=_text,
            scope=_condition,
            in_force=_interval,
            supersedes=_text,
            sources={
                "type": ["object", "null"],
                "additionalProperties": _record(["title", "date"], title=_text, url=web_address, date=_text),
            },
            left_out={"type": ["object", "null"], "additionalProperties": _text},
            upcoming={"type": ["object", "null"], "additionalProperties": _record(["title"], title=_text, note=_text)},
            removed={
                "type": ["object", "null"],
                "additionalProperties": _record(["reason"], reason=_text, successor=_text),
            },
            facts={
                "type": ["object", "null"],
                "propertyNames": {
                    "pattern": "^[a-z][a-z0-9_]*$",
                    "x-expected": "a name of small letters, digits and underscores, beginning with a letter",
                },
                "additionalProperties": _condition,
            },
            judgements=JUDGEMENTS,
            weights={
                "type": ["object", "null"],
                "propertyNames": {"enum": [severity.value for severity in Severity]},
                "additionalProperties": _weight,
            },
            caps={
                "type": ["array", "null"],
                "items": _record(
                    ["id", "limit", "below"],
                    id=NAME,
                    limit={"type": "number", "minimum": 0, "maximum": 100},
                    below={"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                ),
            },
            chapters={
                "type": "array",
                "minItems": 1,
                "items": _record(["id"], id=_text, title=_text, weight=_weight),
            },
            provisions={"type": "array", "minItems": 1, "items": provision},
            context={"type": ["array", "null"], "items": context},
        ),
    }


def _no_base(name: str) -> NoBase:
    return "missing"


def open_code(
    data: bytes, file: str, read: Read = read_document, base: Base = _no_base
) -> tuple[Tree | None, list[Problem]]:
    """The tree of the code in `data`, whole: where it amends another, `base` gives that one's by its name, or says why
    there is none.

    None where it is not a code's, and every problem of its shape, in no order.
    """
    tree, problems = read(data, file)
    if tree is None or problems:
        return None, problems
    is_amending = isinstance(tree.value, dict) and amendments.KEY in tree.value
    problems = schema.check(_stated_shape() if is_amending else shape(), tree)
    if problems or not is_amending:
        return (None if problems else tree), problems
    name = tree.value[amendments.KEY]
    before = base(name)
    if isinstance(before, str):
        bare = re.sub(r"\.(ya?ml|json)$", "", name)
        hint = "Put its file beside this one; it is called as the version is."
        hint = hint if bare == name else f"Write {bare}, without the end of the file's name."
        return None, [tree.problem(_NO_BASE[before], (amendments.KEY,), what="code", name=name, hint=hint)]
    whole = amendments.amend(before, tree)
    problems = [*_unfounded(before, tree), *schema.check(shape(), whole)]
    return (None if problems else whole), problems


def _unfounded(before: Tree, change: Tree) -> Iterator[Problem]:
    """What an amendment says that does not go with the version before it."""
    stated = change.value
    if stated["id"] != before.value["id"]:
        why = f"it amends {stated[amendments.KEY]}, which is another code"
        yield change.problem("succession", (amendments.KEY,), name=stated["id"], why=why)
    encoded = {entry["id"]: None for entry in before.value["provisions"]}
    for id in stated.get("removed") or ():
        if id not in encoded:
            near = nearest(id, list(encoded))
            hint = f"Did you mean {near}?" if near else "Only provisions of the version before can be removed."
            yield change.problem("unknown-reference", ("removed", id), key=True, what="provision", name=id, hint=hint)
    for section in amendments.LISTS:
        ids = [entry["id"] for entry in stated.get(section) or ()]
        for i, id in enumerate(ids):
            repeated = change.problem("repeated-id", (section, i, "id"), id=id)
            if id in ids[:i]:
                yield repeated
            elif section == "provisions" and id in (stated.get("removed") or ()):
                yield replace(repeated, hint="It stands under `removed` as well: take it out of there, or here.")


def read_code(
    data: bytes,
    file: str,
    catalogue: Catalogue | None,
    lint: Lint | None = None,
    read: Read = read_document,
    base: Base = _no_base,
) -> tuple[Code | None, list[Problem]]:
    """The code in `data`, None where it cannot be assessed by, and every problem found, in no order.

    Without a catalogue only the file's shape is checked. `lint` is handed what was read, refused or not, and adds
    problems that refuse nothing. `base` gives the tree of a code that this one amends.
    """
    tree, problems = open_code(data, file, read, base)
    if tree is None or catalogue is None:
        return None, problems
    loader = _Loader(Reader(tree), tree.value, catalogue)
    code = loader.code()
    is_refused = bool(loader.reader.problems)
    if lint:
        lint(code, loader.reader)
    return (None if is_refused else code), loader.reader.problems


def succession(codes: Iterable[Code]) -> list[Code]:
    """The codes, every superseded version ended the day before its successor begins, in their order.

    So are those of its provisions that have no end of their own.
    """
    codes = list(codes)
    begins = {code.supersedes: code.in_force.start for code in codes if code.supersedes}
    return [_ended(code, begins[code.name]) if code.name in begins else code for code in codes]


def _ended(code: Code, successor_begins: date | None) -> Code:
    if successor_begins in (None, date.min) or code.in_force.end is not None:
        return code
    end = successor_begins - timedelta(days=1)
    provisions = tuple(
        replace(p, in_force=Interval(p.in_force.start, end)) if p.in_force.end is None else p for p in code.provisions
    )
    return replace(code, in_force=Interval(code.in_force.start, end), provisions=provisions)


def questions_read(code: Code) -> tuple[str, ...]:
    """The ids of every question that the code reads, in the catalogue's order."""
    cases = [case for line in code.context for case in line.cases]
    conditions = [
        code.scope,
        *code.facts.values(),
        *(least.when for least in code.judgements),
        *(provision.applies_when for provision in code.provisions),
        *(case.when for case in cases),
        *(case.amount for case in cases),
    ]
    read = {id for condition in conditions if condition for id in condition.reads}
    read |= {least.question for least in code.judgements}
    read |= {id for provision in code.provisions for r in provision.requirements for id in r.test.reads}
    return tuple(id for id in code.catalogue.questions if id in read)


def rules_read(code: Code) -> list[int]:
    """The positions of the catalogue's consistency rules that name a question which the code reads."""
    read = set(questions_read(code))
    return [i for i, rule in enumerate(code.catalogue.consistency) if read & {*rule.questions, *rule.holds.reads}]


_ALWAYS = Expression("true", None, ())


class _Loader:
    """Turns one code's tree, already of the right shape, into types; reports what does not resolve."""

    def __init__(self, reader: Reader, tree: Mapping[str, Any], catalogue: Catalogue) -> None:
        self.reader = reader
        self.tree = tree
        self.catalogue = catalogue
        self.questions = catalogue.questions
        self.facts: dict[str, Expression] = {}
        self.in_force = self._interval(tree, ())
        self.provision_ids = {entry["id"] for entry in tree["provisions"]}

    def code(self) -> Code:
        tree = self.tree
        facts = tree.get("facts") or {}
        order, circle = _in_reading_order(facts)
        for name in circle:
            self.facts[name] = _ALWAYS
            self.reader.report("fact-circular", ("facts", name), name=name)
        for name in order:
            # A bad fact is one problem, not one more wherever it is used.
            self.facts[name] = self._profile(facts[name], ("facts", name)) or _ALWAYS
            self.reader.reserved(name, ("facts", name))
            if name in self.questions:
                self.reader.report("id-taken", ("facts", name), key=True, id=name, what="a question")
        scope = self._profile(tree["scope"], ("scope",)) if "scope" in tree else None
        judgements = tuple(self.reader.least_ratings(tree.get("judgements") or {}, self.questions, self.facts))
        chapters = tuple(Chapter(c["id"], c.get("title", c["id"]), c.get("weight", 1)) for c in tree["chapters"])
        self._unique([c.id for c in chapters], ("chapters",))
        provisions = tuple(
            self._provision(entry, ("provisions", i), {c.id: c for c in chapters})
            for i, entry in enumerate(tree["provisions"])
        )
        self._unique([p.id for p in provisions], ("provisions",))
        standing = Standing(tree["standing"])
        weights = {Severity(name): weight for name, weight in (tree.get("weights") or {}).items()}
        return Code(
            id=tree["id"],
            version=tree["version"],
            title=tree.get("title", tree["id"]),
            publisher=tree.get("publisher", ""),
            standing=standing,
            addressed_to=tree.get("addressed_to", ""),
            text=tree.get("text", ""),
            scope=scope,
            in_force=self.in_force,
            supersedes=tree.get("supersedes"),
            sources={
                id: Document(id, entry["title"], entry.get("url", ""), entry["date"])
                for id, entry in (tree.get("sources") or {}).items()
            },
            left_out=(tree.get("left_out") or {}),
            upcoming=(tree.get("upcoming") or {}),
            removed=(tree.get("removed") or {}),
            facts=self.facts,
            judgements=self._with_shared(judgements, scope, provisions),
            chapters=chapters,
            provisions=provisions,
            severity_weights=SEVERITY_WEIGHTS | weights,
            caps=self._caps(standing),
            context=tuple(self._context()),
            catalogue=self.catalogue,
            seal=partial(_digest, tree=tree),
        )

    def _context(self) -> Iterator[ContextLine]:
        entries = self.tree.get("context") or []
        self._unique([entry["id"] for entry in entries], ("context",))
        for i, entry in enumerate(entries):
            path: Path = ("context", i)
            cases = tuple(self._context_cases(entry["cases"], (*path, "cases")))
            yield ContextLine(entry["id"], entry["title"], entry["text"], source_of(entry["source"]), cases)

    def _context_cases(self, entries: Sequence[Mapping[str, Any]], path: Path) -> Iterator[ContextCase]:
        for i, entry in enumerate(entries):
            when = self._profile(entry["when"], (*path, i, "when")) or _ALWAYS
            amount = entry.get("amount")
            if amount is not None:
                amount = self.reader.profile(amount, (*path, i, "amount"), self.questions, self.facts, "number")
            yield ContextCase(when, entry["says"], amount, entry.get("unit", ""))

    def _with_shared(
        self, own: tuple[LeastRating, ...], scope: Expression | None, provisions: Sequence[Provision]
    ) -> tuple[LeastRating, ...]:
        """The code's own least ratings, and the catalogue's of every other judgement that its conditions read."""
        conditions = [scope, *self.facts.values(), *(p.applies_when for p in provisions)]
        read = {id for condition in conditions if condition for id in condition.reads} - {j.question for j in own}
        return (*own, *(least for least in self.catalogue.judgements if least.question in read))

    def _caps(self, standing: Standing) -> tuple[Cap, ...]:
        if self.tree.get("caps") is None:
            return (DEFAULT_CAP,) if standing in CAPPED else ()
        self._unique([entry["id"] for entry in self.tree["caps"]], ("caps",))
        return tuple(
            Cap(entry["id"], _micro(entry["limit"], ALL_POINTS // 100), _micro(entry["below"], MICRO))
            for entry in self.tree["caps"]
        )

    def _unique(self, ids: Sequence[str], path: Path) -> None:
        seen: set[str] = set()
        for i, id in enumerate(ids):
            if id in seen:
                self.reader.report("repeated-id", (*path, i, "id"), id=id)
            seen.add(id)

    def _interval(self, entry: Mapping[str, Any], path: Path) -> Interval:
        written = entry["in_force"]
        start, end = (date.fromisoformat(written[key]) if key in written else None for key in ("from", "to"))
        if start and end and start > end:
            self.reader.report("in-force-reversed", (*path, "in_force"), start=start, end=end)
        return Interval(start, end)

    def _profile(self, text: str, path: Path) -> Expression | None:
        return self.reader.profile(text, path, self.questions, self.facts)

    def _provision(self, entry: Mapping[str, Any], path: Path, chapters: Mapping[str, Chapter]) -> Provision:
        if entry["chapter"] not in chapters:
            self.reader.unknown("chapter", entry["chapter"], chapters, (*path, "chapter"))
        source = source_of(entry["source"])
        requirements = tuple(
            self._requirement(inner, (*path, "requirements", i), source)
            for i, inner in enumerate(entry.get("requirements") or [])
        )
        self._unique([r.id for r in requirements], (*path, "requirements"))
        provision = Provision(
            id=entry["id"],
            under=entry.get("under"),
            kind=entry.get("kind", ""),
            chapter=entry["chapter"],
            title=entry.get("title", entry["id"]),
            text=entry.get("text", ""),
            source=source,
            obligation=Obligation(entry["obligation"]),
            severity=Severity(entry["severity"]),
            in_force=self._interval(entry, path) if "in_force" in entry else self.in_force,
            alternatives_allowed=entry.get("alternatives", "none") == "allowed",
            applies_when=(
                self._profile(entry["applies_when"], (*path, "applies_when")) if "applies_when" in entry else None
            ),
            requirements=requirements,
        )
        if provision.is_scored and not requirements:
            self.reader.report("provision-without-requirement", path, provision=provision.id)
        for i, requirement in enumerate(requirements if provision.is_scored else ()):
            self._authority(requirement, provision, (*path, "requirements", i))
        return provision

    def _authority(self, requirement: Requirement, provision: Provision, path: Path) -> None:
        """What was only read in a paraphrase never decides, and what nobody saw is never scored."""
        marks = (provision.source.mark, requirement.source.mark)
        if Mark.SECONDARY in marks and requirement.basis is not Basis.BENCHMARK:
            self.reader.report("secondary-decides", (*path, "basis"), basis=requirement.basis.value)
        if requirement.source.mark is Mark.UNVERIFIED:
            self.reader.report("unverified-scored", path)

    def _requirement(self, entry: Mapping[str, Any], path: Path, inherited: Source) -> Requirement:
        return Requirement(
            id=entry["id"],
            statement=entry.get("statement", ""),
            test=self._test(entry["test"], (*path, "test")),
            basis=Basis(entry["basis"]),
            weight=entry.get("weight", 1),
            source=source_of(entry["source"]) if "source" in entry else inherited,
            why=entry.get("why", ""),
            remedy=entry.get("remedy", ""),
            effort=entry.get("effort", ""),
            examples=tuple(entry.get("examples", ())),
        )

    def _test(self, entry: Mapping[str, Any], path: Path) -> Test:
        kinds = [name for name in CHECKS if name in entry]
        if len(kinds) != 1:
            self.reader.report("test-kind", path, kinds=", ".join(CHECKS))
            return Test("is_true", {}, (), (), False)
        (kind,) = kinds
        before = len(self.reader.problems)
        self._arguments(kind, entry, path)
        expression = None
        if CHECKS[kind].main.kind == "expression":
            expression = self.reader.condition(entry[kind], (*path, kind), self.questions, self.facts)
        if len(self.reader.problems) > before:
            return Test(kind, entry, (), (), False)
        named = list(expression.reads) if expression else [id for id, _, _ in questions_named(kind, entry)]
        clocks = [clock for id in named if (clock := self.questions[id].clock)]
        counts = [clock.n for clock in clocks]
        wholes = [id for id, name, _ in questions_named(kind, entry) if name.endswith(".of")]
        denominators = tuple(dict.fromkeys(wholes + counts))
        if "when_zero" in entry and not denominators:
            self.reader.report("when-zero-without-cases", (*path, "when_zero"))
        return Test(
            kind=kind,
            arguments=entry,
            reads=tuple(dict.fromkeys(named + counts)),
            denominators=denominators,
            no_cases_when_zero="when_zero" in entry and bool(denominators),
            provision=entry[kind] if CHECKS[kind].main.kind == "provision" else None,
            expression=expression,
        )

    def _arguments(self, kind: str, entry: Mapping[str, Any], path: Path) -> None:
        declared = CHECKS[kind].arguments
        for name in entry:
            if name not in declared and name != "when_zero":
                self.reader.report("test-argument-unknown", (*path, name), key=True, argument=name, kind=kind)
        for name, argument in declared.items():
            if name not in entry and not argument.is_optional:
                self.reader.report("test-argument-missing", path, argument=name, kind=kind)
        if any(name not in entry and not argument.is_optional for name, argument in declared.items()):
            return
        for id, name, argument in questions_named(kind, entry):
            place = (*path, *name.split("."))
            if id not in self.questions:
                self.reader.unknown("question", id, self.questions, place)
            elif self.questions[id].type not in argument.types:
                takes = ", ".join(sorted(argument.types))
                self.reader.report("test-type", place, question=id, type=self.questions[id].type.value, takes=takes)
        main = self.questions.get(entry[kind]) if isinstance(entry[kind], str) else None
        self._literals(kind, entry, path, main)

    def _literals(self, kind: str, entry: Mapping[str, Any], path: Path, main: Question | None) -> None:
        for name, argument in CHECKS[kind].arguments.items():
            if argument.kind == "provision" and entry[name] not in self.provision_ids:
                self.reader.unknown("provision", entry[name], dict.fromkeys(self.provision_ids), (*path, name))
            if argument.kind in ("options", "credits") and main:
                self._options(entry[name], main, (*path, name), has_to_list_all=argument.kind == "credits")
        self._bounds(kind, entry, path, main)

    def _bounds(self, kind: str, entry: Mapping[str, Any], path: Path, main: Question | None) -> None:
        is_share = isinstance(entry[kind], dict) or (main is not None and main.type is QuestionType.SHARE)
        above = [name for name in ("full_at", "zero_at") if is_share and entry.get(name, 0) > 1]
        for name in above:
            advice = "Write it as a part of 1: 0.9 for 90 %."
            self.reader.report("share-above-one", (*path, name), got=f"{entry[name]:,}", advice=advice)
        if entry.get("zero_at") is not None and not above:
            falls = entry["zero_at"] < entry["full_at"]
            if entry["zero_at"] == entry["full_at"] or falls != (CHECKS[kind].main.direction > 0):
                self.reader.report("bounds-crossed", (*path, "zero_at"))

    def _options(self, written: Iterable[str], question: Question, path: Path, has_to_list_all: bool) -> None:
        for option in written:
            if option not in question.options:
                self.reader.report("no-such-option", path, option=option, question=question.id)
        for option in question.options if has_to_list_all else ():
            if option not in written:
                self.reader.report("option-missing", path, option=option, question=question.id)


def _in_reading_order(facts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The facts, each after those that it names, whatever the order of the file; and those that stand in a circle."""
    named = {name: set(_NAME.findall(_QUOTED.sub("", text))) & facts.keys() for name, text in facts.items()}
    blocked = named.keys() - _sorted(named).keys()
    # What only leads to a circle is blocked by it, and stands in none.
    naming = {name: {other for other in blocked if name in named[other]} for name in blocked}
    circle = blocked - _sorted(naming).keys()
    order = _sorted({name: others - circle for name, others in named.items() if name not in circle})
    return [*order], [name for name in facts if name in circle]


def _sorted(links: Mapping[str, set[str]]) -> dict[str, None]:
    """The names, each after those that it leads to; without those that lead to a circle."""
    sorter, order = TopologicalSorter(links), dict[str, None]()
    with suppress(CycleError):
        sorter.prepare()
    while ready := sorter.get_ready():
        order |= dict.fromkeys(ready)
        sorter.done(*ready)
    return order


def _micro(number: float, unit: int) -> int:
    return int(Fraction(str(number)) * unit)


def _digest(code: Code, tree: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of the code and of every question, judgement and rule that it reads."""
    questions = code.catalogue.tree["questions"]
    rules = [code.catalogue.tree["consistency"][i] for i in rules_read(code)]
    named = {*questions_read(code), *(id for i in rules_read(code) for id in code.catalogue.consistency[i].questions)}
    shared = {least.question for least in code.judgements} - (tree.get("judgements") or {}).keys()
    read = {
        "code": tree,
        "questions": {id: questions[id] for id in sorted(named)},
        "judgements": {id: code.catalogue.tree["judgements"][id] for id in sorted(shared)},
        "consistency": sorted(rules, key=lambda rule: str(rule["id"])),
    }
    return hashlib.sha256(canonical(read)).hexdigest()


def canonical(value: Any) -> bytes:
    """RFC 8785's bytes of a JSON value; a whole number beyond 2^53 - 1 counts as the double that it is there.

    The standard library writes the same bytes in half the time, unless a number needs an exponent or a key may sort
    otherwise in UTF-16.
    """
    text = json.dumps(value, ensure_ascii=False)
    is_plain = len(text.encode("utf-16-le")) == 2 * len(text)

    def number(written: str) -> float:
        nonlocal is_plain
        number = float(written)
        is_plain &= number == 0 or 1e-4 <= abs(number) < 2**53
        return int(number) if number.is_integer() and is_plain else number

    plain = json.loads(text, parse_int=number, parse_float=number)
    if not is_plain:
        return rfc8785.dumps(plain)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
