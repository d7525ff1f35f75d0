"""Convolutional encoders: plain and residual, in one, two and three dimensions, from the same blocks.

Grids are first brought to at most GRID_LIMIT places a side by one strided convolution, so a picture of
64 pixels costs hardly more than one of 32; series to at most SERIES_LIMIT steps.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from advisor.models.blocks import (
    Chain,
    ConvUnit,
    Halve,
    ResidualBlock,
    Tokens,
    clear_padding,
    pool,
)
from advisor.models.settings import Params, number, whole
from advisor.records import Signature

Style = Literal["plain", "resnet"]
GRID_LIMIT = {2: 16, 3: 16}
FRAME_LIMIT = 32
SERIES_LIMIT = 256
SERIES_KERNELS = (7, 5, 3)  # Wang, Yan, Oates, "Time series classification from scratch", IJCNN 2017
TEXT_KERNELS = (1, 3, 5)  # several widths side by side, as in Kim, EMNLP 2014
STAGE_WIDTHS = (1, 2, 4)  # in units of `width`; each stage halves the grid
STEM_KERNEL = 5
LEAST_SIDE = 4  # a grid this small is not halved further
WIDEST_FRAME_MAP = 5
"""Places a side that are left of a frame when it becomes one vector. With 4, frames of 20 pixels went through
one layer more and took about twice as long to learn motion (bundled moving digits, two seeds)."""
FRAME_FEATURES = 4  # in units of `width`: numbers that a frame becomes


class GridEncoder(nn.Module):
    """Pictures, volumes and clips: [batch, channel, ...] through blocks, then mean and maximum."""

    def __init__(self, blocks: Chain, width: int, *, channels_second: bool = False) -> None:
        super().__init__()
        self.blocks, self.features = blocks, 2 * width
        self.channels_second = channels_second

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, channel, ...] (clips: [batch, time, channel, height, width]) -> [batch, features]."""
        if self.channels_second:
            values = values.transpose(1, 2)
        return pool(self.blocks(values)[0])


class SeriesEncoder(nn.Module):
    """Series and embedded texts through one-dimensional blocks, then mean and maximum."""

    def __init__(self, front: nn.Module, blocks: nn.Module, width: int) -> None:
        super().__init__()
        self.front, self.blocks, self.features = front, blocks, 2 * width

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, channel] or [batch, token] -> [batch, features]."""
        values = self.front(clear_padding(values, lengths)).transpose(1, 2)
        return pool(*self.blocks(values, lengths))


class KernelsEncoder(nn.Module):
    """Embedded texts through units of several kernel widths side by side, each then mean and maximum."""

    def __init__(self, front: nn.Module, units: list[ConvUnit], width: int) -> None:
        super().__init__()
        self.front, self.units, self.features = front, nn.ModuleList(units), 2 * width * len(units)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, token] -> [batch, features]."""
        values = self.front(clear_padding(values, lengths)).transpose(1, 2)
        return torch.cat([pool(*unit(values, lengths)) for unit in self.units], dim=1)


