"""Near-copies of pictures, series and sounds: the same thing re-encoded, scaled, brightened or rounded.

Simple things are alike without being copies (the ones of handwritten digits, blank frames, smooth curves), so
three things must hold: two views are nearly equal; both are far nearer to each other than to anything else in
the data (the ratio test of Lowe, International Journal of Computer Vision 60, 2004, here much stricter); and
their fine detail agrees too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.measure import sound
from advisor.measure.health.survey import Seen, unit
from advisor.measure.looks import block_means, numbers
from advisor.readers.source import Source

NEAREST = 6  # neighbours of each sample that are looked at
RATIO = 25.0  # the next neighbour is five times as far away, in squares; of digits at most three times
SIMPLE = 9.0  # times the limit that the sixth neighbour is away where samples differ enough to tell copies
LIMITS = {"picture": 0.02, "series": 5e-4, "sound": 0.01}
"""Most of 1 - correlation of two views. Measured: pictures saved again as JPEG 0.0001 to 0.005, at four
fifths of their size 0.004 to 0.05, one thing taken twice with another focus 0.014; the nearest of 4,000
pictures of digits 0.007, of things 0.04, of hands 0.05."""
DETAIL = {"picture": 0.5, "series": 0.99, "sound": 0.9}
"""Least correlation of the detail: of pictures what their means over 3 x 3 leave, of series the changes from
step to step, of sounds the wave itself."""
SIDE = 64  # pixels at which the detail of pictures is compared
CHUNK = 512
MOST_CHECKED = 200  # pairs whose samples are read again


def near_copies(source: Source, seen: Sequence[Seen]) -> list[tuple[int, int]]:
    """Pairs of samples (indices) that are near-copies; `seen` holds no exact copies."""
    kind = _kind(source)
    by_size: dict[int, list[Seen]] = {}
    for one in seen:
        if one.view is not None:
            by_size.setdefault(one.view.size, []).append(one)
    pairs = [pair for group in by_size.values() for pair in _isolated(group, LIMITS[kind])]
    return [pair for pair in pairs[:MOST_CHECKED] if _same_detail(source, *pair, kind)]


def _kind(source: Source) -> str:
    if sound.sampling_rate(source.spec.input) is not None:
        return "sound"
    return "series" if source.spec.input.axis("time") is not None else "picture"


def _isolated(group: Sequence[Seen], limit: float) -> list[tuple[int, int]]:
    """Pairs within the limit, each far from all samples but their like; the nearest first."""
    if len(group) <= NEAREST:  # too few to tell what is alike here
        return []
    views = np.stack([one.view for one in group if one.view is not None])
    places, distances = _neighbours(views)
    if np.median(distances[:, -1]) < SIMPLE * limit:  # all are so simple that like ones lie everywhere
        return []
    inside = distances <= limit
    count = inside.sum(axis=1)
    rows = np.arange(len(group))
    furthest = np.maximum(np.where(inside, distances, 0).max(axis=1), 1e-6)
    outside = distances[rows, np.minimum(count, NEAREST - 1)]
    alone = (count > 0) & (count < NEAREST) & (outside >= RATIO * furthest)
    found = {}
    for row in np.flatnonzero(alone).tolist():
        for place, distance in zip(places[row][inside[row]].tolist(), distances[row].tolist(), strict=False):
            if alone[place]:
                first, second = sorted((group[row].index, group[place].index))
                found[first, second] = distance
    return sorted(found, key=lambda pair: found[pair])


def _neighbours(views: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """[sample, neighbour] places of the nearest, and 1 - their correlation, in order."""
    places, distances = [], []
    for start in range(0, len(views), CHUNK):
        away = 1.0 - (views[start : start + CHUNK] @ views.T).astype(np.float64)
        rows = np.arange(len(away))
        away[rows, rows + start] = np.inf
        near = np.argpartition(away, NEAREST, axis=1)[:, :NEAREST]
        order = np.argsort(np.take_along_axis(away, near, axis=1), axis=1)
        near = np.take_along_axis(near, order, axis=1)
        places.append(near)
        distances.append(np.take_along_axis(away, near, axis=1))
    return np.concatenate(places), np.concatenate(distances)


def _same_detail(source: Source, first: int, second: int, kind: str) -> bool:
    try:
        one, other = source.read(first), source.read(second)
    except DataError:
        return False
    if isinstance(one, str) or isinstance(other, str) or one.shape[-1] != other.shape[-1]:
        return False
    details = [_detail(numbers(sample), kind, _least(one.shape, other.shape)) for sample in (one, other)]
    if details[0] is None or details[1] is None:
        return False
    return float(details[0] @ details[1]) >= DETAIL[kind]


def _least(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(min, one, other))


def _detail(values: NDArray[np.float32], kind: str, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """[value] of length 1: a sample without its coarse form, at the size of the smaller one."""
    values = np.nan_to_num(values)
    if kind == "sound":
        return unit(values[: shape[0]])
    if kind == "series":
        values = values if len(values) == shape[0] else block_means(values, shape[0])
        return unit(np.diff(values, axis=0))
    from scipy.ndimage import uniform_filter

    rows = block_means(values, min(SIDE, shape[0]))
    rows = rows.mean(axis=-1, keepdims=True)  # JPEG keeps the detail of grey, and little of that of colour
    small = block_means(rows.swapaxes(0, 1), min(SIDE, shape[1])).swapaxes(0, 1)
    return unit(small - uniform_filter(small, size=(3, 3, 1)))
