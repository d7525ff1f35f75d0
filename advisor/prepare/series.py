"""Series and the windows of one long series: standardised per channel with what training rows show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError, UsageError
from advisor.measure.sound import band_energies, sampling_rate
from advisor.prepare.preprocessing import SeriesValues, WindowValues
from advisor.prepare.splits import Split
from advisor.readers.mapped import let_go
from advisor.readers.sound.audio import resample
from advisor.readers.source import Source

MAX_LENGTH = 4_096  # steps; longer series are cut at their end
BANDS = 40  # of sound: about four per octave of what speech and music hold, the usual log-mel input
MOST_FRAMES = 1_000  # ten seconds of sound as they are; longer ones have their frames further apart
CHUNK = 1 << 18  # rows of a long series that are held in double precision at one time
FITTED_VALUES = 20_000_000  # held for mean and deviation, 160 MB; with so many their error is far below 1 %
LEAST_STD = 1e-6  # a constant channel is left at zero instead of divided by zero
HORIZONS_BACK = 3.5  # look-back per horizon: 336 for 96, where linear maps stop improving (Zeng et al. 2023)
PERIODS_BACK = 2  # a look-back sees at least two periods
LEAST_LOOKBACK = 16
MAX_LOOKBACK_SHARE = 0.34  # of the training rows, so that windows remain
DEFAULT_HORIZON = 24
MAX_HORIZON_SHARE = 0.5  # of the smaller of validation and test


Numbers = NDArray[np.float64]


def fit_series(source: Source, indices: NDArray[np.int64]) -> SeriesValues:
    """Mean and standard deviation per channel over all valid steps of the training series that are used.

    Of more than FITTED_VALUES values, of evenly drawn series with at most so many.

    Raises:
        DataError: not one series can be read.
    """
    rate = sampling_rate(source.spec.input)
    series, lengths, step, held = list[NDArray[np.float64]](), list[int](), 1, 0
    for i in indices.tolist():
        try:
            one = read_series(source, i, rate)
        except UnreadableSampleError:
            continue
        lengths.append(len(one))
        if (len(lengths) - 1) % step:
            continue
        series.append(one[:MAX_LENGTH].astype(np.float64))  # not a view, which would keep a long recording
        held += series[-1].size
        if held > FITTED_VALUES:  # every second one of them, and of those that come
            series, step = series[::2], 2 * step
            held = sum(one.size for one in series)
            let_go()
    if not series:
        raise DataError(f"{source.spec.path}: none of {len(indices)} series can be read: check the files")
    steps = np.concatenate(series)
    steps[~np.isfinite(steps)] = np.nan  # one infinite value would make the mean infinite, and all else zero
    with np.errstate(all="ignore"):
        mean = np.nan_to_num(np.nanmean(steps, axis=0))
        std = np.nan_to_num(np.nanstd(steps, axis=0), nan=1.0)
    axis = source.spec.input.axis("time")
    varies = len(set(lengths)) > 1 or (axis is not None and axis.size is None)
    return SeriesValues(
        channels=steps.shape[1],
        length=min(MAX_LENGTH, max(lengths)),
        variable_length=varies,
        mean=tuple(mean.tolist()),
        std=tuple(np.where(std < LEAST_STD, 1.0, std).tolist()),
        rate=rate,
    )


def read_series(source: Source, index: int, rate: float | None) -> NDArray[np.generic]:
    """[time, channel] of one series; of sound at `rate` samples per second [frame, band].

    Sound at another rate than that of training is brought to it.
    """
    values = np.asarray(source.read(index))
    if rate is None:
        return values
    own = sampling_rate(source.spec.input) or rate
    if round(own) != round(rate):
        values = resample(values.astype(np.float32), round(len(values) * rate / own))
    return band_energies(values.astype(np.float32), rate, bands=BANDS, most=MOST_FRAMES)


def standardise(
    series: NDArray[np.generic], mean: tuple[float, ...], std: tuple[float, ...]
) -> NDArray[np.float32]:
    """`[time, channel]` standardised; a missing value becomes the mean (zero)."""
    scaled = (np.asarray(series, dtype=np.float64) - np.array(mean)) / np.array(std)
    return np.asarray(np.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0), dtype=np.float32)


def fill_forward(series: NDArray[np.generic]) -> NDArray[np.float64]:
    """A missing or infinite value repeats the last one seen (the first one seen, at the start)."""
    import pandas as pd

    values = np.asarray(series, dtype=np.float64)
    known = pd.DataFrame(np.where(np.isfinite(values), values, np.nan))
    return np.asarray(known.ffill().bfill().to_numpy())


def fill_and_standardise(
    series: NDArray[np.generic], mean: tuple[float, ...], std: tuple[float, ...]
) -> NDArray[np.float32]:
    """`[time, channel]` filled forward and standardised, CHUNK rows at a time in double precision."""
    scaled = np.empty(series.shape, dtype=np.float32)
    for start, filled in _filled(series):
        scaled[start : start + len(filled)] = standardise(filled, mean, std)
    return scaled


def _filled(series: NDArray[np.generic]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """The rows as `fill_forward` gives them, CHUNK at a time, each with the number of its first row."""
    series = np.asarray(series, dtype=np.float64) if series.dtype.kind not in "fiu" else series
    known = np.isfinite(series)
    first = np.where(known.any(axis=0), known.argmax(axis=0), 0)
    last = np.asarray(series[first, np.arange(series.shape[1])], dtype=np.float64)[None]
    del known
    for start in range(0, len(series), CHUNK):
        filled = fill_forward(np.concatenate([last, series[start : start + CHUNK]]))[1:]
        last = filled[-1:]
        yield start, filled


def fit_windows(
    source: Source, split: Split, *, horizon: int | None, target: str | None, period: int | None
) -> WindowValues:
    """Channels, look-back and horizon for one long series.

    The look-back is HORIZONS_BACK horizons, at least PERIODS_BACK periods, rounded up to whole periods,
    and at most MAX_LOOKBACK_SHARE of the training rows.

    Raises:
        UsageError: the target is no channel, or the horizon leaves no window.
    """
    names = tuple(column.name for column in source.spec.input.columns)
    series = np.asarray(source.read(0))
    names = names or tuple(f"channel{i}" for i in range(series.shape[1]))
    rows = split.indices("train")
    shortest = min(len(split.indices("validation")), len(split.indices("test")))
    horizon = horizon or max(
        1, min(period or DEFAULT_HORIZON, DEFAULT_HORIZON, int(shortest * MAX_HORIZON_SHARE))
    )
    if horizon > shortest:
        raise UsageError(
            f"`--horizon {horizon}`: the validation and test parts hold {shortest} steps: give at most that"
        )
    lookback = max(LEAST_LOOKBACK, round(HORIZONS_BACK * horizon), PERIODS_BACK * (period or 0))
    lookback = -(-lookback // period) * period if period else lookback
    lookback = min(lookback, int(len(rows) * MAX_LOOKBACK_SHARE))
    if lookback < 1 or len(rows) < lookback + horizon:
        raise DataError(
            f"{source.spec.path}: {len(rows)} training steps hold no window of {lookback} + {horizon} steps: "
            "give a smaller `--horizon` or a longer series"
        )
    targets = list(_target_channels(names, target))
    season = period if period and period < len(rows) else 1
    mean, std, naive_error = _statistics(series, rows, season, targets)
    return WindowValues(
        channel_names=names,
        target_channels=tuple(targets),
        lookback=lookback,
        horizon=horizon,
        period=period,
        mean=tuple(mean.tolist()),
        std=tuple(std.tolist()),
        naive_error=max(naive_error, LEAST_STD),
    )


def _statistics(
    series: NDArray[np.generic], rows: NDArray[np.int64], season: int, targets: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Mean and standard deviation per channel of the training rows, which follow each other, and the mean
    absolute change over a season; piece by piece where there are more than CHUNK rows."""
    first, last = int(rows[0]), int(rows[-1]) + 1
    whole = series[:last]
    sizes, means, squares, changes = list[int](), list[Numbers](), list[Numbers](), list[Numbers]()
    before = np.zeros((0, series.shape[1]))
    for start, filled in _filled(whole):
        piece = filled[max(0, first - start) :]
        if not len(piece):
            continue
        sizes.append(len(piece))
        means.append(piece.mean(axis=0))
        squares.append(piece.var(axis=0))
        joined = np.concatenate([before, piece]) if len(before) else piece
        if len(joined) > season:
            changes.append(np.abs(joined[season:] - joined[:-season]).sum(axis=0))
        before = joined[-season:]
    shares = np.array(sizes) / len(rows)  # 1.0 for one piece, whose statistics stay as they are
    mean = shares @ np.stack(means)
    std = np.sqrt(shares @ (np.stack(squares) + (np.stack(means) - mean) ** 2))
    std = np.where(std < LEAST_STD, 1.0, std)
    change = np.sum(changes, axis=0) / max(1, len(rows) - season) / std
    return mean, std, float(change[targets].mean())


def window_starts(split_rows: NDArray[np.int64], values: WindowValues) -> NDArray[np.int64]:
    """First look-back step of every window whose whole forecast lies in these consecutive rows.

    The look-back may reach back into earlier parts: at forecast time the past is known.
    """
    first, last = int(split_rows[0]), int(split_rows[-1])
    targets = np.arange(first, last - values.horizon + 2)
    starts = targets - values.lookback
    return starts[starts >= 0]


def _target_channels(names: tuple[str, ...], target: str | None) -> tuple[int, ...]:
    if target is None or target == "all":
        return tuple(range(len(names)))
    if target not in names:
        raise UsageError(f"`--target {target}` is no column: choose `all` or one of {', '.join(names)}")
    return (names.index(target),)
