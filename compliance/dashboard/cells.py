"""What a cell of a table shows besides text: the marks of a score as a picture, and a shade.

Both are made for one theme. They stand apart from the charts, so that a page of tables need not load what draws those.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import streamlit as st

from compliance.dashboard.parts import colour
from compliance.model import MICRO, Figures

# Of the picture for a cell, two pixels a point: a column has to be wider, or cuts it.
STRIP_WIDTH: Final = 208
# The text of the page on it keeps a contrast of 7.8 at least.
_DARKEST: Final = {"light": "#F6CBB7", "dark": "#6B3522"}
# Rust and blue are equally dark: a line of the page's colour around the mark of a cap keeps them apart.
CAP_LINES: Final = (("backgroundColor", 6), ("redColor", 2))


def shade(share: float, largest: float) -> str:
    """The colour of a cell of the grid: the page's for none, its darkest for the largest share."""
    darkest = _DARKEST.get(st.context.theme.type or "light", _DARKEST["light"])
    part = share / largest if largest else 0.0
    ends = zip(*(tuple(bytes.fromhex(each[1:])) for each in (colour("backgroundColor"), darkest)), strict=True)
    return "#" + "".join(f"{round(light + (dark - light) * part):02x}" for light, dark in ends)


def strip(figures: Figures, limit: int | None, theme: str) -> str:
    """The same marks as a picture for a cell of a table: the address of an SVG, in the colours of a theme.

    A picture has no text, so the figures have to stand beside it. A row of ONE_LINE shows it in its own size.
    """
    assured, declared, ceiling = (f"{2 * p / MICRO:g}" for p in (figures.assured, figures.declared, figures.ceiling))
    accent, ink = colour("primaryColor", theme=theme), colour("textColor", theme=theme)
    bar = '<rect y="11" width="{}" height="8" fill="{}"{}/>'
    drawn = [
        bar.format(200, colour("dataframeBorderColor", theme=theme), ""),
        bar.format(declared, colour("chartCategoricalColors", 1, theme), f' stroke="{accent}"'),
        bar.format(assured, accent, ""),
        f'<path d="M{declared} 15H{ceiling}M{ceiling} 8V22" stroke="{ink}" stroke-width="1.5"/>',
    ]
    if limit is not None:
        for name, width in CAP_LINES:
            stroke = f'stroke="{colour(name, theme=theme)}" stroke-width="{width}"'
            drawn.append(f'<path d="M{2 * limit / MICRO:g} 6V24" {stroke}/>')
    size = f'width="{STRIP_WIDTH}" height="30" viewBox="-4 0 {STRIP_WIDTH} 30"'
    return "data:image/svg+xml," + quote(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(drawn)}</svg>')
