"""Shares of the time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.search.budget import DEFAULT_SECONDS, DEFAULT_TRIALS, Budget


@pytest.mark.parametrize(
    ("seconds", "trials", "expected"),
    [
        (None, None, (DEFAULT_SECONDS, DEFAULT_TRIALS)),
        (60.0, None, (60.0, None)),
        (None, 5, (None, 5)),
        (60.0, 5, (60.0, 5)),
    ],
)
def test_defaults(
    seconds: float | None, trials: int | None, expected: tuple[float | None, int | None]
) -> None:
    budget = Budget.of(seconds, trials)
    assert (budget.seconds, budget.trials) == expected


@given(st.floats(10, 3600), st.integers(1, 4))
def test_the_fair_round_takes_less_than_half_of_what_is_left(seconds: float, families: int) -> None:
    budget = Budget.of(seconds, None)
    each, left = budget.trial_seconds(families), budget.left()
    assert each is not None
    assert left is not None
    assert each == 0.5 or each * families <= 0.5 * left


def test_without_a_time_limit_nothing_is_limited() -> None:
    budget = Budget.of(None, 3)
    assert (budget.left(), budget.trial_seconds(2), budget.baseline_seconds()) == (None, None, None)


def test_a_late_start_leaves_less() -> None:
    fresh, late = Budget.of(60.0, None), Budget.of(60.0, None, time.monotonic() - 30)
    assert late.left() == pytest.approx(fresh.left() - 30, abs=0.5)  # type: ignore[operator]
