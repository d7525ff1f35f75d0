"""MATLAB's `.mat` files: from version 7.3 as HDF5, older ones in their own form. No object is ever built."""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError, UnsafeDataError
from advisor.readers.array import hdf5_files, matlab_format
from advisor.readers.array.matlab_format import Value, Variable
from advisor.readers.array.stored import MAX_ARRAYS, Stored, part_of_words, words

MAX_BYTES = 3 * 2**29  # of the file unpacked: 2 GiB with the rest of the program
NESTED = frozenset({matlab_format.CELL, matlab_format.STRUCTURE, matlab_format.TEXT})
FAULTS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    struct.error,
    zlib.error,
    OverflowError,
    MemoryError,
)


def arrays(path: Path) -> list[Stored]:
    """Every array of numbers, and every text or cell array of texts; those of structures by their fields.

    Objects, functions and cell arrays of other things are left out.

    Raises:
        DataError: damaged, or no such file.
        UnsafeDataError: unpacks to more than MAX_BYTES.
    """
    with path.open("rb") as file:
        head = file.read(matlab_format.HEADER)
    if head.startswith((b"MATLAB 7.3", b"\x89HDF")):
        return hdf5_files.arrays(path, matlab=True)
    found: list[Stored] = []
    unpacked = 0
    try:
        for variable in matlab_format.variables(path):
            unpacked += variable.size
            if unpacked > MAX_BYTES:
                raise UnsafeDataError(
                    f"{path}: unpacks to more than {MAX_BYTES:,} bytes: save it with `-v7.3`"
                )
            if variable.kind in matlab_format.NUMBERS:
                dtype = np.dtype(matlab_format.NUMBERS[variable.kind])
                load = functools.partial(_load, path, variable)
                found.append(_stored(path, variable.name, variable.shape, dtype, load))
            elif variable.kind in NESTED:
                found += _nested(path, variable.name, _load(path, variable))
            if len(found) > MAX_ARRAYS:
                break
    except FAULTS as error:
        raise DataError(f"{path}: is no .mat file, or damaged ({error}): save it again") from error
    if not found:
        raise DataError(f"{path}: is no .mat file, or holds no array of numbers: save it again")
    return found


def _stored(path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], load: Any) -> Stored:
    found = words(name.replace(".", " "))
    return Stored(f"{path}:{name}", found, part_of_words(found), shape, dtype, load)


def _load(path: Path, variable: Variable) -> Any:
    try:
        value = matlab_format.load(path, variable)
        if isinstance(value, np.ndarray) and value.dtype.kind != "U" and value.shape != variable.shape:
            raise ValueError(f"it holds the shape {value.shape}, not {variable.shape}")
    except FAULTS as error:
        raise UnreadableSampleError(
            f"{path}:{variable.name}: cannot be read ({error}): save it again"
        ) from error
    if value is None:
        raise UnreadableSampleError(f"{path}:{variable.name}: holds nothing: save it again")
    return value


def _nested(path: Path, name: str, value: Value) -> Iterator[Stored]:
    """The arrays in a structure or cell array, in a form that NumPy has."""
    if isinstance(value, dict):
        for field, inner in list(value.items())[:MAX_ARRAYS]:
            yield from _nested(path, f"{name}.{field}", inner)
        return
    array = _joined(value) if isinstance(value, list) else value
    if array is not None:
        yield _stored(path, name, array.shape, array.dtype, lambda: array)


def _joined(cells: list[Value]) -> NDArray[Any] | None:
    """Of a cell array: its texts, or its arrays of one shape, stacked; None where it holds other things."""
    found = [cell for cell in cells if isinstance(cell, np.ndarray)]
    if not found or len(found) < len(cells):
        return None
    if all(one.dtype.kind == "U" and one.size == 1 for one in found):
        return np.array([str(one[0]) for one in found])
    if len({one.shape for one in found}) == 1 and all(one.dtype.kind in "biuf" for one in found):
        return np.stack(found)
    return None
