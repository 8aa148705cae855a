"""A portfolio as it leaves the tool: text for a terminal, CSV for a spreadsheet, JSON for a program.

Every form has the same rows in the same order. Text shows figures with one decimal, as the page does; CSV and JSON
carry the six places.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from textwrap import wrap
from typing import Any

from compliance.engine import FIGURES
from compliance.export.json import Micro, text_of
from compliance.model import Code, Conclusion
from compliance.portfolio import COLUMNS, Cell, Filter, Place, Portfolio, change, cohort, counts, place, record
from compliance.problems import visible
from compliance.records import Filing, PortfolioRow, Summary, UnfinishedImport
from compliance.scoring import display, tenths
from compliance.vocabulary import CONCLUSION_SYMBOL, share_words, short_words

MICRO_POINTS = frozenset({*FIGURES, "cap"})
_WORDS = {
    Place.NOT_APPLIED: "not assessed by this code",
    Place.REFUSED: "refused",
    Place.NOTHING_RECEIVED: "nothing received",
}
# What a spreadsheet takes for the beginning of a formula, in full width too.
_FORMULA = tuple("=+-@\t\r＝＋－＠")


def render(
    portfolio: Portfolio, rows: Sequence[PortfolioRow], cohorts: Mapping[str, str], today: date, width: int = 100
) -> str:
    """The portfolio as text: who is in it, the finding, a line for each cohort and for each of `rows`."""
    services = [line for row in rows for line in _service(row, portfolio.code, cohorts, today, width)]
    return "\n".join([*_lines(portfolio, cohorts, width), *services]) + "\n"


def to_csv(rows: Sequence[PortfolioRow]) -> str:
    """The rows as CSV (RFC 4180) with a header; a text that a spreadsheet would run is put behind an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, value) for name, value in record(row).items()])
    return out.getvalue()


def to_json(portfolio: Portfolio, rows: Sequence[PortfolioRow]) -> str:
    """One object: the code, the date, how many are where, and a service for each of `rows`."""
    code = portfolio.code
    services = [
        {
            name: Micro(value) if name in MICRO_POINTS and isinstance(value, int) else _plain(value)
            for name, value in record(row).items()
        }
        for row in rows
    ]
    whole = text_of(
        {
            "code": {"id": code.id, "version": code.version, "digest": code.digest},
            "on": portfolio.on.isoformat(),
            "cohort": portfolio.cohort or None,
            "registered": portfolio.has_register,
            "counts": {where.value: count for where, count in counts(portfolio.rows).items()},
            "not_on_register": [row.service_id for row in portfolio.others],
            "services": services,
        }
    )
    return whole + "\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in MICRO_POINTS:
        return text_of(Micro(value)).strip()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA) else text


def _lines(portfolio: Portfolio, cohorts: Mapping[str, str], width: int) -> Iterator[str]:
    code = portfolio.code
    among = f", {cohort_words(portfolio.cohort, cohorts)} only" if portfolio.cohort else ""
    yield from wrap(f"{code.title} ({code.name}), on {portfolio.on}{among}", width, break_on_hyphens=False)
    yield ""
    yield from wrap(f"{everyone(portfolio)}.", width)
    yield from wrap(", ".join(f"{place_words(code, at)} {n:,}" for at, n in counts(portfolio.rows).items() if n), width)
    if note := beside(portfolio):
        yield from wrap(note, width)
    yield ""
    yield from wrap(f"{finding(portfolio, cohorts)}.", width)
    for line in portfolio.lines if portfolio.lines[-1].assessed else ():
        short = ", ".join(
            f"{chapter.title} {cell_words(cell)}"
            for chapter in code.chapters
            if (cell := line.cells[chapter.id]).short + cell.comments + cell.undetermined
        )
        head = f"  {cohort_words(line.cohort, cohorts)} ({line.assessed:,}): "
        yield from wrap(head + (short or "✓ nothing fallen short of"), width, subsequent_indent=" " * 6)
    yield ""


