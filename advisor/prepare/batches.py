"""Decoded data in memory or in a file, and batches made from whole tensors instead of sample by sample.

One convention for varying lengths: a batch is `(values, lengths, targets)`; values beyond a sample's
length are zero and no later stage may let them change an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from advisor.prepare import rows
from advisor.prepare.rows import Stored, Values


@dataclass(frozen=True)
class Batch:
    """Values `[batch, ...]` as the signature's layout says, lengths `[batch]` or None, targets or None."""

    values: Tensor
    lengths: Tensor | None
    targets: Tensor | None


@dataclass(frozen=True)
class Prepared:
    """Decoded samples; a tensor in memory, some rows of one, or rows of a file.

    Attributes:
        ids: one per sample; none for windows, of which there may be as many as the series has steps.
        values: `[sample, ...]`: uint8 pictures and clips, float32 series and tables, int64 tokens; for
            windows the standardised series `[time, channel]`, a tensor.
        lengths: `[sample]` where lengths vary, else None.
        targets: int64 class codes `[sample]`, float32 `[sample, 1]` for regression, None for windows.
        mean, std: what a batch is standardised with, already shaped to broadcast; None when it is done.
        starts: windows only: the first step of each window's look-back.
        window: windows only: (lookback, horizon, target channels).
    """

    ids: tuple[str, ...]
    values: Values
    lengths: Tensor | None = None
    targets: Tensor | None = None
    mean: Tensor | None = None
    std: Tensor | None = None
    starts: Tensor | None = None
    window: tuple[int, int, tuple[int, ...]] | None = None

    def __len__(self) -> int:
        return len(self.ids) if self.starts is None else len(self.starts)

    def select(self, indices: Tensor) -> Prepared:
        """The samples at these indices, as a smaller Prepared that shares the decoded values."""
        if self.starts is not None:
            return replace(self, starts=self.starts[indices])
        return replace(
            self,
            ids=tuple(self.ids[i] for i in indices.tolist()),
            values=rows.choose(self.values, indices),
            lengths=None if self.lengths is None else self.lengths[indices],
            targets=None if self.targets is None else self.targets[indices],
        )

    @property
    def in_file(self) -> bool:
        """Whether the values lie in a file, since memory would not hold them."""
        return rows.stored(self.values) is not None

    def to(self, device: torch.device | str) -> Prepared:
        """The same samples on another device; those of a file are read when asked for."""
        tensors = ("values", "lengths", "targets", "mean", "std", "starts")
        moved = {name: getattr(self, name).to(device) for name in tensors if getattr(self, name) is not None}
        return replace(self, **moved)

    def batch(self, indices: Tensor) -> Batch:
        """The batch of these samples, standardised, cut to its longest sample."""
        if self.starts is not None and self.window is not None:
            return self._windows(indices)
        values = rows.take(self.values, indices)
        lengths = None if self.lengths is None else self.lengths[indices]
        if lengths is not None:
            values = values[:, : int(lengths.max())]
        if self.mean is not None and self.std is not None:
            values = rows.standardised(values, self.mean, self.std)
        return Batch(values, lengths, None if self.targets is None else self.targets[indices])

    def _windows(self, indices: Tensor) -> Batch:
        assert self.window is not None
        lookback, horizon, channels = self.window
        window = self._steps(indices, 0, lookback + horizon)
        return Batch(window[:, :lookback], None, window[:, lookback:, list(channels)])

    def _steps(self, indices: Tensor, first: int, beyond: int) -> Tensor:
        """These steps of some windows: [window, step, channel]."""
        assert self.starts is not None
        places = self.starts[indices][:, None] + torch.arange(first, beyond, device=self.values.device)
        inside = places.clamp(max=len(self.values) - 1)  # a forecast beyond the end has no targets to read
        return rows.take(self.values, inside.flatten()).reshape(*inside.shape, -1)

    def all_targets(self) -> Tensor:
        """Targets of every sample; `[window, horizon, channel]` for windows."""
        if self.window is not None:
            lookback, horizon, channels = self.window
            every = torch.arange(len(self), device=self.values.device)
            return self._steps(every, lookback, lookback + horizon)[:, :, list(channels)]
        if self.targets is None:
            raise ValueError("these samples have no targets")
        return self.targets

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Every sample once, in order."""
        for indices in torch.split(torch.arange(len(self), device=self.values.device), batch_size):
            yield self.batch(indices)

    def shuffled(self, batch_size: int, generator: torch.Generator) -> Iterator[Batch]:
        """Every sample once, in random order; a last batch of one sample is left out (batch norm)."""
        yield from self.in_this_order(self.random_order(batch_size, generator), batch_size)

    def random_order(self, batch_size: int, generator: torch.Generator) -> Tensor:
        """Every sample once; of samples in a file in an order in which it can be read buffer by buffer."""
        file = rows.stored(self.values)
        if file is None:
            return torch.randperm(len(self), generator=generator)
        return rows.block_order(len(self), rows.buffered(file, batch_size), generator)

    def in_this_order(self, order: Tensor, batch_size: int) -> Iterator[Batch]:
        """These samples in this order; a last batch of one sample is left out (batch norm)."""
        file = rows.stored(self.values)
        if file is not None:
            for part in self._read_ahead(file, torch.split(order, rows.buffered(file, batch_size))):
                for places in torch.split(torch.arange(len(part), device=self.values.device), batch_size):
                    if len(places) > 1 or len(places) == len(self) == 1:
                        yield part.batch(places)
            return
        for indices in torch.split(order.to(self.values.device), batch_size):
            if len(indices) > 1 or len(indices) == len(self) == 1:
                yield self.batch(indices)

    def _read_ahead(self, file: Stored, parts: tuple[Tensor, ...]) -> Iterator[Prepared]:
        """These samples part by part, in memory; the next part is read while one is in use.

        The reading thread may not call torch. The first call that works in parallel would give it OpenMP
        threads of its own; as soon as all of them are more than the cores, those that train no longer spin
        where they wait for each other but sleep, a hundred times a step (libgomp, GOMP_SPINCOUNT).
        """
        with ThreadPoolExecutor(1, "read-ahead") as reader:
            coming = [reader.submit(file.read, rows.located(self.values, part)) for part in parts[:1]]
            for number, part in enumerate(parts):
                read = replace(self.select(part), values=file.tensor(coming.pop().result()))
                for after in parts[number + 1 : number + 2]:
                    coming.append(reader.submit(file.read, rows.located(self.values, after)))
                yield read
                del read  # or it would stay while the one after the next is read

    def in_memory(self, indices: Tensor) -> Prepared:
        """The samples at these indices, their values copied into memory; not for windows."""
        return replace(self.select(indices), values=rows.take(self.values, indices.to(self.values.device)))


def augment(values: Tensor, *, shift: float, flip: bool, generator: torch.Generator) -> Tensor:
    """Random shifts and left-right flips of pictures or clips, each sample its own draw.

    Args:
        values: `[batch, ..., height, width]`; the same draw for all frames of a clip.
        shift: largest shift as a share of the side; what moves in is reflected (Krizhevsky 2012 crops).
        flip: flip half of the samples.
    """
    batch, (height, width), device = len(values), values.shape[-2:], values.device
    rows_by, columns_by = min(round(shift * height), height - 1), min(round(shift * width), width - 1)
    if not (rows_by or columns_by or flip):
        return values
    rows = _moved(height, rows_by, batch, generator, device)
    columns = _moved(width, columns_by, batch, generator, device)
    if flip:
        mirrored = torch.rand(batch, 1, generator=generator).to(device) < 0.5
        columns = torch.where(mirrored, width - 1 - columns, columns)
    # Shift and flip in one: whole pixels, whose channels lie side by side, are taken by their numbers.
    sample = torch.arange(batch, device=device)[:, None, None] * height
    places = (sample + rows[:, :, None]) * width + columns[:, None, :]  # [batch, height, width]
    flat = values.flatten(1, -3)  # [batch, channels, height, width]
    pixels = flat.permute(0, 2, 3, 1).reshape(-1, flat.shape[1]).index_select(0, places.flatten())
    return pixels.reshape(batch, height, width, -1).permute(0, 3, 1, 2).reshape(values.shape)


def _moved(side: int, most: int, batch: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """[batch, side]: for every place of a side the one it shows, after a shift of up to `most` places."""
    shifts = torch.randint(-most, most + 1, (batch, 1), generator=generator).to(device)
    places = (torch.arange(side, device=device) + shifts).abs()
    return torch.minimum(places, 2 * (side - 1) - places)  # reflected at both ends
