"""The SARIF 2.1.0 of `check`, for tools that show results beside the lines of a file.

A result stands for each problem of a refused file, each finding that falls short and each flag. What gets which level
is decided in `_level` alone. A result is written as soon as it is found, and the rules that results name after all of
them, so that nobody has to hold a portfolio. Nothing here depends on a clock: the same files give the same bytes.
Submitted text stays text: what a viewer could take for a link or a placeholder is escaped.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from compliance import __version__
from compliance.document import Tree, dotted
from compliance.export.glossary import flag_meaning
from compliance.export.json import Micro, text_of
from compliance.model import (
    DECIDING,
    Applies,
    Assessment,
    Code,
    Finding,
    Flag,
    Obligation,
    Outcome,
    Path,
    Problem,
    Provision,
    ProvisionResult,
    Received,
    Refusal,
    Requirement,
)
from compliance.problems import PROBLEMS, visible
from compliance.problems import explain as explain_problem
from compliance.sheets import Filled
from compliance.vocabulary import BASIS_WORDS, OBLIGATION_WORDS, outcome_words, source_words

SUFFIX = ".sarif"
MEDIA_TYPE = "application/sarif+json"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "result/v1"
STANDARD_INPUT = "-"

Json = dict[str, Any]
Open = Callable[[Received], Tree | None]
_SHORT = frozenset({Outcome.NOT_MET, Outcome.PARTLY_MET, Outcome.UNKNOWN})
_BRACKETS = re.compile(r"[\\\[\]]")


def parts(entries: Iterable[tuple[Received, Assessment | Refusal]], open: Open) -> Iterator[str]:
    """The log as text, result by result, with a line feed at its end.

    Each entry comes with the file it was found in, of which `open` says what stands where.
    """
    log = _Log(open)
    yield f'{{\n  "$schema": {json.dumps(SCHEMA)},\n  "version": "2.1.0",\n  "runs": [\n    {{\n      "results": ['
    before = "\n        "
    for report, page in groupby(entries, key=itemgetter(0)):
        for result in log.results(report, [found for _, found in page]):
            yield before + text_of(result, "        ")
            before = ",\n        "
    yield "\n      ]" if before.startswith(",") else "]"
    for key, value in log.ending().items():
        yield f",\n      {json.dumps(key)}: {text_of(value, '      ')}"
    yield "\n    }\n  ]\n}\n"


def _level(provision: Provision, requirement: Requirement) -> str:
    """How much a requirement that falls short weighs.

    A must that decides is an error whether it is not met or not answered: leaving an answer out never helps.
    """
    if requirement.basis not in DECIDING:
        return "note"
    return "error" if provision.obligation is Obligation.MUST else "warning"


@dataclass
class _Log:
    """The rules and codes that results have named so far, each once, in the order in which they came."""

    open: Open
    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    described: list[Json] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)

    def results(self, report: Received, page: Sequence[Assessment | Refusal]) -> Iterator[Json]:
        """What one file gives: its problems, or the findings of each code and then the flags of all of them."""
        file = _File(report, self.open)
        assessed = [found for found in page if isinstance(found, Assessment)]
        for found in page:
            if isinstance(found, Refusal):
                yield from (self._problem(problem, file) for problem in found.problems)
        for found in assessed:
            self.codes.setdefault(found.code.name, found.code)
            yield from self._findings(found, file)
        raised: dict[Flag, list[Assessment]] = {}
        for found in assessed:
            for flag in found.flags:
                raised.setdefault(flag, []).append(found)
        yield from (self._flag(flag, by, file) for flag, by in raised.items())

    def ending(self) -> Json:
        """What a run says besides its results."""
        codes = [{"id": code.id, "version": code.version, "digest": code.digest} for code in self.codes.values()]
        return {
            "tool": {"driver": {"name": "compliance", "version": __version__, "rules": self.described}},
            "columnKind": "unicodeCodePoints",
            "properties": {"engine": __version__, "codes": codes},
        }

    def _problem(self, problem: Problem, file: _File) -> Json:
        rule = self._rule(("", problem.id), lambda: _problem_rule(problem.id))
        # A cell of a workbook is no region of a text, so it is named.
        place = (0, 0) if problem.place else (problem.line, problem.column)
        location = file.location(place, problem.place, problem.path)
        text = " ".join(part for part in (problem.place, problem.message, problem.hint) if part)
        return _result(problem.id, rule, "error", text, location, file.fingerprint(problem.id, problem.path))

    def _findings(self, found: Assessment, file: _File) -> Iterator[Json]:
        for result in found.provisions:
            for finding in result.findings if result.provision.is_scored else ():
                if finding.outcome in _SHORT or _awaits_decision(finding):
                    yield self._finding(found, result, finding, file)

    def _finding(self, found: Assessment, result: ProvisionResult, finding: Finding, file: _File) -> Json:
        provision, requirement = result.provision, finding.requirement
        id = f"{provision.id}/{requirement.id}"
        rule = self._rule((found.code.name, id), lambda: _requirement_rule(found.code, provision, requirement))
        main, *others = _concerned(found, result, finding)
        level = _level(provision, requirement) if finding.outcome in _SHORT else "none"
        text = " ".join(part for part in (file.cell(main), _words(result, finding)) if part)
        made = _result(id, rule, level, text, file.at(main), file.fingerprint(found.code.id, id))
        if level == "none":  # nothing fails: somebody has to look at it
            made["kind"] = "review"
        if others:
            made["relatedLocations"] = [file.at(path) for path in others]
        made["properties"] = {
            "code": found.code.name,
            "service": found.submission.service.id,
            "period": {"from": found.submission.period_from.isoformat(), "to": found.submission.period_to.isoformat()},
            "outcome": finding.outcome,
            "loss": Micro(finding.loss),
        }
        return made

    def _flag(self, flag: Flag, by: Sequence[Assessment], file: _File) -> Json:
        first = by[0]
        rule = self._rule(("", flag.id), lambda: _flag_rule(flag.id, first.code))
        places = [flag.at] if flag.at else [_answer(id) for id in flag.questions] or [("answers",)]
        text = " ".join(part for part in (file.cell(places[0]), flag.message) if part)
        fingerprint = file.fingerprint(flag.id, *map(dotted, places))
        made = _result(flag.id, rule, "warning", text, file.at(places[0]), fingerprint)
        if places[1:]:
            made["relatedLocations"] = [file.at(path) for path in places[1:]]
        made["properties"] = {"codes": [found.code.name for found in by], "service": first.submission.service.id}
        return made

    def _rule(self, key: tuple[str, str], describe: Any) -> int:
        """The index of a rule, which is described where it is named for the first time."""
        if key not in self.rules:
            self.rules[key] = len(self.described)
            self.described.append(describe())
        return self.rules[key]


def _awaits_decision(finding: Finding) -> bool:
    return finding.outcome is Outcome.ALTERNATIVE and finding.requirement.basis in DECIDING


def _result(id: str, rule: int, level: str, text: str, location: Json, fingerprint: str) -> Json:
    return {
        "ruleId": id,
        "ruleIndex": rule,
        "level": level,
        "message": _message(text),
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }


# Where


class _File:
    """One file: where in it something stands, and what tells its results from all others."""

    def __init__(self, report: Received, open: Open) -> None:
        self.tree = open(report) if report.submission else None
        self.uri = None if report.file == STANDARD_INPUT else _uri(report.file)
        self.times = Counter[str]()

    def at(self, path: Path) -> Json:
        """The location of a value; where it is not given, of the key of the nearest section that is."""
        if self.tree is None or isinstance(self.tree, Filled):
            return self.location((0, 0), self.cell(path), dotted(path))
        known = _known(self.tree.value, path)
        place = self.tree.locate(known, key=known != path) if known else (1, 1)
        return self.location(place, dotted(path))

    def cell(self, path: Path) -> str:
        """The cell of a value in a workbook."""
        return self.tree.cell(path) if isinstance(self.tree, Filled) else ""

    def location(self, place: tuple[int, int], *names: str) -> Json:
        """Line and column count from 1; with a line of 0 the whole file is meant. Those of the `names` are given that
        there are."""
        artifact = {"description": {"text": "standard input"}} if self.uri is None else {"uri": self.uri}
        physical: Json = {"artifactLocation": artifact}
        if place[0]:
            physical["region"] = {"startLine": place[0], "startColumn": place[1]}
        made: Json = {"physicalLocation": physical}
        if any(names):
            made["logicalLocations"] = [{"fullyQualifiedName": visible(name)} for name in names if name]
        return made

    def fingerprint(self, *parts: str) -> str:
        """What stays the same while a file is edited elsewhere; equal ones in a file are counted."""
        digest = sha256(json.dumps([self.uri, *parts]).encode()).hexdigest()
        self.times[digest] += 1
        return f"{digest}:{self.times[digest]}"


def _known(value: Any, path: Path) -> Path:
    """As much of the path as there is in the tree."""
    for i, step in enumerate(path):
        is_there = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not is_there:
            return path[:i]
        value = value[step]
    return path


def _uri(file: str) -> str:
    """A file's name as a URI, relative where the name is."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _answer(id: str) -> Path:
    return ("answers", *id.split("."))


