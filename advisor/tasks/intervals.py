"""Intervals by the bootstrap: over samples, over blocks where neighbours share their errors, over groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

RESAMPLES = (
    1_000  # the 95 % ends of a percentile interval settle from about 1,000 on (Efron & Tibshirani 1993)
)
CHUNK = 50  # resamples at once, to bound memory

QUANTILE_LEVELS = (0.05, 0.25, 0.75, 0.95)
LEAST_ERRORS = 20  # windows; fewer have no 5 % quantile: of one window all quantiles would be its one error
"""Of forecasts, around the prediction: the middle half, and nine of ten."""

Aggregate = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def bootstrap(
    per_sample: NDArray[np.float64],
    aggregate: Aggregate,
    *,
    block: int = 1,
    groups: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile interval of `aggregate` over resampled samples.

    Args:
        per_sample: `[sample]`.
        block: consecutive samples drawn together (moving blocks, Künsch 1989); for forecasting windows
            at least the horizon, since overlapping windows share their errors.
        groups: `[sample]` what each comes from: whole groups are drawn, so that samples of one subject, which
            share their errors, count as one draw. The interval of few groups is widened as Student's t asks
            (see `_widened`); of one group alone samples are drawn, since nothing else can be.
    """
    value = float(aggregate(per_sample))
    found = _ends(aggregate(per_sample[index]) for index in _resamples(len(per_sample), block, groups, seed))
    low, high = _widened(value, found, groups)
    worst, best = sorted(float(aggregate(per_sample[[place]])) for place in _extremes(per_sample))
    return max(low, worst), min(high, best)


def paired_gap(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    aggregate: Aggregate,
    *,
    greater_is_better: bool,
    block: int = 1,
    groups: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> tuple[float, tuple[float, float]]:
    """The advantage of the first over the second on the same samples, with its 95 % interval.

    Positive means that the first is better, whichever way the metric points. Blocks and groups as for
    `bootstrap`.
    """
    sign = 1.0 if greater_is_better else -1.0
    gap = sign * float(aggregate(first) - aggregate(second))
    resampled = (
        sign * (aggregate(first[index]) - aggregate(second[index]))
        for index in _resamples(len(first), block, groups, seed)
    )
    return gap, _widened(gap, _ends(resampled), groups)


def error_quantiles(predictions: NDArray[np.generic], targets: NDArray[np.generic]) -> NDArray[np.float32]:
    """`[level, ...]` quantiles over windows of target minus prediction, both `[window, ...]`.

    Added to a prediction they bound it as split conformal prediction does (Lei et al. 2018), one step ahead
    and one channel at a time; they hold as far as the errors to come are like those on the windows given.
    """
    errors = targets.astype(np.float64) - predictions.astype(np.float64)
    return np.quantile(errors, QUANTILE_LEVELS, axis=0).astype(np.float32)


def _resamples(
    count: int, block: int, groups: NDArray[np.str_] | None, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Index arrays `[CHUNK, sample]`; blocks wrap around, so that every sample is equally likely.

    Of groups `[sample]`: as many groups as there are, drawn with replacement, with all of their samples.
    """
    generator = np.random.default_rng(seed)
    sizes = np.zeros(0, dtype=np.int64)
    if groups is not None:
        codes = np.unique(groups, return_inverse=True)[1]
        order, sizes = np.argsort(codes, kind="stable"), np.bincount(codes)
    if len(sizes) > 1:
        starts = np.cumsum(sizes) - sizes
        for _ in range(RESAMPLES):
            drawn = generator.integers(0, len(sizes), size=len(sizes))
            begin = np.repeat(starts[drawn] - (np.cumsum(sizes[drawn]) - sizes[drawn]), sizes[drawn])
            yield order[begin + np.arange(len(begin))]
        return
    block = max(1, min(block, count))
    blocks = -(-count // block)
    for _ in range(RESAMPLES // CHUNK):
        starts = generator.integers(0, count, size=(CHUNK, blocks, 1))
        yield ((starts + np.arange(block)) % count).reshape(CHUNK, -1)[:, :count]


def _widened(
    value: float, interval: tuple[float, float], groups: NDArray[np.str_] | None
) -> tuple[float, float]:
    """The interval of so many groups, its distances from the value made larger as few draws ask.

    A variance over G groups is too small by (G - 1) / G, and its root is known with G - 1 degrees of freedom
    (Cameron, Gelbach & Miller, "Bootstrap-based improvements for inference with clustered errors", 2008, on
    how much intervals of few clusters miss).
    """
    count = 0 if groups is None else len(set(groups.tolist()))
    if count < 2:
        return interval
    from scipy.special import ndtri, stdtrit

    factor = float(stdtrit(count - 1, 0.975) / ndtri(0.975)) * (count / (count - 1)) ** 0.5
    return value - factor * (value - interval[0]), value + factor * (interval[1] - value)


def _extremes(per_sample: NDArray[np.float64]) -> tuple[int, int]:
    """Places of the least and the greatest: no set of samples can have a value beyond theirs."""
    return int(per_sample.argmin()), int(per_sample.argmax())


def _ends(values: Iterable[NDArray[np.float64]]) -> tuple[float, float]:
    low, high = np.quantile(np.concatenate([np.atleast_1d(value) for value in values]), [0.025, 0.975])
    return float(low), float(high)
