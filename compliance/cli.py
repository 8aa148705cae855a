"""The command line: words in, words out; every decision is `audit`'s.

Exit status: 0 fine, 1 below the asked gate, 2 the input has problems, 3 not possible now. What a command needs is
imported when it runs, so that `check` starts fast.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from compliance import __version__
from compliance.model import Conclusion, Received, Refusal
from compliance.problems import visible

if TYPE_CHECKING:
    from compliance.audit import Rules
    from compliance.baseline import Difference, Result
    from compliance.model import Assessment, Code
    from compliance.records import Receipt
    from compliance.store import Store

T = TypeVar("T")
FINE, BELOW_GATE, REFUSED, NOT_NOW = 0, 1, 2, 3
INTERRUPTED = 130
MANY_FILES = 20
STORE_HELP = "sqlite:///PATH or postgresql://… (default: $COMPLIANCE_STORE, else a file in your data folder)"
TEMPLATE_FORMATS = ("yaml", "json", "xlsx")
CODE_HELP = "ID@VERSION, ID (the version that stands today) or a code's file"
GATES = ("conforms", "conforms_with_comments")
REACH_HELP = "the least effort for conforms, conforms_with_comments or undetermined, or for a final score"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    # Both are None where the caller closed them.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    from compliance.audit import RulesError

    try:
        return int(options.run(options))
    except RulesError as refused:
        _print_problems(refused.problems)
        return REFUSED
    except BrokenPipeError:
        _stop_printing()
        return FINE
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        print(f"compliance: {visible(str(error.filename or 'the system'))}: {error.strerror}.", file=sys.stderr)
        return NOT_NOW


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _print_utf8() -> None:
    """JSON and CSV are UTF-8, whatever the terminal's encoding."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Another encoding alone would make errors strict again; an escape is JSON's own for what UTF-8 cannot hold.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _stop_printing() -> None:
    """Nobody reads on: what is still buffered must not raise at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="compliance", description="Runs a code of practice for online child safety on self-assessments."
    )
    parser.add_argument("--version", action="version", version=f"compliance {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="assess self-assessments", description=_check.__doc__)
    check.add_argument("files", nargs="+", metavar="FILE", help="a self-assessment, a folder of them, or - for stdin")
    check.add_argument("--code", action="append", metavar="ID[@VERSION]", help="a code to apply, in force or not")
    check.add_argument("--rules", type=Path, metavar="PATH", help="codes to use in place of the shipped ones")
    check.add_argument("--on", type=_day, metavar="DATE", help="the assessment's date (default: each period's end)")
    check.add_argument("--format", choices=("text", "json", "sarif"), default="text")
    check.add_argument("--fail-under", type=_points, metavar="N", help="exit 1 if a final figure is under N")
    check.add_argument("--fail-unless", choices=GATES, help="exit 1 if a conclusion is worse")
    check.add_argument("--baseline", type=Path, metavar="FILE", help="exit 1 if a provision is worse than in this JSON")
    check.set_defaults(run=_check)

    fix = commands.add_parser("fix", help="what to change first, and what it would bring", description=_fix.__doc__)
    fix.add_argument("file", metavar="FILE", help="a self-assessment, or - for stdin")
    fix.add_argument("--code", action="append", metavar="ID[@VERSION]", help="a code to apply, in force or not")
    fix.add_argument("--rules", type=Path, metavar="PATH", help="codes to use in place of the shipped ones")
    fix.add_argument("--on", type=_day, metavar="DATE", help="the assessment's date (default: the period's end)")
    fix.add_argument("--format", choices=("text", "json"), default="text")
    fix.add_argument("--reach", type=_to_reach, metavar="CONCLUSION|SCORE", help=REACH_HELP)
    fix.set_defaults(run=_fix)

    template = commands.add_parser("new", help="begin a self-assessment", description=_template.__doc__)
    template.add_argument("--code", action="append", metavar="ID[@VERSION]", help="default: the codes that bind by law")
    known = template.add_mutually_exclusive_group()
    known.add_argument("--profile", type=Path, metavar="FILE", help="a self-assessment whose facts are known already")
    known.add_argument("--from", type=Path, dest="source", metavar="FILE", help="one to take over whole, to convert it")
    template.add_argument("--format", choices=TEMPLATE_FORMATS, help="default: by the name after --out, else yaml")
    template.add_argument("--out", metavar="PATH", help="default: self-assessment.FORMAT; - for standard output")
    template.add_argument("--rules", type=Path, metavar="PATH", help="codes to use in place of the shipped ones")
    template.set_defaults(run=_template)

    codes = commands.add_parser("codes", help="list, show and check codes of practice").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = codes.add_parser("list", help="the codes, their dates and standing")
    listing.set_defaults(run=_list)
    show = codes.add_parser("show", help="one code as a document", description=_show.__doc__)
    show.add_argument("code", metavar="CODE", help=CODE_HELP)
    show.add_argument("--questions", action="store_true", help="with the questions that it reads and what they count")
    show.set_defaults(run=_show)
    diff = codes.add_parser("diff", help="what is different between two versions", description=_diff.__doc__)
    diff.add_argument("old", metavar="OLD", help=CODE_HELP)
    diff.add_argument("new", metavar="NEW", help=CODE_HELP)
    diff.add_argument("--format", choices=("text", "json"), default="text")
    diff.set_defaults(run=_diff)
    new = codes.add_parser("new", help="begin a code of your own", description=_new.__doc__)
    new.add_argument("name", type=_code_name, metavar="ID[@VERSION]", help="such as our-code or our-code@2026-03")
    new.add_argument("--title", default="", help="the code's title")
    new.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write (default: here)")
    new.add_argument("--questions", action="store_true", help="also copy the questions, to add your own to them")
    new.set_defaults(run=_new)
    lint = codes.add_parser("lint", help="everything an author has to mend")
    lint.add_argument("path", type=Path, nargs="?", help="a code file or a folder (default: the shipped rules)")
    lint.set_defaults(run=_lint)
    schema = codes.add_parser("schema", help="the JSON Schemas of all formats")
    schema.add_argument("name", nargs="?", help="print one of them")
    schema.add_argument("--out", type=Path, metavar="FOLDER", help="write them all")
    schema.set_defaults(run=_schema)
    explain = commands.add_parser("explain", help="what an id means: a problem, question, provision or flag")
    explain.add_argument("id")
    explain.set_defaults(run=_explain)
    for command in (explain, listing, show, diff, schema):
        command.add_argument("--rules", type=Path, metavar="PATH", help="codes to use in place of the shipped ones")

    importing = commands.add_parser("import", help="keep files in the store", description=_import.__doc__)
    importing.add_argument("files", nargs="+", metavar="PATH", help="self-assessments, folders, or register.csv")
    importing.set_defaults(run=_storing(_import))
    portfolio = commands.add_parser(
        "portfolio", help="how everyone in the store stands", description=_portfolio.__doc__
    )
    portfolio.add_argument("--code", metavar="ID[@VERSION]", help="default: the one in force last")
    portfolio.add_argument("--on", type=_day, metavar="DATE", help="periods ended by then (default: the latest period)")
    portfolio.add_argument("--cohort", metavar="ID", default="", help="only this cohort")
    portfolio.add_argument("--format", choices=("text", "csv", "json"), default="text")
    portfolio.set_defaults(run=_storing(_portfolio))
    for command in (importing, portfolio):
        command.add_argument("--store", metavar="URL", help=STORE_HELP)

    for name, words in (("dashboard", "the dashboard"), ("demo", "the dashboard with the samples")):
        dashboard = commands.add_parser(name, help=words)
        dashboard.add_argument("--port", type=_port, help="default: 8501, or a free one if it is taken")
        dashboard.add_argument("--no-browser", action="store_true", help="only print the address")
        dashboard.set_defaults(run=_storing(_dashboard if name == "dashboard" else _demo))
        if name == "dashboard":
            dashboard.add_argument("files", nargs="*", metavar="PATH", help="files to show (default: what is stored)")
            dashboard.add_argument("--store", metavar="URL", help=STORE_HELP)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-06-30") from None


def _code_name(text: str) -> tuple[str, str]:
    """The id and the version in a code's name; "1" where there is no version."""
    from compliance.codes import CODE_NAME
    from compliance.questions import KEBAB

    id, at, version = text.partition("@")
    version = version if at else "1"
    if not re.fullmatch(KEBAB, id) or not re.fullmatch(CODE_NAME, f"{id}@{version}"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a code's name: small letters, digits and hyphens, beginning with a letter, such as"
            " our-code; after an @ the version, of letters, digits, dots and hyphens, such as our-code@2026-03"
        )
    return id, version


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def _points(text: str) -> int:
    """Points as micro-points, so that a gate compares unrounded values."""
    from decimal import Decimal, InvalidOperation

    try:
        points = Decimal(text)
    except InvalidOperation:
        points = Decimal(-1)
    if not points.is_finite() or not 0 <= points <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 100")
    return int(points * 1_000_000)


