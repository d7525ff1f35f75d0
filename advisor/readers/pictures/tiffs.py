"""TIFF files beyond what Pillow reads: stacks of pages, many channels, channels of more than eight bits."""

from __future__ import annotations

import logging
import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import MissingExtraError, UnreadableSampleError
from advisor.readers import folders

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

SUFFIXES = frozenset({".tif", ".tiff"})
MAX_BYTES = 2**30  # of one file decoded; a whole-body scan of 512 x 512 x 1000 at 16 bits has half of that
MAX_PAGES = 100_000
MAGIC = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})  # TIFF 6.0 and BigTIFF, both byte orders
UNCOMPRESSED, DEFLATE = 1, frozenset({8, 32946})  # TIFF 6.0 and its supplements, tag 259
MOST_CHANNELS = 32  # of a last axis that is far shorter than the others: channels that were stored last
logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it says of odd tags would go to stderr
MOVIE = re.compile(r"(?<![a-z])(movie|video|film|clip|frames|time[ _-]?(lapse|series))(?![a-z])", re.I)
MOST_DEEP = 8  # slices of a volume, times the longer side of a slice: whole-body scans have 1 to 4
UNITS = {"micron": 1e-3, "um": 1e-3, "µm": 1e-3, "\\u00B5m": 1e-3, "mm": 1.0, "cm": 10.0}  # in mm (ImageJ)


@dataclass(frozen=True)
class Layout:
    """What a file holds: shape (time, depth, height, width, channel), dtype, and mm between slices."""

    shape: tuple[int, int, int, int, int]
    dtype: str
    spacing: float | None = None

    @property
    def is_stack(self) -> bool:
        return self.shape[0] * self.shape[1] > 1


def layout(path: Path) -> Layout:
    """From the headers of one file.

    Raises:
        UnreadableSampleError: damaged, or no TIFF at all.
        MissingExtraError: tifffile is not installed.
    """
    with _opened(path) as file:
        series = file.series[0]
        shape = _shape(series)
        return Layout(shape, series.dtype.name, _spacing(file) if shape[1] > 1 else None)


def read(path: Path) -> NDArray[np.generic]:
    """[time, depth, height, width, channel] of the first series, values as they are stored.

    Pages come by tifffile where they are not compressed or by Deflate, else by Pillow.

    Raises:
        UnreadableSampleError: damaged, larger than MAX_BYTES, or compressed in a way that is not read.
        MissingExtraError: tifffile is not installed.
    """
    with _opened(path) as file:
        series = file.series[0]
        if series.nbytes > MAX_BYTES:
            raise UnreadableSampleError(
                f"{path}: decodes to {series.nbytes:,} bytes, more than {MAX_BYTES:,}: cut it into pieces"
            )
        compression = int(series.keyframe.compression)
        if compression == UNCOMPRESSED:
            values = series.asarray()
        elif compression in DEFLATE:
            values = _inflated(series)
        else:
            values = _by_pillow(path, series)
        return _sorted(values, series)


def is_stack(path: Path) -> bool:
    """Whether a file holds several slices; without tifffile whether it holds several pages."""
    if folders.suffix(path.name) not in SUFFIXES:
        return False
    try:
        return layout(path).is_stack
    except UnreadableSampleError:
        return False
    except MissingExtraError:
        return _pages(path) > 1


def has_magic(path: Path) -> bool:
    """Whether the first bytes are those of a TIFF file."""
    try:
        with path.open("rb") as file:
            return file.read(4) in MAGIC
    except OSError:
        return False


