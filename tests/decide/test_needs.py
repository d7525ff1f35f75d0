"""Samples per class against what each family needed, and where those figures come from."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from advisor.decide import needs
from advisor.records import Axis, DatasetSpec, Fact, Facts, Family, InputSpec, SplitCounts, Task

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def spec(*axes: str) -> DatasetSpec:
    named = tuple(Axis.model_validate({"name": name}) for name in axes)
    given = InputSpec(name="x", dtype="float32", axes=named)
    return DatasetSpec(path="x", format="x", samples=100, inputs=(given,), target=None, splits=SplitCounts())


def per_class(count: float) -> Facts:
    fact = Fact(name=needs.HAS, value=count, unit="samples", how="median class", samples=100)
    return Facts(facts=(fact,))


@pytest.mark.parametrize(("count", "found"), [(-1, 1), (0, 0), (1, 0)])
def test_fewer_than_the_family_needed_are_told(count: int, found: int) -> None:
    limit = needs.NEEDED[Family.RNN].value
    told = needs.few_for(spec("time", "channel"), per_class(limit + count), Task.CLASSIFICATION, Family.RNN)
    assert len(told) == found


@pytest.mark.parametrize(
    ("axes", "families"),
    [
        (("height", "width", "channel"), {Family.CNN}),
        (("time", "channel"), {Family.CNN, Family.RNN, Family.HYBRID}),
        (("token",), {Family.CNN, Family.RNN}),
        (("feature",), {Family.MLP}),
    ],
)
def test_families_that_take_the_data(axes: tuple[str, ...], families: set[Family]) -> None:
    assert set(needs.needed(spec(*axes), Task.CLASSIFICATION)) == families
    assert not needs.needed(spec(*axes), Task.REGRESSION)


def test_the_limits_are_those_that_were_measured() -> None:
    file = BENCHMARKS / "samples_needed.py"
    described = importlib.util.spec_from_file_location("samples_needed", file)
    assert described
    assert described.loader
    script = importlib.util.module_from_spec(described)
    sys.modules["samples_needed"] = script
    described.loader.exec_module(script)
    rows = json.loads((BENCHMARKS / "results" / "samples_needed.json").read_text())
    measured = {who: script.middle(found)[0] for who, found in script.needs_of(rows).items()}
    stated = {(family.value, "all else"): one.value for family, one in needs.NEEDED.items()}
    stated |= {(family.value, "texts"): one.value for family, one in needs.NEEDED_OF_TEXTS.items()}
    assert measured == stated
