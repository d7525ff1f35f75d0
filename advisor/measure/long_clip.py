"""One long clip, such as a field over time that is to be continued: facts of its space and of its time.

A source is a long clip when it has one sample with the axes (time, height, width, channel) and the target
`future`. It is read in runs of steps from its start, never whole, and never its last part.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.measure.looks import Look, central, numbers, shrink
from advisor.measure.probes.series import lag_facts, period_facts, step_facts
from advisor.measure.quality import constant_place_facts, quality_facts
from advisor.measure.shape.neighbours import FEW_SAMPLES, neighbour_facts
from advisor.measure.sizes import size_facts
from advisor.readers.source import Source
from advisor.records import Fact

Frames = NDArray[np.float32]

LOOKED_AT = 0.6
"""Share of the steps, from the first, that may be looked at: no usual test part by time begins earlier."""

FEWEST_STEPS = 16
"""Of a clip too short for that share so many are looked at, up to ALL_BUT_TEST of it: fewer say nothing."""

ALL_BUT_TEST = 0.8
"""A test part by time is hardly ever more than the last fifth."""

LONGEST = 2_000
"""Most steps looked at: hours of twelve weeks, days of five years."""

FILMED = 150
"""Most steps looked at of a film, six seconds, or a hundredth of it if that is more: each is decoded."""

RUN_BYTES = 64 * 2**20
"""Most bytes of the steps that are read at once."""

RUN = 64
"""And most steps of these: many files keep a step or a few in each piece that is unpacked."""

PIECES = 256
"""Frames in which neighbours in space are compared; as many as samples in sets of pictures."""

CHANNELS = 4
"""Most channels whose course over time is measured."""

COMPONENTS = 8
"""Principal components of the small frames that stand for the course of the whole: the first ones are
often trend and season and nothing else."""


@dataclass(frozen=True)
class Seen:
    """What is kept of the steps looked at: central pieces [frame, height, width, channel] of up to
    PIECES of them, and every one as a small frame [time, 16, 16, channel]."""

    pieces: Frames
    small: Frames


def is_long_clip(source: Source) -> bool:
    """Whether the data are one clip that is to be continued."""
    kind = source.spec.target.kind if source.spec.target else None
    names = [axis.name for axis in source.spec.input.axes]
    return len(source) == 1 and kind in (None, "future") and names == ["time", "height", "width", "channel"]


def long_clip_facts(source: Source, seconds: float, seed: int, *, probe: bool) -> list[Fact]:
    """Sizes, missing values, neighbours in space and time, period, and whether the order of steps matters.

    Args:
        seconds: time for reading; two runs of steps are read in any case.

    Raises:
        NoDataError: no step can be read.
    """
    seen = _see(source, seconds)
    names = [axis.name for axis in source.spec.input.axes]
    sizes = [axis.size for axis in source.spec.input.axes]
    shape = tuple(size or most for size, most in zip(sizes, seen.pieces.shape, strict=True))
    whole = Look(0, shape, seen.pieces, None, float(np.isnan(seen.pieces).mean()))
    return [
        *size_facts(source, [whole]),
        *quality_facts([whole], 1),
        *_space_facts(seen.pieces, names[1:]),
        *constant_place_facts(seen.pieces, names[-1]),
        *_time_facts(places(seen.small), seed, probe),
    ]


def _time_facts(courses: NDArray[np.float64], seed: int, probe: bool) -> list[Fact]:
    """Of standardised courses [time, place]: neighbouring steps place by place, all else on components."""
    if len(courses) < FEWEST_STEPS or not courses.shape[1]:
        return []
    columns, shares = components(courses)
    lags = lag_facts(columns, seed, shares) if probe else []
    return [*step_facts(courses, seed), *period_facts(columns, shares), *lags]


def _space_facts(pieces: Frames, names: Sequence[str]) -> list[Fact]:
    """Of the changes at each place, or of the frames as they are, whichever show more of a neighbourhood.

    Changes are all alike where all places rise and fall together; frames as they are hide small
    differences between neighbours under large ones between far places.
    """
    few = pieces[:: -(-len(pieces) // (FEW_SAMPLES - 1))]  # so few are not standardised place by place
    known = np.isfinite(few)
    scale = np.std(few, axis=(0, 1, 2), where=known) if known.any() else np.ones(few.shape[-1])
    frames = (few - np.mean(few, axis=(0, 1, 2), where=known)) / np.where(scale > 0, scale, 1)
    return max((neighbour_facts(pieces, names), neighbour_facts(frames, names)), key=_least_nearer)


def _least_nearer(facts: Sequence[Fact]) -> float:
    found = [fact.value for fact in facts if fact.name in ("nearer_alike_height", "nearer_alike_width")]
    return min((value for value in found if value is not None), default=-1.0)


def places(small: Frames) -> NDArray[np.float64]:
    """[time, place] the course of each place of the frames [time, 16, 16, channel] that ever changes,
    standardised; zero where missing."""
    flat = small.reshape(len(small), -1).astype(np.float64)
    known = np.isfinite(flat)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, flat - np.where(known, flat, 0).sum(axis=0) / count, 0)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    changing = deviation > 1e-6 * deviation.max(initial=0.0)
    return np.asarray(centred[:, changing] / deviation[changing])


def components(courses: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The strongest principal components of [time, place] as [time, component], standardised, and the
    variance of each."""
    left, strengths, _ = np.linalg.svd(courses, full_matrices=False)
    most = strengths[:COMPONENTS]
    kept = most > 1e-6 * most[0]
    columns = left[:, :COMPONENTS][:, kept]
    return columns / columns.std(axis=0), most[kept] ** 2


