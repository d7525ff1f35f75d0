"""What lengths that vary cost: padding in batches, and what cropping would take away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure import sound
from advisor.measure.health.survey import Seen
from advisor.measure.rows import Row, as_facts
from advisor.readers.source import Source
from advisor.records import AxisName, Fact

BATCH = 32  # samples
DRAWS = 20  # times that all samples are shared out into batches
AXES: tuple[AxisName, ...] = ("time", "token")


def length_facts(source: Source, seen: Sequence[Seen], seed: int) -> list[Fact]:
    """Of an axis of time or tokens whose size varies: its quantiles, the share of values in batches that are
    padding, at random and with samples of like length together, and the share lost by cropping to the 95 %
    quantile. None where all have one length."""
    names = [axis.name for axis in source.spec.input.axes]
    name = next((one for one in AXES if one in names), None)
    if name is None or len(seen) < 2:
        return []
    lengths = np.array([max(1, one.shape[names.index(name)]) for one in seen])
    if len(np.unique(lengths)) < 2:
        return []
    rate = sound.sampling_rate(source.spec.input)  # of sound, seconds say more than steps
    unit, scale = ("tokens", 1.0) if name == "token" else ("steps", 1.0) if rate is None else ("s", 1 / rate)
    longest = float(np.quantile(lengths, 0.95))
    quantiles = {"min": 0.0, "q05": 0.05, "q50": 0.5, "q95": 0.95, "max": 1.0}
    rows: list[Row] = [
        (f"length_{label}", scale * float(np.quantile(lengths, share)), unit, "quantile of the lengths")
        for label, share in quantiles.items()
    ]
    batches = f"share of values that are padding in batches of {BATCH}"
    rows += [
        ("padding_waste", padding(lengths, seed), "1", f"{batches} drawn at random"),
        ("padding_waste_bucketed", _padding(np.sort(lengths)), "1", f"{batches} of like length"),
        (
            "cropping_loss",
            float(np.maximum(lengths - longest, 0).sum() / lengths.sum()),
            "1",
            "share of values beyond the 95 % quantile of the lengths",
        ),
    ]
    return as_facts(rows, len(seen))


def padding(lengths: NDArray[np.int64], seed: int) -> float:
    """Share of the values of random batches, each as long as its longest sample, that are padding."""
    rng = np.random.default_rng(seed)
    return float(np.mean([_padding(rng.permutation(lengths)) for _ in range(DRAWS)]))


def _padding(lengths: NDArray[np.int64]) -> float:
    """The same of batches in this order."""
    starts = np.arange(0, len(lengths), BATCH)
    sizes = np.diff(np.append(starts, len(lengths)))
    room = (np.maximum.reduceat(lengths, starts) * sizes).sum()
    return float(1.0 - lengths.sum() / room)
