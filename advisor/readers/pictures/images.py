"""Pictures, one folder per class: JPEG, PNG and the other common raster formats of Pillow, and odd TIFFs."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, layouts, sample_folders
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.labelling import sample_files
from advisor.readers.labels import label_name
from advisor.readers.pictures import pixels, tiffs
from advisor.readers.sample_folders import Found
from advisor.readers.source import Source
from advisor.records import Axis, InputSpec, TargetSpec

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT = "image-folder"
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".png", ".bmp", ".webp", ".avif", ".tif", ".tiff", ".gif",
     ".pgm", ".ppm", ".pbm", ".pnm", ".tga"}
)  # fmt: skip
WHAT = "pictures"
HEADERS = 200  # files whose headers are read to tell sizes and colours
MOST_FIGURES = 200  # pictures; more are no illustrations
MAX_PIXELS = 100_000_000  # of one picture; a larger header is more likely an attack than a photograph
ORIENTATION, SIDEWAYS = 0x0112, frozenset({5, 6, 7, 8})  # Exif 2.32, table 6: height and width change places
FAULTS = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow raises on damaged files."""
COLOURS = (1, 3)  # channels that become uint8
GIF = ".gif"
logging.getLogger("PIL").addHandler(logging.NullHandler())  # its messages would else go to stderr

Header = tuple[int, int, int, str]
"""Height, width (upright), channels and dtype."""


def sniff(path: Path) -> int:
    """How many pictures lie in subfolders of `path` (counted up to a limit); 0 is not this form.

    Animated GIFs count by half: they are rather clips, where these can be read.
    """
    if not path.is_dir():
        return 0
    count = folders.count_samples(path, SUFFIXES)
    if 0 < count <= MOST_FIGURES and layouts.are_figures(path, layouts.survey(path, SUFFIXES)):
        return 0
    if count and not folders.count_samples(path, SUFFIXES - {GIF}):
        return _count_gifs(path, count)
    return count


def read(path: Path, *, target: str | None = None) -> Source:
    """Class-per-folder pictures as uint8 (height, width, channel), channel 1 for grey and 3 for colour.

    Pictures of more than 8 bits are scaled to 8, transparent ones laid on white, Exif rotations applied;
    of animated ones the first frame counts. TIFF files of other than 1, 3 or 4 channels keep all channels
    and their dtype. Sizes and colours come from up to HEADERS headers; files seen damaged there are skipped.

    Raises:
        MissingExtraError: TIFF files that only tifffile reads, and it is not installed.
    """
    found = sample_folders.class_folders(path, SUFFIXES, WHAT)
    sample_files.with_listed_parts(path, found)
    named = source(path, found, labelled=True, target=label_name(target))
    return sample_files.with_table_groups(named, path)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A picture, or all pictures below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in SUFFIXES:
        raise NoDataError(f"{path}: is no picture: give one with the suffix {', '.join(sorted(SUFFIXES))}")
    return source(path, sample_folders.flat_files(path, SUFFIXES, WHAT), labelled=False)


def source(
    path: Path,
    found: Found,
    *,
    form: str = FORMAT,
    labelled: bool,
    target: str | None = None,
    goal: TargetSpec | None = None,
) -> Source:
    """A Source of these picture files; `goal` is what is to be predicted where that is no class per file."""
    headers, damaged = _headers(found)
    channels, dtype = _kind(headers)
    return from_files(
        path,
        found,
        damaged,
        form=form,
        input_spec=InputSpec(name="image", dtype=dtype, axes=_axes(headers, channels)),
        labelled=labelled,
        target=target,
        decode=lambda file: decode(file, channels),
        goal=goal,
    )


def verify(path: Path) -> str | None:
    """Why a picture's header or checksums are damaged, or None; pixels are not decoded."""
    from PIL import Image as pillow

    try:
        with _quiet(), pillow.open(path) as picture:
            picture.verify()
    except (*FAULTS, pillow.DecompressionBombError) as error:
        return str(error) or type(error).__name__
    return None


def decode(path: Path, channels: int) -> NDArray[np.generic]:
    """[height, width, channels] of one picture, uint8 for 1 or 3 channels, else of the dtype on disk.

    Raises:
        UnreadableSampleError: damaged, too large, or without so many channels.
        MissingExtraError: only tifffile reads it, and it is not installed.
    """
    from PIL import ImageOps

    if channels in COLOURS and not _only_by_tifffile(path):
        with opened(path) as picture:
            ImageOps.exif_transpose(picture, in_place=True)
            return pixels.as_uint8(picture, channels)
    values = _tiff_picture(path)
    if channels in COLOURS:
        return pixels.eight_bit_colours(values, channels)
    if values.shape[-1] != channels:
        raise UnreadableSampleError(
            f"{path}: has {values.shape[-1]} channels, most others {channels}: remove it"
        )
    return values


