"""What the values of masks tell: whether they are masks at all, and how many classes they show."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError

FEW_VALUES = 32  # distinct values of a mask; label maps of scenes have 20 to 35
FLAT = 0.8
"""Share of equal neighbours that a mask has at least where its edges are soft or it was saved as JPEG.
Measured: masks 0.85 to 1, photographs 0.03 to 0.4."""
MOST_CLASSES = 128  # distinct values that are classes; atlases of the brain have 50 to 110
GREY_SPREAD = 12  # levels that JPEG puts between the channels of what was grey
VOID = 255  # "to be ignored" in label maps since PASCAL VOC
BINARY_SHARE = 0.9  # of the pixels at the two ends of the scale: a binary mask saved as JPEG
PURE_SHARE = 0.97  # of the pixels that are 0 or 255: a binary mask with soft edges
END = 32  # grey levels from 0 or 255 that count as the end of the scale
WINDOW = 1024  # side of the central part that is looked at
MOST_PIXELS = 4_000_000  # of one mask that are counted, evenly spread
COUNT_SECONDS = 2.0  # time for decoding masks to count their classes


@dataclass(frozen=True)
class Appearance:
    """How a picture's values are spread: as a mask's or as a photograph's."""

    size: tuple[int, int]
    values: int  # distinct values or colours
    flat: float  # share of neighbouring pixels, left to right, that are exactly equal
    ends: float  # share of pixels at the two ends of the scale of 8 bits

    @property
    def is_mask(self) -> bool:
        return self.values <= FEW_VALUES or self.flat >= FLAT or self.ends >= BINARY_SHARE


def appearance(values: NDArray[np.generic]) -> Appearance:
    """Of [height, width] or [height, width, channel] values as they are stored."""
    start = [max(0, (side - WINDOW) // 2) for side in values.shape[:2]]
    found = codes(values[start[0] : start[0] + WINDOW, start[1] : start[1] + WINDOW])
    equal = found[:, 1:] == found[:, :-1]
    size = (values.shape[0], values.shape[1])
    return Appearance(size, len(distinct(found)), float(equal.mean()) if equal.size else 1.0, _ends(found))


def count_classes(
    masks: Sequence[Path], read: Callable[[Path], NDArray[np.generic]], *, volumes: bool = False
) -> int | None:
    """Distinct values of those masks, background counted and "to be ignored" not.

    None where they do not tell: objects numbered one by one, or soft values.
    """
    seen: set[int] = set()
    known = binary = 0
    end = time.monotonic() + COUNT_SECONDS
    for file in masks:
        try:
            values = read(file)
        except UnreadableSampleError:
            continue
        known += 1
        if volumes:
            seen |= distinct(values)
        else:
            step = math.ceil(math.sqrt(values.shape[0] * values.shape[1] / MOST_PIXELS)) or 1
            places = codes(values[::step, ::step])
            found = distinct(places)
            binary += _is_binary(places, found)
            seen |= found
        if time.monotonic() > end or len(seen) > 2**16:
            break
    if known and binary == known:
        return 2
    if len(seen) > 2 and VOID in seen and max(seen - {VOID}) < 2 * len(seen):  # 255 beside 0, 1, 2
        seen.discard(VOID)
    return len(seen) if 1 < len(seen) <= MOST_CLASSES else None


def distinct(values: NDArray[np.generic]) -> set[int]:
    """Distinct values; what is not whole counts by its first two decimals."""
    if values.dtype.kind == "f":
        known = np.nan_to_num(values.ravel())
        values = known if bool((known == np.round(known)).all()) else np.round(known * 100)
        values = np.clip(values, -(2**40), 2**40).astype(np.int64)
    flat = values.ravel().astype(np.uint8) if values.dtype.kind == "b" else values.ravel()
    if flat.size and int(flat.min()) >= 0 and int(flat.max()) < 2**16:  # ten times faster than sorting
        return set(np.flatnonzero(np.bincount(flat)).tolist())
    return set(np.unique(flat).tolist())


def codes(values: NDArray[np.generic]) -> NDArray[np.int64]:
    """[height, width]: one number per value or colour."""
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim == 2:
        soft = values.dtype.kind == "f" and float(values.max(initial=0)) <= 1
        known: NDArray[np.generic] = np.nan_to_num(values)
        return np.asarray(known * 255 if soft else known, dtype=np.int64)
    colours = values[..., :3].astype(np.int64)
    if colours.shape[-1] == 3 and int(np.ptp(colours, axis=-1).max(initial=0)) <= GREY_SPREAD:
        return np.asarray(colours[..., 0])  # grey, saved in colour
    merged: NDArray[np.int64] = colours @ (256 ** np.arange(colours.shape[-1])[::-1])
    return merged


def _is_binary(found: NDArray[np.int64], values: set[int]) -> bool:
    """0 and 1, or nearly all at the two ends of the scale of 8 bits: soft edges, JPEG."""
    highest = max(values, default=0)
    if highest <= 1:
        return True
    if not VOID - END <= highest <= VOID:
        return False
    if float(((found == 0) | (found == VOID)).mean()) >= PURE_SHARE:
        return True
    return max(values - {VOID}, default=0) >= VOID - END and _ends(found) >= BINARY_SHARE


def _ends(found: NDArray[np.int64]) -> float:
    return float(((found <= END) | ((found >= VOID - END) & (found <= VOID))).mean()) if found.size else 0.0
