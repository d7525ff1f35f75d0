"""How much memory is free."""

from __future__ import annotations

import contextlib
from pathlib import Path

MEMINFO, GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def available(meminfo: Path = MEMINFO, group: Path = GROUP) -> int | None:
    """Bytes that programs can still take: what the system says, or the limit of a container where less.

    None where the system does not say. Only the second version of control groups is looked at.
    """
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        lines = meminfo.read_text(encoding="ascii").splitlines()
        found += [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    with contextlib.suppress(OSError, ValueError):  # `max` where there is no limit
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        found.append(max(0, limit - used + int(stat.get("inactive_file", 0))))  # of files it lets go first
    return min(found, default=None)
