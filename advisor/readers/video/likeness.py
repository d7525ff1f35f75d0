"""Are neighbouring columns alike, and do they hold one quantity? The steps of a series are and do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ALIKE, LOCAL = 0.3, 0.25  # what neighbouring columns must correlate, and how much beyond any two columns
"""Measured: neighbouring steps correlate 0.35 to 0.99 (0.31 locally), columns of tables up to 0.50 (0.21)."""
SAME_UNIT = 0.8  # share of neighbouring columns whose means and deviations fit one quantity
MEAN_STEP, SPREAD_RATIO = 1.5, 4.0  # in deviations; larger steps are between columns of different units
FEW_ROWS = 8  # below it columns cannot be compared over rows: their names must say that they are steps


def are_alike(values: NDArray[np.float64]) -> bool:
    """Whether neighbouring columns of [row, column] hold one quantity and are more alike than any two."""
    if len(values) < FEW_ROWS or not same_unit(values):
        return False
    matrix = correlations(values)
    adjacent, pairs = mean_of(np.diagonal(matrix, 1)), mean_of(matrix[np.triu_indices(len(matrix), 1)])
    return adjacent >= ALIKE and (adjacent - pairs) / max(1 - pairs, 1e-6) >= LOCAL


def correlations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """[column, column] over the rows of [row, column]; NaN for columns that never vary."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0).sum(axis=0) / count, 0)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    lively = deviation > 0
    scores = centred / np.where(lively, deviation, 1)
    both = np.maximum(known.T.astype(float) @ known, 1)
    matrix: NDArray[np.float64] = (scores.T @ scores) / both
    matrix[~lively] = matrix[:, ~lively] = np.nan
    return matrix


def mean_of(found: NDArray[np.float64]) -> float:
    """Mean of what is known, 0 where nothing is."""
    known = found[np.isfinite(found)]
    return float(known.mean()) if len(known) else 0.0


def same_unit(values: NDArray[np.float64]) -> bool:
    """Whether the means of neighbouring columns lie close, in their deviations, and these are alike."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0)
    count = np.maximum(known.sum(axis=0), 1)
    mean = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(axis=0) / count)
    pooled = np.sqrt((spread[1:] ** 2 + spread[:-1] ** 2) / 2)
    small, large = np.minimum(spread[1:], spread[:-1]), np.maximum(spread[1:], spread[:-1])
    fits = (np.abs(np.diff(mean)) <= MEAN_STEP * pooled) & (large <= SPREAD_RATIO * small)
    fits |= pooled == 0  # two constant columns say nothing
    return bool(fits.mean() >= SAME_UNIT)
