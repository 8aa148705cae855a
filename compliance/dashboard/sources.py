"""Where the Service page gets its services from: files, or a store.

Both say which services there are, which periods of each, and what a period's self-assessment is. From a store, content
is read for the period that is shown and for no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, Protocol

from compliance.audit import today
from compliance.dashboard import session
from compliance.dashboard.session import Filed
from compliance.engine import VERSION
from compliance.export.portfolio import due_words
from compliance.filings import default_code
from compliance.model import Code, Problem, Received
from compliance.portfolio import summarise
from compliance.records import Enrolled, Filing, PortfolioRow, Stored, Summary

UTC = "%Y-%m-%d %H:%M UTC"


class Period(NamedTuple):
    """A period of a service: how it is listed, what to add to the line on the service, and what gives the file.

    Without a file nothing was accepted, and `absent` says how that stands.
    """

    label: str
    about: str
    read: Callable[[], Received] | None
    absent: PortfolioRow | None = None


class Refused(NamedTuple):
    """A refused file and its problems."""

    file: str
    service_id: str
    problems: Sequence[Problem]


class Source(Protocol):
    """What there is to show."""

    def names(self) -> Mapping[str, str]:
        """The name of each service by its id, in the order of names; no two names are the same."""

    def periods(self, service: str) -> Mapping[str, Period]:
        """The periods of a service by their ids, latest first."""

    def history(self, service: str, code: Code) -> list[Summary]:
        """What each period came to by the versions of a code, earliest first."""

    def refused(self) -> Sequence[Refused]:
        """The files that are refused."""

    def files(self) -> int | None:
        """How many files there are with the refused ones, where that is known."""


def source() -> Source:
    """Files where the dashboard was started with paths, else the store."""
    return _Store() if session.is_stored() else _Files()


class _Files:
    def __init__(self) -> None:
        self._filed, self._refused = session.reports()
        if not self._filed and all(each.problems[0].id == "nothing-found" for each in self._refused):
            self._refused = []  # folders without any file: there is nothing to show, and no file to mend
        self._services: dict[str, list[Filed]] = {}
        for one in self._filed:
            self._services.setdefault(one.submission.service.id, []).append(one)

    def names(self) -> Mapping[str, str]:
        return _distinct({id: filed[0].submission.service.name for id, filed in self._services.items()})

    def periods(self, service: str) -> Mapping[str, Period]:
        return {id: Period(_label(id, one), "", lambda one=one: one.report) for id, one in self._by_period(service)}  # type: ignore[misc]

    def history(self, service: str, code: Code) -> list[Summary]:
        found: dict[str, Summary] = {}
        for _, one in self._by_period(service):
            for each in session.rules().fitting(one.submission, None):
                if each.id == code.id:
                    found.setdefault(one.submission.period_to.isoformat(), summarise(session.assessment(one, each)))
        return [found[end] for end in sorted(found)]

    def refused(self) -> Sequence[Refused]:
        return [Refused(each.file, each.service_id, each.problems) for each in self._refused]

    def files(self) -> int | None:
        return len(self._filed) + len(self._refused)

    def _by_period(self, service: str) -> list[tuple[str, Filed]]:
        periods: dict[str, Filed] = {}
        for one in sorted(self._services[service], key=lambda one: one.submission.period_to, reverse=True):
            id = one.submission.period_to.isoformat()
            while id in periods:
                id = f"{id} {one.report.file}"
            periods[id] = one
        return [*periods.items()]


def _label(id: str, one: Filed) -> str:
    submission = one.submission
    words = f"{submission.period_from} to {submission.period_to}"
    return words if id == submission.period_to.isoformat() else f"{words} · {one.report.file}"


class _Store:
    def __init__(self) -> None:
        on = session.latest()
        found = session.portfolio(default_code(session.rules(), on), on) if on else None
        self._rows = {row.service_id: row for row in (*found.rows, *found.others)} if found else {}

    def names(self) -> Mapping[str, str]:
        return _distinct({id: row.service for id, row in self._rows.items()})

    def periods(self, service: str) -> Mapping[str, Period]:
        row, lines = self._rows[service], session.enrolled(service)
        versions = session.store().versions(service)
        many = Counter(map(_span, versions))
        newest: dict[tuple[date, date], Stored] = {}
        for stored in versions:
            newest.setdefault(_span(stored), stored)
        periods = {}
        for stored in newest.values():
            end = stored.period_to.isoformat()
            # Two periods may end on one day.
            id = end if end not in periods else f"{stored.period_from} {end}"
            label = f"{stored.period_from} to {stored.period_to}"
            about = _about(stored, many[_span(stored)], lines)
            periods[id] = Period(label, about, lambda stored=stored: session.stored_report(stored))  # type: ignore[misc]
        absent = [row] if row.state is not Filing.ASSESSED else []
        absent += [_earlier(row, line) for line in lines if line != row.enrolled]
        missing = (_absent(each) for each in absent)
        periods |= {id: period for id, period in missing if id not in periods}
        return {id: periods[id] for id in sorted(periods, key=_end, reverse=True)}

    def history(self, service: str, code: Code) -> list[Summary]:
        digests = {each.digest: each for each in session.rules().codes if each.id == code.id}
        found = []
        for _, summaries in reversed(session.store().history(service, VERSION, digests)):
            # A register may name an older version beside the one in force: the one that is shown goes first.
            found += sorted(summaries, key=lambda each: each.code_version != code.version)[:1]
        return found

    def refused(self) -> Sequence[Refused]:
        return [Refused(each.file, each.service_id, each.problems) for each in session.refusals()]

    def files(self) -> int | None:
        return None


def _earlier(row: PortfolioRow, line: Enrolled) -> PortfolioRow:
    """How a service stood by a line of the register before its last, where nothing was accepted for that."""
    ends = [each.period_to for each in session.refusals() if each.service_id == row.service_id]
    state = Filing.REFUSED if line.period_to in ends else Filing.NOTHING_RECEIVED
    return replace(row, enrolled=line, state=state, stored=None, summary=None)


def _absent(row: PortfolioRow) -> tuple[str, Period]:
    state, line = row.state.value.replace("_", " "), row.enrolled
    if line is None:
        return state, Period(state, "", None, row)
    label = f"{line.period_from} to {line.period_to} · {state}"
    about = f"{line.provider} · due {due_words(row, today())}"
    return line.period_to.isoformat(), Period(label, about, None, row)


def _end(id: str) -> str:
    """The day that ends an id of a period; what is of no period comes last in order."""
    return id[-len("2026-06-30") :]


def _span(stored: Stored) -> tuple[date, date]:
    return stored.period_from, stored.period_to


def _about(stored: Stored, many: int, lines: Sequence[Enrolled]) -> str:
    """Which version it is, where there are others, and when it was due, where the register asks for this period."""
    words = [f"version {stored.version}, the newest of {many}, received {stored.received:{UTC}}"] if many > 1 else []
    return " · ".join([*words, *(f"due {line.due}" for line in lines if line.period_to == stored.period_to)])


def _distinct(names: Mapping[str, str]) -> Mapping[str, str]:
    """The names in their order, with the id where two are the same, since a list tells them apart by nothing else."""
    shown = {id: " ".join(name.split()) for id, name in names.items()}
    times = Counter(shown.values())
    ordered = sorted(shown, key=lambda id: (shown[id].casefold(), id))
    return {id: shown[id] if times[shown[id]] == 1 else f"{shown[id]} ({id})" for id in ordered}
