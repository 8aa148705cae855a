"""The use cases: find the rules, read files, decide which codes apply, assess. Files and the clock come in here.

The command line and the dashboard both call what stands here, so they cannot disagree. `home` is the one place that
knows where rules and samples lie, in a checkout and in an installed wheel.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from compliance import codes as code_files
from compliance import compiled, document, examples, schema
from compliance.document import MOST_BYTES
from compliance.engine import assess, fits
from compliance.export import glossary
from compliance.export.json import shape as check_shape
from compliance.model import Assessment, Catalogue, Code, Problem, Submission
from compliance.problems import nearest, problem
from compliance.questions import read_catalogue
from compliance.questions import shape as questions_shape
from compliance.reasons import explain
from compliance.submissions import read_submission as read_bytes

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The catalogue, every version of every code (oldest first within an id) and the schema of a self-assessment."""

    catalogue: Catalogue
    codes: tuple[Code, ...]
    schema: dict[str, Any]

    def find(self, name: str) -> Code | None:
        """The code called `ID@VERSION`, or the newest version of `ID`."""
        matching = [code for code in self.codes if name in (code.id, code.name)]
        return matching[-1] if matching else None

    def fitting(self, submission: Submission, on: date | None) -> list[Code]:
        """Every code in force on the day whose scope does not rule this service out."""
        day = on or submission.period_to
        return [code for code in self.codes if _covers(code, day) and fits(code, submission)]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One file read: a self-assessment, or the problems that refuse it, never both."""

    file: str
    data: bytes
    submission: Submission | None
    problems: tuple[Problem, ...]


class RulesError(Exception):
    """The rules themselves have problems; nothing can be assessed with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems in the rules")
        self.problems = tuple(problems)


def today() -> date:
    """The day it is here, which only edges may ask."""
    return datetime.now().astimezone().date()


@cache
def home() -> Path:
    """The folder that holds `rules/`, `sample_reports/` and `app.py`: the package itself in a wheel, else the
    checkout."""
    package = Path(__file__).resolve().parent
    return package if (package / "rules").is_dir() else package.parent


@cache
def load_rules(path: Path | None = None) -> Rules:
    """The shipped rules, or the codes in `path` in their place, with its `questions.yaml` if it has one."""
    shipped = home() / "rules"
    folder = path or shipped
    questions = folder / "questions.yaml" if folder.is_dir() else shipped / "questions.yaml"
    questions = questions if questions.is_file() else shipped / "questions.yaml"
    catalogue, wrong = read_catalogue(questions.read_bytes(), str(questions), read=compiled.read)
    if catalogue is None:
        raise RulesError(wrong)
    read: dict[Path, Code] = {}
    refused: list[Problem] = []
    for file in code_paths(folder):
        code, wrong = code_files.read_code(file.read_bytes(), str(file), catalogue, read=compiled.read)
        refused += wrong
        if code:
            read[file] = code
    refused = refused or _between(read)
    if refused:
        raise RulesError(refused)
    codes = list(read.values())
    codes.sort(key=lambda code: (code.id, code.in_force.start or date.min, code.version))
    # A file may say something of the shipped codes' provisions whichever codes it is assessed by.
    known = [*codes, *(load_rules().codes if path else ())]
    provisions = sorted({provision.id for code in known for provision in code.provisions})
    return Rules(catalogue, tuple(code_files.succession(codes)), schema.self_assessment(catalogue, provisions))


def code_paths(path: Path) -> list[Path]:
    """The code files at `path`: itself, those in its `codes` folder, or those beside each other in it."""
    if path.is_file():
        return [path]
    folder = path / "codes" if (path / "codes").is_dir() else path
    return sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES and file.stem != "questions")


def load_code(name: str) -> Code:
    """The shipped code `ID` or `ID@VERSION`; raises KeyError where there is none."""
    code = load_rules().find(name)
    if code is None:
        raise KeyError(f"no code {name}; there are {', '.join(code.name for code in load_rules().codes)}")
    return code


