"""Frames that are picture files, packed or not: sizes, pixels, and whether neighbours are alike."""

from __future__ import annotations

import gzip
import io
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.readers.pictures import images
from advisor.readers.pictures.pixels import GREY_MODES
from advisor.readers.video import frame_names

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 256 * 2**20  # of one packed frame, unpacked: 100 million pixels at 16 bits
SIDE = 32  # of the small pictures that are compared: layout shows, noise does not
PAIRS = 24  # of neighbours that are compared, with which photographs in any order stay below 0.3
LEAST_PAIRS, LEAST_TRIPLES = 8, 3
LIKENESS_SECONDS = 0.6
SHORTEST = 4  # frames of a clip that has neighbours and far ones
WIDE_MODES = ("I", "F")  # more than eight bits
FAULTS = (*images.FAULTS, zlib.error)  # gzip.BadGzipFile is an OSError

Frames = NDArray[np.generic]
Header = tuple[int, int, int, str]
"""Height, width, channels (1 or 3) and dtype: `uint8`, or `float32` for more than eight bits."""

SUBFILE, REDUCED, MASK, MOST_COPIES = 254, 1, 4, 16
"""TIFF's tag NewSubfileType and its bits (TIFF 6.0, page 36); copies that are looked at."""


@contextmanager
def opened(path: Path) -> Iterator[Image]:
    """A picture file, unpacked where it is packed; every fault becomes UnreadableSampleError."""
    from PIL import Image as pillow

    packed = path.suffix.lower() == frame_names.PACKED
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the limit on size is below
            with pillow.open(_unpacked(path) if packed else path) as picture:
                if picture.width * picture.height > images.MAX_PIXELS:
                    raise UnreadableSampleError(
                        f"{path}: has {picture.size} pixels, more than {images.MAX_PIXELS}: shrink it"
                    )
                yield picture
    except (*FAULTS, pillow.DecompressionBombError) as error:
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error


def header(path: Path) -> Header:
    """What the header of one frame says, pixels not decoded.

    Raises:
        UnreadableSampleError: a damaged file, or one that holds several pictures.
    """
    with opened(path) as picture:
        if _pictures_in(picture) > 1:
            raise UnreadableSampleError(f"{path}: holds several pictures: a frame is one")
        wide = picture.mode.startswith(WIDE_MODES)
        grey = wide or picture.mode in GREY_MODES or _is_grey_palette(picture)
        return picture.height, picture.width, 1 if grey else 3, "float32" if wide else "uint8"


def _pictures_in(picture: Image) -> int:
    """How many a file holds, smaller copies of the first (a GeoTIFF's pyramid) and its mask aside."""
    count = int(getattr(picture, "n_frames", 1))
    if count == 1 or picture.format != "TIFF":
        return count
    tags: Any = picture  # only pictures from TIFF files have them
    whole = 0
    for place in range(min(count, MOST_COPIES)):
        picture.seek(place)
        whole += not int(tags.tag_v2.get(SUBFILE, 0)) & (REDUCED | MASK)
    picture.seek(0)
    return max(1, whole) + max(0, count - MOST_COPIES)


def usual_header(headers: Sequence[Header]) -> Header:
    """The commonest size, the most channels, and the widest dtype of frames that belong together."""
    (height, width), _ = Counter(found[:2] for found in headers).most_common(1)[0]
    wide = any(found[3] == "float32" for found in headers)
    return height, width, max(found[2] for found in headers), "float32" if wide else "uint8"


def decode(path: Path, channels: int, dtype: str, size: int | tuple[int, int] | None = None) -> Frames:
    """[height, width, channels] of one frame, by area averaging `size` x `size`, or of the height and width
    given.

    Colours become grey where one channel is wanted; what is transparent lies on white.

    Raises:
        UnreadableSampleError: a damaged file.
    """
    from PIL import Image as pillow

    with opened(path) as picture:
        wide = picture.mode.startswith(WIDE_MODES)
        if wide:
            shown = picture.convert("F")
        elif picture.has_transparency_data:
            clear = picture.convert("RGBA")
            shown = pillow.alpha_composite(pillow.new("RGBA", clear.size, "white"), clear)
            shown = shown.convert("L" if channels == 1 else "RGB")
        else:
            shown = picture.convert("L" if channels == 1 else "RGB")
        if size is not None:
            height, width = (size, size) if isinstance(size, int) else size
            shown = shown.resize((width, height), pillow.Resampling.BOX)
        pixels = np.asarray(shown, dtype=np.float32 if dtype == "float32" else np.uint8)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    return np.repeat(pixels, channels, axis=-1) if wide and channels > 1 else pixels


