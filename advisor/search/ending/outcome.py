"""The end of a search: one look at the test, the verdicts, and the files of the run."""

from __future__ import annotations

import platform
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from advisor import training
from advisor.decide.health import too_good
from advisor.prepare import Preprocessing
from advisor.records import (
    Advice,
    BestModel,
    Candidate,
    FairRound,
    FamilyResult,
    Result,
    Score,
    Signature,
    TradeOff,
    TrialCounts,
)
from advisor.search import trials
from advisor.search.baselining import score_of, test_baselines
from advisor.search.candidates import Summary
from advisor.search.data import load_test
from advisor.search.ending import finals, verdict
from advisor.search.ending.ensemble import NONE, Considered, Joint
from advisor.search.ending.refit import Final
from advisor.search.latency import latency_ms
from advisor.search.state import Setting, State
from advisor.search.store import files
from advisor.tasks.intervals import bootstrap
from advisor.tasks.kinds import Array
from advisor.tasks.views import Part
from advisor.training import Compute


@dataclass(frozen=True)
class Finished:
    """The result, and the trained network with all that a bundle needs (None when there is none).

    `error_quantiles` [level, step, channel]: of a forecast's errors on validation windows, else None.
    """

    result: Result
    network: nn.Module | None
    candidate: Candidate | None
    preprocessing: Preprocessing
    signature: Signature
    error_quantiles: NDArray[np.float32] | None = None
    members: tuple[Candidate, ...] = ()  # of an ensemble, with `shares` in its mean
    shares: tuple[float, ...] = ()
    single: Single | None = None


@dataclass(frozen=True)
class Single:
    """The best network alone, where an ensemble is handed over."""

    network: nn.Module
    candidate: Candidate
    error_quantiles: NDArray[np.float32] | None


def finish(
    setting: Setting,
    state: State,
    final: Final | None,
    together: Considered = NONE,
) -> Finished:
    """Scores the winner and the baselines on the test part, and writes the table of trials.

    Args:
        together: what is said of an ensemble; one that was taken is the winner.
    """
    data = setting.data
    ensemble, joint = together
    found: dict[str, object] = {}
    crowded = sum(one.fitted.crowded_seconds for one in state.finished.values())
    if crowded:
        state.note(f"other programs took the cores: {crowded:.0f} s of training had one thread", setting)
    with state.phase("test", setting):
        if final is not None:
            found = _test(setting, state, final, joint)
    result = Result.model_validate(
        {
            "run": str(setting.run_dir),
            "status": "interrupted" if state.interrupted else "done",
            "structure": setting.inspection.structure,
            "family": setting.inspection.family,
            "task": data.task,
            "metric": data.kind.metric,
            "greater_is_better": data.kind.greater_is_better,
            "chosen_by": data.chosen_by,
            "families": [_family_result(setting, state, family) for family in setting.families],
            "advice": _advice(setting, state),
            "split": setting.split.summary(),
            "baselines_left_out": state.baselines_left_out,
            "cautions": too_good(setting.inspection.health, setting.split.summary()),
            "trials": _counts(state),
            "phases": state.phases,
            "seconds": round(setting.budget.elapsed(), 3),
            "seed": setting.options.seed,
            "environment": environment(setting.compute),
            "trial_rows": state.rows,
            "trade_off": _trade_off(setting, state),
            "finalists": finals.told(state),
            "ensemble": ensemble,
            "reproducible": None if setting.on_event.record is None else setting.on_event.record.reproducible,
            "notes": state.notes,
            **found,
        }
    )
    files.write(setting.run_dir / "trials.csv", trials.rows_as_csv(state.rows))
    if final is None:
        return Finished(result, None, None, data.preprocessing, data.signature)
    network, quantiles = final.network, _error_quantiles(setting, final)
    candidate = state.finished[final.number].candidate
    if joint is None:
        return Finished(result, network, candidate, data.preprocessing, data.signature, quantiles)
    members = tuple(state.finished[one.trial].candidate for one in joint.result.members)
    return Finished(
        result, joint.network, members[0], data.preprocessing, data.signature, joint.error_quantiles,
        members=members, shares=tuple(one.share for one in joint.result.members),
        single=Single(network, candidate, quantiles),
    )  # fmt: skip


def _error_quantiles(setting: Setting, final: Final) -> NDArray[np.float32] | None:
    file = trials.errors_file(setting, final.number)
    return np.load(file, allow_pickle=False) if file.is_file() else None


def _advice(setting: Setting, state: State) -> Advice:
    """The verdict; families that did not finish the fair round are named, not left out in silence."""
    data, compared = setting.data, state.of_fair_round()
    found = verdict.advice(
        setting.inspection.family, compared, data.kind,
        block=data.block, groups=data.judged_groups, seed=setting.options.seed,
    )  # fmt: skip
    if state.unequal:
        why = "time was too short to give every family equal seconds"
        return Advice(predicted=setting.inspection.family, verdict="untested", why=why)
    missing = [str(family) for family in setting.families if family not in compared]
    if not missing:
        return found
    why = f"not compared, since no fair round of theirs finished: {', '.join(missing)}"
    return found.model_copy(update={"why": f"{found.why}; {why}" if found.why else why})


