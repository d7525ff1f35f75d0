"""NumPy files: `.npz` and `.npy`, one file, `X.npy` beside `y.npy`, or `train.npz` beside `test.npz`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError
from advisor.readers import folders
from advisor.readers.array_files import SUFFIXES, Stored, stored_arrays
from advisor.readers.labels import (
    check_labels,
    from_array,
    one_per_sample,
    parts_array,
    split_counts,
    target_spec,
)
from advisor.readers.source import Sample, Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "array"
LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes"})
PICTURES = frozenset({"image", "images", "img", "imgs", "pictures"})
CLIPS = frozenset({"clip", "clips", "video", "videos", "movies"})
SERIES = frozenset({"series", "signals", "waves"})
INPUTS = (
    PICTURES | CLIPS | SERIES | {"x", "data", "input", "inputs", "samples", "features", "sequences", "texts"}
)
FEW_CHANNELS = 4  # an axis of at most this many, first or last in a picture, holds its channels
PART_ORDER = ("train", "validation", "test", "")


@dataclass(frozen=True)
class Block:
    """The samples of one part, how their axes are moved, and their labels."""

    part: str
    inputs: Stored
    sample_axis: int
    labels: NDArray[np.generic] | None

    @property
    def count(self) -> int:
        return self.inputs.shape[self.sample_axis]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample, as it lies in the file."""
        return self.inputs.shape[: self.sample_axis] + self.inputs.shape[self.sample_axis + 1 :]


def sniff(path: Path) -> int:
    """How many NumPy files there are; 0 is not this form."""
    if path.is_file():
        return int(folders.suffix(path.name) in SUFFIXES)
    return sum(folders.suffix(entry.name) in SUFFIXES for entry in folders.visible(path) if entry.is_file())


def read(path: Path, *, target: str | None = None) -> Source:
    """Arrays with their labels where there are any. Axes that no name tells are `unknown`.

    The sample axis is the one as long as the labels, else the first.

    Raises:
        UnsafeDataError: arrays of Python objects (only a pickle loader could open them), or too large.
        DataError: labels that match no axis, or parts whose samples have different shapes.
    """
    return _read(path, labelled=True, target=target)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """The samples alone; labels in the file are left out."""
    return _read(path, labelled=False, target=None)


def _read(path: Path, *, labelled: bool, target: str | None) -> Source:
    stored = stored_arrays(path)
    blocks, unused = _blocks(path, stored)
    if labelled and len(blocks) == 1 and blocks[0].labels is None and len(blocks[0].inputs.shape) == 1:
        return _one_series(path, blocks[0].inputs)
    names, move = _axes(blocks, path)
    labels = _join_labels(blocks) if labelled else None
    counts = [block.count for block in blocks]
    parts = parts_array([block.part for block in blocks for _ in range(block.count)]) if labelled else None
    if labels is not None and labels.dtype.kind == "O" and parts is not None:
        check_labels(path, labels.tolist(), parts.tolist())
    stems = [block.part or path.stem for block in blocks]
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=sum(counts),
            inputs=(InputSpec(name=_input_name(blocks[0]), dtype=blocks[0].inputs.dtype.name, axes=names),),
            target=None if labels is None else target_spec(target or "label", labels),
            splits=split_counts(parts, labels),
        ),
        ids=[f"{stem}/{i}" for stem, count in zip(stems, counts, strict=True) for i in range(count)],
        read=_reader(blocks, move),
        labels=labels,
        parts=parts,
        skipped=tuple(
            Skipped(one.where, f"an array of shape {one.shape} that is not used") for one in unused
        ),
    )


def _one_series(path: Path, inputs: Stored) -> Source:
    """A vector without labels is one long series with one channel."""
    axes = (Axis(name="time", size=inputs.shape[0]), Axis(name="channel", size=1))
    load = functools.cache(inputs.load)
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=1,
            inputs=(InputSpec(name="series", dtype=inputs.dtype.name, axes=axes),),
            target=TargetSpec(name="all", kind="future"),
            splits=split_counts(None, None),
        ),
        ids=[path.name],
        read=lambda i: load()[:, None],
    )


# --- which arrays belong together -----------------------------------------------------------------


def _blocks(path: Path, stored: list[Stored]) -> tuple[list[Block], list[Stored]]:
    blocks, used = [], set()
    for part in sorted({one.part for one in stored}, key=PART_ORDER.index):
        mine = [one for one in stored if one.part == part]
        inputs = _inputs_among(mine)
        if inputs is None:
            continue
        beside = _labels_beside(inputs, mine)
        labels, axis = None, 0
        if beside is not None:
            labels = one_per_sample(np.asarray(beside.load()), beside.where)
            axis = _sample_axis(inputs, beside, len(labels))
        blocks.append(Block(part, inputs, axis, labels))
        used |= {inputs.where, beside.where if beside else ""}
    if not blocks:
        raise NoDataError(
            f"{path}: no array of samples among {', '.join(one.where for one in stored)}: name it `x`"
        )
    return blocks, [one for one in stored if one.where not in used]


