"""What is seen while a search runs: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from advisor.records import BaselineResult, Candidate, Inspection, TrialRow
from advisor.report import words
from advisor.report.printable import printable
from advisor.search.events import (
    BaselineDone,
    Event,
    Note,
    PhaseStarted,
    TrainedAgain,
    TrialDone,
    TrialProgress,
    TrialStarted,
    ValuesAre,
)

BARS = "▁▂▃▄▅▆▇█"
LAST_TRIALS, LAST_NOTES = 6, 3
REFRESHES_PER_SECOND = 4
SILENCE = 30.0  # seconds after which a long trial says how far it is, so that nobody takes it for dead
PHASES = {
    "inspect": "inspecting",
    "read": "reading and decoding",
    "baselines": "simple baselines",
    "fair_round": "fair round: every family, equal seconds",
    "search": "tuning what leads",
    "finals": "the best once more, with fresh seeds",
    "refit": "training the winner on all but the test part",
    "ensemble": "whether an ensemble pays",
    "test": "the one look at the test part",
}


class Display(Protocol):
    """Something that watches a search, used as a context around it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def predicted(self, inspection: Inspection) -> None:
        """Told the advice, before anything is trained."""

    def on_event(self, event: Event) -> None:
        """Told everything that happens."""


def display(console: Console) -> Display:
    """The live display where the console is a terminal, else plain lines."""
    return LiveDisplay(console) if console.is_terminal else LogLines(console)


