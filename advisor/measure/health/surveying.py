"""Facts of a pass over many samples: copies, lengths, odd sizes and values, columns that tell too much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.measure.health.copies import copy_facts, find_copies
from advisor.measure.health.lengths import length_facts
from advisor.measure.health.outliers import outlier_facts
from advisor.measure.health.overlap import overlap_facts
from advisor.measure.health.ranges import infinite_fact, mark_facts, missing_fact, range_facts
from advisor.measure.health.survey import Seen, for_facts, of_looks, survey
from advisor.measure.looks import Look
from advisor.readers.source import Source
from advisor.records import Fact

SECONDS, QUICK_SECONDS = 1.5, 0.15
"""Time for reading samples, and half as much again for comparing them and their files; the second where the
probes are left out to be quick."""

COLUMN_SECONDS = 0.7
MOST_VALUES = 8_000_000  # of a long series: 64 MB
LOOKED_AT = 0.6
"""Share of the steps of a long series, from the first, whose values are looked at: the test part is last."""


def survey_facts(
    source: Source, looks: Sequence[Look], seed: int, *, quick: bool, share: float = 1.0
) -> list[Fact]:
    """Facts of as many samples as there is time for; those of the test part only serve to find copies.

    Args:
        share: of the usual time, where a search is short.
    """
    seconds = max(QUICK_SECONDS, SECONDS * share) if not quick else QUICK_SECONDS
    seen = survey(source, seconds, seed)
    own = for_facts(source, seen)
    is_table = source.spec.input.axis("feature") is not None
    pieces = [one.piece for one in looks if one.piece is not None]
    infinite = [str(source.ids[one.index]) for one in own if one.infinite]
    return [
        *copy_facts(source, find_copies(source, seen or of_looks(looks), seconds / 2), 1.5 * seconds),
        *length_facts(source, own, seed),
        *outlier_facts(source, own),
        *overlap_facts(source, seen),
        *infinite_fact(len(infinite), infinite, len(own)),
        *(_table_facts(source, own, seed) if is_table else range_facts(pieces)),
    ]


def _table_facts(source: Source, seen: Sequence[Seen], seed: int) -> list[Fact]:
    from advisor.measure.health.telling import column_facts  # scikit-learn takes a second to import

    return column_facts(source, seen, COLUMN_SECONDS, seed)


def whole_series_facts(source: Source) -> list[Fact]:
    """Of one long series [time, channel]: infinite values, marks of missing ones, and the range."""
    sample = np.asarray(source.read(0))
    if sample.dtype.kind not in "iuf" or sample.ndim != 2:
        return []
    steps = max(min(len(sample), 100), int(LOOKED_AT * len(sample)))
    part = sample[: min(steps, MOST_VALUES // max(1, sample.shape[1]))].astype(np.float64)
    places = np.flatnonzero(np.isinf(part).any(axis=1))
    stamps = source.timestamps
    examples = (stamps[i] if stamps else f"step {i}" for i in places.tolist())
    names = [column.name for column in source.spec.input.columns]
    names = names or [f"channel {place}" for place in range(part.shape[1])]
    return [
        *infinite_fact(len(places), examples, len(part)),
        *mark_facts(part, names),
        *missing_fact(np.isnan(part), names),
        *range_facts([part.astype(np.float32)]),
    ]
