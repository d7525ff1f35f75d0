"""Intervals by the bootstrap: over samples, or over blocks where neighbours share their errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

RESAMPLES = (
    1_000  # the 95 % ends of a percentile interval settle from about 1,000 on (Efron & Tibshirani 1993)
)
CHUNK = 50  # resamples at once, to bound memory

QUANTILE_LEVELS = (0.05, 0.25, 0.75, 0.95)
"""Of forecasts, around the prediction: the middle half, and nine of ten."""

Aggregate = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def bootstrap(
    per_sample: NDArray[np.float64], aggregate: Aggregate, *, block: int = 1, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile interval of `aggregate` over resampled samples.

    Args:
        per_sample: `[sample]`.
        block: consecutive samples drawn together (moving blocks, Künsch 1989); for forecasting windows
            at least the horizon, since overlapping windows share their errors.
    """
    return _ends(aggregate(per_sample[index]) for index in _resamples(len(per_sample), block, seed))


def paired_gap(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    aggregate: Aggregate,
    *,
    greater_is_better: bool,
    block: int = 1,
    seed: int = 0,
) -> tuple[float, tuple[float, float]]:
    """The advantage of the first over the second on the same samples, with its 95 % interval.

    Positive means that the first is better, whichever way the metric points.
    """
    sign = 1.0 if greater_is_better else -1.0
    gap = sign * float(aggregate(first) - aggregate(second))
    resampled = (
        sign * (aggregate(first[index]) - aggregate(second[index]))
        for index in _resamples(len(first), block, seed)
    )
    return gap, _ends(resampled)


def error_quantiles(predictions: NDArray[np.generic], targets: NDArray[np.generic]) -> NDArray[np.float32]:
    """`[level, ...]` quantiles over windows of target minus prediction, both `[window, ...]`.

    Added to a prediction they bound it as split conformal prediction does (Lei et al. 2018), one step ahead
    and one channel at a time; they hold as far as the errors to come are like those on the windows given.
    """
    errors = targets.astype(np.float64) - predictions.astype(np.float64)
    return np.quantile(errors, QUANTILE_LEVELS, axis=0).astype(np.float32)


def _resamples(count: int, block: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Index arrays `[CHUNK, sample]`; blocks wrap around, so that every sample is equally likely."""
    generator = np.random.default_rng(seed)
    block = max(1, min(block, count))
    blocks = -(-count // block)
    for _ in range(RESAMPLES // CHUNK):
        starts = generator.integers(0, count, size=(CHUNK, blocks, 1))
        yield ((starts + np.arange(block)) % count).reshape(CHUNK, -1)[:, :count]


def _ends(values: Iterable[NDArray[np.float64]]) -> tuple[float, float]:
    low, high = np.quantile(np.concatenate([np.atleast_1d(value) for value in values]), [0.025, 0.975])
    return float(low), float(high)
