"""Splits: what the data give, what options ask for, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import DataError, UsageError
from advisor.prepare import folds, make_split, proposed_split, read_split
from advisor.readers.source import Source
from advisor.records import Axis, DatasetSpec, InputSpec, SplitCounts, Task


def source_of(labels: list[str], parts: list[str] | None = None) -> Source:
    """A Source of one-number samples with these labels."""
    axes = (Axis(name="feature", size=1),)
    spec = DatasetSpec(
        path="made",
        format="table",
        samples=len(labels),
        inputs=(InputSpec(name="row", dtype="float32", axes=axes),),
        target=None,
        splits=SplitCounts(train=len(labels)),
    )
    return Source(
        spec=spec,
        ids=tuple(f"row/{i}" for i in range(len(labels))),
        read=lambda i: np.array([float(i)], dtype=object),
        labels=np.array(labels, dtype=object),
        parts=None if parts is None else np.array(parts),
    )


def long_series(steps: int) -> Source:
    axes = (Axis(name="time", size=steps), Axis(name="channel", size=1))
    spec = DatasetSpec(
        path="made",
        format="csv-series",
        samples=1,
        inputs=(InputSpec(name="series", dtype="float64", axes=axes),),
        target=None,
        splits=SplitCounts(train=1),
    )
    return Source(spec=spec, ids=("series",), read=lambda i: np.zeros((steps, 1)))


def test_stratified_parts_do_not_overlap_and_hold_every_class() -> None:
    source = source_of(["a"] * 900 + ["b"] * 100)
    split = make_split(source, Task.CLASSIFICATION)
    assert split.kind == "stratified"
    for part in ("train", "validation", "test"):
        labels = source.labels[split.indices(part)]  # type: ignore[index]
        assert 0.08 < (labels == "b").mean() < 0.12


def test_given_test_part_is_kept() -> None:
    source = source_of(["a", "b"] * 400, ["train"] * 600 + ["test"] * 200)
    split = make_split(source, Task.CLASSIFICATION)
    assert split.kind == "given"
    np.testing.assert_array_equal(split.indices("test"), np.arange(600, 800))


def test_few_samples_are_validated_by_folds() -> None:
    split = make_split(source_of(["a", "b"] * 50), Task.CLASSIFICATION)
    assert split.uses_folds
    assert split.summary().folds == 3


def test_forecasting_splits_in_order_of_time() -> None:
    split = make_split(long_series(1_000), Task.FORECASTING)
    train, validation, test = (split.indices(part) for part in ("train", "validation", "test"))
    assert train.max() < validation.min() <= validation.max() < test.min()


def test_counts_leave_the_rest_out() -> None:
    split = make_split(long_series(1_000), Task.FORECASTING, option="600,100,100")
    assert split.summary().model_dump()["test"] == 100
    assert (split.parts == "").sum() == 200


def test_a_written_split_is_read_back(tmp_path: Path) -> None:
    source = source_of(["a", "b"] * 400)
    split = make_split(source, Task.CLASSIFICATION)
    split.write(tmp_path / "split.csv")
    again = read_split(tmp_path / "split.csv", source, Task.CLASSIFICATION)
    np.testing.assert_array_equal(split.parts, again.parts)


def without_validation(source: Source, test: int, place: Path) -> Path:
    """A file that says only which samples are for the test: the last ones."""
    lines = [f"{name},{'test' if i >= len(source) - test else 'train'}" for i, name in enumerate(source.ids)]
    place.write_text("\n".join(["id,split", *lines]) + "\n")
    return place


def test_a_file_without_validation_has_it_taken_from_its_training_part(tmp_path: Path) -> None:
    source = source_of(["a"] * 850 + ["b"] * 150 + ["a", "b"] * 100)
    split = make_split(
        source, Task.CLASSIFICATION, option=str(without_validation(source, 200, tmp_path / "s"))
    )
    np.testing.assert_array_equal(split.indices("test"), np.arange(1_000, 1_200))
    assert (split.kind, len(split.indices("validation")), split.uses_folds) == ("file", 150, False)
    assert source.labels is not None
    assert 0.1 < (source.labels[split.indices("validation")] == "b").mean() < 0.2


def test_a_file_without_validation_keeps_groups_whole(tmp_path: Path) -> None:
    source = grouped(groups=30, size=40)
    split = make_split(
        source, Task.CLASSIFICATION, option=str(without_validation(source, 200, tmp_path / "s"))
    )
    assert source.groups is not None
    names = [set(source.groups[split.indices(part)].tolist()) for part in ("train", "validation")]
    assert all(names)
    assert not names[0] & names[1]


def test_a_small_file_without_validation_is_validated_by_folds(tmp_path: Path) -> None:
    source = source_of(["a", "b"] * 50)
    split = make_split(
        source, Task.CLASSIFICATION, option=str(without_validation(source, 20, tmp_path / "s"))
    )
    assert (split.uses_folds, len(split.indices("train")), len(split.indices("test"))) == (True, 80, 20)


def test_steps_of_a_file_without_validation_are_validated_by_the_last_ones(tmp_path: Path) -> None:
    rows = [f"{step},{'train' if step < 800 else 'test'}" for step in range(1_000)]
    (tmp_path / "split.csv").write_text("\n".join(["id,split", *rows]) + "\n")
    split = make_split(long_series(1_000), Task.FORECASTING, option=str(tmp_path / "split.csv"))
    np.testing.assert_array_equal(split.indices("validation"), np.arange(680, 800))
    np.testing.assert_array_equal(split.indices("train"), np.arange(680))


def test_samples_of_a_file_without_a_label_are_left_out(tmp_path: Path) -> None:
    source = source_of(["a", "b", ""] * 40)
    split = make_split(
        source, Task.CLASSIFICATION, option=str(without_validation(source, 30, tmp_path / "s"))
    )
    assert (len(split.indices("train")), len(split.indices("test"))) == (60, 20)


@given(st.integers(12, 200), st.integers(0, 5))
def test_every_repeat_of_the_folds_covers_all_samples_once(count: int, seed: int) -> None:
    labels = np.arange(count) % 3
    pairs = folds(labels, np.arange(count), seed)
    for repeat in (pairs[:3], pairs[3:]):
        covered = np.sort(np.concatenate([validation for _, validation in repeat]))
        np.testing.assert_array_equal(covered, np.arange(count))
    assert all(not set(train) & set(validation) for train, validation in pairs)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("0.7,0.15", "three numbers"),
        ("0.9,0.2,0.2", "sum to at most 1"),
        ("nowhere.csv", "neither `auto`"),
    ],
)
def test_wrong_options_are_named(option: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_split(source_of(["a", "b"] * 50), Task.CLASSIFICATION, option=option)


def test_a_split_that_a_spreadsheet_wrote_is_read(tmp_path: Path) -> None:
    source = source_of(["a", "b"] * 40)
    rows = "".join(f"{name},{'Test ' if i < 9 else 'train'}\r\n" for i, name in enumerate(source.ids))
    (tmp_path / "split.csv").write_bytes(b"\xef\xbb\xbfid,split\r\n" + rows.encode())
    assert len(read_split(tmp_path / "split.csv", source, Task.CLASSIFICATION).indices("test")) == 9


def test_a_file_without_the_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("name,part\nrow/0,train\n")
    with pytest.raises(UsageError, match="columns `id` and `split`"):
        make_split(source_of(["a", "b"] * 50), Task.CLASSIFICATION, option=str(tmp_path / "split.csv"))


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="only one class"):
        make_split(source_of(["a"] * 100), Task.CLASSIFICATION)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(DataError, match="at least 12"):
        make_split(source_of(["a", "b"] * 3), Task.CLASSIFICATION)


def test_a_class_that_only_the_test_part_has_is_named() -> None:
    labels = ["a", "b"] * 300 + ["c"] * 10
    with pytest.raises(DataError, match="'c'"):
        make_split(source_of(labels, ["train"] * 600 + ["test"] * 10), Task.CLASSIFICATION)


def grouped(groups: int, size: int) -> Source:
    labels = ["a" if i % size < size // 2 else "b" for i in range(groups * size)]
    names = np.array([f"s{i // size}" for i in range(groups * size)])
    return replace(source_of(labels), groups=names)


@pytest.mark.parametrize("count", [40, 400])  # validated by folds, and by a part of its own
def test_a_class_of_one_sample_stays_in_training(count: int) -> None:
    labels = [f"rare{i}" for i in range(30)] + ["a", "b"] * (count // 2)
    source = source_of(labels)
    for seed in range(5):
        split = make_split(source, Task.CLASSIFICATION, seed=seed)
        assert (split.parts[:30] == "train").all()
        assert len(split.indices("test"))


def test_labels_that_are_no_numbers_are_no_regression() -> None:
    with pytest.raises(DataError, match=r"'a' is no number, which regression needs"):
        make_split(source_of(["a", "b"] * 40), Task.REGRESSION)


def test_a_group_is_in_one_part_only() -> None:
    source = grouped(groups=30, size=40)
    split = make_split(source, Task.CLASSIFICATION)
    assert split.kind == "grouped"
    assert source.groups is not None
    names = [set(source.groups[split.indices(part)].tolist()) for part in ("train", "validation", "test")]
    assert all(names)
    assert not names[0] & names[1] | names[0] & names[2] | names[1] & names[2]


def test_the_file_of_a_split_names_the_groups(tmp_path: Path) -> None:
    source = grouped(groups=30, size=40)
    split = make_split(source, Task.CLASSIFICATION)
    split.write(tmp_path / "split.csv")
    assert (tmp_path / "split.csv").read_text().splitlines()[1].endswith(",s0")
    again = make_split(source, Task.CLASSIFICATION, option=str(tmp_path / "split.csv"))
    assert again.parts.tolist() == split.parts.tolist()


def test_folds_keep_groups_whole() -> None:
    source = grouped(groups=6, size=10)
    codes = (np.asarray(source.labels) == "a").astype(np.int64)
    for train, held in folds(codes, np.arange(60), seed=0, groups=source.groups):
        assert source.groups is not None
        assert not set(source.groups[train].tolist()) & set(source.groups[held].tolist())
        assert len(train) + len(held) == 60


def test_groups_give_way_where_a_class_would_be_lost() -> None:
    source = grouped(groups=20, size=40)
    labels = np.where(np.asarray(source.groups) == "s0", "rare", "usual").astype(object)
    for seed in range(8):
        split = make_split(replace(source, labels=labels), Task.CLASSIFICATION, seed=seed)
        assert {"rare", "usual"} == set(labels[split.indices("train")].tolist())
        names = [set(source.groups[split.indices(part)].tolist()) for part in ("train", "validation", "test")]  # type: ignore[index]
        torn = bool(names[0] & names[1] or names[0] & names[2] or names[1] & names[2])
        assert split.kind == ("stratified" if torn else "grouped")


def test_groups_and_a_share_of_nothing() -> None:
    split = make_split(grouped(groups=30, size=40), Task.CLASSIFICATION, option="0.8,0,0.2")
    assert len(split.indices("test")) > 100


def timed(count: int = 600, labels: list[str] | None = None) -> Source:
    """Rows in any order, with times of which three rows each share one."""
    source = source_of(labels or ["a", "b"] * (count // 2))
    moments = np.random.default_rng(0).permutation(count) // 3 * 60.0
    return replace(source, moments=moments, moment_name="when")


def test_rows_are_split_by_time_where_that_is_asked_for() -> None:
    source = timed()
    split = make_split(source, Task.CLASSIFICATION, timed=True)
    assert (split.kind, split.uses_folds) == ("time", False)
    assert source.moments is not None
    train, validation, test = (
        source.moments[split.indices(part)] for part in ("train", "validation", "test")
    )
    assert train.max() < validation.min()
    assert validation.max() < test.min()  # no moment is on both sides
    assert (len(train), len(validation), len(test)) == (420, 90, 90)
    assert split.summary().by == "when"
    assert make_split(source, Task.CLASSIFICATION).kind == "stratified"


def test_few_rows_in_time_are_not_shuffled_into_folds() -> None:
    split = make_split(timed(60), Task.CLASSIFICATION, timed=True)
    assert not split.uses_folds
    assert len(split.indices("validation")) == 9


def test_rows_without_a_time_are_left_out() -> None:
    source = timed()
    assert source.moments is not None
    moments = np.where(np.arange(600) < 5, np.nan, source.moments)
    split = make_split(replace(source, moments=moments), Task.CLASSIFICATION, timed=True)
    assert (split.parts[:5] == "").all()
    assert (split.parts[5:] != "").all()


def test_time_gives_way_where_a_class_is_new() -> None:
    source = timed()
    assert source.moments is not None
    labels = np.where(source.moments >= np.quantile(source.moments, 0.9), "new", "old").astype(object)
    split = make_split(replace(source, labels=labels), Task.CLASSIFICATION, timed=True)
    assert split.kind == "stratified"


def test_given_parts_go_before_time() -> None:
    source = replace(timed(), parts=np.array(["train"] * 500 + ["test"] * 100))
    assert make_split(source, Task.CLASSIFICATION, timed=True).kind == "given"


def test_groups_are_read_back_from_the_file(tmp_path: Path) -> None:
    source = grouped(groups=30, size=40)
    split = make_split(source, Task.CLASSIFICATION)
    split.write(tmp_path / "split.csv")
    again = read_split(tmp_path / "split.csv", replace(source, groups=None), Task.CLASSIFICATION)
    assert again.groups is not None
    assert source.groups is not None
    assert again.groups.tolist() == source.groups.tolist()
    assert again.summary().groups == 30


def test_a_file_without_groups_keeps_those_of_the_data(tmp_path: Path) -> None:
    source = grouped(groups=30, size=40)
    replace(make_split(source, Task.CLASSIFICATION), groups=None).write(tmp_path / "split.csv")
    again = read_split(tmp_path / "split.csv", source, Task.CLASSIFICATION)
    assert again.groups is source.groups


def test_what_is_proposed_is_what_is_made() -> None:
    source = grouped(groups=30, size=40)
    proposed = proposed_split(source, Task.CLASSIFICATION)
    assert proposed is not None
    made = make_split(source, Task.CLASSIFICATION).summary()
    assert proposed == made.model_copy(update={"file": None})
    assert (proposed.kind, proposed.groups) == ("grouped", 30)


@pytest.mark.parametrize(
    ("source", "task"),
    [
        (source_of(["a", "b"] * 50), Task.SEGMENTATION),
        (source_of(["a", "b"] * 50), Task.REGRESSION),  # its labels are words
        (source_of(["a", "b"] * 3), Task.CLASSIFICATION),
        (replace(source_of(["a", "b"] * 50), labels=None), Task.CLASSIFICATION),
    ],
)
def test_nothing_is_proposed_where_nothing_can_be_trained(source: Source, task: Task) -> None:
    assert proposed_split(source, task) is None


def test_of_a_part_of_the_rows_the_whole_is_proposed() -> None:
    source = source_of(["a", "b"] * 500)
    whole = replace(source, entire=lambda: source)
    spec = source.spec.model_copy(update={"samples": 100_000})
    proposed = proposed_split(replace(whole, spec=spec), Task.CLASSIFICATION)
    assert proposed is not None
    assert (proposed.train, proposed.validation, proposed.test) == (80_000, 5_000, 15_000)