def _to_reach(text: str) -> Conclusion | int:
    """A conclusion better than the worst one, or points as micro-points."""
    better = [*Conclusion][1:]
    if text in better:
        return Conclusion(text)
    try:
        return _points(text)
    except argparse.ArgumentTypeError:
        names = ", ".join(better)
        raise argparse.ArgumentTypeError(f"{text!r} is neither {names} nor a number from 0 to 100") from None


# check


def _check(options: argparse.Namespace) -> int:
    """Assesses each file by each code: every default code in force whose scope fits, or those named."""
    from compliance.audit import load_rules, read_baseline

    rules = load_rules(options.rules)
    named = options.code or []
    if not _are_codes(rules, named):
        return REFUSED
    recorded: list[Result] | None = None
    if options.baseline:
        recorded, problems = read_baseline(options.baseline)
        if recorded is None:
            _print_problems(problems)
            return _refused(Refusal(str(options.baseline), tuple(problems)))
    gates = _Gates(options.fail_under, options.fail_unless, recorded)
    status = FINE

    def judged() -> Iterator[tuple[Received, Assessment | Refusal]]:
        nonlocal status
        for report, entry in _entries(options.files, rules, named, options.on, options.baseline):
            status = max(status, _refused(entry) if isinstance(entry, Refusal) else gates.status(entry))
            if entry is not None:
                yield report, entry
        status = max(status, gates.status_at_end())

    entries = judged()
    try:
        _print_entries(entries, options.format, rules)
    except BrokenPipeError:
        _stop_printing()
        for _ in entries:
            pass  # nobody reads on, but the status speaks for every file
    return status


