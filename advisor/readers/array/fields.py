"""Arrays whose axes the file names (NetCDF, Zarr, HDF5 with scales): fields over time, maps, stations."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnsafeDataError
from advisor.readers.array import cf_times
from advisor.readers.array.array_roles import LABELS
from advisor.readers.array.field_names import Role
from advisor.readers.array.field_pieces import (
    SPACE,
    Piece,
    channels_of,
    in_time_order,
    joined_times,
    piece_of,
    unused,
    values_of,
)
from advisor.readers.array.stored import MAX_AT_ONCE, Stored, group_of
from advisor.readers.labels import from_array, label_name, one_per_sample, split_counts, target_spec
from advisor.readers.source import Skipped, Source
from advisor.records import Axis, Column, DatasetSpec, InputSpec, TargetSpec

FORMAT = "field"


def build(
    path: Path, stored: Sequence[Stored], target: str | None = None, *, file_each: bool = False
) -> Source | None:
    """A Source of the variables with the most values; None where their axes have no names that are known.

    With time and two axes of space one long clip (time, height, width, channel), with time alone or with
    stations one long series (time, channel), both to be continued; pictures and maps where there is no time.
    Files that follow each other in time are one; variables and levels are channels.

    Args:
        file_each: every file holds a step, `.npy` too, which otherwise are the variables of their folder.
    """
    by_file = [
        list(group)
        for _, group in itertools.groupby(stored, key=lambda one: one.file if file_each else group_of(one))
    ]
    pieces = [piece for group in by_file if (piece := piece_of(group)) is not None]
    if not pieces or len(pieces) < len(by_file) / 2:
        return None
    skipped = [Skipped(one.where, "not one of the variables used") for one in unused(stored, pieces)]
    known = set(pieces[0].roles) & {"time", "height", "width", "place"}
    samples = "sample" in pieces[0].roles and (pieces[0].size("sample") or 0) > 1
    if samples or not known:
        return _samples(path, pieces[0], stored, target, skipped) if known & {"time", "height"} else None
    pieces, left_out = in_time_order(pieces)
    skipped += [Skipped(one.main.where, "of another shape than the first") for one in left_out]
    return _one(path, pieces, target, tuple(skipped))


# --- their Source ---------------------------------------------------------------------------------


def _one(path: Path, pieces: list[Piece], target: str | None, skipped: tuple[Skipped, ...]) -> Source:
    """One sample: a field or a series over time, or a map."""
    first = pieces[0]
    steps = sum(piece.steps for piece in pieces)
    times = joined_times(pieces)
    in_space = all(role in first.roles for role in SPACE)
    in_time = steps > 1
    stamp = first.coordinate("time")
    spacing, unit = cf_times.step_of(times, stamp)
    space = [_space_axis(first, "height"), _space_axis(first, "width")] if in_space else []
    channels = channels_of(first, in_space)
    axes = [*space, Axis(name="channel", size=channels)]
    if in_time:
        axes.insert(0, Axis(name="time", size=steps, spacing=spacing, unit=unit))
    sizes = [axis.size or 1 for axis in axes]

    def read_steps(start: int, stop: int) -> NDArray[np.generic]:
        found, begin = [], 0
        for piece in pieces:
            low, high = max(start - begin, 0), min(stop - begin, piece.steps)
            if low < high:
                found.append(values_of(piece, low, high, in_space))
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
            time_index=_time_index(first) if in_time else None,
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
    axes = [*space, Axis(name="channel", size=channels_of(piece, in_space))]
    if in_time:
        spacing, unit = cf_times.step_of(piece.times, piece.coordinate("time"))
        axes.insert(0, Axis(name="time", size=piece.steps, spacing=spacing, unit=unit))
    dim = piece.main.dims[piece.roles.index("sample")]
    given = next((one for one in stored if set(one.words) & LABELS and one.dims[:1] == (dim,)), None)
    labels = None if given is None else from_array(one_per_sample(given.whole(), given.where))
    spec = None if labels is None else target_spec(label_name(target), labels)

    def read(index: int) -> NDArray[np.generic]:
        found = values_of(piece, 0, piece.steps, in_space, sample=index)
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
