"""Features of a series that see no farther than a given span, for the question how far apart steps may lie
and still matter to each other.

Two kinds, each pooled over the whole series: random dilated kernels (as `kernels`, but with as many of them
for a short span as for a long one), and products of each step with the one so many steps later.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from advisor.measure.probes.probing import Array, gram

KERNELS = 120  # per span
TAPS = 9
CHANNELS = 4  # whose products are taken: those that vary the most
CHUNK = 64  # samples at once


def spans_of(length: int) -> list[int]:
    """1, 3, 5, 9, 17, 33, ...: the spans of three, five and nine taps, then doubled, and the whole length."""
    found = [span for span in (1, 3, 5) if span < length]
    while (span := TAPS + (TAPS - 1) * (2 ** len(found[3:]) - 1)) < length:
        found.append(span)
    return [*found, length]


def span_products(
    values: NDArray[np.float32], lengths: NDArray[np.int64], spans: Sequence[int], seed: int
) -> list[Array]:
    """Per span [sample, sample] products of features of padded series [sample, time, channel]."""
    lagged = lagged_products(values, lengths, spans)
    groups = kernel_features(values, lengths, spans, seed)
    found = []
    for place, products in enumerate(lagged):
        share = KERNELS // (place + 1)
        seen = np.concatenate([group[:, : 2 * share] for group in groups[: place + 1]], axis=1)
        found.append((gram(seen) + products) / 2)
    return found


def lagged_products(
    values: NDArray[np.float32], lengths: NDArray[np.int64], spans: Sequence[int]
) -> list[Array]:
    """Per span products of the means of x[t] * x[t + lag], for all lags below it."""
    chosen = values[:, :, np.argsort(-values.var(axis=(0, 1)), kind="stable")[:CHANNELS]]
    power = np.abs(np.fft.rfft(chosen, 2 * values.shape[1], axis=1)) ** 2
    lagged = np.fft.irfft(power, axis=1)[:, : spans[-1]].transpose(0, 2, 1)  # [sample, channel, lag]
    means = lagged / np.maximum(lengths[:, None, None], 1)
    total, found, start = np.zeros((len(values), len(values))), list[Array](), 0
    for span in spans:
        part = means[:, :, start:span].reshape(len(values), -1)
        total += (gram(part) - 1.0) * part.shape[1]
        found.append(total / (span * chosen.shape[2]) + 1.0)
        start = span
    return found


def kernel_features(
    values: NDArray[np.float32], lengths: NDArray[np.int64], spans: Sequence[int], seed: int
) -> list[NDArray[np.float64]]:
    """Per span [sample, 2 * kernel]: the share of positive outputs and the greatest one of kernels that
    span it, in turns; of the n-th span as many as the n-th part of KERNELS needs."""
    generator = torch.Generator().manual_seed(seed)
    steps = torch.arange(values.shape[1])
    groups = []
    for place, span in enumerate(spans):
        taps = min(TAPS, span)
        dilation = max(1, (span - 1) // max(1, taps - 1))
        count = KERNELS // (place + 1)
        weight = _weights(count, values.shape[2], taps, generator)
        margin = dilation * (taps - 1)
        biases: torch.Tensor | None = None
        found = []
        for start in range(0, len(values), CHUNK):
            part = torch.from_numpy(values[start : start + CHUNK]).transpose(1, 2)
            sizes = torch.from_numpy(lengths[start : start + CHUNK])
            outputs = functional.conv1d(functional.pad(part, (0, margin)), weight, dilation=dilation)
            inside = steps < (sizes[:, None] - margin).clamp(min=1)
            if biases is None:
                biases = _biases(outputs, inside, generator)
            found.append(_pooled(outputs, inside, biases))
        groups.append(torch.cat(found).double().numpy())
    return groups


def _weights(count: int, channels: int, taps: int, generator: torch.Generator) -> torch.Tensor:
    """[kernel, channel, tap] normal draws; of several channels each kernel sees a few."""
    weights = torch.randn(count, channels, taps, generator=generator)
    share = torch.rand(count, 1, 1, generator=generator) ** 2
    seen = torch.rand(count, channels, 1, generator=generator) <= share
    seen[torch.arange(count), torch.randint(channels, (count,), generator=generator)] = True
    return weights * seen


def _biases(outputs: torch.Tensor, inside: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """[kernel] a random quantile of each kernel's outputs, as MiniRocket draws them."""
    kept = outputs.transpose(1, 2)[inside]  # [place, kernel]
    places = torch.randint(len(kept), (kept.shape[1],), generator=generator)
    return kept[places, torch.arange(kept.shape[1])]


def _pooled(outputs: torch.Tensor, inside: torch.Tensor, biases: torch.Tensor) -> torch.Tensor:
    """[sample, 2 * kernel]."""
    valid = inside[:, None]
    positive = ((outputs > biases[:, None]) & valid).sum(dim=2) / valid.sum(dim=2)
    greatest = outputs.masked_fill(~valid, -torch.inf).amax(dim=2)
    return torch.stack([positive, greatest], dim=2).flatten(1)
