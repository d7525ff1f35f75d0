"""Convolutions in space or over neighbouring steps, then recurrent layers over time."""

from __future__ import annotations

from torch import Tensor, nn

from advisor.models.cnn import FrameEncoder, each_frame, frame_encoder, halving_blocks, tokens
from advisor.models.recurrent import Cell, Recurrent
from advisor.models.rnn import SequenceEncoder, recurrent
from advisor.models.settings import Params, whole
from advisor.records import Signature

KERNEL = 5
LEAST_STEPS = 8  # pooling never leaves the recurrent layers fewer steps than this


class ClipEncoder(nn.Module):
    """A convolutional network on every frame, then recurrent layers over the frames (Donahue et al. 2015)."""

    def __init__(self, frames: FrameEncoder, recurrent: Recurrent) -> None:
        super().__init__()
        self.frames, self.recurrent, self.features = frames, recurrent, recurrent.features

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, channel, height, width] -> [batch, features]."""
        features: Tensor = self.recurrent(each_frame(self.frames, values), lengths)
        return features


def encode(cell: Cell, signature: Signature, params: Params) -> ClipEncoder | SequenceEncoder:
    """Params: width, halvings (one dimension), and those of the recurrent layers."""
    if signature.layout == "clip":
        frames = frame_encoder(signature, params)
        return ClipEncoder(frames, recurrent(cell, frames.features, params))
    width = whole(params, "width", 32)
    halvings = whole(params, "halvings", 1)
    while halvings > 1 and signature.length >> halvings < LEAST_STEPS:
        halvings -= 1
    front: nn.Module = tokens(signature, params) if signature.layout == "text" else nn.Identity()
    inputs = whole(params, "embedding", 64) if signature.layout == "text" else signature.channels
    blocks = halving_blocks(inputs, width, KERNEL, halvings)
    return SequenceEncoder(front, blocks, recurrent(cell, width, params))
