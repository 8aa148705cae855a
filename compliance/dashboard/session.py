"""What the dashboard remembers: everything a person chose stands in the URL, everything computed in a cache.

The URL names a service, a period, a code, a provision and a tab by their ids and nothing else, so that a link restores
a view. A widget starts from it and writes back to it; a name that the URL gives and nothing has is reported. Caches are
keyed by the digests of what went in, so they hold nothing stale and nothing of another user's.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from compliance import audit
from compliance.audit import Report, Rules
from compliance.document import MOST_BYTES, Tree
from compliance.document import read as read_document
from compliance.model import Assessment, Code, Submission
from compliance.problems import quoted

SERVICE, PERIOD, CODE, PROVISION, TAB = "service", "period", "code", "provision", "tab"
DEPENDENT = {CODE: PROVISION}


def choose(name: str, ids: Sequence[str], default: str | None = None) -> str:
    """What the URL names out of `ids`, else the default, else the first; the widget called `name` starts there."""
    fallback = default if default is not None and default in ids else ids[0]
    asked = st.query_params.get(name, fallback)
    st.session_state[name] = asked if asked in ids else fallback
    return str(st.session_state[name])


def complaint(name: str, ids: Sequence[str]) -> str:
    """What is wrong with the name that the URL gives, or nothing."""
    asked = st.query_params.get(name)
    return "" if asked is None or asked in ids else f"There is no {name} {quoted(asked)} here"


def remember(name: str) -> Callable[[], None]:
    """The callback of the widget called `name`, which holds an id."""
    return lambda: put(name, st.session_state[name])


def remember_row(name: str, grid: str, ids: Sequence[str]) -> Callable[[], None]:
    """The callback of a table of `ids` whose selected row is chosen as `name`."""
    return lambda: put(name, ids[st.session_state[grid].selection.rows[0]])


def put(name: str, id: str) -> None:
    """Writes a choice to the URL, without what only the one before had."""
    if name in DEPENDENT and st.query_params.get(name) != id:
        st.query_params.pop(DEPENDENT[name], None)
    st.query_params[name] = id


def rules() -> Rules:
    """The shipped rules; raises RulesError where they have problems."""
    return audit.load_rules()


class Filed(NamedTuple):
    """A self-assessment without problems, and the file it was read from."""

    submission: Submission
    report: Report


def reports() -> tuple[list[Filed], list[Report]]:
    """The self-assessments at the paths that the dashboard was started with, in their order, and the refused files."""
    given = [Path(argument) for argument in sys.argv[1:]] or [audit.samples()]
    read = [_report(path, base) for base in given for path in audit.report_paths([base])]
    filed = [Filed(report.submission, report) for report in read if report.submission is not None]
    return filed, [report for report in read if report.submission is None]


def assessment(filed: Filed, code: Code) -> Assessment:
    """The assessment of what was filed by a code."""
    return _assess(filed.report.file, _digest(filed.report.data), code.digest, filed.report, code)


def tree(report: Report) -> Tree | None:
    """The report's file with the position of everything in it."""
    return _tree(report.file, _digest(report.data), report.data)


def _report(path: Path, base: Path) -> Report:
    file = path.relative_to(base).as_posix() if base.is_dir() else path.name
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        return Report(file, b"", None, (audit.unreadable(file, error),))
    return _read(file, _digest(data), audit.today(), data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@st.cache_resource(show_spinner=False, max_entries=20_000)
def _read(file: str, digest: str, today: date, _data: bytes) -> Report:
    return audit.report_of(_data, file, rules(), today)


@st.cache_resource(show_spinner=False, max_entries=200)
def _assess(file: str, digest: str, code: str, _report: Report, _code: Code) -> Assessment:
    return next(audit.assess_report(_report, [_code], on=None))


@st.cache_resource(show_spinner=False, max_entries=50)
def _tree(file: str, digest: str, _data: bytes) -> Tree | None:
    return read_document(_data, file)[0]
