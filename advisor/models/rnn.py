"""Recurrent encoders: series, texts, the rows of a picture, the flattened frames of a clip."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from advisor.models.blocks import Patches, clear_padding
from advisor.models.cnn import tokens
from advisor.models.recurrent import Cell, Recurrent
from advisor.models.settings import Params, number, switch, whole
from advisor.records import Signature

LARGEST_FRAME = 16  # larger frames are averaged down to at most this many places a side


class Rows(nn.Module):
    """The rows of a picture as steps: [batch, channel, height, width] -> [batch, height, channel * width]."""

    def forward(self, values: Tensor) -> Tensor:
        return values.transpose(1, 2).flatten(2)


class Frames(nn.Module):
    """The frames of a clip as steps, averaged over `cell` x `cell` pixels: -> [batch, time, features]."""

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.cell = -(-max(height, width) // LARGEST_FRAME)
        self.features = channels * (height // self.cell) * (width // self.cell)

    def forward(self, values: Tensor) -> Tensor:
        frames = values.flatten(0, 1)
        if self.cell > 1:
            frames = functional.avg_pool2d(frames, self.cell)
        return frames.reshape(-1, values.shape[1], self.features)


class SequenceEncoder(nn.Module):
    """A front that gives steps, patches where steps are many, and recurrent layers.

    Args:
        front: raw values -> [batch, time, feature].
        patches: [batch, feature, time] -> fewer, wider steps; None where each step is read.
    """

    def __init__(self, front: nn.Module, patches: nn.Module | None, recurrent: Recurrent) -> None:
        super().__init__()
        self.front, self.patches, self.recurrent = front, patches, recurrent
        self.features = recurrent.features

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Values as the layout says -> [batch, features]."""
        values = self.front(clear_padding(values, lengths))
        if self.patches is not None:
            values, lengths = self.patches(values.transpose(1, 2), lengths)
            values = values.transpose(1, 2)
        features: Tensor = self.recurrent(values, lengths)
        return features


def encode(cell: Cell, signature: Signature, params: Params) -> SequenceEncoder:
    """Params: hidden, layers, bidirectional, patch, dropout; embedding and word_dropout for texts."""
    front, features = _front(signature, params)
    patch, hidden = whole(params, "patch", 1), whole(params, "hidden", 64)
    patches = None
    if patch > 1 and signature.layout in ("series", "text"):
        patches, features = Patches(features, hidden, patch), hidden
    return SequenceEncoder(front, patches, recurrent(cell, features, params))


def recurrent(cell: Cell, inputs: int, params: Params) -> Recurrent:
    """The recurrent layers that these settings describe."""
    return Recurrent(
        cell,
        inputs,
        whole(params, "hidden", 64),
        layers=whole(params, "layers", 1),
        bidirectional=switch(params, "bidirectional", True),
        dropout=number(params, "dropout", 0.1),
    )


def _front(signature: Signature, params: Params) -> tuple[nn.Module, int]:
    """The module that makes steps of raw values, and the features of a step."""
    match signature.layout:
        case "text":
            embedded = tokens(signature, params)
            return embedded, embedded.features
        case "image":
            return Rows(), signature.channels * (signature.width or 1)
        case "clip":
            frames = Frames(signature.channels, signature.height or 1, signature.width or 1)
            return frames, frames.features
    return nn.Identity(), signature.channels
