"""Are neighbours along an axis alike? That is what makes it height, width, depth or time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.measure.rows import Row, as_facts
from advisor.records import Fact

SHUFFLES = 200
FEW_SAMPLES = 8  # below this, cells cannot be standardised over the samples
FAINT = 0.1  # of the deviation that 95 % of the cells stay below
SHORTEST = 5  # an axis of four has only twelve different orders: none can be told from chance


@dataclass(frozen=True)
class Neighbourhood:
    """How alike neighbours along one axis are.

    Attributes:
        size: places along the axis that were looked at.
        adjacent: mean correlation of neighbouring places, over samples and the other axes.
        error: its standard error over samples.
        random_pairs: mean correlation of any two places along the axis.
        nearer: how often a place is more alike to its neighbour than to a place farther off; 0.5 for an order
            of chance, NaN for an axis that is too short.
        shuffled: what 99 % of random orders of the axis stay below.
    """

    size: int
    adjacent: float
    error: float
    random_pairs: float
    nearer: float
    shuffled: float

    @property
    def locality(self) -> float:
        """How far neighbours close the gap between random pairs (0) and identity (1).

        `(adjacent - random_pairs) / (1 - random_pairs)`: it stays near 0 for channels that are all
        alike and for constant samples, whose neighbours correlate, but no more than any other pair.
        """
        return (self.adjacent - self.random_pairs) / max(1.0 - self.random_pairs, 1e-6)

    @property
    def ordered(self) -> bool:
        """Whether the order of the axis is not one of chance (one-sided, 1 %)."""
        return self.size >= SHORTEST and self.nearer > self.shuffled


def stack(pieces: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """[sample, *axes]: the pieces cut to a common size, without those far smaller than most."""
    shapes = np.array([piece.shape for piece in pieces])
    size = np.quantile(shapes, 0.1, axis=0).astype(int)
    kept = [piece for piece, shape in zip(pieces, shapes, strict=True) if np.all(shape >= size)]
    return np.stack([piece[tuple(slice(0, length) for length in size)] for piece in kept])


def standardise(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Z-scores per cell over the samples [sample, *axes], and the weights 0 or 1 of the cells.

    A cell that nearly always has the same value (the border of a scanned digit) has no correlation
    to speak of: cells that differ from their median in fewer than five samples (or 2 %) get weight 0.
    So do cells of samples with several axes that vary FAINT times less than most: the noise of an empty
    background. The columns of a table have units of their own, which say nothing.
    With fewer than eight samples one mean and deviation serve for all cells.
    """
    known = np.isfinite(values)
    filled = np.where(known, values, 0)
    if len(values) < FEW_SAMPLES:
        scores = (filled - filled[known].mean()) / max(float(filled[known].std()), 1e-12)
        return np.where(known, scores, 0).astype(np.float32), known.astype(np.float32)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, filled - filled.sum(axis=0) / count, 0)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    differing = ((values != np.median(filled, axis=0)) & known).sum(axis=0)
    lively = (differing >= max(5, 0.02 * len(values))) & (deviation > 0)
    if values.ndim > 2 and lively.any():
        lively &= deviation >= FAINT * np.quantile(deviation[lively], 0.95)
    weights = (known & lively).astype(np.float32)
    return (centred / np.where(lively, deviation, 1) * weights).astype(np.float32), weights


def neighbourhood(
    scores: NDArray[np.float32], weights: NDArray[np.float32], axis: int, seed: int = 0
) -> Neighbourhood:
    """Measure one axis of standardised values [sample, *axes]; `axis` counts without the samples."""
    size = scores.shape[axis + 1]
    flat, weight = (np.moveaxis(array, axis + 1, 0).reshape(size, -1) for array in (scores, weights))
    pairs = weight @ weight.T
    matrix = np.where(pairs > 0, (flat @ flat.T) / np.maximum(pairs, 1), np.nan)
    if size < 2 or not np.isfinite(np.diagonal(matrix, 1)).any():
        return Neighbourhood(size, *[float("nan")] * 5)
    adjacent, error = _adjacent(scores, weights, axis)
    random_pairs = float(np.nanmean(matrix[np.triu_indices(size, 1)]))
    lively = np.diagonal(matrix) > 0
    if lively.sum() < SHORTEST:
        return Neighbourhood(size, adjacent, error, random_pairs, float("nan"), float("nan"))
    power = np.sqrt(np.maximum(np.diagonal(matrix), 1e-12))  # 1, but where few samples share one deviation
    wins = _wins((matrix / np.outer(power, power))[np.ix_(lively, lively)])
    nearer = float(_nearer(wins, np.arange(len(wins))[None])[0])
    return Neighbourhood(size, adjacent, error, random_pairs, nearer, _shuffled(wins, seed))


