"""Which axis of an array without labels counts samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.decide import decide
from advisor.measure import measure
from advisor.readers.source import Source
from advisor.records import Structure


def saved(folder: Path, values: np.ndarray) -> Source:
    np.save(folder / "a.npy", values)
    return readers.read(folder)


def shape(source: Source) -> list[tuple[str, int | None]]:
    return [(axis.name, axis.size) for axis in source.spec.input.axes]


@pytest.fixture
def field() -> np.ndarray:
    """[time, height, width]: a wave that runs along the width, with noise."""
    step, row, column = np.ogrid[0:120, 0:18, 0:24]
    noise = 0.3 * np.random.default_rng(0).normal(size=(120, 18, 24))
    return (np.sin(1.1 * step - 0.3 * column + 0.4 * row) + noise).astype(np.float32)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3), (2, 3, 1, 0), (2, 3, 0, 1)])
def test_clips_with_samples_in_any_axis(tmp_path: Path, clips: np.ndarray, order: tuple[int, ...]) -> None:
    named, facts = measure(saved(tmp_path, clips.transpose(order)))
    assert shape(named) == [("time", 6), ("height", 16), ("width", 16), ("channel", 1)]
    np.testing.assert_array_equal(named.read(3)[..., 0], clips[3])
    assert decide(named.spec, facts).structure is Structure.SPATIOTEMPORAL


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0)])
def test_pictures_with_samples_first_or_last(
    tmp_path: Path, pictures: np.ndarray, order: tuple[int, ...]
) -> None:
    named, facts = measure(saved(tmp_path, pictures.transpose(order)))
    assert (len(named), shape(named)) == (120, [("height", 14), ("width", 12), ("channel", 1)])
    found = decide(named.spec, facts)
    assert found.structure is Structure.GRID
    assert found.confidence > 0.85


def test_series_with_samples_in_the_middle(tmp_path: Path, series: np.ndarray) -> None:
    named, _ = measure(saved(tmp_path, series.swapaxes(0, 1)))
    assert (len(named), shape(named)) == (120, [("time", 30), ("channel", 7)])


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0)])
def test_a_field_over_time_is_one_clip(tmp_path: Path, field: np.ndarray, order: tuple[int, ...]) -> None:
    named, facts = measure(saved(tmp_path, field.transpose(order)))
    assert (len(named), shape(named)) == (1, [("time", 120), ("height", 18), ("width", 24), ("channel", 1)])
    np.testing.assert_array_equal(named.read(0)[..., 0], field)
    assert decide(named.spec, facts).task == "forecasting"


def test_variables_of_a_field_are_channels_wherever_they_are(tmp_path: Path, field: np.ndarray) -> None:
    named, _ = measure(saved(tmp_path, np.stack([field, 300 - 5 * field], axis=1)))
    assert shape(named)[-1] == ("channel", 2)
    np.testing.assert_array_equal(named.read_steps(2, 3)[0, :, :, 0], field[2])


@pytest.mark.parametrize("turned", [False, True])
def test_one_long_series_with_few_channels(tmp_path: Path, turned: bool) -> None:
    steps = np.random.default_rng(0).normal(size=(2_000, 4)).cumsum(axis=0)
    named, facts = measure(saved(tmp_path, steps.T if turned else steps))
    assert (len(named), shape(named)) == (1, [("time", 2_000), ("channel", 4)])
    np.testing.assert_array_equal(named.read(0), steps)
    assert decide(named.spec, facts).structure is Structure.SEQUENTIAL


def test_rows_in_no_order_are_samples(tmp_path: Path) -> None:
    named, facts = measure(saved(tmp_path, np.random.default_rng(0).normal(size=(300, 9))))
    assert (len(named), shape(named)) == (300, [("feature", 9)])
    assert facts.value("sample_axis_autocorrelation") < 0.1


def test_labels_say_which_axis_counts_samples(tmp_path: Path, field: np.ndarray) -> None:
    np.savez(tmp_path / "a.npz", x=field, y=np.arange(120) % 2)
    named, facts = measure(readers.read(tmp_path))
    assert len(named) == 120
    assert facts.get("sample_axis_autocorrelation") is None


def test_times_beside_an_array_say_that_it_is_one_sample(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(60, 2, 12, 10))
    np.savez(tmp_path / "a.npz", data=values, date=[f"2013-07-{1 + day // 2:02d}" for day in range(60)])
    source = readers.read(tmp_path)
    assert source.whole.stamped
    assert len(measure(source)[0]) == 1