def _are_codes(rules: Rules, names: Iterable[str]) -> bool:
    """Whether each is the name of a code; the first that is not is said."""
    from compliance.problems import nearest

    for name in names:
        if rules.find(name) is None:
            near = nearest(name, [*{code.id: None for code in rules.codes}, *(code.name for code in rules.codes)])
            hint = f"did you mean {near}?" if near else "see `compliance codes list`."
            print(f"compliance: there is no code {name!r}; {hint}", file=sys.stderr)
            return False
    return True


def _entries(
    files: Sequence[str], rules: Rules, named: Sequence[str], on: date | None, left_out: Path | None = None
) -> Iterator[tuple[Received, Assessment | Refusal | None]]:
    """What was found for each file and code; None for a file that no code is addressed to, which is said.

    The file `left_out` is passed over where a folder that is searched holds it.
    """
    from compliance.audit import assess_report, find, read_report, report_of, today
    from compliance.document import MOST_BYTES

    paths = [
        path
        for file in files
        for path in ([None] if file == "-" else find([file]))
        if not (left_out and isinstance(path, Path) and str(path) != file and path.samefile(left_out))
    ]
    for path in _with_progress(paths, len(paths), "Assessing"):
        if path is None:
            data = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin else b""
            report = report_of(data, "-", rules, today())
        else:
            report = path if isinstance(path, Received) else read_report(path, rules, today())
        if report.submission is None:
            yield report, Refusal(report.file, report.problems)
            continue
        codes = rules.named(named, report.submission, on) if named else rules.fitting(report.submission, on)
        yield from ((report, found) for found in assess_report(report, codes, on))
        if not codes:
            print(f"{visible(report.file)}: no code in force on the day is addressed to this service.", file=sys.stderr)
            yield report, None


