"""What the probes share: which samples they use, scores out of fold, and the interval of a drop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.measure.labels import is_labelled
from advisor.measure.looks import Look
from advisor.measure.rows import Row, as_facts
from advisor.readers.source import Source
from advisor.records import Fact

FEWEST = 20  # samples; with fewer, an interval spans everything
FOLDS = 3
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of ridge, samples having features of length one

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Targets:
    """What a probe predicts: class codes or numbers [sample], and the samples they belong to."""

    kept: tuple[int, ...]
    values: NDArray[Any]
    categories: bool

    @property
    def unit(self) -> str:
        return "balanced accuracy" if self.categories else "R2"

    @property
    def chance(self) -> float:
        return 1.0 / len(np.unique(self.values)) if self.categories else 0.0


def targets(source: Source, looks: Sequence[Look]) -> Targets | None:
    """Targets of the labelled looks; None where there is nothing to probe (see `FEWEST`).

    Classes with fewer samples than folds are left out: they cannot be in every fold.
    """
    kind = source.spec.target.kind if source.spec.target else None
    if source.labels is None or kind not in ("category", "number"):
        return None
    labels = source.labels[[seen.index for seen in looks]]
    known = is_labelled(labels)
    if kind == "category":
        _, codes, counts = np.unique(labels.astype(str), return_inverse=True, return_counts=True)
        known &= counts[codes] >= FOLDS
        values: NDArray[Any] = codes
        if len(np.unique(codes[known])) < 2:
            return None
    else:
        values = labels.astype(np.float64)
        if known.sum() and np.ptp(values[known]) == 0:
            return None
    kept = np.flatnonzero(known)
    if len(kept) < FEWEST:
        return None
    values = np.unique(values[kept], return_inverse=True)[1] if kind == "category" else values[kept]
    return Targets(tuple(kept.tolist()), values, kind == "category")


def folds(wanted: Targets, seed: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(training, held-out) positions of `FOLDS` folds; categories have their share in each."""
    order = np.random.default_rng(seed).permutation(len(wanted.values))
    if wanted.categories:
        order = order[np.argsort(wanted.values[order], kind="stable")]
    fold = np.empty(len(order), dtype=np.int64)
    fold[order] = np.arange(len(order)) % FOLDS
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS)]


