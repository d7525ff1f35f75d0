"""The pixels of one open picture as eight bits a channel, whatever its mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "F"})
TWELVE_BITS = 4095  # cameras and scanners of twelve bits keep them in the lower part of sixteen


def is_grey(picture: Image) -> bool:
    """Whether a picture has one channel of colour, by its header."""
    return picture.mode in GREY_MODES or picture.mode.startswith("I;16")


def as_uint8(picture: Image, channels: int) -> NDArray[np.uint8]:
    """[height, width, channels] for 1 or 3 channels; what is transparent lies on white."""
    from PIL.Image import new

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return eight_bit_colours(np.asarray(picture)[..., None], channels)
    if picture.has_transparency_data:
        picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        white = new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    mode = "L" if channels == 1 else "RGB"
    values = np.array(picture if picture.mode == mode else picture.convert(mode), dtype=np.uint8)
    return values.reshape(*values.shape[:2], channels)


def eight_bit_colours(values: NDArray[np.generic], channels: int) -> NDArray[np.uint8]:
    """[height, width, channels] for 1 or 3 channels, of any number of channels and dtype.

    Grey is repeated for colour; of colours, grey is the mean; of more than three channels the first three
    count.
    """
    scaled = eight_bits(values)
    if scaled.shape[-1] == channels:
        return scaled
    if channels == 1:
        return np.asarray(scaled[..., :3].mean(axis=-1, keepdims=True), dtype=np.uint8)
    return np.repeat(scaled[..., :1], 3, axis=-1) if scaled.shape[-1] < 3 else scaled[..., :3]


def eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Values on the scale 0 to 255, by what they are.

    Whole numbers up to 255 stay; up to 4095 they are of twelve bits, up to 65535 of sixteen. Floats from
    0 to 1 or from 0 to 255 are taken for that. Anything else (heights, Hounsfield units) has no scale of its
    own and is stretched from its least to its largest value.
    """
    if values.dtype == np.uint8:
        return np.asarray(values, dtype=np.uint8)
    known = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    least, most = float(known.min(initial=0)), float(known.max(initial=0))
    whole = values.dtype.kind in "biu"
    if least < 0 or most > 65535 or (not whole and most > 255):
        known = (known - least) / np.float32(max(most - least, 1e-30)) * 255
    elif whole and most > 255:
        known /= 16 if most <= TWELVE_BITS else 257
    elif not whole and most <= 1:
        known *= 255
    return np.asarray(np.clip(known, 0, 255), dtype=np.uint8)
