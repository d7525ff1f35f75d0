"""Naming axes that a file leaves unnamed, by what is in the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.measure.looks import Look
from advisor.measure.rows import as_facts
from advisor.measure.shape.neighbours import Neighbourhood, facts_of, neighbourhoods, stack
from advisor.readers.source import Sample, Source
from advisor.records import Axis, AxisName, Fact

NEARER_ALIKE = 0.85
"""Along height, width, depth or time a place is at least so often more alike to its neighbour than to a place
farther off. Measured (see `advisor/decide/thresholds.py`): space and time 0.94 to 1.0, with twice as much
noise as content 0.82 to 1.0; columns of tables 0.44 to 0.69."""

STILLNESS = 0.5
"""First sign of time: the content of its slices varies at most half as much as along another axis.
Measured: two moving digits 0.05 of it, brain volumes 0.91."""

ODDNESS = 0.3
"""Second sign: in Fisher's z, its neighbour correlation is so far from both others (and at least twice
as far as these are from each other). Measured: moving digits 0.78, brain volumes 0.24."""

MOST_LETTERS = 64
"""Different letters of sequences that are stored as ones among zeros: 4 bases, 20 amino acids, 60 signs."""

LEAST_FILLED = 0.1
"""Places of such sequences that have a letter; the others lie behind the end of short ones."""

COLOURS, COLOURED = 3, 0.5
"""Three channels that correlate so much are colours, and what has colours is seen over time, not in depth:
it counts for two signs."""

SIGNS = 2
"""Time shows two signs at least; the third is that the other two axes are equally long and it is not, or
that it lies first and is at most half as long as both (few frames of many pixels), the fourth that the
channels are colours."""


@dataclass(frozen=True)
class Naming:
    """The axes a sample gets: `order` sorts those on disk, `groups` says how many merge into each."""

    names: tuple[AxisName, ...]
    order: tuple[int, ...]
    groups: tuple[int, ...]


def is_near(near: Neighbourhood) -> bool:
    """Whether the axis has a neighbourhood at all."""
    return near.ordered and near.nearer >= NEARER_ALIKE


def name_axes(source: Source, looks: Sequence[Look]) -> tuple[Source, list[Fact]]:
    """The source with its unknown axes named and its samples in canonical order, and why time is time.

    Args:
        source: its spec has axes `unknown` only.
        looks: what was seen of some of its samples.

    Raises:
        DataError: a sample has more than four axes.
    """
    values = stack([seen.piece for seen in looks if seen.piece is not None])
    if values.ndim > 5:
        raise DataError(
            f"`samples have 1 to 4 axes`: found {values.ndim - 1} in {source.spec.path}; "
            "store fewer axes, or name them with --axes"
        )
    letters = _letters(values)
    if letters is not None:
        return rename(source, Naming(("time", "channel"), (letters, 1 - letters), (1, 1))), []
    near = neighbourhoods(values)
    places = [axis for axis, found in enumerate(near) if is_near(found)]
    others = [axis for axis in range(len(near)) if axis not in places]
    if len(places) == 4:  # all four look ordered: the shortest is channel
        others = [min(places, key=lambda axis: near[axis].size)]
        places.remove(others[0])
    if len(places) < 2:
        return rename(source, _line(places, others)), _merged_facts(near, others, len(values))
    if len(places) == 2:  # things may move too fast for the cells of a third axis to stay alike
        places = sorted([*places, *[axis for axis in others if near[axis].ordered][:1]])
    return _space(source, looks, near, places)


def _letters(values: NDArray[np.float32]) -> int | None:
    """The axis of the places of sequences [sample, place, letter] or [sample, letter, place] whose letters
    are each a one among zeros, or none at all behind the end; None for anything else."""
    if values.ndim != 3 or not bool(np.isin(values, (0, 1)).all()):
        return None
    for axis in (0, 1):
        ones = values.sum(axis=2 - axis)
        letters = values.shape[2 - axis]
        if 1 < letters <= MOST_LETTERS < ones.size and ones.max() == 1 and ones.mean() >= LEAST_FILLED:
            return axis
    return None


def _line(places: list[int], others: list[int]) -> Naming:
    """A series where one axis has a neighbourhood, else a row of a table."""
    if not places:
        return Naming(("feature",), tuple(others), (len(others),))
    return Naming(("time", "channel"), (*places, *others), (1, len(others)))


def _merged_facts(near: Sequence[Neighbourhood], others: Sequence[int], samples: int) -> list[Fact]:
    """Of the several axes that become columns, the one that looks most like one of space or time."""
    asked = [near[axis] for axis in others if np.isfinite(near[axis].nearer)]
    if len(others) < 2 or not asked:
        return []
    best = max(asked, key=lambda found: (found.ordered, found.nearer))
    return facts_of("merged", best, samples)


def _space(
    source: Source, looks: Sequence[Look], near: Sequence[Neighbourhood], places: list[int]
) -> tuple[Source, list[Fact]]:
    """A picture, volume or clip: two or three axes have a place in it, all others are channels."""
    facts: list[Fact] = []
    time = None
    if len(places) == 3:
        channels = [near[place] for place in range(len(near)) if place not in places]
        axis, signs, how = _time_signs(looks, near, places, coloured=_are_colours(channels))
        facts = as_facts([("time_signs", signs, "signs", how)], len(looks))
        time = axis if signs >= SIGNS else None
    if time is None:  # what is only ordered, and neither time nor a neighbourhood, is channels
        places = [place for place in places if is_near(near[place])]
    rest = [place for place in range(len(near)) if place not in places]
    space: tuple[AxisName, ...] = ("height", "width") if len(places) == 2 else ("depth", "height", "width")
    if time is not None:
        space = ("time", "height", "width")
        places = [time, *(place for place in places if place != time)]
    naming = Naming((*space, "channel"), (*places, *rest), (*[1] * len(places), len(rest)))
    return rename(source, naming), facts


def _time_signs(
    looks: Sequence[Look], near: Sequence[Neighbourhood], places: Sequence[int], *, coloured: bool
) -> tuple[int, int, str]:
    """Of three axes the one with most signs of time, how many it shows, and which."""
    found = []
    for axis in places:
        first, second = (place for place in places if place != axis)
        content = np.mean([seen.content for seen in looks], axis=0)
        still = content[axis] / max(min(content[first], content[second]), 1e-12)
        z = np.arctanh([min(near[place].adjacent, 0.9999) for place in (axis, first, second)])
        odd, between = min(abs(z[0] - z[1]), abs(z[0] - z[2])), abs(z[1] - z[2])
        sizes = [np.median([seen.shape[place] for seen in looks]) for place in (axis, first, second)]
        short = axis == places[0] and 2 * sizes[0] <= min(sizes[1:])
        signs = [
            still <= STILLNESS,
            odd >= max(ODDNESS, 2 * between),
            (sizes[1] == sizes[2] != sizes[0]) or short,
        ]
        how = (
            f"axis {axis + 1} of {len(near)}: content of slices varies {still:.2f} of that along the others, "
            f"neighbour correlation {odd:.2f} from theirs in z ({between:.2f} between them), "
            f"size {sizes[0]:g} beside {sizes[1]:g} and {sizes[2]:g}, {'' if coloured else 'not '}in colour"
        )
        found.append((int(sum(signs)) + 2 * coloured, -axis, how))
    signs_found, negative, how = max(found)
    return -negative, signs_found, how


def _are_colours(channels: Sequence[Neighbourhood]) -> bool:
    """Whether all that is no place is one axis of three channels that are alike."""
    return len(channels) == 1 and channels[0].size == COLOURS and channels[0].random_pairs >= COLOURED


def rename(source: Source, naming: Naming) -> Source:
    """The source with axes in that order and by those names; merged axes are flattened."""
    sizes = [source.spec.input.axes[axis].size for axis in naming.order]
    axes, start = [], 0
    for name, count in zip(naming.names, naming.groups, strict=True):
        part = [1 if size is None else size for size in sizes[start : start + count]]
        varies = None in sizes[start : start + count]
        axes.append(Axis(name=name, size=None if varies else int(np.prod(part, dtype=int))))
        start += count
    update = {"axes": tuple(axes), "stored_order": naming.order, "merged": naming.groups}
    inputs = (source.spec.input.model_copy(update=update), *source.spec.inputs[1:])
    read = partial(_read_named, source.read, naming)
    steps = source.read_steps if naming.order[0] == 0 and naming.groups[0] == 1 else None
    read_steps = partial(_steps_named, steps, naming) if steps is not None else None
    spec = source.spec.model_copy(update={"inputs": inputs})
    return replace(source, spec=spec, read=read, read_steps=read_steps)


def _read_named(read: Callable[[int], Sample], naming: Naming, index: int) -> Sample:
    return _named(read(index), naming)


def _steps_named(read: Callable[[int, int], Sample], naming: Naming, start: int, stop: int) -> Sample:
    return _named(read(start, stop), naming)


def _named(sample: Sample, naming: Naming) -> Sample:
    if isinstance(sample, str):
        return sample
    ordered = sample.transpose(naming.order)
    shape, start = [], 0
    for count in naming.groups:
        shape.append(int(np.prod(ordered.shape[start : start + count], dtype=int)))
        start += count
    return ordered.reshape(shape)