class FrameEncoder(nn.Module):
    """One picture to one vector that still knows where things are: the last small map is flattened."""

    def __init__(self, channels: int, height: int, width: int, base: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        inputs = channels
        sides: tuple[int, ...] = (height, width)
        # The first convolution brings any frame to at most 16 places a side, the others halve on.
        stride = tuple(2 * -(-side // FRAME_LIMIT) if side > 1 else 1 for side in sides)
        while not blocks or max(sides) > WIDEST_FRAME_MAP:
            outputs = base * STAGE_WIDTHS[min(len(blocks), len(STAGE_WIDTHS) - 1)]
            blocks.append(ConvUnit(2, inputs, outputs, stride=stride))
            inputs, sides = outputs, _smaller(sides, stride)
            stride = tuple(2 if side > 1 else 1 for side in sides)
        self.blocks = Chain(blocks)
        self.features = FRAME_FEATURES * base
        self.join = nn.Linear(sides[0] * sides[1] * inputs, self.features)

    def forward(self, frames: Tensor) -> Tensor:
        """[frame, channel, height, width] -> [frame, features]."""
        grid = self.blocks(frames)[0].permute(0, 2, 3, 1)  # as the channels lie in memory
        vectors: Tensor = self.join(grid.flatten(1)).relu()
        return vectors


class BagOfFrames(nn.Module):
    """The mean over the frames of what the same encoder says of each; blind to their order."""

    def __init__(self, frames: FrameEncoder) -> None:
        super().__init__()
        self.frames, self.features = frames, frames.features

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, channel, height, width] -> [batch, features]."""
        return each_frame(self.frames, values).mean(dim=1)


class SingleFrame(nn.Module):
    """The middle frame alone; blind to time."""

    def __init__(self, frames: FrameEncoder) -> None:
        super().__init__()
        self.frames, self.features = frames, frames.features

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, channel, height, width] -> [batch, features]."""
        vectors: Tensor = self.frames(values[:, values.shape[1] // 2])
        return vectors


def each_frame(encoder: nn.Module, values: Tensor) -> Tensor:
    """[batch, time, channel, height, width] -> [batch, time, features]."""
    frames = values.flatten(0, 1).contiguous(memory_format=torch.channels_last)  # up to twice as fast
    vectors: Tensor = encoder(frames)  # [batch * time, features]
    return vectors.reshape(-1, values.shape[1], vectors.shape[1])


def encode(
    style: Style, signature: Signature, params: Params
) -> GridEncoder | SeriesEncoder | KernelsEncoder:
    """The encoder of one style for pictures, volumes, clips, series or texts."""
    width, depth = whole(params, "width", 32), whole(params, "depth", 1)
    match signature.layout:
        case "text":
            return _text_encoder(style, signature, params, width, depth)
        case "series":
            blocks, outputs = series_blocks(style, signature.channels, signature.length, width, depth)
            return SeriesEncoder(nn.Identity(), blocks, outputs)
    sides = grid_sides(signature)
    blocks, outputs = _grid_blocks(style, signature.channels, sides, width, depth)
    return GridEncoder(blocks, outputs, channels_second=signature.layout == "clip")


def grid_sides(signature: Signature) -> tuple[int, ...]:
    """Sizes of the axes that a convolution slides over."""
    height, width = signature.height or 1, signature.width or 1
    match signature.layout:
        case "volume":
            return (signature.depth or 1, height, width)
        case "clip":
            return (signature.length, height, width)
    return (height, width)


def frame_encoder(signature: Signature, params: Params) -> FrameEncoder:
    """The encoder of one frame of a clip."""
    return FrameEncoder(
        signature.channels, signature.height or 1, signature.width or 1, whole(params, "width", 16)
    )


def tokens(signature: Signature, params: Params) -> Tokens:
    """The embedding of a text's tokens."""
    return Tokens(
        signature.vocabulary or 1,
        whole(params, "embedding", 64),
        word_dropout=number(params, "word_dropout", 0.1),
        dropout=number(params, "dropout", 0.3),
    )


def stem_stride(sides: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """Per side the stride that brings it to at most `limit`."""
    return tuple(-(-side // limit) for side in sides)


def series_blocks(style: Style, channels: int, length: int, width: int, depth: int) -> tuple[Chain, int]:
    """Blocks for one dimension and the channels they end with; two stages, of `width` and twice that."""
    stride = -(-length // SERIES_LIMIT)
    blocks: list[nn.Module] = []
    inputs = channels
    for stage, outputs in enumerate((width, 2 * width)):
        for place in range(depth):
            first = stride if stage == place == 0 else 1
            if style == "resnet":
                blocks.append(ResidualBlock(1, inputs, outputs, kernels=SERIES_KERNELS, stride=first))
            else:
                kernel = SERIES_KERNELS[min(stage, len(SERIES_KERNELS) - 1)]
                blocks.append(ConvUnit(1, inputs, outputs, kernel=kernel, stride=first))
            inputs = outputs
    if style == "plain":  # a third layer, narrower again: the fully convolutional network of Wang et al.
        blocks.append(ConvUnit(1, inputs, inputs, kernel=SERIES_KERNELS[2]))
    return Chain(blocks), inputs


def _grid_blocks(
    style: Style, channels: int, sides: tuple[int, ...], width: int, depth: int
) -> tuple[Chain, int]:
    """A strided stem, then three stages between which maxima halve the grid; the last has a block less.

    After the nine-layer residual network that learns small photos quickest (Page, "How to train your
    ResNet", 2018). On 3,000 small photos in 40 s it was ahead of halving by strided convolutions.
    """
    dimensions = len(sides)
    stem = stem_stride(sides, GRID_LIMIT[dimensions])
    blocks: list[nn.Module] = [ConvUnit(dimensions, channels, width, kernel=STEM_KERNEL, stride=stem)]
    sides, inputs = _smaller(sides, stem), width
    for stage, times in enumerate(STAGE_WIDTHS):
        outputs = times * width
        if stage:
            halved = tuple(2 if side > LEAST_SIDE else 1 for side in sides)
            blocks += [Halve(dimensions, halved), ConvUnit(dimensions, inputs, outputs)]
            sides, inputs = _smaller(sides, halved), outputs
        for _ in range(depth - (stage == len(STAGE_WIDTHS) - 1)):
            if style == "resnet":
                blocks.append(ResidualBlock(dimensions, outputs, outputs, rectify_sum=False))
            else:
                blocks.append(ConvUnit(dimensions, outputs, outputs))
    return Chain(blocks), inputs


def _text_encoder(
    style: Style, signature: Signature, params: Params, width: int, depth: int
) -> SeriesEncoder | KernelsEncoder:
    front = tokens(signature, params)
    if style == "plain":
        units = [ConvUnit(1, front.features, width, kernel=kernel) for kernel in TEXT_KERNELS]
        return KernelsEncoder(front, units, width)
    blocks, outputs = series_blocks(style, front.features, signature.length, width, depth)
    return SeriesEncoder(front, blocks, outputs)


def _smaller(sides: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-(-side // stride) for side, stride in zip(sides, strides, strict=True))


def halving_blocks(channels: int, width: int, kernel: int, halvings: int) -> Chain:
    """Units of one dimension, each of which halves the steps."""
    inputs = [channels] + [width] * (halvings - 1)
    return Chain(ConvUnit(1, one, width, kernel=kernel, stride=2) for one in inputs)
