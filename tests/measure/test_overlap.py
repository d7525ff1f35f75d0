from __future__ import annotations

import numpy as np
import pytest

from advisor.measure.health.overlap import overlap_facts
from advisor.measure.health.survey import survey


def windows(length: int, stride: int, values: np.ndarray) -> list[np.ndarray]:
    starts = range(0, len(values) - length + 1, stride)
    return [values[start : start + length].astype(np.float32) for start in starts]


def overlapping(given) -> tuple[float | None, tuple[str, ...]]:
    fact, _ = overlap_facts(given, survey(given, 5.0, 0))
    return fact.value, fact.examples


@pytest.mark.parametrize("order", ["as cut", "shuffled"])
def test_windows_cut_with_overlap_share_stretches(source, order: str) -> None:
    cut = windows(40, 20, np.random.default_rng(0).normal(size=(440, 2)))
    if order == "shuffled":
        cut = [cut[place] for place in np.random.default_rng(1).permutation(len(cut))]
    count, examples = overlapping(source(cut, ["time", "channel"]))
    assert count == len(cut) - 1
    assert all("share 20 steps" in example for example in examples)


@pytest.mark.parametrize("kind", ["side by side", "silence between", "square waves"])
def test_series_of_their_own_share_nothing(source, kind: str) -> None:
    rng = np.random.default_rng(0)
    series = windows(40, 40, rng.normal(size=(800, 1)))
    if kind == "silence between":
        series = [np.where(np.arange(40)[:, None] < 20, 0, one) for one in series]
    elif kind == "square waves":
        series = [np.sign(np.sin((np.arange(40) + place) / 2))[:, None] for place in range(20)]
    assert overlapping(source([one.astype(np.float32) for one in series], ["time", "channel"]))[0] == 0


def test_windows_of_two_parts_that_overlap_are_counted(source) -> None:
    cut = windows(40, 20, np.random.default_rng(0).normal(size=(440, 2)))
    parts = ["train"] * 15 + ["test"] * (len(cut) - 15)
    given = source(cut, ["time", "channel"], ["a"] * len(cut), parts=parts)
    assert [fact.value for fact in overlap_facts(given, survey(given, 5.0, 0))] == [len(cut) - 1, 1]
