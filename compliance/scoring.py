"""From credits to weights, figures, verdicts, conclusions and caps, in exact integers.

Credits are micro-units (1 is 1,000,000), points micro-points (100 points are 100,000,000). Every function works on
arrays with one row per requirement or provision and one column per self-assessment; none of them knows a question, a
text or a date. Requirements are always in the order of `Layout`: by provision id, then requirement id, which is also
how ties are broken, so that neither the order of a file nor the size of a batch can change a figure.

`display` is the one way from points to what a person sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compliance.model import (
    ALL_POINTS,
    DECIDING,
    MICRO,
    Cap,
    Code,
    Conclusion,
    Obligation,
    Outcome,
    Provision,
    Requirement,
    Severity,
    Verdict,
)

Array = NDArray[Any]
NONE: Final = -1

_VERDICT = {verdict: index for index, verdict in enumerate(Verdict)}
_CONCLUSION = {conclusion: index for index, conclusion in enumerate(Conclusion)}
_OUTCOME = {outcome: index for index, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A code's requirements in scoring order, with what their weights derive from.

    `share` and `value` are whole numbers in proportion to the requirements' weights and the provisions' weights;
    `value` is 0 for provisions that are shown and never scored. Both are of the narrowest type in which nothing that
    is computed from them can overflow: int32 or int64, else Python's integers. `rows` are each provision's
    requirements; `equals` are those of one provision with the same share, which therefore weigh the same; `chapters`
    tell the provisions of each chapter of the code.
    """

    provisions: tuple[Provision, ...]
    requirements: tuple[tuple[Provision, Requirement], ...]
    rows: tuple[slice, ...]
    equals: tuple[tuple[int, Array], ...]
    share: Array
    value: Array
    decides: Array
    is_scored: Array
    is_must: Array
    is_should: Array
    is_critical: Array
    chapters: tuple[Array, ...]
    caps: tuple[Cap, ...]


def layout(code: Code) -> Layout:
    """The layout of a code: only provisions with requirements take part in scoring."""
    provisions = tuple(sorted((p for p in code.provisions if p.requirements), key=lambda p: p.id))
    rows = tuple((p, r) for p in provisions for r in sorted(p.requirements, key=lambda r: r.id))
    sizes = [len(p.requirements) for p in provisions]
    owners = np.repeat(np.arange(len(provisions)), sizes).tolist()
    share = _whole([Fraction(str(r.weight)) for _, r in rows])
    value = _whole(_values(code, provisions))
    most = max(share, default=1) * max(sizes, default=1)
    return Layout(
        provisions=provisions,
        requirements=rows,
        rows=tuple(slice(end - size, end) for end, size in zip(np.cumsum(sizes).tolist(), sizes, strict=True)),
        equals=tuple(_equals(owners, share)),
        share=np.array(share, dtype=_narrowest(most * MICRO)),
        value=np.array(value, dtype=_narrowest(ALL_POINTS * most * max(1, sum(value)), np.int64)),
        decides=np.array([r.basis in DECIDING for _, r in rows], dtype=bool),
        is_scored=np.array([p.is_scored for p in provisions], dtype=bool),
        is_must=np.array([p.is_scored and p.obligation is Obligation.MUST for p in provisions], dtype=bool),
        is_should=np.array([p.is_scored and p.obligation is Obligation.SHOULD for p in provisions], dtype=bool),
        is_critical=np.array([p.severity is Severity.CRITICAL for p in provisions], dtype=bool),
        chapters=tuple(
            np.array([p.chapter == chapter.id for p in provisions], dtype=bool) for chapter in code.chapters
        ),
        caps=code.caps,
    )


def _values(code: Code, provisions: Sequence[Provision]) -> list[Fraction]:
    """v_p = W_chapter x w_p / the chapter's sum of w, over all scored provisions whether they apply or not."""
    weights = {severity: Fraction(str(weight)) for severity, weight in code.severity_weights.items()}
    chapters = {chapter.id: Fraction(str(chapter.weight)) for chapter in code.chapters}
    sums: dict[str, Fraction] = {}
    for provision in code.provisions:
        if provision.is_scored:
            sums[provision.chapter] = sums.get(provision.chapter, Fraction(0)) + weights[provision.severity]
    return [
        chapters[p.chapter] * weights[p.severity] / sums[p.chapter] if p.is_scored else Fraction(0) for p in provisions
    ]


