"""One search at a time in a run folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from advisor.errors import RunError

LOCK = "lock"


@contextlib.contextmanager
def held(run_dir: Path) -> Iterator[None]:
    """Holds the run for this process; the system lets go of it however the process ends.

    Raises:
        RunError: another search has it.
    """
    import fcntl

    with (run_dir / LOCK).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise RunError(
                f"{run_dir} is in use by another search (process {file.read().strip() or 'unknown'}): "
                "wait until it ends, or stop it"
            ) from error
        except OSError:
            pass  # a file system without locks: nothing can be held there
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def is_held(run_dir: Path) -> bool:
    """Whether a search is working in the run just now."""
    import fcntl

    try:
        with (run_dir / LOCK).open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
