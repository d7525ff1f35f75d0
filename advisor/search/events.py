"""What a search tells whoever watches it. The search never prints; the command line draws these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.records import BaselineResult, Candidate, Inspection, Result, SearchOptions, TrialRow

if TYPE_CHECKING:
    from advisor.search.candidates import Summary


@dataclass(frozen=True)
class RunStarted:
    """The run folder is there; nothing is trained yet."""

    run: Path
    inspection: Inspection
    options: SearchOptions


@dataclass(frozen=True)
class PhaseStarted:
    """One of: inspect, read, baselines, fair_round, search, finals, refit, test."""

    name: str
    seconds_left: float | None


@dataclass(frozen=True)
class BaselineDone:
    baseline: BaselineResult


@dataclass(frozen=True)
class ValuesAre:
    """What the values of trials are: the metric, or the log loss where samples are few."""

    name: str


@dataclass(frozen=True)
class TrialStarted:
    number: int
    candidate: Candidate
    phase: str


@dataclass(frozen=True)
class TrialProgress:
    """`fraction` of the trial's schedule that is done, and the value on validation samples there."""

    number: int
    fraction: float
    value: float


@dataclass(frozen=True)
class TrialDone:
    row: TrialRow
    best_value: float | None
    summary: Summary | None = None  # of one that finished


@dataclass(frozen=True)
class TrainedAgain:
    """What a finalist gave with a fresh seed."""

    number: int
    candidate: Candidate
    seed: int
    value: float


@dataclass(frozen=True)
class RunDone:
    """The result and the model are written."""

    result: Result


@dataclass(frozen=True)
class Note:
    """Something that was shortened, subsampled or left out, in plain words.

    `in_result`: whether the result says it too; what it does not say should stay on the screen.
    """

    text: str
    in_result: bool = True


Event = (
    RunStarted
    | PhaseStarted
    | BaselineDone
    | ValuesAre
    | TrialStarted
    | TrialProgress
    | TrialDone
    | TrainedAgain
    | RunDone
    | Note
)
Observer = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The observer that watches nothing."""
