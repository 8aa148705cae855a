"""What a store keeps and gives back: arrivals, register lines, summaries of assessments, how services stand.

Plain values beside `model`'s, apart from them because a single `check` needs none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compliance.model import CapApplied, Conclusion, Figures, Problem


class Arrival(StrEnum):
    """What an arriving file was: the first of its service and period, bytes kept before, a correction, or refused."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    NEW_VERSION = "new_version"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a store acknowledges of one file; `version` counts from 1 and is 0 where the file is no self-assessment."""

    file: str
    sha256: str
    kind: Arrival
    service_id: str
    period_from: date | None
    period_to: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One line of a register: who is asked to file, by which codes (ID or ID@VERSION), for which period, by when."""

    service_id: str
    service: str
    provider: str
    codes: tuple[str, ...]
    period_from: date
    period_to: date
    due: date
    cohort: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of an assessment: enough for a portfolio, without the findings.

    `failures` counts the scored provisions that fall short out of the `deciding`, in which a deciding requirement takes
    part; `flags` the flags. `chapters` has what each chapter would conclude alone, None where nothing in it takes part.
    """

    code_id: str
    code_version: str
    code_digest: str
    engine: str
    on: date
    conclusion: Conclusion | None
    is_provisional: bool
    figures: Figures | None
    failures: int
    deciding: int
    flags: int
    counts: Mapping[str, int]
    caps: tuple[CapApplied, ...]
    chapters: Mapping[str, Conclusion | None]


@dataclass(frozen=True, slots=True)
class Examined:
    """What the rules make of one self-assessment: its cohort, and a summary for every code that fits it."""

    cohort: str
    summaries: tuple[Summary, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A self-assessment in a store; `file` and `received` (an instant, UTC) are those of its first arrival."""

    id: int
    sha256: str
    file: str
    service_id: str
    service: str
    provider: str
    period_from: date
    period_to: date
    prepared_on: date
    version: int
    received: datetime


class Filing(StrEnum):
    """What a service did about the period it is asked for."""

    ASSESSED = "assessed"
    REFUSED = "refused"
    NOTHING_RECEIVED = "nothing_received"


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """How one service stands on a date by one code.

    `enrolled` is None for a service that is not on the register. `stored` is there exactly where it is assessed,
    `refused` (the SHA-256 of the newest refused file) exactly where it is refused. `cohort` is "" where unknown;
    `summary` is None where the code was not applied.
    """

    service_id: str
    service: str
    provider: str
    enrolled: Enrolled | None
    state: Filing
    stored: Stored | None
    cohort: str
    summary: Summary | None
    refused: str


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A refused file as it last arrived; `received` is an instant, UTC."""

    sha256: str
    file: str
    service_id: str
    period_to: date | None
    received: datetime
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class UnfinishedImport:
    """An import that never finished; `files` counts those it brought that no page shows yet."""

    id: int
    started: datetime
    tool: str
    files: int
