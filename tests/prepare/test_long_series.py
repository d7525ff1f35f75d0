"""One long series is standardised piece by piece, to what it would be as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.prepare import series


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
