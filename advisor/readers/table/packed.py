"""Files packed by gzip or zip, unpacked in memory and never beyond a limit; nothing is written to disk."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from advisor.errors import DataError, UnsafeDataError
from advisor.readers import folders

MAX_UNPACKED = 2**30  # bytes of one packed file: a table of that size still fits into memory as cells
MAX_MEMBERS = 100_000  # of one zip: each is an entry held in memory
BLOCK = 2**20
DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError)


@contextmanager
def opened(path: Path, archive: Path | None = None) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a plain file, a `.gz`, or the member of a zip that `path` lies below.

    Raises:
        DataError: the file is damaged.
        UnsafeDataError: the zip says that the member is larger than MAX_UNPACKED unpacked.
    """
    try:
        if archive is not None:
            with zipfile.ZipFile(archive) as whole:
                name = path.relative_to(archive).as_posix()
                if whole.getinfo(name).file_size > MAX_UNPACKED:
                    raise _too_large(path)
                with whole.open(name) as file, _unpacked(file, name) as inner:
                    yield inner
        else:
            with path.open("rb") as file, _unpacked(file, path.name) as inner:
                yield inner
    except (DataError, UnsafeDataError):
        raise
    except (*DAMAGE, KeyError) as error:
        raise DataError(f"{path}: cannot be unpacked ({error}): fetch the file again") from error


def read_all(path: Path, file: IO[bytes], most: int = MAX_UNPACKED) -> bytes:
    """All bytes; raises UnsafeDataError as soon as there are more than `most`."""
    if isinstance(file, io.BufferedReader):  # a plain file, whose size is known
        data = file.read(min(most, os.fstat(file.fileno()).st_size) + 1)
        if len(data) > most:
            raise _too_large(path)
        return data
    pieces: list[bytes] = []  # a single `read` would take all of `most` at once
    size = 0
    while piece := file.read(16 * BLOCK):
        size += len(piece)
        if size > most:
            raise _too_large(path)
        pieces.append(piece)
    return b"".join(pieces)


def members(archive: Path) -> list[PurePosixPath]:
    """Names of the files in a zip, without hidden ones and those whose path leads out of it.

    Raises:
        DataError: the zip is damaged.
        UnsafeDataError: it has more than MAX_MEMBERS files.
    """
    try:
        with zipfile.ZipFile(archive) as whole:
            infos = whole.infolist()
    except DAMAGE as error:
        raise DataError(f"{archive}: cannot be unpacked ({error}): fetch the file again") from error
    if len(infos) > MAX_MEMBERS:
        raise UnsafeDataError(f"{archive}: holds more than {MAX_MEMBERS:,} files: unpack it first")
    names = [PurePosixPath(info.filename) for info in infos if not info.is_dir() and info.file_size]
    return [
        name
        for name in names
        if not name.is_absolute() and ".." not in name.parts and not any(map(folders.is_hidden, name.parts))
    ]


@contextmanager
def _unpacked(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    if folders.suffix(name) != ".gz":
        yield file
        return
    with gzip.open(file, "rb") as inner:
        yield cast("IO[bytes]", inner)


def _too_large(path: Path) -> UnsafeDataError:
    return UnsafeDataError(f"{path}: is larger than the limit of {MAX_UNPACKED:,} bytes unpacked: split it")