def _whole(numbers: Sequence[Fraction]) -> list[int]:
    """The smallest whole numbers in the same proportions."""
    scale = math.lcm(*(number.denominator for number in numbers)) if numbers else 1
    whole = [int(number * scale) for number in numbers]
    divisor = math.gcd(*whole) or 1
    return [number // divisor for number in whole]


def _narrowest(most: int, *among: type) -> Any:
    """The first integer type that holds `most` with room to spare."""
    return next((dtype for dtype in among or (np.int32, np.int64) if most < np.iinfo(dtype).max // 2), object)


def _equals(owners: Sequence[int], share: Sequence[int]) -> Iterator[tuple[int, Array]]:
    """The requirements that share an owner and have the same share, with that owner."""
    rows: dict[tuple[int, int], list[int]] = {}
    for row, key in enumerate(zip(owners, share, strict=True)):
        rows.setdefault(key, []).append(row)
    for (owner, _), equal in rows.items():
        yield owner, np.array(equal)


def weights(layout: Layout, part: Array, share: Array) -> Array:
    """The weight of every requirement in micro-points, int32; a column sums to 100 points, or 0 where nothing counts.

    `part` tells which requirements take part, `share` is the sum of their shares in each provision (as in `Sums`).
    """
    total = sum(value * (row > 0).astype(layout.value.dtype) for value, row in zip(layout.value, share, strict=True))
    weight = np.zeros(part.shape, dtype=np.int32)
    for p, rows in layout.equals:
        points = int(layout.share[rows[0]]) * int(layout.value[p]) * ALL_POINTS
        weight[rows] = part[rows] * (points // np.maximum(share[p] * total, 1))
    _give_what_is_left(weight)
    return weight


def _give_what_is_left(weight: Array) -> None:
    """Adds to the largest weight of every column what flooring has taken; the first of equals gets it."""
    sums = weight.sum(axis=0, dtype=np.int32)
    is_waiting = sums > 0
    left, largest = ALL_POINTS - sums, weight.max(axis=0, initial=0)
    for row in weight:
        takes = is_waiting & (row == largest)
        row += left * takes
        is_waiting ^= takes


def points(weight: Array, credit: Array) -> Array:
    """The points that a credit earns: floor(weight x credit)."""
    return np.multiply(weight, credit, dtype=np.int64) // MICRO


def earned(weight: Array, credit: Array) -> Array:
    """The points that the credits of each column earn together."""
    # Nothing here is negative, and unsigned numbers divide in two thirds of the time.
    total, product = (np.zeros(weight.shape[1], dtype=np.uint64) for _ in range(2))
    for one_weight, one_credit in zip(weight, credit, strict=True):
        if one_credit.any():
            np.multiply(one_weight, one_credit, out=product, dtype=np.uint64, casting="unsafe")
            total += np.floor_divide(product, MICRO, out=product)
    return total.astype(np.int64)


class Sums(NamedTuple):
    """Per provision: the sum of shares taking part, and of shares x credit (micro-units)."""

    share: Array
    low: Array
    high: Array


def sums(layout: Layout, part: Array, low: Array, high: Array) -> Sums:
    """The sums over the requirements that `part` tells, of the layout's own type of integers."""
    found = Sums(*(np.zeros((len(layout.rows), part.shape[1]), dtype=layout.share.dtype) for _ in Sums._fields))
    for p, rows in enumerate(layout.rows):
        if part[rows].any():
            share = layout.share[rows, None] * part[rows]
            for term, into in zip((share, share * low[rows], share * high[rows]), found, strict=True):
                np.add.reduce(term, axis=0, out=into[p])
    return found


def means(layout: Layout, part: Array, credit: Array) -> Array:
    """Each provision's mean credit over the requirements taking part, truncated to micro-units."""
    total = sums(layout, part, credit, credit)
    mean: Array = total.low // np.maximum(total.share, 1)
    return mean.astype(np.int64)


def outcome(low: Array, high: Array, whole: Any) -> Array:
    """met, partly met, not met or unknown, as an index into `Outcome`, of credits that are 1 at `whole`."""
    found = [_OUTCOME[outcome] for outcome in (Outcome.MET, Outcome.NOT_MET, Outcome.PARTLY_MET)]
    return choose([low == whole, high == 0, low == high], found, _OUTCOME[Outcome.UNKNOWN])


def verdicts(layout: Layout, deciding: Sums, is_open: Array) -> Array:
    """The verdict of every provision as an index into `Verdict`, NONE where no deciding requirement takes part.

    `is_open` tells where it cannot be settled: an alternative that nobody accepted yet, or applicability unknown.
    """
    whole = deciding.share * MICRO
    verdict = choose(
        [deciding.share == 0, is_open, deciding.low == whole, deciding.high < whole],
        [NONE, _VERDICT[Verdict.UNDETERMINED], _VERDICT[Verdict.MET], _VERDICT[Verdict.FALLS_SHORT]],
        _VERDICT[Verdict.UNDETERMINED],
    )
    verdict[~layout.is_scored] = NONE
    return verdict


def bounds(layout: Layout, verdict: Array, deciding: Sums, is_alternative: Array) -> Array:
    """The best conclusion that each provision leaves possible, as an index into `Conclusion` (the worst is 0)."""
    bound = np.full(verdict.shape, _CONCLUSION[Conclusion.CONFORMS], dtype=np.int8)
    must, should = verdict[layout.is_must], layout.is_should
    bound[layout.is_must] = choose(
        [must == _VERDICT[Verdict.FALLS_SHORT], must == _VERDICT[Verdict.UNDETERMINED]],
        [_CONCLUSION[Conclusion.DOES_NOT_CONFORM], _CONCLUSION[Conclusion.UNDETERMINED]],
        _CONCLUSION[Conclusion.CONFORMS],
    )
    is_below = (deciding.low[should] < deciding.share[should] * MICRO) | is_alternative[should]
    has_comments = (verdict[should] != NONE) & is_below
    bound[should] = np.where(
        has_comments, _CONCLUSION[Conclusion.CONFORMS_WITH_COMMENTS], _CONCLUSION[Conclusion.CONFORMS]
    )
    return bound


def conclusions(bound: Array, takes_part: Array) -> Array:
    """The conclusion of each self-assessment, the worst of its provisions' `bounds`; NONE where nothing takes part."""
    worst = bound.min(axis=0, initial=_CONCLUSION[Conclusion.CONFORMS])
    return np.where(takes_part, worst, np.int8(NONE))


def chapter_conclusions(layout: Layout, bound: Array, share: Array) -> Array:
    """What each chapter would conclude if the code had no other: a row for each chapter, as in `conclusions`.

    `share` is the sum of the shares taking part in each provision (as in `Sums`).
    """
    takes_part = (share > 0) & (layout.value > 0)[:, np.newaxis]
    rows = [conclusions(bound[inside], np.asarray(takes_part[inside].any(axis=0))) for inside in layout.chapters]
    return np.stack(rows)


def failures(layout: Layout, verdict: Array) -> Array:
    """How many scored provisions fall short, whatever their obligation: the second key of the order, worst first."""
    return count(verdict[layout.is_scored] == _VERDICT[Verdict.FALLS_SHORT])


def capping(layout: Layout, cap: Cap, share: Array, credit: Array) -> Array:
    """Which provisions trigger a cap: critical musts whose deciding credit (a `Sums` term) is below the cap's bound."""
    may = layout.is_must & layout.is_critical
    is_capping = np.zeros(share.shape, dtype=bool)
    is_capping[may] = (share[may] > 0) & (credit[may] < share[may] * cap.below)
    return is_capping


def limits(layout: Layout, share: Array, credit: Array) -> Array:
    """The lowest limit that the triggered caps set on each self-assessment, in micro-points; 100 points without."""
    limit = np.full(share.shape[1], ALL_POINTS, dtype=np.int64)
    for cap in layout.caps:
        is_capped = capping(layout, cap, share, credit).any(axis=0)
        limit = np.where(is_capped, np.minimum(limit, cap.limit), limit)
    return limit


# Arrays of small codes


def choose(conditions: Sequence[Array], codes: Sequence[int | Array], default: int | Array) -> Array:
    """The code of the first condition that holds, element by element, as int8.

    `np.select` branches on every element, which costs twenty times this arithmetic where the rows are in no order.
    """
    chosen = np.full(conditions[0].shape, default, dtype=np.int8)
    for condition, code in zip(reversed(conditions), reversed(codes), strict=True):
        chosen += (code - chosen) * np.asarray(condition, dtype=bool)
    return chosen


def count(rows: Array) -> Array:
    """How many rows hold in each column."""
    counted: Array = np.add.reduce(rows, axis=0, dtype=np.int16)
    return counted


# Display


def display(points: int) -> str:
    """Points with one decimal, truncated, never rounded up: 99.96 shows as 99.9."""
    return tenths(points // (MICRO // 10))


def shown_change(before: int, after: int) -> int:
    """Tenths of a point between two figures as `display` shows them, which is what a reader finds who subtracts."""
    return after // (MICRO // 10) - before // (MICRO // 10)


def tenths(count: int) -> str:
    """A whole number of tenths of a point as text."""
    return f"{count // 10}.{count % 10}"


def apportion(whole: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Tenths of a point for each part (micro-points), adding up to `whole` tenths.

    Truncated; what is left goes to the largest remainders, ties to the smaller key.
    """
    unit = MICRO // 10
    shown = {key: part // unit for key, part in parts.items()}
    left = whole - sum(shown.values())
    for key in sorted(parts, key=lambda key: (-(parts[key] % unit), key))[: max(left, 0)]:
        shown[key] += 1
    return shown
