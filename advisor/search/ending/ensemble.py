"""An ensemble of the best trials at the end, where it gains more than it costs.

What the best trials said of validation samples is kept in the run (trials/00007.outputs.npy). When the
winner is trained on all but the test part and time is left, models are chosen greedily and judged on
samples that had no part in choosing. The ensemble is taken only if its gain over the single best is above
zero with its 95 % interval, it is within the limits (or else within LATENCY_FACTOR of the single best's
time), and all its members can be trained on validation samples too, as the single best was.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from advisor.errors import TrialError
from advisor.models import Ensemble
from advisor.records import EnsembleResult, Member, Score, Task
from advisor.search import candidates
from advisor.search.candidates import Outcome
from advisor.search.ending import greedy
from advisor.search.ending.refit import Final, epochs_for
from advisor.search.latency import latency_ms
from advisor.search.state import Setting, State
from advisor.search.store import checkpoints, files
from advisor.tasks.intervals import LEAST_ERRORS, bootstrap, error_quantiles

KEPT = 10  # trials whose outputs are kept
LARGEST = 64 * 2**20  # bytes of outputs that are kept of one trial
LATENCY_FACTOR = 4.0  # of the single best's time a sample, where no limit was given
UNNOTICED = 1.0  # milliseconds a sample that are never too many, where no limit was given
LEAST_SAMPLES = 100  # validation samples below which a gain cannot be told from luck
SLOWER = 1.5  # than expected that training the members again may be
PLANNED_SHARE = 0.1  # of the time left that may be kept for training members, beside that for the winner


@dataclass(frozen=True)
class Joint:
    """An ensemble that was taken; `error_quantiles` as of `Outcome`."""

    network: nn.Module
    result: EnsembleResult
    validation: Score
    error_quantiles: NDArray[np.float32] | None


Considered = tuple[EnsembleResult | None, Joint | None]
"""What is said of an ensemble, and the ensemble if it was taken."""
NONE: Considered = (None, None)


def keep(setting: Setting, state: State, number: int, outcome: Outcome) -> None:
    """Keeps what a finished trial said of validation samples, while it is among the best."""
    best = state.ranked(setting.data)[:KEPT]
    size = sum(out.nbytes for out in outcome.outputs)
    if number in best and 0 < size <= LARGEST:
        with contextlib.suppress(OSError), files.whole(_file(setting, number)) as file:
            np.save(file, np.concatenate(outcome.outputs).astype(np.float32), allow_pickle=False)
    for other in set(state.finished) - set(best):
        _file(setting, other).unlink(missing_ok=True)


def planned(setting: Setting, state: State, left: float) -> float:
    """Seconds to keep for training members again, where they are a small part of those that are left."""
    others = state.ranked(setting.data)[1 : greedy.MOST_MEMBERS]
    seconds = sum(_seconds(setting, state, number) for number in others)
    return seconds if seconds <= PLANNED_SHARE * left else 0.0


def consider(setting: Setting, state: State, final: Final | None, seconds: float | None) -> Considered:
    """Whether an ensemble pays, and the ensemble if it does.

    Args:
        final: the single best, trained again.
        seconds: that may be used for training the members; None for no limit.
    """
    if final is None or state.interrupted:
        return NONE
    outputs = _outputs(setting, state)
    if final.number not in outputs or len(outputs) < 2:
        return NONE
    if final.refit is None:
        return EnsembleResult(why="the single best could not be trained again, so no others were"), None
    with state.phase("ensemble", setting):
        found, judged = _judged(setting, state, final.number, outputs)
        if judged is None:
            return found, None
        network, why = _trained(setting, state, final, judged.picks, seconds)
        if network is None:
            return found.model_copy(update={"why": why}), None
        taken = latency_ms(network, setting.data, setting.compute)
        limit = setting.options.max_latency
        if limit is not None and taken > limit:
            why = f"together they take {taken:.3g} ms a sample, and `--max-latency {limit:g}ms` allows less"
            return found.model_copy(update={"why": why}), None
        result = found.model_copy(update={"taken": True, "latency_ms": taken})
        return result, Joint(network, result, _score(setting, judged), _error_quantiles(setting, judged))


def _judged(
    setting: Setting, state: State, single: int, outputs: dict[int, NDArray[np.float32]]
) -> tuple[EnsembleResult, greedy.Judged | None]:
    """What choosing greedily gains over the single best; None where that speaks against it, and why."""
    data, alone = setting.data, state.finished[single]
    samples = np.concatenate([one.validation.numpy() for one in data.rounds])
    if len(np.unique(samples)) < LEAST_SAMPLES:
        return EnsembleResult(why=f"fewer than {LEAST_SAMPLES} validation samples cannot tell its gain"), None
    of_classes = data.task is Task.CLASSIFICATION
    rows = greedy.Rows(
        said={number: greedy.form(out, of_classes=of_classes) for number, out in outputs.items()},
        targets=data.targets_of(torch.from_numpy(samples)),
        samples=samples,
        fold=greedy.folds_of(samples, block=data.block, groups=data.judged_groups, seed=setting.options.seed),
    )
    slowest, largest = setting.options.max_latency, setting.options.max_parameters
    limits = (
        max(UNNOTICED, LATENCY_FACTOR * (alone.latency_ms or math.inf)) if slowest is None else slowest,
        math.inf if largest is None else float(largest),
    )
    costs = {n: (state.finished[n].latency_ms or 0.0, float(state.finished[n].parameters)) for n in outputs}
    judged = greedy.judge(
        rows, single, data.kind, costs, limits,
        of_classes=of_classes, block=data.block, groups=data.judged_groups,
    )  # fmt: skip
    total = sum(judged.picks.values())
    found = EnsembleResult(
        members=tuple(
            Member(
                trial=number, family=state.finished[number].candidate.family,
                architecture=state.finished[number].candidate.architecture, share=count / total,
            )
            for number, count in sorted(judged.picks.items(), key=lambda item: -item[1])
        ),
        gain=judged.gain + 0.0,  # never -0.0
        ci95=judged.ci95,
        latency_ms=sum(costs[number][0] for number in judged.picks),
        single_latency_ms=alone.latency_ms,
        parameters=sum(state.finished[number].parameters for number in judged.picks),
    )  # fmt: skip
    if len(judged.picks) < 2:
        return found.model_copy(update={"why": "no other model makes the best one better"}), None
    if judged.gain <= 0:
        return found.model_copy(update={"why": "it is no better than the single best"}), None
    if judged.ci95[0] <= 0:
        why = "its gain over the single best may be chance: the interval holds zero"
        return found.model_copy(update={"why": why}), None
    return found, judged


def _trained(
    setting: Setting, state: State, final: Final, picks: dict[int, int], seconds: float | None
) -> tuple[Ensemble | None, str]:
    """The ensemble with every member trained on all but the test part, or why not."""
    data = setting.data
    others = [number for number in picks if number != final.number]
    needed = {number: SLOWER * _seconds(setting, state, number) for number in others}
    if seconds is not None and sum(needed.values()) > seconds:
        return None, (
            f"to train its members again would take about {sum(needed.values()):.0f} s, "
            f"and {seconds:.0f} s were left"
        )
    networks = {final.number: final.network}
    for number in others:
        summary = state.finished[number]
        network = candidates.build(summary.candidate, data, setting.options.seed)
        given = None if seconds is None else needed[number] * seconds / sum(needed.values())
        try:
            candidates.train_network(
                network, summary.candidate, data.pool, data, setting.compute,
                seconds=given, seed=setting.options.seed, max_epochs=epochs_for(summary),
            )  # fmt: skip
        except TrialError as error:
            return None, f"trial {number} could not be trained again ({error})"
        networks[number] = network
    members = sorted(picks, key=lambda number: -picks[number])
    shares = [float(picks[number]) for number in members]
    return Ensemble([networks[number] for number in members], shares, data.task).eval(), ""


def _score(setting: Setting, judged: greedy.Judged) -> Score:
    data, per_sample = setting.data, judged.per_row
    targets = data.targets_of(torch.cat([one.validation for one in data.rounds]))
    return Score(
        value=float(data.kind.aggregate(per_sample)),
        ci95=bootstrap(per_sample, data.kind.aggregate, block=data.block, groups=data.judged_groups),
        samples=len(per_sample),
        all=data.kind.others(data.kind.predictions(judged.outputs), targets, data.preprocessing),
    )


def _error_quantiles(setting: Setting, judged: greedy.Judged) -> NDArray[np.float32] | None:
    data = setting.data
    windows = data.rounds[0].validation
    if data.task is not Task.FORECASTING or len(windows) < LEAST_ERRORS:
        return None
    return error_quantiles(judged.outputs, data.targets_of(windows))


def _seconds(setting: Setting, state: State, number: int) -> float:
    """About what training a trial's candidate on all but the test part takes."""
    fitted, data = state.finished[number].fitted, setting.data
    whole = fitted.seconds / max(fitted.fraction, 1e-9)
    return whole * len(data.pool) / max(1, len(data.rounds[0].train))


def _outputs(setting: Setting, state: State) -> dict[int, NDArray[np.float32]]:
    """What is kept, by trial; files that cannot be read or that do not fit are left out."""
    found = dict[int, NDArray[np.float32]]()
    rows = sum(len(one.validation) for one in setting.data.rounds)
    for number in state.ranked(setting.data)[:KEPT]:
        with contextlib.suppress(OSError, ValueError):
            outputs = np.load(_file(setting, number), allow_pickle=False)
            if len(outputs) == rows:
                found[number] = outputs
    return found


def _file(setting: Setting, number: int) -> Path:
    return setting.run_dir / checkpoints.FOLDER / f"{number:05d}.outputs.npy"
