"""Intervals by the bootstrap over samples and over groups."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from advisor.tasks.intervals import bootstrap, paired_gap


def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values.mean(axis=-1))


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def groups_of(count: int, size: int) -> NDArray[np.str_]:
    return np.array([f"s{i // size}" for i in range(count * size)])


def hits(count: int, size: int, alike: float, seed: int = 0) -> NDArray[np.float64]:
    """0 or 1 of each sample; a group's samples are right together with probability `alike`."""
    rng = np.random.default_rng(seed)
    together = np.repeat(rng.integers(0, 2, count), size)
    own = rng.integers(0, 2, count * size)
    return np.where(rng.random(count * size) < alike, together, own).astype(np.float64)


def test_groups_that_err_together_widen_the_interval() -> None:
    groups, alike, apart = groups_of(30, 20), hits(30, 20, 0.9), hits(30, 20, 0.0)
    assert width(bootstrap(alike, mean, groups=groups)) > 3 * width(bootstrap(alike, mean))
    assert width(bootstrap(apart, mean, groups=groups)) < 1.5 * width(bootstrap(apart, mean))


def test_a_gap_is_over_groups_too() -> None:
    groups, first = groups_of(30, 20), hits(30, 20, 0.9)
    second = np.zeros(600)
    over_samples = paired_gap(first, second, mean, greater_is_better=True)
    over_groups = paired_gap(first, second, mean, greater_is_better=True, groups=groups)
    assert over_samples[0] == over_groups[0] == pytest.approx(first.mean())
    assert width(over_groups[1]) > 3 * width(over_samples[1])


def test_the_interval_over_groups_covers_the_truth_as_often_as_it_says() -> None:
    groups = groups_of(12, 10)
    covered = [
        low <= 0.5 <= high
        for seed in range(60)
        for low, high in [bootstrap(hits(12, 10, 0.8, seed), mean, groups=groups, seed=seed)]
    ]
    assert np.mean(covered) > 0.85


def test_few_groups_make_it_wider_than_the_percentiles() -> None:
    values = np.repeat([0.0, 1.0, 1.0], 50)
    low, high = bootstrap(values, mean, groups=groups_of(3, 50))
    assert (low, high) == (0.0, 1.0)  # of three groups, and never beyond what a sample can have


def test_one_group_alone_is_taken_by_samples() -> None:
    values = hits(1, 100, 0.0)
    assert bootstrap(values, mean, groups=groups_of(1, 100)) == bootstrap(values, mean)
