"""Random dilated kernels for series: the features of the order probe and of the `rocket` network.

Sources: Dempster, Petitjean, Webb, "ROCKET", DMKD 2020 (random kernels; share of positive values and
maximum as features); Dempster, Schmidt, Webb, "MiniRocket", KDD 2021 (one kernel length of 9, a small
fixed set of dilations, biases drawn from the quantiles of the kernels' outputs on training samples).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

KERNEL_LENGTH = 9
"""Steps that one kernel sees (MiniRocket, section 3.1.1)."""

BIAS_SAMPLES = 256
"""Training samples of which `fit_biases` looks at the outputs."""

RAMP = 0.05
"""Outputs within half of this of zero count in part, so that rounding cannot flip a whole step: the
same network then gives the same answer in another runtime. Outputs of standardised series are of size 3."""


class RandomKernels(nn.Module):
    """Fixed random kernels, each pooled to two features; nothing in it is trained by gradient.

    A kernel sees KERNEL_LENGTH steps of a random subset of the channels, `dilation` steps apart. Half
    of the kernels of each dilation also look over the ends of the series (zeros there), half only
    where they lie inside it.

    Args:
        channels: channels of the series.
        length: longest series, in steps; the widest kernels span it. Longer ones may still be given.
        kernels: how many, at least two.
        seed: of the draw; the same seed gives the same kernels.
    """

    def __init__(self, channels: int, length: int, *, kernels: int = 2000, seed: int = 0) -> None:
        super().__init__()
        self.kernels = kernels
        self.dilations = _dilations(length)
        self.seed = seed
        generator = torch.Generator().manual_seed(seed)
        for group, count in enumerate(_shares(kernels, len(self.dilations))):
            self.register_buffer(f"weight{group}", _weights(count, channels, generator))
            self.register_buffer(f"bias{group}", torch.rand(count, generator=generator) * 2 - 1)

    @property
    def features(self) -> int:
        """Features per sample."""
        return 2 * self.kernels

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Share of positive values and maximum of every kernel, over the valid steps only.

        A kernel that fits nowhere inside a series gives zeros.

        Args:
            values: [batch, time, channel].
            lengths: [batch] valid steps of each series; None when all are.

        Returns:
            [batch, 2 * kernels]: all shares, then all maxima.
        """
        if lengths is None:
            lengths = torch.full((values.shape[0],), values.shape[1], device=values.device)
        steps = torch.arange(values.shape[1], device=values.device)
        valid = steps < lengths[:, None]  # [batch, time]
        series = torch.where(valid[:, :, None], values, 0.0).transpose(1, 2)
        shares, maxima = [], []
        for group, dilation in enumerate(self.dilations):
            outputs = self._outputs(series, group)  # [batch, kernel, time]
            reach = dilation * (KERNEL_LENGTH // 2)
            inside = (steps >= reach) & (steps < lengths[:, None] - reach)
            half = outputs.shape[1] // 2
            for part, where in ((outputs[:, :half], valid), (outputs[:, half:], inside)):
                share, maximum = _pool(part, where)
                shares.append(share)
                maxima.append(maximum)
        return torch.cat(shares + maxima, dim=1)

    @torch.no_grad()
    def fit_biases(self, values: Tensor, lengths: Tensor | None = None) -> None:
        """Sets every bias to a random quantile of that kernel's outputs on one random sample.

        The biases then suit the scale of the data, whatever it is (MiniRocket, section 3.1.3).

        Args:
            values: [batch, time, channel] training samples, in random order.
            lengths: [batch] valid steps; None when all are.
        """
        values = values[:BIAS_SAMPLES]
        count, time = values.shape[:2]
        lengths = torch.full((count,), time) if lengths is None else lengths[:count].cpu()
        valid = torch.arange(time) < lengths[:, None]
        series = torch.where(valid[:, :, None].to(values.device), values, 0.0).transpose(1, 2)
        generator = torch.Generator().manual_seed(self.seed + 1)
        for group in range(len(self.dilations)):
            bias = self.get_buffer(f"bias{group}")
            bias.zero_()
            outputs = self._outputs(series, group).cpu()  # [batch, kernel, time]
            sample = torch.randint(count, (len(bias),), generator=generator)
            rows = outputs[sample, torch.arange(len(bias))]  # [kernel, time]
            ordered = torch.where(valid[sample], rows, math.inf).sort(dim=1).values
            place = (torch.rand(len(bias), generator=generator) * lengths[sample]).long()
            bias.copy_(-ordered.gather(1, place[:, None])[:, 0])

    def _outputs(self, series: Tensor, group: int) -> Tensor:
        """[batch, channel, time] -> [batch, kernel, time] of one dilation."""
        dilation = self.dilations[group]
        return functional.conv1d(
            series,
            self.get_buffer(f"weight{group}"),
            self.get_buffer(f"bias{group}"),
            padding=dilation * (KERNEL_LENGTH // 2),
            dilation=dilation,
        )


def _pool(outputs: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """Share of positive values and maximum over the steps in `where` [batch, time]; zero if none."""
    outputs = torch.where(where[:, None], outputs, -math.inf)
    count = where.sum(dim=1, keepdim=True)
    share = (outputs / RAMP + 0.5).clamp(0.0, 1.0).sum(dim=2) / count.clamp(min=1)
    maximum = torch.where(count > 0, outputs.amax(dim=2), 0.0)
    return share, maximum


def _dilations(length: int) -> tuple[int, ...]:
    """Powers of two up to where one kernel spans the whole series."""
    widest = max(1, (length - 1) // (KERNEL_LENGTH - 1))
    return tuple(2**power for power in range(int(math.log2(widest)) + 1))


def _shares(total: int, groups: int) -> list[int]:
    """`total` in `groups` parts that differ by at most one."""
    return [total // groups + (group < total % groups) for group in range(groups)]


def _weights(count: int, channels: int, generator: torch.Generator) -> Tensor:
    """[kernel, channel, step]: normal draws with mean zero over the steps, zero off the subset.

    The number of channels a kernel sees is 2^u with u uniform, at most KERNEL_LENGTH (ROCKET,
    section 3.1, as its authors extended it to several channels).
    """
    weights = torch.randn(count, channels, KERNEL_LENGTH, generator=generator)
    weights = weights - weights.mean(dim=2, keepdim=True)
    most = math.log2(min(channels, KERNEL_LENGTH) + 1)
    seen = (2 ** (torch.rand(count, generator=generator) * most)).long().clamp(1, channels)
    order = torch.rand(count, channels, generator=generator).argsort(dim=1).argsort(dim=1)
    return weights * (order < seen[:, None])[:, :, None]