def _service(row: PortfolioRow, code: Code, cohorts: Mapping[str, str], today: date, width: int) -> Iterator[str]:
    group = cohort(row)
    about = f"{visible(row.service)} ({row.service_id})" + (f", {cohort_words(group, cohorts)}" if group else "")
    head = f"{place_words(code, place(row))}: {about}"
    yield from wrap(head, width, subsequent_indent="    ", break_on_hyphens=False)
    yield from wrap(_about(row, today), width, initial_indent="    ", subsequent_indent="    ")


def _about(row: PortfolioRow, today: date) -> str:
    parts = [f"due {due_words(row, today)}"] if row.enrolled else []
    found = row.summary if row.state is Filing.ASSESSED else None
    if found and found.figures:
        limit = f", limited to {cap_words(row)}" if found.caps else ""
        figures = {name: display(getattr(found.figures, name)) for name in ("assured", "declared", "ceiling")}
        parts = [
            f"{found.failures} of {found.deciding} fall short",
            f"final {display(found.figures.final)}{limit}",
            *(f"{name} {figure}" for name, figure in figures.items()),
            f"unknown {found.counts['unknown']}, alternative {found.counts['alternative']}, flags {found.flags}",
            *parts,
        ]
    return "; ".join(parts) or "no register says when it was due"


# Words, which the page shows as well


def place_words(code: Code, where: Place) -> str:
    """Where a service is, as symbol and word."""
    if where in _WORDS:
        return f"– {_WORDS[where]}"
    conclusion = None if where is Place.NOTHING_APPLIES else Conclusion(where.value)
    return f"{CONCLUSION_SYMBOL[conclusion]} {short_words(code, conclusion)}"


def everyone(portfolio: Portfolio) -> str:
    """Who counts, as a sum: "15 on the register = 13 assessed + 0 refused + 2 nothing received"."""
    states = [sum(row.state is state for row in portfolio.rows) for state in Filing]
    parts = " + ".join(f"{n:,} {state.value.replace('_', ' ')}" for n, state in zip(states, Filing, strict=True))
    whole = f"{len(portfolio.rows):,} on the register" if portfolio.has_register else f"{len(portfolio.rows):,} filed"
    return f"{whole} = {parts}"


def beside(portfolio: Portfolio) -> str:
    """Who filed without being on the register, or that there is no register; nothing where neither is so."""
    if not portfolio.is_registered:
        return "No register was imported, so nobody knows who filed nothing."
    if not portfolio.has_register:
        return f"No register asks for a period that ended by {portfolio.on}, so everyone who filed counts."
    if not portfolio.others:
        return ""
    names = ", ".join(visible(row.service) for row in portfolio.others[:3])
    more = f" and {len(portfolio.others) - 3:,} more" if len(portfolio.others) > 3 else ""
    return f"Not on the register, so not counted: {names}{more}."


def finding(portfolio: Portfolio, cohorts: Mapping[str, str]) -> str:
    """Where services fall short most often, in one sentence made from the grid."""
    found, everyone = portfolio.finding, portfolio.lines[-1]
    if not everyone.assessed:
        return "Nobody was assessed by this code"
    if found is None:
        return f"No chapter is fallen short of: {everyone.assessed:,} assessed"
    chapter = next(chapter.title for chapter in portfolio.code.chapters if chapter.id == found.chapter)
    share = share_words(found.cell.short, found.cell.applies)
    if not found.cohort:
        return f"Services fall short most often on {chapter}: {share}"
    overall = share_words(found.everyone.short, found.everyone.applies)
    cohort = cohort_words(found.cohort, cohorts)
    return f"Services fall short most often on {chapter} in {cohort}: {share}, against {overall} of the whole portfolio"


def cell_words(cell: Cell, widths: Sequence[int] = (0, 0, 0)) -> str:
    """A cell of the grid: "× 97/260 ≈ 30 ? 11", services that fall short out of those it applies to, then those with
    comments and those that are undetermined; each padded with figure spaces to its width."""
    if not cell.applies:
        return "– none"
    padded = [words.rjust(width, "\N{FIGURE SPACE}") for words, width in zip(_numbers(cell), widths, strict=True)]
    return "× {} ≈ {} ? {}".format(*padded).replace(" ", "\N{NO-BREAK SPACE}")


