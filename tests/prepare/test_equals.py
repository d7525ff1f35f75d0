"""Equal samples: found by their files or their content, and kept in one part by a split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from advisor.prepare import folds, make_split, proposed_split
from advisor.prepare.equals import first_equal
from advisor.readers import read
from advisor.readers.source import Source
from advisor.records import Axis, Column, DatasetSpec, InputSpec, SplitCounts, Task

PARTS = ("train", "validation", "test")


def source_of(values: list[float], labels: list[str]) -> Source:
    """A table of a number that counts the rows, and one that tells."""
    columns = (Column(name="id", kind="identifier"), Column(name="value", kind="number"))
    axes = (Axis(name="feature", size=2),)
    spec = DatasetSpec(
        path="made",
        format="table",
        samples=len(values),
        inputs=(InputSpec(name="row", dtype="float64", axes=axes, columns=columns),),
        target=None,
        splits=SplitCounts(train=len(values)),
    )
    return Source(
        spec=spec,
        ids=tuple(f"row/{i}" for i in range(len(values))),
        read=lambda i: np.array([float(i), values[i]], dtype=object),
        labels=np.array(labels, dtype=object),
    )


def copied_values(samples: int) -> list[float]:
    return [float(i - (i % 4 == 3)) for i in range(samples)]


def copied(samples: int) -> Source:
    """Every fourth row equals the one before it."""
    return source_of(copied_values(samples), ["ab"[i // 4 % 2] for i in range(samples)])


def test_rows_are_compared_without_their_numbering() -> None:
    firsts = first_equal(source_of([5.0, 6.0, 5.0, 7.0], list("abab")), np.ones(4, dtype=bool))
    assert firsts is not None
    assert firsts.tolist() == [0, 1, 0, 3]


def test_what_may_not_be_moved_is_no_first() -> None:
    free = np.array([False, True, True, True])
    firsts = first_equal(source_of([5.0, 5.0, 5.0, 7.0], list("abab")), free)
    assert firsts is not None
    assert firsts.tolist() == [0, 1, 1, 3]


def test_files_are_compared_byte_by_byte(tmp_path: Path) -> None:
    for name, text in (
        ("a/1.txt", "one two"),
        ("a/2.txt", "one  two"),
        ("b/1.txt", "one two"),
        ("b/2.txt", "x"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text * 20)
    source = read(tmp_path)
    firsts = first_equal(source, np.ones(4, dtype=bool))
    assert firsts is not None
    equal = {(source.ids[first], source.ids[i]) for i, first in enumerate(firsts.tolist()) if first != i}
    assert equal == {("a/1.txt", "b/1.txt")}


def test_what_many_samples_share_is_no_copy() -> None:
    firsts = first_equal(
        source_of([0.0] * 50 + [*map(float, range(1, 51))], ["a", "b"] * 50), np.ones(100, bool)
    )
    assert firsts is not None
    assert firsts.tolist() == list(range(100))


@pytest.mark.parametrize("option", ["auto", "0.6,0.2,0.2"])
def test_equal_samples_lie_in_one_part(option: str) -> None:
    source = copied(1_000)
    apart = make_split(source, Task.CLASSIFICATION, option=option, together=False).parts
    split = make_split(source, Task.CLASSIFICATION, option=option)
    pairs = np.arange(3, 1_000, 4)
    assert (apart[pairs] != apart[pairs - 1]).any()
    assert (split.parts[pairs] == split.parts[pairs - 1]).all()
    assert split.summary().copies == 250
    assert all(0.1 < len(split.indices(part)) / 1_000 < 0.8 for part in PARTS)


def test_copies_do_not_move_into_a_part_that_the_data_give() -> None:
    source = copied(1_000)
    given = np.where(np.arange(1_000) % 4 == 2, "test", "train")
    split = make_split(replace(source, parts=given), Task.CLASSIFICATION)
    assert ((split.parts == "test") == (given == "test")).all()


def test_folds_keep_equal_samples_together() -> None:
    source = copied(200)
    split = make_split(source, Task.CLASSIFICATION)
    assert split.uses_folds
    pool = split.indices("train")
    assert split.firsts is not None
    codes = (np.asarray(source.labels)[pool] == "a").astype(np.int64)
    for train, held in folds(codes, np.arange(len(pool)), seed=0, firsts=split.firsts[pool]):
        assert not set(split.firsts[pool][train].tolist()) & set(split.firsts[pool][held].tolist())
        assert len(train) + len(held) == len(pool)


def test_a_class_that_would_be_lost_keeps_its_place() -> None:
    labels = ["rare" if i in (2, 3) else "ab"[i % 2] for i in range(100)]
    for seed in range(8):
        split = make_split(source_of(copied_values(100), labels), Task.CLASSIFICATION, seed=seed)
        assert "rare" in np.array(labels)[split.indices("train")].tolist()


def test_an_inspection_does_not_look_for_them() -> None:
    summary = proposed_split(copied(1_000), Task.CLASSIFICATION)
    assert summary is not None
    assert summary.copies is None
