"""What the dashboard remembers: everything a person chose stands in the URL, everything computed in a cache.

The URL names a service, a period, a code and what to show of them by their ids, a text to look for and the answers of
a profile, so that a link restores a view. A widget starts from it and writes back to it; a name that the URL gives and
nothing has is reported.
Caches are keyed by the digests of what went in and by the state of the store, so they hold nothing stale and nothing of
another user's.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import streamlit as st

from compliance import audit, filings, schema
from compliance.audience import Profile
from compliance.audience import profile as make_profile
from compliance.audit import Rules
from compliance.changes import Change, compare
from compliance.document import MOST_BYTES, MOST_WHOLE, Tree
from compliance.document import read as read_document
from compliance.model import Assessment, Code, Question, QuestionType, Received, Submission, Value
from compliance.portfolio import Portfolio
from compliance.problems import quoted, visible
from compliance.records import Enrolled, RefusedFile, Stored
from compliance.schema import is_day
from compliance.store import Store, open_store

SERVICE, PERIOD, CODE, PROVISION, TAB = "service", "period", "code", "provision", "tab"
DATE, COHORT, PLACE, CHAPTER, SEARCH, AMONG, PAGE = "date", "cohort", "place", "chapter", "search", "among", "page"
FIND, ON, COMPARE, KIND = "find", "on", "compare", "kind"
FIX, FIXES, REACH = "fix", "fixes", "reach"
# What the URL answers to a question for a profile stands there under its id, after this.
PROFILE: Final = "profile."
LAST_CODE: Final = "last-code"
REFUSED: Final = "-refused"  # what the URL names as a service to show the refused files of all
# What a choice leaves no sense in, because it was made among other things.
DEPENDENT: Final[Mapping[str, Sequence[str]]] = {
    CODE: (PROVISION, CHAPTER, PLACE, PAGE, COMPARE, KIND, FIX, FIXES, REACH),
    COMPARE: (KIND,),
    AMONG: (PLACE, PAGE),
    **dict.fromkeys((DATE, COHORT, PLACE, CHAPTER, SEARCH), (PAGE,)),
}
MOST_TYPED: Final = 200
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
_YES_NO: Final = {"yes": True, "no": False}
# A browser counts no further.
_MOST_WHOLE: Final = MOST_WHOLE - 1


def choose(name: str, ids: Sequence[str], default: str | None = None) -> str:
    """What the URL names out of `ids`, else the default, else the first; the widget called `name` starts there."""
    fallback = default if default is not None and default in ids else ids[0]
    asked = st.query_params.get(name, fallback)
    st.session_state[name] = asked if asked in ids else fallback
    if name == CODE:
        st.session_state[LAST_CODE] = st.session_state[name]
    return chosen(name)


def last_code() -> str | None:
    """The code that was shown last, on whichever page."""
    shown: str | None = st.session_state.get(LAST_CODE)
    return shown


def typed(name: str) -> str:
    """The text that the URL gives for `name`; the widget called so starts with it."""
    st.session_state[name] = st.query_params.get(name, "")[:MOST_TYPED]
    return chosen(name)


def chosen(name: str) -> str:
    """What `choose` found last for `name`."""
    return str(st.session_state[name])


def complaint(name: str, ids: Sequence[str]) -> str:
    """What is wrong with the name that the URL gives, or nothing."""
    asked = st.query_params.get(name)
    if asked is None or asked in ids:
        return ""
    if name == CODE and any(code.name == asked for code in rules().codes):
        return f"{quoted(asked)} is not in force for this period or not addressed to this service"
    return f"There is no {name} {quoted(asked)} here"


def remember(name: str) -> Callable[[], None]:
    """The callback of the widget called `name`, which holds an id."""
    return lambda: put(name, str(st.session_state[name]))


def remember_row(name: str, grid: str, ids: Sequence[str]) -> Callable[[], None]:
    """The callback of a table of `ids` whose selected row, if there is another than was drawn, is chosen as `name`.

    The browser also reports the row that was drawn, once, with whatever is changed first.
    """
    drawn = chosen(name)

    def put_row() -> None:
        for row in st.session_state[grid].selection.rows:
            if ids[row] != drawn:
                put(name, ids[row])

    return put_row


def put(name: str, id: str) -> None:
    """Writes a choice to the URL, without what only the one before had; "" is no choice, and is not written."""
    if st.query_params.get(name, "") != id:
        for each in DEPENDENT.get(name, ()):
            st.query_params.pop(each, None)
    if id:
        st.query_params[name] = id
    else:
        st.query_params.pop(name, None)


def day(name: str, default: date) -> date:
    """The day that the URL gives for `name`, else the default; the widget called so starts there."""
    found = _day(st.query_params.get(name, "")) or default
    st.session_state[name] = found
    return found


def answer(question: Question) -> Value | None:
    """What the URL answers to a question for a profile: None for nothing, and for what is no answer to it.

    The widget called by `profile_name` starts with it.
    """
    name = profile_name(question)
    written = st.query_params.get(name, "")
    found = _answer(written, question)
    match question.type:
        case QuestionType.YES_NO | QuestionType.CHOICE:
            st.session_state[name] = "" if found is None else written
        case QuestionType.CHOICES:
            st.session_state[name] = list(found) if isinstance(found, tuple) else []
        case _:
            st.session_state[name] = found
    return found


def profile_name(question: Question) -> str:
    """The name of a question's parameter in the URL, and of its widget."""
    return PROFILE + question.id


