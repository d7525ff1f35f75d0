"""Arrays without labels, whose axis of samples only measurement can tell."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnsafeDataError
from advisor.readers.array.array_layout import is_frame
from advisor.readers.array.array_roles import CLIPS, NAMED, Block, Given
from advisor.readers.array.stored import MAX_AT_ONCE, Indexable, Stored
from advisor.readers.source import Source, Whole
from advisor.records import Axis, InputSpec, SplitCounts, TargetSpec

MOST_IDS = 2_000_000  # samples: beyond, the first axis of an array does not count samples


def may_be_turned(blocks: Sequence[Block]) -> bool:
    """One array of numbers without labels, parts or a name that says what its samples are."""
    first = blocks[0]
    words = set(first.inputs.words)
    return (
        len(blocks) == 1
        and first.given is None
        and first.inputs.dtype.kind in "biuf"
        and (not words & NAMED or bool(words & CLIPS and is_frame(first.shape)))
    )


def with_whole(
    block: Block,
    source: Source,
    turned: Callable[[Block], Source],
    *,
    stamped: bool,
    target: str | None,
) -> Source:
    """The source of a block's samples with `whole`; a vector is one sample, and has been from the first.

    Args:
        turned: the Source of a block, without labels.
        stamped: whether times lie beside the array, one for each place of its first axis.
    """
    inputs = block.inputs
    load = functools.cache(inputs.load)

    def along(axis: int | None) -> Source:
        if axis is None:
            return _one_sample(source, inputs, load, target or "all", stamped=stamped)
        return turned(replace(block, given=Given(None, axis, None)))

    over_time = stamped or bool(set(inputs.words) & CLIPS)
    whole = Whole(inputs.shape, lambda place: np.array(load()[place]), along, over_time)
    is_one = len(inputs.shape) == 1 or len(source) > MOST_IDS
    return replace(along(None) if is_one else source, whole=whole)


def _one_sample(
    source: Source, inputs: Stored, load: Callable[[], Indexable], target: str, *, stamped: bool
) -> Source:
    """All of an array as one sample that is to be continued along its first axis."""
    sizes = [*inputs.shape, *([1] if len(inputs.shape) == 1 else [])]
    names = ("time", "channel") if len(sizes) == 2 else ("unknown",) * len(sizes)
    axes = tuple(Axis.model_validate({"name": n, "size": s}) for n, s in zip(names, sizes, strict=True))
    rest = (slice(None),) * (len(inputs.shape) - 1)

    def read_steps(start: int, stop: int) -> NDArray[np.generic]:
        return np.array(load()[(slice(start, stop), *rest)]).reshape(-1, *sizes[1:])

    def read(index: int) -> NDArray[np.generic]:
        if inputs.nbytes > MAX_AT_ONCE:
            raise UnsafeDataError(f"{inputs.where}: is over {MAX_AT_ONCE:,} bytes: give a part of it")
        return read_steps(0, inputs.shape[0])

    update = {
        "samples": 1,
        "inputs": (InputSpec(name="series", dtype=inputs.dtype.name, axes=axes),),
        "target": TargetSpec(name=target, kind="future"),
        "splits": SplitCounts(),
        "time_index": "time" if stamped else None,
    }
    return Source(
        spec=source.spec.model_copy(update=update),
        ids=[Path(source.spec.path).name],
        read=read,
        read_steps=read_steps,
    )
