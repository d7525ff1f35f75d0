"""An ensemble at the end, where it gains more than it costs.

What the best trials said of validation samples is kept in the run (trials/00007.outputs.npy). When the
winner is trained on all but the test part and time is left, models are chosen greedily and judged on
samples that had no part in choosing. The ensemble is taken only if its gain over the single best is above
zero with its 95 % interval, it is within the limits (or else within LATENCY_FACTOR of the single best's
time), and all its members can be trained on validation samples too, as the single best was.

Samples so few that candidates are judged over repeated folds seldom show such a gain, and the network that
they train hangs on its seed. There the mean of the winner with several seeds is taken (Lakshminarayanan et
al., "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles", 2017), unless the repeats,
each with a seed of its own, show that it does harm.
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
from advisor.search.ending import greedy, refit
from advisor.search.ending.finals import SEED_STEP
from advisor.search.ending.refit import Final
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
SEEDS_SHARE = 0.3  # of the time left, likewise, for the winner with further seeds


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
    best, *others = state.ranked(setting.data)[: greedy.MOST_MEMBERS]
    if setting.split.uses_folds:
        each = _seconds(setting, state, best)
        return each * min(_most_seeds(setting, state, best) - 1, SEEDS_SHARE * left // each)
    seconds = sum(refit.expected_seconds(state.finished[number], setting.data) for number in others)
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
    if final.number not in outputs or (len(outputs) < 2 and not setting.split.uses_folds):
        return NONE
    if final.refit is None:
        return EnsembleResult(why="the single best could not be trained again, so no others were"), None
    with state.phase("ensemble", setting):
        rows = _rows(setting, outputs)
        found, chosen = _of_trials(setting, state, final.number, rows, seconds)
        if chosen is None and setting.split.uses_folds:
            found, chosen = _of_seeds(setting, state, final.number, rows, seconds)
        if chosen is None:
            return found, None
        network, why = _trained(setting, state, final, chosen.members, seconds)
        if network is None:
            return found.model_copy(update={"why": why}), None
        taken = latency_ms(network, setting.data, setting.compute)
        limit = setting.options.max_latency
        if limit is not None and taken > limit:
            why = f"together they take {taken:.3g} ms a sample, and `--max-latency {limit:g}ms` allows less"
            return found.model_copy(update={"why": why}), None
        result = found.model_copy(update={"taken": True, "latency_ms": taken})
        judged = chosen.judged
        return result, Joint(network, result, _score(setting, judged), _error_quantiles(setting, judged))


@dataclass(frozen=True)
class _Chosen:
    """An ensemble that pays if it can be trained: of each member trial, seed and share, the largest first."""

    members: tuple[tuple[int, int, float], ...]
    judged: greedy.Judged


def _of_trials(
    setting: Setting, state: State, single: int, rows: greedy.Rows, seconds: float | None
) -> tuple[EnsembleResult, _Chosen | None]:
    """What choosing greedily gains over the single best; None where that speaks against it or time does."""
    data = setting.data
    if len(np.unique(rows.samples)) < LEAST_SAMPLES:
        return EnsembleResult(why=f"fewer than {LEAST_SAMPLES} validation samples cannot tell its gain"), None
    costs = {number: _costs(state, number) for number in rows.said}
    judged = greedy.judge(
        rows, single, data.kind, costs, _limits(setting, state, single),
        of_classes=data.task is Task.CLASSIFICATION, block=data.block, groups=data.judged_groups,
    )  # fmt: skip
    total = sum(judged.picks.values())
    picks = sorted(judged.picks.items(), key=lambda item: -item[1])
    members = tuple((number, setting.options.seed, count / total) for number, count in picks)
    found = _result(state, single, members, judged)
    if len(judged.picks) < 2:
        return found.model_copy(update={"why": "no other model makes the best one better"}), None
    if judged.gain <= 0:
        return found.model_copy(update={"why": "it is no better than the single best"}), None
    if judged.ci95[0] <= 0:
        why = "its gain over the single best may be chance: the interval holds zero"
        return found.model_copy(update={"why": why}), None
    needed = sum(_seconds(setting, state, number) for number in judged.picks if number != single)
    if seconds is not None and needed > seconds:
        why = f"to train its members again would take about {needed:.0f} s, and {seconds:.0f} s were left"
        return found.model_copy(update={"why": why}), None
    return found, _Chosen(members, judged)


def _of_seeds(
    setting: Setting, state: State, single: int, rows: greedy.Rows, seconds: float | None
) -> tuple[EnsembleResult, _Chosen | None]:
    """The single best with as many seeds as limits and time allow, unless its repeats speak against it."""
    data, count = setting.data, _most_seeds(setting, state, single)
    if seconds is not None:
        count = min(count, 1 + int(seconds / _seconds(setting, state, single)))
    judged = greedy.judge_repeats(
        rows, single, data.kind,
        of_classes=data.task is Task.CLASSIFICATION, block=data.block, groups=data.judged_groups,
    )  # fmt: skip
    seeds = [setting.options.seed + number * SEED_STEP for number in range(count)]
    members = tuple((single, seed, 1 / count) for seed in seeds)
    found = _result(state, single, members, judged)
    if count < 2:
        why = "neither limits nor time allow to train the best network with further seeds"
        return found.model_copy(update={"why": why}), None
    if judged.ci95[1] < 0:
        why = "the mean of the best network's repeats is worse than they are"
        return found.model_copy(update={"why": why}), None
    return found, _Chosen(members, judged)


def _most_seeds(setting: Setting, state: State, number: int) -> int:
    """With how many seeds the limits allow a trial's network."""
    both = zip(_limits(setting, state, number), _costs(state, number), strict=True)
    return int(min(greedy.MOST_MEMBERS, *(limit / cost for limit, cost in both if cost)))


