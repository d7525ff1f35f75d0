"""The end of a search: one look at the test, the verdicts, and the files of the run."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from advisor import training
from advisor.prepare import Preprocessing
from advisor.records import (
    Advice,
    BestModel,
    Candidate,
    FairRound,
    FamilyResult,
    Result,
    Signature,
    TrialCounts,
)
from advisor.search import trials, verdict
from advisor.search.baselining import score_of, test_baselines
from advisor.search.candidates import greater_is_better
from advisor.search.data import load_test
from advisor.search.refit import Final
from advisor.search.state import Setting, State

LATENCY_PASSES = 20


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


def finish(setting: Setting, state: State, final: Final | None) -> Finished:
    """Scores the winner and the baselines on the test part, and writes the table of trials."""
    data = setting.data
    found: dict[str, object] = {}
    with state.phase("test", setting):
        if final is not None:
            found = _test(setting, state, final)
    result = Result.model_validate(
        {
            "run": str(setting.run_dir),
            "status": "interrupted" if state.interrupted else "done",
            "structure": setting.inspection.structure,
            "family": setting.inspection.family,
            "task": data.task,
            "metric": data.kind.metric,
            "greater_is_better": data.kind.greater_is_better,
            "families": [_family_result(setting, state, family) for family in setting.families],
            "advice": _advice(setting, state),
            "split": setting.split.summary(),
            "trials": _counts(state),
            "phases": state.phases,
            "seconds": round(setting.budget.elapsed(), 3),
            "seed": setting.options.seed,
            "environment": _environment(setting),
            "trial_rows": state.rows,
            "notes": state.notes,
            **found,
        }
    )
    write(setting.run_dir / "trials.csv", trials.rows_as_csv(state.rows))
    return Finished(
        result=result,
        network=None if final is None else final.network,
        candidate=None if final is None else state.finished[final.number].candidate,
        preprocessing=data.preprocessing,
        signature=data.signature,
        error_quantiles=None if final is None else _error_quantiles(setting, final),
    )


def _error_quantiles(setting: Setting, final: Final) -> NDArray[np.float32] | None:
    file = trials.errors_file(setting, final.number)
    return np.load(file, allow_pickle=False) if file.is_file() else None


def _advice(setting: Setting, state: State) -> Advice:
    """The verdict; families that did not finish the fair round are named, not left out in silence."""
    data = setting.data
    found = verdict.advice(
        setting.inspection.family, state.per_sample, data.kind,
        block=data.block, groups=data.judged_groups, seed=setting.options.seed,
    )  # fmt: skip
    missing = [str(family) for family in setting.families if family not in state.per_sample]
    if not missing:
        return found
    why = f"not compared, since no fair round of theirs finished: {', '.join(missing)}"
    return found.model_copy(update={"why": f"{found.why}; {why}" if found.why else why})


def write(path: Path, text: str) -> None:
    """Writes a whole file or nothing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _test(setting: Setting, state: State, final: Final) -> dict[str, object]:
    """The one look at the test part."""
    data, summary = setting.data, state.finished[final.number]
    test = load_test(setting.source, setting.split, data.preprocessing)
    outputs = training.predict(final.network, test.prepared, device=setting.compute.device)
    predictions = data.kind.predictions(outputs)
    score = score_of(data, predictions, test, seed=setting.options.seed, looks=1)
    per_sample = data.kind.per_sample(predictions, test.targets())
    baselines = test_baselines(setting, state, test)
    best = BestModel(
        trial=final.number,
        family=summary.candidate.family,
        architecture=summary.candidate.architecture,
        params=summary.candidate.params,
        parameters=summary.parameters,
        seconds_per_epoch=round(summary.fitted.seconds_per_epoch, 4),
        latency_ms=_latency_ms(setting, final),
        validation=summary.score,
        test=score,
        refit=final.refit,
    )
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
    return {"best": best, "baselines": [one for one, _ in baselines.values()], "beats_baselines": beats}


def _latency_ms(setting: Setting, final: Final) -> float:
    """Median milliseconds of one forward pass of one sample on the device of the search."""
    one = setting.data.pool.select(torch.tensor([0])).to(setting.compute.device)
    batch = one.batch(torch.tensor([0], device=setting.compute.device))
    final.network.to(setting.compute.device).eval()
    taken = []
    with torch.no_grad():
        for _ in range(LATENCY_PASSES):
            start = time.perf_counter()
            final.network(batch.values, batch.lengths)
            if setting.compute.device != "cpu":
                torch.cuda.synchronize()
            taken.append(time.perf_counter() - start)
    return round(1e3 * float(np.median(taken)), 3)


def _family_result(setting: Setting, state: State, family: object) -> FamilyResult:
    rows = [row for row in state.rows if row.family == family]
    finished = [state.finished[row.number] for row in rows if row.number in state.finished]
    fair = state.finished.get(state.fair_round.get(family, -1))  # type: ignore[call-overload]
    choose = max if greater_is_better(setting.data) else min
    best = choose(finished, key=lambda summary: summary.value) if finished else None
    reasons = [row.reason for row in rows if row.reason]
    return FamilyResult.model_validate(
        {
            "family": family,
            "status": "done" if finished else "failed" if rows else "skipped",
            "trials": len(rows),
            "fair_round": FairRound(value=fair.score.value, seconds=round(fair.seconds, 2)) if fair else None,
            "best_validation": best.score.value if best else None,
            "seconds": round(sum(row.seconds for row in rows), 2),
            "architecture": best.candidate.architecture if best else None,
            "reason": None if finished else (reasons[-1] if reasons else "no time was left for it"),
        }
    )


def _counts(state: State) -> TrialCounts:
    count = {name: sum(row.state == name for row in state.rows) for name in ("complete", "pruned", "failed")}
    return TrialCounts.model_validate(count)


def _environment(setting: Setting) -> dict[str, object]:
    from importlib.metadata import version

    return {
        **training.describe(setting.compute),
        "torch": torch.__version__,
        "optuna": version("optuna"),
        "advisor": version("architecture-advisor"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
