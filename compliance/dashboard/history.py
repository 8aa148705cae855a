"""How a service went over time: its figures by one code, period by period, as a sentence, a chart and a table.

It takes what is kept of each period's assessment, earliest first, and is silent where that is one period or none.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from compliance.dashboard import charts, parts
from compliance.dashboard.parts import text
from compliance.export.portfolio import history_words
from compliance.model import Assessment, Code, Figures
from compliance.records import Summary
from compliance.scoring import display
from compliance.vocabulary import short_words

FIGURES = ("final", "declared", "assured", "ceiling")


def draw(found: Assessment, past: Sequence[Summary]) -> None:
    """What changed since the period before the one that is shown, and a chart of all periods."""
    if len(past) < 2:
        return
    words = f"Over time: {_finding(found, past)}"
    st.subheader(text(words), anchor=False)
    charts.history(past, words)
    drawn = "Dots: final. Bars: assured, declared, and a line up to the ceiling."
    parts.small(f"{drawn} Broken: another version of the code." if _is_broken(past) else drawn)


def _finding(found: Assessment, past: Sequence[Summary]) -> str:
    before = [each for each in past if each.on < found.on]
    now = [each for each in past if each.on == found.on]
    if before and now:
        return history_words(found.code, before[-1], now[-1])
    final = display(found.figures.final) if found.figures else "no score"
    return f"final {final}, in the earliest of {len(past)} periods"


def _is_broken(past: Sequence[Summary]) -> bool:
    return len({each.code_version for each in past}) > 1


def table(code: Code, past: Sequence[Summary]) -> None:
    """Every figure of every period, latest first."""
    if len(past) < 2:
        return
    latest_first = past[::-1]
    columns = {"Period to": [str(each.on) for each in latest_first]}
    if _is_broken(past):
        columns["Version"] = [text(each.code_version) for each in latest_first]
    columns["Conclusion"] = [_conclusion(code, each) for each in latest_first]
    for name in FIGURES:
        columns[name.capitalize()] = parts.aligned([_figure(each.figures, name) for each in latest_first])
    columns["Cap"] = [display(min(cap.limit for cap in each.caps)) if each.caps else "–" for each in latest_first]
    columns["Fall short"] = [f"{each.failures} of {each.deciding}" for each in latest_first]
    columns["Blanks"] = [str(each.counts["unknown"]) for each in latest_first]
    columns["Flags"] = [str(each.flags) for each in latest_first]
    parts.facts(columns, "The figures of every period")


def _conclusion(code: Code, summary: Summary) -> str:
    return f"{parts.conclusion_symbol(summary.conclusion)} {text(short_words(code, summary.conclusion))}"


def _figure(figures: Figures | None, name: str) -> str:
    return display(getattr(figures, name)) if figures else "–"
