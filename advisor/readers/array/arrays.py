"""Arrays in `.npy`, `.npz`, HDF5, `.mat`, NetCDF and Zarr, with labels or without, axes in any order."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError, UnreadableSampleError, UnsafeDataError
from advisor.readers import folders
from advisor.readers.array import array_groups, array_steps, array_tables, fields, padded
from advisor.readers.array.array_coordinates import stamped, with_dims, with_times
from advisor.readers.array.array_files import SUFFIXES, are_weights, array_files, stored_arrays
from advisor.readers.array.array_layout import input_name, layout
from advisor.readers.array.array_roles import LABELS, Block, Kind, inputs_among, labels_for
from advisor.readers.array.array_whole import may_be_turned, with_whole
from advisor.readers.array.stored import MAX_AT_ONCE, Indexable, Stored
from advisor.readers.labels import (
    check_labels,
    from_array,
    label_name,
    parts_array,
    split_counts,
    target_spec,
)
from advisor.readers.source import Sample, Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "array"
SNIFF_LOOKS = 4_000  # files without an array among them: there will be none
PART_ORDER = ("train", "validation", "test", "")


def sniff(path: Path) -> int:
    """How many files of arrays there are, and tables of labels beside them; 0 is not this form."""
    if path.is_file():
        return int(folders.suffix(path.name) in SUFFIXES)
    found = array_files(path, most=folders.SNIFF_ENOUGH, looks=SNIFF_LOOKS)
    if any(file.is_dir() for file in found):  # a Zarr store is all files below it
        return folders.SNIFF_ENOUGH
    if not found or are_weights(found[0]):  # then all are, which reading says
        return len(found)
    return len(found) + len(array_tables.tables(path))


def read(path: Path, *, target: str | None = None) -> Source:
    """Arrays with their labels where there are any. Axes that no name tells are `unknown`.

    The sample axis is the one as long as the labels; without labels the first, until it is measured.

    Raises:
        UnsafeDataError: arrays of Python objects (only a pickle loader could open them), or too large.
        DataError: labels that match no axis, or parts whose samples have different shapes.
    """
    return _read(path, labelled=True, target=target)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """The samples alone; labels in the file are left out."""
    return _read(path, labelled=False, target=None)


def _read(path: Path, *, labelled: bool, target: str | None) -> Source:
    stored, faults = stored_arrays(path)
    damaged = tuple(Skipped(fault.split(":")[0], fault) for fault in faults)
    field = _field(path, stored, target)
    if field is not None:
        return replace(field, skipped=(*field.skipped, *damaged))
    blocks, unused = _blocks(path, stored, target, labelled=labelled)
    left_out = tuple(
        Skipped(f"{one.where} of shape {one.shape}", "an array that is not used") for one in unused
    )
    source = _source(path, blocks, labelled=labelled, target=target)
    who = array_groups.find(blocks, unused, source.labels) if source.labels is not None else None
    if who is not None:
        source = replace(source, groups=who[1], group_name=who[0])
    source = padded.without_padding(source, unused)
    if may_be_turned(blocks):
        has_times = stamped(blocks[0].inputs, stored) or array_tables.list_times(path, blocks[0].count)
        turned = functools.partial(_unlabelled, path)
        source = with_whole(blocks[0], source, turned, stamped=has_times, target=target)
    return replace(source, skipped=(*left_out, *damaged))


def _unlabelled(path: Path, block: Block) -> Source:
    return _source(path, [block], labelled=False, target=None)


def _field(path: Path, stored: list[Stored], target: str | None) -> Source | None:
    """What arrays with named axes are, or with coordinates beside them that name these."""
    if not any(set(one.words) & LABELS for one in stored):
        stored = with_dims(stored)
        if not any(one.dims for one in stored):
            stored = with_times(stored)
            return _named(path, stored, target, file_each=True)
    return _named(path, stored, target, file_each=False)


def _named(path: Path, stored: list[Stored], target: str | None, *, file_each: bool) -> Source | None:
    if not any(one.dims for one in stored):
        return None
    return fields.build(path, stored, target, file_each=file_each)


def _source(path: Path, blocks: list[Block], *, labelled: bool, target: str | None) -> Source:
    ranks = {len(block.shape) for block in blocks}
    if len(ranks) > 1:
        shapes = ", ".join(str(block.shape) for block in blocks)
        raise DataError(f"{path}: samples of different ranks ({shapes}) in its parts")
    shape = tuple(
        sizes.pop() if len(sizes := set(column)) == 1 else None
        for column in zip(*(block.shape for block in blocks), strict=True)
    )
    first = blocks[0]
    _check_sample_size(first)
    in_one_picture = (
        len(blocks) == 1 and first.given is not None and first.given.kind == "mask" and first.axis is None
    )
    words = ("image",) if in_one_picture else first.inputs.words
    axes, move = layout(words, first.inputs.dtype, shape, many_channels=in_one_picture)
    if first.axis is None and first.inputs.dims == array_steps.DIMS:
        axes, move = (Axis(name="time", size=shape[0]), Axis(name="channel", size=shape[1])), np.asarray
    counts = [block.count for block in blocks]
    parts = parts_array([block.part for block in blocks for _ in range(block.count)]) if labelled else None
    labels = _join_labels(blocks) if labelled else None
    if labels is not None and labels.dtype.kind == "O" and parts is not None:
        check_labels(path, labels.tolist(), parts.tolist())
    stems = _stems(path, blocks)
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=sum(counts),
            inputs=(
                InputSpec(
                    name=input_name(first.inputs.words, first.inputs.dtype),
                    dtype=first.inputs.dtype.name,
                    axes=axes,
                ),
            ),
            target=_target(blocks, labels, target) if labelled else None,
            splits=split_counts(parts, labels),
        ),
        ids=[f"{stem}/{i}" for stem, count in zip(stems, counts, strict=True) for i in range(count)],
        read=_reader(blocks, move),
        labels=labels,
        parts=parts,
    )


def _stems(path: Path, blocks: Sequence[Block]) -> list[str]:
    stems = [block.part or path.stem for block in blocks]
    if len(set(stems)) == len(stems):
        return stems
    files = [f"{stem}/{Path(block.inputs.file).stem}" for stem, block in zip(stems, blocks, strict=True)]
    return files if len(set(files)) == len(files) else [block.inputs.name for block in blocks]


def _target(blocks: list[Block], labels: NDArray[np.generic] | None, target: str | None) -> TargetSpec | None:
    kinds: set[Kind | None] = {block.given.kind for block in blocks if block.given is not None}
    kind = next((kind for kind in kinds if kind is not None), None)
    if labels is not None:
        return target_spec(label_name(target), labels)
    return TargetSpec(name=label_name(target), kind=kind) if kind else None


def _check_sample_size(block: Block) -> None:
    size = math.prod(block.shape) * block.inputs.dtype.itemsize
    if size > MAX_AT_ONCE and block.axis is not None and len(block.inputs.shape) > 1:
        raise UnsafeDataError(
            f"{block.inputs.where}: a sample of its shape {block.inputs.shape} is over {MAX_AT_ONCE:,} "
            "bytes: cut it into smaller ones"
        )


# --- which arrays belong together -----------------------------------------------------------------


def _blocks(
    path: Path, stored: list[Stored], target: str | None, *, labelled: bool
) -> tuple[list[Block], list[Stored]]:
    stored = array_steps.joined(stored)
    blocks = array_tables.shards(stored)
    if not blocks:
        blocks = _by_part(stored, target)
    if not blocks:
        raise NoDataError(
            f"{path}: no array of samples among {', '.join(one.where for one in stored[:8])}: name it `x`"
        )
    if labelled and all(block.given is None or block.given.is_empty for block in blocks):
        blocks = array_tables.with_labels(path, blocks)
    used = {where for block in blocks for where in (block.inputs.where, block.labels_where)}
    return blocks, [one for one in stored if one.where not in used]


def _by_part(stored: list[Stored], target: str | None) -> list[Block]:
    blocks = []
    for part in sorted({one.part for one in stored}, key=PART_ORDER.index):
        mine = [one for one in stored if one.part == part]
        inputs = inputs_among(mine)
        if inputs is not None:
            found = labels_for(inputs, mine, target)
            given, where = (found[1], found[0].where) if found else (None, "")
            blocks.append(Block(part, inputs, given, where))
    named = [block for block in blocks if block.part]
    if not named:
        return blocks
    ranks = {len(block.shape) for block in named}
    return [
        block for block in blocks if block.part or (len(block.shape) in ranks and block.given is not None)
    ]


def _join_labels(blocks: list[Block]) -> NDArray[np.generic] | None:
    """Labels of all parts, judged together; a part without labels gets missing ones."""
    given = [block.given.values for block in blocks if block.given and block.given.values is not None]
    if not given:
        return None
    texts = any(labels.dtype.kind in "UO" for labels in given)
    filled = [
        np.full(block.count, "" if texts else np.nan)
        if block.given is None or block.given.values is None
        else block.given.values
        for block in blocks
    ]
    return from_array(np.concatenate([part.astype(str) for part in filled] if texts else filled))


def _reader(blocks: list[Block], move: Callable[[NDArray[np.generic]], Sample]) -> Callable[[int], Sample]:
    starts = np.cumsum([0, *(block.count for block in blocks)])
    loaders = [_kept(block) for block in blocks]

    def read_one(index: int) -> Sample:
        number = int(np.searchsorted(starts, index, side="right")) - 1
        block = blocks[number]
        place: list[int | slice] = [slice(None)] * len(block.inputs.shape)
        if block.axis is not None:
            place[block.axis] = index - int(starts[number])
        return move(np.array(loaders[number]()[tuple(place)]))  # not a view of what is kept

    return read_one


def _kept(block: Block) -> Callable[[], Indexable]:
    """A compressed array is unpacked once, or found damaged once; one that is a single sample is not kept."""
    return block.inputs.load if block.axis is None else _once(block.inputs.load)


def _once(load: Callable[[], Indexable]) -> Callable[[], Indexable]:
    @functools.cache
    def tried() -> Indexable | UnreadableSampleError:
        try:
            return load()
        except UnreadableSampleError as error:
            return error

    def opened() -> Indexable:
        found = tried()
        if isinstance(found, UnreadableSampleError):
            raise UnreadableSampleError(str(found))
        return found

    return opened
