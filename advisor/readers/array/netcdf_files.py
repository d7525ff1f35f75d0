"""NetCDF: versions 1, 2 and 5 of the classic form, mapped into memory; version 4 as HDF5.

SciPy's reader is not used: it knows no version 5, and warns when what it mapped outlives the file.

Source of the format: https://docs.unidata.ucar.edu/nug/current/file_format_specifications.html
"""

from __future__ import annotations

import functools
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError
from advisor.readers.array import hdf5_files
from advisor.readers.array.stored import MAX_ARRAYS, Stored, part_of_words, words

FAULTS = (OSError, ValueError, TypeError, KeyError, IndexError, struct.error, OverflowError, MemoryError)
TYPES = {
    1: ">i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8", 7: ">u1", 8: ">u2", 9: ">u4",
    10: ">i8", 11: ">u8",
}  # fmt: skip
LONGEST_HEADER = 16 * 2**20  # bytes
UNKNOWN_COUNT = 2**32 - 1  # of records, in a file that was still being written


@dataclass(frozen=True)
class Variable:
    """What the header says of a variable; a record is one step along the axis that may grow."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    begin: int
    attributes: dict[str, Any]
    in_records: bool

    @property
    def step(self) -> int:
        """Bytes of one record of it, filled up to a multiple of four; of all of it where it has none."""
        size = math.prod(self.shape[self.in_records :]) * self.dtype.itemsize
        return size + -size % 4


def arrays(path: Path) -> list[Stored]:
    """Every variable, with the names of its axes and its attributes.

    Raises:
        DataError: no NetCDF file, or damaged.
    """
    with path.open("rb") as file:
        head = file.read(LONGEST_HEADER)
    if head.startswith(b"\x89HDF"):
        return hdf5_files.arrays(path)
    try:
        return _classic(path, head)
    except FAULTS as error:
        raise DataError(f"{path}: is no NetCDF file, or damaged ({error}): fetch it again") from error


class _Header:
    """Reads one item of the header after the other."""

    def __init__(self, data: bytes) -> None:
        if data[:3] != b"CDF" or data[3] not in (1, 2, 5):
            raise ValueError("it begins with another mark")
        self.data, self.place = data, 4
        self.count = ">Q" if data[3] == 5 else ">I"
        self.offset = ">I" if data[3] == 1 else ">Q"

    def number(self, form: str) -> int:
        value = struct.unpack_from(form, self.data, self.place)[0]
        self.place += struct.calcsize(form)
        return int(value)

    def counted(self) -> int:
        """How many entries a list has; its tag is passed over."""
        self.number(">I")
        return self.number(self.count)

    def text(self) -> str:
        return self.bytes(self.number(self.count)).decode("utf-8", "replace")

    def bytes(self, size: int) -> bytes:
        if size > len(self.data) - self.place:
            raise ValueError("its header is cut off")
        found = self.data[self.place : self.place + size]
        self.place += size + -size % 4
        return found

    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(self.counted()):
            name, dtype = self.text(), np.dtype(TYPES[self.number(">I")])
            raw = self.bytes(self.number(self.count) * dtype.itemsize)
            if dtype.kind == "S":
                found[name] = raw.decode("utf-8", "replace")
            elif len(raw) == dtype.itemsize:
                found[name] = np.frombuffer(raw, dtype)[0].item()
        return found


def _classic(path: Path, data: bytes) -> list[Stored]:
    header = _Header(data)
    records = header.number(header.count)
    dims = [(header.text(), header.number(header.count)) for _ in range(header.counted())]
    header.attributes()
    found = [_variable(header, dims) for _ in range(min(header.counted(), MAX_ARRAYS))]
    growing = [one for one in found if one.in_records]
    step = growing[0].dtype.itemsize * math.prod(growing[0].shape[1:]) if len(growing) == 1 else 0
    step = step or sum(one.step for one in growing)
    if records == UNKNOWN_COUNT and growing:
        records = (path.stat().st_size - min(one.begin for one in growing)) // max(step, 1)
    return [_stored(path, one, records, step) for one in found]


def _variable(header: _Header, dims: list[tuple[str, int]]) -> Variable:
    name = header.text()
    used = [dims[header.number(header.count)] for _ in range(header.number(header.count))]
    attributes = header.attributes()
    dtype = np.dtype(TYPES[header.number(">I")])
    header.number(header.count)  # its size, which its shape says too
    begin = header.number(header.offset)
    in_records = bool(used) and used[0][1] == 0
    names, shape = tuple(dim for dim, _ in used), tuple(size for _, size in used)
    return Variable(name, names, shape, dtype, begin, attributes, in_records)


def _stored(path: Path, one: Variable, records: int, step: int) -> Stored:
    shape = (records, *one.shape[1:]) if one.in_records else one.shape
    size = one.begin + (max(records - 1, 0) * step + one.step if one.in_records else one.step)
    if size - 3 > path.stat().st_size:  # the last one may lack its filling
        raise ValueError(f"it is too short for {one.name} of shape {shape}")
    opened = functools.partial(_mapped, path, one, shape, step)
    found = words(one.name)
    return Stored(
        f"{path}:{one.name}", found, part_of_words(found), shape, one.dtype, opened, one.dims, one.attributes
    )


def _mapped(path: Path, one: Variable, shape: tuple[int, ...], step: int) -> NDArray[np.generic]:
    if not math.prod(shape):
        return np.zeros(shape, one.dtype)
    inner = [math.prod(shape[axis + 1 :]) * one.dtype.itemsize for axis in range(len(shape))]
    strides = (step, *inner[1:]) if one.in_records else tuple(inner)
    try:
        buffer = np.memmap(path, np.uint8, "r")
        return np.ndarray(shape, one.dtype, buffer, one.begin, strides)
    except (OSError, ValueError, TypeError) as error:
        raise UnreadableSampleError(f"{path}:{one.name}: cannot be read ({error}): fetch it again") from error