def _inputs_among(stored: list[Stored]) -> Stored | None:
    """The array named as input; else the largest that is not named as labels."""
    candidates = [one for one in stored if not set(one.words) & LABELS and one.shape]
    named = [one for one in candidates if set(one.words) & INPUTS]
    return max(named or candidates, key=lambda one: math.prod(one.shape), default=None)


def _labels_beside(inputs: Stored, stored: list[Stored]) -> Stored | None:
    """The array named as labels; else a vector as long as the samples, as `numpy.savez(file, x, y)` gives."""
    named = [one for one in stored if set(one.words) & LABELS and one is not inputs]
    unnamed = [
        one
        for one in stored
        if one is not inputs
        and len(one.shape) == 1
        and one.shape[0] == inputs.shape[0]
        and "arr" in one.words
    ]
    return next(iter(named or unnamed), None)


def _sample_axis(inputs: Stored, beside: Stored, count: int) -> int:
    if count not in inputs.shape:
        raise DataError(
            f"{beside.where}: {count} labels for samples of shape {inputs.shape} in {inputs.where}: "
            "one label per sample is needed"
        )
    return inputs.shape.index(count)


def _join_labels(blocks: list[Block]) -> NDArray[np.generic] | None:
    """Labels of all parts, judged together; a part without labels gets missing ones."""
    given = [block.labels for block in blocks if block.labels is not None]
    if not given:
        return None
    texts = any(labels.dtype.kind == "U" for labels in given)
    filled = [
        np.full(block.count, "" if texts else np.nan) if block.labels is None else block.labels
        for block in blocks
    ]
    return from_array(np.concatenate([part.astype(str) for part in filled] if texts else filled))


# --- what one sample is ---------------------------------------------------------------------------


def _axes(
    blocks: list[Block], path: Path
) -> tuple[tuple[Axis, ...], Callable[[NDArray[np.generic]], Sample]]:
    """Named axes of a sample, and the function that gives a stored sample those axes."""
    shapes = {block.shape for block in blocks}
    if len({len(shape) for shape in shapes}) > 1:
        raise DataError(f"{path}: samples of different ranks ({', '.join(map(str, shapes))}) in its parts")
    shape = tuple(
        sizes.pop() if len(sizes := set(column)) == 1 else None for column in zip(*shapes, strict=True)
    )
    if not shape:
        return _scalar_axes(blocks[0])
    layout, order = _layout(set(blocks[0].inputs.words), shape)
    sizes_of: list[int | None] = [1 if axis is None else shape[axis] for axis in order]
    axes = tuple(Axis.model_validate({"name": n, "size": s}) for n, s in zip(layout, sizes_of, strict=True))
    kept = [axis for axis in order if axis is not None]

    def move(sample: NDArray[np.generic]) -> Sample:
        moved = sample.transpose(kept)
        return moved if None not in order else moved[..., None]

    return axes, move


def _scalar_axes(block: Block) -> tuple[tuple[Axis, ...], Callable[[NDArray[np.generic]], Sample]]:
    """One text per sample, or one number."""
    if block.inputs.dtype.kind in "SU":
        return (
            Axis(name="token"),
        ), lambda text: text.item() if isinstance(text.item(), str) else text.item().decode()
    return (Axis(name="feature", size=1),), lambda number: number[None]


def _layout(words: set[str], shape: tuple[int | None, ...]) -> tuple[tuple[str, ...], list[int | None]]:
    """Axis names and, for each, its place in the stored sample; None is a channel axis to be added."""
    rank = len(shape)
    if words & SERIES and rank <= 2:
        return ("time", "channel"), [0, 1] if rank == 2 else [0, None]
    frames = [0] if words & CLIPS else []
    rest = list(range(len(frames), rank))
    if (frames or words & PICTURES) and len(rest) in (2, 3):
        names = (*("time" for _ in frames), "height", "width", "channel")
        return names, [*frames, *_picture_order(rest, shape)]
    return ("unknown",) * rank, list(range(rank))


def _picture_order(axes: list[int], shape: tuple[int | None, ...]) -> list[int | None]:
    if len(axes) == 2:
        return [*axes, None]
    first, last = shape[axes[0]] or FEW_CHANNELS + 1, shape[axes[2]] or FEW_CHANNELS + 1
    return [axes[1], axes[2], axes[0]] if first <= FEW_CHANNELS < last else list(axes)


def _input_name(block: Block) -> str:
    words = set(block.inputs.words)
    for name, among in (("image", PICTURES), ("clip", CLIPS), ("series", SERIES)):
        if words & among:
            return name
    return "text" if block.inputs.dtype.kind in "SU" else "x"


def _reader(blocks: list[Block], move: Callable[[NDArray[np.generic]], Sample]) -> Callable[[int], Sample]:
    starts = np.cumsum([0, *(block.count for block in blocks)])
    loaders = [functools.cache(block.inputs.load) for block in blocks]  # a compressed array is unpacked once

    def read_one(index: int) -> Sample:
        block = int(np.searchsorted(starts, index, side="right")) - 1
        axis = blocks[block].sample_axis
        rows = np.moveaxis(loaders[block](), axis, 0)
        return move(np.array(rows[index - int(starts[block])]))  # not a view of what is kept

    return read_one