def _is_system_fault(refusal: Refusal) -> bool:
    """Whether a file that could not be read is there and may be read, so that trying again later may help."""
    could_not = any(problem.id == "file-unreadable" for problem in refusal.problems)
    return could_not and os.path.isfile(refusal.file) and os.access(refusal.file, os.R_OK)  # noqa: PTH113 - any name


def _refused(refusal: Refusal) -> int:
    return NOT_NOW if _is_system_fault(refusal) else REFUSED


class _Gates:
    """What results have to reach; says on standard error what keeps one below, as each is found."""

    def __init__(self, fail_under: int | None, fail_unless: str | None, recorded: Sequence[Result] | None) -> None:
        self.fail_under, self.fail_unless, self.recorded = fail_under, fail_unless, recorded
        self.held_to: set[int] = set()

    def status(self, found: Assessment | None) -> int:
        """Whether a result reaches every gate; None, a file without any, reaches none."""
        if found is None:
            gates = (self.fail_under, self.fail_unless, self.recorded)
            return FINE if gates == (None, None, None) else BELOW_GATE
        below = list(self._below(found))
        for why in below:
            print(f"{visible(found.submission.file)}: {found.code.name}: {why}", file=sys.stderr)
        return max(BELOW_GATE if below else FINE, self._against_recorded(found))

    def _below(self, found: Assessment) -> Iterator[str]:
        from compliance.export.json import Micro, text_of

        if self.fail_under is not None and found.figures is None:
            yield "no score, which is under every gate."
        if self.fail_under is not None and found.figures and found.figures.final < self.fail_under:
            final, least = text_of(Micro(found.figures.final)), text_of(Micro(self.fail_under))
            yield f"the final score, {final}, is under {least}."
        if self.fail_unless is not None and found.conclusion not in GATES[: GATES.index(self.fail_unless) + 1]:
            yield f"{found.conclusion or 'nothing to conclude'}, where the gate asks for {self.fail_unless}."

    def _against_recorded(self, found: Assessment) -> int:
        from compliance.baseline import compare

        if self.recorded is None:
            return FINE
        differences, held_to = compare(self.recorded, found)
        self.held_to |= held_to
        return self._said(differences)

    def status_at_end(self) -> int:
        """Whether everything that was recorded was held to something."""
        from compliance.baseline import gone

        return FINE if self.recorded is None else self._said(gone(self.recorded, self.held_to))

    def _said(self, differences: Iterable[Difference]) -> int:
        status = FINE
        for difference in differences:
            print(visible(str(difference)), file=sys.stderr)
            status = max(status, BELOW_GATE if difference.fails else FINE)
        return status


def _with_progress(each: Iterable[T], total: int | None, doing: str) -> Iterator[T]:
    """The same things, with a bar on the terminal's last line where they are many or their number is not known."""
    if (total is not None and total < MANY_FILES) or not sys.stderr.isatty():
        yield from each
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(each, doing, total=total, console=Console(stderr=True), transient=True)