def gram(features: Array, others: Array | None = None) -> Array:
    """[sample, other] products of features, standardised by the samples', scaled to one, plus one.

    The constant stands for an intercept; `others` are the same samples in another form.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scale = np.where(deviation > 1e-6, deviation, np.inf) * np.sqrt(max(features.shape[1], 1))
    first = (features - mean) / scale
    second = first if others is None else (others - mean) / scale
    return np.asarray(second @ first.T + 1.0)


def out_of_fold(
    products: Array,
    wanted: Targets,
    seed: int,
    *,
    asked: Sequence[Array] = (),
    strengths: Sequence[float] = STRENGTHS,
    share: float = 1.0,
) -> list[Array]:
    """[sample] scores of kernel ridge, each sample predicted by a fold without it.

    Args:
        products: [sample, sample] as from `gram`.
        wanted: what to predict.
        seed: of the folds.
        asked: further forms of the samples that are predicted too but not learnt from, each as
            [sample, sample] products.
        strengths: of the ridge; chosen by leave-one-out within the training folds.
        share: of the samples of other folds that are learnt from.

    Returns:
        Scores of the samples, then of each further form.
    """
    found = answers(products, wanted, seed, asked=asked, strengths=strengths, share=share)
    if wanted.categories:
        return [sample_scores(wanted, outputs.argmax(axis=1)) for outputs in found]
    return [sample_scores(wanted, outputs[:, 0] + wanted.values.mean()) for outputs in found]


def answers(
    products: Array,
    wanted: Targets,
    seed: int,
    *,
    asked: Sequence[Array] = (),
    strengths: Sequence[float] = STRENGTHS,
    share: float = 1.0,
) -> list[Array]:
    """What kernel ridge says out of fold, as [sample, output]: near 1 for the class, or the centred number.

    Arguments as of `out_of_fold`; one array for the samples, then one for each further form.
    """
    codes, weights = _codes(wanted)
    forms = [products, *asked]
    found = [np.empty_like(codes) for _ in forms]
    rng = np.random.default_rng(seed)
    for train, held in folds(wanted, seed):
        if share < 1.0:
            train = np.sort(rng.permutation(train)[: max(1, round(share * len(train)))])
        part = products[np.ix_(train, train)]
        dual = _kernel_ridge(part, codes[train], weights[train], strengths)
        for outputs, form in zip(found, forms, strict=True):
            outputs[held] = form[np.ix_(held, train)] @ dual
    return found


def strength_of(products: Array, wanted: Targets, seed: int) -> tuple[float]:
    """The strength of the ridge that suits the first training fold, for asking the same products again."""
    codes, weights = _codes(wanted)
    train, _ = folds(wanted, seed)[0]
    strength, _ = _best_ridge(products[np.ix_(train, train)], codes[train], weights[train], STRENGTHS)
    return (strength,)


def _codes(wanted: Targets) -> tuple[Array, Array]:
    """[sample, output] one column per class of -1 and 1 (or the centred number), and weights [sample]."""
    if not wanted.categories:
        return (wanted.values - wanted.values.mean())[:, None], np.ones(len(wanted.values))
    counts = np.bincount(wanted.values)
    codes = np.where(wanted.values[:, None] == np.arange(len(counts)), 1.0, -1.0)
    return codes, len(codes) / (len(counts) * counts[wanted.values])


def _kernel_ridge(products: Array, codes: Array, weights: Array, strengths: Sequence[float]) -> Array:
    """[sample, output] dual coefficients of ridge with sample weights, the best of several strengths."""
    if len(strengths) > 1:
        return _best_ridge(products, codes, weights, strengths)[1]
    root = np.sqrt(weights)[:, None]
    dual = np.linalg.solve(products * root * root.T + strengths[0] * np.eye(len(products)), codes * root)
    return np.asarray(dual * root)


def _best_ridge(
    products: Array, codes: Array, weights: Array, strengths: Sequence[float]
) -> tuple[float, Array]:
    """The strength with the least leave-one-out error, whose residuals are the dual coefficients over the
    diagonal of the inverse (Rifkin and Lippert, "Notes on regularized least squares", 2007); and those."""
    root = np.sqrt(weights)[:, None]
    values, vectors = np.linalg.eigh(products * root * root.T)
    turned = vectors.T @ (codes * root)
    found = []
    for strength in strengths:
        inverse = 1.0 / (np.maximum(values, 0) + strength)
        dual = vectors @ (turned * inverse[:, None])
        error = float(((dual / ((vectors**2) @ inverse)[:, None]) ** 2).sum())
        found.append((error, strength, dual))
    _, strength, dual = min(found, key=lambda one: one[0])
    return strength, np.asarray(dual * root)


def sample_scores(wanted: Targets, predicted: NDArray[Any]) -> Array:
    """[sample] scores whose mean is the balanced accuracy, or R squared."""
    if wanted.categories:
        counts = np.bincount(wanted.values)
        weight = len(wanted.values) / (len(counts) * counts[wanted.values])
        return np.asarray((predicted == wanted.values) * weight, dtype=np.float64)
    residual = (predicted - wanted.values) ** 2
    return np.asarray(1.0 - residual / wanted.values.var(), dtype=np.float64)


def interval(values: Array) -> tuple[float, float]:
    """95 % interval of a mean (normal approximation).

    Of [repeat, sample] values the mean over all; samples and repeats, which differ in folds, shuffles and
    random kernels, both count as drawn at random.
    """
    repeats = np.atleast_2d(values)
    means = repeats.mean(axis=0)
    variance = float(means.var(ddof=1)) / len(means)
    if len(repeats) > 1:
        variance += float(repeats.mean(axis=1).var(ddof=1)) / len(repeats)
    error = 1.96 * np.sqrt(variance)
    return float(means.mean()) - error, float(means.mean()) + error


def mean_fact(name: str, values: Array, unit: str, how: str) -> Fact:
    """The mean of [sample] or [repeat, sample] values with its interval."""
    low, high = interval(values)
    samples = values.shape[-1]
    return Fact(
        name=name, value=float(values.mean()), unit=unit, how=how, samples=samples, low=low, high=high
    )


def drop_facts(kept: Array, shuffled: Array, *, unit: str, chance: float, how: str) -> list[Fact]:
    """The facts of an order probe from paired scores [sample] (or block), or [repeat, sample]."""
    rows: list[Row] = [
        ("probe_score_shuffled", float(shuffled.mean()), unit, "the same with the order shuffled"),
        ("probe_chance", chance, unit, "score of guessing"),
    ]
    return [
        mean_fact("probe_score", kept, unit, how),
        *as_facts(rows, kept.shape[-1]),
        mean_fact("order_score_drop", kept - shuffled, unit, how),
    ]


def variant_facts(name: str, kept: Array, changed: Array, *, unit: str, how: str) -> list[Fact]:
    """`probe_score_<name>` and `order_drop_<name>`: the score of samples changed so, and what that costs."""
    return [
        *as_facts([(f"probe_score_{name}", float(changed.mean()), unit, how)], kept.shape[-1]),
        mean_fact(f"order_drop_{name}", kept - changed, unit, f"what it costs: {how}"),
    ]