def _concerned(found: Assessment, result: ProvisionResult, finding: Finding) -> list[Path]:
    """The places in a file that a finding rests on, first the one where something is to be done."""
    provision, test = result.provision, finding.requirement.test
    status: Path = ("provisions", provision.id, "status")
    if finding.outcome is Outcome.ALTERNATIVE:
        return [status]
    read_by_test = [*([status] if test.provision else []), *map(_answer, test.reads)]
    open_facts: list[str] = []
    if result.applies is Applies.UNKNOWN and provision.applies_when:
        doubtful = {rating.question for rating in found.ratings if rating.is_under_rated}
        reads = provision.applies_when.reads
        open_facts = [id for id in reads if id in doubtful or id not in found.submission.answers]
    blank = [id for id in test.reads if id not in found.submission.answers]
    first = [*map(_answer, open_facts), *map(_answer, blank)]
    return list(dict.fromkeys([*first, *read_by_test])) or [("answers",)]


# Words


def _words(result: ProvisionResult, finding: Finding) -> str:
    provision, requirement = result.provision, finding.requirement
    head = f"{provision.id} {provision.title}: {requirement.statement.rstrip('.')}: {outcome_words(finding.outcome)}."
    if finding.outcome is Outcome.ALTERNATIVE:
        return f"{head} It decides nothing until a decision accepts the alternative."
    why = f" Whether it applies is open: {result.applies_why}." if result.applies is Applies.UNKNOWN else ""
    return f"{head}{why} Observed: {finding.observed}; expected: {finding.expected}. {requirement.remedy}"


