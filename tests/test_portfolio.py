"""The portfolio: who counts, in which order, at which place, and what the grid says of cohorts and chapters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import small_rules
import stores
from hypothesis import given
from hypothesis import strategies as st

from compliance.export import portfolio as export
from compliance.model import CapApplied, Conclusion, Figures
from compliance.portfolio import (
    COLUMNS,
    FEWEST,
    PAGE,
    Cell,
    Filter,
    Place,
    Portfolio,
    build,
    change,
    cohort,
    counts,
    grid,
    members,
    most_short,
    only,
    page,
    pages,
    place,
    record,
)
from compliance.records import Filing, PortfolioRow, Stored, Summary
from compliance.scoring import display

ON = date(2026, 6, 30)
CODE = small_rules.code()
FIRST, SECOND = (chapter.id for chapter in CODE.chapters[:2])
COHORTS = ("adult", "large", "other")
TITLES = {"adult": "Adult", "large": "Large", "other": "Other"}
CONCLUSIONS = st.sampled_from([*Conclusion, None])


def row(service: str = "harbourline", state: Filing = Filing.ASSESSED, **changes: Any) -> PortfolioRow:
    """A service as the store gives it: assessed, on the register and in the cohort "large" unless said otherwise."""
    enrolled = stores.enrolled(service) if changes.pop("is_enrolled", True) else None
    group = str(changes.pop("cohort", "large")) if state is Filing.ASSESSED else ""
    summary = stores.summary(**changes) if state is Filing.ASSESSED and changes.pop("is_applied", True) else None
    return PortfolioRow(service, service.title(), "A Ltd", enrolled, state, None, group, summary, "")


@st.composite
def rows(draw: st.DrawFn) -> list[PortfolioRow]:
    found = []
    for i in range(draw(st.integers(0, 12))):
        conclusion = draw(CONCLUSIONS)
        figures = Figures(*[draw(st.integers(0, 3)) * 10**7] * 7) if conclusion else None
        chapters = {FIRST: draw(CONCLUSIONS), SECOND: draw(CONCLUSIONS)}
        found.append(
            row(
                f"service-{i}",
                draw(st.sampled_from(Filing)),
                is_enrolled=draw(st.booleans()),
                is_applied=draw(st.booleans()),
                cohort=draw(st.sampled_from(COHORTS)),
                conclusion=conclusion,
                figures=figures,
                failures=draw(st.integers(0, 2)),
                chapters=chapters,
            )
        )
    return found


# Who counts


def test_who_is_on_the_register_counts_and_without_a_register_everyone() -> None:
    inside, outside = row("a"), row("b", is_enrolled=False)
    assert members([outside, inside]) == ([inside], [outside])
    assert members([outside]) == ([outside], [])


@given(rows())
def test_everyone_is_counted_once(all_rows: list[PortfolioRow]) -> None:
    found = build(CODE, ON, all_rows, COHORTS)
    assert len(found.rows) + len(found.others) == len(all_rows)
    assert sum(counts(found.rows).values()) == len(found.rows)
    states = [sum(each.state is state for each in found.rows) for state in Filing]
    assert sum(states) == len(found.rows)
    shown = [sum(Filter(place=each).keeps(row) for row in found.rows) for each in Place]
    assert shown == list(counts(found.rows).values())


# Order


def test_the_order_is_by_conclusion_then_failures_then_assured() -> None:
    def with_assured(service: str, assured: int, **changes: Any) -> PortfolioRow:
        return row(service, figures=replace(Figures(*[50] * 7), assured=assured), **changes)

    worst_first = [
        with_assured("a", 9, conclusion=Conclusion.DOES_NOT_CONFORM, failures=5),
        with_assured("b", 3, conclusion=Conclusion.DOES_NOT_CONFORM, failures=2),
        with_assured("c", 4, conclusion=Conclusion.DOES_NOT_CONFORM, failures=2),
        with_assured("d", 1, conclusion=Conclusion.UNDETERMINED, failures=9),
        with_assured("e", 0, conclusion=Conclusion.CONFORMS_WITH_COMMENTS, failures=0),
        with_assured("f", 0, conclusion=Conclusion.CONFORMS, failures=0),
        row("g", conclusion=None, figures=None),
        row("h", is_applied=False),
        row("i", Filing.REFUSED),
        row("j", Filing.NOTHING_RECEIVED),
    ]
    assert members(worst_first[::-1])[0] == worst_first


@given(rows())
def test_the_order_of_what_comes_in_changes_nothing(all_rows: list[PortfolioRow]) -> None:
    assert build(CODE, ON, all_rows[::-1], COHORTS) == build(CODE, ON, all_rows, COHORTS)


# Filters and pages


def test_a_filter_keeps_what_it_names() -> None:
    found = [
        row("alpha", cohort="adult", conclusion=Conclusion.DOES_NOT_CONFORM, chapters={FIRST: Conclusion.CONFORMS}),
        row("beta", chapters={FIRST: Conclusion.DOES_NOT_CONFORM}),
        row("gamma", Filing.NOTHING_RECEIVED),
    ]

    def names(**kept: str) -> list[str]:
        return [row.service_id for row in found if Filter(**kept).keeps(row)]

    assert names() == ["alpha", "beta", "gamma"]
    assert names(cohort="adult") == ["alpha"]
    assert names(place=Place.DOES_NOT_CONFORM) == ["alpha"]
    assert names(place=Place.NOTHING_RECEIVED) == ["gamma"]
    assert names(chapter=FIRST) == ["beta"]
    assert names(text="BET") == ["beta"]
    assert names(text="a ltd") == ["alpha", "beta", "gamma"]
    assert names(text="beta", cohort="adult") == []


def test_a_cohort_is_the_registers_where_nothing_was_accepted() -> None:
    assert cohort(row("a", cohort="adult")) == "adult"
    assert cohort(row("a", Filing.REFUSED)) == "large"
    assert cohort(row("a", Filing.NOTHING_RECEIVED, is_enrolled=False)) == ""


@given(st.integers(0, 300))
def test_pages_hold_everyone_once(count: int) -> None:
    all_rows = [row(f"service-{i}") for i in range(count)]
    paged = [each for number in range(1, pages(all_rows) + 1) for each in page(all_rows, number)]
    assert paged == all_rows
    assert all(len(page(all_rows, number)) <= PAGE for number in range(1, pages(all_rows) + 1))


# The grid


@given(rows())
def test_the_grid_adds_up(all_rows: list[PortfolioRow]) -> None:
    *lines, everyone = grid(all_rows, COHORTS, [FIRST, SECOND])
    assert sum(line.assessed for line in lines) == everyone.assessed
    for chapter in (FIRST, SECOND):
        for name in ("short", "comments", "undetermined", "applies"):
            parts = [getattr(line.cells[chapter], name) for line in lines]
            assert sum(parts) == getattr(everyone.cells[chapter], name)
        kept = [row for row in all_rows if Filter(chapter=chapter).keeps(row)]
        assert everyone.cells[chapter].short == len(kept)
    assert [line.cohort for line in lines] == [id for id in COHORTS if id in {line.cohort for line in lines}]


def _in(cohort: str, short: int, others: int) -> list[PortfolioRow]:
    chapters = [Conclusion.DOES_NOT_CONFORM] * short + [Conclusion.CONFORMS] * others
    return [row(f"{cohort}-{i}", cohort=cohort, chapters={FIRST: found}) for i, found in enumerate(chapters)]


def _finding(all_rows: Sequence[PortfolioRow]) -> Portfolio:
    return build(CODE, ON, all_rows, COHORTS)


def test_the_finding_is_the_largest_share_of_a_cohort_of_some_size() -> None:
    found = _finding([*_in("adult", 2, FEWEST - 3), *_in("large", 2, 4), *_in("other", 1, 9)])
    assert found.finding
    assert (found.finding.cohort, found.finding.chapter, found.finding.cell) == ("large", FIRST, Cell(2, 0, 0, 6))
    words = export.finding(found, TITLES)
    assert words == (
        f"Services fall short most often on {CODE.chapters[0].title} in Large: 2 of 6, against 5 of 20 of the whole"
        " portfolio"
    )


def test_without_a_cohort_of_some_size_the_finding_is_everyones() -> None:
    found = _finding([*_in("adult", 1, 1), *_in("large", 0, 2)])
    assert found.finding
    assert found.finding.cohort == ""
    assert export.finding(found, TITLES) == f"Services fall short most often on {CODE.chapters[0].title}: 1 of 4"


def test_a_share_of_thirty_or_more_is_a_percentage_too() -> None:
    words = export.finding(_finding([*_in("adult", 10, 20), *_in("large", 0, 30)]), TITLES)
    assert "10 of 30 (33.33%), against 10 of 60 (16.66%)" in words


def test_where_nobody_falls_short_nothing_is_found() -> None:
    lines = grid(_in("adult", 0, 9), COHORTS, [FIRST])
    assert most_short(lines) is None
    assert "9 assessed" in export.finding(_finding(_in("adult", 0, 9)), TITLES)
    assert export.finding(_finding([row(state=Filing.REFUSED)]), TITLES) == "Nobody was assessed by this code"


def test_cells_below_each_other_are_as_wide_as_each_other() -> None:
    cells = [Cell(97, 30, 11, 260), Cell(5, 0, 2, 38), Cell(0, 0, 0, 0)]
    widths = export.cell_widths(cells)
    shown = [export.cell_words(cell, widths).split("\N{NO-BREAK SPACE}") for cell in cells]
    assert shown[0] == ["×", "97/260", "≈", "30", "?", "11"]
    assert [part.lstrip("\N{FIGURE SPACE}") for part in shown[1]] == ["×", "5/38", "≈", "0", "?", "2"]
    assert [*map(len, shown[0])] == [*map(len, shown[1])]
    assert export.cell_words(cells[2], widths) == "– none"
    assert export.cell_widths([cells[2]]) == [0, 0, 0]


def test_a_heading_says_what_is_shown() -> None:
    found = build(CODE, ON, [*_in("adult", 1, 1), row("c", is_enrolled=False)], COHORTS)
    chapter = CODE.chapters[0].title

    def says(**by: str) -> str:
        asked = Filter(**by)
        return export.heading(found, [each for each in found.rows if asked.keeps(each)], asked, TITLES)

    assert says() == "2 services, worst first"
    assert says(cohort="adult", chapter=FIRST) == f"1 service: Adult that falls short on {chapter}"
    assert says(chapter=FIRST) == f"1 service: Everyone that falls short on {chapter}"
    assert says(place=Place.REFUSED, text="x") == "0 services: – refused, with “x” in a name"
    assert export.heading(found, found.others, Filter(), TITLES) == "1 service not on the register, worst first"


# Over time


@given(st.integers(0, 100_000_000), st.integers(0, 100_000_000))
def test_a_change_is_the_difference_of_what_is_shown(before: int, now: int) -> None:
    tenths = [int(display(points).replace(".", "")) for points in (before, now)]
    assert tenths[0] + change(before, now) == tenths[1]


def test_a_history_says_what_changed_and_that_the_rules_did() -> None:
    def of(final: int, conclusion: Conclusion, **changes: Any) -> Summary:
        return stores.summary(figures=Figures(*[final] * 7), conclusion=conclusion, **changes)

    then = of(61_899_999, Conclusion.DOES_NOT_CONFORM, on=date(2025, 12, 31))
    words = export.history_words(CODE, then, of(71_200_000, Conclusion.CONFORMS_WITH_COMMENTS))
    assert words.startswith("final 71.2, 9.4 points more than for the period to 2025-12-31; conclusion: ")
    assert words.endswith(", then with comments")
    less = export.history_words(CODE, of(71_200_000, Conclusion.CONFORMS), of(61_899_999, Conclusion.CONFORMS))
    assert "final 61.8, 9.4 points less than" in less
    assert "conclusion: still " in less
    same = export.history_words(CODE, then, replace(then, figures=Figures(*[61_800_000] * 7), code_version="2"))
    assert "final 61.8, the same as for the period" in same
    assert same.endswith("; by another version of the code, 1, then 2")
    assert "final: no score; 61.8 for" in export.history_words(CODE, then, replace(then, figures=None))


# What leaves

HOSTILE = [
    "=1+1",
    " =1+1",
    "＝1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '"quoted", and a comma',
    "line\nbreak",
    "\tTab",
    "<b>bold</b>",
    "'",
]


def test_every_form_has_the_same_rows_and_numbers() -> None:
    all_rows = [row("a", conclusion=Conclusion.CONFORMS), row("b", Filing.NOTHING_RECEIVED), row("c", figures=None)]
    found = build(CODE, ON, all_rows, COHORTS)
    table = list(csv.DictReader(io.StringIO(export.to_csv(found.rows), newline="")))
    objects = json.loads(export.to_json(found, found.rows))
    assert tuple(table[0]) == COLUMNS
    assert all(tuple(record(each)) == COLUMNS for each in found.rows)
    assert objects["counts"] == {where.value: count for where, count in counts(found.rows).items()}
    for line, service, each in zip(table, objects["services"], found.rows, strict=True):
        for name in COLUMNS:
            shown = line[name]
            value = service[name]
            assert (
                (shown == "" and value in (None, ""))
                or json.dumps(value) == shown
                or value == shown
                or (float(shown) == value)
            )
        assert line["service_id"] == each.service_id
    text = export.render(found, found.rows, TITLES, ON)
    assert [text.index(f"({each.service_id})") for each in found.rows] == sorted(
        text.index(f"({each.service_id})") for each in found.rows
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_a_formula_or_breaks_a_line(name: str) -> None:
    hostile = replace(row(), service=name, provider=name)
    (line,) = csv.DictReader(io.StringIO(export.to_csv([hostile]), newline=""))
    assert line["service"].removeprefix("'") == name.removeprefix("'") or line["service"] == f"'{name}"
    assert not line["service"].startswith(("=", "+", "-", "@", "\t", "\r"))
    found = build(CODE, ON, [hostile], COHORTS)
    assert json.loads(export.to_json(found, found.rows))["services"][0]["service"] == name
    text = export.render(found, found.rows, TITLES, ON)
    assert sum(CODE.name in line for line in text.splitlines()) == 1
    assert "line\nbreak" not in text


def test_a_cap_and_an_overdue_filing_are_said() -> None:
    caps = (CapApplied("critical", 49_000_000, "SC-1"), CapApplied("other", 60_000_000, "SC-2"))
    assert export.cap_words(row(caps=caps)) == "49.0 by SC-1, SC-2"
    assert export.cap_words(row(caps=())) == ""
    late = row(state=Filing.NOTHING_RECEIVED)
    assert late.enrolled
    assert export.due_words(late, late.enrolled.due) == f"{late.enrolled.due}"
    assert export.due_words(late, date(2027, 1, 1)).endswith("overdue")
    assert not export.due_words(row(), date(2027, 1, 1)).endswith("overdue")
    assert export.due_words(row(is_enrolled=False), ON) == "–"


def test_words_say_who_is_counted() -> None:
    found = build(CODE, ON, [row("a"), row("b", Filing.REFUSED), row("c", is_enrolled=False)], COHORTS)
    assert export.everyone(found) == "2 on the register = 1 assessed + 1 refused + 0 nothing received"
    assert export.beside(found) == "Not on the register, so not counted: C."
    alone = build(CODE, ON, [row("c", is_enrolled=False)], COHORTS)
    assert export.everyone(alone) == "1 filed = 1 assessed + 0 refused + 0 nothing received"
    assert "No register was imported" in export.beside(alone)
    later = build(CODE, ON, [row("c", is_enrolled=False)], COHORTS, is_registered=True)
    assert "No register asks for a period that ended by" in export.beside(later)


def test_one_cohort_alone_adds_up_as_everyone_does() -> None:
    found = only(_finding([*_in("adult", 2, 4), *_in("large", 1, 0)]), "adult")
    assert (len(found.rows), found.lines[-1].assessed, found.cohort) == (6, 6, "adult")
    assert sum(counts(found.rows).values()) == 6
    assert "Adult only" in export.render(found, found.rows, TITLES, ON)
    assert only(found, "") == found


def test_a_period_that_was_not_asked_for_is_said() -> None:
    asked = row()
    assert asked.enrolled
    stored = Stored(
        1, "", "", "", "", "", asked.enrolled.period_from, asked.enrolled.period_to, ON, 1, datetime.now(UTC)
    )
    assert export.due_words(replace(asked, stored=stored), ON) == str(asked.enrolled.due)
    other = replace(asked, stored=replace(stored, period_from=ON))
    assert export.due_words(other, ON) == f"{asked.enrolled.due}, filed for {ON} to {stored.period_to}"
    assert place(row("h", is_applied=False)) is Place.NOT_APPLIED
