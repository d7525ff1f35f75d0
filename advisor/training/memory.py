"""What the C library does with memory that a training step frees."""

from __future__ import annotations

import ctypes
import functools

from advisor.prepare.memory import free_memory

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
MOST_KEPT, SHARE_KEPT = 1 << 30, 1 / 16  # bytes free at the end of the heap that stay there; of free memory
LARGEST_BLOCK = 1 << 28  # bytes; larger ones, as of whole data sets, go back to the system when freed


@functools.cache
def keep_freed_memory() -> bool:
    """Freed memory stays with this process for the next step; says whether the C library can do that.

    Every step frees its activations and gradients and soon asks for as much again. The GNU C library gives
    them back to the system in between and gets every page anew, zeroed: up to a third of the time of a step
    (`docs/speed.md`). What is computed stays the same, bit for bit; the process holds what is kept.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt  # of this process; no such thing on macOS, Windows or musl
    except (AttributeError, OSError, TypeError):
        return False
    most = min(MOST_KEPT, int(SHARE_KEPT * free_memory()))
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK) and mallopt(M_TRIM_THRESHOLD, most))
