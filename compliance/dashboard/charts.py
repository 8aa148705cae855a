"""What is drawn: where a score stands, where points went and how it went over time, on the scale of 0 to 100; and of
whom how much is asked.

Positions are the engine's points, labels their display. Labels are written beside what they name, hatching stands for
what is still open, and colours are those of the theme; a chart's table and sentence are its page's business.
"""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from compliance.dashboard.cells import CAP_LINES
from compliance.dashboard.parts import colour
from compliance.ledger import Step
from compliance.model import ALL_POINTS, MICRO, CapApplied, Figures
from compliance.records import Summary
from compliance.scoring import display, tenths

_MARGIN: Final = {"l": 132, "r": 16, "t": 4}
_AXIS: Final = 24
_MARK_ROW: Final = 25
_ROW: Final = 22
_TALL_ROW: Final = 40
_HISTORY: Final = 200
_FEW_PERIODS: Final = 3
_LABEL_WIDTH: Final = 20
# On a phone a mark's label is about this many points of the scale wide, half of it on each side.
_LABEL_POINTS: Final = 42
# Of a line above a bar, in pixels and in letters, so that it fits a phone.
_LINE: Final = 19
_AUDIENCE_LABEL: Final = 44
_AUDIENCE_LINES: Final = 3
# Of the bars of efforts: what is left of them, the share of the width up to the longest, and, on a phone, how many
# pixels that is and how many a letter takes.
_EFFORT_LEFT: Final = 66
_EFFORT_ROOM: Final = 0.82
_EFFORT_PIXELS: Final = 210
_EFFORT_LETTER: Final = 7
_EFFORT_ROW: Final = 32
# Beyond this, what is written right of a mark would be cut off.
_LAST_LABEL: Final = 88


def _draw(figure: go.Figure, height: int, alt: str, key: str, bottom: int = 4) -> None:
    """A chart on a horizontal scale of 0 to 100."""
    figure.update_layout(margin={**_MARGIN, "b": bottom})
    figure.update_xaxes(range=[0, 100])
    figure.update_yaxes(showgrid=False, tickfont_size=14, tickfont_color=colour("textColor"))
    figure.update_xaxes(tickfont_size=13, tickfont_color=colour("grayColor"))
    _show(figure, height, alt, key)


def _show(figure: go.Figure, height: int, alt: str, key: str) -> None:
    figure.update_layout(
        height=height,
        barmode="overlay",
        bargap=0.28,
        showlegend=False,
        dragmode=False,
        font_size=14,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(fixedrange=True, zeroline=False)
    figure.update_yaxes(fixedrange=True, zeroline=False)
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
    accent, line = colour("primaryColor"), {"color": colour("textColor"), "width": 2}
    figure = go.Figure()
    _bar(figure, 0, 0, 100, color=colour("dataframeBorderColor"))
    _bar(figure, 0, 0, declared, color=colour("chartCategoricalColors", 1), line={"color": accent, "width": 1})
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
    figure: go.Figure, x: float, y: float, label: str, other: float | None = None, ink: str | None = None
) -> None:
    """A label above or below the bar; with a stem in the second line, unless it would cross the label of `other`."""
    if abs(y) > 1 and other is not None and not _crosses(x, other):
        near, line = math.copysign(0.5, y), {"color": colour("grayColor"), "width": 1}
        figure.add_shape(type="line", x0=x, x1=x, y0=near, y1=y - near, line=line)
    is_last = x > _LAST_LABEL
    place = {"x": x, "y": y, "xanchor": "right" if is_last else "center", "xshift": 14 if is_last else 0}
    figure.add_annotation(text=label, showarrow=False, font_color=ink or colour("textColor"), **place)


def _crosses(x: float, other: float) -> bool:
    """Whether a line at `x` would run through the label of a mark at `other`."""
    left = other - _LABEL_POINTS * (0.9 if other > _LAST_LABEL else 0.5)
    return left <= x <= left + _LABEL_POINTS


