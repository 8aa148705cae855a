"""The use cases: find the rules, read files, decide which codes apply, assess. Files and the clock come in here.

The command line and the dashboard both call what stands here, so they cannot disagree. `home` is the one place that
knows where rules and samples lie, in a checkout and in an installed wheel.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from errno import EEXIST, ENOENT
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from compliance import amendments, authoring, baseline, compiled, document, examples, schema, skeleton
from compliance import codes as code_files
from compliance.document import MOST_BYTES
from compliance.engine import assess, fits
from compliance.export import glossary
from compliance.export.json import shape as check_shape
from compliance.model import BINDING, Assessment, Catalogue, Code, Problem, Received, Submission
from compliance.model import Path as Steps
from compliance.problems import PROBLEMS, in_order, nearest, problem
from compliance.problems import explain as explain_problem
from compliance.questions import circular, read_catalogue
from compliance.questions import shape as questions_shape
from compliance.reasons import explain
from compliance.submissions import open_tree
from compliance.submissions import read_submission as read_bytes
from compliance.vocabulary import FLAG_WORDS

if TYPE_CHECKING:
    from compliance.advice import Advice
    from compliance.templates import Form

SUFFIXES = (".yaml", ".yml", ".json")
REPORT_SUFFIXES = (*SUFFIXES, ".xlsx")
NO_REPORTS = (".expected.json", ".schema.json")  # recorded results, and the schema beside a template
TEMPLATE_SCHEMA = "self-assessment-1.schema.json"
NO_CODES = ("questions", "cohorts")


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

    def named(self, names: Iterable[str], submission: Submission, on: date | None) -> list[Code]:
        """The codes of these names that there are, as they stand on the day."""
        day = on or submission.period_to
        found = (self.standing(name, day) for name in names)
        return [code for code in found if code]

    def standing(self, name: str, day: date) -> Code | None:
        """The code called `ID@VERSION`; of an `ID` the version that had begun last by the day, else the first."""
        versions = [code for code in self.codes if code.id == name]
        begun = [code for code in versions if (code.in_force.start or date.min) <= day]
        return begun[-1] if begun else versions[0] if versions else self.find(name)

    def fitting(self, submission: Submission, on: date | None) -> list[Code]:
        """Every code in force on the day whose scope does not rule this service out."""
        day = on or submission.period_to
        return [code for code in self.codes if _covers(code, day) and fits(code, submission)]

    def binding(self, submission: Submission) -> list[Code]:
        """Those of the fitting codes that bind, by law; all of them where none does."""
        fitting = self.fitting(submission, None)
        return [code for code in fitting if code.standing in BINDING] or fitting


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


def load_rules(path: Path | None = None) -> Rules:
    """The shipped rules, or the codes in `path` in their place, with its folder's `questions.yaml` if it has one.

    What was read stays in memory until a file's size or time of change is another. Raises RulesError.
    """
    place = path or home() / "rules"
    if not place.exists():
        raise RulesError([_missing(place)])
    files = code_paths(place)
    if not files:
        raise RulesError([problem("no-codes", str(place))])
    return _load(tuple(map(_stamp, (_questions(place), *files))), place.is_dir(), path is None)


def _beside(file: Path, read: document.Read = document.read, seen: Sequence[Path] = ()) -> code_files.Base:
    """The code of a name in a file beside this one."""

    def base(name: str) -> document.Tree | code_files.NoBase:
        others = [other for suffix in SUFFIXES if (other := file.with_name(name + suffix)).is_file()]
        if not others:
            return "missing"
        other = others[0]
        if other in (file, *seen):
            return "circular"
        tree, wrong = code_files.open_code(other.read_bytes(), str(other), read, _beside(other, read, (*seen, file)))
        is_circular = any(each.id == "circular-reference" for each in wrong)
        return tree or ("circular" if is_circular else "faulty")

    return base


def _stamp(file: Path) -> tuple[Path, int, int]:
    about = file.stat()
    return file, about.st_mtime_ns, about.st_size


@lru_cache(maxsize=8)
def _load(stamps: Sequence[tuple[Path, int, int]], is_whole: bool, is_shipped: bool) -> Rules:
    questions, *files = (file for file, _, _ in stamps)
    catalogue, wrong = read_catalogue(questions.read_bytes(), str(questions), read=compiled.read)
    if catalogue is None:
        raise RulesError(in_order(wrong))
    read: dict[Path, Code] = {}
    refused: list[Problem] = []
    for file in files:
        base = _beside(file, compiled.read)
        code, wrong = code_files.read_code(file.read_bytes(), str(file), catalogue, read=compiled.read, base=base)
        refused += in_order(wrong)
        if code:
            read[file] = code
    refused = refused or _between(read, is_whole)
    if refused:
        raise RulesError(refused)
    codes = list(read.values())
    codes.sort(key=lambda code: (code.id, code.in_force.start or date.min, code.version))
    # A file may say something of the shipped codes' provisions whichever codes it is assessed by.
    known = [*codes, *(() if is_shipped else load_rules().codes)]
    titles = {provision.id: provision.title for code in known for provision in code.provisions}
    return Rules(
        catalogue, tuple(code_files.succession(codes)), schema.self_assessment(catalogue, sorted(titles), titles)
    )


def _questions(path: Path) -> Path:
    """The questions that the codes at `path` are read with: those beside or above them, else the shipped ones."""
    folder = path if path.is_dir() else path.parent
    folders = [folder]
    if folder.absolute().name == "codes":
        folders.append((folder if folder.name else folder.absolute()).parent)
    own = (each / "questions.yaml" for each in folders)
    return next((file for file in own if file.is_file()), home() / "rules" / "questions.yaml")


def code_paths(path: Path) -> list[Path]:
    """The code files at `path`: itself, those in its `codes` folder, or those beside questions and cohorts in it."""
    if path.is_file():
        return [path]
    folder = path / "codes" if (path / "codes").is_dir() else path
    return sorted(
        file for file in folder.iterdir() if file.suffix in SUFFIXES and file.stem not in NO_CODES and file.is_file()
    )


def linted(path: Path) -> list[Path]:
    """The code files that `lint` reads: none where the path is the file of the questions or of the cohorts."""
    return [] if path.is_file() and path.stem in NO_CODES else code_paths(path)


def code_called(name: str, rules: Rules, day: date) -> Code | None:
    """The code in the file `name`, or the one called `ID@VERSION`, or the version of `ID` that stands on the day.

    Raises RulesError where a file has problems.
    """
    is_file = Path(name).suffix in SUFFIXES
    return load_rules(Path(name)).codes[-1] if is_file else rules.standing(name, day)


def load_code(name: str) -> Code:
    """The shipped code `ID` or `ID@VERSION`; raises KeyError where there is none."""
    code = load_rules().find(name)
    if code is None:
        raise KeyError(f"no code {name}; there are {', '.join(code.name for code in load_rules().codes)}")
    return code


def read_submission(path: str | os.PathLike[str]) -> tuple[Submission | None, list[Problem]]:
    """The self-assessment in a file, or None and its problems."""
    report = read_report(Path(path), load_rules(), today())
    return report.submission, list(report.problems)


def read_report(path: Path, rules: Rules, today: date) -> Received:
    """The file at `path`, read and checked."""
    arrived = receive(path)
    return arrived if arrived.problems else report_of(arrived.data, arrived.file, rules, today)


def receive(path: Path, most: int = MOST_BYTES) -> Received:
    """The bytes of the file at `path`, no more of them than the limit on size; nothing of them is read yet."""
    try:
        with path.open("rb") as stream:
            return Received(str(path), stream.read(most + 1))
    except (OSError, ValueError) as error:  # the latter for a name that no file can have
        return _unreadable(path, error)


def report_of(data: bytes, file: str, rules: Rules, today: date) -> Received:
    """What reading `data` as a self-assessment gives."""
    submission, wrong = read_bytes(data, file, rules.catalogue, rules.schema, today)
    return Received(file, data, None if wrong else submission, tuple(wrong))


def tree_of(report: Received, rules: Rules) -> document.Tree | None:
    """What stands where in a report: its value with the line, or the cell, of each part."""
    provisions = rules.schema["properties"]["provisions"]["properties"]
    return open_tree(report.data, report.file, rules.catalogue.questions, provisions)[0]


def assess_report(report: Received, codes: Iterable[Code], on: date | None) -> Iterator[Assessment]:
    """The assessment of a report that has no problems by each code."""
    if report.submission is not None:
        for code in codes:
            yield assess_submission(report.submission, code, on)


def assess_submission(submission: Submission, code: Code, on: date | None) -> Assessment:
    """What a code says of a self-assessment on a day, None for its period's last."""
    return explain(assess(code, [submission], on=on), 0)


