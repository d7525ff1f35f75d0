"""Text files as they lie: what is text, in which encoding, gzipped or not, and pieces of large ones."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import IO

from advisor.errors import DataError, UnsafeDataError

MAX_BYTES = 2 * 2**30  # of a text that is held whole
MAX_WIDE = 2**28  # of UTF-16, which is held three times over while its lines are found
MAX_UNPACKED = 2**30  # of a gzipped file: it is held in memory, and a bomb grows a thousandfold
PIECE = 64 * 1024  # bytes at the start of a file that tell its form
OTHER_PIECES, OTHER_PIECE = 3, 16 * 1024  # and pieces from further on: rows are often sorted by class
PACKED_PIECE = 2**20  # of a gzipped file, which can only be read from its start
PACKED_HEAD = 1_000  # lines of it that count as its start
CHUNK = 16 * 2**20
GZIP = b"\x1f\x8b"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WIDE_SHARE, NARROW_SHARE = 0.5, 0.1  # zeros at every other byte of UTF-16 without a mark, and between them
CONTROLS = bytes(set(range(1, 32)) - set(b"\t\n\r\f\x0b\x1a\x1b\x1c\x1d\x1e"))
CONTROL_SHARE = 0.005  # of control characters that old texts hold here and there; files of bytes have more
FAULTS = (OSError, EOFError, zlib.error)  # what unpacking a damaged file raises


def encoding_of(head: bytes) -> str | None:
    """`utf-16` in one of its forms, or `utf-8` for all others (see `decode`); None where it is no text."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if len(head) - len(head.translate(None, CONTROLS)) > CONTROL_SHARE * len(head):
        return None
    if 0 not in head:
        return "utf-8"
    even, odd = (part.count(0) / max(1, len(part)) for part in (head[::2], head[1::2]))
    if min(even, odd) > NARROW_SHARE or max(even, odd) < WIDE_SHARE:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def decode(data: bytes, encoding: str) -> str:
    """Text of bytes; what is not UTF-8 is read as Windows-1252, a superset of Latin-1."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode(encoding if encoding.startswith("utf-16") else "cp1252", "replace")


def is_packed(path: Path) -> bool:
    """Whether the file is gzipped, by its first bytes."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def head_of(path: Path, size: int = PIECE) -> bytes:
    """The first bytes, unpacked; none where they cannot be read."""
    try:
        with _open(path) as file:
            return file.read(size)
    except FAULTS:
        return b""


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The whole file.

    Raises:
        UnsafeDataError: more than `limit` bytes, or MAX_UNPACKED when gzipped.
        DataError: no text, or damaged.
    """
    data = read_bytes(path, limit)
    encoding = encoding_of(data[:PIECE])
    if encoding is None:
        raise DataError(f"{path}: is no text (it holds control characters): replace or remove it")
    return decode(data, encoding).lstrip("\ufeff")


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The whole file, unpacked.

    Raises:
        UnsafeDataError: more than `limit` bytes, or MAX_UNPACKED when gzipped.
        DataError: damaged.
    """
    if not is_packed(path):
        if path.stat().st_size > limit:
            raise UnsafeDataError(f"{path}: is larger than the limit of {limit:,} bytes: split it")
        return path.read_bytes()
    limit = min(limit, MAX_UNPACKED)
    data = io.BytesIO()
    try:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                data.write(chunk)
                if data.tell() > limit:
                    raise UnsafeDataError(f"{path}: unpacks to more than {limit:,} bytes: unpack or split it")
    except FAULTS as error:
        raise DataError(f"{path}: cannot be unpacked ({error}): replace or remove it") from error
    return data.getvalue()


def sample_lines(path: Path) -> tuple[list[str], list[str]]:
    """Whole lines from the start, and some from further on; none where the file is no text."""
    head = head_of(path)
    encoding = encoding_of(head) if head else None
    if encoding is None:
        return [], []
    if is_packed(path):
        more = head_of(path, PACKED_PIECE)
        lines = _whole_lines(more, encoding, ended=len(more) < PACKED_PIECE)
        return lines[:PACKED_HEAD], lines[PACKED_HEAD:]
    size = path.stat().st_size
    lines = _whole_lines(head, encoding, ended=size <= PIECE)
    if size <= 2 * PIECE or encoding.startswith("utf-16"):
        return lines, []
    further = []
    with path.open("rb") as file:
        for place in range(1, OTHER_PIECES + 1):
            file.seek(PIECE + (size - PIECE - OTHER_PIECE) * place // OTHER_PIECES)
            further += _whole_lines(file.read(OTHER_PIECE), encoding, ended=False)[1:]
    return lines, further


def pieces(path: Path, count: int, size: int) -> list[str]:
    """So many evenly spaced pieces of about `size` bytes; of a gzipped file from its beginning only."""
    head = head_of(path)
    encoding = encoding_of(head) or "utf-8"
    if is_packed(path) or encoding.startswith("utf-16"):
        data = decode(head_of(path, 8 * PACKED_PIECE), encoding)
        return [data[start : start + size] for start in _starts(len(data), count, size)]
    with path.open("rb") as file:
        found = []
        for start in _starts(path.stat().st_size, count, size):
            file.seek(start)
            found.append(decode(_cut(file.read(size)), encoding))
    return found


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if is_packed(path) else path.open("rb")  # type: ignore[return-value]


def _whole_lines(data: bytes, encoding: str, *, ended: bool) -> list[str]:
    """The lines of a piece; the last one is left out where the piece may cut it."""
    if encoding.startswith("utf-16"):
        data = data[: len(data) // 2 * 2]
    lines = decode(data if ended else _cut(data), encoding).lstrip("\ufeff").split("\n")
    whole = lines if ended and lines[-1] else lines[:-1] or lines
    return [line.rstrip("\r") for line in whole]


def _cut(data: bytes) -> bytes:
    """Without the halves of UTF-8 letters at both ends."""
    start = 0
    while start < min(4, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    end = len(data)
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0xC0:
            width = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            end -= back if width > back else 0
            break
        if byte < 0x80:
            break
    return data[start:end]


def _starts(size: int, count: int, piece: int) -> list[int]:
    """Where evenly spaced pieces begin; they never overlap."""
    count = max(1, min(count, size // max(1, piece)))
    room = max(0, size - piece)
    return [room * place // max(1, count - 1) for place in range(count)] if count > 1 else [0]
