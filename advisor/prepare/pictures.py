"""Pictures and clips: one size for all, fitted scaling, decoded to uint8 tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.prepare.preprocessing import ClipValues, ImageValues
from advisor.readers.mapped import let_go
from advisor.readers.source import Source

FITTED_ON = 500  # samples that mean and standard deviation are taken from; their error is then under 1 %
CLIP_FITTED_ON = 24
MAX_FRAMES = (
    16  # evenly spaced; actions of a few seconds are told from 8 to 16 frames (TSN, Wang et al. 2016)
)
HELD = 200_000_000  # bytes of decoded samples while their common size is not known yet
LET_GO_EVERY = 50  # samples: a look at one of a mapped file leaves 64 kB and more around it in memory
SIDE_MULTIPLE = 4  # sides that halve twice without a rest

Picture = NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)


def resize(picture: Picture, height: int, width: int) -> Picture:
    """`[height, width, channel]` resized by area averaging or bilinear interpolation (Pillow)."""
    if picture.shape[:2] == (height, width):
        return picture
    from PIL import Image

    shrinking = picture.shape[0] > height or picture.shape[1] > width
    how = Image.Resampling.BOX if shrinking else Image.Resampling.BILINEAR
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(picture[..., c])).resize((width, height), how))
        for c in range(picture.shape[-1])
    ]
    return np.stack(planes, axis=-1)


def to_uint8(values: NDArray[np.generic], low: float, high: float) -> Picture:
    """Pixels of any dtype on the scale 0 to 255; `low` and `high` are those of the data set."""
    if values.dtype == np.uint8:
        return np.asarray(values, dtype=np.uint8)
    scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-12))
    return np.asarray(np.clip(np.nan_to_num(scaled), 0, 255), dtype=np.uint8)


def common_size(sizes: Iterable[tuple[int, int]], max_side: int) -> tuple[int, int]:
    """The median size, shrunk so that the longer side is at most `max_side`, as multiples of 4.

    nnU-Net takes the median size of the data as its target for the same reason (Isensee et al. 2021).
    """
    height, width = np.median(np.array(list(sizes), dtype=np.float64), axis=0)
    scale = min(1.0, max_side / max(height, width))
    if scale == 1.0:
        return int(height), int(width)
    return _rounded(height * scale), _rounded(width * scale)


def _rounded(side: float) -> int:
    return max(SIDE_MULTIPLE, round(side / SIDE_MULTIPLE) * SIDE_MULTIPLE)


def fit_images(source: Source, indices: NDArray[np.int64], max_side: int) -> ImageValues:
    """Size, channels, mean and standard deviation from up to FITTED_ON training pictures."""
    chosen = indices[:: max(1, len(indices) // FITTED_ON)][:FITTED_ON]
    read = _holding(lambda i: np.asarray(source.read(i)))
    shapes = readable(chosen, lambda i: np.array(read(i).shape))
    height, width = common_size(((int(shape[0]), int(shape[1])) for shape in shapes), max_side)
    resized = np.stack(readable(chosen, lambda i: resize(as_uint8(read(i)), height, width)))
    mean, std = _scaling(resized)
    return ImageValues(channels=resized.shape[-1], height=height, width=width, mean=mean, std=std)


def fit_clips(source: Source, indices: NDArray[np.int64], max_side: int) -> ClipValues:
    """Frames, size, mean and standard deviation from a few training clips."""
    chosen = indices[:: max(1, len(indices) // CLIP_FITTED_ON)][:CLIP_FITTED_ON]
    read = _holding(lambda i: frames_of(source, i, MAX_FRAMES))
    shapes = readable(chosen, lambda i: np.array(read(i).shape))
    frames = int(np.clip(np.median([shape[0] for shape in shapes]), 2, MAX_FRAMES))
    height, width = common_size(((int(shape[1]), int(shape[2])) for shape in shapes), max_side)
    resized = np.concatenate(
        readable(chosen, lambda i: resize_clip(as_uint8(read(i)), frames, height, width))
    )
    mean, std = _scaling(resized)
    return ClipValues(
        frames=frames, channels=resized.shape[-1], height=height, width=width, mean=mean, std=std
    )


def _holding(read: Callable[[int], NDArray[np.generic]]) -> Callable[[int], NDArray[np.generic]]:
    """Reads, and holds what it read up to HELD bytes: only of large pictures are some decoded twice."""
    held: dict[int, NDArray[np.generic]] = {}

    def once(index: int) -> NDArray[np.generic]:
        if index in held:
            return held[index]
        sample = read(index)
        if sum(one.nbytes for one in held.values()) + sample.nbytes <= HELD:
            held[index] = sample
        return sample

    return once


def frames_of(source: Source, index: int, count: int) -> NDArray[np.generic]:
    """At most `count` evenly spaced frames `[time, height, width, channel]` of one clip."""
    if source.read_frames is not None:
        return np.asarray(source.read_frames(index, count))
    clip = np.asarray(source.read(index))
    if len(clip) <= count:
        return clip
    return clip[np.linspace(0, len(clip) - 1, count).round().astype(np.int64)]


def resize_clip(clip: Picture, frames: int, height: int, width: int) -> Picture:
    """`[frames, height, width, channel]`; a shorter clip repeats frames, evenly."""
    chosen = np.linspace(0, len(clip) - 1, frames).round().astype(np.int64)
    return np.stack([resize(clip[i], height, width) for i in chosen])


def as_uint8(values: NDArray[np.generic]) -> Picture:
    """By dtype: integers keep their range, floats are taken as 0 to 1, or 0 to 255 where larger."""
    if values.dtype == np.uint8:
        return np.asarray(values, dtype=np.uint8)
    if np.issubdtype(values.dtype, np.integer):
        limit = float(np.iinfo(values.dtype.name).max) if values.max(initial=0) > 255 else 255.0
        return to_uint8(values, 0.0, limit)
    return to_uint8(values, min(0.0, float(np.nanmin(values))), 255.0 if np.nanmax(values) > 1.5 else 1.0)


def readable(indices: NDArray[np.int64], read: Callable[[int], NDArray[Number]]) -> list[NDArray[Number]]:
    """What can be decoded of these samples; raises UnreadableSampleError when nothing can."""
    found: list[NDArray[Number]] = []
    last: UnreadableSampleError | None = None
    for number, index in enumerate(indices.tolist()):
        try:
            found.append(np.asarray(read(index)))
        except UnreadableSampleError as error:
            last = error
        if number % LET_GO_EVERY == 0:
            let_go()
    let_go()
    if not found:
        raise last or UnreadableSampleError("no sample could be decoded")
    return found


def _scaling(pictures: Picture) -> tuple[tuple[float, ...], tuple[float, ...]]:
    flat = pictures.reshape(-1, pictures.shape[-1]).astype(np.float64)
    return tuple(flat.mean(0).tolist()), tuple(np.maximum(flat.std(0), 1.0).tolist())
