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

Steps = tuple[Tensor, Tensor | None]
CONVOLUTIONS: dict[int, type[nn.Conv1d | nn.Conv2d | nn.Conv3d]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
PATCH_KERNEL_LIMIT = 7


class Encoder(Protocol):
    """Any module that turns `(values, lengths)` into `features` numbers per sample."""

    features: int

    def __call__(self, values: Tensor, lengths: Tensor | None = None) -> Tensor: ...


def valid_steps(lengths: Tensor, time: int) -> Tensor:
    """[batch] -> [batch, time] bool: which steps belong to a sample."""
    return torch.arange(time, device=lengths.device) < lengths[:, None]


def clear_padding(values: Tensor, lengths: Tensor | None) -> Tensor:
    """[batch, time, feature] with zeros beyond each length."""
    if lengths is None:
        return values
    return torch.where(valid_steps(lengths, values.shape[1])[:, :, None], values, 0.0)


def shorten(lengths: Tensor | None, stride: int) -> Tensor | None:
    """Valid steps after a strided block: the length over the stride, rounded up."""
    if lengths is None or stride == 1:
        return lengths
    return torch.div(lengths + (stride - 1), stride, rounding_mode="floor")


class MaskedBatchNorm1d(nn.BatchNorm1d):
    """Batch norm of [batch, channel, time] with statistics over the valid steps only."""

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask` [batch, 1, time] says which steps are valid; None when all are."""
        if mask is None or not self.training:
            return super().forward(input)
        values, weight = input.float(), mask.float()
        count = weight.sum().clamp(min=1.0)
        mean = (values * weight).sum(dim=(0, 2)) / count
        centred = values - mean[:, None]
        variance = (centred.square() * weight).sum(dim=(0, 2)) / count
        self._track(mean.detach(), variance.detach(), count)
        normal = centred * torch.rsqrt(variance + self.eps)[:, None]
        return (normal * self.weight[:, None] + self.bias[:, None]).to(input.dtype)

    def _track(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        momentum = 0.1 if self.momentum is None else self.momentum
        unbiased = variance * count / (count - 1).clamp(min=1.0)
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), momentum)
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), momentum)


NORMS: dict[int, type[MaskedBatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d]] = {
    1: MaskedBatchNorm1d,
    2: nn.BatchNorm2d,
    3: nn.BatchNorm3d,
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
        self.convolution = convolution(
            inputs,
            outputs,
            kernels,  # type: ignore[arg-type]
            stride=strides,  # type: ignore[arg-type]
            padding=tuple(one // 2 for one in kernels),  # type: ignore[arg-type]
            bias=False,
        )
        self.norm = NORMS[dimensions](outputs)
        self.activation = activation

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Steps:
        """[batch, inputs, ...] -> [batch, outputs, ...]."""
        values = self.convolution(values)
        if lengths is None:
            values = self.norm(values)
            return (torch.relu(values) if self.activation else values), None
        lengths = shorten(lengths, self.stride)
        assert lengths is not None
        mask = valid_steps(lengths, values.shape[2])[:, None]  # [batch, 1, time]
        # Between convolution and norm the padding holds what leaked over the end: the norm skips it.
        values = self.norm(values, mask)
        values = torch.relu(values) if self.activation else values
        return torch.where(mask, values, 0.0), lengths


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

    With lengths, values are [batch, channel, time] with zeros beyond them, and only valid steps count.
    """
    if lengths is None:
        flat = values.flatten(2)
        return torch.cat([flat.mean(dim=2), flat.amax(dim=2)], dim=1)
    mask = valid_steps(lengths, values.shape[2])[:, None]
    mean = values.sum(dim=2) / lengths.clamp(min=1)[:, None].to(values.dtype)
    largest = torch.where(mask, values, torch.finfo(values.dtype).min).amax(dim=2)
    return torch.cat([mean, largest], dim=1)


class Tokens(nn.Module):
    """Embedded tokens, with whole tokens dropped in training (Gal & Ghahramani, NeurIPS 2016).

    Args:
        word_dropout: share of tokens whose embedding is zeroed.
        dropout: share of embedding dimensions zeroed.
    """

    def __init__(self, vocabulary: int, embedding: int, *, word_dropout: float, dropout: float) -> None:
        super().__init__()
        self.features = embedding
        self.table = nn.Embedding(vocabulary, embedding, padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.1)
        self.word_dropout = word_dropout
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor) -> Tensor:
        """[batch, token] int64 -> [batch, token, embedding]."""
        embedded: Tensor = self.table(values)
        if self.training and self.word_dropout:
            kept = torch.rand(values.shape, device=values.device) >= self.word_dropout
            embedded = embedded * kept[:, :, None]
        embedded = self.dropout(embedded)
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
