from __future__ import annotations

import pytest

from advisor.decide import reach
from advisor.records import Axis, DatasetSpec, Fact, Facts, Family, InputSpec, SplitCounts, Task


def spec(*axes: str, samples: int = 100) -> DatasetSpec:
    named = tuple(Axis(name=name, size=None) for name in axes)
    inputs = (InputSpec(name="value", dtype="float32", axes=named),)
    return DatasetSpec(
        path="memory", format="memory", samples=samples, inputs=inputs, target=None, splits=SplitCounts()
    )


def facts(**values: float) -> Facts:
    return Facts(
        facts=tuple(
            Fact(name=name, value=value, unit="steps", how="given", samples=1)
            for name, value in values.items()
        )
    )


def rows(horizon: float, length: float, *axes: str, task: Task = Task.CLASSIFICATION, **more: float):
    given = facts(memory_horizon=horizon, size_time_max=length, **more)
    return {(row.family, row.architecture): row for row in reach.reach(spec(*axes), given, task)}


def test_nothing_is_said_without_a_horizon():
    assert reach.reach(spec("time", "channel"), facts(size_time_max=100), Task.CLASSIFICATION) == ()


def test_a_short_memory_is_in_reach_of_all():
    assert all(row.enough for row in rows(9, 200, "time", "channel").values())


def test_a_long_memory_is_out_of_reach_of_a_shallow_network():
    found = rows(100, 200, "time", "channel")
    assert not found[Family.CNN, "resnet"].enough
    assert "6 layers of kernel 3, dilated 1 to 32" in found[Family.CNN, "resnet"].needs
    assert found[Family.CNN, "rocket"].enough
    assert found[Family.RNN, "lstm"].recurrent_steps == 50


def test_more_blocks_reach_farther():
    row = rows(60, 200, "time", "channel")[Family.CNN, "resnet"]
    assert (row.enough, row.layers) == (False, 18)


@pytest.mark.parametrize(("period", "patch"), [(24.0, 12), (0.0, 1)])
def test_forecasts_read_a_look_back_in_patches_of_half_a_period(period, patch):
    more = {"period": period} if period else {}
    row = rows(48, 10_000, "time", "channel", task=Task.FORECASTING, **more)[Family.RNN, "lstm"]
    assert row.recurrent_steps == 48 // patch


def test_a_look_back_that_is_too_short_is_said():
    row = rows(500, 10_000, "time", "channel", task=Task.FORECASTING)[Family.RNN, "lstm"]
    assert not row.enough
    assert "look-back of 84 is too short" in row.needs


def test_clips_are_read_a_frame_a_step():
    row = rows(64, 128, "time", "height", "width", "channel")[Family.HYBRID, "cnn_lstm"]
    assert (row.stride, row.horizon, row.recurrent_steps) == (8.0, 8, 8)


@pytest.mark.parametrize(
    ("layers", "seen"), [([(3, 1)], 3), ([(3, 2), (3, 1)], 7), ([(7, 1), (5, 1), (3, 1)], 13)]
)
def test_receptive_fields(layers, seen):
    assert reach.receptive_field(layers) == seen
