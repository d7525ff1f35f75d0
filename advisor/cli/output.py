"""Writing results: one JSON object on stdout, or a file that is whole or not there."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from advisor.errors import AdvisorError


@contextlib.contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """What libraries print meanwhile goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def native_messages_dropped() -> Iterator[None]:
    """What C libraries say of damaged files (libtiff, mpg123) stays away from stderr; Python's goes there."""
    before = sys.stderr
    before.flush()
    own = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    if before is sys.__stderr__:  # else it does not write there, as under a test
        sys.stderr = open(own, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(own, 2)
        sys.stderr = before
        os.close(own)
        os.close(nothing)


def write_whole(path: Path, text: str) -> None:
    """Writes a file by way of a temporary one beside it; an existing file is replaced at the end.

    Raises:
        AdvisorError: the place cannot be written, or the disk is full; nothing is left behind.
    """
    if path.exists() and not path.is_file():  # a pipe or a device such as /dev/null; a folder fails below
        _write_through(path, text)
        return
    draft = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        draft = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        draft.chmod(0o644)
        draft.replace(path)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _write_through(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> AdvisorError:
    return AdvisorError(f"{path} cannot be written ({error.strerror or error}): name another place")
