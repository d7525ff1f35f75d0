from __future__ import annotations

import numpy as np
import pytest

from advisor.decide import findings
from advisor.measure import measure


def texts(lengths) -> list[str]:
    return [" ".join(["word"] * int(length - 1) + [f"end{place}"]) for place, length in enumerate(lengths)]


def test_padding_and_cropping_of_two_lengths(source) -> None:
    """Half the texts are four times as long as the others: nearly every random batch holds a long one."""
    _, facts = measure(source(texts([10] * 64 + [40] * 64)), probe=False)
    assert facts.value("padding_waste") == pytest.approx(1 - 25 / 40, abs=0.01)
    assert facts.value("padding_waste_bucketed") == 0
    assert facts.value("cropping_loss") == 0


def test_one_length_needs_no_advice(source) -> None:
    given = source(texts([12] * 50))
    _, facts = measure(given, probe=False)
    assert facts.value("padding_waste") is None
    assert "lengths" not in {one.check for one in findings(given.spec, facts, {})}


@pytest.mark.parametrize(
    ("lengths", "advice"),
    [
        ([10, 20, 30, 40] * 50, "buckets"),
        ([20] * 600 + [200], "crop to 20 tokens"),
        ([10, 40] * 8, "pack"),
        ([3_000, 6_000] * 40, "windows of at most 2,000 tokens"),
    ],
)
def test_advice_follows_the_lengths(source, lengths: list[int], advice: str) -> None:
    given = source(texts(np.random.default_rng(0).permutation(lengths)))
    _, facts = measure(given, probe=False)
    (found,) = (one for one in findings(given.spec, facts, {}) if one.check == "lengths")
    assert advice in found.remedy


def test_sizes_far_from_all_others_are_named(source) -> None:
    usual = [np.random.default_rng(i).normal(size=(40 + i % 9, 30, 1)).astype(np.float32) for i in range(60)]
    odd = np.ones((4, 30, 1), dtype=np.float32)
    facts = {}
    for samples in (usual, [*usual, odd]):
        _, found = measure(source(samples, ["height", "width", "channel"]), probe=False)
        facts[len(samples)] = found.get("size_outliers")
    assert facts[60].value == 0
    assert (facts[61].value, facts[61].examples) == (1, ("60 (4 x 30)",))