def advise_report(submission: Submission, codes: Iterable[Code], on: date | None) -> Advice:
    """What can be done about a self-assessment, by each code."""
    from compliance.advice import advise  # which `check` does without

    return advise(tuple(codes), submission, on)


def read_baseline(path: Path) -> tuple[list[baseline.Result] | None, list[Problem]]:
    """The results recorded in a file, or None and its problems."""
    arrived = receive(path, baseline.MOST_BYTES)
    return (None, list(arrived.problems)) if arrived.problems else baseline.read(arrived.data, arrived.file)


def find(paths: Iterable[str], also: str = "") -> list[Path | Received]:
    """The files at `paths`: files as given, folders searched for YAML, JSON and workbooks and for files named `also`,
    recorded results and schemas left out; refused is what cannot be searched, and a folder without any."""
    return [each for path in paths for each in (_inside(Path(path), also) if _is_folder(path) else [_named(path)])]


def _is_folder(path: str) -> bool:
    return bool(path) and os.path.isdir(path)  # noqa: PTH112 - pathlib's raises for some names that no file can have


def _named(path: str) -> Path | Received:
    return Path(path) if path else _unreadable(Path(), FileNotFoundError(ENOENT, "No name was given"))


def _inside(folder: Path, also: str) -> list[Path | Received]:
    refused: list[OSError] = []
    found = [
        Path(at, name)
        for at, _, names in os.walk(folder, onerror=refused.append)
        for name in names
        if name == also or _is_report(name)
    ]
    reports = [_unreadable(Path(error.filename), error) for error in refused]
    files: list[Path | Received] = [path for path in sorted(found) if path.is_file()]
    if not files and not reports:
        reports = [Received(str(folder), b"", None, (problem("nothing-found", str(folder)),))]
    return files + reports


