"""Shares of the time."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.records import Candidate, Family, Score, Task
from advisor.search.budget import DEFAULT_SECONDS, DEFAULT_TRIALS, Budget
from advisor.search.candidates import Summary
from advisor.search.ending.refit import epochs_for, expected_seconds
from advisor.training import Fitted


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


def test_of_a_long_time_half_goes_into_longer_trials_and_half_into_more() -> None:
    short, long = Budget.of(600.0, None), Budget.of(2_400.0, None)
    ratio = long.trial_seconds(2) / short.trial_seconds(2)  # type: ignore[operator]
    assert ratio == pytest.approx(2.0, abs=0.02)


def test_without_a_time_limit_nothing_is_limited() -> None:
    budget = Budget.of(None, 3)
    assert (budget.left(), budget.trial_seconds(2), budget.baseline_seconds()) == (None, None, None)


def test_a_late_start_leaves_less() -> None:
    fresh, late = Budget.of(60.0, None), Budget.of(60.0, None, time.monotonic() - 30)
    assert late.left() == pytest.approx(fresh.left() - 30, abs=0.5)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("fraction", "best_fraction", "epochs"),
    [(1.0, 1.0, 150), (1.0, 0.3, 45), (0.7, 0.7, 150), (0.1, 0.5, 150)],
)
def test_the_refit_stops_early_only_where_a_whole_schedule_did_harm(
    fraction: float, best_fraction: float, epochs: int
) -> None:
    assert epochs_for(trained(fraction, best_fraction), Task.CLASSIFICATION) == epochs


@pytest.mark.parametrize(
    ("fraction", "best_fraction", "epochs"),
    [(0.1, 0.7, 15), (0.1, 1.0, 30), (1.0, 0.7, 150), (1.0, 0.3, 45)],
)
def test_a_forecast_cut_short_is_trained_for_twice_as_long_at_most_and_only_if_it_was_gaining(
    fraction: float, best_fraction: float, epochs: int
) -> None:
    assert epochs_for(trained(fraction, best_fraction), Task.FORECASTING) == epochs


@pytest.mark.parametrize(
    ("fraction", "best_fraction", "expected"),
    [(1.0, 1.0, 12.0), (1.0, 0.5, 6.0), (0.4, 0.4, 30.0)],
)
def test_training_again_is_expected_to_take_longer_by_its_samples_and_epochs_alone(
    fraction: float, best_fraction: float, expected: float
) -> None:
    """10 s, 2 of them for looking at validation samples; 120 samples instead of 80."""
    rounds = [SimpleNamespace(train=range(80))]
    data = SimpleNamespace(task=Task.CLASSIFICATION, pool=range(120), rounds=rounds)
    assert expected_seconds(trained(fraction, best_fraction), data) == pytest.approx(expected)  # type: ignore[arg-type]


def trained(fraction: float, best_fraction: float) -> Summary:
    """A trial of at most 150 epochs."""
    fitted = Fitted(
        epochs=150 * fraction, fraction=fraction, seconds=10.0, report_seconds=2.0, seconds_per_epoch=0.01,
        best_fraction=best_fraction, best_epochs=150 * best_fraction,
    )  # fmt: skip
    candidate = Candidate(family=Family.RNN, architecture="lstm", params={"max_epochs": 150})
    score = Score(value=0.9, samples=10)
    return Summary(candidate=candidate, value=0.9, score=score, fitted=fitted, parameters=1, seconds=10.0)


def test_the_reserve_lies_before_the_limit() -> None:
    budget = Budget(100.0, None, start=time.monotonic() - 90)
    left, left_in_all = budget.left(), budget.left_in_all()
    assert left is not None
    assert left_in_all is not None
    assert left < left_in_all <= 10.0
    assert Budget(None, 3).left_in_all() is None
