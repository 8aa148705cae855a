"""The test types: their manuals run, and each keeps to the direction it declares."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import checks
from compliance.checks import CHECKS, DOWN, UP, Given, questions_named
from compliance.model import MICRO, Column

DAY = Given(np.array([100]), np.array([200]), np.array([220]))
NUMBERS = st.floats(0, 1_000, allow_nan=False)


def column(*values: float) -> Column:
    return Column(np.array(values), np.ones(len(values), dtype=bool))


def test_every_manual_runs() -> None:
    result = doctest.testmod(checks)
    assert result.failed == 0
    assert result.attempted >= len(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_is_a_page_of_the_manual(name: str) -> None:
    text = inspect.getdoc(getattr(checks, name)) or ""
    assert ">>>" in text
    assert all(f"`{argument}`" in text for argument in CHECKS[name].arguments), "every argument is explained"


@given(st.sampled_from(["at_least", "at_most"]), NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.booleans())
def test_a_line_never_goes_against_its_direction(
    name: str, x: float, y: float, full_at: float, width: float, is_step: bool
) -> None:
    direction = CHECKS[name].main.direction
    bounds: dict[str, Any] = {"full_at": full_at, "zero_at": None if is_step else full_at - direction * (width + 0.5)}
    low, high = sorted((x, y))
    credit = CHECKS[name].judge(column(low, high), given=DAY, **bounds).credit
    assert (credit[1] - credit[0]) * direction >= 0
    assert 0 <= credit.min() <= credit.max() <= MICRO


@given(NUMBERS, NUMBERS)
def test_only_a_value_past_a_bound_is_exactly_one_or_zero(full_at: float, share: float) -> None:
    zero_at, x = full_at - 1, full_at - 1 + share / 1_000
    (credit,) = CHECKS["at_least"].judge(column(x), full_at=full_at, zero_at=zero_at, given=DAY).credit
    assert (credit == MICRO) == (x >= full_at)
    assert (credit == 0) == (x <= zero_at)


def test_the_shape_admits_each_check_and_nothing_else() -> None:
    shape = checks.shape()
    assert set(CHECKS) <= set(shape["properties"])
    assert shape["additionalProperties"] is False


def test_a_part_improves_as_its_check_and_the_whole_the_other_way() -> None:
    named = {
        name: argument for _, name, argument in questions_named("at_least", {"at_least": {"part": "a", "of": "b"}})
    }
    assert named["at_least.part"].direction == UP
    assert named["at_least.of"].direction == DOWN
