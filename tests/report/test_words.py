from __future__ import annotations

import pytest

from advisor.records import Score, SplitSummary
from advisor.report import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (0.123456, "0.1235"),
        (3.0, "3"),
        (1234567, "1,234,567"),
        (1e-5, "1e-05"),
        ("a", "a"),
    ],
)
def test_numbers(value: float | str | bool | None, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.04, "0.0 s"), (9.9, "9.9 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (3780, "1 h 03 min")],
)
def test_seconds(value: float, text: str) -> None:
    assert words.seconds(value) == text


def test_a_score_shows_its_interval() -> None:
    assert words.score(Score(value=0.979, ci95=(0.965, 0.988), samples=600)) == "0.9790 [0.965, 0.988]"


@pytest.mark.parametrize(("items", "text"), [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b and c")])
def test_listing(items: list[str], text: str) -> None:
    assert words.listing(items) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"kind": "grouped", "groups": 20, "by": "subject"},
            "20 groups by 'subject', each group in one part",
        ),
        ({"kind": "grouped", "groups": 20}, "20 groups, each group in one part"),
        ({"kind": "time", "by": "day"}, "in order of time by 'day', the latest for the test"),
        ({"kind": "given", "folds": 3, "repeats": 2}, "as the data give it; validation by 3 folds, 2 times"),
    ],
)
def test_a_split_says_its_sizes_and_what_it_keeps_together(given: dict[str, object], text: str) -> None:
    found = SplitSummary.model_validate({"train": 1420, "validation": 0, "test": 90, **given})
    assert words.split(found) == f"1,420 train, 90 test; {text}"