def _cap(figure: go.Figure, limit: int, y: float, ceiling: float) -> None:
    x = limit / MICRO
    for name, width in CAP_LINES:
        line = {"color": colour(name), "width": width}
        figure.add_shape(type="line", x0=x, x1=x, y0=-0.75, y1=0.75, line=line)
    _mark(figure, x, y, f"× cap <b>{display(limit)}</b>", ceiling, colour("redColor"))


def waterfall(figures: Figures, steps: Sequence[Step]) -> None:
    """The way from 100 to the final score: what each chapter loses, then the declared score, then the cap."""
    figure = go.Figure()
    accent, ink, page = colour("primaryColor"), colour("textColor"), colour("backgroundColor")
    light = {"color": colour("chartCategoricalColors", 1), "line": {"color": accent, "width": 1}}
    chapters = [step for step in steps if step.chapter]
    cap = [step for step in steps if not step.chapter]
    _total(figure, 0, ALL_POINTS, ink, color=colour("dataframeBorderColor"))
    for y, step in enumerate(chapters, 1):
        _loss(figure, y, step)
    _total(figure, len(chapters) + 1, figures.declared, ink, **light)
    for step in cap:
        _loss(figure, len(chapters) + 2, step)
    _total(figure, len(steps) + 2, figures.final, page, color=accent)
    labels = ["All provisions met", *(s.title for s in chapters), "Declared", *(s.title for s in cap), "Final"]
    wrapped = ["<br>".join(textwrap.wrap(html.escape(label), _LABEL_WIDTH)) for label in labels]
    figure.update_yaxes(range=[len(labels) - 0.4, -0.6], tickvals=list(range(len(labels))), ticktext=wrapped)
    figure.update_xaxes(tickvals=[0, 25, 50, 75, 100], showgrid=True, gridcolor=colour("dataframeBorderColor"))
    height = len(labels) * (_TALL_ROW if any("<br>" in label for label in wrapped) else _ROW) + _AXIS + 4
    _draw(figure, height, f"From 100 points to the final score of {display(figures.final)}", "waterfall", _AXIS)


def history(past: Sequence[Summary], alt: str) -> None:
    """The marks of each period upright beside each other, earliest first, and a line from one final score to the next.

    The line is broken where the code has another version: what changed there may be the rules.
    """
    figure = go.Figure()
    accent, ink, page = colour("primaryColor"), colour("textColor"), colour("backgroundColor")
    scored = [(place, each.figures) for place, each in enumerate(past) if each.figures]
    light = {"color": colour("chartCategoricalColors", 1), "line": {"color": accent, "width": 1}}
    for place, figures in scored:
        assured, declared, ceiling = (p / MICRO for p in (figures.assured, figures.declared, figures.ceiling))
        for end, marker in ((declared, light), (assured, {"color": accent})):
            figure.add_bar(x=[place], y=[end], width=0.3, marker=marker, hoverinfo="skip")
        for x0, x1, y0 in ((place, place, declared), (place - 0.22, place + 0.22, ceiling)):
            figure.add_shape(type="line", x0=x0, x1=x1, y0=y0, y1=ceiling, line={"color": ink, "width": 2})
    for version, run in groupby(enumerate(past), key=lambda each: each[1].code_version):
        line = [(place, each.figures.final / MICRO if each.figures else None) for place, each in run]
        figure.add_scatter(
            x=[place for place, _ in line],
            y=[final for _, final in line],
            mode="lines+markers",
            name=version,
            line={"color": ink, "width": 2, "dash": "dot"},
            marker={"color": ink, "size": 10, "line": {"color": page, "width": 2}},
            hoverinfo="skip",
        )
    for place, figures in scored:
        top = max(figures.final, figures.ceiling) / MICRO
        label = f"<b>{display(figures.final)}</b>"
        figure.add_annotation(x=place, y=top, text=label, showarrow=False, yanchor="bottom", yshift=5, font_color=ink)
    ends = [str(each.on) for each in past]
    figure.update_layout(margin={"l": 32, "r": 8, "t": 22, "b": _AXIS})
    # Months are enough under a chart this small; its table has the days.
    shown = [end[: -len("-dd")] if len(ends) > _FEW_PERIODS else end for end in ends]
    figure.update_xaxes(range=[-0.6, len(past) - 0.4], tickvals=list(range(len(past))), ticktext=shown)
    figure.update_xaxes(showgrid=False, tickfont_size=13, tickfont_color=colour("grayColor"))
    figure.update_yaxes(range=[0, 100], tickvals=[0, 50, 100], tickfont_size=13, tickfont_color=colour("grayColor"))
    figure.update_yaxes(showgrid=True, gridcolor=colour("dataframeBorderColor"))
    _show(figure, _HISTORY, alt, "history")


