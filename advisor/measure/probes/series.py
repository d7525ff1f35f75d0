"""One long series: its strongest period, and whether the order of its last values matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look, numbers
from advisor.measure.probes.horizon import FARTHEST, decorrelation_fact, forecast_horizon_facts
from advisor.measure.probes.peaks import high_peaks
from advisor.measure.probes.probing import drop_facts, variant_facts
from advisor.measure.rows import as_facts
from advisor.readers.source import Source
from advisor.records import Fact

Array = NDArray[np.float64]

LONGEST = 20_000  # steps looked at, the first ones: the test part comes last
CHANNELS = 8
LAGS = 48
LOCAL = 6  # last values that are shuffled among each other
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


def is_many_series(source: Source) -> bool:
    """Whether the data are several series of numbers that are to be continued."""
    names = [axis.name for axis in source.spec.input.axes]
    future = source.spec.target is not None and source.spec.target.kind == "future"
    return future and len(source) > 1 and names == ["time", "channel"]


def side_by_side(looks: Sequence[Look]) -> Array:
    """[time, channel] of the first 60 % of the longest series, cut to one length, side by side as channels.

    Each on its own, because series of a common season are alike at each step and not from step to step.
    """
    pieces = sorted((seen.small for seen in looks if seen.small is not None), key=len, reverse=True)[
        :CHANNELS
    ]
    steps = max(min(len(pieces[-1]), 100), int(0.6 * len(pieces[-1]))) if pieces else 0
    columns = [column for piece in pieces for column in piece[:steps].astype(np.float64).T]
    known = [_filled(column) for column in columns if np.isfinite(column).mean() > 0.5][: 2 * CHANNELS]
    return np.stack(known, axis=1) if known else np.empty((0, 0))


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
    """The lag of the highest peak of the autocorrelation, averaged over columns by their `shares`; and the
    lag from which it is nothing but noise.

    The peak first of the changes from step to step, so that trend and slow seasons do not hide the period;
    where these show none, of the values themselves, smoothed, which finds periods of many steps.
    """
    most = len(columns) // 3
    values = _mean_autocorrelation(columns, shares)[:most]
    found = decorrelation_fact(values, len(columns), "the autocorrelation, mean over channels,")
    changes = _mean_autocorrelation(np.diff(columns, axis=0), shares)[:most]
    noise = np.sqrt(2 * np.log(max(most, 2)) / len(columns))  # the highest of so many lags of white noise
    how, peak = "lag of the highest peak of the autocorrelation of changes", _first_peak(changes, noise)
    if peak is None:
        from scipy.ndimage import uniform_filter1d

        how = "lag of the highest peak of the smoothed autocorrelation"
        width = max(1, most // 40)
        trendless = columns - np.linspace(
            columns[:most].mean(axis=0), columns[-most:].mean(axis=0), len(columns)
        )
        smooth = uniform_filter1d(_mean_autocorrelation(trendless, shares)[:most], width, mode="nearest")
        peak = _first_peak(smooth, max(noise, SLOW_PERIOD))
    if peak is None:
        return found
    rows = [("period", peak[0], "steps", how), ("period_correlation", peak[1], "1", how)]
    return [*found, *as_facts(rows, len(columns))]


def _first_peak(correlation: Array, least: float) -> tuple[float, float] | None:
    """Lag and height of the first peak nearly as high as the highest: not a multiple of the period."""
    peaks = high_peaks(correlation, least)
    heights = correlation[peaks]
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
    horizon = forecast_horizon_facts(columns, _shares(columns, shares), BLOCKS)
    far = horizon[0].low if horizon and horizon[0].low and horizon[0].low > lags else None
    rng = np.random.default_rng(seed)
    scores = {name: np.zeros(BLOCKS) for name in ("kept", "shuffled", "locally", "reversed")}
    for column, share in zip(columns.T, _shares(columns, shares), strict=True):
        windows, target = _windows(column, lags, far)
        kept, backwards = _block_scores(windows, target, asked=windows[:, ::-1])
        scores["kept"] += kept * share
        scores["reversed"] += backwards * share
        for name, changed in (
            ("shuffled", rng.permuted(windows, axis=1)),
            ("locally", _locally_shuffled(windows, rng)),
        ):
            scores[name] += _block_scores(changed, target)[0] * share
    which = f"the last {lags}" if far is None else f"the {lags} best correlated of the last {FARTHEST}"
    how = f"ridge on {which} values, each window centred and scaled, by {FOLDS} folds in time"
    kept = scores.pop("kept")
    # worse than guessing the mean counts as guessing it
    shuffled, locally, backwards = (np.maximum(found, 0.0) for found in scores.values())
    said = f"the same with the values shuffled within windows of {LOCAL}"
    return [
        *drop_facts(kept, shuffled, unit="R2", chance=0.0, how=how),
        *variant_facts("shuffled_locally", kept, locally, unit="R2", how=said),
        *variant_facts(
            "reversed", kept, backwards, unit="R2", how="learnt as it is, asked of the same values backwards"
        ),
        *horizon,
    ]


def _locally_shuffled(windows: Array, rng: np.random.Generator) -> Array:
    """[window, lag] with neighbours shuffled, LOCAL of them at a time."""
    order = np.argsort(np.arange(windows.shape[1]) // LOCAL + rng.random(windows.shape), axis=1)
    return np.take_along_axis(windows, order, axis=1)


def _shares(columns: Array, shares: Array | None) -> Array:
    """[column] adding up to one."""
    given = np.ones(columns.shape[1]) if shares is None else shares
    return np.asarray(given / given.sum())


def _windows(column: Array, lags: int, far: float | None) -> tuple[Array, Array]:
    """Windows [window, lag] and the next value [window], both minus the window's mean, scaled.

    Of the last `lags` values; where values farther back than `far` steps matter, of as many of the last
    FARTHEST as are the best correlated with the next one, in their order.
    """
    reach = lags if far is None else min(FARTHEST, len(column) // 5)
    views = np.lib.stride_tricks.sliding_window_view(column, reach + 1)
    views = views[:: max(1, len(views) // 4000)]
    known = views[:, :reach]
    if far is not None:
        alike = np.abs(
            _autocorrelation(column)[reach:0:-1]
        )  # of each place of the window with the next value
        known = known[:, np.sort(np.argsort(-alike, kind="stable")[:lags])]
    mean = known.mean(axis=1, keepdims=True)
    deviation = np.maximum(known.std(axis=1, keepdims=True), 0.05)
    return (known - mean) / deviation, ((views[:, -1:] - mean) / deviation)[:, 0]


def _block_scores(windows: Array, target: Array, asked: Array | None = None) -> list[Array]:
    """[block] 1 - squared error over the total; their mean is R squared. Neighbouring windows overlap,
    so that those within a window's length of the held-out fold are not trained on.

    `asked`: the windows in another form, which are told too but not learnt from.
    """
    forms = [windows] if asked is None else [windows, asked]
    predicted = np.empty((len(forms), len(target)))
    places = np.arange(len(target))
    for held in np.array_split(places, FOLDS):
        gap = windows.shape[1] if len(target) > 10 * windows.shape[1] else 1
        train = (places < held[0] - gap) | (places > held[-1] + gap)
        known = windows[train]
        strength = 1e-3 * len(known) * np.eye(known.shape[1])
        weights = np.linalg.solve(known.T @ known + strength, known.T @ target[train])
        predicted[:, held] = [form[held] @ weights for form in forms]
    total = max(float(target.var()), 1e-12)
    errors = (target - predicted) ** 2 / total
    return [np.array([1.0 - part.mean() for part in np.array_split(form, BLOCKS)]) for form in errors]
