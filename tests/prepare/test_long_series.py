"""One long series is standardised piece by piece, to what it would be as a whole."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch

from advisor.prepare import fit, load, make_split, series
from advisor.readers.source import Source
from advisor.records import Axis, DatasetSpec, InputSpec, SplitCounts, Task


def long_series() -> np.ndarray:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(1_000, 3)) + np.arange(1_000)[:, None] / 100
    values[:150, 0] = np.nan  # longer than a piece
    values[generator.random(values.shape) < 0.2] = np.nan
    values[400:600, 1] = np.inf
    values[:, 2] = np.nan
    return values


@pytest.mark.parametrize("chunk", [7, 100, 5_000])
def test_pieces_are_standardised_as_the_whole(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "CHUNK", chunk)
    values, mean, std = long_series(), (1.0, 2.0, 0.0), (3.0, 0.5, 1.0)
    whole = series.standardise(series.fill_forward(values), mean, std)
    np.testing.assert_array_equal(series.fill_and_standardise(values, mean, std), whole)


@pytest.mark.parametrize("chunk", [7, 100, 5_000])
@pytest.mark.parametrize("season", [1, 24])
def test_statistics_of_pieces_are_those_of_the_whole(
    chunk: int, season: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "CHUNK", chunk)
    values, rows = long_series()[:, :2], np.arange(10, 710)
    train = series.fill_forward(values)[rows]
    mean, std, change = series._statistics(values, rows, season, [1])
    np.testing.assert_allclose(mean, train.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(std, train.std(axis=0), rtol=1e-12)
    expected = np.abs((train[season:] - train[:-season]) / train.std(axis=0))[:, 1].mean()
    assert change == pytest.approx(expected)


def test_windows_of_a_long_series_hold_the_series_and_a_number_each() -> None:
    steps = 200_000
    values = np.random.default_rng(0).normal(size=(steps, 4)).astype(np.float32)
    axes = (Axis(name="time", size=steps), Axis(name="channel", size=4))
    spec = DatasetSpec(
        path="made", format="array", samples=1, target=None, splits=SplitCounts(train=1),
        inputs=(InputSpec(name="x", dtype="float32", axes=axes),),
    )  # fmt: skip
    source = Source(spec=spec, ids=("0",), read=lambda i: values, labels=None)
    split = make_split(source, Task.FORECASTING)
    fitted = fit(source, split, Task.FORECASTING, horizon=96)
    tracemalloc.start()
    pool = load(source, split.indices("train"), fitted).prepared
    part = pool.select(torch.arange(0, len(pool), 2))
    batch = part.batch(torch.arange(64))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert batch.targets is not None
    assert batch.targets.shape == (64, 96, 4)
    assert len(part) > 50_000
    assert held < 1.1 * (values.nbytes + 8 * steps)