def bounds(question: Question) -> tuple[float, float]:
    """The least and the most that a number answering the question may be, both whole for a count."""
    least, most = schema.bounds(question)
    most = min(most, _MOST_WHOLE)
    return (int(least), int(most)) if question.type is QuestionType.COUNT else (float(least), float(most))


def remember_answer(question: Question) -> Callable[[], None]:
    """The callback of the widget that answers a question."""
    name = profile_name(question)

    def put_answer() -> None:
        given = st.session_state[name]
        put(name, ",".join(given) if isinstance(given, list) else "" if given is None else str(given))

    return put_answer


def unread_answer(question: Question) -> str:
    """What the URL says in answer to a question that is no answer to it, or nothing."""
    written = st.query_params.get(profile_name(question), "")
    return written if _answer(written, question) is None else ""


def answered() -> list[str]:
    """The ids of the questions that the URL answers for a profile, whether they are there or not."""
    return [name.removeprefix(PROFILE) for name in st.query_params if name.startswith(PROFILE)]


def forget_answers() -> None:
    """Takes all answers of the profile out of the URL."""
    for id in answered():
        put(PROFILE + id, "")


def _answer(written: str, question: Question) -> Value | None:
    match question.type:
        case QuestionType.YES_NO:
            return _YES_NO.get(written)
        case QuestionType.CHOICE:
            return written if written in question.options else None
        case QuestionType.CHOICES:
            options = written.split(",")
            known = set(options) <= set(question.options)
            return tuple(option for option in question.options if option in options) if known else None
        case QuestionType.DATE:
            return _day(written)
        case QuestionType.TEXT:
            return None
        case _:
            return _number(written, question)


def _number(written: str, question: Question) -> float | None:
    try:
        found = int(written) if question.type is QuestionType.COUNT else float(written)
    except ValueError:
        return None
    least, most = bounds(question)
    return found if least <= found <= most else None


def _day(written: str) -> date | None:
    if not is_day(written):
        return None
    found = date.fromisoformat(written)
    return found if EARLIEST <= found <= LATEST else None


def rules() -> Rules:
    """The shipped rules; raises RulesError where they have problems."""
    return audit.load_rules()


class Filed(NamedTuple):
    """A self-assessment without problems, and the file it was read from."""

    submission: Submission
    report: Received


def profile(code: Code, answers: Mapping[str, Value], on: date) -> Profile:
    """What a code comes to, on a day, for a service of which only these answers are known."""
    return _profile(_identity(rules()), code.name, on, tuple(answers.items()), code)


def changes(old: Code, new: Code) -> Sequence[Change]:
    """Every difference between two codes."""
    return _changes(_identity(rules()), old.name, new.name, old, new)


# Files


def is_stored() -> bool:
    """Whether the dashboard was started without paths, and so shows a store."""
    return not sys.argv[1:]


def reports() -> tuple[list[Filed], list[Received]]:
    """The self-assessments at the paths that the dashboard was started with, in their order, and the refused files."""
    given = [Path(argument) for argument in sys.argv[1:]]
    read = [_report(each, base) for base in given for each in audit.find([str(base)])]
    filed = [Filed(report.submission, report) for report in read if report.submission is not None]
    return filed, [report for report in read if report.submission is None]


def assessment(filed: Filed, code: Code) -> Assessment:
    """The assessment of what was filed by a code."""
    report = filed.report
    return _assess(report.file, _digest(report.data), _identity(rules()), code.name, report, code)


def tree(report: Received) -> Tree | None:
    """The report's file with the position of everything in it."""
    return _tree(report.file, _digest(report.data), report.data)


