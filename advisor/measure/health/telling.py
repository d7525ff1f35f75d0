"""Columns of a table that alone tell the target: copies of it, or things known only after it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.health.ranges import mark_facts, missing_fact
from advisor.measure.health.survey import Seen
from advisor.measure.labels import is_labelled
from advisor.measure.rows import with_examples
from advisor.readers.source import Source
from advisor.records import Fact

FEWEST, MOST = 50, 1_000  # rows
FOLDS = 3
LEAST_PER_CLASS = 5  # samples, and values of a column, that can be told out of fold
NEAREST = 3  # rows that answer together at the least: a column that numbers the rows tells nothing
SCORED = ("number", "category")  # kinds of columns that are learnt from
TELLING = 0.97  # score from which a column is named in the fact; the decision has a limit of its own

Cells = NDArray[np.object_]


def column_facts(source: Source, seen: Sequence[Seen], seconds: float, seed: int) -> list[Fact]:
    """Columns with marks of missing values; and the best score that one column reaches alone, out of fold:
    balanced accuracy of what rows of nearly the same value are for classes, the rank correlation (Spearman)
    for numbers."""
    kept = [one for one in seen if one.row is not None]
    if len(kept) < FEWEST:
        return []
    rows = np.stack([np.asarray(one.row, dtype=object) for one in kept[:MOST]])
    columns = source.spec.input.columns
    names = [column.name for column in columns] or [f"column {place}" for place in range(rows.shape[1])]
    kinds = [column.kind for column in columns] or ["number"] * rows.shape[1]
    numeric = [place for place, kind in enumerate(kinds) if kind == "number"]
    found = missing_fact(_missing(rows), names)
    found += mark_facts(_numbers(rows[:, numeric]), [names[place] for place in numeric]) if numeric else []
    if source.labels is None or source.spec.target is None:
        return found
    labels = source.labels[[one.index for one in kept[:MOST]]]
    known = is_labelled(labels)
    scored = [place for place, kind in enumerate(kinds) if kind in SCORED]
    return found + _telling(
        rows[known][:, scored], [names[place] for place in scored], labels[known], seconds, seed
    )


def _telling(
    rows: Cells, names: Sequence[str], labels: NDArray[np.generic], seconds: float, seed: int
) -> list[Fact]:
    score = _rank_correlation if labels.dtype.kind == "f" else _balanced_accuracy
    if score is _balanced_accuracy:
        values, counts = np.unique(labels.astype(str), return_counts=True)
        frequent = np.isin(labels.astype(str), values[counts >= LEAST_PER_CLASS])
        rows, labels = rows[frequent], labels[frequent].astype(str)
    if len(rows) < FEWEST or len(np.unique(labels)) < 2:
        return []
    end = time.monotonic() + seconds
    scores: list[tuple[float, str]] = []
    for place, name in enumerate(names):
        if time.monotonic() > end:
            break
        scores.append((score(_codes(rows[:, place]), labels, seed), name))
    if not scores:
        return []
    scores.sort(reverse=True)
    best = scores[0][0]
    how = "best score of one column alone: " + (
        "rank correlation with the target" if score is _rank_correlation else "balanced accuracy out of fold"
    )
    telling = (f"{name} ({value:.4g})" for value, name in scores if value >= TELLING)
    return [with_examples(("best_column_score", best, "1", how), len(rows), telling)]


def _balanced_accuracy(codes: NDArray[np.float64], labels: NDArray[np.generic], seed: int) -> float:
    """Each held-out row is of the class that is commonest, by its share of the class, in its bin."""
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    fold = np.empty(len(codes), dtype=np.int64)
    fold[shuffled[np.argsort(classes[shuffled], kind="stable")]] = np.arange(len(codes)) % FOLDS
    right = np.empty(len(codes), dtype=bool)
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        edges = _edges(codes[train])
        votes = np.zeros((len(edges) + 1, len(counts)))
        np.add.at(votes, (np.searchsorted(edges, codes[train], "right"), classes[train]), 1.0)
        told = (votes / counts).argmax(axis=1)
        right[test] = told[np.searchsorted(edges, codes[test], "right")] == classes[test]
    return float((np.bincount(classes, right) / counts).mean())


def _edges(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """What parts sorted values into bins of at least NEAREST rows; of few values each has a bin."""
    values = np.unique(codes)
    if len(values) <= len(codes) // (2 * NEAREST):
        return np.asarray((values[1:] + values[:-1]) / 2)
    return np.unique(np.sort(codes)[NEAREST:-NEAREST:NEAREST])


def _rank_correlation(codes: NDArray[np.float64], labels: NDArray[np.generic], seed: int) -> float:
    if min(len(np.unique(codes)), len(np.unique(labels))) < FEWEST // 2:
        return 0.0
    return abs(float(np.corrcoef(_ranks(codes), _ranks(labels))[0, 1]))


def _ranks(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Places in order; equal values share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def _codes(cells: Cells) -> NDArray[np.float64]:
    """A column as numbers: names in the order of the alphabet, missing ones below all others."""
    numbers = _numbers(cells[:, None])[:, 0]
    words = np.array([isinstance(cell, str) for cell in cells])
    if words.any():
        _, places = np.unique(cells.astype(str), return_inverse=True)
        return np.asarray(places, dtype=np.float64)
    known = np.isfinite(numbers)
    below = numbers[known].min() - 1.0 - np.ptp(numbers[known]) if known.any() else 0.0
    return np.where(known, numbers, below)


def _numbers(cells: Cells) -> NDArray[np.float64]:
    """Numbers, and NaN for all else."""
    found = [cell if isinstance(cell, float | int | np.number) else np.nan for cell in cells.ravel()]
    return np.array(found, dtype=np.float64).reshape(cells.shape)


def _missing(cells: Cells) -> NDArray[np.bool_]:
    absent = [cell is None or (isinstance(cell, float) and cell != cell) for cell in cells.ravel()]
    return np.array(absent, dtype=bool).reshape(cells.shape)
