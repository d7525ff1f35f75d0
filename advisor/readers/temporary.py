"""Temporary folders that a killed program does not leave for ever.

Each is locked for as long as its program lives, and the system lets go of the lock however that ends: the
next program removes those that nobody holds. A lock, and no process number in the name, since numbers come
again, and mean another process in another container.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "advisor-temporary-"
_held: dict[Path, int] = {}  # folders of this program, and the descriptors that lock them


def folder() -> Path:
    """A new folder; it is removed by `remove`, or when the program ends."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        with contextlib.suppress(FileNotFoundError):  # a program that cleans up was quicker than the lock
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            if _is_locked(lock) and path.is_dir():
                _held[path] = lock
                return path
            os.close(lock)


def remove(path: Path) -> None:
    """Removes one of this program; files of it that are open stay readable."""
    shutil.rmtree(path, ignore_errors=True)  # before the lock is let go, so that nobody else begins with it
    if path in _held:
        os.close(_held.pop(path))


@functools.cache
def remove_left() -> None:
    """Removes what killed programs of this user left; once in a program."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and Path(entry.path) not in _held:
                with contextlib.suppress(OSError):
                    _remove_if_left(entry)


def _remove_if_left(entry: os.DirEntry[str]) -> None:
    import fcntl

    lock = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(lock).st_uid == os.getuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        os.close(lock)


def _is_locked(lock: int) -> bool:
    """Whether it is held now; on a disk without locks nobody can hold it, nor will anybody remove it."""
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@atexit.register
def _remove_all() -> None:
    for path in list(_held):
        remove(path)