@contextmanager
def _opened(path: Path) -> Iterator[TiffFile]:
    """A file with at least one series; every fault while it is open becomes UnreadableSampleError."""
    if not has_magic(path):
        raise UnreadableSampleError(f"{path}: is no TIFF file: replace or remove it")
    try:
        from tifffile import TiffFile
    except ImportError as error:
        raise MissingExtraError(
            "tifffile", "volumes", "reading TIFF stacks and TIFF of many channels"
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with TiffFile(path, _multifile=False) as file:  # OME files may name others
                if (
                    len(file.pages) > MAX_PAGES
                ):  # counted first: only that sees a chain of pages that ends in a loop
                    raise UnreadableSampleError(f"{path}: has more than {MAX_PAGES:,} pages: split it")
                if not file.series or not file.series[0].size:
                    raise UnreadableSampleError(f"{path}: holds no picture: replace or remove it")
                yield file
    except (UnreadableSampleError, MissingExtraError):
        raise
    except Exception as error:  # damaged tags raise errors of nearly every kind
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UnreadableSampleError(f"{path}: cannot be decoded ({reason}): replace or remove it") from error


def _letters(series: TiffPageSeries) -> dict[str, tuple[int, ...]]:
    """Which axes of a series are time, depth, height, width and channel, by their letters in tifffile.

    T is time, Z depth, C and S (samples of a pixel) channels. What only says that there are several pages
    (I, Q) is depth where nothing else is, unless the last axis is far shorter than the two before it:
    channels that were saved last. Such pages are time in a movie, which ImageJ calls slices as well.
    """
    axes, shape = series.axes, series.shape
    if len(axes) == 3 and axes[0] in "QI" and axes[1:] == "YX" and 4 < _times_shorter(shape):
        return {"time": (), "depth": (), "height": (0,), "width": (1,), "channel": (2,)}
    time, depth = _places(axes, "T"), _places(axes, "Z")
    other = tuple(place for place, axis in enumerate(axes) if axis not in "TZCSYX" and shape[place] > 1)
    if not depth and other:
        depth, other = other[:1], other[1:]
    if not time and len(depth) == 1 and (axes[depth[0]] != "Z" or series.kind == "imagej"):
        time, depth = (depth, ()) if _is_movie(series, shape[depth[0]]) else (time, depth)
    single = tuple(place for place, axis in enumerate(axes) if axis not in "TZCSYX" and shape[place] == 1)
    channel = (*_places(axes, "CS"), *other, *single)
    return {
        "time": time, "depth": depth, "height": _places(axes, "Y"), "width": _places(axes, "X"),
        "channel": channel,
    }  # fmt: skip


def _is_movie(series: TiffPageSeries, pages: int) -> bool:
    """By its file's name, or because no volume has so many more slices than a slice has rows and columns."""
    sides = series.keyframe.imagelength, series.keyframe.imagewidth
    return bool(MOVIE.search(str(series.keyframe.parent.filename))) or pages >= MOST_DEEP * max(sides)


def _times_shorter(shape: tuple[int, ...]) -> float:
    return min(shape[:2]) / shape[2] if shape[2] <= MOST_CHANNELS else 0.0


def _places(axes: str, wanted: str) -> tuple[int, ...]:
    return tuple(place for place, axis in enumerate(axes) if axis in wanted)


def _shape(series: TiffPageSeries) -> tuple[int, int, int, int, int]:
    size = {
        name: int(np.prod([series.shape[place] for place in places], dtype=np.int64))
        for name, places in _letters(series).items()
    }
    return size["time"], size["depth"], size["height"], size["width"], size["channel"]


def _sorted(values: NDArray[np.generic], series: TiffPageSeries) -> NDArray[np.generic]:
    order = [place for places in _letters(series).values() for place in places]
    return np.asarray(values).reshape(series.shape).transpose(order).reshape(_shape(series))


def _inflated(series: TiffPageSeries) -> NDArray[np.generic]:
    """Pages compressed by Deflate, with no segment decompressed beyond the size that its page says it has."""
    return np.stack([_inflated_page(page.aspage()) for page in series.pages if page is not None])


def _inflated_page(page: Any) -> NDArray[np.generic]:
    page.compression = UNCOMPRESSED  # tifffile puts the segments in place, undoing the predictor
    values = np.zeros(page.shaped, page.dtype)
    segments = zip(page.dataoffsets, page.databytecounts, strict=True)
    for index, (offset, count) in enumerate(segments):
        if not count:
            continue
        page.parent.filehandle.seek(offset)
        packed = page.parent.filehandle.read(count)
        rows = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
        columns = page.tilewidth if page.is_tiled else page.imagewidth
        most = rows * columns * (page.samplesperpixel if page.planarconfig == 1 else 1) * page.dtype.itemsize
        plain = zlib.decompressobj().decompress(packed, most)
        segment, place, _ = page.decode(plain, index)
        if segment is None:
            continue
        sample, depth, row, column, _ = place
        part = segment[: values.shape[1] - depth, : values.shape[2] - row, : values.shape[3] - column]
        ends = (depth + part.shape[0], row + part.shape[1], column + part.shape[2])
        values[sample, depth : ends[0], row : ends[1], column : ends[2]] = part
    return values


def _by_pillow(path: Path, series: TiffPageSeries) -> NDArray[np.generic]:
    from PIL import Image as pillow

    with pillow.open(path) as picture:
        pages = []
        for index in range(len(series.pages)):
            picture.seek(index)
            pages.append(np.asarray(picture))
    return np.stack(pages)


def _pages(path: Path) -> int:
    from PIL import Image as pillow

    try:
        with pillow.open(path) as picture:
            return int(getattr(picture, "n_frames", 1))
    except (OSError, SyntaxError, ValueError):
        return 0


def _spacing(file: TiffFile) -> float | None:
    """Millimetres between slices, as ImageJ and OME say them."""
    described = file.imagej_metadata or {}
    unit = UNITS.get(str(described.get("unit", "")))
    spacing = described.get("spacing")
    return float(spacing) * unit if unit and isinstance(spacing, int | float) and spacing > 0 else None
