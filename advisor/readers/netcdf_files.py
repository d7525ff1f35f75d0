"""NetCDF: version 3 by SciPy, mapped into memory; version 4 as HDF5."""

from __future__ import annotations

import functools
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers import hdf5_files
from advisor.readers.stored import MAX_ARRAYS, Stored, part_of_words, words

FAULTS = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, struct.error,
    OverflowError, MemoryError,
)  # fmt: skip


def arrays(path: Path) -> list[Stored]:
    """Every variable, with the names of its axes and its attributes.

    Raises:
        DataError: no NetCDF file, or damaged.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"\x89HDF":
        return hdf5_files.arrays(path)
    if magic[:3] != b"CDF":
        raise DataError(f"{path}: is no NetCDF file, or damaged: fetch it again")
    from scipy.io import netcdf_file

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is mapped stays so after closing
            file = netcdf_file(path, "r", mmap=True)
            found = [_stored(path, name, one) for name, one in list(file.variables.items())[:MAX_ARRAYS]]
            file.close()
    except FAULTS as error:
        raise DataError(f"{path}: is no NetCDF file, or damaged ({error}): fetch it again") from error
    return found


def _stored(path: Path, name: str, variable: Any) -> Stored:
    attributes = {key: _plain(value) for key, value in list(variable._attributes.items())[:64]}
    values: NDArray[np.generic] = variable.data
    found = words(name)
    opened = functools.partial(np.asarray, values)
    dims = tuple(variable.dimensions)
    return Stored(
        f"{path}:{name}", found, part_of_words(found), values.shape, values.dtype, opened, dims, attributes
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