def cell_widths(cells: Iterable[Cell]) -> list[int]:
    """How wide the numbers of cells below each other have to be for `cell_words` to line them up."""
    numbers = [_numbers(cell) for cell in cells if cell.applies] or [("", "", "")]
    return [max(map(len, column)) for column in zip(*numbers, strict=True)]


def _numbers(cell: Cell) -> tuple[str, str, str]:
    return f"{cell.short}/{cell.applies}", str(cell.comments), str(cell.undetermined)


def heading(portfolio: Portfolio, shown: Sequence[PortfolioRow], by: Filter, cohorts: Mapping[str, str]) -> str:
    """What a list of services holds: "97 services: File sharing that falls short on Pre-screening, undetermined"."""
    count = f"{len(shown):,} service{'' if len(shown) == 1 else 's'}"
    if portfolio.has_register and any(row.enrolled is None for row in shown):
        count += " not on the register"
    if by == Filter():
        return f"{count}, worst first"
    chapters = {chapter.id: chapter.title for chapter in portfolio.code.chapters}
    short = f" that falls short on {chapters[by.chapter]}" if by.chapter else ""
    words = [
        cohort_words(by.cohort, cohorts) + short if by.cohort or short else "",
        place_words(portfolio.code, Place(by.place)) if by.place else "",
        f"with “{by.text}” in a name" if by.text else "",
    ]
    return f"{count}: {', '.join(word for word in words if word)}"


def cohort_words(id: str, cohorts: Mapping[str, str]) -> str:
    """The title of a cohort, by the titles given; "" is everyone."""
    return cohorts.get(id, id) if id else "Everyone"


def cap_words(row: PortfolioRow) -> str:
    """The lowest limit that a cap sets, and by which provisions: "49.0 by ICU-C9"; "" without any."""
    caps = row.summary.caps if row.summary else ()
    if not caps:
        return ""
    return f"{display(min(cap.limit for cap in caps))} by {', '.join(cap.provision for cap in caps)}"


def due_words(row: PortfolioRow, today: date) -> str:
    """When a self-assessment is or was due; that it is overdue where none has been accepted by today, and for which
    period it was filed where that is not the one asked for."""
    if row.enrolled is None:
        return "–"
    is_overdue = row.state is not Filing.ASSESSED and row.enrolled.due < today
    stored, asked = row.stored, (row.enrolled.period_from, row.enrolled.period_to)
    if stored and (stored.period_from, stored.period_to) != asked:
        return f"{row.enrolled.due}, filed for {stored.period_from} to {stored.period_to}"
    return f"{row.enrolled.due}{' overdue' if is_overdue else ''}"


def history_words(code: Code, before: Summary, now: Summary) -> str:
    """What changed from one period of a service to a later one, made from the figures shown; part of a sentence."""
    then = f"for the period to {before.on}"
    if before.figures is None or now.figures is None:
        scored = [display(each.figures.final) if each.figures else "no score" for each in (now, before)]
        words = f"final: {scored[0]}; {scored[1]} {then}"
    else:
        by = change(before.figures.final, now.figures.final)
        than = f"{tenths(abs(by))} points {'more' if by > 0 else 'less'} than" if by else "the same as"
        words = f"final {display(now.figures.final)}, {than} {then}"
    was, is_now = (short_words(code, each.conclusion) for each in (before, now))
    concluded = f"still {is_now}" if was == is_now else f"{was}, then {is_now}"
    versions = before.code_version, now.code_version
    other = "" if versions[0] == versions[1] else "; by another version of the code, {}, then {}".format(*versions)
    return f"{words}; conclusion: {concluded}{other}"


def unfinished_words(imports: Sequence[UnfinishedImport]) -> str:
    """That there are imports which did not finish, and what to do; "" without any."""
    if not imports:
        return ""
    last = f"{max(each.started for each in imports):%Y-%m-%d %H:%M} UTC"
    many = f"An import of {last}" if len(imports) == 1 else f"{len(imports):,} imports, the last of {last},"
    return f"{many} did not finish. What only came that way is not shown: import it again."
