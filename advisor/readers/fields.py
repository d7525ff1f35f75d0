"""Arrays whose axes the file names (NetCDF, Zarr, HDF5 with scales): fields over time, maps, stations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnsafeDataError
from advisor.readers import cf_times, folders
from advisor.readers.array_roles import LABELS
from advisor.readers.field_names import Role, is_time, roles
from advisor.readers.labels import from_array, one_per_sample, split_counts, target_spec
from advisor.readers.source import Skipped, Source
from advisor.readers.stored import MAX_AT_ONCE, Stored, group_of
from advisor.records import Axis, Column, DatasetSpec, InputSpec, TargetSpec

FORMAT = "field"
MOST_CHANNELS = 4_096  # variables times levels or stations
SPACE = ("height", "width")


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


def build(path: Path, stored: Sequence[Stored], target: str | None = None) -> Source | None:
    """A Source of the variables with the most values; None where their axes have no names that are known.

    With time and two axes of space one long clip (time, height, width, channel), with time alone or with
    stations one long series (time, channel), both to be continued; pictures and maps where there is no time.
    Files that follow each other in time are one; variables and levels are channels.
    """
    by_file = [list(group) for _, group in itertools.groupby(stored, key=group_of)]
    pieces = [piece for group in by_file if (piece := _piece(group)) is not None]
    if not pieces or len(pieces) < len(by_file) / 2:
        return None
    skipped = [Skipped(one.where, "not one of the variables used") for one in _unused(stored, pieces)]
    known = set(pieces[0].roles) & {"time", "height", "width", "place"}
    samples = "sample" in pieces[0].roles and (pieces[0].size("sample") or 0) > 1
    if samples or not known:
        return _samples(path, pieces[0], stored, target, skipped) if known & {"time", "height"} else None
    pieces, left_out = _in_time(pieces)
    skipped += [Skipped(one.main.where, "of another shape than the first") for one in left_out]
    return _one(path, pieces, target, tuple(skipped))


# --- which variables ------------------------------------------------------------------------------


def _piece(stored: Sequence[Stored]) -> Piece | None:
    coordinates = {one.name.rsplit("/", 1)[-1]: one for one in stored if _is_coordinate(one)}
    beside = {name for one in stored for name in str(one.attributes.get("coordinates", "")).split()}
    beside |= {str(one.attributes.get("bounds", "")) for one in stored}
    candidates = [
        one
        for one in stored
        if one.dims
        and one.shape
        and one.dtype.kind in "biuf"
        and one.name not in coordinates
        and one.name not in beside
        and not set(one.words) & LABELS
        and "bounds" not in roles(one.dims, coordinates)
    ]
    if not candidates:
        return None
    main = max(candidates, key=lambda one: one.nbytes / one.dtype.itemsize)
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


def _is_coordinate(one: Stored) -> bool:
    return len(one.shape) == 1 and one.dims == (one.name.rsplit("/", 1)[-1],)


def _unused(stored: Sequence[Stored], pieces: Sequence[Piece]) -> list[Stored]:
    used = {one.where for piece in pieces for one in (*piece.variables, *piece.coordinates.values())}
    return [
        one for one in stored if one.where not in used and len(one.shape) > 1 and one.dtype.kind in "biuf"
    ]


def _in_time(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
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


# --- their Source ---------------------------------------------------------------------------------


def _one(path: Path, pieces: list[Piece], target: str | None, skipped: tuple[Skipped, ...]) -> Source:
    """One sample: a field or a series over time, or a map."""
    first = pieces[0]
    steps = sum(piece.steps for piece in pieces)
    times = _joined_times(pieces)
    in_space = all(role in first.roles for role in SPACE)
    in_time = steps > 1
    stamp = first.coordinate("time")
    spacing, unit = cf_times.step_of(times, stamp)
    space = [_space_axis(first, "height"), _space_axis(first, "width")] if in_space else []
    channels = _channels(first, in_space)
    axes = [*space, Axis(name="channel", size=channels)]
    if in_time:
        axes.insert(0, Axis(name="time", size=steps, spacing=spacing, unit=unit))
    sizes = [axis.size or 1 for axis in axes]

    def read_steps(start: int, stop: int) -> NDArray[np.generic]:
        found, begin = [], 0
        for piece in pieces:
            low, high = max(start - begin, 0), min(stop - begin, piece.steps)
            if low < high:
                found.append(_values(piece, low, high, in_space))
            begin += piece.steps
        return np.concatenate(found) if found else np.zeros((0, *sizes[1:]), np.float32)

    def read(index: int) -> NDArray[np.generic]:
        if 4 * np.prod(sizes, dtype=float) > MAX_AT_ONCE:
            raise UnsafeDataError(f"{path}: {steps} steps are over {MAX_AT_ONCE:,} bytes: give fewer files")
        whole = read_steps(0, steps)
        return whole if in_time else whole[0]

    def read_frames(index: int, count: int, size: int | None = None) -> NDArray[np.generic]:
        wanted = np.unique(np.linspace(0, steps - 1, min(count, steps)).round().astype(int)).tolist()
        return np.concatenate([read_steps(step, step + 1) for step in wanted])

    names = [variable.name for variable in first.variables]
    columns = tuple(Column(name=name, kind="number") for name in names) if len(names) == channels else ()
    stamps = cf_times.stamps(stamp, times) if in_time and stamp is not None and times is not None else None
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=1,
            inputs=(
                InputSpec(
                    name=first.main.name, dtype=first.main.dtype.name, axes=tuple(axes), columns=columns
                ),
            ),
            target=TargetSpec(name=target or "all", kind="future") if in_time else None,
            splits=split_counts(None, None),
            time_index=first.main.dims[first.roles.index("time")]
            if in_time and "time" in first.roles
            else None,
        ),
        ids=[path.name],
        read=read,
        skipped=skipped,
        timestamps=stamps,
        read_frames=read_frames if in_space and in_time else None,
        read_steps=read_steps if in_space and in_time else None,
    )


def _time_index(piece: Piece) -> str:
    """What says the time of each step."""
    return piece.main.dims[piece.roles.index("time")] if "time" in piece.roles else "file name"


def _samples(
    path: Path, piece: Piece, stored: Sequence[Stored], target: str | None, skipped: list[Skipped]
) -> Source:
    """Many samples side by side (members, events, patches), with their labels where a variable has them."""
    count = piece.size("sample") or 1
    in_space = all(role in piece.roles for role in SPACE)
    in_time = "time" in piece.roles
    space = [_space_axis(piece, "height"), _space_axis(piece, "width")] if in_space else []
    axes = [*space, Axis(name="channel", size=_channels(piece, in_space))]
    if in_time:
        spacing, unit = cf_times.step_of(piece.times, piece.coordinate("time"))
        axes.insert(0, Axis(name="time", size=piece.steps, spacing=spacing, unit=unit))
    dim = piece.main.dims[piece.roles.index("sample")]
    given = next((one for one in stored if set(one.words) & LABELS and one.dims[:1] == (dim,)), None)
    labels = None if given is None else from_array(one_per_sample(given.whole(), given.where))
    spec = None if labels is None else target_spec(target or "label", labels)

    def read(index: int) -> NDArray[np.generic]:
        found = _values(piece, 0, piece.steps, in_space, sample=index)
        return found if in_time else found[0]

    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=count,
            inputs=(InputSpec(name=piece.main.name, dtype=piece.main.dtype.name, axes=tuple(axes)),),
            target=spec or (TargetSpec(name="all", kind="future") if in_time else None),
            splits=split_counts(None, labels),
        ),
        ids=[f"{path.stem}/{i}" for i in range(count)],
        read=read,
        labels=labels,
        skipped=tuple(skipped),
    )


def _channels(piece: Piece, in_space: bool) -> int:
    kept = {"time", "sample", *(SPACE if in_space else ())}
    others = [size for size, role in zip(piece.main.shape, piece.roles, strict=True) if role not in kept]
    return int(np.prod(others, dtype=int)) * len(piece.variables)


def _values(piece: Piece, start: int, stop: int, in_space: bool, sample: int = 0) -> NDArray[np.float32]:
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
    numeric = isinstance(scale, (int, float, np.number)) and isinstance(offset, (int, float, np.number))
    return found * np.float32(scale) + np.float32(offset) if numeric else found


def _space_axis(piece: Piece, role: Role) -> Axis:
    """With the spacing of its coordinate, where that is even."""
    one = piece.coordinate(role)
    size = piece.size(role)
    spacing, unit = None, None
    if one is not None and one.shape == (size,) and one.dtype.kind in "iuf" and len(one.dims) == 1:
        steps = np.diff(np.asarray(one.whole(), dtype=np.float64))
        if len(steps) and np.allclose(steps, steps.mean(), rtol=1e-2) and steps.mean():
            spacing, unit = abs(float(steps.mean())), str(one.attributes.get("units", "")) or None
    return Axis.model_validate({"name": role, "size": size, "spacing": spacing, "unit": unit})


def _joined_times(pieces: Sequence[Piece]) -> NDArray[np.float64] | None:
    given = [piece.times for piece in pieces if piece.times is not None]
    return np.concatenate(given) if len(given) == len(pieces) else None
