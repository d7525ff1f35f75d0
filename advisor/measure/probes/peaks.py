"""Peaks of a curve, as of `scipy.signal.find_peaks`, whose import alone takes a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def high_peaks(values: NDArray[np.float64], least: float) -> NDArray[np.int64]:
    """Places of the local maxima that are so high and stand out so far; of a plateau its middle.

    A peak stands out (its prominence) by its height over the higher of the two lowest points between it
    and where the curve is higher again, or ends, on either side.
    """
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    begins = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])  # of runs of equal values
    levels, ends = values[begins], np.r_[begins[1:], len(values)] - 1
    inner = np.arange(1, len(levels) - 1)
    tops = inner[(levels[inner] > levels[inner - 1]) & (levels[inner] > levels[inner + 1])]
    tops = tops[levels[tops] >= least]
    kept = [top for top in tops if _prominence(levels, int(top)) >= least]
    return np.asarray((begins[kept] + ends[kept]) // 2, dtype=np.int64)


def _prominence(levels: NDArray[np.float64], top: int) -> float:
    higher = np.flatnonzero(levels > levels[top])
    place = int(np.searchsorted(higher, top))
    first = higher[place - 1] + 1 if place else 0
    last = higher[place] if place < len(higher) else len(levels)
    return float(levels[top] - max(levels[first : top + 1].min(), levels[top:last].min()))
