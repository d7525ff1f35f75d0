"""Decoded data know the group of every sample that a network is judged by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from advisor import prepare
from advisor.prepare import Prepared, WindowValues
from advisor.readers.source import Source
from advisor.records import Axis, Column, DatasetSpec, InputSpec, SplitCounts, Task
from advisor.search.data import _earlier_rounds, load, load_test


def rows(count: int) -> Source:
    """Rows of one number; two classes; a group for every ten."""
    axes, columns = (Axis(name="feature", size=1),), (Column(name="x", kind="number"),)
    spec = DatasetSpec(
        path="made",
        format="table",
        samples=count,
        inputs=(InputSpec(name="row", dtype="object", axes=axes, columns=columns),),
        target=None,
        splits=SplitCounts(train=count),
    )
    return Source(
        spec=spec,
        ids=tuple(f"row/{i}" for i in range(count)),
        read=lambda i: np.array([float(i)], dtype=object),
        labels=np.array(["a", "b"] * (count // 2), dtype=object),
        groups=np.array([f"s{i // 10}" for i in range(count)]),
    )


@pytest.mark.parametrize("count", [800, 200])  # one validation part, and folds
def test_a_network_is_judged_by_samples_whose_group_is_known(count: int) -> None:
    source = rows(count)
    split = prepare.make_split(source, Task.CLASSIFICATION)
    preprocessing = prepare.fit(source, split, Task.CLASSIFICATION)
    data = load(source, split, preprocessing, seed=0)
    judged = data.judged_groups
    assert judged is not None
    assert source.groups is not None
    rounds = np.unique(np.concatenate([one.validation.numpy() for one in data.rounds]))
    ids = [source.ids.index(data.pool.ids[i]) for i in rounds.tolist()]
    assert judged.tolist() == source.groups[ids].tolist()
    test = load_test(source, split, preprocessing)
    assert test.groups is not None
    assert test.groups.tolist() == source.groups[split.indices("test")].tolist()


@pytest.mark.parametrize(("count", "expected"), [(200, True), (800, True), (9_000, False)])
def test_few_samples_are_judged_by_log_loss(count: int, expected: bool) -> None:
    source = replace(rows(count), groups=None)
    split = prepare.make_split(source, Task.CLASSIFICATION)
    data = load(source, split, prepare.fit(source, split, Task.CLASSIFICATION), seed=0)
    assert data.by_log_loss is expected
    assert data.chosen_by == ("log loss" if expected else "accuracy")


def test_the_groups_of_a_file_go_before_those_of_the_data(tmp_path: Path) -> None:
    source = rows(800)
    split = prepare.make_split(source, Task.CLASSIFICATION)
    split.write(tmp_path / "split.csv")
    bare = replace(source, groups=None)
    given = prepare.make_split(bare, Task.CLASSIFICATION, option=str(tmp_path / "split.csv"))
    data = load(bare, given, prepare.fit(bare, given, Task.CLASSIFICATION), seed=0)
    assert data.judged_groups is not None
    assert len(set(data.judged_groups.tolist())) == len(data.judged_groups) / 10


def windows(steps: int, lookback: int, horizon: int) -> tuple[Prepared, WindowValues]:
    """All windows of one series."""
    values = WindowValues(
        channel_names=("x",), target_channels=(0,), lookback=lookback, horizon=horizon, period=None,
        mean=(0.0,), std=(1.0,), naive_error=1.0,
    )  # fmt: skip
    starts = torch.arange(steps - lookback - horizon + 1)
    prepared = Prepared(
        ids=tuple(map(str, starts.tolist())), values=torch.zeros(steps, 1), starts=starts,
        window=(lookback, horizon, (0,)),
    )  # fmt: skip
    return prepared, values


def test_what_one_window_cannot_tell_is_asked_of_earlier_times() -> None:
    pool, values = windows(steps=120, lookback=24, horizon=24)
    earlier = _earlier_rounds(pool, values, train_rows=96, first_row=0)
    assert [one.validation.tolist() for one in earlier] == [[84 - 24], [72 - 24], [60 - 24]]
    for one in earlier:  # nothing that is forecast was seen in training
        assert int(one.train.max()) + 24 + 24 <= int(one.validation.min()) + 24


def test_too_short_a_past_has_no_earlier_times() -> None:
    pool, values = windows(steps=40, lookback=12, horizon=12)
    assert _earlier_rounds(pool, values, train_rows=28, first_row=0) == ()