def _is_report(name: str) -> bool:
    """Whether a file in a folder is taken for a self-assessment; what Excel keeps beside an open workbook is none."""
    return Path(name).suffix.lower() in REPORT_SUFFIXES and not name.endswith(NO_REPORTS) and not name.startswith("~$")


def samples() -> Path:
    """The folder of the shipped sample self-assessments."""
    return home() / "sample_reports"


def find_samples() -> list[Path]:
    """The shipped sample self-assessments."""
    return [path for path in find([str(samples())]) if isinstance(path, Path)]


def begin_report(form: Form, format: str, path: Path, rules: Rules) -> list[Path]:
    """Writes a form as YAML, JSON or a workbook, and beside YAML the JSON Schema that editors check it with.

    Nothing that is there is written over: FileExistsError.
    """
    files = {path: report_bytes(form, format, TEMPLATE_SCHEMA)}
    if format == "yaml":
        files[path.with_name(TEMPLATE_SCHEMA)] = schema_text(rules.schema).encode()
    there = {file for file in files if file.exists()}
    for file in there:
        if file == path or file.read_bytes() != files[file]:
            raise FileExistsError(EEXIST, "It is there already", str(file))
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in files.keys() - there:
        with file.open("xb") as stream:
            stream.write(files[file])
    return [file for file in files if file not in there]


def report_bytes(form: Form, format: str, schema_name: str = "") -> bytes:
    """A form as a file; a YAML file names its schema where it has one beside it."""
    if format == "xlsx":
        from compliance.export import workbook  # takes a quarter of a second, and nothing else needs it

        return workbook.render(form)
    from compliance.export import template

    return (template.to_json(form) if format == "json" else template.to_yaml(form, schema_name)).encode()