def _message(text: str) -> Json:
    """Text that says what it says: single braces would be a placeholder, brackets before parentheses a link."""
    plain = visible(" ".join(text.split())).replace("{", "{{").replace("}", "}}")
    return {"text": _BRACKETS.sub(r"\\\g<0>", plain) if "](" in plain else plain}


def _problem_rule(id: str) -> Json:
    return _described(id, _title(id), PROBLEMS[id].explanation, explain_problem(id) or "", "error")


def _flag_rule(id: str, code: Code) -> Json:
    meaning = list(flag_meaning(id, code.catalogue))
    return _described(id, _title(id), meaning[0], "\n\n".join(meaning), "warning")


def _requirement_rule(code: Code, provision: Provision, requirement: Requirement) -> Json:
    document = code.sources.get(requirement.source.doc)
    paragraphs = (
        provision.text,
        requirement.why,
        requirement.remedy,
        f"{provision.id} {OBLIGATION_WORDS[provision.obligation]}. This rests on {BASIS_WORDS[requirement.basis]}.",
        f"Source: {source_words(requirement.source, code)}.",
        f"More: compliance explain {provision.id}",
    )
    level = _level(provision, requirement)
    help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph)
    made = _described(f"{provision.id}/{requirement.id}", requirement.statement, provision.title, help, level)
    if document and document.url:
        made["helpUri"] = document.url
    made["properties"] = {
        "code": code.name,
        "provision": provision.id,
        "basis": requirement.basis,
        "severity": provision.severity,
        "tags": [code.id, provision.chapter],
    }
    return made


def _described(id: str, title: str, about: str, help: str, level: str) -> Json:
    return {
        "id": id,
        "shortDescription": {"text": " ".join(title.split())},
        "fullDescription": {"text": " ".join(about.split())},
        "help": {"text": help.rstrip()},
        "defaultConfiguration": {"level": level},
    }


def _title(id: str) -> str:
    return id.replace("-", " ").capitalize()