def size(path: Path) -> tuple[int, int]:
    """Height and width by the header; raises UnreadableSampleError."""
    return _header(path)[:2]


def stored_values(path: Path) -> NDArray[np.generic]:
    """[height, width] or [height, width, channel] of one picture as they are stored: a palette's indices,
    16 bits where there are 16; raises UnreadableSampleError."""
    if _only_by_tifffile(path):
        return _tiff_picture(path)
    with opened(path) as picture:
        return np.asarray(picture)


@contextmanager
def opened(path: Path, packed: IO[bytes] | None = None) -> Iterator[Image]:
    """A picture within MAX_PIXELS, not decoded yet, at a path or `packed` in the file there; every fault
    while it is open becomes UnreadableSampleError."""
    from PIL import Image as pillow
    from PIL import UnidentifiedImageError

    try:
        with _quiet(), pillow.open(packed or path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnreadableSampleError(
                    f"{path}: has {picture.size} pixels, more than {MAX_PIXELS}: shrink it"
                )
            yield picture
    except UnidentifiedImageError as error:
        raise UnreadableSampleError(
            f"{path}: cannot be decoded (no picture): replace or remove it"
        ) from error
    except (*FAULTS, pillow.DecompressionBombError) as error:
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error


def _count_gifs(path: Path, count: int) -> int:
    first = next(entry for entry in folders.files_below(path) if folders.suffix(entry.name) == GIF)
    try:
        with opened(Path(first.path)) as picture:
            return count // 2 if getattr(picture, "is_animated", False) else count
    except UnreadableSampleError:
        return count


def _axes(headers: list[Header], channels: int) -> tuple[Axis, ...]:
    heights, widths = ({header[side] for header in headers} for side in (0, 1))
    return (
        Axis(name="height", size=heights.pop() if len(heights) == 1 else None),
        Axis(name="width", size=widths.pop() if len(widths) == 1 else None),
        Axis(name="channel", size=channels),
    )


def _kind(headers: list[Header]) -> tuple[int, str]:
    """Channels and dtype of a data set: those of most files; one in colour makes all of 1 or 3 coloured."""
    if not headers:
        return 3, "uint8"
    channels = Counter(header[2] for header in headers).most_common(1)[0][0]
    if channels not in COLOURS:
        dtypes = Counter(header[3] for header in headers if header[2] == channels)
        return channels, dtypes.most_common(1)[0][0]
    return max(header[2] for header in headers if header[2] in COLOURS), "uint8"


def _headers(found: Found) -> tuple[list[Header], dict[int, str]]:
    """What is said by the headers of an even sample, and the damaged files."""
    headers: list[Header] = []
    damaged: dict[int, str] = {}
    for i in header_sample(found, HEADERS):
        try:
            headers.append(_header(found.files[i]))
        except UnreadableSampleError as error:
            damaged[i] = str(error).removeprefix(f"{found.files[i]}: ")
    return headers, damaged


def _header(path: Path) -> Header:
    if not _only_by_tifffile(path):
        with opened(path) as picture:
            height, width = picture.size if _is_sideways(picture) else picture.size[::-1]
            return height, width, 1 if pixels.is_grey(picture) else 3, "uint8"
    found = tiffs.layout(path)
    return found.shape[2], found.shape[3], found.shape[4], found.dtype


def _only_by_tifffile(path: Path) -> bool:
    """Whether a TIFF file is none that Pillow opens: of five channels, of three with more than 8 bits."""
    from PIL import Image as pillow
    from PIL import UnidentifiedImageError

    if folders.suffix(path.name) not in tiffs.SUFFIXES or not tiffs.has_magic(path):
        return False
    try:
        with _quiet(), pillow.open(path):
            return False
    except UnidentifiedImageError:
        return True
    except (*FAULTS, pillow.DecompressionBombError):
        return False


def _tiff_picture(path: Path) -> NDArray[np.generic]:
    """[height, width, channel]: of several slices the first."""
    first: NDArray[np.generic] = tiffs.read(path)[0, 0]
    return first


def _is_sideways(picture: Image) -> bool:
    # For Exif at the end of a PNG Pillow would decode all of it: only what stands before the pixels counts.
    known = picture.format != "PNG" or "exif" in picture.info
    return known and picture.getexif().get(ORIENTATION) in SIDEWAYS


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns of odd metadata and of large pictures; the limit here is MAX_PIXELS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