def _report(found: Path | Received, base: Path) -> Received:
    path = Path(found.file) if isinstance(found, Received) else found
    is_inside = path != base and path.is_relative_to(base)
    # A name that is not UTF-8 can be neither sent to a browser nor made a key, so it is shown as problems show it.
    file = visible(path.relative_to(base).as_posix() if is_inside else path.name)
    if isinstance(found, Received):
        return replace(found, file=file, problems=tuple(replace(problem, file=file) for problem in found.problems))
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        return Received(file, b"", None, (audit.unreadable(file, error),))
    return _received(data, file)


def _received(data: bytes, file: str) -> Received:
    return _read(file, _digest(data), _identity(rules()), audit.today(), data)


# The store


def store() -> Store:
    """The store that the environment names, else the user's; raises StoreError where it cannot be opened."""
    return _store(filings.store_url(None))


def dates() -> list[date]:
    """The ends of periods that a portfolio can be shown for, which have come, newest first."""
    return _dates(*_shown(), audit.today())


def latest() -> date | None:
    """The newest of `dates`."""
    return next(iter(dates()), None)


def portfolio(code: Code, on: date) -> Portfolio:
    """How everyone stands on a date by one code."""
    return _portfolio(*_shown(), _identity(rules()), code.name, on, code)


def refusals() -> list[RefusedFile]:
    """The files that were refused and not accepted since, the last to arrive first."""
    return _refusals(*_shown())


def enrolled(service: str) -> Sequence[Enrolled]:
    """The lines of a service on the register whose period has ended, the last first."""
    lines = _enrolled(*_shown()).get(service, ())
    ended = [line for line in lines if line.period_to <= audit.today()]
    return sorted(ended, key=lambda line: line.period_to, reverse=True)


def waiting() -> int:
    """How many self-assessments in the store were never assessed by these rules."""
    return _waiting(*_shown(), _identity(rules()))


def stored_report(stored: Stored) -> Received:
    """What reading a stored file gives today, under the name it arrived with."""
    return _received(store().content(stored.sha256), visible(stored.file))


def _shown() -> tuple[str, Hashable]:
    """What is another whenever the store shows something else."""
    return filings.store_url(None), store().state()


@st.cache_resource(show_spinner=False, max_entries=8)
def _store(url: str) -> Store:
    return open_store(url)


@st.cache_resource(show_spinner=False, max_entries=8)
def _dates(url: str, state: Hashable, today: date) -> list[date]:
    return store().dates(today)


@st.cache_resource(show_spinner=False, max_entries=8)
def _portfolio(url: str, state: Hashable, rules_digest: str, code_name: str, on: date, _code: Code) -> Portfolio:
    return filings.read_portfolio(store(), rules(), _code, on)


@st.cache_resource(show_spinner=False, max_entries=8)
def _refusals(url: str, state: Hashable) -> list[RefusedFile]:
    return store().refusals()


@st.cache_resource(show_spinner=False, max_entries=8)
def _enrolled(url: str, state: Hashable) -> Mapping[str, Sequence[Enrolled]]:
    found: dict[str, list[Enrolled]] = {}
    for line in store().register():
        found.setdefault(line.service_id, []).append(line)
    return found


@st.cache_resource(show_spinner=False, max_entries=8)
def _waiting(url: str, state: Hashable, rules_digest: str) -> int:
    return filings.waiting(store(), rules())


# Computed once


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def _identity(rules: Rules) -> str:
    """The digest of the whole catalogue and of every code."""
    return _digest(repr((rules.catalogue, [(code.name, code.digest) for code in rules.codes])).encode())


@st.cache_resource(show_spinner=False, max_entries=20_000)
def _read(file: str, digest: str, rules_digest: str, today: date, _data: bytes) -> Received:
    return audit.report_of(_data, file, rules(), today)


@st.cache_resource(show_spinner=False, max_entries=200)
def _assess(file: str, digest: str, rules_digest: str, code: str, _report: Received, _code: Code) -> Assessment:
    return next(audit.assess_report(_report, [_code], on=None))


@st.cache_resource(show_spinner=False, max_entries=500)
def _profile(
    rules_digest: str, code_name: str, on: date, answers: tuple[tuple[str, Value], ...], _code: Code
) -> Profile:
    return make_profile(_code, dict(answers), on)


@st.cache_resource(show_spinner=False, max_entries=50)
def _changes(rules_digest: str, old_name: str, new_name: str, _old: Code, _new: Code) -> Sequence[Change]:
    return compare(_old, _new)


@st.cache_resource(show_spinner=False, max_entries=50)
def _tree(file: str, digest: str, _data: bytes) -> Tree | None:
    return read_document(_data, file)[0]
