"""Where decoded samples lie: in a tensor or in a file, and which of them are meant."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from advisor.errors import DataError

GAP = 1 << 16  # bytes that are read and thrown away rather than skipped: a seek of an SSD costs about as much
SCRATCH = 1 << 22  # bytes read at once
BLOCKS = 32  # of a buffer: what was side by side in the file is spread over the epoch


class _File:
    """A file that is open as long as something refers to it, also after it was removed from its folder."""

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, os.open(path, os.O_RDONLY)

    def __reduce__(self) -> tuple[type[_File], tuple[Path]]:
        """For another process, which opens the file itself; here it may have lost its name already."""
        here = Path(f"/proc/{os.getpid()}/fd/{self.number}")
        return _File, (here if here.exists() else self.path,)

    def __del__(self) -> None:
        if hasattr(self, "number"):
            os.close(self.number)


class Stored:
    """Samples of one shape in a file of raw numbers, `[sample, ...]`; indexing reads them into memory.

    Args:
        channel_last: pixels lie as `[..., height, width, channel]`; they are given as
            `[..., channel, height, width]`, as networks take them, without a copy.
        buffer: bytes that training may hold at once.
    """

    def __init__(
        self, path: Path, numbers: np.dtype[Any], shape: tuple[int, ...], *, channel_last: bool, buffer: int
    ) -> None:
        self.path, self.file_shape, self.channel_last, self.buffer = path, shape, channel_last, buffer
        self.numbers, self.device = numbers, torch.device("cpu")
        self.file = _File(path)
        self.row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * self.numbers.itemsize
        found, expected = os.fstat(self.file.number).st_size, shape[0] * self.row_bytes
        if found != expected:
            raise DataError(f"{path}: {found:,} bytes, {expected:,} expected: remove it to have it made anew")
        self.dtype = torch.from_numpy(np.empty(0, self.numbers)).dtype

    @property
    def shape(self) -> torch.Size:
        if not self.channel_last:
            return torch.Size(self.file_shape)
        return torch.Size((*self.file_shape[:-3], self.file_shape[-1], *self.file_shape[-3:-1]))

    def __len__(self) -> int:
        return self.file_shape[0]

    def to(self, device: torch.device | str) -> Stored:
        """The same samples of the same open file, given on another device."""
        moved = copy.copy(self)
        moved.device = torch.device(device)
        return moved

    def __getitem__(self, indices: Tensor) -> Tensor:
        """`[index, ...]` in the order asked for."""
        return self.tensor(self.read(indices.cpu().numpy()))

    def tensor(self, found: NDArray[Any]) -> Tensor:
        """What `read` found as networks take it, on the device."""
        tensor = torch.from_numpy(found)
        tensor = tensor.movedim(-1, -3) if self.channel_last else tensor
        return tensor.to(self.device)

    def read(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """`[row, ...]` as in the file, in the order asked for, read in the order of the file.

        It makes no call of torch, and must not: see `Prepared._read_ahead`.
        """
        found = np.empty((len(rows), *self.file_shape[1:]), self.numbers)
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        at_once, gap = max(1, SCRATCH // self.row_bytes), max(1, GAP // self.row_bytes)
        cuts = np.flatnonzero((np.diff(ordered) > gap) | (np.diff(ordered // at_once) > 0)) + 1
        for places in np.split(order, cuts) if len(rows) else ():
            first, last = int(rows[places[0]]), int(rows[places[-1]])
            span = np.empty((last - first + 1, *self.file_shape[1:]), self.numbers)
            self._read(span, first)
            found[places] = span[rows[places] - first]
        return found

    def _read(self, span: NDArray[Any], first: int) -> None:
        left = span.reshape(-1).view(np.uint8).data
        place = first * self.row_bytes
        while len(left):
            try:
                count = os.preadv(self.file.number, [left], place)
            except OSError as error:
                raise DataError(
                    f"{self.path}: decoded samples cannot be read back: {error.strerror}"
                ) from error
            if not count:
                raise DataError(f"{self.path} became shorter while it was read: start the search again")
            left, place = left[count:], place + count


@dataclass(frozen=True)
class Chosen:
    """Some rows of a tensor or a file, without a copy of them; indexing gives a tensor."""

    base: Tensor | Stored
    rows: Tensor  # [sample] on the CPU

    @property
    def shape(self) -> torch.Size:
        return torch.Size((len(self.rows), *self.base.shape[1:]))

    @property
    def dtype(self) -> torch.dtype:
        return self.base.dtype

    @property
    def device(self) -> torch.device:
        return self.base.device

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, indices: Tensor) -> Tensor:
        return take(self.base, self.rows[indices.to(self.rows.device)])

    def to(self, device: torch.device | str) -> Tensor | Chosen:
        """On another device: these rows alone, where they are in memory."""
        if torch.device(device) == self.device:
            return self
        if isinstance(self.base, Stored):
            return Chosen(self.base.to(device), self.rows)
        return take(self.base, self.rows).to(device)


Values = Tensor | Stored | Chosen
"""Decoded samples; `[indices]` gives some as a tensor."""


def take(values: Values, indices: Tensor) -> Tensor:
    """`values[indices]`; of a tensor whole samples as they lie in memory, up to ten times as fast."""
    if not isinstance(values, Tensor):
        return values[indices]
    if _channels_last(values):
        return values.movedim(-3, -1).index_select(0, indices).movedim(-1, -3)
    return values.index_select(0, indices)


def standardised(pixels: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Pixels `[..., channel, height, width]` in float32, less the mean `[channel, 1, 1]`, over the `std`."""
    if not _channels_last(pixels):
        return pixels.to(torch.float32).sub_(mean).div_(std)
    # Numbers of one channel each would be taken a few at a time; these of all pixels lie as the pixels do.
    pixels = pixels.movedim(-3, -1)
    mean, std = (one.movedim(-3, -1).expand(pixels.shape[-3:]).contiguous() for one in (mean, std))
    return pixels.to(torch.float32).sub_(mean).div_(std).movedim(-1, -3)


