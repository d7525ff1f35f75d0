"""On a machine that other programs begin to use, one thread instead of several, and several again later.

Threads wait for each other at every step: as soon as one of them has no core, all stand still. The system
says how long they waited for a core, and how long cores had nothing to do (Linux alone; elsewhere the number
of threads stays as it is).
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import torch

LOOK_SECONDS = 1.0  # between looks
WAITED = 0.15
"""Share of the time of several threads that they waited for a core; with more, one is faster. Measured on two
cores with four kinds of networks (`benchmarks/busy.py`): alone 0.01 at most, beside one program 0.29 to 0.45,
beside two about 0.50."""
IDLE = 0.75  # of the cores that more threads would take
IDLE_LOOKS = 3  # in a row, before there are several threads again: programs pause


class Threads:
    """The number of threads that this process computes with; `most` of them where there are cores for them.

    Args:
        most: 1 or fewer: the number is left alone.

    Attributes:
        crowded_seconds: how long one thread computed, since other programs took the cores.
    """

    def __init__(self, most: int) -> None:
        self.most, self.crowded_seconds = most, 0.0
        self.idle_looks = 0
        self.time, self.waited, self.idle = time.monotonic(), waited_seconds(), idle_seconds()

    def look(self) -> None:
        """To be called often; looks at the machine every LOOK_SECONDS."""
        passed = time.monotonic() - self.time
        if self.most <= 1 or passed < LOOK_SECONDS:
            return
        threads, waited, idle = torch.get_num_threads(), waited_seconds(), idle_seconds()
        if threads > 1:
            if waited - self.waited > WAITED * threads * passed:
                torch.set_num_threads(1)
                self.idle_looks = 0
        else:
            self.crowded_seconds += passed
            self.idle_looks = self.idle_looks + 1 if idle - self.idle > IDLE * (self.most - 1) * passed else 0
            if self.idle_looks == IDLE_LOOKS:
                torch.set_num_threads(self.most)
        self.time, self.waited, self.idle = time.monotonic(), waited, idle


def waited_seconds() -> float:
    """How long the threads of this process that now are have waited for a core; 0 where nobody tells."""
    nanoseconds = 0
    with contextlib.suppress(OSError):  # another system
        for task in os.scandir("/proc/self/task"):
            with contextlib.suppress(OSError, ValueError, IndexError):  # this thread has just ended
                nanoseconds += _field(Path(task.path, "schedstat"), 1)
    return nanoseconds / 1e9


def idle_seconds() -> float:
    """How long all cores together had nothing to do; 0 where nobody tells."""
    try:
        return _field(Path("/proc/stat"), 4) / os.sysconf("SC_CLK_TCK")  # cpu user nice system idle ...
    except (OSError, ValueError, IndexError):
        return 0.0


def _field(file: Path, place: int) -> int:
    with file.open(encoding="ascii") as lines:
        return int(lines.readline().split()[place])