def sparkline(values: list[float], width: int = 24) -> str:
    """The curve as bars, the last `width` values; equal values are a flat line."""
    shown = values[-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high == low:
        return BARS[3] * len(shown)
    return "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] for value in shown)


def advice_line(inspection: Inspection) -> str:
    """The prediction in one line."""
    family, sure = words.FAMILY_NAMES[inspection.family], words.percent(inspection.confidence)
    target = inspection.target
    column = "" if target is None or target.name in ("label", "") else f" of `{target.name}`"
    found = f"{words.samples(inspection)}: {inspection.structure}, {inspection.task}{column}"
    return f"{found}; predicted {family} ({sure} sure)"


def again_line(number: int, candidate: Candidate, seed: int) -> str:
    """Which finalist was trained again."""
    return f"trial {number} {candidate.family} {candidate.architecture}, seed {seed}"


class LogLines:
    """One line for each thing that happened."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.value_name = "validation"
        self.names: dict[int, str] = {}
        self.said = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def predicted(self, inspection: Inspection) -> None:
        self._line(advice_line(inspection))

    def on_event(self, event: Event) -> None:
        match event:
            case PhaseStarted(name, left):
                until = "" if left is None else f", {words.seconds(left)} left"
                self._line(f"{PHASES.get(name, name)}{until}")
            case BaselineDone(baseline):
                self._line(
                    f"  baseline {baseline.name}: {_value(baseline)} in {words.seconds(baseline.seconds)}"
                )
            case ValuesAre(name):
                self.value_name = name
            case TrialDone(row, _):
                reason = f" ({row.reason})" if row.reason else ""
                found = "" if row.value is None else f", {self.value_name} {words.number(row.value)},"
                name = f"{row.family} {row.architecture}"
                self._line(
                    f"  trial {row.number} {name}: {row.state}{found} in {words.seconds(row.seconds)}{reason}"
                )
            case TrialStarted(number, candidate, _):
                self.names[number] = f"trial {number} {candidate.family} {candidate.architecture}"
            case TrainedAgain(number, candidate, seed, value):
                self._line(
                    f"  {again_line(number, candidate, seed)}: {self.value_name} {words.number(value)}"
                )
            case TrialProgress(number, fraction, value) if time.monotonic() - self.said >= SILENCE:
                done = f"{words.percent(fraction)}, {self.value_name} {words.number(value)}"
                self._line(f"  {self.names.get(number, f'trial {number}')}: {done}")
            case Note(text):
                self._line(f"  note: {text}")
            case _:
                pass

    def _line(self, text: str) -> None:
        self.said = time.monotonic()
        self.console.print(Text(printable(text)), soft_wrap=True)


@dataclass
class Running:
    """A trial that is being trained, and what it reported."""

    name: str
    fraction: float = 0.0
    curve: list[float] = field(default_factory=list)


class LiveDisplay:
    """Phase, time left, each running trial's curve, the best so far, the last trials; redrawn in place."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.live = Live(self, console=console, transient=True, refresh_per_second=REFRESHES_PER_SECOND)
        self.phase, self.ends = "inspecting", float("inf")
        self.advice = ""
        self.running: dict[int, Running] = {}  # by trial number; several where there are several workers
        self.again: deque[str] = deque(maxlen=LAST_TRIALS)
        self.value_name = "validation"
        self.best: float | None = None
        self.trials = 0
        self.rows: deque[TrialRow] = deque(maxlen=LAST_TRIALS)
        self.baselines: list[BaselineResult] = []
        self.notes: deque[str] = deque(maxlen=LAST_NOTES)

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.__exit__(kind, error, trace)

    def predicted(self, inspection: Inspection) -> None:
        self.advice = advice_line(inspection)

    def on_event(self, event: Event) -> None:
        match event:
            case PhaseStarted(name, left):
                self.phase = PHASES.get(name, name)
                self.running.clear()
                self.ends = float("inf") if left is None else time.monotonic() + left
            case BaselineDone(baseline):
                self.baselines.append(baseline)
            case ValuesAre(name):
                self.value_name = name
            case TrialStarted(number, candidate, _):
                self.running[number] = Running(f"trial {number}: {candidate.family} {candidate.architecture}")
            case TrialProgress(number, fraction, value) if number in self.running:
                self.running[number].curve.append(value)
                self.running[number].fraction = fraction
            case TrialDone(row, best):
                self.rows.append(row)
                self.best, self.trials = best, self.trials + 1
                self.running.pop(row.number, None)
            case TrainedAgain(number, candidate, seed, value):
                self.again.append(f"{again_line(number, candidate, seed)}: {words.number(value)}")
            case Note(text, in_result):
                if in_result:
                    self.notes.append(text)
                else:  # the display goes away at the end, and this is told nowhere else
                    self.console.print(Text(printable(f"note: {text}")))

    def __rich__(self) -> Group:
        parts: list[Text | Table] = [Text(self.advice, style="dim")] if self.advice else []
        left = self.ends - time.monotonic()
        until = "" if left == float("inf") else f" · {words.seconds(max(0.0, left))} left"
        parts.append(Text(f"{self.phase}{until} · Ctrl-C ends with what there is", style="bold"))
        if self.baselines:
            parts.append(
                Text("baselines: " + ", ".join(f"{one.name} {_value(one)}" for one in self.baselines))
            )
        if self.best is not None:
            best = f"best {self.value_name} so far {words.number(self.best)}"
            count = "1 trial" if self.trials == 1 else f"{self.trials} trials"
            parts.append(Text(f"{best} after {count}"))
        for one in self.running.values():
            now = f" {sparkline(one.curve)} {words.number(one.curve[-1])}" if one.curve else ""
            parts.append(Text(f"{one.name} {words.percent(one.fraction)}{now}"))
        parts += [Text(one) for one in self.again]
        if self.rows:
            parts.append(_table(self.rows, self.value_name))
        parts += [Text(printable(f"note: {note}"), style="dim") for note in self.notes]
        return Group(*parts)


def _table(rows: deque[TrialRow], value_name: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("trial", "family", "architecture", "state", value_name, "time"):
        table.add_column(column)
    for row in rows:
        cells = (str(row.number), row.family, row.architecture, row.state, words.number(row.value))
        table.add_row(*(escape(printable(cell)) for cell in cells), words.seconds(row.seconds))
    return table


def _value(baseline: BaselineResult) -> str:
    return "-" if baseline.validation is None else words.number(baseline.validation.value)
