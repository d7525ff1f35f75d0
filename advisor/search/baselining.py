"""Baselines before any network, and again for the test."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.records import BaselineResult, Score
from advisor.search.data import SearchData
from advisor.search.events import BaselineDone
from advisor.search.state import FittedBaseline, Setting, State
from advisor.tasks.baselines import baselines_for, load_library, needs_library
from advisor.tasks.estimators import BYTES_PER_CELL
from advisor.tasks.fitting import Baseline, fit_quietly
from advisor.tasks.intervals import bootstrap
from advisor.tasks.judging import judge
from advisor.tasks.kinds import Array
from advisor.tasks.views import Part

LIBRARY_SECONDS = 1.0  # a share smaller than that is no reason to import scikit-learn, which takes longer
MOST_OF_LEFT, LEAST_SECONDS = 0.15, 0.1  # of what is left, where that is less than the share; and at least
CELLS_PER_SECOND = 4_000_000  # samples x features that one fit may see, for every second of the share
CELLS_AT_ONCE = 40_000_000  # the same of those that solve one system of equations: they are to be no weaker


def run_baselines(setting: Setting, state: State) -> None:
    """Fits each on the first round's training samples, until their share of the time is used up."""
    data, limit, left = setting.data, setting.budget.baseline_seconds(), setting.budget.left()
    start = time.monotonic()
    round_, left_out = data.rounds[0], list[str]()
    share, whole, validation = limit, data.part(round_.train), data.part(round_.validation)
    if limit is not None and left is not None:
        limit = min(limit, max(LEAST_SECONDS, MOST_OF_LEFT * left))
    for baseline in baselines_for(data.signature):
        if limit is not None and state.baselines and time.monotonic() - start > limit:
            left_out.append(baseline.name)
            continue
        if needs_library(baseline) and "sklearn" not in sys.modules:
            if limit is not None and limit < LIBRARY_SECONDS:
                left_out.append(baseline.name)
                continue
            begun = time.monotonic()
            load_library(data.signature)
            start += time.monotonic() - begun  # or the first baseline would pay for it
        began = time.monotonic()
        train = _within(whole, baseline, share)
        fitted = fit_quietly(baseline, train, data.signature, setting.options.seed)
        if fitted.samples < len(round_.train):
            state.note(
                f"baseline {baseline.name} saw {fitted.samples} of {len(round_.train)} samples", setting
            )
        score, _ = score_of(data, fitted.predict, validation, seed=setting.options.seed)
        result = BaselineResult(
            name=baseline.name, how=baseline.how, seconds=round(time.monotonic() - began, 3), validation=score
        )
        state.baselines.append(FittedBaseline(baseline, fitted, result))
        setting.on_event(BaselineDone(result))
    if left_out:
        state.baselines_left_out = left_out
        state.note(f"{_named(left_out)} left out: the baselines' share of the time did not suffice", setting)


def test_baselines(
    setting: Setting, state: State, test: Part
) -> dict[str, tuple[BaselineResult, NDArray[np.float64]]]:
    """Each baseline fitted on training and validation samples; its test score and results per sample.

    Where that fit would end after the time limit, the first fit, on training samples alone, is kept.
    """
    data, kept = setting.data, list[str]()
    whole, share = data.everything(), setting.budget.baseline_seconds()
    found = {}
    for one in state.baselines:
        left, fitted = setting.budget.left_in_all(), one.fitted
        if left is None or one.result.seconds <= left:
            development = _within(whole, one.baseline, share)
            fitted = fit_quietly(one.baseline, development, data.signature, setting.options.seed)
        else:
            kept.append(one.baseline.name)
        score, per_sample = score_of(data, fitted.predict, test, seed=setting.options.seed, looks=1)
        found[one.baseline.name] = (one.result.model_copy(update={"test": score}), per_sample)
    if kept:
        state.note(
            f"{_named(kept)} tested as fitted on training samples alone: "
            "no time was left to fit on validation samples too",
            setting,
        )
    return found


def _within(part: Part, baseline: Baseline, seconds: float | None) -> Part:
    """The part, of which a fit takes no more than it can in about so many seconds."""
    if seconds is None:
        return part
    a_second = CELLS_PER_SECOND if needs_library(baseline) else CELLS_AT_ONCE
    cells = int(a_second * seconds) * BYTES_PER_CELL
    return replace(part, memory=cells if part.memory is None else min(part.memory, cells))


def _named(names: list[str]) -> str:
    return f"baseline {names[0]} was" if len(names) == 1 else f"baselines {', '.join(names)} were"


def score_of(
    data: SearchData, predict: Callable[[Part], Array], part: Part, *, seed: int, looks: int | None = None
) -> tuple[Score, NDArray[np.float64]]:
    """Metric, interval and further metrics of predictions for a part; and the results per sample."""
    per_sample, others = judge(data.kind, data.preprocessing, predict, part)
    score = Score(
        value=float(data.kind.aggregate(per_sample)),
        ci95=bootstrap(per_sample, data.kind.aggregate, block=data.block, groups=part.groups, seed=seed),
        samples=len(per_sample),
        looks=looks,
        all=others,
    )
    return score, per_sample