def read_submission(path: str | os.PathLike[str]) -> tuple[Submission | None, list[Problem]]:
    """The self-assessment in a file, or None and its problems. Raises OSError only where the file cannot be read."""
    report = read_report(Path(path), load_rules(), today())
    return report.submission, list(report.problems)


def read_report(path: Path, rules: Rules, today: date) -> Report:
    """The file at `path`, read no further than the limit on size."""
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    return report_of(data, str(path), rules, today)


def report_of(data: bytes, file: str, rules: Rules, today: date) -> Report:
    submission, wrong = read_bytes(data, file, rules.catalogue, rules.schema, today)
    return Report(file, data, None if wrong else submission, tuple(wrong))


def assess_report(report: Report, codes: Iterable[Code], on: date | None) -> Iterator[Assessment]:
    """The assessment of a report that has no problems by each code."""
    if report.submission is not None:
        for code in codes:
            yield explain(assess(code, [report.submission], on=on), 0)


def report_paths(paths: Iterable[Path]) -> list[Path]:
    """The self-assessments at `paths`: files as given, folders searched for YAML and JSON, recorded results left
    out."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
            found += [p for p in inside if not p.name.endswith(".expected.json")]
        else:
            found.append(path)
    return found


def samples() -> Path:
    """The folder of the shipped sample self-assessments."""
    return home() / "sample_reports"


def lint(path: Path) -> list[Problem]:
    """Everything that an author has to mend in the codes and questions at `path`, examples that do not hold
    included."""
    questions = path if path.name == "questions.yaml" else path / "questions.yaml"
    questions = questions if questions.is_file() else home() / "rules" / "questions.yaml"
    data = questions.read_bytes()
    catalogue, found = read_catalogue(data, str(questions), with_lint=True)
    if catalogue is None:
        return found
    found = examples.rule_failures(catalogue, data, str(questions))
    read: dict[Path, Code] = {}
    for file in [] if path == questions else code_paths(path):
        data = file.read_bytes()
        code, wrong = code_files.read_code(data, str(file), catalogue, with_lint=True)
        found += wrong or (examples.failures(code, data, str(file)) if code else [])
        if code:
            read[file] = code
    return found + ([] if path.is_file() else _between(read))


def _between(codes: Mapping[Path, Code]) -> list[Problem]:
    """What is wrong between codes: a version that there is twice, or that supersedes one that is not there."""
    found: list[Problem] = []
    names = [code.name for code in codes.values()]
    for file, code in codes.items():
        tree, _ = document.read(file.read_bytes(), str(file))
        if tree and names.count(code.name) > 1:
            found.append(tree.problem("repeated-id", ("id",), id=code.name))
        if tree and code.supersedes and code.supersedes not in names:
            near = nearest(code.supersedes, [name for name in names if name != code.name])
            hint = f"Did you mean {near}?" if near else "Name the version as ID@VERSION; its file has to be kept."
            place = ("supersedes",)
            found.append(tree.problem("unknown-reference", place, what="code", name=code.supersedes, hint=hint))
    return found


def meanings(width: int) -> dict[str, str]:
    """What every problem, flag, consistency rule, question and provision id means."""
    rules = load_rules()
    return glossary.entries(rules.catalogue, rules.codes, width)


def _covers(code: Code, day: date) -> bool:
    start, end = code.in_force.start or date.min, code.in_force.end or date.max
    return start <= day <= end


def unreadable(file: str, error: OSError) -> Problem:
    """A file that the system does not let us read, as a problem."""
    return problem("file-unreadable", file, 0, 0, "", reason=error.strerror or "it cannot be read")


def schemas(rules: Rules) -> dict[str, Any]:
    """The published JSON Schemas by file name."""
    return {
        "self-assessment-1.json": rules.schema,
        "questions-1.json": questions_shape(),
        "code-of-practice-1.json": code_files.shape(),
        "check-1.json": check_shape(),
    }


def schema_text(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
