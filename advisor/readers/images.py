"""Pictures, one folder per class: JPEG, PNG and the other common raster formats of Pillow."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.folders import Found
from advisor.readers.source import Source
from advisor.records import Axis, InputSpec

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT = "image-folder"
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
)
WHAT = "pictures"
HEADERS = 200  # files whose headers are read to tell sizes and colours
MAX_PIXELS = 100_000_000  # of one picture; a larger header is more likely an attack than a photograph
GREY_MODES = frozenset({"1", "L", "LA", "I", "F"})
ORIENTATION, SIDEWAYS = 0x0112, frozenset({5, 6, 7, 8})  # Exif 2.32, table 6: height and width change places
FAULTS = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow raises on damaged files."""


def sniff(path: Path) -> int:
    """How many pictures lie in subfolders of `path` (counted up to a limit); 0 is not this form."""
    return folders.count_samples(path, SUFFIXES) if path.is_dir() else 0


def read(path: Path, *, target: str | None = None) -> Source:
    """Class-per-folder pictures as uint8 (height, width, channel), channel 1 for grey and 3 for colour.

    16-bit pictures are scaled to 8 bits, transparent ones laid on white, Exif rotations applied. Sizes and
    colours come from up to HEADERS headers; files seen damaged there are skipped.
    """
    return source_of(path, folders.class_folders(path, SUFFIXES, WHAT), labelled=True, target=target)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A picture, or all pictures below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in SUFFIXES:
        raise NoDataError(f"{path}: is no picture: give one with the suffix {', '.join(sorted(SUFFIXES))}")
    return source_of(path, folders.flat_files(path, SUFFIXES, WHAT), labelled=False, target=None)


def verify(path: Path) -> str | None:
    """Why a picture's header or checksums are damaged, or None; pixels are not decoded."""
    from PIL import Image as pillow

    try:
        with _quiet(), pillow.open(path) as picture:
            picture.verify()
    except (*FAULTS, pillow.DecompressionBombError) as error:
        return str(error) or type(error).__name__
    return None


def decode(path: Path, channels: int) -> NDArray[np.uint8]:
    """uint8 [height, width, channels] of one picture; raises UnreadableSampleError."""
    from PIL import Image as pillow
    from PIL import ImageOps

    try:
        with _quiet(), pillow.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnreadableSampleError(
                    f"{path}: has {picture.size} pixels, more than {MAX_PIXELS}: shrink it"
                )
            upright = ImageOps.exif_transpose(picture)
            return _pixels(upright, channels)
    except (*FAULTS, pillow.DecompressionBombError) as error:
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error


def source_of(path: Path, found: Found, *, labelled: bool, target: str | None, form: str = FORMAT) -> Source:
    """The Source of these picture files, of which up to HEADERS headers are looked at."""
    sizes, grey, damaged = _headers(found)
    channels = 1 if grey else 3
    return from_files(
        path,
        found,
        damaged,
        form=form,
        input_spec=InputSpec(name="image", dtype="uint8", axes=_axes(sizes, channels)),
        labelled=labelled,
        target=target,
        decode=lambda file: decode(file, channels),
    )


def _axes(sizes: set[tuple[int, int]], channels: int) -> tuple[Axis, ...]:
    heights, widths = ({size[side] for size in sizes} for side in (0, 1))
    return (
        Axis(name="height", size=heights.pop() if len(heights) == 1 else None),
        Axis(name="width", size=widths.pop() if len(widths) == 1 else None),
        Axis(name="channel", size=channels),
    )


def _headers(found: Found) -> tuple[set[tuple[int, int]], bool, dict[int, str]]:
    """Upright sizes (height, width), whether all are grey, and the damaged files, of an even sample."""
    from PIL import Image as pillow

    sizes: set[tuple[int, int]] = set()
    grey, damaged = True, {}
    for i in header_sample(found, HEADERS):
        try:
            with _quiet(), pillow.open(found.files[i]) as picture:
                sizes.add(picture.size if _is_sideways(picture) else (picture.height, picture.width))
                grey = grey and _is_grey(picture.mode)
        except (*FAULTS, pillow.DecompressionBombError) as error:
            damaged[i] = f"cannot be decoded ({error})"
    return sizes, grey, damaged


def _is_sideways(picture: Image) -> bool:
    # For Exif at the end of a PNG Pillow would decode all of it: only what stands before the pixels counts.
    known = picture.format != "PNG" or "exif" in picture.info
    return known and picture.getexif().get(ORIENTATION) in SIDEWAYS


def _is_grey(mode: str) -> bool:
    return mode in GREY_MODES or mode.startswith("I;16")


def _pixels(picture: Image, channels: int) -> NDArray[np.uint8]:
    from PIL.Image import alpha_composite, new

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        pixels = _eight_bits(np.asarray(picture))
        return np.repeat(pixels[..., None], channels, axis=-1)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = alpha_composite(new("RGBA", picture.size, "white"), picture)
    pixels = np.array(picture.convert("L" if channels == 1 else "RGB"), dtype=np.uint8)
    return pixels.reshape(*pixels.shape[:2], channels)


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16-bit integers by the upper 8 bits; floats from 0 to 1, or 0 to 255 where larger."""
    if values.dtype.kind == "f":
        known = np.nan_to_num(values.astype(np.float32))
        factor = 255.0 if known.max(initial=0) <= 1.0 else 1.0
        return np.asarray(np.clip(known * factor, 0, 255), dtype=np.uint8)
    wide = values.dtype.itemsize == 2 or int(values.max(initial=0)) > 255
    scaled = np.asarray(values, dtype=np.int64) // (257 if wide else 1)
    return np.asarray(np.clip(scaled, 0, 255), dtype=np.uint8)


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns of odd metadata and of large pictures; the limit here is MAX_PIXELS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