def _print_entries(entries: Iterable[tuple[Received, Assessment | Refusal]], format: str, rules: Rules) -> None:
    """Prints each as it is found: what was assessed on standard output, in text what was refused on standard error."""
    found = (entry for _, entry in entries)
    if format != "text":
        _print_utf8()
        sys.stdout.writelines(_parts(entries, format, rules))
        return
    from compliance.export import text

    in_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width, separator = _width(), ""
    for page in text.pages(found):
        if isinstance(page, Refusal):
            sys.stdout.flush()
            sys.stderr.write(text.render([page], width, in_colour and sys.stderr.isatty()))
        else:
            sys.stdout.write(separator + text.render(page, width, in_colour))
            separator = "\n"


def _parts(entries: Iterable[tuple[Received, Assessment | Refusal]], format: str, rules: Rules) -> Iterator[str]:
    if format == "sarif":
        from compliance.audit import tree_of
        from compliance.export import sarif

        return sarif.parts(entries, lambda report: tree_of(report, rules))
    from compliance.export import json

    return json.parts(entry for _, entry in entries)


# fix


def _fix(options: argparse.Namespace) -> int:
    """Prints what to change first in one self-assessment, by each code: every fix with its effect alone, and with
    --reach the least effort that reaches a conclusion or a score (exit 1 where no fixes do)."""
    from compliance.advice import reach
    from compliance.audit import advise_report, load_rules
    from compliance.export import fixes

    rules, named = load_rules(options.rules), options.code or []
    if not _are_codes(rules, named):
        return REFUSED
    report = _report(options.file, rules)
    if report.submission is None:
        refusal = Refusal(report.file, report.problems)
        if options.format == "json":
            _print_utf8()
            sys.stdout.write(fixes.to_json(refusal))
        else:
            _print_problems(report.problems)
        return _refused(refusal)
    codes = rules.named(named, report.submission, options.on) if named else rules.fitting(report.submission, options.on)
    if not codes:
        print(f"{visible(report.file)}: no code in force on the day is addressed to this service.", file=sys.stderr)
    advice = advise_report(report.submission, codes, options.on)
    routes = [reach(advice, code, options.reach) for code in advice.codes] if options.reach is not None else []
    if options.format == "json":
        _print_utf8()
        sys.stdout.write(fixes.to_json(advice, routes))
    elif codes:
        sys.stdout.write(fixes.render(advice, routes, _width()))
    is_short = options.reach is not None and not (routes and all(route.is_reached for route in routes))
    return BELOW_GATE if is_short else FINE


def _report(file: str, rules: Rules) -> Received:
    """One file, or what standard input holds for -, read and checked."""
    from compliance.audit import read_report, report_of, today
    from compliance.document import MOST_BYTES

    if file == "-":
        return report_of(sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin else b"", "-", rules, today())
    return read_report(Path(file), rules, today())


# new


def _template(options: argparse.Namespace) -> int:
    """Writes a self-assessment to fill in: what the codes ask of a service, and why; of a known one only what may
    apply to it."""
    from compliance.audit import begin_report, load_rules, read_report, report_bytes, today
    from compliance.templates import blank, facts_only, form

    rules, file = load_rules(options.rules), options.profile or options.source
    if not _are_codes(rules, options.code or []):
        return REFUSED
    given = blank(today())
    if file:
        report = read_report(file, rules, today())
        if report.submission is None:
            _print_problems(report.problems)
            return REFUSED
        given = facts_only(report.submission, rules.catalogue.questions) if options.profile else report.submission
    codes = rules.named(options.code, given, None) if options.code else rules.binding(given)
    target = _target(options)
    if not codes or target is None:
        why = "no code in force is addressed to this service; name one with --code" if not codes else ""
        print(f"compliance: {why or 'the name after --out and --format say different things'}.", file=sys.stderr)
        return REFUSED
    path, format = target
    found = form(codes, given, rules.codes)
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(report_bytes(found, format))
        return FINE
    try:
        written = begin_report(found, format, path, rules)
    except FileExistsError as error:
        return _is_there(error, "--out")
    for each in written:
        print(f"written: {visible(str(each))}")
    size = f"{found.questions} questions and {len(found.declared)} provisions"
    print(f"It asks {size}, for {', '.join(code.name for code in codes)}.")
    head = "" if given.service.id else "say whose it is, "
    by = [f"--code={name}" for name in options.code or ()] + ([f"--rules={options.rules}"] if options.rules else [])
    print(f"Next: {head}fill in what you know and leave the rest empty. This says what is wrong or open:")
    print(f"  compliance {shlex.join(['check', *by, str(path)])}")
    return FINE


