"""The Portfolio page: who falls short, and where.

How everyone on the register stands on a date by one code: what they came to, where cohorts fall short, and the services
themselves, worst first. What is shown of it stands in the URL; a page of services leaves the server at a time. Every
number comes from `compliance.portfolio`, every word that files and terminal have as well from `export.portfolio`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from compliance.audit import today
from compliance.dashboard import cells, parts, session
from compliance.dashboard.parts import Column, text
from compliance.export import portfolio as export
from compliance.filings import default_code, load_cohorts
from compliance.model import Code, Conclusion
from compliance.portfolio import Filter, Line, Place, Portfolio, cohort, counts, pages, place, record
from compliance.portfolio import page as page_of
from compliance.records import PortfolioRow
from compliance.scoring import display
from compliance.vocabulary import FLAG_SYMBOL

WIDTHS = {parts.TITLE: 0.8, session.CODE: 2.5, session.DATE: 0.9, session.COHORT: 1.2, parts.LAST: 1.3}
OTHERS = "others"
OPEN, OPENING, GRID, SERVICES = "open", "opening", "cohorts", "services"
SERVICE_PAGE = Path(__file__).with_name("service.py")
COHORT, ASSESSED = "Cohort", "Assessed"
GRID_ROW = 30
FILTERS = (session.COHORT, session.PLACE, session.CHAPTER, session.SEARCH)
HERE = (*FILTERS, session.DATE, session.AMONG, session.PAGE)


def page() -> None:
    """Reads the portfolio that the URL names, and shows it."""
    with parts.explained():
        rules, on = session.rules(), session.latest()
        if on is None:
            parts.empty_store()
            _unfinished()
            return
        _open_chosen()
        dates = {each.isoformat(): each for each in session.dates()}
        on = dates[session.choose(session.DATE, [*dates], on.isoformat())]
        codes = {code.name: code for code in rules.codes}
        code = codes[session.choose(session.CODE, [*codes], default_code(rules, on).name)]
        with st.spinner("Reading the portfolio"):
            found = session.portfolio(code, on)
        _portfolio(found, codes, [*dates])


def _portfolio(found: Portfolio, codes: Mapping[str, Code], dates: Sequence[str]) -> None:
    titles = {each.id: each.title for each in load_cohorts().all}
    present = {cohort(row) for row in found.rows}
    listed = [id for id in titles if id in present]
    cohorts = {"": f"All {len(listed)} cohorts", **{id: titles[id] for id in listed}}
    by = Filter(
        cohort=session.choose(session.COHORT, [*cohorts]),
        chapter=session.choose(session.CHAPTER, ["", *(chapter.id for chapter in found.code.chapters)]),
        text=session.typed(session.SEARCH),
    )
    pickers = {
        session.CODE: {name: f"{code.title} · {code.version}" for name, code in codes.items()},
        session.DATE: {day: day for day in dates},
        session.COHORT: cohorts,
    }
    with parts.head("Portfolio", "", pickers, WIDTHS):
        parts.search(session.SEARCH, "Search", "Service, provider or id")
    parts.note(session.CHAPTER, {"": "every chapter", **{each.id: each.title for each in found.code.chapters}})
    _notices(found)
    is_apart = session.choose(session.AMONG, ["", OTHERS]) == OTHERS and found.has_register
    among = found.others if is_apart else found.rows
    by = Filter(by.cohort, _places(found, among), by.chapter, by.text)
    _grid(found, titles, by)
    _services(found, [row for row in among if by.keeps(row)], by, titles)


# Everyone


def _places(found: Portfolio, among: Sequence[PortfolioRow]) -> str:
    """Who counts, beside how many are where; gives the place that is chosen."""
    held = {"": len(among), **{where.value: n for where, n in counts(among).items() if n}}
    chosen = session.choose(session.PLACE, [*held])

    def label(where: str) -> str:
        if not where:
            return f"All {held[where]:,}"
        return f"{_place_words(found.code, Place(where))} {held[where]:,}"

    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(re.sub(r"([\d,]+)", r"**\1**", export.everyone(found)), width="content")
        st.segmented_control(
            "Show",
            [*held],
            format_func=label,
            key=session.PLACE,
            on_change=session.remember(session.PLACE),
            label_visibility="collapsed",
            required=True,
            wrap=True,
        )
    parts.note(session.PLACE, {where: label(where) for where in held})
    if among is found.others or not found.has_register:
        parts.small(text(export.beside(found)))
    return chosen


def _place_words(code: Code, where: Place) -> str:
    """The place in words, its symbol in the colour of the conclusion."""
    symbol, words = export.place_words(code, where).split(" ", 1)
    colour = parts.CONCLUSION_COLOUR.get(_conclusion(where), parts.PLAIN)
    return f":{colour}[**{symbol}**] {text(words)}"


def _conclusion(where: Place) -> Conclusion | None:
    return Conclusion(where.value) if where.value in [*Conclusion] else None


# Notices


def _notices(found: Portfolio) -> None:
    """What is in the store and not on this page, with the way to it."""
    _unfinished()
    waiting = session.waiting()
    if waiting:
        have = parts.counted(waiting, "self-assessment was", "self-assessments were")
        words = f"**{FLAG_SYMBOL} {have} not assessed by these rules yet.** `compliance portfolio` does it."
        parts.notice(f":orange[{words}]", key="waiting")
    unknown = [each for each in session.refusals() if not each.service_id]
    if unknown:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="nobodys"):
            have = parts.counted(len(unknown), "refused file says", "refused files say")
            st.markdown(f":orange[**{FLAG_SYMBOL} {have} no service**], so nobody below is refused for it.")
            address = {session.SERVICE: session.REFUSED}
            st.page_link(SERVICE_PAGE, label="See the refused files", query_params=address)


def _unfinished() -> None:
    if words := export.unfinished_words(session.store().unfinished()):
        parts.notice(f":orange[**{FLAG_SYMBOL}**] {text(words)}", key="unfinished")


# The grid


def _grid(found: Portfolio, titles: Mapping[str, str], by: Filter) -> None:
    is_empty = not found.lines[-1].assessed
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(text(export.finding(found, titles)), anchor=False, width="content")
        if not is_empty:
            # The Tab key walks through a grid cell by cell and selects each: this is the way around it.
            st.markdown(f":small[[To the services](#{SERVICES})]", width="content")
    if is_empty:
        return
    chapters, lines = found.code.chapters, found.lines
    largest = max(cell.share for line in lines for cell in line.cells.values())
    columns = {COHORT: [export.cohort_words(line.cohort, titles) for line in lines]}
    columns[ASSESSED] = _right([f"{line.assessed:,}" for line in lines])
    shades = {}
    for chapter in chapters:
        column = [line.cells[chapter.id] for line in lines]
        widths = export.cell_widths(column)
        # In a table's type a word's space is too little between numbers.
        words = (export.cell_words(cell, widths) for cell in column)
        columns[chapter.id] = [each.replace("\N{NO-BREAK SPACE}", "\N{EN SPACE}") for each in words]
        shades[chapter.id] = [cells.shade(cell.share, largest) for cell in column]
    ink = parts.colour("textColor")
    # A cell that sets its background has to set its text as well, for the theme may change without a new run.
    styles = pd.DataFrame({id: [f"background-color: {each}; color: {ink}" for each in shades[id]] for id in shades})
    frame = pd.DataFrame(columns)
    drawn = [(row, column) for row, line in enumerate(lines) for column in columns if _is_chosen(line, column, by)]
    st.session_state[GRID] = {"selection": {"rows": [], "columns": [], "cells": drawn[:1]}}
    st.dataframe(
        frame.style.apply(lambda _: styles.reindex(columns=frame.columns, fill_value=""), axis=None),
        column_config=_grid_config(found.code),
        hide_index=True,
        row_height=GRID_ROW,
        height="content",
        key=GRID,
        on_select=_choose_cell(lines, drawn[:1]),
        selection_mode="single-cell",
        alt="Cohorts by chapters: how many services fall short",
    )
    parts.small(
        "Each cell: × services that fall short / services the chapter applies to, ≈ with comments, ? undetermined. "
        "Darker is a larger share. Select a cell to filter the services below."
    )


def _right(figures: Sequence[str]) -> list[str]:
    width = max(map(len, figures))
    return [figure.rjust(width, "\N{FIGURE SPACE}") for figure in figures]


def _grid_config(code: Code) -> dict[str, Any]:
    column = st.column_config.TextColumn
    # Of the few chapters of a short code the whole titles fit.
    width = 190 if len(code.chapters) <= 4 else 140
    chapters = {chapter.id: column(chapter.title, width=width) for chapter in code.chapters}
    return {COHORT: column(width=180), ASSESSED: column(width=72), **chapters}


def _is_chosen(line: Line, column: str, by: Filter) -> bool:
    """Whether the services shown are those of this cell."""
    if column == COHORT:
        return bool(by.cohort) and not by.chapter and line.cohort == by.cohort
    return line.cohort == by.cohort and column == by.chapter


def _choose_cell(lines: Sequence[Line], drawn: Sequence[tuple[int, str]]) -> Callable[[], None]:
    def choose() -> None:
        picked = [tuple(cell) for cell in st.session_state[GRID].selection.cells]
        # The browser also reports the cell that was drawn, once, with whatever is changed first.
        if picked != list(drawn):
            row, column = picked[0] if picked else (len(lines) - 1, "")
            session.put(session.COHORT, lines[row].cohort)
            session.put(session.CHAPTER, column if column in lines[row].cells else "")

    return choose


# The services


def _services(found: Portfolio, shown: Sequence[PortfolioRow], by: Filter, titles: Mapping[str, str]) -> None:
    title = export.heading(found, shown, by, titles)
    rows = _page_of(found, shown, title, is_all=by == Filter())
    if not rows:
        st.markdown("No service is like that.")
        return
    addresses = {row.service_id: _address(row, found) for row in rows}
    ids = [*addresses]
    parts.listing(_columns(rows, found.code), SERVICES, title, _opens(addresses, SERVICES))
    labels = {row.service_id: f"{' '.join(row.service.split())} ({row.service_id})" for row in rows}
    st.selectbox(
        "Open a service of this page",
        ids,
        index=None,
        format_func=labels.__getitem__,
        key=OPEN,
        placeholder="Pick one, or tick its row",
        on_change=_opens(addresses, OPEN),
        width=360,
    )


def _page_of(found: Portfolio, shown: Sequence[PortfolioRow], title: str, is_all: bool) -> Sequence[PortfolioRow]:
    """The heading of the services with what turns their pages and takes all of them away; gives those of the page."""
    many = pages(shown)
    number = int(session.choose(session.PAGE, [str(n + 1) for n in range(many)]))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(text(title), anchor=SERVICES, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            _among_button(found)
            if not is_all:
                st.button("Show all", key="all", on_click=_show_all)
            if many > 1:
                st.session_state[session.PAGE] = number
                st.pagination(many, key=session.PAGE, on_change=session.remember(session.PAGE))
            name = f"portfolio-{found.code.name}-{found.on}.csv"
            st.download_button(
                "Export CSV",
                lambda: export.to_csv(shown),
                name,
                "text/csv",
                key="csv",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )
    return page_of(shown, number)


def _among_button(found: Portfolio) -> None:
    """The way to those who filed without being on the register, and back."""
    if found.has_register and found.others:
        is_apart = session.chosen(session.AMONG) == OTHERS
        words = "Back to the register" if is_apart else f"{len(found.others):,} not on the register"
        st.button(words, key="among-button", on_click=session.put, args=(session.AMONG, "" if is_apart else OTHERS))


def _show_all() -> None:
    for name in FILTERS:
        session.put(name, "")


def _columns(rows: Sequence[PortfolioRow], code: Code) -> Mapping[str, Column]:
    records = [record(row) for row in rows]
    figures = [row.summary.figures if row.summary else None for row in rows]
    theme = st.context.theme.type or "light"
    limits = [min((cap.limit for cap in row.summary.caps), default=None) if row.summary else None for row in rows]
    strips = [cells.strip(each, limit, theme) if each else None for each, limit in zip(figures, limits, strict=True)]

    def points(name: str) -> list[float | None]:
        return [float(display(getattr(each, name))) if each else None for each in figures]

    def count(name: str) -> list[object]:
        return [each[name] for each in records]

    short = [f"{each['failures']} of {each['deciding']}" if each["deciding"] is not None else "–" for each in records]
    places = [export.place_words(code, place(row)) for row in rows]
    colours = {
        export.place_words(code, where): parts.CONCLUSION_COLOUR.get(_conclusion(where), parts.PLAIN) for where in Place
    }
    return {
        "Service": Column([row.service for row in rows], 126),
        "Provider": Column([row.provider for row in rows], 144),
        "Conclusion": Column([[each] for each in places], parts.chip_width(places), "chips", colours),
        "Fall short": Column(_right(short), 78),
        "Score, 0 to 100": Column(strips, 216, "image"),
        "Assured": Column(points("assured"), 70, "points"),
        "Declared": Column(points("declared"), 72, "points"),
        "Ceiling": Column(points("ceiling"), 66, "points"),
        "Final": Column(points("final"), 60, "points"),
        "Cap": parts.id_column([export.cap_words(row) or "–" for row in rows], 46),
        "Blanks": Column(count("blanks"), 62, "count"),
        "Alternatives": Column(count("alternatives"), 94, "count"),
        "Flags": Column(count("flags"), 56, "count"),
        "Due": parts.id_column([export.due_words(row, today()) for row in rows]),
    }


# To the Service page


def _address(row: PortfolioRow, found: Portfolio) -> dict[str, str]:
    """The parameters of the Service page that show a service as it stands here.

    Those of this page go with them: the way back leads by an address of this page that has all of them.
    """
    asked = row.stored or row.enrolled
    period = {session.PERIOD: asked.period_to.isoformat()} if asked else {}
    here = {name: st.query_params[name] for name in HERE if name in st.query_params}
    return {session.SERVICE: row.service_id, **period, session.CODE: found.code.name, **here}


def _opens(addresses: Mapping[str, Mapping[str, str]], key: str) -> Callable[[], None]:
    """The callback of a widget that picks a service: the page is left in the run that follows."""

    def open() -> None:
        picked = parts.picked(key, [*addresses])
        if picked is not None:
            st.session_state[OPENING] = addresses[picked]

    return open


def _open_chosen() -> None:
    if OPENING in st.session_state:
        st.switch_page(SERVICE_PAGE, query_params=st.session_state.pop(OPENING))


page()
