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

from compliance.model import MICRO, CapApplied, Figures
from compliance.reasons import Step
from compliance.scoring import display, tenths

_MARGIN: Final = {"l": 132, "r": 16, "t": 4}
_AXIS: Final = 24
_MARK_ROW: Final = 25
_ROW: Final = 22
_TALL_ROW: Final = 36
_LABEL_WIDTH: Final = 20
# On a phone a mark's label is about this many points of the scale wide, half of it on each side.
_LABEL_POINTS: Final = 42


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
    _mark(figure, assured, top - 0.5, f"assured <b>{display(figures.assured)}</b>")
    _mark(figure, declared, 1, f"declared <b>{display(figures.declared)}</b>")
    _mark(figure, ceiling, -1, f"ceiling <b>{display(figures.ceiling)}</b>")
    if limit is not None:
        _cap(figure, limit, bottom + 0.5)
    figure.update_yaxes(range=[bottom, top], tickvals=[0], ticktext=["Score, 0 to 100"])
    figure.update_xaxes(showticklabels=False, showgrid=False)
    named = {"Assured": figures.assured, "declared": figures.declared, "ceiling": figures.ceiling}
    words = ", ".join(f"{name} {display(points)}" for name, points in named.items())
    _draw(figure, int(_MARK_ROW * (top - bottom)) + 8, f"{words}, of 100", "marks")


def _mark(figure: go.Figure, x: float, y: float, label: str, colour: str | None = None) -> None:
    """A label above or below the bar; in the second line, where it would meet another in the first, with a stem."""
    if abs(y) > 1:
        near = math.copysign(0.5, y)
        figure.add_shape(
            type="line", x0=x, x1=x, y0=near, y1=y - near, line={"color": _colour("grayColor"), "width": 1}
        )
    is_last = x > 88
    figure.add_annotation(
        x=x,
        y=y,
        text=label,
        showarrow=False,
        xanchor="right" if is_last else "center",
        xshift=14 if is_last else 0,
        font_color=colour or _colour("textColor"),
    )


def _cap(figure: go.Figure, limit: int, y: float) -> None:
    # Rust and blue are equally dark: a line of the page's colour around the mark keeps them apart.
    for name, width in (("backgroundColor", 6), ("redColor", 2)):
        line = {"color": _colour(name), "width": width}
        figure.add_shape(type="line", x0=limit / MICRO, x1=limit / MICRO, y0=-0.75, y1=0.75, line=line)
    _mark(figure, limit / MICRO, y, f"× cap <b>{display(limit)}</b>", colour=_colour("redColor"))


def waterfall(figures: Figures, steps: Sequence[Step]) -> None:
    """The way from 100 to the final score: what each chapter loses, then the declared score, then the cap."""
    figure = go.Figure()
    labels = ["All provisions met", *(step.title for step in steps if step.chapter)]
    _bar(figure, 0, 0, 100, color=_colour("dataframeBorderColor"))
    _value(figure, 100, 0, "<b>100.0</b>", "right")
    for y, step in enumerate((s for s in steps if s.chapter), 1):
        _loss(figure, y, step)
    accent = _colour("primaryColor")
    labels.append("Declared")
    light = _colour("chartCategoricalColors", 1)
    _bar(figure, len(labels) - 1, 0, figures.declared / MICRO, color=light, line={"color": accent, "width": 1})
    _value(figure, figures.declared / MICRO, len(labels) - 1, f"<b>{display(figures.declared)}</b>", "left")
    for step in (s for s in steps if not s.chapter):
        labels.append(step.title)
        _loss(figure, len(labels) - 1, step)
    labels.append("Final")
    _bar(figure, len(labels) - 1, 0, figures.final / MICRO, color=accent)
    _value(figure, figures.final / MICRO, len(labels) - 1, f"<b>{display(figures.final)}</b>", "left")
    wrapped = ["<br>".join(textwrap.wrap(html.escape(label), _LABEL_WIDTH)) for label in labels]
    figure.update_yaxes(range=[len(labels) - 0.4, -0.6], tickvals=list(range(len(labels))), ticktext=wrapped)
    figure.update_xaxes(tickvals=[0, 25, 50, 75, 100], showgrid=True, gridcolor=_colour("dataframeBorderColor"))
    height = len(labels) * (_TALL_ROW if any("<br>" in label for label in wrapped) else _ROW) + _AXIS + 4
    _draw(figure, height, f"From 100 points to the final score of {display(figures.final)}", "waterfall", _AXIS)


def _loss(figure: go.Figure, y: int, step: Step) -> None:
    left, lost, still_open = step.left / 10, step.lost / 10, step.still_open / 10
    _bar(figure, y, left + still_open, left + lost, color=_colour("redColor"))
    if still_open:
        hatch = {"shape": "/", "size": 6, "fgcolor": _colour("grayColor"), "bgcolor": "rgba(0,0,0,0)", "solidity": 0.3}
        outline = {"color": _colour("grayColor"), "width": 1}
        _bar(figure, y, left, left + still_open, color="rgba(0,0,0,0)", pattern=hatch, line=outline)
    shown = f"−{tenths(step.lost)}" if step.lost else "0.0"
    _value(figure, left, y, shown, "right" if left > 15 else "left", left + lost)


def _value(figure: go.Figure, x: float, y: float, shown: str, side: str, end: float | None = None) -> None:
    """A figure beside a bar: left of `x`, or right of where the bar ends."""
    x = end if side == "left" and end is not None else x
    figure.add_annotation(
        x=x,
        y=y,
        text=shown,
        showarrow=False,
        xanchor=side,
        xshift=6 if side == "left" else -6,
        font_color=_colour("textColor"),
    )
