"""Classes told from file names, and names that tell none."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import UsageError
from advisor.readers.labelling.name_labels import from_names, number_from_names


def names(pattern: str, *values: object) -> list[str]:
    """Every combination of the values, put into the pattern."""
    return [pattern.format(*chosen) for chosen in itertools.product(*values)]  # type: ignore[call-overload]


CATS, COUNT, MANY = ("cat", "dog"), range(8), range(40)


@pytest.mark.parametrize(
    ("stems", "piece", "classes"),
    [
        (names("{}.{}", CATS, MANY), "name1", 2),
        (names("{}-{:03d}", CATS, MANY), "name1", 2),
        (names("{} ({})", CATS, MANY), "name1", 2),
        (names("{}{}", CATS, MANY), "name1", 2),
        (names("{1:05d}_{0}", CATS, MANY), "name2", 2),
        (names("IMG_{1}_{0}", CATS, MANY), "name3", 2),
        (names("{}_{}_{}", range(10), ("george", "theo"), COUNT), "name1", 10),
        (names("{}_speaker{}_{:02d}", ("angry", "sad"), range(1, 5), COUNT), "name1", 2),
        (names("speaker{1}_{0}_{2:02d}", ("angry", "sad"), range(1, 5), COUNT), "name2", 2),
        (names("{}_{:02d}", ("american_bulldog", "pug", "great_dane"), MANY), "name1", 3),
        (names("class{}_{:04d}", range(3), MANY), "name1", 3),
        (names("{1:04d}_label_{0}", range(3), MANY), "name3", 3),
        (names("CHNCXR_{1:04d}_{0}", range(2), MANY), "name3", 2),
        (names("03-01-{:02d}-{:02d}-{:02d}", range(1, 9), (1, 2), range(1, 7)), "name3", 8),
        (names("p{}_{:03d}", (225, 226, 228), MANY), "name1", 3),
    ],
)
def test_the_piece_that_is_the_class(stems: list[str], piece: str, classes: int) -> None:
    found = from_names(stems)
    assert found is not None
    assert (found.piece.name, len(set(found.labels))) == (piece, classes)


@pytest.mark.parametrize(
    "stems",
    [
        [str(number) for number in range(50)],
        [f"IMG_{number}" for number in range(50)],
        [f"{'IMG' if number % 3 else 'DSC'}_{number}" for number in range(50)],
        [f"{number * 2654435761 % 2**32:08x}" for number in range(50)],
        [f"radar_20200101{hour:02d}{minute:02d}" for hour in range(24) for minute in range(0, 60, 10)],
        [f"2021-{m:02d}-{d:02d} at {d % 24:02d}.{m:02d}.{d:02d}" for m in range(1, 13) for d in range(1, 28)],
        [f"video{clip}_frame{frame:04d}" for clip in range(4) for frame in range(20)],
        [f"tile_{x}_{y}" for x in range(8) for y in range(8)],
        ["sunset", "me and dog", "castle 1", "old bridge 2", "flower"],
        ["one"],
    ],
)
def test_names_that_tell_no_class(stems: list[str]) -> None:
    assert from_names(stems) is None


def test_other_pieces_are_named_as_choices_and_groups() -> None:
    found = from_names(names("{}_{}_{}", range(10), ("george", "theo"), COUNT))
    assert found is not None
    assert [piece.name for piece in found.choices] == ["name2"]
    assert [piece.name for piece in found.groups] == ["name2"]


def test_speakers_are_a_group() -> None:
    found = from_names(names("speaker{}_{}_{:02d}", range(1, 5), ("angry", "sad"), COUNT))
    assert found is not None
    assert [(piece.name, piece.key) for piece in found.groups] == [("name1", "speaker")]


def test_another_piece_is_chosen_by_name() -> None:
    found = from_names(names("{}_{}_{}", range(10), ("george", "theo"), COUNT), "name2")
    assert found is not None
    assert set(found.labels) == {"george", "theo"}


def test_a_piece_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no piece of the file names: choose one of name1 \(cat, dog"):
        from_names(names("{}.{}", CATS, MANY), "name7")


def test_stray_names_have_no_label() -> None:
    found = from_names([*names("{}_{}", CATS, MANY), "readme first of all", "cover_1_2_3"])
    assert found is not None
    assert found.labels[-2:] == ("", "")


def test_a_piece_that_names_the_part() -> None:
    found = from_names(names("{}_{}_{}", ("train", "test"), CATS, MANY))
    assert found is not None
    assert set(found.parts) == {"train", "test"}
    assert set(found.labels) == {"cat", "dog"}


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30))
def test_any_names_give_one_label_each_or_none(stems: list[str]) -> None:
    found = from_names(stems)
    assert found is None or len(found.labels) == len(found.parts) == len(stems)


def test_a_version_that_is_nearly_always_the_same_is_no_class():
    stems = [
        f"{fold}-{1000 * label + 10 * fold + clip}-{'B' if clip == 9 else 'A'}-{label}"
        for label in range(30)
        for fold in range(1, 6)
        for clip in range(10)
    ]
    found = from_names(stems)
    assert found is not None
    assert (found.piece.name, len(found.piece.counts)) == ("name4", 30)


def _said(numbers: Sequence[int]) -> str | None:
    piece = number_from_names([f"run1_{i:03d}_{number:03d}" for i, number in enumerate(numbers)])
    return None if piece is None else piece.name


def test_a_number_beside_the_counter_is_said_of_each_file() -> None:
    numbers = [int(60 + 25 * math.sin(i / 7)) for i in range(200)]
    assert _said(numbers) == "name3"


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([i // 5 for i in range(200)], id="it grows"),
        pytest.param([i % 40 for i in range(200)], id="it counts anew in each run"),
        pytest.param([i * 7 % 10 for i in range(200)], id="few values are classes"),
        pytest.param([i * 7919 % 1009 for i in range(200)], id="each is new"),
    ],
)
def test_other_numbers_are_not(numbers: list[int]) -> None:
    assert _said(numbers) is None
