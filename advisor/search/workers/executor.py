"""Where trials are trained: in this process, or in several beside it.

The search alone asks Optuna, tells it, writes into the run and speaks to who watches. An executor is given
jobs, passes on what they report, and hands back how each ended. One for a cluster would be a third.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from advisor import training
from advisor.errors import TrialError
from advisor.records import Candidate
from advisor.search.candidates import OnReport, Outcome, evaluate
from advisor.search.data import SearchData
from advisor.search.store.checkpoints import OfTrial
from advisor.search.workers.watchdog import watched
from advisor.training import Compute


@dataclass(frozen=True)
class Job:
    """One trial to be trained.

    Attributes:
        seconds: what it is given; None is no limit.
        folder: where its checkpoints lie.
        again: whether a trial that has finished is trained once more, with a fresh seed.
    """

    number: int
    candidate: Candidate
    seconds: float | None
    seed: int
    folder: Path
    again: bool = False

    def checkpoints(self, on_note: OnNote) -> OfTrial:
        """Where its state is kept while it trains; it is known by all that would change the result."""
        name = f"{self.number:05d}.again" if self.again else f"{self.number:05d}"
        return OfTrial(self.folder, name, f"{self.candidate.to_json()}; seed {self.seed}", on_note)


@dataclass(frozen=True)
class Ended:
    """How a trial ended, and what it gave where it is complete; `reason` in plain words where it is not."""

    number: int
    state: Literal["complete", "pruned", "failed"]
    seconds: float
    reason: str | None = None
    outcome: Outcome | None = None

    def because(self, reason: str | None) -> Ended:
        """The same end for this reason."""
        return replace(self, reason=reason)


OnNote = Callable[[str], None]
OnTrialReport = Callable[[int, int, float, float], str | None]
"""Called with a trial's number, step, fraction and value; gives the reason why it is to end, or None."""
Left = Callable[[], float | None]
"""Seconds until trials that still run are ended, and why not later; None is no limit."""


class Executor(Protocol):
    """Trains jobs. `workers`: how many at once, each with so many `threads`."""

    workers: int
    threads: int

    def set_up(self, data: SearchData, compute: Compute) -> SearchData:
        """Takes in what all jobs train on; gives the same data, perhaps lying elsewhere."""

    def has_room(self, on_note: OnNote) -> bool:
        """Whether another job can begin now."""

    def begin(self, job: Job) -> None:
        """Begins a job; only where there is room."""

    def next_ended(self, on_report: OnTrialReport, on_note: OnNote, left: Left, why: str) -> Ended:
        """Waits until one of the jobs has ended; `why` those have to that still run when no time is left."""

    def close(self) -> None:
        """Ends all that runs, at once."""


@contextmanager
def opened(workers: int) -> Iterator[Executor]:
    """An executor with so many trials at once; nothing of it is left at the end, however that comes."""
    executor: Executor
    if workers == 1:
        executor = InThisProcess()
    else:
        from advisor.search.workers.processes import Processes

        executor = Processes(workers)
    try:
        yield executor
    finally:
        executor.close()


class InThisProcess:
    """One trial after the other, here: with the same seed the same results, bit for bit."""

    def __init__(self) -> None:
        self.workers, self.threads = 1, training.threads()
        self.data: SearchData | None = None
        self.compute: Compute | None = None
        self.job: Job | None = None

    def set_up(self, data: SearchData, compute: Compute) -> SearchData:
        self.data, self.compute, self.threads = data, compute, training.threads()
        return data

    def has_room(self, on_note: OnNote) -> bool:
        return self.job is None

    def begin(self, job: Job) -> None:
        self.job = job

    def next_ended(self, on_report: OnTrialReport, on_note: OnNote, left: Left, why: str) -> Ended:
        """Trains the job. What is left of the time is not asked: none is begun that would not end in it."""
        job, self.job = self.job, None
        assert job is not None
        assert self.data is not None
        assert self.compute is not None

        def report(step: int, fraction: float, value: float) -> None:
            reason = on_report(job.number, step, fraction, value)
            if reason is not None:
                raise EndedEarlyError(reason)

        return trained(job, self.data, self.compute, report, on_note)

    def close(self) -> None:
        self.job = None


class EndedEarlyError(Exception):
    """Raised by a report of a trial that is not worth going on with; its text says why."""


def trained(job: Job, data: SearchData, compute: Compute, on_report: OnReport, on_note: OnNote) -> Ended:
    """Trains a job in this process; what goes wrong with the trial itself is how it ended."""
    start = time.monotonic()

    def ended(state: Literal["pruned", "failed"], reason: str) -> Ended:
        return Ended(job.number, state, time.monotonic() - start, reason)

    try:
        with watched(job.seconds):
            outcome = evaluate(
                job.candidate, data, compute, seconds=job.seconds, seed=job.seed,
                on_report=on_report, checkpoints=job.checkpoints(on_note),
            )  # fmt: skip
    except EndedEarlyError as error:
        return ended("pruned", str(error))
    except TrialError as error:
        return ended("failed", str(error))
    except (RuntimeError, ValueError, MemoryError) as error:  # judging it failed, or memory ran out
        return ended("failed", f"{type(error).__name__}: {str(error)[:200]}")
    return Ended(job.number, "complete", outcome.summary.seconds, None, outcome)
