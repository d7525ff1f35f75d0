"""MATLAB's `.mat` files: up to version 7 by SciPy, from 7.3 as HDF5. No object is built and nothing is run.

Source of the format: https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

from __future__ import annotations

import functools
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError, UnsafeDataError
from advisor.readers import hdf5_files
from advisor.readers.stored import MAX_ARRAYS, Stored, part_of_words, words

MAX_BYTES = 3 * 2**29  # of the file unpacked: 2 GiB with the rest of the program
HEADER = 128  # bytes of text, version and byte order
COMPRESSED = 15  # miCOMPRESSED
MOST_PACKED = 1032  # zlib never packs more closely
NUMBERS = {
    "double": "f8", "single": "f4", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8", "logical": "u1",
}  # fmt: skip
NESTED = frozenset({"struct", "cell", "char"})  # read at once, for only then is known what is in them
DEEPEST = 6
FAULTS = (
    OSError, ValueError, TypeError, KeyError, IndexError, NotImplementedError, zlib.error, struct.error,
    EOFError, OverflowError, MemoryError,
)  # fmt: skip


def arrays(path: Path) -> list[Stored]:
    """Every array of numbers, and every text or cell array of texts; those of structures by their fields.

    Objects, functions and cell arrays of other things are left out.

    Raises:
        DataError: damaged, or no such file.
        UnsafeDataError: unpacks to more than MAX_BYTES.
    """
    from scipy.io import whosmat
    from scipy.io.matlab import MatReadError

    with path.open("rb") as file:
        head = file.read(HEADER)
    if head.startswith((b"MATLAB 7.3", b"\x89HDF")):
        return hdf5_files.arrays(path, matlab=True)
    _check_size(path)
    try:
        listed = whosmat(path)
        found: list[Stored] = []
        for name, shape, kind in listed[:MAX_ARRAYS]:
            if kind in NUMBERS:
                load = functools.partial(_load, path, name)
                shape = tuple(int(size) for size in shape)
                found.append(_stored(path, name, shape, np.dtype(NUMBERS[kind]), load))
            elif kind in NESTED:
                found += _nested(path, name, _load(path, name))
    except (*FAULTS, MatReadError) as error:
        raise DataError(f"{path}: is no .mat file, or damaged ({error}): save it again") from error
    return found


def _stored(path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], load: Any) -> Stored:
    found = words(name.replace(".", " "))
    return Stored(f"{path}:{name}", found, part_of_words(found), shape, dtype, load)


def _load(path: Path, name: str) -> Any:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that are given twice
            return loadmat(path, variable_names=[name], mat_dtype=False)[name]
    except (*FAULTS, MatReadError) as error:
        raise UnreadableSampleError(f"{path}:{name}: cannot be read ({error}): save it again") from error


def _nested(path: Path, name: str, value: Any, depth: int = 0) -> Iterator[Stored]:
    """The arrays in a structure or cell array, in a form that NumPy has."""
    if type(value) is not np.ndarray or depth > DEEPEST:  # MATLAB's objects and functions are of other types
        return
    if value.dtype.names:
        if value.size == 1:
            for field in value.dtype.names[:MAX_ARRAYS]:
                yield from _nested(path, f"{name}.{field}", value.reshape(-1)[0][field], depth + 1)
        return
    array = _joined(value) if value.dtype == object else value
    if array is not None and array.dtype.kind in "biufU":
        yield _stored(path, name, array.shape, array.dtype, lambda: array)


def _joined(cells: NDArray[np.object_]) -> NDArray[Any] | None:
    """Of a cell array: its texts, or its arrays of one shape, stacked; None where it holds other things."""
    found = list(cells.reshape(-1, order="F"))
    if not found or any(type(one) is not np.ndarray for one in found):
        return None
    if all(one.dtype.kind == "U" and one.size <= 1 for one in found):
        return np.array([str(one.reshape(-1)[0]) if one.size else "" for one in found])
    if len({one.shape for one in found}) == 1 and all(one.dtype.kind in "biuf" for one in found):
        return np.stack(found)
    return None


def _check_size(path: Path) -> None:
    """Raises UnsafeDataError where the packed parts of a file unpack to more than MAX_BYTES."""
    size = path.stat().st_size
    if size * MOST_PACKED <= MAX_BYTES:
        return
    with path.open("rb") as file:
        head = file.read(HEADER)
        order = "<" if head[126:128] == b"IM" else ">"
        if head[126:128] not in (b"IM", b"MI"):  # version 4 packs nothing
            return
        unpacked = 0
        while len(tag := file.read(8)) == 8:
            kind, length = struct.unpack(f"{order}II", tag)
            end = file.tell() + length
            if kind == COMPRESSED:
                for piece in _unpacked_sizes(file, length):
                    unpacked += piece
                    if unpacked > MAX_BYTES:
                        raise UnsafeDataError(
                            f"{path}: unpacks to more than {MAX_BYTES:,} bytes: save it with `-v7.3`"
                        )
            file.seek(end)


def _unpacked_sizes(file: Any, length: int) -> Iterator[int]:
    machine = zlib.decompressobj()
    while length > 0 and (packed := file.read(min(length, 2**16))):
        length -= len(packed)
        try:
            while packed:
                yield len(machine.decompress(packed, 2**24))
                packed = machine.unconsumed_tail
        except zlib.error:
            return
