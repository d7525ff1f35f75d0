"""Blocks that every family is made of; one set for one, two and three dimensions.

A block takes and gives `(values, lengths)`: values [batch, channel, ...] and the valid steps of each
sample, or None where all are valid. Only one-dimensional values have lengths. Values beyond a length
are zero after every block, so a sample gives the same answer alone as padded within a batch.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from advisor.models.dropout import Dropout
from advisor.models.norms import NORMS
from advisor.models.rows import largest, valid_steps

Steps = tuple[Tensor, Tensor | None]
PATCH_KERNEL_LIMIT = 7


class Encoder(Protocol):
    """Any module that turns `(values, lengths)` into `features` numbers per sample."""

    features: int

    def __call__(self, values: Tensor, lengths: Tensor | None = None) -> Tensor: ...


def clear_padding(values: Tensor, lengths: Tensor | None) -> Tensor:
    """[batch, time, channel] or [batch, token] with zeros beyond each length."""
    if lengths is None:
        return values
    valid = valid_steps(lengths, values.shape[1])
    return torch.where(valid if values.ndim == 2 else valid[:, :, None], values, 0)


def shorten(lengths: Tensor | None, stride: int) -> Tensor | None:
    """Valid steps after a strided block: the length over the stride, rounded up."""
    if lengths is None or stride == 1:
        return lengths
    return torch.div(lengths + (stride - 1), stride, rounding_mode="floor")


class StepsConvolution(nn.Conv1d):
    """A convolution of [batch, channel, time], computed as that of a grid of one row, channels last.

    On a processor it is up to twice as fast so, and the more in bf16.
    """

    def forward(self, input: Tensor) -> Tensor:
        """[batch, inputs, time] -> [batch, outputs, time]."""
        grid = functional.conv2d(
            input.unsqueeze(2).contiguous(memory_format=torch.channels_last),
            self.weight.unsqueeze(2).contiguous(memory_format=torch.channels_last),
            stride=(1, self.stride[0]),
            padding=(0, int(self.padding[0])),
        )
        return grid.squeeze(2)


CONVOLUTIONS: dict[int, type[StepsConvolution | nn.Conv2d | nn.Conv3d]] = {
    1: StepsConvolution,
    2: nn.Conv2d,
    3: nn.Conv3d,
}


class ConvUnit(nn.Module):
    """Convolution, batch norm, and ReLU unless `activation` is off.

    Args:
        dimensions: 1, 2 or 3.
        kernel: odd, so that the size after it is the size before it over the stride, rounded up.
        stride: one number, or one per dimension.
    """

    def __init__(
        self,
        dimensions: int,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 3,
        stride: int | tuple[int, ...] = 1,
        activation: bool = True,
    ) -> None:
        super().__init__()
        strides = (stride,) * dimensions if isinstance(stride, int) else stride
        convolution = CONVOLUTIONS[dimensions]
        kernels = tuple(max(kernel, _covering(one)) if kernel > 1 else 1 for one in strides)
        self.stride = strides[0]
        # The gradient of a strided convolution of one place lets oneDNN write beyond its memory, seen here as
        # crashes and a false lack of memory; https://github.com/uxlfoundation/oneDNN/issues/6035 has wrong
        # numbers too. Such a unit takes every so many places itself.
        self.every = strides if kernel == 1 else (1,) * dimensions
        self.convolution = convolution(
            inputs,
            outputs,
            kernels,  # type: ignore[arg-type]
            stride=1 if kernel == 1 else strides,  # type: ignore[arg-type]
            padding=tuple(one // 2 for one in kernels),  # type: ignore[arg-type]
            bias=False,
        )
        self.norm = NORMS[dimensions](outputs)
        self.activation = activation

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Steps:
        """[batch, inputs, ...] -> [batch, outputs, ...]."""
        if max(self.every) > 1:
            values = values[tuple(slice(None, None, step) for step in (1, 1, *self.every))]
        values = self.convolution(values)
        if lengths is None:
            values = self.norm(values)
            return (torch.relu(values) if self.activation else values), None
        lengths = shorten(lengths, self.stride)
        assert lengths is not None
        # Between convolution and norm the padding holds what leaked over the end: the norm skips it.
        values = self.norm(values, lengths)
        values = torch.relu(values) if self.activation else values
        if self.training:  # the norm has cleared it
            return values, lengths
        return torch.where(valid_steps(lengths, values.shape[2])[:, None], values, 0.0), lengths


class ResidualBlock(nn.Module):
    """Convolution units with a shortcut around them (He et al., CVPR 2016).

    Args:
        kernels: of the units in order; two 3s in pictures, (7, 5, 3) in series (Wang et al. 2017).
        rectify_sum: ReLU after the sum, as published; off, the last unit has it instead.
    """

    def __init__(
        self,
        dimensions: int,
        inputs: int,
        outputs: int,
        *,
        kernels: tuple[int, ...] = (3, 3),
        stride: int | tuple[int, ...] = 1,
        rectify_sum: bool = True,
    ) -> None:
        super().__init__()
        self.rectify_sum = rectify_sum
        last = len(kernels) - 1 if rectify_sum else len(kernels)
        self.units = nn.ModuleList(
            ConvUnit(
                dimensions,
                inputs if place == 0 else outputs,
                outputs,
                kernel=kernel,
                stride=stride if place == 0 else 1,
                activation=place < last,
            )
            for place, kernel in enumerate(kernels)
        )
        same = inputs == outputs and stride in (1, (1,) * dimensions)
        self.shortcut = (
            None if same else ConvUnit(dimensions, inputs, outputs, kernel=1, stride=stride, activation=False)
        )

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Steps:
        """[batch, inputs, ...] -> [batch, outputs, ...]."""
        around = values if self.shortcut is None else self.shortcut(values, lengths)[0]
        for unit in self.units:
            values, lengths = unit(values, lengths)
        total = values + around
        return (torch.relu(total) if self.rectify_sum else total), lengths


class Halve(nn.Module):
    """Maxima over neighbours, two places a side where `strides` says so; for grids, which have no lengths."""

    def __init__(self, dimensions: int, strides: tuple[int, ...]) -> None:
        super().__init__()
        pools = {2: nn.MaxPool2d, 3: nn.MaxPool3d}
        self.pool = pools[dimensions](strides, strides, ceil_mode=True)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Steps:
        """[batch, channel, ...] -> the same with halved sides, rounded up."""
        return self.pool(values), lengths


class Chain(nn.ModuleList):
    """Blocks one after the other."""

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Steps:
        """`(values, lengths)` through every block."""
        for block in self:
            values, lengths = block(values, lengths)
        return values, lengths


def pool(values: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Mean and maximum over all places: [batch, channel, ...] -> [batch, 2 * channel].

    With lengths, values are [batch, channel, time], rectified and with zeros beyond the lengths, so that
    only valid steps count.
    """
    places = values.flatten(2).transpose(1, 2)  # [batch, place, channel], as most lie in memory
    count = places.shape[1] if lengths is None else lengths.clamp(min=1)[:, None].to(values.dtype)
    return torch.cat([places.sum(dim=1) / count, largest(places)], dim=1)