def _target(options: argparse.Namespace) -> tuple[Path | None, str] | None:
    """Where a template goes, standard output where that is None, and its format; None where they do not fit."""
    if options.out == "-":
        return None, options.format or "yaml"
    out = Path(options.out) if options.out else Path()
    if not options.out or out.is_dir():
        format = options.format or "yaml"
        return out / f"self-assessment.{format}", format
    suffix = out.suffix.lower().removeprefix(".").replace("yml", "yaml")
    format = options.format or (suffix if suffix in TEMPLATE_FORMATS else "yaml")
    return (out, format) if suffix == format else None


# codes


def _list(options: argparse.Namespace) -> int:
    """Prints one line a code: name, dates, standing, size, title."""
    from compliance.audit import load_rules

    codes = load_rules(options.rules).codes
    width = max((len(code.name) for code in codes), default=0)
    for code in codes:
        dates = f"{code.in_force.start or '…'} to {code.in_force.end or 'now'}"
        size = f"{len(code.provisions):>3} provisions"
        print(f"{code.name:<{width}}  {dates:<24}  {code.standing:<14}  {size}  {code.title}")
    return FINE


def _show(options: argparse.Namespace) -> int:
    """Prints one code as a document: what it asks, of whom, on what authority."""
    from compliance.audit import today
    from compliance.export.code import render

    found = _codes([options.code], options.rules)
    if not found:
        return REFUSED
    sys.stdout.write(render(found[0], _width(), today(), options.questions))
    return FINE


def _diff(options: argparse.Namespace) -> int:
    """Prints what is different between two versions of a code, or between a version and a draft."""
    from compliance.changes import compare
    from compliance.export import changes as export

    found = _codes([options.old, options.new], options.rules)
    if not found:
        return REFUSED
    old, new = found
    changes = compare(old, new)
    if options.format == "json":
        _print_utf8()
        sys.stdout.write(export.to_json(old, new, changes))
    else:
        sys.stdout.write(export.render(old, new, changes, _width()))
    return FINE


def _codes(names: Sequence[str], rules_path: Path | None) -> list[Code]:
    """The code of each name or path; none at all where there is one that is not a code, which is said."""
    from compliance.audit import code_called, load_rules, today

    rules = load_rules(rules_path)
    found = [code_called(name, rules, today()) for name in names]
    _are_codes(rules, [name for name, each in zip(names, found, strict=True) if each is None])
    return [each for each in found if each] if None not in found else []


def _is_there(error: FileExistsError, choice: str) -> int:
    there = f"{visible(str(error.filename))} is there already, and nothing is written over it"
    print(f"compliance: {there}; choose another {choice}.", file=sys.stderr)
    return REFUSED


def _new(options: argparse.Namespace) -> int:
    """Begins a code: writes a commented skeleton, marked where it is to be filled in, over nothing that is there."""
    from compliance.audit import begin_code

    id, version = options.name
    try:
        written = begin_code(id, version, options.title, options.out, options.questions)
    except FileExistsError as error:
        return _is_there(error, "name, version or --out")
    for path in written:
        print(f"written: {path}")
    has_marks = any(path.name != "questions.yaml" for path in written)
    print(
        f"Next: {'fill in what is marked FILL IN' if has_marks else 'add your own questions'}. This says what is left:"
    )
    print(f"  compliance codes lint {shlex.quote(str(options.out))}")
    return FINE