def lint(path: Path) -> list[Problem]:
    """Everything that an author has to mend in the codes and questions at `path`, examples that do not hold included.

    File by file, each in its order and at most fifty; what needs questions is looked for only where they can be read.
    """
    if not path.exists():
        return [_missing(path)]
    questions, files = _questions(path), linted(path)
    if not files and path.is_dir() and questions.parent != path:
        return [problem("no-codes", str(path))]
    catalogue, wrong = read_catalogue(questions.read_bytes(), str(questions), with_lint=True)
    if catalogue:
        wrong = [*wrong, *_failing(examples.rule_failures, catalogue, questions), *_taken(catalogue, questions)]
        wrong += _failing(authoring.unreached_ratings, catalogue, questions)
    found = {str(questions): wrong}
    read: dict[Path, Code] = {}
    for file in files:
        data = file.read_bytes()
        code, wrong = code_files.read_code(data, str(file), catalogue, authoring.lint, base=_beside(file))
        found[str(file)] = [*wrong, *skeleton.left_over(data, str(file))]
        if code:
            read[file] = code
            found[str(file)] = [*found[str(file)], *_failing(examples.failures, code, file)]
            if code.name != file.stem:
                found[str(file)] += _at(file, "file-name", (), name=code.name, suffix=file.suffix)
    for each in (*_between(read, is_whole=path.is_dir() and len(read) == len(files)), *_dropped(read)):
        found[each.file].append(each)
    groups = questions.with_name("cohorts.yaml")
    if catalogue and groups.is_file() and (path.is_dir() or path.name == groups.name):
        from compliance.cohorts import read_cohorts  # `check` needs no cohorts

        cohorts, found[str(groups)] = read_cohorts(groups.read_bytes(), str(groups), catalogue)
        whens = [cohort.when for cohort in cohorts.all if cohort.when] if cohorts else []
        found[str(groups)] += _failing(partial(authoring.unreached_cohorts, catalogue), whens, groups)
    return [each for problems in found.values() for each in in_order(problems)]


def begin_code(id: str, version: str, title: str, folder: Path, with_questions: bool) -> list[Path]:
    """Writes the skeleton of a new code to the folder's `codes`, and the shipped questions beside it where wanted.

    Nothing that is there is written over: FileExistsError. With questions, a code that is there is left as it is.
    """
    rules, file = home() / "rules", folder / "codes" / f"{id}@{version}.yaml"
    wanted = {file: skeleton.begin((rules / "skeleton.yaml").read_text(encoding="utf-8"), id, version, title)}
    if with_questions:
        wanted[folder / "questions.yaml"] = (rules / "questions.yaml").read_text(encoding="utf-8")
        if file.exists():
            del wanted[file]
    for path in wanted:
        if path.exists():
            raise FileExistsError(EEXIST, "It is there already", str(path))
    file.parent.mkdir(parents=True, exist_ok=True)
    for path, text in wanted.items():
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    return list(wanted)


Of = TypeVar("Of")


def _failing(failures: Callable[[Of, document.Tree], list[Problem]], of: Of, file: Path) -> list[Problem]:
    """The examples in a rules file that do not hold."""
    tree = _tree(_stamp(file))
    return failures(of, tree) if tree else []


def _taken(catalogue: Catalogue, file: Path) -> Iterator[Problem]:
    """The consistency rules whose flag could not be told from one that the engine raises by itself."""
    for i, rule in enumerate(catalogue.consistency):
        if rule.id in FLAG_WORDS:
            yield from _at(file, "id-taken", ("consistency", i, "id"), id=rule.id, what="a built-in flag")


def _between(codes: Mapping[Path, Code], is_whole: bool) -> list[Problem]:
    """What is wrong between codes; only in a whole folder does a version have to be there that another supersedes."""
    found: list[Problem] = []
    times = Counter(code.name for code in codes.values())
    circle = circular({code.name: code.supersedes for code in codes.values() if code.supersedes})
    owners: dict[str, str] = {}
    by_name = {code.name: code for code in codes.values()}
    followed: dict[str, str] = {}
    for file, code in codes.items():
        before = by_name.get(code.supersedes or "")
        if before and code.name not in circle:
            for why in _cannot_follow(code, before, followed.setdefault(before.name, code.name)):
                found += _at(file, "succession", ("supersedes",), name=code.name, why=why)
        if times[code.name] > 1:
            found += _at(file, "repeated-id", ("id",), id=code.name)
        if code.name in circle:
            found += _at(file, "circular-reference", ("supersedes",), name=code.name)
        elif is_whole and code.supersedes and code.supersedes not in times:
            near = nearest(code.supersedes, [name for name in times if name != code.name])
            hint = f"Did you mean {near}?" if near else "Name the version as ID@VERSION; its file has to be kept."
            found += _at(file, "unknown-reference", ("supersedes",), what="code", name=code.supersedes, hint=hint)
        for i, provision in enumerate(code.provisions):
            owner = owners.setdefault(provision.id, code.id)
            if owner != code.id:
                what = f"a provision of {owner}"
                found += _at(file, "id-taken", ("provisions", i, "id"), id=provision.id, what=what)
    return found


