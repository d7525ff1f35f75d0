"""Dropout whose random numbers cost little on a processor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LEVELS = 256  # of a byte


class Dropout(nn.Dropout):
    """As torch's own, but one random number of 64 bits decides for eight values.

    torch draws a number for each value, on one thread: a quarter of a training step of the first networks
    for texts was spent on that. The share that is dropped is therefore rounded to 1/256, and what is kept
    scaled by just that share.
    """

    def forward(self, input: Tensor) -> Tensor:
        """The same shape."""
        dropped = round(self.p * LEVELS)
        drawn_here = self.training and input.device.type == "cpu" and 0 < dropped < LEVELS
        if not drawn_here or torch.compiler.is_compiling():
            return super().forward(input)
        kept = random_bytes(input.shape) >= dropped
        return input * kept.to(input.dtype).mul_(LEVELS / (LEVELS - dropped))


def random_bytes(shape: torch.Size) -> Tensor:
    """Independent uint8 of the shape, each value as likely as any, on the processor."""
    words = torch.empty(-(-shape.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
    return words.view(torch.uint8)[: shape.numel()].reshape(shape)
