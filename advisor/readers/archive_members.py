"""What lies in a zip or tar, one member after another, with a safe path or none."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from advisor.errors import AdvisorError, DataError, UnsafeDataError
from advisor.readers.limits import MOST_DEPTH

OPENERS: dict[str, Callable[..., Any]] = {
    ".tar": open, ".tar.gz": gzip.open, ".tgz": gzip.open, ".tar.bz2": bz2.open, ".tbz2": bz2.open,
    ".tar.xz": lzma.open, ".txz": lzma.open,
}  # fmt: skip
ENDINGS = (".zip", *OPENERS)
MOST_DIRECTORY = 2**27  # bytes of the list in a zip, a few times of which it takes in memory
END_BYTES = 2**16 + 2**10  # of a zip, within which its end is written
MOST_HEADER = 2**22  # bytes of one header of a tar, which is read as a whole
MOST_NAME = 255  # bytes of a file's name that disks take
DAMAGE = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, RuntimeError,
    NotImplementedError, ValueError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One thing in an archive.

    Attributes:
        name: as the archive has it.
        parts: of its path below the archive; empty where that is not safe.
        is_file: whether it is a plain file, and no folder.
        is_safe: whether it is a plain file or a folder and its path stays below the archive.
        size: bytes, as the archive says.
        open: its unpacked bytes.
    """

    name: str
    parts: tuple[str, ...]
    is_file: bool
    is_safe: bool
    size: int
    open: Callable[[], IO[bytes]]


def ending(name: str) -> str | None:
    """`.tar.gz` of `data.TAR.gz`; None where it is not called an archive."""
    return next((one for one in ENDINGS if name.lower().endswith(one) and len(name) > len(one)), None)


@contextmanager
def members(archive: Path) -> Iterator[Iterator[Member]]:
    """All that lies in an archive, in its order.

    Raises:
        DataError: it is damaged, or closed by a password.
        UnsafeDataError: its list alone is larger than a limit.
    """
    try:
        with (_zipped if ending(archive.name) == ".zip" else _tarred)(archive) as inside:
            yield inside
    except AdvisorError:
        raise
    except DAMAGE as error:
        raise DataError(f"{archive}: cannot be unpacked ({error}): fetch the file again") from error


@contextmanager
def _zipped(archive: Path) -> Iterator[Iterator[Member]]:
    if (size := _directory_size(archive)) > MOST_DIRECTORY:
        raise UnsafeDataError(f"{archive}: its list of files takes {size:,} bytes: unpack it first")
    with zipfile.ZipFile(archive) as whole:
        infos = whole.infolist()
        windows = all("/" not in info.filename for info in infos)
        yield (_of_zip(whole, info, windows) for info in infos)


def _directory_size(archive: Path) -> int:
    """Bytes of the list of a zip as its end says them; 0 where it has no end."""
    with archive.open("rb") as file:
        file.seek(-min(END_BYTES, archive.stat().st_size), os.SEEK_END)
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 16:
        return 0
    large = tail.rfind(b"PK\6\6", 0, at)
    if large >= 0 and len(tail) >= large + 48:
        return int(struct.unpack_from("<Q", tail, large + 40)[0])
    return int(struct.unpack_from("<I", tail, at + 12)[0])


def _of_zip(whole: zipfile.ZipFile, info: zipfile.ZipInfo, windows: bool) -> Member:
    name = info.filename.replace("\\", "/") if windows else info.filename
    kind = info.external_attr >> 28  # of Unix: 8 a plain file, 4 a folder, 10 a link; 0 where nothing says
    parts = _parts(name)
    return Member(
        name=info.filename,
        parts=parts,
        is_file=not name.endswith("/") and kind in (0, 8),
        is_safe=bool(parts) and kind in (0, 4, 8),
        size=info.file_size,
        open=lambda: whole.open(info),
    )


@contextmanager
def _tarred(archive: Path) -> Iterator[Iterator[Member]]:
    form = ending(archive.name) or ""
    with (
        OPENERS[form](archive, "rb") as stream,
        tarfile.open(fileobj=cast("IO[bytes]", _Bounded(stream)), mode="r:") as whole,
    ):
        yield (_of_tar(whole, info) for info in whole)


def _of_tar(whole: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    parts = _parts(info.name)
    plain = info.isreg() and not info.issparse()

    def opened() -> IO[bytes]:
        file = whole.extractfile(info)
        if file is None:
            raise tarfile.ReadError(f"{info.name} is no plain file")
        return file

    return Member(
        name=info.name,
        parts=parts,
        is_file=plain,
        is_safe=bool(parts) and (plain or info.isdir()),
        size=info.size,
        open=opened,
    )


class _Bounded:
    """A stream that never gives more at once than a header may have: a tar can claim one of any size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.seek, self.tell = stream, stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MOST_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self.stream.read(size)


def _parts(name: str) -> tuple[str, ...]:
    """Of a path that stays below where it begins; else none."""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    unsafe = (
        name.startswith("/")
        or "\\" in name
        or re.match(r"[A-Za-z]:", name)
        or any(
            part == ".." or "\0" in part or len(part.encode("utf-8", "replace")) > MOST_NAME for part in parts
        )
        or len(parts) > MOST_DEPTH
    )
    return () if unsafe else parts
