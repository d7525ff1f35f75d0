"""The binary form of MATLAB's `.mat` files of versions 4 to 7, read without building any object.

SciPy's reader is not used: on damaged files it reads beyond its memory and ends the process.

Source of the format: https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

HEADER = 128  # bytes of text, version and byte order
MATRIX, COMPRESSED = 14, 15
TYPES = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
    16: "u1", 17: "u2", 18: "u4",
}  # fmt: skip
NUMBERS = {
    6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8",
}  # fmt: skip
CELL, STRUCTURE, TEXT = 1, 2, 4
OLD_TYPES = ("f8", "f4", "i4", "i2", "u2", "u1")  # version 4, by the tens digit
HEAD = 4096  # bytes unpacked to learn name, class and shape
DEEPEST = 16  # cells in structures in cells
MOST_CELLS = 1_000_000

Value = NDArray[np.generic] | dict[str, "Value"] | list["Value"] | None
"""An array of numbers or texts, a structure, the cells of a cell array; None for what is not read."""


@dataclass(frozen=True)
class Variable:
    """Where a variable lies in a file, and what its header says; `size` is that of its bytes unpacked."""

    name: str
    kind: int
    shape: tuple[int, ...]
    order: str
    start: int
    length: int
    size: int
    compressed: bool
    old: str = ""  # type of the numbers in a file of version 4


def variables(path: Path) -> Iterator[Variable]:
    """Every variable, by headers alone; raises ValueError, struct.error, zlib.error on a damaged file."""
    with path.open("rb") as file:
        head = file.read(HEADER)
        if head[126:128] not in (b"IM", b"MI"):
            file.seek(0)
            yield from _old_variables(file, path.stat().st_size)
            return
        order = "<" if head[126:128] == b"IM" else ">"
        while len(tag := file.read(8)) == 8:
            kind, length = struct.unpack(f"{order}II", tag)
            start = file.tell()
            if length > path.stat().st_size - start:
                raise ValueError("it is cut off")
            if kind in (MATRIX, COMPRESSED):
                yield _variable(file, order, start, length, compressed=kind == COMPRESSED)
            file.seek(start + length)


def load(path: Path, variable: Variable) -> Value:
    """The variable's value; raises ValueError, struct.error, zlib.error on a damaged one."""
    with path.open("rb") as file:
        file.seek(variable.start)
        data = file.read(variable.length)
    if variable.old:
        return np.frombuffer(data, variable.old).reshape(variable.shape, order="F")
    if variable.compressed:
        data = zlib.decompressobj().decompress(data, variable.size)[8:]
    return _matrix(memoryview(data), variable.order, 0)


def _variable(file: IO[bytes], order: str, start: int, length: int, *, compressed: bool) -> Variable:
    head = file.read(min(length, HEAD))
    size = length
    if compressed:
        head = zlib.decompressobj().decompress(head, HEAD)
        kind, inner = struct.unpack_from(f"{order}II", head)
        if kind != MATRIX:
            raise ValueError("a packed element is no array")
        head, size = head[8:], inner + 8
    kind, shape, name, _ = _header(memoryview(head), order)
    return Variable(name, kind, shape, order, start, length, size, compressed)


def _header(data: memoryview, order: str) -> tuple[int, tuple[int, ...], str, int]:
    """Class, shape and name of an array, and where its contents begin."""
    flags, place = _element(data, order, 0)
    sizes, place = _element(data, order, place)
    name, place = _element(data, order, place)
    shape = tuple(int(size) for size in sizes)
    if len(flags) < 2 or any(size < 0 for size in shape) or not 1 <= len(shape) <= 32:
        raise ValueError(f"an array claims the shape {shape}")
    return int(flags[0]) & 0xFF, shape, name.tobytes().decode("latin-1"), place


