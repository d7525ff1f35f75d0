"""A bound on the memory that a library may take while it unpacks what a file holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

MOST = 3 * 2**29  # bytes beyond what the process has: 2 GiB with the rest of the program
DATA = 5  # in `statm`: pages of data and stack, https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html


@contextlib.contextmanager
def memory(most: int = MOST) -> Iterator[None]:
    """Within it, asking for more than `most` further bytes raises MemoryError, or the library's own error.

    For forms whose library unpacks a piece to whatever it becomes, and not to the size that the header says.
    Where the system has no such bound (it takes Linux), it does nothing.
    """
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[DATA]) * resource.getpagesize()
        before = resource.getrlimit(resource.RLIMIT_DATA)
    except (ImportError, OSError, IndexError, ValueError):
        yield
        return
    soft, hard = before
    wanted = used + most
    if soft != resource.RLIM_INFINITY and soft <= wanted:
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