def _adjacent(scores: NDArray[np.float32], weights: NDArray[np.float32], axis: int) -> tuple[float, float]:
    """Correlation of neighbours, and its standard error over samples (a ratio estimate)."""
    first, second = (np.moveaxis(array, axis + 1, -1) for array in (scores, weights))
    both = second[..., 1:] * second[..., :-1]
    products = _sums(first[..., 1:] * first[..., :-1] * both)
    power = _sums((first[..., 1:] ** 2 + first[..., :-1] ** 2) * both) / 2
    mean = products.sum() / max(power.sum(), 1e-12)
    residual = (products - mean * power) / max(power.mean(), 1e-12)
    return float(mean), float(residual.std() / np.sqrt(len(residual)))


def _sums(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """[sample] sums of [sample, ...]."""
    sums: NDArray[np.float64] = values.reshape(len(values), -1).sum(axis=1, dtype=np.float64)
    return sums


def _wins(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """[place, other] how many places, besides these two, are less alike to the place than the other is; half
    for those that are just as alike."""
    known = np.isfinite(matrix)
    filled = np.where(known, matrix, matrix[known].mean())
    np.fill_diagonal(filled, np.inf)  # counted for nobody
    ordered = np.sort(filled, axis=1)
    below = np.stack(
        [np.searchsorted(row, values, "left") for row, values in zip(ordered, filled, strict=True)]
    )
    up_to = np.stack(
        [np.searchsorted(row, values, "right") for row, values in zip(ordered, filled, strict=True)]
    )
    return np.asarray((below + up_to - 1) / 2)  # the other itself is among those just as alike


def _nearer(wins: NDArray[np.float64], orders: NDArray[np.int64]) -> NDArray[np.float64]:
    """[order] how often, over all places, a neighbour is more alike than a place farther off.

    Noise, a bright common background and cells that hold nothing but noise make all correlations along an
    axis smaller or larger. Their ranks, which alone count here, they leave as they are.

    Args:
        wins: see `_wins`.
        orders: [order, place] permutations of the places.
    """
    size = len(wins)
    after, before = wins[orders[:, :-1], orders[:, 1:]], wins[orders[:, 1:], orders[:, :-1]]
    ends = (after[:, 0] + before[:, -1]) / (size - 2)
    inner = (after[:, 1:] + before[:, :-1] - 1).sum(axis=1) / (size - 3)  # of its two neighbours one wins
    return np.asarray((ends + inner) / (2 * size - 2))


def _shuffled(wins: NDArray[np.float64], seed: int) -> float:
    places = np.tile(np.arange(len(wins)), (SHUFFLES, 1))
    orders = np.random.default_rng(seed).permuted(places, axis=1)
    return float(np.quantile(_nearer(wins, orders), 0.99))


def neighbourhoods(values: NDArray[np.float32]) -> list[Neighbourhood]:
    """One per axis of the stacked pieces [sample, *axes]."""
    scores, weights = standardise(values)
    return [neighbourhood(scores, weights, axis) for axis in range(values.ndim - 1)]


def neighbour_facts(values: NDArray[np.float32], names: Sequence[str]) -> list[Fact]:
    """Facts of every axis longer than one of the stacked pieces [sample, *axes]."""
    facts: list[Fact] = []
    samples = len(values)
    for name, near in zip(names, neighbourhoods(values), strict=True):
        if near.size < 2 or not np.isfinite(near.adjacent):
            continue
        facts += facts_of(name, near, samples)
    return facts


def facts_of(name: str, near: Neighbourhood, samples: int) -> list[Fact]:
    """All that was measured of one axis."""
    low, high = max(-1.0, near.adjacent - 1.96 * near.error), min(1.0, near.adjacent + 1.96 * near.error)
    alike = "mean correlation of neighbours, cells standardised over samples"
    pairs, gain = (
        "mean correlation of any two places along the axis",
        "(adjacent - random pairs) / (1 - random pairs)",
    )
    rows: list[Row] = [
        (f"random_pair_correlation_{name}", near.random_pairs, "1", pairs),
        (f"locality_{name}", near.locality, "1", gain),
    ]
    if np.isfinite(near.nearer):
        how = "how often a place is more alike to its neighbour than to a place farther off"
        chance = f"99 % of {SHUFFLES} random orders of the axis stay below"
        rows.append((f"nearer_alike_{name}", near.nearer, "1", how))
        rows.append((f"shuffled_nearer_alike_{name}", near.shuffled, "1", chance))
    adjacent = as_facts([(f"adjacent_correlation_{name}", near.adjacent, "1", alike)], samples)[0]
    return [adjacent.model_copy(update={"low": low, "high": high}), *as_facts(rows, samples)]
