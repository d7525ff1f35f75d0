"""How far a training is and what it found best; both go to a checkpoint and back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from advisor.errors import TrialError
from advisor.prepare import Prepared
from advisor.prepare.batches import Batch
from advisor.tasks.kinds import Array

REPORTS = 10  # intermediate reports, at fixed fractions of every schedule
REPORT_SAMPLES = 1_000  # validation samples that intermediate reports are taken on
SORTED_BATCHES = 8  # more leave less padding, fewer leave more chance in who shares a batch
PATIENCE = 5  # reports without improvement, after half of the schedule

Report = Callable[[float, Array], float]
"""Called with (fraction done, outputs on the report samples); returns the value, smaller is better."""
Saved = dict[str, Any]
"""Tensors, numbers and texts by name; a training can be continued from it."""


class Checkpoint(Protocol):
    """A place for the state of a training; where that is, the loop does not know."""

    def load(self) -> Saved | None:
        """What was saved last, if anything was."""

    def due(self) -> bool:
        """Whether it is time to save again."""

    def save(self, state: Saved) -> None:
        """Keeps this state instead of the one before."""


class Clock:
    """How far a schedule is: by steps or by seconds, whichever is further."""

    def __init__(self, total_steps: int, seconds: float | None) -> None:
        self.total_steps, self.seconds = total_steps, seconds
        self.steps, self.start = 0, time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.start

    def fraction(self) -> float:
        by_steps = self.steps / self.total_steps
        by_time = 0.0 if self.seconds is None else self.elapsed() / max(self.seconds, 1e-9)
        return min(1.0, max(by_steps, by_time))

    @property
    def done(self) -> bool:
        return self.fraction() >= 1.0

    def state(self) -> Saved:
        return {"steps": self.steps, "elapsed": self.elapsed(), "seconds": self.seconds}

    def restore(self, state: Saved) -> None:
        """Seconds that were used before count; no more than were given then."""
        self.steps, self.start = state["steps"], time.monotonic() - state["elapsed"]
        if self.seconds is not None:
            self.seconds += state["elapsed"]
            if state["seconds"] is not None:
                self.seconds = min(self.seconds, state["seconds"])


class Shuffles:
    """Batches in random order, pass after pass; can be taken up in the middle of a pass.

    Where lengths vary, samples of about the same length come together, so that little is padded.
    """

    def __init__(self, train: Prepared, batch_size: int, generator: torch.Generator) -> None:
        self.train, self.batch_size, self.generator = train, batch_size, generator
        # A file is read in the order of its blocks.
        self.lengths = None if train.lengths is None or train.in_file else train.lengths.cpu()
        self.pass_start, self.done = generator.get_state(), 0

    def one_pass(self) -> Iterator[Batch]:
        """What is left of this pass; a last batch of one sample is left out (batch norm)."""
        now = self.generator.get_state()
        if self.done == 0:
            self.pass_start = now
        self.generator.set_state(self.pass_start)
        order = self.train.random_order(self.batch_size, self.generator)
        if self.lengths is not None:
            order = by_length(order, self.lengths, self.batch_size, self.generator)
        if self.done:
            self.generator.set_state(now)
        for batch in self.train.in_this_order(order[self.done * self.batch_size :], self.batch_size):
            self.done += 1
            yield batch
        self.done = 0

    def state(self) -> Saved:
        return {"pass_start": self.pass_start, "done": self.done, "generator": self.generator.get_state()}

    def restore(self, state: Saved) -> None:
        self.pass_start, self.done = state["pass_start"], state["done"]
        self.generator.set_state(state["generator"])


def by_length(order: Tensor, lengths: Tensor, batch_size: int, generator: torch.Generator) -> Tensor:
    """The same samples, sorted by length among SORTED_BATCHES batches at a time; then those in random order.

    A last batch that is not full stays the last.
    """
    full = len(order) // batch_size * batch_size
    chunks = torch.split(order[:full], SORTED_BATCHES * batch_size)
    by_chunk = [chunk[lengths[chunk].argsort(stable=True)] for chunk in chunks]
    batches = torch.cat(by_chunk).reshape(-1, batch_size)
    shuffled = batches[torch.randperm(len(batches), generator=generator)]
    return torch.cat([shuffled.flatten(), order[full:]])


class Keeper:
    """Reports at fixed fractions and keeps the weights of the best report.

    Attributes:
        seconds: how long the reports took.
    """

    def __init__(
        self,
        network: nn.Module,
        watch: Prepared | None,
        report: Report | None,
        outputs_of: Callable[[nn.Module, Prepared], Array],
    ) -> None:
        self.network, self.report, self.outputs_of = network, report, outputs_of
        self.watch = watch
        if watch is not None and len(watch) > REPORT_SAMPLES:
            chosen = torch.linspace(0, len(watch) - 1, REPORT_SAMPLES).round().to(torch.int64)
            self.watch = watch.select(chosen)
        self.reported, self.best_value, self.best_fraction = 0, math.inf, 1.0
        self.best_report, self.best_weights = 0, dict[str, Tensor]()
        self.seconds = 0.0

    @property
    def exhausted(self) -> bool:
        """No improvement for PATIENCE reports in the second half: early stopping."""
        return self.reported >= REPORTS // 2 and self.reported - self.best_report >= PATIENCE

    def report_if_due(self, fraction: float) -> None:
        if self.watch is None or self.report is None or fraction * REPORTS < self.reported + 1:
            return
        start = time.monotonic()
        self.reported = int(fraction * REPORTS + 1e-9)
        value = self.report(fraction, self.outputs_of(self.network, self.watch))
        if not math.isfinite(value):
            raise TrialError(f"the validation loss became {value}: the training diverged")
        if value <= self.best_value:
            self.best_value, self.best_fraction, self.best_report = value, fraction, self.reported
            self.best_weights = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        self.seconds += time.monotonic() - start

    def finish(self, fraction: float) -> None:
        if self.reported < REPORTS and not self.exhausted:
            self.report_if_due(max(fraction, 1.0))
        if self.best_weights:
            self.network.load_state_dict(self.best_weights)

    def state(self) -> Saved:
        return {
            "reported": self.reported,
            "best_value": self.best_value,
            "best_fraction": self.best_fraction,
            "best_report": self.best_report,
            "best_weights": self.best_weights,
            "seconds": self.seconds,
        }

    def restore(self, state: Saved) -> None:
        for name, value in state.items():
            setattr(self, name, value)
