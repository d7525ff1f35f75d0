"""Which axis of an array without labels counts its samples, or whether all of it is one sample over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import numbers
from advisor.measure.rows import as_facts
from advisor.measure.shape.axes import Naming, rename
from advisor.readers.source import Source, Whole
from advisor.records import AxisName, Fact

ORDERED = 0.22
"""Autocorrelation along an axis from which its places follow each other and are no samples. Measured: time
0.25 (digits that move fast) to 1.0, pictures 0.65 to 1.0, samples at random -0.06 to 0.06, samples sorted by
class up to 0.18, features and stations -0.06 to 0.17."""

SHORTEST = 5
"""Places that an axis needs for that: fewer are channels."""

FEW = 16
"""Places at most of an axis that may be channels where it has no order; more are samples."""

WIDE = 5
"""A table over time has rarely so many times more columns than rows; then the columns are samples."""

CHANNELS_FIRST = 50
"""Of (channel, time) the second is so many times longer; few short series are samples."""

LONGEST = 512
"""Consecutive places along an axis that are compared."""

SPREAD = {2: 256, 3: 32, 4: 16}
"""Of each other axis so many places, evenly spread, by number of axes: at most two million values."""

FIRST_PART = 0.6
"""Consecutive places lie within this share of a long axis: no usual test part by time is looked at."""

ODD = 0.5
"""In Fisher's z: of three axes the last is time only where it is correlated so much less than the others."""


@dataclass(frozen=True)
class Course:
    """How alike neighbouring places along one axis are, each other place being compared with itself.

    `correlation` is the lag-1 autocorrelation along the axis, mean over all other places, corrected by
    1 / size for the mean that is taken out; NaN for an axis of less than SHORTEST places.
    """

    size: int
    correlation: float

    @property
    def ordered(self) -> bool:
        """Whether the places follow each other."""
        return self.correlation >= ORDERED


def arrange(source: Source) -> tuple[Source, list[Fact]]:
    """The source with its samples along the axis that counts them, and what says so.

    Sources that cannot be sliced another way (labels or names say all) come back as they are.
    """
    whole = source.whole
    if whole is None or len(whole.shape) < 2:
        return source, []
    found = courses(whole)
    facts = [_fact(axis, course) for axis, course in enumerate(found) if np.isfinite(course.correlation)]
    samples = sample_axis(found, stamped=whole.stamped)
    naming = over_time(found)
    counted = found[naming.order[0] if samples is None else samples]
    if np.isfinite(counted.correlation):
        how = "autocorrelation along the axis that counts samples, or steps where all is one sample"
        facts += as_facts([("sample_axis_autocorrelation", counted.correlation, "1", how)], counted.size)
    if samples == 0:
        return source, facts
    if samples is not None:
        return replace(whole.along(samples), whole=whole), facts
    return replace(rename(whole.along(None), naming), whole=whole), facts


def sample_axis(found: Sequence[Course], *, stamped: bool = False) -> int | None:
    """The axis that counts samples; None where all is one sample over time.

    An axis whose places follow each other is none. The first axis is taken unless it is ordered, or holds
    the channels of one long series; else the longest unordered one, where it is too long for channels.
    """
    unordered = [axis for axis, course in enumerate(found) if not course.ordered and course.size > 1]
    if stamped:
        return None
    if not found[0].ordered:
        return None if _is_channels_first(found) else 0
    if not unordered:
        return None
    longest = max(unordered, key=lambda axis: found[axis].size)
    size, others = found[longest].size, [course for course in found[1:] if course.ordered]
    if size <= FEW:
        return None
    if others:  # pictures or clips beside an axis that has no order
        return longest
    return longest if size > found[0].size * (WIDE if len(found) == 2 else 1) else None


def over_time(found: Sequence[Course]) -> Naming:
    """Names for an array that is one sample: a field over time where two more axes are ordered."""
    time = _time_axis(found)
    ordered = [axis for axis, course in enumerate(found) if course.ordered and axis != time]
    while len(ordered) > 2:  # levels of height
        ordered.remove(min(ordered, key=lambda axis: found[axis].size))
    space: list[int] = ordered if len(ordered) == 2 else []
    rest = [axis for axis in range(len(found)) if axis != time and axis not in space]
    names: tuple[AxisName, ...] = ("time", "height", "width", "channel") if space else ("time", "channel")
    return Naming(names, (time, *space, *rest), (1, *(1 for _ in space), len(rest)))


def courses(whole: Whole) -> list[Course]:
    """One per axis of the array."""
    return [
        Course(size, _autocorrelation(np.moveaxis(numbers(_piece(whole, axis)), axis, 0)))
        for axis, size in enumerate(whole.shape)
    ]


def _autocorrelation(values: NDArray[np.float32]) -> float:
    """Along the first axis."""
    size = len(values)
    if size < SHORTEST:
        return float("nan")
    flat = values.reshape(size, -1)
    known = np.isfinite(flat)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, flat - np.where(known, flat, 0).sum(axis=0, dtype=np.float64) / count, 0)
    power = (centred**2).sum(axis=0)
    lively = power > 1e-9 * power.max(initial=0.0)
    if not lively.any():
        return float("nan")
    both = centred[:, lively] / np.sqrt(power[lively])
    return float(np.sum(both[1:] * both[:-1]) / lively.sum()) + 1.0 / size


def _is_channels_first(found: Sequence[Course]) -> bool:
    """Whether an array of two axes is one long series stored as (channel, time)."""
    if len(found) != 2:
        return False
    first, second = found
    return second.ordered and first.size <= FEW and second.size >= CHANNELS_FIRST * first.size


def _time_axis(found: Sequence[Course]) -> int:
    """The first, but for (channel, time) and where the last of three is unlike the other two."""
    if _is_channels_first(found):
        return 1
    if len(found) == 3 and all(course.ordered for course in found):
        first, second, last = np.arctanh([min(course.correlation, 0.999) for course in found])
        if min(first, second) - last > max(ODD, 2 * abs(first - second)):
            return 2
    return 0


def _piece(whole: Whole, along: int) -> NDArray[np.generic]:
    """Consecutive places along that axis, spread ones along all others."""
    spread = SPREAD.get(len(whole.shape), 8)
    place = []
    for axis, size in enumerate(whole.shape):
        if axis == along:
            within = max(min(size, 2 * spread), int(FIRST_PART * size))
            length = min(LONGEST, within)
            start = (within - length) // 2
            place.append(slice(start, start + length))
        else:
            step = max(1, size // spread)
            place.append(slice((step - 1) // 2, None, step))
    return whole.read(tuple(place))


def _fact(axis: int, course: Course) -> Fact:
    how = "lag-1 autocorrelation along the axis on disk, mean over other places, in a part of the array"
    row = (f"autocorrelation_axis_{axis + 1}", course.correlation, "1", how)
    return as_facts([row], course.size)[0]