class Bar(NamedTuple):
    """A bar of `audience`: a status, if any, in a colour of the theme, what it stands for, and its three lengths."""

    status: str
    colour: str
    label: str
    must: int
    should: int
    shown: int


def audience(bars: Sequence[Bar], alt: str) -> None:
    """How many provisions are asked of whom: solid for must, light for should, outlined for those shown only.

    Whom a bar stands for is written above it, since that takes a line of its own.
    """
    figure = go.Figure()
    accent, ink, page = colour("primaryColor"), colour("textColor"), colour("backgroundColor")
    styles = (
        (page, {"color": accent}),
        (ink, {"color": colour("chartCategoricalColors", 1), "line": {"color": accent, "width": 1}}),
        (ink, {"color": "rgba(0,0,0,0)", "line": {"color": colour("grayColor"), "width": 1}}),
    )
    y = 0.0
    for bar in bars:
        lines = textwrap.wrap(bar.label, _AUDIENCE_LABEL) or [""]
        kept = [*lines[: _AUDIENCE_LINES - 1], f"{lines[_AUDIENCE_LINES - 1]} …"] if lines[_AUDIENCE_LINES:] else lines
        status = f'<span style="color:{colour(bar.colour)}">{html.escape(bar.status)}</span>: ' if bar.status else ""
        label = f"{status}<b>{bar.must + bar.should + bar.shown}</b> {'<br>'.join(map(html.escape, kept))}"
        y += len(kept) * _LINE
        at = {"x": 0, "y": y, "xanchor": "left", "yanchor": "bottom", "align": "left", "xshift": -3}
        figure.add_annotation(text=label, showarrow=False, font_color=ink, **at)
        start = 0
        for count, (inside, marker) in zip(bar[-3:], styles, strict=True):
            if count:
                figure.add_bar(
                    y=[y + _LINE / 2],
                    x=[count],
                    base=[start],
                    orientation="h",
                    marker=marker,
                    width=_LINE - 2,
                    hoverinfo="skip",
                )
                middle = {"x": start + count / 2, "y": y + _LINE / 2}
                figure.add_annotation(text=str(count), showarrow=False, font={"color": inside, "size": 13}, **middle)
            start += count
        y += 1.6 * _LINE
    figure.update_layout(margin={"l": 4, "r": 8, "t": 0, "b": 0})
    figure.update_xaxes(range=[0, max(sum(bar[-3:]) for bar in bars)], showticklabels=False, showgrid=False)
    figure.update_yaxes(range=[y, 0], showticklabels=False, showgrid=False)
    _show(figure, int(y), alt, "audience")


class Piece(NamedTuple):
    """A piece of a bar of `effort`: one fix, what it gains alone in micro-points, and how it is drawn."""

    label: str
    points: int
    is_ticked: bool
    decides: bool


class Effort(NamedTuple):
    """A bar of `effort`: its name, its pieces and what stands at its end."""

    name: str
    pieces: Sequence[Piece]
    total: str


