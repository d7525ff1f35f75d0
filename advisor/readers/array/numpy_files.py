"""`.npy` and `.npz` files; never a pickle."""

from __future__ import annotations

import functools
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError, UnsafeDataError
from advisor.readers.array.stored import MAX_ARRAYS, Stored, part_of_words, words
from advisor.readers.mapped import mapped

MAX_BYTES = 3 * 2**29  # of all compressed arrays of an .npz unpacked: 2 GiB with the rest of the program
HEADER_FAULTS = (OSError, ValueError, EOFError, SyntaxError, TypeError, tokenize.TokenError, MemoryError)
FAULTS = (*HEADER_FAULTS, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError)
LOCAL_HEADER = struct.Struct("<26xHH")  # of a zip member: the lengths of its name and extra field
LOCAL_HEADER_SIZE = 30


def npy(path: Path) -> list[Stored]:
    """The one array of the file, mapped into memory when it is read."""
    try:
        with path.open("rb") as file:
            shape, fortran, dtype = _header(file, str(path))
            start, claimed = file.tell(), math.prod(shape) * dtype.itemsize
        if claimed > path.stat().st_size - start:
            raise ValueError(f"its header claims the shape {shape}, and the file is too short for it")
    except HEADER_FAULTS as error:
        raise DataError(f"{path}: is no .npy file, or damaged ({error}): write it again") from error
    load = functools.partial(_mapped, path, start, shape, dtype, fortran)
    return [Stored(str(path), (), "", shape, dtype, load)]


def npz(path: Path) -> list[Stored]:
    """Every array of the archive. Those that are not compressed are mapped into memory."""
    stored = []
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist()[:MAX_ARRAYS]:
                key = member.filename.removesuffix(".npy")
                if key == member.filename or key.rsplit("/", 1)[-1].startswith("."):
                    continue
                where = f"{path}:{key}"
                with archive.open(member) as file:
                    shape, fortran, dtype = _header(file, where)
                    offset = file.tell()
                claimed = math.prod(shape) * dtype.itemsize
                plain = member.compress_type == zipfile.ZIP_STORED
                if plain and claimed <= member.compress_size - offset <= path.stat().st_size:
                    start = _data_start(path, member) + offset
                    load = functools.partial(_mapped, path, start, shape, dtype, fortran)
                else:
                    unpacked += claimed
                    load = functools.partial(_unpacked, path, key)
                if unpacked > MAX_BYTES:
                    raise UnsafeDataError(
                        f"{where}: its header claims the shape {shape}, more than {MAX_BYTES:,} bytes: "
                        "save it as .npy"
                    )
                stored.append(Stored(where, words(key), part_of_words(words(key)), shape, dtype, load))
    except FAULTS as error:
        raise DataError(f"{path}: is no .npz file, or damaged ({error}): write it again") from error
    return stored


def _header(file: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    version = npy_format.read_magic(file)
    read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise UnsafeDataError(
            f"{where}: is an array of Python objects, which only a pickle loader could open, and that can "
            "run code: save texts as `y.astype(str)` and equal-sized samples as `numpy.stack(x)`"
        )
    if any(size < 0 for size in shape):
        raise ValueError(f"its header claims the shape {shape}")
    return shape, fortran, dtype


def _mapped(
    path: Path, start: int, shape: tuple[int, ...], dtype: np.dtype[np.generic], fortran: bool
) -> NDArray[np.generic]:
    if not math.prod(shape):
        return np.zeros(shape, dtype)
    try:
        return mapped(path, dtype, shape, start=start, order="F" if fortran else "C")
    except (OSError, ValueError) as error:
        raise UnreadableSampleError(f"{path}: cannot be read ({error}): write it again") from error


def _unpacked(path: Path, key: str) -> NDArray[np.generic]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return archive[key]  # type: ignore[no-any-return]
    except (*FAULTS, KeyError) as error:
        raise UnreadableSampleError(f"{path}:{key}: cannot be unpacked ({error}): write it again") from error


def _data_start(path: Path, member: zipfile.ZipInfo) -> int:
    with path.open("rb") as file:
        file.seek(member.header_offset)
        lengths = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER_SIZE))
    return member.header_offset + LOCAL_HEADER_SIZE + int(sum(lengths))
