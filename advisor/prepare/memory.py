"""How much memory decoded samples may take, and what of it each use gets."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

FREE_SHARE = 0.5  # of the free memory: the limit where none is given; networks and other programs need some
RESIDENT_SHARE = 0.4  # of the limit: samples that stay in memory; both the pool and the test part may
BUFFER_SHARE = 0.125  # of the limit: one buffer of samples from a file; two are held, and a batch is a copy
BASELINE_SHARE = 0.2  # of the limit: what a baseline is fitted on

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """A limit and where what is beyond it goes.

    Attributes:
        limit: bytes that decoded samples, and what is made of them at one time, may take.
        cache: folder for samples beyond it; None for a temporary file.
        data: what tells the data from all others, as text; with it a later search finds them decoded.
    """

    limit: int
    cache: Path | None = None
    data: str = ""

    @property
    def resident(self) -> int:
        """Bytes of samples that may stay in memory."""
        return int(RESIDENT_SHARE * self.limit)

    @property
    def buffer(self) -> int:
        """Bytes of one buffer."""
        return int(BUFFER_SHARE * self.limit)

    @property
    def baseline(self) -> int:
        """Bytes that fitting a baseline may take."""
        return int(BASELINE_SHARE * self.limit)


def default_limit() -> int:
    """FREE_SHARE of the memory that is free, in bytes."""
    return int(FREE_SHARE * free_memory())


def free_memory(cgroup: Path = CGROUP) -> int:
    """Bytes that this program can still take: free on the machine, and within its control group."""
    limits = [_of_machine()]
    for limit, used, key in (
        ("memory.max", "memory.current", "inactive_file"),  # version 2
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),  # version 1
    ):
        most, now = _number(cgroup / limit), _number(cgroup / used)
        if most is not None and now is not None:
            cached = _fields(cgroup / Path(used).parent / "memory.stat").get(key, 0)  # given back when asked
            limits.append(max(0, most - now + cached))
    return min(limits)


def peak_memory() -> int:
    """Bytes that this program has had at most, nearly, without those that it shares: libraries, mapped files.

    Where the system can tell, not by `getrusage`, which on Linux begins with what the program that started
    this one had: a small program of a large one would seem as large.
    """
    status = _fields(Path("/proc/self/status"))
    if "VmHWM:" in status:
        shared = status.get("RssFile:", 0) + status.get("RssShmem:", 0)
        return 1024 * (status["VmHWM:"] - shared)
    import resource  # not on every system

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def human(count: float) -> str:
    """Bytes for reading: 1.5 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


def _of_machine() -> int:
    available = _fields(Path("/proc/meminfo")).get("MemAvailable:")
    if available is not None:
        return available * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _number(place: Path) -> int | None:
    try:
        return int(place.read_text())
    except (OSError, ValueError):  # not there, or "max"
        return None


def _fields(place: Path) -> dict[str, int]:
    """Names and first numbers of a file of lines."""
    try:
        lines = [line.split() for line in place.read_text().splitlines()]
    except OSError:
        return {}
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}
