"""Weights, the ledger's arithmetic and what a person is shown of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import small_rules
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from compliance import scoring
from compliance.model import ALL_POINTS, MICRO
from compliance.scoring import Layout, apportion, display, layout

TENTH = MICRO // 10


def weights(the_layout: Layout, part: NDArray[Any]) -> NDArray[Any]:
    return scoring.weights(the_layout, part, scoring.sums(the_layout, part, part, part).share)


@pytest.mark.parametrize(
    ("points", "shown"),
    [(0, "0.0"), (ALL_POINTS, "100.0"), (99_960_000, "99.9"), (99_999_999, "99.9"), (49_000_000, "49.0"), (1, "0.0")],
)
def test_points_are_truncated_and_never_rounded_up(points: int, shown: str) -> None:
    assert display(points) == shown


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 30 * MICRO), min_size=1, max_size=12))
def test_the_parts_shown_add_up_to_the_whole_shown(parts: dict[str, int]) -> None:
    total = sum(parts.values())
    whole = -(-total // TENTH)
    shown = apportion(whole, parts)
    assert sum(shown.values()) == whole
    assert all(0 <= shown[key] * TENTH - part + TENTH <= 2 * TENTH for key, part in parts.items())
    assert all(shown[key] == 0 for key, part in parts.items() if part == 0)


def test_a_chapter_is_worth_its_weight() -> None:
    """Screening 3 of 4: SC-1 has 8 and SC-2 4 of its 12; SC-3 is alone in the other quarter."""
    the_layout = layout(small_rules.code())
    everything = np.ones((len(the_layout.requirements), 1), dtype=bool)
    weight = weights(the_layout, everything)[:, 0]
    by_id = {f"{p.id} {r.id}": int(w) for (p, r), w in zip(the_layout.requirements, weight, strict=True)}
    assert by_id == {
        "SC-1 coverage": 33_333_334,
        "SC-1 in-use": 16_666_666,
        "SC-2 own-target": 25_000_000,
        "SC-3 yearly": 25_000_000,
    }


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_weights_are_whole_and_sum_to_100_points(part: list[bool]) -> None:
    weight = weights(layout(small_rules.code()), np.array(part)[:, None])
    assert weight.sum() == (ALL_POINTS if any(part) else 0)
    assert not weight[~np.array(part)].any()


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.lists(st.integers(0, MICRO), min_size=4, max_size=4))
def test_integers_too_large_for_int64_give_the_same_shares(part: list[bool], credit: list[int]) -> None:
    """Weights in proportion, but so finely divided that their products leave int64, must not change a figure."""
    small = layout(small_rules.code())
    large = replace(small, share=small.share.astype(object), value=small.value.astype(object))
    columns, credits = np.array(part)[:, None], np.array(credit)[:, None]
    assert (weights(small, columns) == weights(large, columns)).all()
    ours, theirs = (scoring.sums(each, columns, credits, credits) for each in (small, large))
    assert all((ours[i] == theirs[i]).all() for i in range(3))
    assert (scoring.means(small, columns, credits) == scoring.means(large, columns, credits)).all()


def test_fine_weights_are_computed_with_pythons_integers() -> None:
    code = small_rules.code()
    chapters = tuple(
        replace(c, weight=w) for c, w in zip(code.chapters, (0.1234567890123, 0.9876543210987), strict=True)
    )
    fine = layout(replace(code, chapters=chapters))
    assert fine.value.dtype == object
    assert weights(fine, np.ones((4, 1), dtype=bool)).sum() == ALL_POINTS
