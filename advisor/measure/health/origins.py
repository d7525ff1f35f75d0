"""What samples come from, and when: how many groups, whether rows follow time, whether the target drifts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.measure.labels import is_labelled
from advisor.measure.rows import as_facts
from advisor.readers.source import Source
from advisor.records import Fact

BLOCKS = 10  # of equal size in order of time, among which the target is compared
SHUFFLES = 200  # a share of 2.5 % is then five of them
MOST_ROWS = 20_000
MOST_CLASSES = 20

Array = NDArray[np.float64]


def origin_facts(source: Source, seed: int) -> list[Fact]:
    """Groups; share of rows in order of time; share of the target that the time tells, with its noise."""
    found: list[Fact] = []
    if source.labels is None:
        return found
    if source.groups is not None:
        count = len(set(source.groups.tolist()))
        row = ("groups", float(count), "groups", "different values of what the samples come from")
        found += as_facts([row], len(source.groups))
    elif source.possible_groups is not None:
        count = len(set(source.possible_groups.tolist()))
        row = ("possible_groups", float(count), "groups", "different values of a piece of the file names")
        found += as_facts([row], len(source.possible_groups))
    if source.moments is None:
        return found
    known = np.flatnonzero(np.isfinite(source.moments) & is_labelled(source.labels))
    if len(known) < 2 * BLOCKS:
        return found
    known = known[:: max(1, len(known) // MOST_ROWS)]
    moments = source.moments[known]
    steps = np.diff(moments)
    share = max(float((steps >= 0).mean()), float((steps <= 0).mean()))
    how = "share of rows that are not before the row above them, or not after it"
    found += as_facts([("rows_in_time_order", share, "1", how)], len(known))
    return found + _drift(moments, _codes(source.labels[known]), seed)


def _codes(labels: NDArray[Any]) -> Array:
    """[sample, column]: 0 and 1 for each usual class, or ranks of numbers, which no outlier moves."""
    if labels.dtype.kind == "f":
        ranks = np.argsort(np.argsort(labels, kind="stable"), kind="stable")
        return ranks.astype(np.float64)[:, None]
    words = labels.astype(str)
    names, counts = np.unique(words, return_counts=True)
    usual = names[np.argsort(-counts, kind="stable")][:MOST_CLASSES]
    return np.asarray(words[:, None] == usual, dtype=np.float64)


def _drift(moments: Array, codes: Array, seed: int) -> list[Fact]:
    """The share of the target's variance between blocks of time, beyond that of shuffled targets."""
    centred = codes - codes.mean(axis=0)
    total = float((centred**2).sum())
    if total <= 0:
        return []
    order = np.argsort(moments, kind="stable")
    block = np.empty(len(order), dtype=np.int64)
    block[order] = np.arange(len(order)) * BLOCKS // len(order)
    rng = np.random.default_rng(seed)
    measured = _between(centred, block) / total
    chance = np.array([_between(centred, rng.permutation(block)) / total for _ in range(SHUFFLES)])
    value, noise = measured - float(chance.mean()), float(np.quantile(chance, 0.975) - chance.mean())
    how = f"share of the target's variance between {BLOCKS} equal blocks of time, beyond that of chance"
    return [
        Fact(
            name="target_drift", value=value, unit="1", how=how, samples=len(codes),
            low=value - noise, high=value + noise,
        )
    ]  # fmt: skip


def _between(centred: Array, block: NDArray[np.int64]) -> float:
    sums = np.stack([np.bincount(block, weights=column, minlength=BLOCKS) for column in centred.T])
    counts = np.bincount(block, minlength=BLOCKS)
    return float((sums**2 / np.maximum(counts, 1)).sum())