def _test(setting: Setting, state: State, final: Final, joint: Joint | None) -> dict[str, object]:
    """The one look at the test part."""
    data = setting.data
    network = final.network if joint is None else joint.network
    record = setting.on_event.record
    looks = 1 + (0 if record is None else record.test_looks)
    setting.on_event.write(test_looks=looks)
    test = load_test(setting.source, setting.split, data.preprocessing, data.memory)

    def predict(part: Part) -> Array:
        outputs = training.predict(network, part.prepared, device=setting.compute.device)
        return data.kind.predictions(outputs)

    score, per_sample = score_of(data, predict, test, seed=setting.options.seed, looks=looks)
    baselines = test_baselines(setting, state, test)
    single = _single(setting, state, final)
    best = single if joint is None else _of_ensemble(state, joint)
    per_baseline: dict[str, NDArray[np.float64]] = {name: values for name, (_, values) in baselines.items()}
    beats = (
        verdict.beats_baselines(
            per_sample,
            per_baseline,
            data.kind,
            block=data.block,
            groups=test.groups,
            seed=setting.options.seed,
        )
        if per_baseline
        else None
    )
    return {
        "best": best.model_copy(update={"test": score}),
        "single": None if joint is None else single,
        "baselines": [one for one, _ in baselines.values()],
        "beats_baselines": beats,
    }


def _single(setting: Setting, state: State, final: Final) -> BestModel:
    summary = state.finished[final.number]
    return BestModel(
        trial=final.number,
        family=summary.candidate.family,
        architecture=summary.candidate.architecture,
        params=summary.candidate.params,
        parameters=summary.parameters,
        seconds_per_epoch=round(summary.fitted.seconds_per_epoch, 4),
        latency_ms=latency_ms(final.network, setting.data, setting.compute),
        validation=_validation(setting, state, final.number),
        refit=final.refit,
    )


def _of_ensemble(state: State, joint: Joint) -> BestModel:
    """The ensemble, by the name of the member with the largest share."""
    members = joint.result.members
    summaries = [state.finished[one.trial] for one in members]
    return BestModel(
        trial=members[0].trial,
        family=members[0].family,
        architecture=members[0].architecture,
        params=summaries[0].candidate.params,
        parameters=sum(one.parameters for one in summaries),
        latency_ms=joint.result.latency_ms,
        validation=joint.validation,
        refit=f"train+validation, each of its {len(members)} members",
    )


def _validation(setting: Setting, state: State, number: int) -> Score:
    """The score on validation samples: of a finalist the mean over its seeds."""
    score, data = state.finished[number].score, setting.data
    if number not in state.again or number not in state.per_sample:
        return score
    per_sample = finals.averaged(state, number)
    interval = bootstrap(per_sample, data.kind.aggregate, block=data.block, groups=data.judged_groups)
    return score.model_copy(update={"value": float(data.kind.aggregate(per_sample)), "ci95": interval})


def _trade_off(setting: Setting, state: State) -> list[TradeOff]:
    """Every finished trial's score against what it costs, the best first."""
    greater = setting.data.kind.greater_is_better
    points = [
        (-value if greater else value, one.latency_ms, one.parameters, number)
        for number, one in state.finished.items()
        if one.latency_ms is not None
        for value in (_validation(setting, state, number).value,)
    ]
    rows = []
    for cost, latency, parameters, number in sorted(points):
        others = [point[:3] for point in points if point[3] != number]
        mine = (cost, latency, parameters)
        beaten = any(
            other != mine and all(a <= b for a, b in zip(other, mine, strict=True)) for other in others
        )
        summary = state.finished[number]
        rows.append(
            TradeOff(
                trial=number, family=summary.candidate.family, architecture=summary.candidate.architecture,
                value=-cost if greater else cost, latency_ms=latency, parameters=parameters,
                on_front=not beaten,
            )
        )  # fmt: skip
    return rows


def _family_result(setting: Setting, state: State, family: object) -> FamilyResult:
    rows = [row for row in state.rows if row.family == family]
    finished = [row.number for row in rows if row.number in state.finished]
    fair = state.finished.get(state.fair_round.get(family, -1))  # type: ignore[call-overload]
    winner, best = state.best(setting.data), None
    if finished:  # another than the winner may have been luckier with its one seed
        best = winner if winner in finished else state.best_among(finished, setting.data)
    reasons = [row.reason for row in rows if row.reason]
    return FamilyResult.model_validate(
        {
            "family": family,
            "status": "done" if finished else "failed" if rows else "skipped",
            "trials": len(rows),
            "fair_round": _fair_round(setting, fair) if fair else None,
            "best_validation": None if best is None else _validation(setting, state, best).value,
            "seconds": round(sum(row.seconds for row in rows), 2),
            "architecture": None if best is None else state.finished[best].candidate.architecture,
            "reason": None if finished else (reasons[-1] if reasons else "no time was left for it"),
        }
    )


def _fair_round(setting: Setting, fair: Summary) -> FairRound:
    return FairRound(
        value=fair.score.value,
        seconds=round(fair.seconds, 2),
        given=None if setting.trial_seconds is None else round(setting.trial_seconds, 2),
        ci95=fair.score.ci95,
        epochs=round(fair.fitted.epochs, 2),
    )


def _counts(state: State) -> TrialCounts:
    count = {name: sum(row.state == name for row in state.rows) for name in TrialCounts.model_fields}
    return TrialCounts.model_validate(count)


def environment(compute: Compute) -> dict[str, object]:
    """What the search computes on and with."""
    from importlib.metadata import version

    return {
        **training.describe(compute),
        "torch": torch.__version__,
        "optuna": version("optuna"),
        "advisor": version("architecture-advisor"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
