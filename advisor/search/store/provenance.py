"""run.json: what a run was made with, and how much of its time is used up."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from advisor.errors import RunError
from advisor.readers.source import Source
from advisor.records import Record, Reproducible
from advisor.search.budget import Budget
from advisor.search.events import Event, Observer
from advisor.search.limits import Limits
from advisor.search.store import files, folder
from advisor.training import Compute

RUN, RUNS = "run.json", "runs"
EVERY_SECONDS = 2.0  # that the used seconds are written down
MOST_FILES = 10_000  # whose sizes are looked at
MOST_IDS = 1_000_000  # of more, every second, third, ...


class Fingerprint(Record):
    """What tells one data set from another without reading it whole.

    Attributes:
        samples: hash of the ids and labels of all samples.
        files: hash of the names and sizes of the files, MOST_FILES at most.
        changed: when the newest of them was written.
    """

    count: int
    samples: str
    files: str
    bytes: int
    changed: str


class RunRecord(Record):
    """run.json.

    Attributes:
        picks: what was measured or chosen for this machine and this time limit; a resumed run keeps them.
        used_seconds: of the time limit, all sessions together; as of the last report.
        test_looks: how often the test part was looked at.
    """

    schema_name: Literal["advisor.run/1"] = Field("advisor.run/1", alias="schema")
    started: str
    data: Fingerprint
    picks: dict[str, bool | int | float | str | None]
    environment: dict[str, Any]
    reproducible: Reproducible
    ruled_out: tuple[str, ...] = ()
    used_seconds: float = 0.0
    test_looks: int = 0


def read(run_dir: Path) -> RunRecord | None:
    """The record of a run that was begun; raises RunError where it is damaged."""
    place = run_dir / RUN
    if not place.is_file():
        return None
    try:
        return RunRecord.from_json(place.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise RunError(f"{place} is damaged: start a new run") from error


def used_seconds(run_dir: Path) -> float:
    """Seconds that count against the time limit when the run is gone on with: none once it is done."""
    record = read(run_dir)
    if record is None:
        return 0.0
    with contextlib.suppress(RunError):
        if folder.result_of(run_dir).status == "done":
            return 0.0
    return record.used_seconds


def write(run_dir: Path, record: RunRecord) -> None:
    files.write(run_dir / RUN, record.to_json(indent=1))


def timestamp(seconds: float) -> str:
    """A time since 1970 as ISO 8601 text."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def fingerprint(source: Source) -> Fingerprint:
    """Of the samples as they are named and labelled, and of the files they come from."""
    samples, sizes = hashlib.sha256(), hashlib.sha256()
    for i in range(0, len(source.ids), 1 + len(source.ids) // MOST_IDS):
        samples.update(f"{source.ids[i]}\0".encode())
    if source.labels is not None:
        for label in source.labels:
            samples.update(f"{label}\0".encode())
    total, newest = 0, 0.0
    for name, found in _files(Path(source.spec.path)):
        sizes.update(f"{name}\0{found.st_size}\0".encode())
        total, newest = total + found.st_size, max(newest, found.st_mtime)
    return Fingerprint(
        count=len(source.ids),
        samples=samples.hexdigest()[:32],
        files=sizes.hexdigest()[:32],
        bytes=total,
        changed=timestamp(newest) if newest else "",
    )


def _files(path: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The files of a data set in an order of their own; names are relative to it."""
    if path.is_file():
        yield path.name, path.stat()
        return
    count = 0
    for place_of, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != RUNS)
        for name in sorted(names):
            place = Path(place_of, name)
            with contextlib.suppress(OSError):
                yield str(place.relative_to(path)), place.stat()
            count += 1
            if count >= MOST_FILES:
                return


def check_same(run_dir: Path, before: Fingerprint, found: Fingerprint) -> None:
    """Raises RunError where a run would go on with other data."""
    if (before.samples, before.files) == (found.samples, found.files):
        return
    raise RunError(
        f"`--resume {run_dir}`: the data have changed since the run began ({before.count:,} samples and "
        f"{before.bytes:,} bytes then, {found.count:,} and {found.bytes:,} now): start a new run"
    )


def reproducible(
    budget: Budget, compute: Compute, limits: Limits, threads: int, workers: int
) -> Reproducible:
    """Whether the same command gives the same trials bit for bit, and why not."""
    because: list[str] = []
    if budget.seconds is not None:
        because.append(
            "a time limit: how far a training gets depends on the machine; `--trials` alone has none"
        )
    if workers > 1:
        because.append(
            f"{workers} workers: what is tried next depends on which trial ends first; one has an order"
        )
    if compute.device != "cpu":
        because.append("a GPU, whose sums come in no fixed order")
    if limits.latency is not None:
        because.append("`--max-latency`: what is near the limit passes or not by chance")
    if because:
        return Reproducible(answer=False, because=tuple(because))
    computing = "the thread" if threads == 1 else f"the {threads} threads"
    given = (
        f"with {computing}, {compute.precision} and speed that config.toml says, on the same kind "
        "of processor and with the same versions of the libraries"
    )
    return Reproducible(answer=True, because=(given,))


class Beat:
    """An observer that passes on what it sees, and writes down now and then how much time is used."""

    def __init__(self, run_dir: Path, on_event: Observer, used: float, start: float) -> None:
        self.run_dir, self.on_event = run_dir, on_event
        self.used, self.start, self.last = used, start, float("-inf")
        self.record: RunRecord | None = None

    def __call__(self, event: Event) -> None:
        self.on_event(event)
        if time.monotonic() - self.last > EVERY_SECONDS:
            self.write()

    def write(self, **changes: object) -> None:
        """Writes the record with the time of now; a full disk is no reason to stop."""
        self.last = time.monotonic()
        if self.record is None:
            return
        used = round(self.used + self.last - self.start, 3)
        self.record = self.record.model_copy(update={"used_seconds": used, **changes})
        with contextlib.suppress(OSError):
            write(self.run_dir, self.record)
