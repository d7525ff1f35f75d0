"""Series that share a stretch: windows cut from one recording so that they overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.health.copies import held_out, is_across
from advisor.measure.health.survey import Seen
from advisor.measure.rows import as_facts, with_examples
from advisor.readers.source import Source
from advisor.records import Fact

LEAST_SHARED = 8  # steps that two series must share
LEAST_DIFFERENT = 5  # different values in the first of them: flat stretches are alike by chance
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that a product of 64 bits loses nothing

Codes = NDArray[np.uint64]


def overlap_facts(source: Source, seen: Sequence[Seen]) -> list[Fact]:
    """How many series begin with what another one ends with; examples are pairs of them."""
    series = [one for one in seen if one.steps is not None and len(one.steps) > LEAST_SHARED]
    if len(series) < 2:
        return []
    pairs = overlapping(series)
    examples = (
        f"{source.ids[first]} and {source.ids[second]} share {shared:,} steps"
        for first, second, shared in pairs
    )
    how = "series whose beginning is, value by value, the end of another one"
    count = float(len({second for _, second, _ in pairs}))
    torn = [(first, second) for first, second, _ in pairs if is_across(source, (first, second))]
    across = float(len({held_out(source, pair) for pair in torn}))
    return [
        with_examples(("overlapping_samples", count, "samples", how), len(series), examples),
        *as_facts([("overlapping_across_parts", across, "samples", f"{how}, of another part")], len(series)),
    ]


def overlapping(series: Sequence[Seen]) -> list[tuple[int, int, int]]:
    """Pairs (index, index, shared steps): the second begins with what the first ends with, or is cut from
    the middle of it."""
    codes = [_codes(one.steps) for one in series if one.steps is not None]
    starts: dict[int, list[int]] = {}
    for place, one in enumerate(series):
        assert one.steps is not None
        if _is_lively(one.steps[:LEAST_SHARED]):
            starts.setdefault(int(codes[place][0]), []).append(place)
    wanted = np.array(sorted(starts), dtype=np.uint64)
    found = []
    for place, own in enumerate(codes):
        for step in np.flatnonzero(np.isin(own[1:], wanted)) + 1:
            for other in starts[int(own[step])]:
                shared = _shared(series[place].steps, series[other].steps, int(step))
                if other != place and shared:
                    found.append((series[place].index, series[other].index, shared))
    return sorted(set(found))


def _codes(steps: NDArray[np.float32] | None) -> Codes:
    """[window] one number for each run of LEAST_SHARED steps, equal for equal runs."""
    assert steps is not None
    bits = np.ascontiguousarray(steps + np.float32(0)).view(np.uint32).astype(np.uint64)
    rows = np.zeros(len(bits), dtype=np.uint64)
    for column in bits.T:
        rows = (rows ^ column) * FACTOR
    count = len(rows) - LEAST_SHARED + 1
    runs = np.zeros(count, dtype=np.uint64)
    for offset in range(LEAST_SHARED):
        runs = runs * FACTOR + (rows[offset : offset + count] >> np.uint64(16))
    return runs


def _shared(first: NDArray[np.float32] | None, second: NDArray[np.float32] | None, step: int) -> int:
    """Steps from `step` of the first to its end that the second begins with; 0 where they differ."""
    assert first is not None
    assert second is not None
    size = min(len(first) - step, len(second))
    return size if np.array_equal(first[step : step + size], second[:size], equal_nan=True) else 0


def _is_lively(steps: NDArray[np.float32]) -> bool:
    return max(len(np.unique(column[np.isfinite(column)])) for column in steps.T) >= LEAST_DIFFERENT
