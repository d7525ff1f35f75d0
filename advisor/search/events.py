"""What a search tells whoever watches it. The search never prints; the command line draws these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from advisor.records import BaselineResult, Candidate, TrialRow


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


@dataclass(frozen=True)
class Note:
    """Something that was shortened, subsampled or left out, in plain words."""

    text: str


Event = PhaseStarted | BaselineDone | ValuesAre | TrialStarted | TrialProgress | TrialDone | Note
Observer = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The observer that watches nothing."""
