"""Which trained models to average, and what that gains: judged on samples that had no part in choosing.

Greedy forward selection with replacement (Caruana et al., "Ensemble Selection from Libraries of
Models", 2004). Pure: outputs in, choice and judgement out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.tasks import TaskKind, log_loss
from advisor.tasks.intervals import paired_gap
from advisor.tasks.kinds import Array, softmax

STEPS = 12  # picks, the same model more than once included
MOST_MEMBERS = 5  # different models
FOLDS = 5  # of the validation samples: chosen on four, judged on the fifth


@dataclass(frozen=True)
class Judged:
    """A choice of models: how often each was picked, and what such choices gain over the single best.

    `per_row` `[sample]`: results of ensembles that were chosen without that sample. `outputs` and `targets`
    `[row, ...]`: what these said, and what was true.
    """

    picks: dict[int, int]
    gain: float
    ci95: tuple[float, float]
    per_row: NDArray[np.float64]
    outputs: Array
    targets: Array


@dataclass(frozen=True)
class Rows:
    """What the models said of validation samples, row by row; a sample may have several rows (repeats).

    Attributes:
        said: by model `[row, ...]`, as `form` makes them.
        samples: [row] which sample it is, ascending in no particular order.
        fold: [row] 0 to FOLDS - 1; rows of one sample, and of samples that share their errors, are in one.
    """

    said: Mapping[int, Array]
    targets: Array
    samples: NDArray[np.int64]
    fold: NDArray[np.int64]


def form(outputs: Array, *, of_classes: bool) -> Array:
    """What is averaged: probabilities of classes, else the outputs themselves."""
    return softmax(outputs) if of_classes else outputs.astype(np.float64)


def outputs_of(mean: Array, *, of_classes: bool) -> Array:
    """The other way: a mean as a network would put it out."""
    return np.log(np.maximum(mean, 1e-12)) if of_classes else mean


def folds_of(
    samples: NDArray[np.int64], *, block: int, groups: NDArray[np.str_] | None, seed: int
) -> NDArray[np.int64]:
    """The fold of each row: groups stay whole, samples that overlap lie in stretches, others are drawn."""
    distinct, place = np.unique(samples, return_inverse=True)
    if groups is not None:
        codes = np.unique(groups, return_inverse=True)[1]
        order = np.random.default_rng(seed).permutation(codes.max() + 1)
        of_sample = order[codes] % FOLDS
    elif block > 1:
        of_sample = np.arange(len(distinct)) * FOLDS // len(distinct)
    else:
        of_sample = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    return np.asarray(of_sample[place], dtype=np.int64)


def choose(
    rows: Rows,
    use: NDArray[np.bool_],
    kind: TaskKind,
    costs: Mapping[int, tuple[float, ...]],
    limits: tuple[float, ...],
    *,
    of_classes: bool,
) -> dict[int, int]:
    """How often each model is picked, by what the rows in `use` say.

    Every pick is the one that makes the mean of all picks best; the best prefix of them counts. Classes are
    chosen by log loss, which tells more of few samples than the share of hits does.

    Args:
        costs: of each model, in the order of `limits`, which the sum over different models may not exceed.
    """
    targets, said = rows.targets[use], {model: one[use] for model, one in rows.said.items()}

    def loss(mean: Array) -> float:
        if of_classes:
            return log_loss(np.log(np.maximum(mean, 1e-12)), targets)
        value = kind.value(mean, targets)
        return -value if kind.greater_is_better else value

    picked: list[int] = []
    total = np.zeros_like(next(iter(said.values())))
    best, best_loss = list[int](), np.inf
    for _ in range(STEPS):
        losses = {
            model: loss((total + one) / (len(picked) + 1))
            for model, one in said.items()
            if _affordable({*picked, model}, costs, limits)
        }
        if not losses:
            break
        model = min(losses, key=losses.__getitem__)
        picked.append(model)
        total = total + said[model]
        if losses[model] < best_loss - 1e-9:
            best, best_loss = list(picked), losses[model]
    return dict(Counter(best))


def judge(
    rows: Rows,
    single: int,
    kind: TaskKind,
    costs: Mapping[int, tuple[float, ...]],
    limits: tuple[float, ...],
    *,
    of_classes: bool,
    block: int,
    groups: NDArray[np.str_] | None,
) -> Judged:
    """The choice by all rows, and what choosing so gains over the single best on rows left out of it.

    The single best was chosen by all rows, so that the comparison leans its way.

    Args:
        groups: [sample] in ascending order of samples.
    """
    mean = np.zeros_like(rows.said[single])
    for fold in range(FOLDS):
        out = rows.fold == fold
        if out.any():
            picks = choose(rows, ~out, kind, costs, limits, of_classes=of_classes)
            mean[out] = _mean(rows, picks or {single: 1}, out)
    said = outputs_of(mean, of_classes=of_classes)
    alone = outputs_of(rows.said[single], of_classes=of_classes)
    per_row = kind.per_sample(kind.predictions(said), rows.targets)
    gain, interval = paired_gap(
        _per_sample(rows, per_row),
        _per_sample(rows, kind.per_sample(kind.predictions(alone), rows.targets)),
        kind.aggregate, greater_is_better=kind.greater_is_better, block=block, groups=groups,
    )  # fmt: skip
    everything = np.ones(len(rows.targets), dtype=bool)
    picks = choose(rows, everything, kind, costs, limits, of_classes=of_classes)
    return Judged(picks, gain, interval, _per_sample(rows, per_row), said, rows.targets)


def judge_repeats(
    rows: Rows, single: int, kind: TaskKind, *, of_classes: bool, block: int, groups: NDArray[np.str_] | None
) -> Judged:
    """What the mean of one model's repeats gains over each of them alone.

    Rows of one sample are of networks that were trained with other seeds, none of them on that sample.
    """
    first, place = np.unique(rows.samples, return_index=True, return_inverse=True)[1:]
    mean = np.zeros((len(first), *rows.said[single].shape[1:]))
    np.add.at(mean, place, rows.said[single])
    mean /= np.bincount(place).reshape(-1, *[1] * (mean.ndim - 1))
    said, targets = outputs_of(mean, of_classes=of_classes), rows.targets[first]
    alone = outputs_of(rows.said[single], of_classes=of_classes)
    per_sample = kind.per_sample(kind.predictions(said), targets)
    gain, interval = paired_gap(
        per_sample, _per_sample(rows, kind.per_sample(kind.predictions(alone), rows.targets)),
        kind.aggregate, greater_is_better=kind.greater_is_better, block=block, groups=groups,
    )  # fmt: skip
    return Judged({single: 1}, gain, interval, per_sample, said, targets)


def _mean(rows: Rows, picks: Mapping[int, int], use: NDArray[np.bool_]) -> Array:
    total = sum(count * rows.said[model][use] for model, count in picks.items())
    return np.asarray(total / sum(picks.values()))


def _per_sample(rows: Rows, per_row: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[sample]`: the mean over a sample's rows."""
    place = np.unique(rows.samples, return_inverse=True)[1]
    return np.asarray(np.bincount(place, weights=per_row) / np.bincount(place))


def _affordable(models: set[int], costs: Mapping[int, tuple[float, ...]], limits: tuple[float, ...]) -> bool:
    if len(models) > MOST_MEMBERS:
        return False
    sums = [sum(costs[model][i] for model in models) for i in range(len(limits))]
    return len(models) == 1 or all(total <= limit for total, limit in zip(sums, limits, strict=True))
