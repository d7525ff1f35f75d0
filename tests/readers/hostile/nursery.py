"""Runs commands in children of one process that has imported the program, and tells what each of them took.

One JSON list of arguments a line on stdin; one JSON object a line on stdout. A child is ended by
signal 14 when it stands still, by signal 24 when it takes too much of the processor.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass

from advisor.cli import app

PATIENCE = 100  # seconds
MOST_SECONDS = 40  # of the processor, twice what an inspection may take: the machine may be busy
MOST_MEMORY = 2 * 2**30  # bytes
MOST_DATA = 6 * 2**30  # bytes: beyond it a child gets MemoryError and the machine stays alive
EARLY = (
    "advisor.workflow", "advisor.readers", "advisor.measure", "advisor.decide.flowchart", "pandas", "av",
    "scipy.signal", "sklearn.linear_model", "PIL.Image", "h5py", "pyarrow.parquet", "zarr", "soundfile",
    "nibabel", "tifffile",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a command did: exit code (negative: the signal that ended it), peak of memory in bytes, output."""

    code: int
    peak: int
    seconds: float
    out: str
    err: str

    @property
    def samples(self) -> int:
        return int(json.loads(self.out)["samples"])

    @property
    def health(self) -> str:
        return " | ".join(f"{one['check']}: {one['text']}" for one in json.loads(self.out)["health"])

    def check(self) -> Outcome:
        """An answer without a word on stderr, or one line there; never a traceback, and within memory."""
        assert self.code in (0, 1), (self.code, self.err)
        lines = self.err.splitlines()
        assert len(lines) == self.code, self.err
        assert "Traceback" not in self.err
        assert "unexpected" not in self.err
        assert self.peak < MOST_MEMORY
        return self


Run = Callable[..., Outcome]


def run(arguments: list[str]) -> Outcome:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            signal.alarm(PATIENCE)
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
            code = app.run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status, used = os.wait4(child, 0)
        out.seek(0)
        err.seek(0)
        return Outcome(
            os.waitstatus_to_exitcode(status),
            used.ru_maxrss * 1024,
            used.ru_utime + used.ru_stime,
            out.read(),
            err.read(),
        )


if __name__ == "__main__":
    for name in EARLY:
        importlib.import_module(name)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(run(json.loads(line)))) + "\n")
        sys.stdout.flush()
