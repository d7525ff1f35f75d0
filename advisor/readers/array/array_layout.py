"""What the axes of one sample of an array are, as far as its name and sizes tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.readers.array.array_roles import CLIPS, PICTURES, SERIES, VOLUMES
from advisor.readers.source import Sample
from advisor.records import Axis

FEW_CHANNELS = 4  # an axis of at most this many, first or last in a picture, holds its channels

Move = Callable[[NDArray[np.generic]], Sample]


def layout(
    words: Sequence[str],
    dtype: np.dtype[np.generic],
    shape: tuple[int | None, ...],
    *,
    many_channels: bool = False,
) -> tuple[tuple[Axis, ...], Move]:
    """Named axes of a sample of that shape, and the function that gives a stored sample those axes.

    Sizes that differ between parts are None: a vector of any length is a series, and no row of features.
    Axes that no name tells are `unknown`.

    Args:
        many_channels: the last of three axes of a picture holds its channels, however many these are.
    """
    if not shape:
        return _scalar(dtype)
    names, order = _names(set(words), shape)
    if many_channels and len(shape) == 3:
        names, order = ("height", "width", "channel"), [0, 1, 2]
    sizes = [1 if axis is None else shape[axis] for axis in order]
    axes = tuple(Axis.model_validate({"name": n, "size": s}) for n, s in zip(names, sizes, strict=True))
    kept = [axis for axis in order if axis is not None]

    def move(sample: NDArray[np.generic]) -> Sample:
        moved = sample.transpose(kept)
        return moved if None not in order else moved[..., None]

    return axes, move


def input_name(words: Sequence[str], dtype: np.dtype[np.generic]) -> str:
    """What samples are called."""
    kinds = (("image", PICTURES), ("clip", CLIPS), ("series", SERIES), ("volume", VOLUMES))
    return next((name for name, among in kinds if set(words) & among), "text" if dtype.kind in "SU" else "x")


def _scalar(dtype: np.dtype[np.generic]) -> tuple[tuple[Axis, ...], Move]:
    """One text per sample, or one number."""
    if dtype.kind in "SU":
        return (Axis(name="token"),), _text
    return (Axis(name="feature", size=1),), lambda number: number[None]


def _text(value: NDArray[np.generic]) -> str:
    found = value.item()
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def _names(words: set[str], shape: tuple[int | None, ...]) -> tuple[tuple[str, ...], list[int | None]]:
    """Axis names and, for each, its place in the stored sample; None is a channel axis to be added."""
    rank = len(shape)
    if (words & SERIES and rank <= 2) or shape == (None,):
        return ("time", "channel"), _series_order(shape)
    frames = [0] if words & CLIPS and not is_frame(shape) else []
    rest = list(range(len(frames), rank))
    order = _picture_order(rest, shape)
    if words & (CLIPS | PICTURES) and order is not None:
        return (*("time" for _ in frames), "height", "width", "channel"), [*frames, *order]
    return ("unknown",) * rank, list(range(rank))


def is_frame(shape: tuple[int | None, ...]) -> bool:
    """Whether what is called a clip has frames along its first axis, in grey or in colours."""
    return len(shape) == 2 or (len(shape) == 3 and (shape[2] or FEW_CHANNELS + 1) <= FEW_CHANNELS)


def _series_order(shape: tuple[int | None, ...]) -> list[int | None]:
    if len(shape) == 1:
        return [0, None]
    first, second = shape
    return [1, 0] if first is not None and second is not None and first < second else [0, 1]


def _picture_order(axes: list[int], shape: tuple[int | None, ...]) -> list[int | None] | None:
    """None where an axis of few places is needed for the channels and there is none: a volume, say."""
    if len(axes) == 2:
        return [*axes, None]
    if len(axes) != 3:
        return None
    first, last = ((shape[axis] or FEW_CHANNELS + 1) <= FEW_CHANNELS for axis in (axes[0], axes[2]))
    if last:
        return list(axes)
    return [axes[1], axes[2], axes[0]] if first else None
