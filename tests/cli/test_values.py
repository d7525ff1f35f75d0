from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import values
from advisor.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2 min", 120),
        ("600.0", 600),
        ("1d", 86400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert values.duration("--timeout", text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5", "ten", "10x", "1h30", "5m5m", "10mm", "m"])
def test_what_is_no_duration_names_the_form(text: str) -> None:
    with pytest.raises(UsageError, match="must be a time above zero such as 90s"):
        values.duration("--timeout", text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int) -> None:
    assert (
        values.duration("--timeout", f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
    )


def test_a_choice_is_taken_in_any_case() -> None:
    assert values.choice("--family", "CNN", ("auto", "cnn")) == "cnn"


def test_a_wrong_choice_names_the_nearest_right_one() -> None:
    with pytest.raises(UsageError, match=r"must be one of auto, cnn, hybrid: did you mean `hybrid`\?"):
        values.choice("--family", "hybird", ("auto", "cnn", "hybrid"))


@pytest.mark.parametrize(
    ("text", "count"),
    [("500MB", 500_000_000), ("4 gb", 4_000_000_000), ("2GiB", 2 << 30), ("1.5k", 1_500), ("12345", 12_345)],
)
def test_sizes(text: str, count: int) -> None:
    assert values.size("--memory", text) == count


@pytest.mark.parametrize("text", ["", "0", "-1GB", "much", "4XB", "4iB", "1GB2"])
def test_what_is_no_size_names_the_form(text: str) -> None:
    with pytest.raises(UsageError, match="must be a size above zero such as 500MB"):
        values.size("--memory", text)
