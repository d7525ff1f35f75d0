"""The winner once more, on training and validation samples together."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from advisor import models
from advisor.errors import TrialError
from advisor.records import Task
from advisor.search import candidates
from advisor.search.budget import CUT_SHORT
from advisor.search.candidates import Summary
from advisor.search.data import SearchData
from advisor.search.state import Setting, State
from advisor.search.store import checkpoints
from advisor.search.store.checkpoints import OfTrial
from advisor.training import Settings

LAST_REPORT = 0.95  # of the schedule; only the last of the ten reports comes later
LONGER = 2  # times the epochs of a forecast's trial that time cut short while it was gaining
LATE = 0.6  # of the schedule; best weights found earlier mean that training longer does harm


@dataclass(frozen=True)
class Final:
    """The network that is handed over, which trial it comes from, and what it was trained on."""

    number: int
    network: nn.Module
    refit: str | None


def refit(setting: Setting, state: State, *, seconds: float | None) -> Final | None:
    """Trains the best trial's candidate on all but the test part, or keeps its own weights where that fails.

    A trial that time cut short is trained for longer, as far as the seconds reach and it had not yet stopped
    gaining; one that trained longer than did it good for as many epochs as it found best.
    """
    number = state.best(setting.data)
    if number is None:
        return None
    summary = state.finished[number]
    if is_better_left(state, number, seconds):
        state.note(
            "the network keeps its weights, trained on training samples alone: "
            "no time was left to train it on validation samples too",
            setting,
        )
        return own_weights(setting, state)
    network = candidates.build(summary.candidate, setting.data, setting.options.seed)
    epochs = epochs_for(summary, setting.data.task)
    saved = checkpoints_of(setting, state, f"trial {number}, {epochs} epochs")
    try:
        fitted = candidates.train_network(
            network, summary.candidate, setting.data.pool, setting.data, setting.compute,
            seconds=seconds, seed=setting.options.seed, max_epochs=epochs,
            checkpoint=saved.training(),
        )  # fmt: skip
    except TrialError as error:
        state.note(f"the refit failed ({error}); the trial's own weights are kept", setting)
        return own_weights(setting, state)
    how = f"train+validation, {fitted.epochs:.0f} epochs in {fitted.seconds:.0f} s"
    return Final(number, network, how)


def is_better_left(state: State, number: int, seconds: float | None) -> bool:
    """Whether its own weights were trained for longer than a refit could be."""
    summary = state.finished[number]
    if seconds is None or state.weights_of != number or models.is_closed_form(summary.candidate):
        return False
    return summary.fitted.seconds > seconds


def checkpoints_of(setting: Setting, state: State, of: str = "") -> OfTrial:
    """Where the state of the refit is kept; until the result is written, since it may be needed again."""
    folder = setting.run_dir / checkpoints.FOLDER
    return OfTrial(folder, "refit", of, lambda text: state.note(text, setting))


def own_weights(setting: Setting, state: State) -> Final | None:
    """The best trial whose weights there are, those of its first round."""
    if state.weights_of is None:
        return None
    summary = state.finished[state.weights_of]
    network = candidates.build(summary.candidate, setting.data, setting.options.seed)
    network.load_state_dict(state.weights)
    return Final(state.weights_of, network, None)


def expected_seconds(summary: Summary, data: SearchData) -> float:
    """About what training a trial's candidate on all but the test part takes, for its `epochs_for`."""
    fitted = summary.fitted  # training again does not stop to look at validation samples
    whole = (fitted.seconds - fitted.report_seconds) / max(fitted.fraction, 1e-9)
    epochs = epochs_for(summary, data.task) / Settings.of(summary.candidate.params).max_epochs
    return whole * epochs * len(data.pool) / max(1, len(data.rounds[0].train))


def epochs_for(summary: Summary, task: Task) -> int:
    """Epochs of the refit: as many as the candidate asks for, or those that were best where more did harm.

    Harm within a schedule that time had cut short says nothing of a longer one: of three small sets of series
    the best epoch of such folds, about the sixth, gave 1 to 25 points of accuracy less than 60 epochs did.
    Forecasts are the exception: their windows overlap, so that one pass sees every step many times. They are
    trained for as long as the trial was, or for twice as long where it was still gaining at its end; all that
    the candidate asks for gave up to 5 % more error, once 1 % less (`benchmarks/refit_epochs.py`).
    """
    fitted, most = summary.fitted, Settings.of(summary.candidate.params).max_epochs
    if fitted.fraction < CUT_SHORT:
        if task is not Task.FORECASTING:
            return most
        gaining = fitted.best_fraction >= LAST_REPORT
        return min(most, max(1, math.ceil(fitted.epochs * (LONGER if gaining else 1))))
    return most if fitted.best_fraction >= LATE else max(1, math.ceil(fitted.best_epochs))
