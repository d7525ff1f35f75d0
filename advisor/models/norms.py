"""Batch norm of few channels, and of the valid steps of series; the numbers are those of torch's own.

On a processor torch's batch norm takes the channels of a place a vector at a time, and what is left of them
one by one: 8 or 24 channels take two to four times as long as 16 or 32. Where channels lie side by side,
neighbouring places are therefore folded into one row until its channels fill whole vectors; the statistics
of the folded channels, all of as many values, are then put together.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from advisor.models.rows import put, taken, valid_steps

LANES = 16  # float32 numbers of the widest vectors (AVX-512)


def folds(channels: int) -> int:
    """How many places one row holds, so that its channels fill whole vectors; at most LANES."""
    count = 1
    while channels * count % LANES:
        count *= 2
    return count


class GridNorm(nn.BatchNorm2d):
    """Batch norm of [batch, channel, height, width]."""

    def forward(self, input: Tensor) -> Tensor:
        """The same shape; running statistics move as torch moves them."""
        batch, channels, height, width = input.shape
        count = folds(channels)
        foldable = (
            self.training
            and count > 1
            and input.device.type == "cpu"
            and batch * height * width % count == 0
            and input.is_contiguous(memory_format=torch.channels_last)
        )
        if not foldable:
            return super().forward(input)
        rows = input.permute(0, 2, 3, 1).reshape(-1, count * channels)
        normal, mean, variance = _Folded.apply(rows, self.weight, self.bias, self.eps)
        self._follow(mean, variance, len(rows) * count)
        grid: Tensor = normal.reshape(batch, height, width, channels).permute(0, 3, 1, 2)
        return grid

    def _follow(self, mean: Tensor, variance: Tensor, values: int) -> None:
        """Moves the running statistics; that of the variance is the unbiased one."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * (values / max(1, values - 1)), self.momentum)


class StepsNorm(GridNorm):
    """Batch norm of [batch, channel, time] with statistics over the valid steps only.

    Fastest for values whose channels lie side by side in memory, as `ConvUnit` gives them.
    """

    def forward(self, input: Tensor, lengths: Tensor | None = None) -> Tensor:
        """`lengths` [batch] of the valid steps; None when all are. Zeros beyond them while training."""
        if lengths is None or not self.training:
            return super().forward(input.unsqueeze(2)).squeeze(2)
        batch, channels, time = input.shape
        places = valid_steps(lengths, time).flatten().nonzero()[:, 0]
        valid = taken(input.transpose(1, 2).reshape(batch * time, channels), places)  # [valid step, channel]
        grid = valid.reshape(1, 1, -1, channels).permute(0, 3, 1, 2)
        normal = super().forward(grid).permute(0, 2, 3, 1).reshape(-1, channels)
        return put(normal, places, batch * time).reshape(batch, time, channels).transpose(1, 2)


NORMS: dict[int, type[StepsNorm | GridNorm | nn.BatchNorm3d]] = {1: StepsNorm, 2: GridNorm, 3: nn.BatchNorm3d}


class _Folded(torch.autograd.Function):
    """Batch norm of rows [row, place * channel]: normal values, and the mean and variance of each channel.

    With x the centred values times the inverse deviation, n their count and g the gradient, that of the
    values is weight * inverse deviation * (g - mean(g) - x * mean(g * x)) (Ioffe & Szegedy, ICML 2015).
    Its first term and the sums come from torch's gradient with fixed statistics, the others are an affine
    map of x, so torch's batch norm again.
    """

    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        channels = len(weight)
        count = rows.shape[1] // channels
        unused = torch.zeros(rows.shape[1])
        means, variances = torch.batch_norm_update_stats(rows, unused, unused.clone(), 0.0)
        means, variances = means.reshape(count, channels), variances.reshape(count, channels)
        mean = means.mean(dim=0)
        variance = variances.mean(dim=0) + means.var(dim=0, unbiased=False)
        statistics = mean.repeat(count), variance.repeat(count)
        ctx.save_for_backward(rows, weight, *statistics)
        ctx.eps = eps
        ctx.mark_non_differentiable(mean, variance)
        return _affine(rows, weight.repeat(count), bias.repeat(count), *statistics, eps), mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        rows, weight, mean, variance = ctx.saved_tensors
        channels = len(weight)
        count = rows.shape[1] // channels
        of_rows, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
            gradient, rows, weight.repeat(count), mean, variance, None, None, False, ctx.eps, [True] * 3
        )
        of_weight = of_weight.reshape(count, channels).sum(dim=0)
        of_bias = of_bias.reshape(count, channels).sum(dim=0)
        scale = -weight * torch.rsqrt(variance[:channels] + ctx.eps) / (len(rows) * count)
        slope, start = (scale * of_weight).repeat(count), (scale * of_bias).repeat(count)
        of_rows.add_(_affine(rows, slope, start, mean, variance, ctx.eps))
        return of_rows, of_weight, of_bias, None


def _affine(rows: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, eps: float) -> Tensor:
    return torch.batch_norm(rows, weight, bias, mean, variance, False, 0.0, eps, False)
