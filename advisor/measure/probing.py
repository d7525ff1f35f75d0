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
) -> list[Array]:
    """[sample] scores of kernel ridge, each sample predicted by a fold without it.

    Args:
        products: [sample, sample] as from `gram`.
        wanted: what to predict.
        seed: of the folds.
        asked: further forms of the samples that are predicted too but not learnt from, each as
            [sample, sample] products.
        strengths: of the ridge; chosen by leave-one-out within the training folds.

    Returns:
        Scores of the samples, then of each further form.
    """
    codes, weights = _codes(wanted)
    forms = [products, *asked]
    found = [np.empty_like(codes) for _ in forms]
    for train, held in folds(wanted, seed):
        part = products[np.ix_(train, train)]
        dual = _kernel_ridge(part, codes[train], weights[train], strengths)
        for outputs, form in zip(found, forms, strict=True):
            outputs[held] = form[np.ix_(held, train)] @ dual
    if wanted.categories:
        return [sample_scores(wanted, outputs.argmax(axis=1)) for outputs in found]
    return [sample_scores(wanted, outputs[:, 0] + wanted.values.mean()) for outputs in found]


def _codes(wanted: Targets) -> tuple[Array, Array]:
    """[sample, output] one column per class of -1 and 1 (or the centred number), and weights [sample]."""
    if not wanted.categories:
        return (wanted.values - wanted.values.mean())[:, None], np.ones(len(wanted.values))
    counts = np.bincount(wanted.values)
    codes = np.where(wanted.values[:, None] == np.arange(len(counts)), 1.0, -1.0)
    return codes, len(codes) / (len(counts) * counts[wanted.values])


def _kernel_ridge(products: Array, codes: Array, weights: Array, strengths: Sequence[float]) -> Array:
    """[sample, output] dual coefficients of ridge with sample weights.

    Of several strengths that with the least leave-one-out error, whose residuals are the dual
    coefficients over the diagonal of the inverse (Rifkin and Lippert, "Notes on regularized least
    squares", 2007).
    """
    root = np.sqrt(weights)[:, None]
    scaled, goal = products * root * root.T, codes * root
    if len(strengths) == 1:
        dual = np.linalg.solve(scaled + strengths[0] * np.eye(len(scaled)), goal)
        return np.asarray(dual * root)
    values, vectors = np.linalg.eigh(scaled)
    turned = vectors.T @ goal
    best: tuple[float, Array] | None = None
    for strength in strengths:
        inverse = 1.0 / (np.maximum(values, 0) + strength)
        dual = vectors @ (turned * inverse[:, None])
        error = float(((dual / ((vectors**2) @ inverse)[:, None]) ** 2).sum())
        if best is None or error < best[0]:
            best = error, dual
    assert best is not None, "at least one strength"
    return np.asarray(best[1] * root)


def sample_scores(wanted: Targets, predicted: NDArray[Any]) -> Array:
    """[sample] scores whose mean is the balanced accuracy, or R squared."""
    if wanted.categories:
        counts = np.bincount(wanted.values)
        weight = len(wanted.values) / (len(counts) * counts[wanted.values])
        return np.asarray((predicted == wanted.values) * weight, dtype=np.float64)
    residual = (predicted - wanted.values) ** 2
    return np.asarray(1.0 - residual / wanted.values.var(), dtype=np.float64)


def interval(values: Array) -> tuple[float, float]:
    """95 % interval of a mean (normal approximation)."""
    error = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(values.mean()) - error, float(values.mean()) + error


def drop_facts(kept: Array, shuffled: Array, *, unit: str, chance: float, how: str) -> list[Fact]:
    """The facts of an order probe from paired scores [sample] (or block)."""
    count = len(kept)
    low, high = interval(kept - shuffled)
    score_low, score_high = interval(kept)
    mean, broken = float(kept.mean()), float(shuffled.mean())
    rows: list[Row] = [
        ("probe_score_shuffled", broken, unit, "the same with the order shuffled"),
        ("probe_chance", chance, unit, "score of guessing"),
    ]
    return [
        Fact(
            name="probe_score", value=mean, unit=unit, how=how, samples=count, low=score_low, high=score_high
        ),
        *as_facts(rows, count),
        Fact(
            name="order_score_drop",
            value=mean - broken,
            unit=unit,
            how=how,
            samples=count,
            low=low,
            high=high,
        ),
    ]
