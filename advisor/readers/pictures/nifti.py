"""One NIfTI file: its header by nibabel, its voxels in the order (time, depth, height, width, channel)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from advisor.errors import MissingExtraError, UnreadableSampleError

Raw = Any  # nibabel's header of NIfTI-1 or 2, which has no types
SUFFIXES = frozenset({".nii", ".nii.gz"})
MAX_BYTES = 2**30  # of the voxels as stored, known from the header before anything is unpacked
MAX_VOXELS = 250_000_000  # as float32 these have 1 GB; a scan of 512 x 512 x 900 still fits
MAX_OFFSET = 16 * 2**20  # bytes of comments between header and voxels
HEADERS = {348: "Nifti1Header", 540: "Nifti2Header"}  # by the size that stands in the first four bytes
MOST_CHANNELS = 8  # volumes on a fourth axis that are modalities of one scan; more are steps in time
TIME_UNITS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
LENGTH_UNITS = {"meter": 1e3, "mm": 1.0, "micron": 1e-3}


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        shape: (time, depth, height, width, channel), depth being the axis from feet to head.
        spacing: mm along depth, height and width; None where not said.
        step: seconds between volumes; None without time.
    """

    shape: tuple[int, int, int, int, int]
    dtype: str
    spacing: tuple[float | None, float | None, float | None]
    step: float | None = None


def header(path: Path) -> Header:
    """Raises UnreadableSampleError for a damaged file, MissingExtraError without nibabel."""
    with _opened(path) as (file, raw):
        return _described(file, raw)


def decode(path: Path) -> NDArray[np.generic]:
    """[time, depth, height, width, channel], turned so that axes mean the same in all files (RAS+).

    Values are those stored, or float32 where the header scales them. A fourth axis is time where the
    header gives a step in time other than the default 1, or where it is longer than MOST_CHANNELS;
    otherwise it is channels, as the modalities of one scan.

    Raises:
        UnreadableSampleError: damaged, cut short, or larger than MAX_BYTES or MAX_VOXELS.
    """
    with _opened(path) as (file, raw):
        values = _voxels(path, file, raw)
        if values.dtype.names:  # colours
            coloured: Any = values
            values = np.stack([coloured[name] for name in values.dtype.names], axis=-1)
            values = values.reshape(*values.shape[:3], -1)
        first = values.reshape(*values.shape[:3], -1)
        turned = _upright(first, raw)
        ordered = turned.transpose(3, 2, 1, 0)[..., None]  # [volume, z, y, x, 1]
        return ordered if _is_time(raw) else np.moveaxis(ordered[..., 0], 0, -1)[None]


def _described(file: IO[bytes], raw: Raw) -> Header:
    shape = _three_and_more(raw)
    order = _orientation(raw)
    sizes, zooms = [1, 1, 1], [0.0, 0.0, 0.0]
    for axis in range(3):
        place = int(order[axis, 0])
        sizes[place] = shape[axis]
        zooms[place] = float(raw["pixdim"][axis + 1])
    stored = raw.get_data_dtype()
    if stored.kind not in "biuf" and not stored.names:
        raise ValueError(f"voxels of type {stored}")
    colours = len(stored.names or (1,))
    volumes = int(np.prod(shape[3:], dtype=np.int64)) * colours
    space, time = raw.get_xyzt_units()
    unit = LENGTH_UNITS.get(space, 1.0)  # without a unit, programs take millimetres
    spacing = [zoom * unit if np.isfinite(zoom) and zoom > 0 else None for zoom in reversed(zooms)]
    timed = _is_time(raw)
    step = float(raw["pixdim"][4]) * TIME_UNITS[time] if timed and time in TIME_UNITS else None
    return Header(
        shape=(volumes if timed else 1, sizes[2], sizes[1], sizes[0], 1 if timed else volumes),
        dtype="float32"
        if _scaling(raw)
        else np.dtype(raw.get_data_dtype()).name
        if colours == 1
        else "uint8",
        spacing=(spacing[0], spacing[1], spacing[2]),
        step=step if step and np.isfinite(step) and step > 0 else None,
    )