class Tokens(nn.Module):
    """Embedded tokens, with whole tokens dropped in training (Gal & Ghahramani, NeurIPS 2016).

    Token 0 is padding; it is all zeros, and stays so.

    Args:
        word_dropout: share of tokens that become padding.
        dropout: share of embedding dimensions zeroed.
    """

    def __init__(self, vocabulary: int, embedding: int, *, word_dropout: float, dropout: float) -> None:
        super().__init__()
        self.features = embedding
        self.table = nn.Embedding(vocabulary, embedding, padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.1)
        nn.init.zeros_(self.table.weight.detach()[0])
        self.word_dropout = word_dropout
        self.dropout = Dropout(dropout)

    def forward(self, values: Tensor) -> Tensor:
        """[batch, token] int64 -> [batch, token, embedding]."""
        if self.training and self.word_dropout:
            values = values * (torch.rand(values.shape, device=values.device) >= self.word_dropout)
        embedded: Tensor = self.dropout(self.table(values))
        return embedded


class Patches(nn.Module):
    """Every `patch` steps become one, by a linear map (Nie et al., ICLR 2023, section 3.1)."""

    def __init__(self, inputs: int, outputs: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.convolution = nn.Conv1d(inputs, outputs, patch, stride=patch)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Steps:
        """[batch, inputs, time] -> [batch, outputs, time / patch rounded up]."""
        values = self.convolution(functional.pad(values, (0, self.patch - 1)))
        return values, shorten(lengths, self.patch)


def _covering(stride: int) -> int:
    """The smallest odd kernel that leaves no place unseen and overlaps where it strides."""
    return min(2 * stride - 1, max(PATCH_KERNEL_LIMIT, stride | 1))
