"""Did the advice hold? Pure: per-sample results in, Advice and BeatsBaselines out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from advisor.records import Advice, BeatsBaselines, Family
from advisor.tasks import TaskKind
from advisor.tasks.intervals import paired_gap

LEAST_GROUPS = 5  # groups below which it is said that there are few
LEAST_SAMPLES = 30  # validation samples below which nothing is claimed

ALONE = "no other family was searched, or finished the fair round"

PerSample = NDArray[np.float64]


def advice(
    predicted: Family,
    fair_round: Mapping[Family, PerSample],
    kind: TaskKind,
    *,
    block: int = 1,
    groups: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> Advice:
    """The verdict on the advised family, from what each family's candidate gave on the same samples.

    `confirmed` when its advantage over every other family is above zero with its 95 % interval,
    `contradicted` when another family's is, `undecided` between, `untested` with fewer than
    LEAST_SAMPLES samples or without a challenger. `against` is the challenger that decided: the one
    that beats the advice, else the closest one.

    Args:
        groups: `[sample]` what each comes from: the interval is then over groups, and speaks of new ones.
    """
    others = {family: values for family, values in fair_round.items() if family != predicted}
    if predicted not in fair_round:
        why = f"the advised {predicted} was ruled out or did not finish the fair round"
        return Advice(predicted=predicted, verdict="untested", why=why)
    if not others:
        return Advice(predicted=predicted, verdict="untested", why=ALONE)
    samples = len(fair_round[predicted])
    if samples < LEAST_SAMPLES:
        why = f"{samples} validation samples; {LEAST_SAMPLES} are needed to tell families apart"
        return Advice(predicted=predicted, verdict="untested", why=why)
    gaps = {
        family: paired_gap(
            fair_round[predicted], values, kind.aggregate,
            greater_is_better=kind.greater_is_better, block=block, groups=groups, seed=seed,
        )
        for family, values in others.items()
    }  # fmt: skip
    against = min(gaps, key=lambda family: gaps[family][0])
    gap, (low, high) = gaps[against]
    if any(interval[1] < 0 for _, interval in gaps.values()):
        verdict = "contradicted"
    elif all(interval[0] > 0 for _, interval in gaps.values()):
        verdict = "confirmed"
    else:
        verdict = "undecided"
    return Advice.model_validate(
        {
            "predicted": predicted,
            "verdict": verdict,
            "against": against,
            "gap": gap,
            "ci95": (low, high),
            "why": _few_groups(groups),
        }
    )


def _few_groups(groups: NDArray[np.str_] | None) -> str:
    """What to add where the samples come from so few groups that the interval says little of others."""
    count = LEAST_GROUPS if groups is None else len(set(groups.tolist()))
    if count >= LEAST_GROUPS:
        return ""
    if count == 1:
        return "all validation samples come from one group, so that the interval says nothing of others"
    return f"the validation samples come from {count} groups only, which makes the interval wide"


def beats_baselines(
    network: PerSample,
    baselines: Mapping[str, PerSample],
    kind: TaskKind,
    *,
    block: int = 1,
    groups: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> BeatsBaselines:
    """The network against the baseline with the best test score: yes, no, or tied."""
    values = {name: float(kind.aggregate(per_sample)) for name, per_sample in baselines.items()}
    choose = max if kind.greater_is_better else min
    best = choose(values, key=values.__getitem__)
    gap, interval = paired_gap(
        network,
        baselines[best],
        kind.aggregate,
        greater_is_better=kind.greater_is_better,
        block=block,
        groups=groups,
        seed=seed,
    )
    answer = "yes" if interval[0] > 0 else "no" if gap <= 0 else "tied"
    return BeatsBaselines.model_validate(
        {"answer": answer, "best_baseline": best, "gap": gap, "ci95": interval}
    )
