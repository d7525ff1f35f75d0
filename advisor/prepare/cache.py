"""Decoded samples in files, so that they are decoded once: found again by what they were made from.

One folder per entry, named by a hash of the data, the preprocessing and the version of the program:

    values.bin    raw numbers, sample after sample      kept.npy      which samples could be decoded
    lengths.npy   of each sample                        header.json   shape, dtype, what could not be decoded

An entry is written as a draft and renamed when it is whole. All entries together take at most CACHE_SHARE of
the disk; those used longest ago go first. A removed entry stays readable to who has it open.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.prepare.memory import human
from advisor.readers import temporary

LAYOUT = "advisor.decoded/1"
CACHE_SHARE = 0.5  # of the disk that is free or taken by entries: the rest is for runs and other programs
PROBED = 4  # samples of a found entry that are decoded again and compared
WRITTEN_AT_ONCE = 1 << 22  # bytes


@dataclass(frozen=True)
class Entry:
    """Decoded samples in a file: `values` [sample, ...] of `shape`; `kept` [sample] says which they are,
    `lengths` [sample] how much of each along its first axis is no filling."""

    values: Path
    shape: tuple[int, ...]
    numbers: np.dtype[Any]
    kept: NDArray[np.int64]
    lengths: NDArray[np.int64]
    unreadable: tuple[str, ...]


Decoded = Iterable[tuple[int, NDArray[Any], int] | str]
"""(index, values, length) of each sample, or why it could not be decoded."""


def key_of(*parts: object) -> str:
    """The name of an entry, from all that its content hangs on."""
    told = hashlib.sha256()
    for part in (LAYOUT, *parts):
        raw = part.tobytes() if isinstance(part, np.ndarray) else str(part).encode()
        told.update(f"{len(raw)}:".encode() + raw)
    return told.hexdigest()[:32]


def find(folder: Path, key: str) -> Entry | None:
    """The entry of that name; None where there is none that is whole."""
    place = folder / key
    try:
        header = json.loads((place / "header.json").read_text(encoding="utf-8"))
        entry = Entry(
            values=place / "values.bin",
            shape=tuple(header["shape"]),
            numbers=np.dtype(header["numbers"]),
            kept=np.load(place / "kept.npy", allow_pickle=False),
            lengths=np.load(place / "lengths.npy", allow_pickle=False),
            unreadable=tuple(header["unreadable"]),
        )
        expected = int(np.prod(entry.shape, dtype=np.int64)) * entry.numbers.itemsize
        if entry.values.stat().st_size != expected or len(entry.kept) != entry.shape[0]:
            return None
        os.utime(place / "header.json")  # used now
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return entry


def same(entry: Entry, decode: Callable[[int], NDArray[Any]]) -> bool:
    """Whether PROBED evenly spaced samples are still decoded to what the entry holds."""
    row = int(np.prod(entry.shape[1:], dtype=np.int64)) * entry.numbers.itemsize
    with entry.values.open("rb") as file:
        for place in np.linspace(0, len(entry.kept) - 1, min(PROBED, len(entry.kept))).astype(int).tolist():
            file.seek(place * row)
            found = np.frombuffer(file.read(row), entry.numbers).reshape(entry.shape[1:])
            now = decode(int(entry.kept[place]))
            if found.shape[1:] != now.shape[1:] or not np.array_equal(found[: len(now)], now):
                return False
    return True


def write(
    folder: Path | None, key: str, most: int, shape: tuple[int, ...], numbers: np.dtype[Any], decoded: Decoded
) -> Entry:
    """Decodes sample by sample into an entry.

    Args:
        folder: None for a temporary one, which the caller removes when it has opened the file.
        most: samples, at most.
        shape: of a sample; one that is shorter along its first axis is filled up with zeros.

    Raises:
        DataError: the disk has no room for it.
    """
    row = int(np.prod(shape, dtype=np.int64)) * numbers.itemsize
    if folder is None:
        draft = temporary.folder()
    else:
        with _clear(folder, most * row):
            folder.mkdir(parents=True, exist_ok=True)
            remove_drafts(folder)
            make_room(folder, most * row)
            draft = folder / f".{key}.{os.getpid()}"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
    try:
        entry = _written(draft, most, row, shape, numbers, decoded)
        if folder is None:
            return entry
        with contextlib.suppress(OSError):
            if (folder / key).exists():  # spoilt, or another search was faster: ours is as good
                shutil.rmtree(folder / key, ignore_errors=True)
            draft.rename(folder / key)
            return find(folder, key) or entry
        return entry  # the draft itself serves, which the next search takes away
    except BaseException:
        temporary.remove(draft)
        raise


def make_room(folder: Path, needed: int) -> None:
    """Removes entries, those used longest ago first, until as many bytes more are within CACHE_SHARE.

    Raises:
        DataError: not even an empty cache would do.
    """
    entries = sorted((_last_used(place), _size(place), place) for place in folder.iterdir() if place.is_dir())
    used = sum(size for _, size, _ in entries)
    bound = int(CACHE_SHARE * (shutil.disk_usage(folder).free + used))
    if needed > bound:
        raise DataError(_no_room(folder, needed, f"of which {human(bound)} may be used"))
    for _, size, place in entries:
        if used + needed <= bound:
            return
        shutil.rmtree(place, ignore_errors=True)
        used -= size


def remove_drafts(folder: Path) -> None:
    """Takes away what killed searches left half written."""
    for draft in folder.glob(".*.*"):
        owner = draft.suffix[1:]
        if owner.isdigit() and int(owner) != os.getpid() and not _alive(int(owner)):
            shutil.rmtree(draft, ignore_errors=True)


def _written(
    draft: Path, most: int, row: int, shape: tuple[int, ...], numbers: np.dtype[Any], decoded: Decoded
) -> Entry:
    kept, lengths, unreadable = list[int](), list[int](), list[str]()
    with (draft / "values.bin").open("wb", buffering=max(row, WRITTEN_AT_ONCE)) as file:
        for one in decoded:
            if isinstance(one, str):
                unreadable.append(one)
                continue
            index, values, length = one
            raw = np.ascontiguousarray(values, dtype=numbers).tobytes()
            with _clear(draft, most * row):
                file.write(raw)
                file.write(b"\0" * (row - len(raw)))
            kept.append(index)
            lengths.append(length)
        with _clear(draft, most * row):
            file.flush()
            os.fsync(file.fileno())
    entry = Entry(
        draft / "values.bin", (len(kept), *shape), numbers, np.array(kept, dtype=np.int64),
        np.array(lengths, dtype=np.int64), tuple(unreadable),
    )  # fmt: skip
    header = {"shape": entry.shape, "numbers": str(numbers), "unreadable": unreadable}
    with _clear(draft, most * row):
        np.save(draft / "kept.npy", entry.kept, allow_pickle=False)
        np.save(draft / "lengths.npy", entry.lengths, allow_pickle=False)
        (draft / "header.json").write_text(json.dumps(header), encoding="utf-8")
    return entry


@contextlib.contextmanager
def _clear(folder: Path, needed: int) -> Iterator[None]:
    """Says what a full or unwritable disk means here."""
    fault = None
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        fault = "the disk is full" if full else str(error.strerror)
    if fault is not None:  # raised here, so that it does not carry the error along: it says all of it
        raise DataError(_no_room(folder, needed, fault))


def _no_room(folder: Path, needed: int, why: str) -> str:
    return (
        f"the decoded samples take {human(needed)}, more than `--memory` lets stay in memory, and "
        f"{folder} cannot take them ({why}): name a folder on a larger disk by `--cache`, or give more memory"
    )


def _size(place: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(file.stat().st_size for file in place.iterdir())
    return 0


def _last_used(place: Path) -> float:
    with contextlib.suppress(OSError):
        return (place / "header.json").stat().st_mtime
    return place.stat().st_mtime if place.exists() else 0.0


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of somebody else
        return True
    return True