def _lint(options: argparse.Namespace) -> int:
    """Prints every problem of the rules at a path."""
    from compliance.audit import home, lint, linted

    path = options.path or home() / "rules"
    problems = lint(path)
    _print_problems(problems)
    if not problems:
        codes = len(linted(path))
        print(f"{path}: nothing to mend in {codes} {'code' if codes == 1 else 'codes'}.")
    return REFUSED if problems else FINE


def _schema(options: argparse.Namespace) -> int:
    """Prints the names of the JSON Schemas, or one of them, or writes them all to a folder."""
    from compliance.audit import load_rules, schema_text, schemas

    all_schemas = schemas(load_rules(options.rules))
    _print_utf8()
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, tree in all_schemas.items():
            (options.out / name).write_text(schema_text(tree), encoding="utf-8")
            print(options.out / name)
        return FINE
    if options.name and options.name not in all_schemas:
        print(f"compliance: there is no schema {options.name!r}.", file=sys.stderr)
        return REFUSED
    sys.stdout.write(schema_text(all_schemas[options.name]) if options.name else "\n".join(all_schemas) + "\n")
    return FINE


# the store

Run = Callable[[argparse.Namespace], int]


def _storing(run: Run) -> Run:
    """The same command, which says what the store cannot do now."""

    def run_with_store(options: argparse.Namespace) -> int:
        from compliance.store import StoreError

        try:
            return run(options)
        except StoreError as error:
            print(f"compliance: {visible(str(error))}", file=sys.stderr)
            return NOT_NOW

    return run_with_store


def _open_store(url: str, makes: bool = True) -> Store:
    """The store at `url`, everything in it assessed by the rules of today; only with `makes` is one made."""
    from compliance.store import open_store

    store = open_store(url, makes)
    _bring_up_to_date(store)
    return store


def _bring_up_to_date(store: Store) -> None:
    from compliance.audit import load_rules, today
    from compliance.filings import bring_up_to_date

    for _ in _with_progress(bring_up_to_date(store, load_rules(), today()), None, "Assessing again"):
        pass


def _import(options: argparse.Namespace) -> int:
    """Keeps self-assessments and a register in the store; a line says of each file what became of it."""
    from collections import Counter

    from compliance import filings
    from compliance.audit import find, load_rules, today

    rules, kinds = load_rules(), Counter[str]()
    paths = find(options.files, also=filings.REGISTER)
    with closing(_open_store(filings.store_url(options.store))) as store:
        importing = filings.import_files(store, paths, rules, today())
        try:
            for receipt, problems in _with_progress(importing, len(paths), "Importing"):
                kinds[_kind(receipt)] += 1
                print(_receipt(receipt), flush=True)
                _print_problems(problems)
        except KeyboardInterrupt:
            print("Stopped before the end: import the same files again to go on.", file=sys.stderr)
            raise
        _bring_up_to_date(store)  # a register may name other codes for what was there before
        name = store.name
    parts = (f"{kinds[kind]:,} {kind}" for kind in _KINDS if kind != _NOT_READ or kinds[kind])
    print(f"{kinds.total():,} file{'' if kinds.total() == 1 else 's'}: {', '.join(parts)}. Store: {name}")
    return REFUSED if kinds["refused"] + kinds[_NOT_READ] else FINE


_NOT_READ = "not read"
_KINDS = ("accepted", "unchanged", "new version", "refused", _NOT_READ)


def _kind(receipt: Receipt) -> str:
    """What became of a file, in words; one without a digest never got into the store."""
    return receipt.kind.value.replace("_", " ") if receipt.sha256 else _NOT_READ


def _receipt(receipt: Receipt) -> str:
    """One line of what became of a file, which is on disk by now."""
    of = f" {receipt.service_id}" if receipt.service_id else ""
    period = f" {receipt.period_from} to {receipt.period_to}" if receipt.period_from else ""
    version = f" version {receipt.version}" if receipt.version else ""
    return f"{_kind(receipt)}: {visible(receipt.file)}{of}{period}{version}"


