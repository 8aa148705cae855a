"""A portfolio: what is kept of each assessment, who is where in it, how it is ordered, filtered, counted and compared.

Everything is a pure function of `PortfolioRow`s, which a store gives for a date and a code. Who counts is who is on the
register; where nothing was ever registered, it is everyone who filed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from compliance.engine import FIGURES
from compliance.model import MICRO, Assessment, Code, Conclusion, Outcome, Value
from compliance.reasons import concluded, failing
from compliance.records import Filing, PortfolioRow, Summary

PAGE = 50
FEWEST = 5  # services that a finding about a cohort has to rest on


class Place(StrEnum):
    """Where a service is in a portfolio: its conclusion, or why it has none. Worst first; the last two have no file."""

    DOES_NOT_CONFORM = "does_not_conform"
    UNDETERMINED = "undetermined"
    CONFORMS_WITH_COMMENTS = "conforms_with_comments"
    CONFORMS = "conforms"
    NOTHING_APPLIES = "nothing_applies"
    NOT_APPLIED = "not_applied"
    REFUSED = "refused"
    NOTHING_RECEIVED = "nothing_received"


_RANK = {each: rank for rank, each in enumerate(Place)}
ASSESSED = tuple(place for place in Place if place not in (Place.REFUSED, Place.NOTHING_RECEIVED))


def summarise(found: Assessment) -> Summary:
    """What a store keeps of an assessment."""
    return Summary(
        code_id=found.code.id,
        code_version=found.code.version,
        code_digest=found.code.digest,
        engine=found.engine,
        on=found.on,
        conclusion=found.conclusion,
        is_provisional=found.provisional,
        figures=found.figures,
        failures=len(failing(found)),
        deciding=len(concluded(found.provisions)),
        flags=len(found.flags),
        counts=dict(found.counts),
        caps=found.caps,
        chapters=dict(found.chapters),
    )


def place(row: PortfolioRow) -> Place:
    """Where a service is."""
    if row.state is not Filing.ASSESSED:
        return Place(row.state.value)
    if row.summary is None:
        return Place.NOT_APPLIED
    conclusion = row.summary.conclusion
    return Place.NOTHING_APPLIES if conclusion is None else Place(conclusion.value)


def cohort(row: PortfolioRow) -> str:
    """The id of a service's cohort: by its own facts, and by the register where it filed nothing."""
    return row.cohort if row.state is Filing.ASSESSED else row.enrolled.cohort if row.enrolled else ""


def members(rows: Sequence[PortfolioRow]) -> tuple[list[PortfolioRow], list[PortfolioRow]]:
    """Who counts, worst first, and who filed without being on the register."""
    ordered = sorted(rows, key=_order)
    on_register = [row for row in ordered if row.enrolled]
    return (on_register, [row for row in ordered if not row.enrolled]) if on_register else (ordered, [])


def _order(row: PortfolioRow) -> tuple[int, int, int, str]:
    """DESIGN's order: by conclusion, then most deciding failures, then the least assured before any cap."""
    summary = row.summary if row.state is Filing.ASSESSED else None
    figures = summary.figures if summary else None
    return (
        _RANK[place(row)],
        -summary.failures if summary else 0,
        figures.assured if figures else 0,
        row.service_id,
    )


def counts(rows: Iterable[PortfolioRow]) -> dict[Place, int]:
    """How many are at each place, every place named; they add up to all rows."""
    found = Counter(map(place, rows))
    return {each: found[each] for each in Place}


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show of a portfolio: one cohort, one place, those that fall short in one chapter, a text; "" for all."""

    cohort: str = ""
    place: str = ""
    chapter: str = ""
    text: str = ""

    def keeps(self, row: PortfolioRow) -> bool:
        """Whether a service is shown. The text is looked for in its names and id, letter case aside."""
        return (
            self.cohort in ("", cohort(row))
            and self.place in ("", place(row))
            and (not self.chapter or chapter(row, self.chapter) is Conclusion.DOES_NOT_CONFORM)
            and (not self.text or any(self.text.casefold() in name.casefold() for name in _names(row)))
        )


def _names(row: PortfolioRow) -> tuple[str, str, str]:
    return row.service, row.provider, row.service_id


def chapter(row: PortfolioRow, id: str) -> Conclusion | None:
    """What is concluded of one chapter for a service; None where nothing in it takes part."""
    summary = row.summary if row.state is Filing.ASSESSED else None
    return summary.chapters.get(id) if summary else None


@dataclass(frozen=True, slots=True)
class Cell:
    """How a cohort does in a chapter: services that fall short, that conform with comments, that are undetermined, and
    that it applies to."""

    short: int
    comments: int
    undetermined: int
    applies: int

    @property
    def share(self) -> float:
        """Those that fall short out of those that the chapter applies to, 0 for none."""
        return self.short / self.applies if self.applies else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One cohort of the grid ("" is everyone), with its assessed services and a cell for every chapter."""

    cohort: str
    assessed: int
    cells: Mapping[str, Cell]


