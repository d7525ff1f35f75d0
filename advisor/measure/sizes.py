"""How large samples are, and how much that varies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look
from advisor.measure.rows import Row, as_facts
from advisor.readers.source import Source
from advisor.records import Fact


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
    values, counts = np.unique(sizes, return_counts=True)
    differing = 1.0 - counts.max() / len(sizes)
    how = "share of samples whose size differs from the commonest"
    rows: list[Row] = [
        (f"size_{name}", np.median(sizes), "steps", "median size of the axis"),
        (f"size_variation_{name}", differing, "1", how),
    ]
    if len(values) > 1:
        quantiles = {"min": 0.0, "q25": 0.25, "q75": 0.75, "q95": 0.95, "max": 1.0}
        for label, share in quantiles.items():
            rows.append((f"size_{name}_{label}", np.quantile(sizes, share), "steps", "quantile of the sizes"))
    return as_facts(rows, len(sizes))


def _clip_lengths(size: int | None, samples: int) -> list[Fact]:
    """Frames are decoded evenly spaced, so only the reader knows whether their number varies."""
    how = "the reader says whether the number of frames differs; clips are not decoded whole"
    rows: list[Row] = [("size_variation_time", float(size is None), "1", how)]
    if size is not None:
        rows.append(("size_time", size, "steps", how))
    return as_facts(rows, samples)