def _portfolio(options: argparse.Namespace) -> int:
    """Prints who is on the register, who falls short and where, and every service, worst first."""
    from compliance import filings
    from compliance.audit import load_rules, today
    from compliance.export import portfolio as export
    from compliance.portfolio import only

    rules = load_rules()
    if not _are_codes(rules, [options.code] if options.code else []):
        return REFUSED
    cohorts = {cohort.id: cohort.title for cohort in filings.load_cohorts().all}
    if options.cohort and options.cohort not in cohorts:
        print(f"compliance: there is no cohort {options.cohort!r}; there are {', '.join(cohorts)}.", file=sys.stderr)
        return REFUSED
    with closing(_open_store(filings.store_url(options.store), makes=False)) as store:
        dates, unfinished = store.dates(today()), store.unfinished()
        on = options.on or next(iter(dates), today())
        # What is shown are periods that ended by the day, so the code is the one that stood when the last of them did.
        ended = next((day for day in dates if day <= on), on)
        code = rules.standing(options.code, ended) if options.code else None
        code = code or filings.default_code(rules, ended)
        found = only(filings.read_portfolio(store, rules, code, on), options.cohort)
        name = store.name
    if unfinished:
        print(export.unfinished_words(unfinished), file=sys.stderr)
    if not dates:
        print(f"The store {name} is empty. Import files with `compliance import PATH...`.", file=sys.stderr)
    if options.format != "text":
        _print_utf8()
    if options.format == "csv":
        sys.stdout.write(export.to_csv(found.rows))
    elif options.format == "json":
        sys.stdout.write(export.to_json(found, found.rows))
    elif dates:
        sys.stdout.write(export.render(found, found.rows, cohorts, today(), _width()))
    return FINE


# explain


def _explain(options: argparse.Namespace) -> int:
    """Prints what an id means, wherever it comes from."""
    from compliance.audit import meaning

    words, near = meaning(options.id, options.rules, _width())
    if words:
        sys.stdout.write(words)
        return FINE
    hint = f"; did you mean {near}?" if near else "."
    print(f"compliance: nothing is called {options.id!r}{hint}", file=sys.stderr)
    return REFUSED


def _width() -> int:
    """Columns to write in: the terminal's, within what is still read with ease."""
    return max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))


def _print_problems(problems: Iterable[Any]) -> None:
    from compliance.problems import render

    for problem in problems:
        print(render(problem), file=sys.stderr)


# dashboard


def _dashboard(options: argparse.Namespace) -> int:
    """Serves the dashboard on 127.0.0.1 until it is interrupted: for the files named, else for the store."""
    from compliance.filings import store_url

    if options.files:
        return _serve(options, [Path(path).resolve() for path in options.files], "")
    url = store_url(options.store)
    _open_store(url).close()
    return _serve(options, [], url)


def _demo(options: argparse.Namespace) -> int:
    """Serves the dashboard with the samples and their register in a store of its own, which ends with it."""
    from tempfile import TemporaryDirectory

    from compliance import filings
    from compliance.audit import find, load_rules, samples, today
    from compliance.store import open_store

    with TemporaryDirectory(prefix="compliance-demo-") as folder:
        url = f"sqlite:///{folder}/store.sqlite"
        store = open_store(url)
        for _ in filings.import_files(store, find([str(samples())], filings.REGISTER), load_rules(), today()):
            pass
        store.close()
        return _serve(options, [], url)


def _serve(options: argparse.Namespace, paths: Sequence[Path], store: str) -> int:
    from compliance.serve import ServeError, serve

    try:
        return serve(paths, store, options.port, not options.no_browser)
    except ServeError as error:
        print(f"compliance: {error}", file=sys.stderr)
        return NOT_NOW
