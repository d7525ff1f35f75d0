"""Baselines before any network, and again for the test."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from advisor.records import BaselineResult, Score
from advisor.search.data import SearchData
from advisor.search.events import BaselineDone
from advisor.search.state import FittedBaseline, Setting, State
from advisor.tasks.baselines import baselines_for, load_library
from advisor.tasks.fitting import fit_quietly
from advisor.tasks.intervals import bootstrap
from advisor.tasks.judging import judge
from advisor.tasks.kinds import Array
from advisor.tasks.views import Part


def run_baselines(setting: Setting, state: State) -> None:
    """Fits each on the first round's training samples, until their share of the time is used up."""
    data, limit = setting.data, setting.budget.baseline_seconds()
    load_library(data.signature)  # or the first baseline would pay for it
    start = time.monotonic()
    round_ = data.rounds[0]
    train, validation = data.part(round_.train), data.part(round_.validation)
    for baseline in baselines_for(data.signature):
        used = time.monotonic() - start
        if limit is not None and state.baselines and used > limit:
            state.note(
                f"baseline {baseline.name} was left out: the baselines' share of the time was used up",
                setting,
            )
            continue
        began = time.monotonic()
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


def test_baselines(
    setting: Setting, state: State, test: Part
) -> dict[str, tuple[BaselineResult, NDArray[np.float64]]]:
    """Each baseline fitted on training and validation samples; its test score and results per sample.

    Where that fit would end after the time limit, the first fit, on training samples alone, is kept.
    """
    data = setting.data
    development, found = data.everything(), {}
    for one in state.baselines:
        left, fitted = setting.budget.left_in_all(), one.fitted
        if left is None or one.result.seconds <= left:
            fitted = fit_quietly(one.baseline, development, data.signature, setting.options.seed)
        else:
            state.note(
                f"baseline {one.baseline.name} was tested as fitted on training samples alone: "
                "no time was left to fit it on validation samples too",
                setting,
            )
        score, per_sample = score_of(data, fitted.predict, test, seed=setting.options.seed, looks=1)
        found[one.baseline.name] = (one.result.model_copy(update={"test": score}), per_sample)
    return found


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
