"""Files that are equal byte by byte, found without decoding them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

PIECE = 4_096  # bytes at the end, and twice as many at the beginning, tell most files of one size apart
BLOCK = 2**20


def equal_files(files: Sequence[Path], seconds: float) -> tuple[list[list[int]], set[int]]:
    """Groups of places of equal files, and the places that were compared before the time was spent.

    Only files of one size are opened; those whose two ends are equal are read as a whole.
    """
    end = time.monotonic() + seconds
    by_size: dict[int, list[int]] = {}
    for place, file in enumerate(files):
        by_size.setdefault(_size(file), []).append(place)
        if not place % 256 and time.monotonic() > end:
            break
    compared, groups = set[int](), list[list[int]]()
    for places in sorted(by_size.values(), key=len):  # few of one size first: these are the likeliest copies
        if time.monotonic() > end:
            break
        size = _size(files[places[0]])
        if len(places) == 1 or not size:
            compared.update(places)
            continue
        for same in _apart(places, lambda place: _ends(files[place]), end, compared):
            groups += [same] if size <= 2 * PIECE else _apart(same, lambda place: _whole(files[place]), end)
    return groups, compared


def _apart(
    places: Iterable[int], key: Callable[[int], bytes | None], end: float, done: set[int] | None = None
) -> list[list[int]]:
    """The places with equal keys, two or more each; those without a key, or later than `end`, are left out.

    Args:
        done: takes up the places that there was time for.
    """
    found: dict[bytes, list[int]] = {}
    for count, place in enumerate(places):
        if not count % 64 and time.monotonic() > end:
            break
        value = key(place)
        if done is not None:
            done.add(place)
        if value is not None:
            found.setdefault(value, []).append(place)
    return [same for same in found.values() if len(same) > 1]


def _size(file: Path) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return 0


def _ends(file: Path) -> bytes | None:
    try:
        with open(file, "rb") as stream:
            first = stream.read(2 * PIECE)
            if len(first) == 2 * PIECE:
                stream.seek(max(len(first), os.fstat(stream.fileno()).st_size - PIECE))
                first += stream.read(PIECE)
            return hashlib.blake2b(first, digest_size=16).digest()
    except OSError:
        return None


def _whole(file: Path) -> bytes | None:
    found = hashlib.blake2b(digest_size=16)
    try:
        with open(file, "rb") as stream:
            while block := stream.read(BLOCK):
                found.update(block)
    except OSError:
        return None
    return found.digest()