def _channels_last(values: Tensor) -> bool:
    """Whether the channels `[..., channel, height, width]` of each pixel lie side by side."""
    return values.ndim > 3 and values.stride(-3) == 1 and not values.is_contiguous()


def choose(values: Values, indices: Tensor) -> Chosen:
    """Some of the samples, without a copy."""
    if isinstance(values, Chosen):
        return Chosen(values.base, values.rows[indices.to(values.rows.device)])
    return Chosen(values, indices)


def stored(values: Values) -> Stored | None:
    """The file that samples lie in, None for those in memory."""
    base = values.base if isinstance(values, Chosen) else values
    return base if isinstance(base, Stored) else None


def located(values: Values, indices: Tensor) -> NDArray[np.int64]:
    """In which rows of their tensor or file these samples lie."""
    places = indices.cpu()
    rows = values.rows[places] if isinstance(values, Chosen) else places
    found: NDArray[np.int64] = rows.numpy()
    return found


def buffered(file: Stored, batch_size: int) -> int:
    """Samples of a buffer: whole batches, one at least."""
    return max(1, file.buffer // max(1, file.row_bytes) // batch_size) * batch_size


def block_order(count: int, buffer: int, generator: torch.Generator) -> Tensor:
    """Every sample once: blocks of the file in random order, samples shuffled within `buffer` samples.

    A reader that holds one buffer sees each part of the file once in a pass. Blocks begin elsewhere in every
    pass, so that other samples come together.
    """
    block = max(1, buffer // BLOCKS)
    places = (torch.arange(count) + int(torch.randint(count, (1,), generator=generator))) % count
    blocks = torch.split(places, block)
    order = torch.randperm(len(blocks), generator=generator).tolist()
    pieces = torch.split(torch.cat([blocks[i] for i in order]), buffer)
    return torch.cat([piece[torch.randperm(len(piece), generator=generator)] for piece in pieces])
