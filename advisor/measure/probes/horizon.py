"""How many steps back matter: the shortest context that tells nearly as much as the best one tried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.measure.probes.probing import Array, interval
from advisor.records import Fact

TOLERANCE = 0.01
"""Score that a shorter context may lack: one point, as much as the question of order asks for."""

ERROR_TOLERANCE = 0.05
"""Share of the best context's error that a shorter one may have more, in forecasting: beside a level that
hardly changes from step to step, one point of R squared would be all that there is to tell."""

FARTHEST = 640
"""Steps back, at the most, that a forecast of the next step is asked with."""

WINDOWS, FOLDS, COLUMNS = 4_000, 5, 3
RIDGE = 1e-3  # of standardised values, per window
DECORRELATED = 0.1
"""A correlation of one tenth tells a hundredth of the variance."""


def horizon_fact(
    contexts: Sequence[int],
    scores: Array,
    how: str,
    *,
    tolerance: float = TOLERANCE,
    steps: float = 1.0,
    unit: str = "steps",
) -> Fact:
    """`memory_horizon`: the shortest context short of the best by no more than the tolerance.

    One standard error of that difference is allowed for as well (Breiman et al., "Classification and
    Regression Trees", 1984, section 3.4.3). The interval reaches from the shortest context that is not
    worse with 95 % confidence to the shortest that is good enough with 95 % confidence; `high` is None
    where that is the longest one tried, for then longer ones might matter too.

    Args:
        contexts: lengths that were tried, rising.
        scores: [context, sample] (or block), paired.
        tolerance: score that may be lacking.
        steps: how many steps of the data one of a context is.
    """
    short = scores[scores.mean(axis=1).argmax()] - scores
    mean, error = short.mean(axis=1), short.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    chosen = int(np.argmax(mean <= tolerance + error))
    low = int(np.argmax(mean - 1.96 * error <= tolerance))
    high = int(np.argmax(mean + 1.96 * error <= tolerance))
    before = contexts[low - 1] + 1 if low else contexts[0]
    longest = high == len(contexts) - 1 and len(contexts) > 1
    value = steps * contexts[chosen]
    return Fact(
        name="memory_horizon",
        value=float(round(value)),
        unit=unit,
        how=how,
        samples=scores.shape[1],
        low=float(round(steps * before)),
        high=None if longest else float(round(steps * contexts[high])),
    )


def decorrelation_fact(correlation: Array, samples: int, how: str) -> list[Fact]:
    """`autocorrelation_horizon` of [lag] autocorrelations, lag 0 first: the first lag within noise.

    Noise is 1.96 / sqrt(samples) (Bartlett 1946), or DECORRELATED where that is more. None where no lag
    that was looked at lies within it, as under a trend.
    """
    limit = max(DECORRELATED, 1.96 / np.sqrt(max(samples, 1)))
    below = np.flatnonzero(np.abs(correlation[1:]) < limit)
    if not len(below):
        return []
    how = f"first lag where {how} is within {limit:.2g} of zero"
    value = float(below[0] + 1)
    return [Fact(name="autocorrelation_horizon", value=value, unit="steps", how=how, samples=samples)]


def forecast_horizon_facts(columns: Array, shares: Array, blocks: int) -> list[Fact]:
    """How many last values tell the next one of [time, column], by ridge on growing contexts.

    Nothing where the last values tell nothing, or where there are too few steps to ask.

    Args:
        shares: [column] weights; the first COLUMNS columns are asked.
        blocks: contiguous blocks of windows whose errors count as independent.
    """
    farthest = min(FARTHEST, len(columns) // 5)
    if farthest < 3 or len(columns) - farthest < blocks:
        return []
    contexts = _contexts(farthest)
    errors = np.zeros((len(contexts), blocks))
    for column, share in zip(columns.T[:COLUMNS], shares[:COLUMNS] / shares[:COLUMNS].sum(), strict=True):
        errors += share * _context_errors(column, contexts, blocks)
    best = errors[errors.mean(axis=1).argmin()]
    if interval(1.0 - best)[0] <= 0:
        return []
    how = f"ridge on so many last values, of up to {farthest}, tells the next one to within "
    how += f"{100 * ERROR_TOLERANCE:g} % of the least error of any context, by folds in time"
    relative = -errors / max(float(best.mean()), 1e-12)
    return [horizon_fact(contexts, relative, how, tolerance=ERROR_TOLERANCE)]


def _contexts(farthest: int) -> list[int]:
    """1, 2, 3, 4, 6, 8, 12, 16, 24, ... and the farthest."""
    powers = [2**power for power in range(farthest.bit_length())]
    found = {size for power in powers for size in (power, power + power // 2) if size < farthest}
    return [*sorted(found), farthest]


def _context_errors(column: Array, contexts: Sequence[int], blocks: int) -> Array:
    """[context, block] squared errors over the variance; each block is told by folds without it.

    The products of the longest context hold those of all shorter ones, the latest value being first.
    Folds need no gap between them where values are told by their own past (Bergmeir, Hyndman, Koo,
    Computational Statistics and Data Analysis, 2018).
    """
    farthest = contexts[-1]
    views = np.lib.stride_tricks.sliding_window_view(column, farthest + 1)
    stride = max(1, len(views) // WINDOWS)
    views = views[::stride]
    target = views[:, -1]
    inputs = np.concatenate([np.ones((len(views), 1)), views[:, -2::-1]], axis=1)
    inputs = inputs.astype(np.float32)  # twice as fast, and the ridge is far above its rounding
    whole, answers = inputs.T @ inputs, inputs.T @ target
    predicted = np.empty((len(contexts), len(views)))
    for held in np.array_split(np.arange(len(views)), FOLDS):
        part = inputs[held]
        products, goals = (whole - part.T @ part).astype(np.float64), answers - part.T @ target[held]
        strength = RIDGE * (len(views) - len(part))
        for i, context in enumerate(contexts):
            size = context + 1
            system = products[:size, :size] + strength * np.diag([0.0] + [1.0] * context)
            predicted[i, held] = inputs[held, :size] @ np.linalg.solve(system, goals[:size])
    errors = (target - predicted) ** 2 / max(float(target.var()), 1e-12)
    return np.stack([part.mean(axis=1) for part in np.array_split(errors, blocks, axis=1)], axis=1)
