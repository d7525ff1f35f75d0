"""Names of axes by the arrays beside: one as long as an axis and called `time` or `lat` is its coordinate."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from advisor.readers.array.field_names import Role, roles
from advisor.readers.array.stored import Stored, group_of, plain_shape
from advisor.readers.video.frame_names import numbering_of

ORDER: tuple[Role, ...] = ("time", "level", "height", "width")
"""In which axes are matched with coordinates: of two axes of one length the first is height."""

LEAST_MAPS = 8  # files of one map each that are a recording
LEAST_LAST_MAPS = 24  # the same where they lie along the last axis, as variables and bands may too


def with_dims(stored: Sequence[Stored]) -> list[Stored]:
    """The arrays with the names of their axes, where coordinates beside them in the file tell enough.

    Enough is both axes of space, or time for an array (time, channel). Coordinates are vectors with a
    usual name.
    """
    named: list[Stored] = []
    for _, group in itertools.groupby(stored, key=group_of):
        named += _named(list(group))
    return named


def with_times(stored: Sequence[Stored]) -> list[Stored]:
    """Maps whose files are named by times that go on in even steps, with the names of their axes."""
    by_file = [list(group) for _, group in itertools.groupby(stored, key=lambda one: one.file)]
    maps = [max(group, key=lambda one: one.nbytes) for group in by_file]
    if (
        len(maps) < LEAST_MAPS
        or {len(one.shape) for one in maps} != {2}
        or len({one.shape for one in maps}) > 1
    ):
        return list(stored)
    numbering = numbering_of([Path(one.file).stem for one in maps])
    if numbering is None or numbering.times is None or not numbering.even:
        return list(stored)
    chosen = {one.where for one in maps}
    return [replace(one, dims=("y", "x")) if one.where in chosen else one for one in stored]


def stamped(inputs: Stored, stored: Sequence[Stored]) -> bool:
    """Whether a vector of times as long as the first axis lies beside the samples."""
    beside = [one for one in stored if one is not inputs and one.shape == inputs.shape[:1]]
    return any(_role(one) == "time" for one in beside)


def _named(stored: list[Stored]) -> list[Stored]:
    vectors = [one for one in stored if len(plain_shape(one.shape)) == 1 and _may_count(one)]
    wide = [one for one in stored if len(plain_shape(one.shape)) > 1]
    coordinates = [one for role in ORDER for one in vectors if _role(one) == role]
    if any(one.dims for one in stored) or not coordinates or not wide:
        return stored
    main = max(wide, key=lambda one: math.prod(one.shape))
    dims = _with_steps(_match(main.shape, coordinates), main.shape)
    found = set(roles(dims, {}))
    if not ({"height", "width"} <= found or ("time" in found and len(main.shape) == 2)):
        return stored
    return [
        replace(one, dims=dims)
        if one.shape == main.shape
        else replace(one, dims=(_name(one),))
        if len(one.shape) == 1 and _name(one) in dims
        else one
        for one in stored
    ]


def _match(shape: tuple[int, ...], coordinates: Sequence[Stored]) -> tuple[str, ...]:
    """The name of the coordinate of each axis; each names the first axis of its length without one."""
    dims: dict[int, str] = {}
    for one in coordinates:
        size = plain_shape(one.shape)[0]
        place = next((axis for axis, most in enumerate(shape) if most == size and axis not in dims), None)
        if place is not None and _name(one) not in dims.values():
            dims[place] = _name(one)
    return tuple(dims.get(axis, f"axis{axis}") for axis in range(len(shape)))


def _with_steps(dims: tuple[str, ...], shape: tuple[int, ...]) -> tuple[str, ...]:
    """Names a first or last axis `time` that has no coordinate, where the other two are space and it is long:
    maps one after the other, as levels have their heights and variables are few."""
    space = set(roles(dims[1:], {})) == {"height", "width"}
    if space and dims[0] == "axis0" and shape[0] >= LEAST_MAPS:
        return ("time", *dims[1:])
    space = set(roles(dims[:-1], {})) == {"height", "width"}
    return (*dims[:-1], "time") if space and dims[-1] == "axis2" and shape[-1] >= LEAST_LAST_MAPS else dims


def _name(one: Stored) -> str:
    return one.name.rsplit("/", 1)[-1] or one.words[-1]


def _may_count(one: Stored) -> bool:
    """Numbers, or texts of times."""
    return one.dtype.kind in "iuf" or _role(one) == "time"


def _role(one: Stored) -> Role:
    return roles([one.words[-1]], {})[0] if one.words else ""
