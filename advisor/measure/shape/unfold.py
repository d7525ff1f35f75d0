"""Pictures that were laid out in rows: 784 columns that are 28 x 28 pixels, 3,072 that are 32 x 32 x 3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isqrt, prod

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.measure.looks import choose, numbers
from advisor.measure.shape.neighbours import standardise
from advisor.readers.source import Sample, Source
from advisor.records import Axis

SMALLEST = 8
"""Pixels of a side: the smallest pictures in use are 8 x 8 digits."""

SAMPLES = 256
FEWEST = 20

ALIKE = 0.3
"""Pixels above each other correlate at least so much, as all neighbours in pictures do."""

PEAK = 0.1
"""And so much more than places half a row nearer or farther, which in a series lie on the way. Measured:
digits and photographs 0.44 to 0.65, series of square length below 0, periods of just that length 1.7."""

SEAM = 0.1
"""The end of a row and the beginning of the next are so much less alike than neighbours within a row, which
tells rows from periods (0.35 and 0.01); where borders never change this cannot be seen."""


def unfolded(source: Source, seed: int = 42) -> Source:
    """The source with its one unknown axis split into those of a picture, where its values show one."""
    axes = source.spec.input.axes
    if len(axes) != 1 or axes[0].name != "unknown" or not _shapes(axes[0].size or 0):
        return source
    rows = _rows(source, seed)
    sizes = None if len(rows) < FEWEST else picture_sizes(np.stack(rows))
    return source if sizes is None else split(source, sizes)


def picture_sizes(rows: NDArray[np.float32]) -> tuple[int, ...] | None:
    """Sizes of the axes of pictures that lie in the rows of [sample, place]; None where these are none."""
    scores, weights = standardise(rows)
    return next((sizes for sizes in _shapes(rows.shape[1]) if _is_picture(scores, weights, sizes)), None)


def split(source: Source, sizes: tuple[int, ...]) -> Source:
    """The source with its one axis split into unknown ones of those sizes."""
    axes = tuple(Axis(name="unknown", size=size) for size in sizes)
    update = {"axes": axes, "unfolded": sizes}
    inputs = (source.spec.input.model_copy(update=update), *source.spec.inputs[1:])
    read = partial(_reshaped, source.read, sizes)
    return replace(source, spec=source.spec.model_copy(update={"inputs": inputs}), read=read, whole=None)


def _reshaped(read: Callable[[int], Sample], sizes: tuple[int, ...], index: int) -> Sample:
    sample = read(index)
    if isinstance(sample, str) or sample.size != prod(sizes):
        raise UnreadableSampleError(f"sample {index}: is no picture of {' x '.join(map(str, sizes))}")
    return sample.reshape(sizes)


def _shapes(places: int) -> list[tuple[int, ...]]:
    """Of a square picture in grey, or in three colours, first or last."""
    grey, colour = isqrt(places), isqrt(places // 3)
    if grey >= SMALLEST and grey * grey == places:
        return [(grey, grey)]
    if colour >= SMALLEST and 3 * colour * colour == places:
        return [(3, colour, colour), (colour, colour, 3)]
    return []


def _is_picture(scores: NDArray[np.float32], weights: NDArray[np.float32], sizes: tuple[int, ...]) -> bool:
    side, depth = sizes[1], sizes[2] if sizes[-1] == 3 else 1
    row = side * depth
    above = _correlation(scores, weights, row)
    beside = max(_correlation(scores, weights, lag) for lag in (row // 2, row + row // 2))
    if not (above >= ALIKE and above - beside >= PEAK):
        return False
    within, across = _seams(scores, weights, row, depth)
    return not np.isfinite(across) or within - across >= SEAM


def _correlation(scores: NDArray[np.float32], weights: NDArray[np.float32], lag: int) -> float:
    """Mean correlation of places so far apart."""
    pairs = float((weights[:, lag:] * weights[:, :-lag]).sum())
    return float((scores[:, lag:] * scores[:, :-lag]).sum()) / pairs if pairs else float("nan")


def _seams(
    scores: NDArray[np.float32], weights: NDArray[np.float32], row: int, depth: int
) -> tuple[float, float]:
    """Mean correlation of neighbours within rows, and of the ends of rows with the next beginnings; NaN where
    fewer than a quarter of the seams ever change."""
    products = (scores[:, depth:] * scores[:, :-depth]).sum(axis=0)
    pairs = (weights[:, depth:] * weights[:, :-depth]).sum(axis=0)
    places = np.arange(len(products)) % row
    seam = places >= row - depth
    if (pairs[seam] > 0).mean() < 0.25:
        return float("nan"), float("nan")
    return (
        float(products[~seam].sum() / max(pairs[~seam].sum(), 1)),
        float(products[seam].sum() / max(pairs[seam].sum(), 1)),
    )


def _rows(source: Source, seed: int) -> list[NDArray[np.float32]]:
    found = []
    for index in choose(source, seed)[:SAMPLES]:
        try:
            sample = source.read(int(index))
        except UnreadableSampleError:
            continue
        if not isinstance(sample, str):
            found.append(numbers(sample))
    return found
