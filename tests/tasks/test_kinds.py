"""Metrics, decoding and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from advisor.errors import UntrainableTaskError
from advisor.prepare.preprocessing import Preprocessing, TableValues, WindowValues
from advisor.records import Task
from advisor.tasks import TASKS, kind_of, log_loss
from advisor.tasks.intervals import QUANTILE_LEVELS, bootstrap, error_quantiles, paired_gap


def mean(values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(values.mean(axis=-1))


def windows(naive_error: float) -> Preprocessing:
    values = WindowValues(
        channel_names=("load", "oil"),
        target_channels=(1,),
        lookback=4,
        horizon=2,
        period=None,
        mean=(0.0, 10.0),
        std=(1.0, 2.0),
        naive_error=naive_error,
    )
    return Preprocessing(format="csv-series", task=Task.FORECASTING, values=values)


def test_accuracy_and_its_companions() -> None:
    logits = np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    targets = np.array([0, 0, 1, 1])
    kind = TASKS[Task.CLASSIFICATION]
    predictions = kind.predictions(logits)
    preprocessing = Preprocessing(
        format="table", task=Task.CLASSIFICATION, class_names=("a", "b"), values=TableValues(columns=())
    )
    others = kind.others(predictions, targets, preprocessing)
    assert kind.value(predictions, targets) == 0.75
    assert others["balanced_accuracy"] == 0.75
    assert others["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), min_size=1))
def test_macro_f1_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    predictions, targets = np.array(pairs).T
    table = Preprocessing(format="table", task=Task.CLASSIFICATION, values=TableValues(columns=()))
    ours = TASKS[Task.CLASSIFICATION].others(predictions, targets, table)["macro_f1"]
    assert ours == pytest.approx(f1_score(targets, predictions, average="macro", zero_division=0.0))


def test_rmse_is_the_root_of_the_mean_square() -> None:
    kind = TASKS[Task.REGRESSION]
    assert kind.value(np.array([[0.0], [0.0]]), np.array([[3.0], [1.0]])) == pytest.approx(np.sqrt(5))


def test_regression_is_scored_in_the_units_of_the_target() -> None:
    table = TableValues(columns=())
    preprocessing = Preprocessing(format="table", task=Task.REGRESSION, target_std=10.0, values=table)
    kind = kind_of(Task.REGRESSION, preprocessing)
    assert kind.value(np.array([[0.0], [0.0]]), np.array([[1.0], [-1.0]])) == pytest.approx(10.0)


def test_mase_divides_by_the_naive_error() -> None:
    kind = TASKS[Task.FORECASTING]
    others = kind.others(np.zeros((3, 2, 1)), np.ones((3, 2, 1)), windows(naive_error=0.5))
    assert others["mase"] == pytest.approx(2.0)


def test_forecasts_are_written_in_the_units_of_the_data() -> None:
    rows = TASKS[Task.FORECASTING].rows(np.array([[[0.0], [1.0]]]), windows(1.0))
    assert [row["prediction"] for row in rows] == [10.0, 12.0]
    assert {row["channel"] for row in rows} == {"oil"}


def test_log_loss_of_a_coin() -> None:
    assert log_loss(np.zeros((4, 2)), np.array([0, 1, 0, 1])) == pytest.approx(np.log(2))


def test_an_untrainable_task_is_named() -> None:
    with pytest.raises(UntrainableTaskError, match="segmentation"):
        kind_of(Task.SEGMENTATION)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_the_interval_holds_the_value(values: list[float]) -> None:
    array = np.array(values)
    low, high = bootstrap(array, mean)
    assert low - 1e-9 <= array.mean() <= high + 1e-9


def test_a_clear_advantage_has_an_interval_above_zero() -> None:
    first, second = np.array([1.0, 1.0, 1.0, 0.0] * 50), np.array([1.0, 0.0, 0.0, 0.0] * 50)
    gap, (low, _) = paired_gap(first, second, mean, greater_is_better=True)
    assert gap == 0.5
    assert low > 0


def test_smaller_errors_are_an_advantage_where_smaller_is_better() -> None:
    gap, _ = paired_gap(np.zeros(40), np.ones(40), mean, greater_is_better=False)
    assert gap == 1.0


def test_blocks_widen_the_interval_of_errors_that_neighbours_share() -> None:
    slow = np.repeat(np.random.default_rng(0).normal(size=20), 20)
    alone, blocks = bootstrap(slow, mean), bootstrap(slow, mean, block=20)
    assert blocks[1] - blocks[0] > 1.5 * (alone[1] - alone[0])


def test_error_quantiles_cover_their_share_of_the_windows() -> None:
    generator = np.random.default_rng(0)
    predictions = generator.normal(size=(4_000, 3, 2))
    targets = predictions + generator.normal(size=predictions.shape)
    found = error_quantiles(predictions, targets)
    assert found.shape == (len(QUANTILE_LEVELS), 3, 2)
    inside = (targets >= predictions + found[0]) & (targets <= predictions + found[-1])
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
