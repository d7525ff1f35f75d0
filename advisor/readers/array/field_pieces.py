"""The variables of a field: which belong together, in which order of time, and reading their steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.readers import folders
from advisor.readers.array import cf_times
from advisor.readers.array.array_roles import LABELS
from advisor.readers.array.field_names import Role, is_time, roles
from advisor.readers.array.stored import Stored

SPACE: tuple[Role, ...] = ("height", "width")


@dataclass(frozen=True)
class Piece:
    """The variables of one file (or more of one time span) that make up the channels of its steps."""

    variables: tuple[Stored, ...]
    roles: tuple[Role, ...]
    coordinates: Mapping[str, Stored]
    times: NDArray[np.float64] | None

    @property
    def main(self) -> Stored:
        return self.variables[0]

    def size(self, role: Role) -> int | None:
        """Of the axis with that role, None where there is none."""
        return self.main.shape[self.roles.index(role)] if role in self.roles else None

    @property
    def steps(self) -> int:
        return self.size("time") or 1

    def coordinate(self, role: Role) -> Stored | None:
        """The coordinate of the axis with that role."""
        return self.coordinates.get(self.main.dims[self.roles.index(role)]) if role in self.roles else None


def piece_of(stored: Sequence[Stored]) -> Piece | None:
    coordinates = {one.name.rsplit("/", 1)[-1]: one for one in stored if _is_coordinate(one)}
    beside = {name for one in stored for name in str(one.attributes.get("coordinates", "")).split()}
    beside |= {str(one.attributes["bounds"]) for one in stored if "bounds" in one.attributes}
    candidates = [
        one
        for one in stored
        if one.dims
        and math.prod(one.shape) > 0
        and one.dtype.kind in "biuf"
        and one.name not in coordinates
        and one.name not in beside
        and not set(one.words) & LABELS
        and "bounds" not in roles(one.dims, coordinates)
    ]
    if not candidates:
        return None
    main = _most_values(candidates)
    found = roles(main.dims, coordinates)
    if not _is_measured(main):
        axes = set(found) - {""}
        better = [
            one for one in candidates if _is_measured(one) and axes <= set(roles(one.dims, coordinates))
        ]
        main = _most_values(better or [main])
        found = roles(main.dims, coordinates)
    alike = tuple(one for one in candidates if one.dims == main.dims and one.shape == main.shape)
    if not set(found) - {"", "channel"}:
        return None
    times = None
    if "time" in found:
        steps = main.shape[found.index("time")]
        name = main.dims[found.index("time")]
        given = [one for one in stored if one.name == name] + [one for one in stored if is_time(one)]
        times = next((known for one in given if (known := cf_times.seconds(one, steps)) is not None), None)
        coordinates.update({name: given[0]} if given else {})
    return Piece(alike, found, coordinates, times)


def _most_values(candidates: Sequence[Stored]) -> Stored:
    return max(candidates, key=lambda one: math.prod(one.shape))


def _is_measured(one: Stored) -> bool:
    """Whether it says what it is and in which unit, as CF asks of all that is measured; a variable beside it
    that does not, however large, is a help to reckon with."""
    return "units" in one.attributes or "standard_name" in one.attributes


def _is_coordinate(one: Stored) -> bool:
    return len(one.shape) == 1 and one.dims == (one.name.rsplit("/", 1)[-1],)


def unused(stored: Sequence[Stored], pieces: Sequence[Piece]) -> list[Stored]:
    used = {one.where for piece in pieces for one in (*piece.variables, *piece.coordinates.values())}
    return [
        one for one in stored if one.where not in used and len(one.shape) > 1 and one.dtype.kind in "biuf"
    ]


def in_time_order(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Pieces that follow each other, in order of time; those with other axes are left out.

    Files with other variables at the same times add channels. Files without a time of their own follow
    each other by name.
    """
    first = pieces[0]
    alike = [one for one in pieces if one.roles == first.roles and _other_sizes(one) == _other_sizes(first)]
    left_out = [one for one in pieces if one not in alike]
    names = {one.main.name for one in alike}
    starts = {float(one.times[0]) for one in alike if one.times is not None and len(one.times)}
    if len(names) > 1 and len({one.steps for one in alike}) == 1 and len(starts) <= 1:
        variables = tuple(variable for one in alike for variable in one.variables)
        return [Piece(variables, first.roles, first.coordinates, first.times)], left_out
    counts = {len(one.variables) for one in alike}
    if len(counts) > 1:
        fewest = min(counts)
        alike = [Piece(one.variables[:fewest], one.roles, one.coordinates, one.times) for one in alike]
    if len(starts) == len(alike):
        return sorted(alike, key=lambda one: float(one.times[0]) if one.times is not None else 0.0), left_out
    return sorted(alike, key=lambda one: folders.natural(one.main.file)), left_out


def _other_sizes(piece: Piece) -> tuple[int, ...]:
    return tuple(
        size
        for size, role in zip(piece.main.shape, piece.roles, strict=True)
        if role not in ("time", "sample")
    )


def channels_of(piece: Piece, in_space: bool) -> int:
    kept = {"time", "sample", *(SPACE if in_space else ())}
    others = [size for size, role in zip(piece.main.shape, piece.roles, strict=True) if role not in kept]
    return int(np.prod(others, dtype=int)) * len(piece.variables)


def values_of(piece: Piece, start: int, stop: int, in_space: bool, sample: int = 0) -> NDArray[np.float32]:
    """float32 [time, (height, width,) channel] of those steps; missing where the file says so."""
    order = [
        piece.roles.index(role) for role in ("time", *(SPACE if in_space else ())) if role in piece.roles
    ]
    found = []
    for variable in piece.variables:
        place = tuple(
            slice(start, stop)
            if role == "time"
            else slice(sample, sample + 1)
            if role == "sample"
            else slice(None)
            for role in piece.roles
        )
        values = _decoded(np.asarray(variable.load()[place]), variable)
        rest = [axis for axis in range(values.ndim) if axis not in order]
        moved = values.transpose([*order, *rest])
        lead = moved.shape[: len(order)] if "time" in piece.roles else (1, *moved.shape[: len(order)])
        found.append(moved.reshape(*lead, -1))
    return np.concatenate(found, axis=-1)


def _decoded(values: NDArray[np.generic], variable: Stored) -> NDArray[np.float32]:
    """Packed integers unpacked, what stands for a missing value as NaN (CF conventions, 2.5.1 and 8.1)."""
    given = variable.attributes
    with np.errstate(over="ignore", invalid="ignore"):
        found = values.astype(np.float32)
    for name in ("_FillValue", "missing_value"):
        if isinstance(given.get(name), (int, float, np.number)):
            found[values == np.asarray(given[name]).astype(values.dtype)] = np.nan
    if values.dtype.kind == "f":
        found[np.abs(found) > 1e30] = np.nan  # NetCDF's own fill value is 9.97e36
    scale, offset = given.get("scale_factor", 1.0), given.get("add_offset", 0.0)
    if not isinstance(scale, (int, float, np.number)) or not isinstance(offset, (int, float, np.number)):
        return found
    with np.errstate(over="ignore", invalid="ignore"):
        return found * np.float32(scale) + np.float32(offset)


def joined_times(pieces: Sequence[Piece]) -> NDArray[np.float64] | None:
    given = [piece.times for piece in pieces if piece.times is not None]
    return np.concatenate(given) if len(given) == len(pieces) else None
