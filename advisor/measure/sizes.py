"""How large samples are, and how much that varies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look
from advisor.measure.rows import Row, as_facts
from advisor.readers.source import Source
from advisor.records import Fact

SAME_SIZE = 0.01
"""Sizes this near to each other count as one: encoders of sound pad by a few thousandths, and cutting or
padding a hundredth changes no answer. Below a hundred steps every step counts."""


def size_facts(source: Source, looks: Sequence[Look]) -> list[Fact]:
    """Per axis its median size and the share of samples that differ; quantiles of varying lengths."""
    facts: list[Fact] = []
    for place, axis in enumerate(source.spec.input.axes):
        sizes = np.array([seen.shape[place] for seen in looks if len(seen.shape) > place])
        if not len(sizes):
            continue
        if axis.name == "time" and source.read_frames is not None:
            facts += _clip_lengths(axis.size, len(sizes))
            continue
        facts += _axis_facts(axis.name, sizes)
    return facts


def _axis_facts(name: str, sizes: NDArray[np.int64]) -> list[Fact]:
    values = np.unique(sizes)
    differing = 1.0 - _most_alike(sizes) / len(sizes)
    how = f"share of samples whose size differs from the commonest by more than {100 * SAME_SIZE:g} %"
    rows: list[Row] = [
        (f"size_{name}", np.median(sizes), "steps", "median size of the axis"),
        (f"size_variation_{name}", differing, "1", how),
    ]
    if len(values) > 1:
        quantiles = {"min": 0.0, "q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95, "max": 1.0}
        for label, share in quantiles.items():
            rows.append((f"size_{name}_{label}", np.quantile(sizes, share), "steps", "quantile of the sizes"))
    return as_facts(rows, len(sizes))


def _most_alike(sizes: NDArray[np.int64]) -> int:
    """How many samples have the commonest size, or one within SAME_SIZE above it."""
    ordered = np.sort(sizes)
    above = np.searchsorted(ordered, ordered * (1 + SAME_SIZE), side="right")
    return int((above - np.arange(len(ordered))).max())


def _clip_lengths(size: int | None, samples: int) -> list[Fact]:
    """Frames are decoded evenly spaced, so only the reader knows whether their number varies."""
    how = "the reader says whether the number of frames differs; clips are not decoded whole"
    rows: list[Row] = [("size_variation_time", float(size is None), "1", how)]
    if size is not None:
        rows.append(("size_time", size, "steps", how))
    return as_facts(rows, samples)
