"""Writing into a run: every file is whole or not there, also where the power fails."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FULL = ("disk is full", "No space left on device")  # of libraries that raise errors of their own


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Writes a whole file or nothing."""
    with whole(path) as file:
        file.write(text.encode("utf-8"))


def disk_is_full(error: BaseException) -> bool:
    """Whether that is what it comes from, in the words of the system, of SQLite or of safetensors."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(cause) for words in FULL):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def remove_drafts(folder: Path) -> None:
    """Takes away what killed processes left half written."""
    for draft in folder.glob(".*.[0-9]*"):
        if draft.is_file():
            draft.unlink(missing_ok=True)
