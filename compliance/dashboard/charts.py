"""The Service page's two charts, on one scale from 0 to 100: where the score stands, and where the points went.

Positions are the engine's points, labels their display. Labels are written beside what they name, hatching stands for
what is still open, and colours are those of the theme; a chart's table and sentence are its page's business.
"""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from compliance.ledger import Step
from compliance.model import ALL_POINTS, MICRO, CapApplied, Figures
from compliance.scoring import display, tenths

_MARGIN: Final = {"l": 132, "r": 16, "t": 4}
_AXIS: Final = 24
_MARK_ROW: Final = 25
_ROW: Final = 22
_TALL_ROW: Final = 40
_LABEL_WIDTH: Final = 20
# On a phone a mark's label is about this many points of the scale wide, half of it on each side.
_LABEL_POINTS: Final = 42
# Beyond this, what is written right of a mark would be cut off.
_LAST_LABEL: Final = 88


def _colour(name: str, index: int | None = None) -> str:
    """A colour of the theme that the page is shown in."""
    value: Any = st.get_option(f"theme.{st.context.theme.type or 'light'}.{name}")
    return str(value if index is None else value[index])


def _draw(figure: go.Figure, height: int, alt: str, key: str, bottom: int = 4) -> None:
    figure.update_layout(
        height=height,
        margin={**_MARGIN, "b": bottom},
        barmode="overlay",
        bargap=0.28,
        showlegend=False,
        dragmode=False,
        font_size=14,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(range=[0, 100], fixedrange=True, zeroline=False, tickfont_size=13)
    figure.update_yaxes(fixedrange=True, showgrid=False, zeroline=False, tickfont_size=14)
    figure.update_yaxes(tickfont_color=_colour("textColor"))
    figure.update_xaxes(tickfont_color=_colour("grayColor"))
    st.plotly_chart(figure, height=height, config={"displayModeBar": False, "staticPlot": True}, alt=alt, key=key)


def _bar(figure: go.Figure, y: float, start: float, end: float, **marker: Any) -> None:
    figure.add_bar(y=[y], x=[end - start], base=[start], orientation="h", marker=marker, width=0.72, hoverinfo="skip")


def marks(figures: Figures, caps: Sequence[CapApplied]) -> None:
    """One bar of 0 to 100 with the assured, the declared and the ceiling marked on it, and the cap if there is one."""
    assured, declared, ceiling = (p / MICRO for p in (figures.assured, figures.declared, figures.ceiling))
    limit = min((cap.limit for cap in caps), default=None)
    is_first_high = declared - assured < _LABEL_POINTS
    is_cap_low = limit is not None and abs(ceiling - limit / MICRO) < _LABEL_POINTS
    top, bottom = (2.4 if is_first_high else 1.5), (-2.4 if is_cap_low else -1.5)
    accent, line = _colour("primaryColor"), {"color": _colour("textColor"), "width": 2}
    figure = go.Figure()
    _bar(figure, 0, 0, 100, color=_colour("dataframeBorderColor"))
    _bar(figure, 0, 0, declared, color=_colour("chartCategoricalColors", 1), line={"color": accent, "width": 1})
    _bar(figure, 0, 0, assured, color=accent)
    figure.add_shape(type="line", x0=declared, x1=ceiling, y0=0, y1=0, line=line)
    figure.add_shape(type="line", x0=ceiling, x1=ceiling, y0=-0.62, y1=0.62, line=line)
    _mark(figure, assured, top - 0.5, f"assured <b>{display(figures.assured)}</b>", declared)
    _mark(figure, declared, 1, f"declared <b>{display(figures.declared)}</b>")
    _mark(figure, ceiling, -1, f"ceiling <b>{display(figures.ceiling)}</b>")
    if limit is not None:
        _cap(figure, limit, bottom + 0.5, ceiling)
    figure.update_yaxes(range=[bottom, top], tickvals=[0], ticktext=["Score, 0 to 100"])
    figure.update_xaxes(showticklabels=False, showgrid=False)
    named = {"Assured": figures.assured, "declared": figures.declared, "ceiling": figures.ceiling}
    words = ", ".join(f"{name} {display(points)}" for name, points in named.items())
    _draw(figure, int(_MARK_ROW * (top - bottom)) + 8, f"{words}, of 100", "marks")


def _mark(
    figure: go.Figure, x: float, y: float, label: str, other: float | None = None, colour: str | None = None
) -> None:
    """A label above or below the bar; with a stem in the second line, unless it would cross the label of `other`."""
    if abs(y) > 1 and other is not None and not _crosses(x, other):
        near, line = math.copysign(0.5, y), {"color": _colour("grayColor"), "width": 1}
        figure.add_shape(type="line", x0=x, x1=x, y0=near, y1=y - near, line=line)
    is_last = x > _LAST_LABEL
    place = {"x": x, "y": y, "xanchor": "right" if is_last else "center", "xshift": 14 if is_last else 0}
    figure.add_annotation(text=label, showarrow=False, font_color=colour or _colour("textColor"), **place)


def _crosses(x: float, other: float) -> bool:
    """Whether a line at `x` would run through the label of a mark at `other`."""
    left = other - _LABEL_POINTS * (0.9 if other > _LAST_LABEL else 0.5)
    return left <= x <= left + _LABEL_POINTS


def _cap(figure: go.Figure, limit: int, y: float, ceiling: float) -> None:
    # Rust and blue are equally dark: a line of the page's colour around the mark keeps them apart.
    x = limit / MICRO
    for name, width in (("backgroundColor", 6), ("redColor", 2)):
        line = {"color": _colour(name), "width": width}
        figure.add_shape(type="line", x0=x, x1=x, y0=-0.75, y1=0.75, line=line)
    _mark(figure, x, y, f"× cap <b>{display(limit)}</b>", ceiling, _colour("redColor"))


def waterfall(figures: Figures, steps: Sequence[Step]) -> None:
    """The way from 100 to the final score: what each chapter loses, then the declared score, then the cap."""
    figure = go.Figure()
    accent, ink, page = _colour("primaryColor"), _colour("textColor"), _colour("backgroundColor")
    light = {"color": _colour("chartCategoricalColors", 1), "line": {"color": accent, "width": 1}}
    chapters = [step for step in steps if step.chapter]
    cap = [step for step in steps if not step.chapter]
    _total(figure, 0, ALL_POINTS, ink, color=_colour("dataframeBorderColor"))
    for y, step in enumerate(chapters, 1):
        _loss(figure, y, step)
    _total(figure, len(chapters) + 1, figures.declared, ink, **light)
    for step in cap:
        _loss(figure, len(chapters) + 2, step)
    _total(figure, len(steps) + 2, figures.final, page, color=accent)
    labels = ["All provisions met", *(s.title for s in chapters), "Declared", *(s.title for s in cap), "Final"]
    wrapped = ["<br>".join(textwrap.wrap(html.escape(label), _LABEL_WIDTH)) for label in labels]
    figure.update_yaxes(range=[len(labels) - 0.4, -0.6], tickvals=list(range(len(labels))), ticktext=wrapped)
    figure.update_xaxes(tickvals=[0, 25, 50, 75, 100], showgrid=True, gridcolor=_colour("dataframeBorderColor"))
    height = len(labels) * (_TALL_ROW if any("<br>" in label for label in wrapped) else _ROW) + _AXIS + 4
    _draw(figure, height, f"From 100 points to the final score of {display(figures.final)}", "waterfall", _AXIS)


def _total(figure: go.Figure, y: int, points: int, ink: str, **marker: Any) -> None:
    """A bar from 0 with its figure right of its end, or inside in `ink` where there is no room."""
    end = points / MICRO
    _bar(figure, y, 0, end, **marker)
    is_inside = end > _LAST_LABEL
    side, colour = ("right", ink) if is_inside else ("left", _colour("textColor"))
    _value(figure, end, y, f"<b>{display(points)}</b>", side, colour)


def _loss(figure: go.Figure, y: int, step: Step) -> None:
    left, lost, still_open = step.left / 10, step.lost / 10, step.still_open / 10
    _bar(figure, y, left + still_open, left + lost, color=_colour("redColor"))
    if still_open:
        hatch = {"shape": "/", "size": 6, "fgcolor": _colour("grayColor"), "bgcolor": "rgba(0,0,0,0)", "solidity": 0.3}
        outline = {"color": _colour("grayColor"), "width": 1}
        _bar(figure, y, left, left + still_open, color="rgba(0,0,0,0)", pattern=hatch, line=outline)
    shown = f"−{tenths(step.lost)}" if step.lost else "0.0"
    if left > 100 - _LAST_LABEL:
        _value(figure, left, y, shown, "right", _colour("textColor"))
    else:
        is_inside = left + lost > _LAST_LABEL
        behind = _colour("backgroundColor") if is_inside else None
        _value(figure, left if is_inside else left + lost, y, shown, "left", _colour("textColor"), behind)


def _value(
    figure: go.Figure, x: float, y: float, shown: str, side: str, colour: str, behind: str | None = None
) -> None:
    """A figure whose left or right side is at `x`."""
    shift = 6 if side == "left" else -6
    place = {"x": x, "y": y, "xanchor": side, "xshift": shift}
    figure.add_annotation(text=shown, showarrow=False, font_color=colour, bgcolor=behind, **place)
