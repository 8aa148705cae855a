"""Takes times side by side and says what came of them.

Ours and the alternative take turns, so that whatever else the machine does meets both; a ratio is the median of the
turns' ratios. Nothing here decides anything by time: a table is for reading.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Sides:
    """Seconds that each turn took, for one unit of work on either side."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, on both sides, and whether each of its targets is met."""

    what: str
    ours: str
    theirs: str
    ratio: str
    targets: tuple[tuple[str, bool], ...]


def side_by_side(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    turns: int,
    per: tuple[int, int] = (1, 1),
    clock: Callable[[], float] = time.perf_counter,
) -> Sides:
    """Both take `turns` turns, after one that is not counted; `per` is how many units of work a call of each does."""

    def seconds(work: Callable[[], object]) -> float:
        start = clock()
        work()
        return clock() - start

    ours(), theirs()
    gc.collect()
    gc.freeze()  # neither side is to search what was prepared for garbage
    taken = [(seconds(ours) / per[0], seconds(theirs) / per[1]) for _ in range(turns)]
    return Sides(*(tuple(side) for side in zip(*taken, strict=True)))


def spread(values: Iterable[float], unit: str = "") -> str:
    """The median, with the least and the most."""
    ordered = sorted(values)
    return f"{_short(median(ordered))}{unit} ({_short(ordered[0])} to {_short(ordered[-1])})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(rows: Sequence[Row]) -> str:
    """The rows as text, a column each, with every target and whether it is met."""
    head = ("what", "ours", "alternative", "ratio", "target")
    lines = [head, *((row.what, row.ours, row.theirs, row.ratio, _said(row.targets)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _said(targets: Iterable[tuple[str, bool]]) -> str:
    return "; ".join(f"{words}: {'met' if is_met else 'NOT MET'}" for words, is_met in targets)
