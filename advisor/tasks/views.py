"""What a sample looks like to a linear model: one row of features, fitted to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from advisor.prepare import Prepared
from advisor.tasks.kinds import Array

POOLED_SIDE = 32  # pictures are averaged down to at most this side for linear models
CLIP_SIDE = 16
CHUNK_BYTES = 1 << 26  # of decoded samples that are looked at together
STRETCHED = 64  # steps that series of varying length are stretched to, in every part alike


@dataclass(frozen=True)
class Part:
    """Samples for baselines: decoded values, the texts themselves where the data are text, and the group
    `[sample]` that each comes from, where there are groups; and the bytes that a fit may take, where they
    are limited."""

    prepared: Prepared
    texts: tuple[str, ...] | None = None
    groups: NDArray[np.str_] | None = None
    memory: int | None = None

    def targets(self) -> Array:
        """Targets of every sample, as numpy."""
        return np.asarray(self.prepared.all_targets().numpy())


View = Callable[[Part], NDArray[np.float32]]


def features(view: View, part: Part, places: torch.Tensor | None = None) -> NDArray[np.float32]:
    """`[sample, feature]` of all samples or of those at some places; few at a time are read from a file."""
    prepared = part.prepared
    places = torch.arange(len(prepared)) if places is None else places
    sample = prepared.values.shape[1:].numel() * prepared.values.dtype.itemsize
    chunks = torch.split(places, max(1, CHUNK_BYTES // max(1, sample)))
    return np.concatenate([view(Part(prepared.in_memory(chunk))) for chunk in chunks])


def _values(part: Part) -> torch.Tensor:
    values = part.prepared.values
    return values if isinstance(values, torch.Tensor) else values[torch.arange(len(values))]


def nothing(part: Part) -> NDArray[np.float32]:
    """For models that look at the targets only."""
    return np.zeros((len(part.prepared), 1), dtype=np.float32)


def flat(part: Part) -> NDArray[np.float32]:
    """Every value of a sample in one row; pictures are first averaged down to POOLED_SIDE."""
    values = _values(part)
    if values.dtype == torch.uint8:
        return pooled(values, POOLED_SIDE)
    return np.asarray(values.flatten(1).numpy(), dtype=np.float32)


def pooled(values: torch.Tensor, side: int) -> NDArray[np.float32]:
    """`[sample, channel * side * side]` from `[sample, channel, height, width]`, averaged down."""
    height, width = (min(side, size) for size in values.shape[-2:])
    pools = [
        torch.nn.functional.adaptive_avg_pool2d(chunk.to(torch.float32), (height, width)).flatten(1)
        for chunk in torch.split(values, 1024)
    ]
    return np.asarray((torch.cat(pools) / 255.0).numpy())


def summary(part: Part) -> NDArray[np.float32]:
    """Per channel: mean, standard deviation, least, greatest, first, last, mean change, and length."""
    values, lengths = _values(part), part.prepared.lengths
    rows = []
    for i in range(len(values)):
        series = values[i, : int(lengths[i])].numpy() if lengths is not None else values[i].numpy()
        change = np.abs(np.diff(series, axis=0)).mean(0) if len(series) > 1 else np.zeros(series.shape[1])
        pieces = [series.mean(0), series.std(0), series.min(0), series.max(0), series[0], series[-1], change]
        rows.append(np.concatenate([*pieces, [len(series)]]))
    return np.asarray(rows, dtype=np.float32)


def stretched(part: Part) -> NDArray[np.float32]:
    """Series of varying length stretched to one length by linear interpolation, then flattened."""
    values, lengths = _values(part), part.prepared.lengths
    if lengths is None:
        return flat(part)
    grid = np.linspace(0.0, 1.0, STRETCHED)
    rows = []
    for series, length in zip(values.numpy(), lengths.tolist(), strict=True):
        places = np.linspace(0.0, 1.0, length) if length > 1 else np.zeros(1)
        rows.append(np.concatenate([np.interp(grid, places, channel[:length]) for channel in series.T]))
    return np.asarray(rows, dtype=np.float32)


def one_frame(part: Part) -> NDArray[np.float32]:
    """The middle frame, averaged down."""
    values = _values(part)
    return pooled(values[:, values.shape[1] // 2], CLIP_SIDE)


def bag_of_frames(part: Part) -> NDArray[np.float32]:
    """Mean and standard deviation over the frames, and of their differences: blind to the frames' order."""
    rows = []
    for chunk in torch.split(_values(part), 64):
        small = torch.from_numpy(pooled(chunk.flatten(0, 1), CLIP_SIDE)).view(*chunk.shape[:2], -1)
        change = small.diff(dim=1).abs() if small.shape[1] > 1 else small
        rows.append(torch.cat([small.mean(1), small.std(1), change.mean(1)], dim=1))
    return np.asarray(torch.cat(rows).numpy())
