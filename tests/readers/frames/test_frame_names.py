from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.readers.video.frame_names import are_slices, numbering, stem

START = datetime(2019, 5, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.PNG", "a"), ("a.pgm.gz", "a"), ("a.b.tif", "a.b"), ("a.txt", None), ("a.csv.gz", None), ("a", None)],
)
def test_names_of_pictures(name: str, expected: str | None) -> None:
    assert stem(name) == expected


@pytest.mark.parametrize(
    "form",
    [
        "%Y%m%d%H%M_fmi.radar_X1.pgm.gz", "radar_%Y-%m-%dT%H%MZ.png", "%Y/%m/%d/%H%M.png",
        "IR %Y.%m.%d %H:%M:%S.jpg",
        "sat_%Y%m%d_%H%M%S.tif", "A%Y%j.%H%M.png", "%Y-%m-%d-%H.gif",
    ],
)  # fmt: skip
def test_times_in_names(form: str) -> None:
    times = [START + timedelta(hours=i) for i in range(30)]
    found = numbering([f"{time:{form}}" for time in reversed(times)])
    assert found is not None
    assert found.times == tuple(times)
    assert (found.even, found.spacing) == (True, 3600)
    assert found.order == tuple(reversed(range(30)))


def test_months_are_even_and_a_missing_frame_is_no_harm() -> None:
    names = [f"sst_{1990 + i // 12}_{1 + i % 12:02d}.png" for i in range(48) if i != 7]
    found = numbering(names)
    assert found is not None
    assert found.times is not None
    assert found.even


def test_seconds_since_1970() -> None:
    found = numbering([f"cam0/{1403636579 + i}000000000.png" for i in range(10)])
    assert found is not None
    assert found.times is not None
    assert found.times[1] - found.times[0] == timedelta(seconds=1)


def test_a_counter_in_the_order_of_numbers() -> None:
    found = numbering(["f_10.png", "f_9.png", "f_8.png"])
    assert found is not None
    assert (found.order, found.times, found.even) == ((2, 1, 0), None, True)


def test_uneven_times_are_said_to_be() -> None:
    found = numbering([f"IMG_20190501_{clock}.jpg" for clock in ("080000", "080007", "113000", "204500")])
    assert found is not None
    assert not found.even


def test_a_stray_name_is_left_out() -> None:
    names = [f"frame_{i:04d}.png" for i in range(30)]
    found = numbering([*names, "cover.png"])
    assert found is not None
    assert len(found.order) == 30


def test_of_parallel_pictures_the_first_kind_is_taken() -> None:
    found = numbering([f"{kind}_{i:03d}.png" for i in range(9) for kind in ("color", "depth")])
    assert found is not None
    assert found.order == tuple(range(0, 18, 2))


@pytest.mark.parametrize(
    "names", [["cat.png", "dog.png", "cow.png"], ["a_1_1.png", "a_1_2.png", "a_2_1.png"], []]
)
def test_names_that_number_nothing(names: list[str]) -> None:
    assert numbering(names) is None


def test_slices_of_volumes() -> None:
    assert are_slices([f"slice_{i:03d}.png" for i in range(4)])
    assert not are_slices([f"frame_{i:03d}.png" for i in range(4)])


@given(st.lists(st.text(max_size=20).map(lambda text: text + ".png"), max_size=12))
def test_any_names_are_survived(names: list[str]) -> None:
    found = numbering(names)
    assert found is None or sorted(found.order) == sorted(set(found.order))
