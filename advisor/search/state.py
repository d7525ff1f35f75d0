"""What a search knows while it runs, and the run folder it keeps that in."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, Trial
from torch import Tensor

from advisor.prepare import Split
from advisor.readers.source import Source
from advisor.records import BaselineResult, Candidate, Family, Inspection, SearchOptions, TrialRow
from advisor.search.budget import Budget
from advisor.search.candidates import Outcome, Summary, greater_is_better
from advisor.search.data import SearchData
from advisor.search.events import Note, PhaseStarted
from advisor.search.limits import Excess
from advisor.search.store.provenance import Beat
from advisor.search.workers.executor import Executor, Job
from advisor.spaces import Space
from advisor.tasks.fitting import Baseline, Fitted
from advisor.training import Compute

if TYPE_CHECKING:
    from advisor.search.policy import Curve


@dataclass(frozen=True)
class Setting:
    """What does not change during a search."""

    source: Source
    inspection: Inspection
    options: SearchOptions
    split: Split
    data: SearchData
    compute: Compute
    budget: Budget
    run_dir: Path
    families: tuple[Family, ...]
    spaces: dict[Family, tuple[Space, ...]]
    bases: dict[Family, dict[str, Candidate]]
    firsts: dict[Family, Candidate]
    studies: dict[Family, optuna.Study]
    on_event: Beat
    trial_seconds: float | None  # what every trial is given
    excess: Excess
    executor: Executor


@dataclass(frozen=True)
class FittedBaseline:
    """A baseline, what the first fit of it predicts with, and what that gave on validation samples."""

    baseline: Baseline
    fitted: Fitted
    result: BaselineResult


@dataclass(frozen=True)
class Running:
    """A trial that is being trained.

    Attributes:
        reported: the steps that Optuna knows a value of.
        curves: of the trials that were finished when it began.
    """

    family: Family
    job: Job
    phase: str
    trial: Trial
    reported: set[int]
    curves: list[Curve]


@dataclass(frozen=True)
class Again:
    """What a trial's candidate gave with a fresh seed; `per_sample` `[sample]`."""

    seed: int
    value: float
    per_sample: NDArray[np.float64]


@dataclass
class State:
    """What a search has found so far."""

    rows: list[TrialRow] = field(default_factory=list)
    running: dict[int, Running] = field(default_factory=dict)  # by trial number, as the next
    finished: dict[int, Summary] = field(default_factory=dict)
    unfinished: list[tuple[Family, FrozenTrial]] = field(default_factory=list)  # of a search before
    fair_round: dict[Family, int] = field(default_factory=dict)  # trial number of each family
    fair_tried: set[Family] = field(default_factory=set)  # whether it finished or not
    queued: set[tuple[Family, str]] = field(default_factory=set)  # architectures whose portfolio was queued
    per_sample: dict[int, NDArray[np.float64]] = field(default_factory=dict)  # by trial number
    again: dict[int, list[Again]] = field(default_factory=dict)  # trials with fresh seeds
    finalists: tuple[int, ...] = ()  # those that are trained again, as long as no trial has finished since
    baselines: list[FittedBaseline] = field(default_factory=list)
    baselines_left_out: list[str] = field(default_factory=list)  # for want of time
    weights: dict[str, Tensor] = field(default_factory=dict)  # of the best trial
    weights_of: int | None = None
    phases: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False
    unequal: bool = False  # time was too short for a fair round: nothing is said of the advice

    @contextmanager
    def phase(self, name: str, setting: Setting) -> Iterator[None]:
        """Times a phase and tells who watches."""
        setting.on_event(PhaseStarted(name, setting.budget.left()))
        start = time.monotonic()
        try:
            yield
        finally:
            self.phases[name] = round(self.phases.get(name, 0.0) + time.monotonic() - start, 3)

    def note(self, text: str, setting: Setting) -> None:
        """Something that was shortened or left out; told once."""
        if text not in self.notes:
            self.notes.append(text)
            setting.on_event(Note(text))

    def begun(self) -> list[tuple[Family, str]]:
        """Family and architecture of every trial that ended or runs."""
        running = (one.job.candidate for one in self.running.values())
        return [
            *((row.family, row.architecture) for row in self.rows),
            *((one.family, one.architecture) for one in running),
        ]

    def best(self, data: SearchData) -> int | None:
        """Number of the best finished trial; of the finalists, once all have been trained again."""
        among = self.finalists if self.fresh_seeds() else self.finished
        return self.best_among(among, data) if self.finished else None

    def best_among(self, numbers: Iterable[int], data: SearchData) -> int:
        """The best of these finished trials over its seeds, the earliest of equals."""
        choose = max if greater_is_better(data) else min
        return choose(sorted(numbers), key=lambda number: float(np.mean(self.values(number))))

    def ranked(self, data: SearchData) -> list[int]:
        """Finished trials by their own value, the best first, the earliest of equals."""
        sign = -1.0 if greater_is_better(data) else 1.0
        return sorted(self.finished, key=lambda number: (sign * self.finished[number].value, number))

    def values(self, number: int) -> tuple[float, ...]:
        """A finished trial's value, and of a finalist those of as many fresh seeds as every one has had."""
        fresh = self.again.get(number, [])[: self.fresh_seeds()] if number in self.finalists else []
        return (self.finished[number].value, *(one.value for one in fresh))

    def fresh_seeds(self) -> int:
        """How many every finalist has been trained with; one alone is none."""
        if len(self.finalists) < 2:
            return 0
        return min(len(self.again.get(number, ())) for number in self.finalists)

    def of_fair_round(self) -> dict[Family, NDArray[np.float64]]:
        """What each family's candidate of the fair round gave, sample by sample."""
        numbers = {family: number for family, number in self.fair_round.items() if number in self.per_sample}
        return {family: self.per_sample[number] for family, number in numbers.items()}

    def keep(self, number: int, outcome: Outcome, data: SearchData) -> None:
        """Takes in a finished trial; its weights are kept while it is the best."""
        self.finished[number], self.per_sample[number] = outcome.summary, outcome.per_sample
        self.finalists = ()  # this may be one
        if self.best(data) == number:
            self.weights, self.weights_of = outcome.weights, number
