"""Samples that are far larger or smaller than the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.health.survey import Seen
from advisor.measure.rows import with_examples
from advisor.readers.source import Source
from advisor.records import Fact

FENCE = 3.0  # interquartile ranges beyond the quartiles: "far out" (Tukey, Exploratory Data Analysis, 1977)
LEAST_RANGE = float(np.log(1.1))  # where nearly all are of one size, it takes a third more or a quarter less
FEWEST = 20  # samples that have quartiles to speak of
AXES = ("time", "token", "height", "width", "depth")


def outlier_facts(source: Source, seen: Sequence[Seen]) -> list[Fact]:
    """Samples outside Tukey's outer fences of the logarithm of their size along an axis; the oddest first."""
    names = [axis.name for axis in source.spec.input.axes]
    places = [place for place, name in enumerate(names) if name in AXES]
    seen = [one for one in seen if len(one.shape) == len(names)]
    if len(seen) < FEWEST or not places:
        return []
    sizes = np.array([one.shape for one in seen])
    beyond = np.stack([_beyond(sizes[:, place]) for place in places])
    furthest = beyond.max(axis=0)
    order = np.argsort(-furthest, kind="stable")[: int((furthest > 0).sum())]
    examples = (f"{source.ids[seen[i].index]} ({_size(names, places, seen[i].shape)})" for i in order)
    how = f"size along an axis more than {FENCE:g} interquartile ranges of its logarithm beyond the quartiles"
    return [with_examples(("size_outliers", float(len(order)), "samples", how), len(seen), examples)]


def _beyond(sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """[sample] how far the logarithm of the size is beyond the fences; below 0 within."""
    logs = np.log(np.maximum(sizes, 1))
    low, high = np.quantile(logs, [0.25, 0.75])
    room = FENCE * max(float(high - low), LEAST_RANGE)
    return np.asarray(np.maximum(logs - high, low - logs) - room)


def _size(names: Sequence[str], places: Sequence[int], shape: tuple[int, ...]) -> str:
    sizes = " x ".join(f"{shape[place]:,}" for place in places)
    unit = {"time": " steps", "token": " tokens"}.get(names[places[0]], "")
    return sizes + unit if len(places) == 1 else sizes