def _costs(state: State, number: int) -> tuple[float, float]:
    """What a trial's network takes of `_limits`."""
    return state.finished[number].latency_ms or 0.0, float(state.finished[number].parameters)


def _limits(setting: Setting, state: State, single: int) -> tuple[float, float]:
    """Milliseconds a sample and parameters that all members together may have."""
    slowest, largest = setting.options.max_latency, setting.options.max_parameters
    alone = state.finished[single].latency_ms or math.inf
    return (
        max(UNNOTICED, LATENCY_FACTOR * alone) if slowest is None else slowest,
        math.inf if largest is None else float(largest),
    )


def _rows(setting: Setting, outputs: dict[int, NDArray[np.float32]]) -> greedy.Rows:
    data = setting.data
    samples = np.concatenate([one.validation.numpy() for one in data.rounds])
    of_classes = data.task is Task.CLASSIFICATION
    return greedy.Rows(
        said={number: greedy.form(out, of_classes=of_classes) for number, out in outputs.items()},
        targets=data.targets_of(torch.from_numpy(samples)),
        samples=samples,
        fold=greedy.folds_of(samples, block=data.block, groups=data.judged_groups, seed=setting.options.seed),
    )


def _result(
    state: State, single: int, members: tuple[tuple[int, int, float], ...], judged: greedy.Judged
) -> EnsembleResult:
    summaries = [state.finished[number] for number, _, _ in members]
    return EnsembleResult(
        members=tuple(
            Member(
                trial=number, seed=seed, family=summary.candidate.family,
                architecture=summary.candidate.architecture, share=share,
            )
            for (number, seed, share), summary in zip(members, summaries, strict=True)
        ),
        gain=judged.gain + 0.0,  # never -0.0
        ci95=judged.ci95,
        latency_ms=sum(summary.latency_ms or 0.0 for summary in summaries),
        single_latency_ms=state.finished[single].latency_ms,
        parameters=sum(summary.parameters for summary in summaries),
    )  # fmt: skip


def _trained(
    setting: Setting,
    state: State,
    final: Final,
    members: tuple[tuple[int, int, float], ...],
    seconds: float | None,
) -> tuple[Ensemble | None, str]:
    """The ensemble with every member trained on all but the test part, or why not."""
    data, own = setting.data, (final.number, setting.options.seed)
    needed = {
        (number, seed): _seconds(setting, state, number)
        for number, seed, _ in members
        if (number, seed) != own
    }
    networks = {own: final.network}
    for (number, seed), expected in needed.items():
        summary = state.finished[number]
        network = candidates.build(summary.candidate, data, seed)
        given = None if seconds is None else expected * seconds / sum(needed.values())
        try:
            candidates.train_network(
                network, summary.candidate, data.pool, data, setting.compute,
                seconds=given, seed=seed, max_epochs=refit.epochs_for(summary, data.task),
            )  # fmt: skip
        except TrialError as error:
            return None, f"trial {number} could not be trained again ({error})"
        networks[number, seed] = network
    shares = [share for _, _, share in members]
    return Ensemble([networks[number, seed] for number, seed, _ in members], shares, data.task).eval(), ""


def _score(setting: Setting, judged: greedy.Judged) -> Score:
    data, per_sample = setting.data, judged.per_row
    return Score(
        value=float(data.kind.aggregate(per_sample)),
        ci95=bootstrap(per_sample, data.kind.aggregate, block=data.block, groups=data.judged_groups),
        samples=len(per_sample),
        all=data.kind.others(data.kind.predictions(judged.outputs), judged.targets, data.preprocessing),
    )


def _error_quantiles(setting: Setting, judged: greedy.Judged) -> NDArray[np.float32] | None:
    data = setting.data
    windows = data.rounds[0].validation
    if data.task is not Task.FORECASTING or len(windows) < LEAST_ERRORS:
        return None
    return error_quantiles(judged.outputs, judged.targets)


def _seconds(setting: Setting, state: State, number: int) -> float:
    """What training a trial's candidate again may take at most; above zero."""
    return max(1e-9, SLOWER * refit.expected_seconds(state.finished[number], setting.data))


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
