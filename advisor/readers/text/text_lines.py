"""The lines of text files, indexed once and decoded when asked for."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.text.text_files import (
    CHUNK,
    MAX_WIDE,
    decode,
    encoding_of,
    head_of,
    is_packed,
    read_bytes,
)

HELD = 64 * 2**20  # plain files up to this size are held; of larger ones single lines are read from disk


@dataclass(frozen=True)
class Lines:
    """The lines of one file, decoded when asked for; `starts` is where each begins, and the end."""

    path: Path
    encoding: str
    starts: NDArray[np.int64]
    fetch: Callable[[int, int], bytes]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> str:
        """One line without its end and without white space around it."""
        start, end = int(self.starts[index]), int(self.starts[index + 1])
        return decode(self.fetch(start, end), self.encoding).strip().lstrip("\ufeff")

    def all(self) -> Iterator[str]:
        """Every line, from the first."""
        return (self[i] for i in range(len(self)))


class LineNames(Sequence[str]):
    """The names of all lines of several files (`train.en/12`), made when asked for: there may be millions."""

    def __init__(self, names: Sequence[str], offsets: Sequence[int]) -> None:
        self._names, self._offsets = names, offsets

    def __len__(self) -> int:
        return self._offsets[-1]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        place = bisect.bisect_right(self._offsets, index) - 1
        return f"{self._names[place]}/{index - self._offsets[place]}"


def index_lines(path: Path) -> Lines:
    """Where the lines of a file are; blank lines at its end do not count.

    Raises:
        UnsafeDataError: a gzipped or UTF-16 file that is larger than its limit.
        DataError: damaged, or no text.
    """
    encoding = encoding_of(head_of(path))
    if encoding is None:
        raise DataError(f"{path}: is no text (it holds control characters): replace or remove it")
    size = path.stat().st_size
    if encoding.startswith("utf-16"):
        return _held(path, decode(read_bytes(path, MAX_WIDE), encoding).encode(), "utf-8")
    if is_packed(path) or size <= HELD:
        return _held(path, read_bytes(path), encoding)
    ends, start = [], 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            ends.append(_ends(chunk) + start)
            start += len(chunk)

    def fetch(first: int, last: int) -> bytes:
        with path.open("rb") as file:
            file.seek(first)
            return file.read(last - first)

    return _without_tail(Lines(path, encoding, _bounds(np.concatenate(ends), size), fetch))


def _held(path: Path, data: bytes, encoding: str) -> Lines:
    bounds = _bounds(_ends(data), len(data))
    return _without_tail(Lines(path, encoding, bounds, lambda first, last: data[first:last]))


def _ends(data: bytes) -> NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1


def _bounds(ends: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    last = [] if len(ends) and ends[-1] == size else [size]
    return np.concatenate([[0], ends, last]).astype(np.int64)


def _without_tail(lines: Lines) -> Lines:
    count = len(lines)
    while count and not lines[count - 1]:
        count -= 1
    return Lines(lines.path, lines.encoding, lines.starts[: count + 1], lines.fetch)