def _dropped(codes: Mapping[Path, Code]) -> Iterator[Problem]:
    """The provisions that a version no longer has and says nothing of."""
    by_name = {code.name: code for code in codes.values()}
    for file, code in codes.items():
        before, tree = by_name.get(code.supersedes or ""), _tree(_stamp(file))
        if before is None or tree is None:
            continue
        said = {*(tree.value.get("removed") or {}), *code.left_out}
        here = {id for provision in code.provisions for id in (provision.id, provision.under)}
        for id in (provision.id for provision in before.provisions if provision.id not in said | here):
            yield from _at(file, "removed-unlisted", ("supersedes",), provision=id, before=before.name)


def _cannot_follow(code: Code, before: Code, successor: str) -> Iterator[str]:
    """Why a version cannot come after another, whose one successor is named."""
    begins, began = code.in_force.start or date.min, before.in_force.start or date.min
    if begins <= began:
        yield f"it begins on {begins}, and {before.name}, which it supersedes, on {began}"
    elif before.in_force.end and before.in_force.end >= begins:
        yield f"{before.name} says that it is in force until {before.in_force.end}, beyond the day on which this begins"
    if successor != code.name:
        yield f"{successor} supersedes {before.name} already"


def _at(file: Path, id: str, path: Steps, /, **details: object) -> list[Problem]:
    """The problem `id` at a place in a rules file, in a list; none where the file can no longer be read."""
    tree = _tree(_stamp(file))
    return [tree.problem(id, path, key=False, **details)] if tree else []


@lru_cache(maxsize=1)
def _tree(stamp: tuple[Path, int, int]) -> document.Tree | None:
    file, _, _ = stamp
    tree, _ = document.read(file.read_bytes(), str(file))
    is_amending = tree is not None and isinstance(tree.value, dict) and amendments.KEY in tree.value
    return code_files.open_code(tree.data, str(file), base=_beside(file))[0] if tree and is_amending else tree


def meaning(id: str, path: Path | None, width: int) -> tuple[str, str | None]:
    """What a problem, flag, consistency rule, question or provision id of the rules at `path` means, as text.

    Where nothing is called so, no text and the nearest id, if one is near.
    """
    rules = load_rules(path)
    entries = glossary.entries(rules.catalogue, rules.codes)
    words = glossary.page(id, entries[id](), width) if id in entries else explain_problem(id)
    return (words, id) if words else ("", nearest(id, [*PROBLEMS, *entries]))


def _covers(code: Code, day: date) -> bool:
    start, end = code.in_force.start or date.min, code.in_force.end or date.max
    return start <= day <= end


def _unreadable(path: Path, error: OSError | ValueError) -> Received:
    """What the system does not let us read."""
    return Received(str(path), b"", None, (unreadable(str(path), error),))


def unreadable(file: str, error: OSError | ValueError) -> Problem:
    """A file that the system does not let us read, as a problem."""
    reason = error.strerror if isinstance(error, OSError) else None
    return problem("file-unreadable", file, 0, 0, "", reason=reason or "it cannot be read")


def _missing(path: Path) -> Problem:
    return problem("file-unreadable", str(path), reason="there is no such file or folder")


def schemas(rules: Rules) -> dict[str, Any]:
    """The published JSON Schemas by file name."""
    return {
        "self-assessment-1.json": rules.schema,
        "questions-1.json": questions_shape(),
        "code-of-practice-1.json": code_files.published_shape(),
        "check-1.json": check_shape(),
    }


def schema_text(tree: dict[str, Any]) -> str:
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
