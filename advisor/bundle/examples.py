"""Inputs that an exported model is checked on."""

from __future__ import annotations

import torch
from torch import Tensor

from advisor.prepare import Prepared
from advisor.records import Signature

EXAMPLES = 16
MOST_STEPS = 512


def first_samples(prepared: Prepared) -> tuple[Tensor, Tensor | None]:
    """Values and lengths of up to EXAMPLES samples, standardised and as one batch."""
    batch = prepared.batch(torch.arange(min(EXAMPLES, len(prepared))))
    return batch.values, batch.lengths


def random_samples(signature: Signature) -> tuple[Tensor, Tensor | None]:
    """Standard normal values (random tokens) of the shape that the signature's layout says."""
    generator = torch.Generator().manual_seed(0)
    steps, lengths = signature.length, None
    if signature.variable_length:
        steps = min(steps, MOST_STEPS)
        lengths = torch.randint(1, steps + 1, (EXAMPLES,), generator=generator)
        lengths[0] = steps
    if signature.layout == "text":
        values = torch.randint(1, signature.vocabulary or 2, (EXAMPLES, steps), generator=generator)
    else:
        values = torch.randn((EXAMPLES, *_shape(signature, steps)), generator=generator)
    if lengths is not None:
        inside = torch.arange(steps)[None] < lengths[:, None]  # [batch, time]
        values = values * inside.view(*inside.shape, *[1] * (values.ndim - 2))
    return values, lengths


def _shape(signature: Signature, steps: int) -> tuple[int, ...]:
    channels = signature.channels
    sides = tuple(size for size in (signature.depth, signature.height, signature.width) if size is not None)
    match signature.layout:
        case "image" | "volume":
            return (channels, *sides)
        case "clip":
            return (steps, channels, *sides)
        case "series":
            return (steps, channels)
        case _:
            return (steps,)