def stack(
    paths: Sequence[Path], where: Path, kind: Header, size: int | None = None, *, fit: bool = False
) -> Frames:
    """[time, height, width, channel] of those frames; damaged and odd-sized ones are left out.

    Args:
        fit: frames of another size are brought to that of `kind` instead.

    Raises:
        UnreadableSampleError: not one frame can be decoded.
    """
    height, width, channels, dtype = kind
    shape = (height, width, channels) if size is None else (size, size, channels)
    frames = []
    for path in paths:
        try:
            frame = decode(path, channels, dtype, size)
            if fit and frame.shape != shape:
                frame = decode(path, channels, dtype, shape[:2])
        except UnreadableSampleError:
            continue
        if frame.shape == shape:
            frames.append(frame)
    if not frames:
        raise UnreadableSampleError(f"{where}: none of {len(paths)} frames can be decoded: fetch them again")
    return np.stack(frames)


def spread(count: int, most: int) -> list[int]:
    """At most so many places among `count`, evenly spaced, the first and the last among them."""
    return sorted({int(i) for i in np.linspace(0, count - 1, min(count, most)).round()}) if count > 0 else []


def likeness(clips: Sequence[Sequence[Path]]) -> float | None:
    """How far neighbouring frames close the gap between far ones (0) and identity (1), in correlation.

    Near 0 for pictures in any order, also where all of them are alike. None where too few can be read.
    `clips` are the frames of each clip in order.
    """
    near: list[float] = []
    far: list[float] = []
    end = time.monotonic() + LIKENESS_SECONDS
    each = max(3, PAIRS // max(1, len(clips)))
    triples = [triple for clip in clips for triple in _triples(clip, each)]
    order = np.random.default_rng(0).permutation(len(triples))  # so that time running out leaves none aside
    for i in order[: 2 * PAIRS]:
        if len(near) >= LEAST_PAIRS and time.monotonic() > end:
            break
        first, second, distant = (_small(path) for path in triples[i])
        near.append(_correlation(first, second))
        far.append(_correlation(first, distant))
    known = np.isfinite(near) & np.isfinite(far)
    if known.sum() < LEAST_TRIPLES:
        return None
    alike, unlike = float(np.array(near)[known].mean()), float(np.array(far)[known].mean())
    return (alike - unlike) / max(1.0 - unlike, 1e-6)


def _triples(clip: Sequence[Path], most: int) -> list[tuple[Path, Path, Path]]:
    """Frames spread over a clip, each with its neighbour and one half the clip away."""
    middle = len(clip) // 2
    places = spread(len(clip) - 1, most) if len(clip) >= SHORTEST else []
    return [
        (clip[i], clip[i + 1], clip[i + middle if i < len(clip) - middle else i - middle]) for i in places
    ]


def _small(path: Path) -> NDArray[np.float32] | None:
    try:
        with opened(path) as picture:
            picture.draft("L", (2 * SIDE, 2 * SIDE))  # a JPEG is then decoded at an eighth of its size
            grey = picture.convert("F" if picture.mode.startswith(WIDE_MODES) else "L")
            return np.asarray(grey.resize((SIDE, SIDE), 4), dtype=np.float32)  # 4: BOX, area averaging
    except UnreadableSampleError:
        return None


def _correlation(first: NDArray[np.float32] | None, second: NDArray[np.float32] | None) -> float:
    if first is None or second is None:
        return float("nan")
    first, second = first - first.mean(), second - second.mean()
    power = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / power if power > 0 else float("nan")


def _unpacked(path: Path) -> io.BytesIO:
    with gzip.open(path) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableSampleError(f"{path}: unpacks to more than {MAX_BYTES:,} bytes: shrink it")
    return io.BytesIO(data)


def _is_grey_palette(picture: Image) -> bool:
    """Grey GIFs and PNGs often hold their greys as a palette."""
    if picture.mode != "P" or picture.has_transparency_data:
        return False
    palette = np.array((picture.getpalette() or [1, 2, 3])[: 3 * 256]).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())