def _is_time(raw: Raw) -> bool:
    """NIfTI-1 keeps dimension 4 for time and 5 for other values of a voxel, which many writers ignore."""
    shape = _three_and_more(raw)
    volumes = shape[3] if len(shape) == 4 and not raw.get_data_dtype().names else 1
    step = float(raw["pixdim"][4])
    declared = raw.get_xyzt_units()[1] in TIME_UNITS and step not in (0.0, 1.0)
    return volumes > MOST_CHANNELS or (volumes > 1 and declared)


def _three_and_more(raw: Raw) -> tuple[int, ...]:
    shape = tuple(int(size) for size in raw.get_data_shape())
    shape = (*shape, *[1] * (3 - len(shape)))
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if min(shape) < 1:
        raise ValueError(f"`sizes are positive`: the header says {shape}")
    return shape[:3] + shape[4:] if len(shape) == 5 and shape[3] == 1 else shape


def _orientation(raw: Raw) -> NDArray[np.float64]:
    """[3, 2]: which axis of (right, anterior, superior) each axis is, and whether it runs backwards."""
    import nibabel

    orientation: Any = nibabel.orientations.io_orientation
    found = np.asarray(orientation(raw.get_best_affine()))
    return found if np.isfinite(found).all() else np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])


def _upright(values: NDArray[np.generic], raw: Raw) -> NDArray[np.generic]:
    order = _orientation(raw)
    for axis in range(3):
        if order[axis, 1] < 0:
            values = np.flip(values, axis)
    return values.transpose(*np.argsort(order[:, 0]), 3)


def _scaling(raw: Raw) -> tuple[float, float] | None:
    slope, start = float(raw["scl_slope"]), float(raw["scl_inter"])
    if not np.isfinite(slope) or slope == 0 or not np.isfinite(start):
        return None
    return None if (slope, start) == (1.0, 0.0) else (slope, start)


def _voxels(path: Path, file: IO[bytes], raw: Raw) -> NDArray[np.generic]:
    shape, dtype = _three_and_more(raw), np.dtype(raw.get_data_dtype())
    count = int(np.prod(shape, dtype=object))
    size, offset = count * dtype.itemsize, int(raw["vox_offset"])
    if size > MAX_BYTES or count > MAX_VOXELS:
        raise UnreadableSampleError(
            f"{path}: has {count:,} voxels of {dtype}, more than {MAX_VOXELS:,} or {MAX_BYTES:,} bytes: "
            "cut or shrink it"
        )
    if dtype.kind == "c" or not 0 <= offset <= MAX_OFFSET:
        raise ValueError(f"voxels of type {dtype} at byte {offset}")
    file.seek(offset)
    data = file.read(size)
    if len(data) < size:
        raise UnreadableSampleError(f"{path}: is cut short, {len(data):,} of {size:,} bytes: copy it again")
    values = np.frombuffer(data, dtype).reshape(shape, order="F")
    scaling = _scaling(raw)
    if scaling is None:
        return values.astype(dtype.newbyteorder("="), copy=False)
    scaled = values.astype(np.float32)
    scaled *= scaling[0]
    scaled += scaling[1]
    return scaled


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Raw]]:
    """The unpacked file and its header; every fault while it is open becomes UnreadableSampleError."""
    try:
        import nibabel
    except ImportError as error:
        raise MissingExtraError("nibabel", "volumes", "reading NIfTI volumes") from error
    try:
        with path.open("rb") as bare:
            packed = bare.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(540)
            sizes = (int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big"))
            size = next((size for size in sizes if size in HEADERS), 0)
            if not size or len(head) < size:
                raise UnreadableSampleError(f"{path}: is no NIfTI file: replace or remove it")
            yield cast(IO[bytes], file), getattr(nibabel, HEADERS[size])(head[:size], check=False)
    except (
        OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, OverflowError, np.linalg.LinAlgError,
        nibabel.spatialimages.HeaderDataError,
    ) as error:  # fmt: skip
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error
