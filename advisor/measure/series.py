"""One long series: its strongest period, and whether the order of its last values matters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import numbers
from advisor.measure.probing import drop_facts
from advisor.measure.rows import as_facts
from advisor.readers.source import Source
from advisor.records import Fact

Array = NDArray[np.float64]

LONGEST = 20_000  # steps looked at, the first ones: the test part comes last
CHANNELS = 8
LAGS = 48
BLOCKS = 20  # contiguous blocks whose scores count as independent
FOLDS = 5
SLOW_PERIOD = 0.2  # autocorrelation at the least that counts as a period of many steps


def is_long_series(source: Source) -> bool:
    """Whether the data are one series (time, channel) that is to be continued, and not many samples."""
    kind = source.spec.target.kind if source.spec.target else None
    names = [axis.name for axis in source.spec.input.axes]
    return names == ["time", "channel"] and len(source) == 1 and kind in (None, "future")


def read_series(source: Source) -> Array:
    """[time, channel] of the first steps and channels with numbers, gaps filled by interpolation.

    Only the first 60 % of the steps are used, so that no usual test part by time is looked at.
    """
    sample = source.read(0)
    if isinstance(sample, str):
        raise TypeError("a long series is an array, not a text")
    steps = max(min(len(sample), 100), int(0.6 * len(sample)))
    values = numbers(sample[: min(steps, LONGEST)]).astype(np.float64)
    known = np.isfinite(values).mean(axis=0) > 0.5
    return np.stack([_filled(column) for column in values.T[known]], axis=1) if known.any() else values[:, :0]


def _filled(column: Array) -> Array:
    known = np.flatnonzero(np.isfinite(column))
    return np.interp(np.arange(len(column)), known, column[known])


def series_facts(series: Array, seed: int, *, probe: bool) -> list[Fact]:
    """Facts of a long series [time, channel]."""
    lively = [column for column in series.T if column.std() > 0][:CHANNELS]
    if not lively or len(series) < 16:
        return []
    columns = np.stack([(column - column.mean()) / column.std() for column in lively], axis=1)
    return [
        *step_facts(columns, seed),
        *period_facts(columns),
        *(lag_facts(columns, seed) if probe else []),
    ]


def step_facts(columns: Array, seed: int) -> list[Fact]:
    """Lag-1 autocorrelation against the same steps in random order, and neighbouring channels."""
    steps = len(columns)
    shuffled = np.random.default_rng(seed).permutation(columns)
    rows = [
        (
            "adjacent_correlation_time",
            columns[1:] * columns[:-1],
            "lag-1 autocorrelation, mean over channels",
        ),
        ("shuffled_correlation_time", shuffled[1:] * shuffled[:-1], "the same with the steps shuffled"),
    ]
    facts = as_facts([(name, float(products.mean()), "1", how) for name, products, how in rows], steps)
    return [*facts, facts[0].model_copy(update={"name": "autocorrelation_time"})]


def period_facts(columns: Array, shares: Array | None = None) -> list[Fact]:
    """The lag of the highest peak of the autocorrelation, averaged over columns by their `shares`.

    First of the changes from step to step, so that trend and slow seasons do not hide the period;
    where these show none, of the values themselves, smoothed, which finds periods of many steps.
    """
    from scipy.ndimage import uniform_filter1d

    most = len(columns) // 3
    changes = _mean_autocorrelation(np.diff(columns, axis=0), shares)[:most]
    noise = np.sqrt(2 * np.log(max(most, 2)) / len(columns))  # the highest of so many lags of white noise
    how, peak = "lag of the highest peak of the autocorrelation of changes", _first_peak(changes, noise)
    if peak is None:
        how = "lag of the highest peak of the smoothed autocorrelation"
        width = max(1, most // 40)
        trendless = columns - np.linspace(
            columns[:most].mean(axis=0), columns[-most:].mean(axis=0), len(columns)
        )
        smooth = uniform_filter1d(_mean_autocorrelation(trendless, shares)[:most], width, mode="nearest")
        peak = _first_peak(smooth, max(noise, SLOW_PERIOD))
    if peak is None:
        return []
    rows = [("period", peak[0], "steps", how), ("period_correlation", peak[1], "1", how)]
    return as_facts(rows, len(columns))


def _first_peak(correlation: Array, least: float) -> tuple[float, float] | None:
    """Lag and height of the first peak nearly as high as the highest: not a multiple of the period."""
    from scipy.signal import find_peaks

    peaks, found = find_peaks(correlation, height=least, prominence=least)
    heights = found["peak_heights"]
    if not len(peaks):
        return None
    first = int(np.flatnonzero(heights >= 0.85 * heights.max())[0])
    return float(peaks[first]), float(heights[first])


def _mean_autocorrelation(columns: Array, shares: Array | None) -> Array:
    """[lag] mean over the columns."""
    return _shares(columns, shares) @ np.stack([_autocorrelation(column) for column in columns.T])


def _autocorrelation(values: Array) -> Array:
    """[lag] by the fast Fourier transform, zero-padded."""
    centred = values - values.mean()
    power = np.abs(np.fft.rfft(centred, 2 * len(values))) ** 2
    found: Array = np.fft.irfft(power)[: len(values)]
    return found / max(float(found[0]), 1e-12)


def lag_facts(columns: Array, seed: int, shares: Array | None = None) -> list[Fact]:
    """Ridge on the last lags in order, against the same lags shuffled in each window.

    Windows are centred and scaled by their own mean and deviation, which do not depend on order, so
    that the score counts only what order can tell: R squared of the next value from those, averaged
    over the columns by their `shares` (equal ones where none are given).
    """
    lags = min(LAGS, len(columns) // 5)
    if lags < 3 or len(columns) - lags < BLOCKS:
        return []
    rng = np.random.default_rng(seed)
    kept, shuffled = np.zeros(BLOCKS), np.zeros(BLOCKS)
    for column, share in zip(columns.T, _shares(columns, shares), strict=True):
        windows, target = _windows(column, lags)
        kept += _block_scores(windows, target) * share
        shuffled += _block_scores(rng.permuted(windows, axis=1), target) * share
    how = f"ridge on the last {lags} values, each window centred and scaled, by {FOLDS} folds in time"
    shuffled = np.maximum(shuffled, 0.0)  # worse than guessing the mean counts as guessing it
    return drop_facts(kept, shuffled, unit="R2", chance=0.0, how=how)


def _shares(columns: Array, shares: Array | None) -> Array:
    """[column] adding up to one."""
    given = np.ones(columns.shape[1]) if shares is None else shares
    return np.asarray(given / given.sum())


def _windows(column: Array, lags: int) -> tuple[Array, Array]:
    """Windows [window, lag] and the next value [window], both minus the window's mean, scaled."""
    views = np.lib.stride_tricks.sliding_window_view(column, lags + 1)
    views = views[:: max(1, len(views) // 4000)]
    mean = views[:, :lags].mean(axis=1, keepdims=True)
    deviation = np.maximum(views[:, :lags].std(axis=1, keepdims=True), 0.05)
    scaled = (views - mean) / deviation
    return scaled[:, :lags], scaled[:, lags]


def _block_scores(windows: Array, target: Array) -> Array:
    """[block] 1 - squared error over the total; their mean is R squared. Neighbouring windows overlap,
    so that those within a window's length of the held-out fold are not trained on."""
    predicted = np.empty_like(target)
    places = np.arange(len(target))
    for held in np.array_split(places, FOLDS):
        gap = windows.shape[1] if len(target) > 10 * windows.shape[1] else 1
        train = (places < held[0] - gap) | (places > held[-1] + gap)
        known = windows[train]
        strength = 1e-3 * len(known) * np.eye(known.shape[1])
        predicted[held] = windows[held] @ np.linalg.solve(known.T @ known + strength, known.T @ target[train])
    total = max(float(target.var()), 1e-12)
    errors = (target - predicted) ** 2
    return np.array([1.0 - part.mean() / total for part in np.array_split(errors, BLOCKS)])
