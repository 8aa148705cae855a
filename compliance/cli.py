"""The command line: words in, words out; every decision is `audit`'s.

Exit status: 0 fine, 1 below the asked gate, 2 the input has problems, 3 not possible now. What a command needs is
imported when it runs, so that `check` starts fast.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance import __version__

if TYPE_CHECKING:
    from compliance.audit import Rules
    from compliance.model import Assessment, Code, Refusal

FINE, BELOW_GATE, REFUSED, NOT_NOW = 0, 1, 2, 3
INTERRUPTED = 130
MANY_FILES = 20
GATES = ("conforms", "conforms_with_comments")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
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
        print(f"compliance: {error.filename or 'the system'}: {error.strerror}.", file=sys.stderr)
        return NOT_NOW


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
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.add_argument("--fail-under", type=_points, metavar="N", help="exit 1 if a final figure is under N")
    check.add_argument("--fail-unless", choices=GATES, help="exit 1 if a conclusion is worse")
    check.set_defaults(run=_check)

    codes = commands.add_parser("codes", help="list, show and check codes of practice").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = codes.add_parser("list", help="the codes, their dates and standing")
    listing.set_defaults(run=_list)
    show = codes.add_parser("show", help="one code as text")
    show.add_argument("code", metavar="ID[@VERSION]")
    show.set_defaults(run=_show)
    lint = codes.add_parser("lint", help="everything an author has to mend")
    lint.add_argument("path", type=Path, nargs="?", help="a code file or a folder (default: the shipped rules)")
    lint.set_defaults(run=_lint)
    schema = codes.add_parser("schema", help="the JSON Schemas of all formats")
    schema.add_argument("name", nargs="?", help="print one of them")
    schema.add_argument("--out", type=Path, metavar="FOLDER", help="write them all")
    schema.set_defaults(run=_schema)
    for command in (listing, show, schema):
        command.add_argument("--rules", type=Path, metavar="PATH", help="codes to use in place of the shipped ones")

    explain = commands.add_parser("explain", help="what an id means: a problem, question, provision or flag")
    explain.add_argument("id")
    explain.set_defaults(run=_explain)

    for name, words in (("dashboard", "the dashboard for files"), ("demo", "the dashboard with the samples")):
        dashboard = commands.add_parser(name, help=words)
        dashboard.add_argument("--port", type=_port, help="default: 8501, or a free one if it is taken")
        dashboard.add_argument("--no-browser", action="store_true", help="only print the address")
        dashboard.set_defaults(run=_dashboard, files=[])
        if name == "dashboard":
            dashboard.add_argument("files", nargs="*", type=Path, metavar="PATH", help="default: the samples")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-06-30") from None


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


# check


def _check(options: argparse.Namespace) -> int:
    """Assesses each file by each code: every default code in force whose scope fits, or those named."""
    from compliance.audit import load_rules
    from compliance.model import Refusal

    rules = load_rules(options.rules)
    named = _named_codes(rules, options.code or [])
    if named is None:
        return REFUSED
    status = FINE
    entries: list[Assessment | Refusal] = []
    has_gate = options.fail_under is not None or options.fail_unless is not None
    for entry in _entries(options.files, rules, named, options.on):
        if entry is None:
            status = max(status, BELOW_GATE if has_gate else FINE)
            continue
        entries.append(entry)
        if isinstance(entry, Refusal):
            is_ours = any(problem.id == "file-unreadable" for problem in entry.problems)
            status = max(status, NOT_NOW if is_ours and _is_system_fault(entry.file) else REFUSED)
        elif _is_below_gate(entry, options.fail_under, options.fail_unless):
            status = max(status, BELOW_GATE)
    if has_gate and not entries:
        status = max(status, BELOW_GATE)
    try:
        _print_entries(entries, options.format)
    except BrokenPipeError:
        _stop_printing()
    return status


def _named_codes(rules: Rules, names: Iterable[str]) -> list[Code] | None:
    from compliance.problems import nearest

    codes = []
    for name in names:
        code = rules.find(name)
        if code is None:
            near = nearest(name, [code.name for code in rules.codes])
            hint = f"did you mean {near}?" if near else "see `compliance codes list`."
            print(f"compliance: there is no code {name!r}; {hint}", file=sys.stderr)
            return None
        codes.append(code)
    return codes


def _entries(
    files: Sequence[str], rules: Rules, named: list[Code], on: date | None
) -> Iterator[Assessment | Refusal | None]:
    """What was found for each file and code; None for a file that no code is addressed to, which is said."""
    from compliance.audit import assess_report, read_report, report_of, report_paths, today, unreadable
    from compliance.document import MOST_BYTES
    from compliance.model import Refusal
    from compliance.problems import visible

    paths = [path for file in files for path in ([file] if file == "-" else report_paths([Path(file)]))]
    for path in _with_progress(paths):
        try:
            if path == "-":
                report = report_of(sys.stdin.buffer.read(MOST_BYTES + 1), "-", rules, today())
            else:
                report = read_report(Path(path), rules, today())
        except OSError as error:
            yield Refusal(str(path), (unreadable(str(path), error),))
            continue
        if report.submission is None:
            yield Refusal(report.file, report.problems)
            continue
        codes = named or rules.fitting(report.submission, on)
        yield from assess_report(report, codes, on)
        if not codes:
            print(f"{visible(report.file)}: no code in force on the day is addressed to this service.", file=sys.stderr)
            yield None


def _is_system_fault(file: str) -> bool:
    """Whether a file that could not be read is there, so that trying again later may help."""
    return Path(file).is_file() and os.access(file, os.R_OK)


def _is_below_gate(found: Assessment, fail_under: int | None, fail_unless: str | None) -> bool:
    if fail_under is not None and (found.figures is None or found.figures.final < fail_under):
        return True
    if fail_unless is None:
        return False
    return found.conclusion not in GATES[: GATES.index(fail_unless) + 1]


def _with_progress(paths: list[Any]) -> Iterator[Any]:
    if len(paths) < MANY_FILES or not sys.stderr.isatty():
        yield from paths
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(paths, "Assessing", console=Console(stderr=True), transient=True)


def _print_entries(entries: Sequence[Assessment | Refusal], format: str) -> None:
    from compliance.model import Refusal

    if format == "json":
        from compliance.export import json

        sys.stdout.write(json.render(entries))
        return
    from compliance.export import text

    in_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = _width()
    assessed = [entry for entry in entries if not isinstance(entry, Refusal)]
    refused = [entry for entry in entries if isinstance(entry, Refusal)]
    if assessed:
        sys.stdout.write(text.render(assessed, width, in_colour))
    if refused:
        sys.stdout.flush()
        sys.stderr.write(text.render(refused, width, in_colour and sys.stderr.isatty()))
    if not entries:
        print("Nothing was assessed.", file=sys.stderr)


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
    """Prints one code as text."""
    from compliance.audit import load_rules
    from compliance.export.code import render

    codes = _named_codes(load_rules(options.rules), [options.code])
    if codes is None:
        return REFUSED
    sys.stdout.write(render(codes[0], _width()))
    return FINE


def _lint(options: argparse.Namespace) -> int:
    """Prints every problem of the rules at a path."""
    from compliance.audit import home, lint

    path = options.path or home() / "rules"
    problems = lint(path)
    _print_problems(problems)
    if not problems:
        print(f"{path}: nothing to mend.")
    return REFUSED if problems else FINE


def _schema(options: argparse.Namespace) -> int:
    """Prints the names of the JSON Schemas, or one of them, or writes them all to a folder."""
    from compliance.audit import load_rules, schema_text, schemas

    all_schemas = schemas(load_rules(options.rules))
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


# explain


def _explain(options: argparse.Namespace) -> int:
    """Prints what an id means, wherever it comes from."""
    from compliance.audit import meanings
    from compliance.problems import nearest

    known = meanings(_width())
    if options.id in known:
        sys.stdout.write(known[options.id])
        return FINE
    near = nearest(options.id, list(known))
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
    """Serves the dashboard on 127.0.0.1 until it is interrupted."""
    from compliance.serve import PortTakenError, serve

    try:
        return serve([path.resolve() for path in options.files], options.port, not options.no_browser)
    except PortTakenError as taken:
        print(f"compliance: port {taken.port} is taken; leave --port out to get a free one.", file=sys.stderr)
        return NOT_NOW