def _see(source: Source, seconds: float) -> Seen:
    end = time.monotonic() + seconds
    pieces: list[Frames] = []
    small: list[Frames] = []
    steps = _steps_allowed(source)
    every = max(1, steps // PIECES)
    for number, run in enumerate(_runs(source, steps)):
        pieces += [numbers(central(frame)) for frame in run[-len(small) % every :: every]]
        small += [_small(frame) for frame in run]
        if number and time.monotonic() > end:
            break
    if not pieces:
        raise NoDataError(
            f"`readable time steps`: none of {source.spec.path} could be decoded; check the file"
        )
    return Seen(np.stack(pieces), np.stack(small))


def _steps_allowed(source: Source) -> int:
    size = source.spec.input.axes[0].size or LONGEST
    most = LONGEST if source.read_frames is None else max(FILMED, size // 100)
    return min(most, LONGEST, _first(size))


def _first(size: int) -> int:
    """How many of so many steps may be looked at."""
    return max(1, int(LOOKED_AT * size), min(FEWEST_STEPS, int(ALL_BUT_TEST * size)))


def _runs(source: Source, steps: int) -> Iterator[NDArray[np.generic]]:
    """Consecutive steps from the first, a few at a time; runs that cannot be decoded are left out.

    A source that cannot read a part of its steps gives evenly spaced ones of the whole, of which the
    first are taken.
    """
    if source.read_steps is None:
        yield _evenly(source)
        return
    sizes = [axis.size or 1 for axis in source.spec.input.axes[1:]]
    most = max(1, min(RUN, RUN_BYTES // max(1, 8 * int(np.prod(sizes)))))
    for start in range(0, steps, most):
        try:
            yield np.asarray(source.read_steps(start, min(start + most, steps)))
        except UnreadableSampleError:
            continue


def _evenly(source: Source) -> NDArray[np.generic]:
    size = source.spec.input.axes[0].size or LONGEST
    whole = source.read(0) if source.read_frames is None else source.read_frames(0, min(size, LONGEST // 4))
    frames = np.asarray(whole)
    return frames[: _first(len(frames))]


def _small(frame: NDArray[np.generic]) -> Frames:
    """[16, 16, channel] means over blocks of what is known."""
    stride = max(1, frame.shape[-1] // CHANNELS)
    values = numbers(frame[..., ::stride][..., :CHANNELS])
    known = np.isfinite(values)
    if known.all():
        return shrink(values)
    share = shrink(known.astype(np.float32))
    return np.where(share > 0, shrink(np.where(known, values, 0)) / np.maximum(share, 1e-6), np.nan)
