"""Fitted preprocessing and decoded samples, per layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from advisor.errors import DataError, UnreadableSampleError, UntrainableTaskError, UsageError
from advisor.prepare import Preprocessing, Split, WindowValues, fit, load, make_split
from advisor.prepare.preprocessing import ImageValues, SeriesValues, TableValues, TextValues
from advisor.prepare.series import BANDS
from advisor.readers.source import Sample, Source
from advisor.records import Axis, AxisName, Column, DatasetSpec, InputSpec, SplitCounts, Task


def make(
    read: Callable[[int], Sample],
    axes: dict[AxisName, int | None],
    labels: NDArray[np.generic] | None,
    columns: tuple[Column, ...] = (),
) -> Source:
    count = 1 if labels is None else len(labels)
    named = tuple(Axis(name=name, size=size) for name, size in axes.items())
    spec = DatasetSpec(
        path="made",
        format="array",
        samples=count,
        inputs=(InputSpec(name="x", dtype="float32", axes=named, columns=columns),),
        target=None,
        splits=SplitCounts(train=count),
    )
    return Source(spec=spec, ids=tuple(map(str, range(count))), read=read, labels=labels)


def ab(count: int) -> NDArray[np.generic]:
    return np.array(["a", "b"] * (count // 2), dtype=object)


def fitted(
    source: Source, task: Task = Task.CLASSIFICATION, **options: object
) -> tuple[Split, Preprocessing]:
    split = make_split(source, task)
    return split, fit(source, split, task, **options)  # type: ignore[arg-type]


def test_pictures_of_mixed_sizes_become_one_size() -> None:
    def read(i: int) -> Sample:
        return np.full((20 + i % 3, 30, 3), i % 255, dtype=np.uint8)

    source = make(read, {"height": None, "width": 30, "channel": 3}, ab(60))
    split, preprocessing = fitted(source, max_side=16)
    assert isinstance(preprocessing.values, ImageValues)
    prepared = load(source, split.indices("train"), preprocessing).prepared
    assert prepared.values.shape[1:] == (3, preprocessing.values.height, 16)
    assert prepared.values.dtype == torch.uint8


def test_a_picture_that_cannot_be_decoded_is_left_out_and_named() -> None:
    def read(i: int) -> Sample:
        if i == 3:
            raise UnreadableSampleError("3.png is truncated")
        return np.zeros((8, 8, 1), dtype=np.uint8)

    source = make(read, {"height": 8, "width": 8, "channel": 1}, ab(60))
    _, preprocessing = fitted(source)
    loaded = load(source, np.arange(10), preprocessing)
    assert loaded.unreadable == ("3.png is truncated",)
    assert len(loaded.prepared) == 9


def test_batches_of_pictures_are_standardised_by_the_training_part() -> None:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 255, (60, 8, 8, 1), dtype=np.uint8)
    source = make(lambda i: pixels[i], {"height": 8, "width": 8, "channel": 1}, ab(60))
    split, preprocessing = fitted(source)
    prepared = load(source, split.indices("train"), preprocessing).prepared
    values = prepared.batch(torch.arange(len(prepared))).values
    assert abs(float(values.mean())) < 1e-4
    assert float(values.std()) == pytest.approx(1.0, abs=1e-3)


def test_series_of_varying_length_keep_their_lengths_and_zero_padding() -> None:
    def read(i: int) -> Sample:
        return np.full((3 + i % 4, 2), float(i))

    source = make(read, {"time": None, "channel": 2}, ab(60))
    _, preprocessing = fitted(source)
    assert isinstance(preprocessing.values, SeriesValues)
    prepared = load(source, np.arange(4), preprocessing).prepared
    assert prepared.lengths is not None
    assert prepared.lengths.tolist() == [3, 4, 5, 6]
    assert (prepared.values[0, 3:] == 0).all()


def test_a_series_that_cannot_be_decoded_is_left_out_and_named() -> None:
    def read(i: int) -> Sample:
        if i == 2:
            raise UnreadableSampleError("2.wav: cannot be decoded")
        return np.full((5, 1), i, dtype=np.float32)

    source = make(read, {"time": None, "channel": 1}, ab(60))
    _, preprocessing = fitted(source, Task.CLASSIFICATION)
    loaded = load(source, np.arange(8), preprocessing)
    assert loaded.unreadable == ("2.wav: cannot be decoded",)
    assert loaded.indices.tolist() == [0, 1, 3, 4, 5, 6, 7]


def test_sound_becomes_bands_at_the_rate_of_training() -> None:
    def sound(rate: int) -> Source:
        def read(i: int) -> Sample:
            return np.sin(2 * np.pi * 440 * np.arange(rate) / rate)[:, None].astype(np.float32)

        source = make(read, {"time": None, "channel": 1}, ab(60))
        axes = (Axis(name="time", size=rate, spacing=1 / rate, unit="s"), Axis(name="channel", size=1))
        inputs = (source.spec.input.model_copy(update={"axes": axes}),)
        return replace(source, spec=source.spec.model_copy(update={"inputs": inputs}))

    _, preprocessing = fitted(sound(8000), Task.CLASSIFICATION)
    assert isinstance(preprocessing.values, SeriesValues)
    assert (preprocessing.values.rate, preprocessing.values.channels) == (8000, BANDS)
    slow, fast = (load(sound(rate), np.arange(8), preprocessing).prepared.values for rate in (8000, 16000))
    assert slow.shape == (8, 98, BANDS)  # a second of windows of 25 ms, 10 ms apart
    assert torch.allclose(slow, fast, atol=0.5)


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_missing_values_become_the_mean(missing: float) -> None:
    def read(i: int) -> Sample:
        return np.array([[1.0], [missing], [3.0]]) + (i % 2)

    source = make(read, {"time": 3, "channel": 1}, ab(60))
    _, preprocessing = fitted(source)
    values = load(source, np.arange(2), preprocessing).prepared.values
    assert values[:, 1].abs().max() == 0
    assert values[:, 0].abs().min() > 0.3


def test_the_tokenizer_knows_nothing_of_the_test_part() -> None:
    def read(i: int) -> Sample:
        return "zebra zebra zebra" if split.parts[i] == "test" else "the cat sat"

    source = make(read, {"token": None}, ab(60))
    split = make_split(source, Task.CLASSIFICATION, together=False)
    preprocessing = fit(source, split, Task.CLASSIFICATION)
    assert isinstance(preprocessing.values, TextValues)
    assert "zebra" not in preprocessing.values.tokenizer
    assert "cat" in preprocessing.values.tokenizer


def test_letters_are_the_tokens_of_strings_without_spaces() -> None:
    source = make(lambda i: "ACGT" * 4 if i % 2 else "TTGA" * 4, {"token": 16}, ab(60))
    _, preprocessing = fitted(source)
    assert isinstance(preprocessing.values, TextValues)
    assert preprocessing.values.length == 16


def test_table_columns_become_features() -> None:
    columns = (
        Column(name="age", kind="number"),
        Column(name="port", kind="category"),
        Column(name="name", kind="identifier"),
    )

    def read(i: int) -> Sample:
        return np.array([np.nan if i % 5 == 0 else float(i), "xyz"[i % 3], f"n{i}"], dtype=object)

    source = make(read, {"feature": 3}, ab(60), columns)
    _, preprocessing = fitted(source)
    assert isinstance(preprocessing.values, TableValues)
    assert preprocessing.values.features == 1 + 1 + 3  # age, "age was missing", three ports


def test_windows_never_reach_into_the_part_they_are_judged_on() -> None:
    values = np.arange(400.0)[:, None]
    source = make(lambda i: values, {"time": 400, "channel": 1}, None)
    split, preprocessing = fitted(source, Task.FORECASTING, horizon=5)
    windows = preprocessing.values
    assert isinstance(windows, WindowValues)
    test = load(source, split.indices("test"), preprocessing).prepared
    assert test.starts is not None
    assert int(test.starts[0]) + windows.lookback == split.indices("test")[0]
    assert int(test.starts[-1]) + windows.lookback + windows.horizon == split.indices("test")[-1] + 1


def test_the_target_of_a_window_is_what_follows_its_look_back() -> None:
    values = np.arange(400.0)[:, None]
    source = make(lambda i: values, {"time": 400, "channel": 1}, None)
    split, preprocessing = fitted(source, Task.FORECASTING, horizon=3)
    batch = load(source, split.indices("test"), preprocessing).prepared.batch(torch.tensor([0]))
    assert batch.targets is not None
    step = batch.values[0, 1, 0] - batch.values[0, 0, 0]
    torch.testing.assert_close(batch.targets[0, 0, 0], batch.values[0, -1, 0] + step)


def test_an_unknown_target_column_is_named() -> None:
    source = make(lambda i: np.zeros((400, 1)), {"time": 400, "channel": 1}, None)
    split = make_split(source, Task.FORECASTING)
    with pytest.raises(UsageError, match="`--target OT`"):
        fit(source, split, Task.FORECASTING, target="OT")


def test_a_label_that_training_never_saw_is_named() -> None:
    labels = ab(60)
    source = make(lambda i: np.zeros((4, 1)), {"time": 4, "channel": 1}, labels)
    split, preprocessing = fitted(source)
    labels[split.indices("test")[0]] = "c"
    with pytest.raises(DataError, match="'c'"):
        load(source, split.indices("test"), preprocessing)


def test_what_cannot_be_trained_is_said() -> None:
    source = make(
        lambda i: np.zeros((4, 4, 4, 1)), {"depth": 4, "height": 4, "width": 4, "channel": 1}, ab(60)
    )
    with pytest.raises(UntrainableTaskError, match="volumes"):
        fit(source, make_split(source, Task.CLASSIFICATION), Task.CLASSIFICATION)


def test_the_record_goes_to_json_and_back() -> None:
    source = make(lambda i: np.zeros((4, 1)), {"time": 4, "channel": 1}, ab(60))
    _, preprocessing = fitted(source)
    assert Preprocessing.from_json(preprocessing.to_json()) == preprocessing