def grid(rows: Sequence[PortfolioRow], cohorts: Sequence[str], chapters: Sequence[str]) -> list[Line]:
    """A line for every cohort that has an assessed service, in the order given, and one for everyone."""
    by_code = [row for row in rows if row.state is Filing.ASSESSED and row.summary]
    known = [*cohorts, *sorted({cohort(row) for row in by_code} - set(cohorts))]
    groups = {id: [row for row in by_code if cohort(row) == id] for id in known}
    lines = [_line(id, group, chapters) for id, group in groups.items() if group]
    return [*lines, _line("", by_code, chapters)]


def _line(id: str, rows: Sequence[PortfolioRow], chapters: Sequence[str]) -> Line:
    cells = {}
    for each in chapters:
        found = Counter(chapter(row, each) for row in rows)
        cells[each] = Cell(
            short=found[Conclusion.DOES_NOT_CONFORM],
            comments=found[Conclusion.CONFORMS_WITH_COMMENTS],
            undetermined=found[Conclusion.UNDETERMINED],
            applies=len(rows) - found[None],
        )
    return Line(id, len(rows), cells)


@dataclass(frozen=True, slots=True)
class Finding:
    """Where services fall short most often: a cohort ("" for everyone) in a chapter, beside everyone in it."""

    cohort: str
    chapter: str
    cell: Cell
    everyone: Cell


def most_short(lines: Sequence[Line]) -> Finding | None:
    """The cell with the largest share that falls short, among cohorts of at least five that the chapter applies to;
    everyone's where no cohort has as many, and None where nobody falls short."""
    *cohorts, everyone = lines
    for candidates in (cohorts, [everyone]):
        cells = [
            (line.cohort, id, cell)
            for line in candidates
            for id, cell in line.cells.items()
            if cell.short and (cell.applies >= FEWEST or line is everyone)
        ]
        if cells:
            where, id, cell = max(cells, key=lambda each: (each[2].share, each[2].short))
            return Finding(where, id, cell, everyone.cells[id])
    return None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """How everyone stands on a date by one code: who counts (worst first), who is not on the register, the grid.

    `has_register` tells whether those who count are who is on a register, rather than who filed; `is_registered`
    whether there is a register at all, be it for later periods. `cohort` is set where only that cohort is in it.
    """

    code: Code
    on: date
    rows: tuple[PortfolioRow, ...]
    others: tuple[PortfolioRow, ...]
    lines: tuple[Line, ...]
    finding: Finding | None
    has_register: bool
    is_registered: bool
    cohort: str = ""


COLUMNS = (
    *("service_id", "service", "provider", "cohort", "place", "period_from", "period_to", "version"),
    *("provisional", "failures", "deciding", *FIGURES, "cap", "capped_by"),
    *("blanks", "alternatives", "flags", "due"),
)


def build(
    code: Code, on: date, rows: Sequence[PortfolioRow], cohorts: Sequence[str], is_registered: bool = False
) -> Portfolio:
    """The portfolio of what a store holds for a date and a code; `cohorts` gives the order of the grid's lines."""
    counted, others = members(rows)
    has_register = any(row.enrolled for row in counted)
    lines = grid(counted, cohorts, [chapter.id for chapter in code.chapters])
    parts = tuple(counted), tuple(others), tuple(lines), most_short(lines)
    return Portfolio(code, on, *parts, has_register, is_registered or has_register)


def only(found: Portfolio, id: str) -> Portfolio:
    """The portfolio of one cohort alone; of everyone where the id is ""."""
    if not id:
        return found
    kept, others = (tuple(row for row in rows if cohort(row) == id) for rows in (found.rows, found.others))
    lines = grid(kept, [id], [chapter.id for chapter in found.code.chapters])
    return replace(found, rows=kept, others=others, lines=tuple(lines), finding=most_short(lines), cohort=id)


def record(row: PortfolioRow) -> dict[str, Value | None]:
    """A service's line as plain values under stable names; points are micro-points, None is what there is not."""
    stored, found, enrolled = row.stored, row.summary if row.state is Filing.ASSESSED else None, row.enrolled
    figures = found.figures if found else None
    caps = found.caps if found else ()
    return {
        "service_id": row.service_id,
        "service": row.service,
        "provider": row.provider,
        "cohort": cohort(row),
        "place": place(row).value,
        "period_from": stored.period_from if stored else None,
        "period_to": stored.period_to if stored else None,
        "version": stored.version if stored else None,
        "provisional": found.is_provisional if found else None,
        "failures": found.failures if found else None,
        "deciding": found.deciding if found else None,
        **{name: getattr(figures, name) if figures else None for name in FIGURES},
        "cap": min((cap.limit for cap in caps), default=None),
        "capped_by": ";".join(cap.provision for cap in caps),
        "blanks": found.counts[Outcome.UNKNOWN] if found else None,
        "alternatives": found.counts[Outcome.ALTERNATIVE] if found else None,
        "flags": found.flags if found else None,
        "due": enrolled.due if enrolled else None,
    }


def pages(rows: Sequence[PortfolioRow]) -> int:
    """How many pages the rows take, at least one."""
    return max(-(-len(rows) // PAGE), 1)


def page(rows: Sequence[PortfolioRow], number: int) -> Sequence[PortfolioRow]:
    """The rows of a page, counted from 1."""
    return rows[(number - 1) * PAGE : number * PAGE]


def change(before: int, now: int) -> int:
    """By how many tenths of a point a figure that is shown went up, so that it agrees with what stands beside it."""
    unit = MICRO // 10
    return now // unit - before // unit
