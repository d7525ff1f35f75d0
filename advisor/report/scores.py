"""The numbers of a trial and of a search by name, for whoever keeps numbers by name."""

from __future__ import annotations

import math

from advisor.records import Result
from advisor.search.events import TrialDone


def scores_of_trial(done: TrialDone) -> dict[str, float]:
    """What it reached and what it costs; nothing but the time of one that did not finish."""
    found: dict[str, float | None] = {"seconds": done.row.seconds, "value": done.row.value}
    summary = done.summary
    if summary is not None:
        found |= summary.score.all
        found |= {"score": summary.score.value, "parameters": summary.parameters}
        found |= {"epochs": summary.fitted.epochs, "latency_ms": summary.latency_ms}
    return {name: value for name, value in found.items() if value is not None and math.isfinite(value)}


def scores_of_run(result: Result) -> dict[str, float]:
    """Of the model that is handed over and of the baselines, `test/accuracy`, `baselines test/ridge`, ..."""
    found: dict[str, float | None] = {"seconds": result.seconds}
    best = result.best
    if best is not None:
        for part, score in (("validation", best.validation), ("test", best.test)):
            if score is not None:
                found |= {f"{part}/{name}": value for name, value in score.all.items()}
                found[f"{part}/{result.metric}"] = score.value
        found |= {"parameters": best.parameters, "latency_ms": best.latency_ms}
    for one in result.baselines:
        found[f"baselines test/{one.name}"] = None if one.test is None else one.test.value
    if result.beats_baselines is not None:
        found["gap to the best baseline"] = result.beats_baselines.gap
    return {name: value for name, value in found.items() if value is not None and math.isfinite(value)}