def effort(bars: Sequence[Effort], alt: str) -> None:
    """What there is to gain by effort: strong pieces are ticked, pale ones not; dots gain on no statute or code."""
    figure = go.Figure()
    most = max(sum(piece.points for piece in bar.pieces) for bar in bars) / MICRO
    for y, bar in enumerate(bars):
        end = 0.0
        for piece in bar.pieces:
            start, end = end, end + piece.points / MICRO
            _bar(figure, y, start, end, **_piece_style(piece))
            if (end - start) / most * _EFFORT_PIXELS > len(piece.label) * _EFFORT_LETTER and piece.decides:
                ink = colour("backgroundColor" if piece.is_ticked else "textColor")
                middle = {"x": (start + end) / 2, "y": y}
                font = {"color": ink, "size": 13}
                figure.add_annotation(text=html.escape(piece.label), showarrow=False, font=font, **middle)
        _value(figure, end, y, f"<b>{html.escape(bar.total)}</b>", "left", colour("textColor"))
    names = [html.escape(bar.name) for bar in bars]
    figure.update_layout(margin={"l": _EFFORT_LEFT, "r": 16, "t": 4, "b": _AXIS})
    figure.update_yaxes(range=[len(bars) - 0.4, -0.6], tickvals=list(range(len(bars))), ticktext=names)
    figure.update_yaxes(showgrid=False, tickfont_size=14, tickfont_color=colour("textColor"))
    figure.update_xaxes(range=[0, most / _EFFORT_ROOM], showgrid=True, gridcolor=colour("dataframeBorderColor"))
    figure.update_xaxes(tickfont_size=13, tickfont_color=colour("grayColor"), nticks=5)
    _show(figure, len(bars) * _EFFORT_ROW + _AXIS + 4, alt, "effort")


def _piece_style(piece: Piece) -> dict[str, Any]:
    accent, page = colour("primaryColor"), colour("backgroundColor")
    if piece.decides:
        is_dark = piece.is_ticked
        fill, line = (accent, page) if is_dark else (colour("chartCategoricalColors", 1), accent)
        return {"color": fill, "line": {"color": line, "width": 1}}
    fill, ink = (accent, page) if piece.is_ticked else ("rgba(0,0,0,0)", colour("grayColor"))
    dots = {"shape": ".", "size": 6, "fgcolor": ink, "bgcolor": fill, "solidity": 0.3}
    return {"color": fill, "pattern": dots, "line": {"color": colour("grayColor"), "width": 1}}


def _total(figure: go.Figure, y: int, points: int, ink: str, **marker: Any) -> None:
    """A bar from 0 with its figure right of its end, or inside in `ink` where there is no room."""
    end = points / MICRO
    _bar(figure, y, 0, end, **marker)
    is_inside = end > _LAST_LABEL
    side, over = ("right", ink) if is_inside else ("left", colour("textColor"))
    _value(figure, end, y, f"<b>{display(points)}</b>", side, over)


def _loss(figure: go.Figure, y: int, step: Step) -> None:
    left, lost, still_open = step.left / 10, step.lost / 10, step.still_open / 10
    _bar(figure, y, left + still_open, left + lost, color=colour("redColor"))
    if still_open:
        hatch = {"shape": "/", "size": 6, "fgcolor": colour("grayColor"), "bgcolor": "rgba(0,0,0,0)", "solidity": 0.3}
        outline = {"color": colour("grayColor"), "width": 1}
        _bar(figure, y, left, left + still_open, color="rgba(0,0,0,0)", pattern=hatch, line=outline)
    shown = f"−{tenths(step.lost)}" if step.lost else "0.0"
    if left > 100 - _LAST_LABEL:
        _value(figure, left, y, shown, "right", colour("textColor"))
    else:
        is_inside = left + lost > _LAST_LABEL
        behind = colour("backgroundColor") if is_inside else None
        _value(figure, left if is_inside else left + lost, y, shown, "left", colour("textColor"), behind)


def _value(figure: go.Figure, x: float, y: float, shown: str, side: str, ink: str, behind: str | None = None) -> None:
    """A figure whose left or right side is at `x`."""
    shift = 6 if side == "left" else -6
    place = {"x": x, "y": y, "xanchor": side, "xshift": shift}
    figure.add_annotation(text=shown, showarrow=False, font_color=ink, bgcolor=behind, **place)