def _element(data: memoryview, order: str, place: int) -> tuple[NDArray[np.generic], int]:
    """The numbers of one element, and where the next begins; up to four bytes lie in the tag itself."""
    kind, length = struct.unpack_from(f"{order}II", data, place)
    start = place + 8
    if kind >> 16:
        kind, length, start = kind & 0xFFFF, kind >> 16, place + 4
    if kind not in TYPES or length > len(data) - start:
        raise ValueError(f"an element of type {kind} and {length} bytes at byte {place}")
    values = np.frombuffer(data[start : start + length], order + TYPES[kind])
    end = place + 8 if start == place + 4 else start + length
    return values, end + -end % 8


def _matrix(data: memoryview, order: str, depth: int) -> Value:
    kind, shape, _, place = _header(data, order)
    count = math.prod(shape)
    if kind in NUMBERS and count:
        values, _ = _element(data, order, place)
        return values[:count].astype(NUMBERS[kind]).reshape(shape, order="F")
    if kind == TEXT:
        return _texts(data, order, place, shape)
    if depth > DEEPEST or count > MOST_CELLS:
        return None
    if kind == CELL:
        return [value for value, _ in _matrices(data, order, place, count, depth)]
    if kind == STRUCTURE:
        return _structure(data, order, place, count, depth)
    return None


def _matrices(
    data: memoryview, order: str, place: int, count: int, depth: int
) -> Iterator[tuple[Value, int]]:
    """So many arrays one after the other, and where each ends."""
    for _ in range(count):
        kind, length = struct.unpack_from(f"{order}II", data, place)
        if kind != MATRIX or length > len(data) - place - 8:
            raise ValueError(f"a cell of type {kind} and {length} bytes at byte {place}")
        inner = data[place + 8 : place + 8 + length]
        place += 8 + length
        yield (_matrix(inner, order, depth + 1) if length else None), place


def _structure(data: memoryview, order: str, place: int, count: int, depth: int) -> Value:
    widths, place = _element(data, order, place)
    letters, place = _element(data, order, place)
    text, width = letters.tobytes(), int(widths[0]) if len(widths) else 0
    if width <= 0 or count * (len(text) // width) > MOST_CELLS:
        raise ValueError(f"a structure with names of {width} letters")
    names = [text[at : at + width].split(b"\0")[0].decode("latin-1") for at in range(0, len(text), width)]
    values = [value for value, _ in _matrices(data, order, place, count * len(names), depth)]
    found = [
        dict(zip(names, values[at : at + len(names)], strict=True))
        for at in range(0, len(values), len(names))
    ]
    return found[0] if len(found) == 1 else list(found)


def _texts(data: memoryview, order: str, place: int, shape: tuple[int, ...]) -> Value:
    """Each row of letters is one text."""
    if not math.prod(shape):
        return np.array([""])
    letters, _ = _element(data, order, place)
    rows = letters[: math.prod(shape)].reshape((shape[0], -1), order="F")
    return np.array(["".join(map(chr, row.tolist())).rstrip("\0 ") for row in rows.astype(np.int64)])


def _old_variables(file: IO[bytes], end: int) -> Iterator[Variable]:
    """Of version 4: a header of five numbers, a name, and the numbers."""
    while len(head := file.read(20)) == 20:
        order = "<" if struct.unpack("<i", head[:4])[0] in range(5000) else ">"
        kind, rows, columns, imaginary, letters = struct.unpack(f"{order}5i", head)
        digit, form = kind // 10 % 10, kind % 10
        if (
            kind not in range(5000)
            or digit >= len(OLD_TYPES)
            or min(rows, columns) < 0
            or not 0 < letters < 256
        ):
            raise ValueError("its header is none of a .mat file")
        name = file.read(letters).split(b"\0")[0].decode("latin-1")
        dtype = np.dtype(order + OLD_TYPES[digit])
        start, length = file.tell(), rows * columns * dtype.itemsize
        if length > end - start:
            raise ValueError("it is cut off")
        if form == 0:
            yield Variable(name, 6, (rows, columns), order, start, length, length, False, dtype.str)
        file.seek(start + length * (2 if imaginary else 1))
