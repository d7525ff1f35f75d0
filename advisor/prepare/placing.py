"""Decoding samples one by one, into memory or into a file of the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from advisor import __version__
from advisor.errors import UnreadableSampleError
from advisor.prepare import cache
from advisor.prepare.memory import Memory, human
from advisor.prepare.rows import Stored, Values
from advisor.readers import temporary
from advisor.readers.mapped import let_go


@dataclass(frozen=True)
class Form:
    """What a decoded sample is: its greatest shape, its numbers, and how sample i is decoded.

    Decoded samples may be shorter along the first axis; pixels are `[..., height, width, channel]`.
    """

    shape: tuple[int, ...]
    numbers: np.dtype[Any]
    decode: Callable[[int], NDArray[Any]]

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.numbers.itemsize


@dataclass(frozen=True)
class Placed:
    """Decoded samples filled up with zeros, those of the asked-for that they are, and how long each is.

    Pixels in memory are as they were decoded, those of a file have the channel before the height.
    """

    values: Values
    kept: NDArray[np.int64]
    lengths: NDArray[np.int64]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...] = ()


def place(form: Form, indices: NDArray[np.int64], memory: Memory, key: tuple[object, ...]) -> Placed:
    """Decodes these samples to where the limit lets them be.

    Args:
        key: what, beside the data themselves, the decoded samples hang on.
    """
    needed = len(indices) * form.bytes
    if needed <= memory.resident:
        return _in_memory(form, indices, memory)
    return _in_file(form, indices, memory, key)


def _in_memory(form: Form, indices: NDArray[np.int64], memory: Memory) -> Placed:
    values = np.zeros((len(indices), *form.shape), dtype=form.numbers)
    kept, lengths, unreadable = list[int](), list[int](), list[str]()
    for one in _decoded(form, indices, max(1, memory.buffer // max(1, form.bytes))):
        if isinstance(one, str):
            unreadable.append(one)
            continue
        index, sample, length = one
        values[len(kept), :length] = sample
        kept.append(index)
        lengths.append(length)
    return Placed(
        torch.from_numpy(values[: len(kept)]), np.array(kept, dtype=np.int64),
        np.array(lengths, dtype=np.int64), tuple(unreadable),
    )  # fmt: skip


def _in_file(form: Form, indices: NDArray[np.int64], memory: Memory, key: tuple[object, ...]) -> Placed:
    folder = memory.cache if memory.data else None  # without a name for the data nobody would find them
    name = cache.key_of(__version__, memory.data, form.shape, form.numbers, *key)
    entry = None if folder is None else cache.find(folder, name)
    if entry is not None and not cache.same(entry, form.decode):
        entry = None
    known = entry is not None
    if entry is None:
        every = max(1, memory.buffer // max(1, form.bytes))
        decoded = _decoded(form, indices, every)
        entry = cache.write(folder, name, len(indices), form.shape, form.numbers, decoded)
    values: Values = Stored(
        entry.values, entry.numbers, entry.shape, channel_last=len(form.shape) > 2, buffer=memory.buffer
    )
    if folder is None:
        temporary.remove(entry.values.parent)  # it stays open
    where = "a temporary file" if folder is None else f"a file in {folder}"
    note = (
        f"{len(entry.kept):,} decoded samples take {human(len(entry.kept) * form.bytes)}, more than a memory "
        f"limit of {human(memory.limit)} lets stay in memory: they are read from {where} in shuffled blocks"
        + (", decoded by an earlier search" if known else "")
    )
    return Placed(values, entry.kept, entry.lengths, entry.unreadable, (note,))


def _decoded(
    form: Form, indices: NDArray[np.int64], every: int
) -> Iterator[tuple[int, NDArray[Any], int] | str]:
    """Each sample, or why it cannot be decoded; what reading left in memory goes back `every` samples."""
    for number, index in enumerate(indices.tolist()):
        try:
            sample = form.decode(index)
        except UnreadableSampleError as error:
            yield str(error)
            continue
        yield index, sample, len(sample)
        if number % every == every - 1 or number == len(indices) - 1:
            let_go()
