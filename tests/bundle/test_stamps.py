"""Times that go on."""

from __future__ import annotations

import pytest

from advisor.bundle.stamps import later


@pytest.mark.parametrize(
    ("known", "next_ones"),
    [
        (["1960-10-01", "1960-11-01", "1960-12-01"], ["1961-01-01", "1961-02-01"]),
        (["2023-12-31", "2024-01-31", "2024-02-29"], ["2024-03-31", "2024-04-30"]),
        (["2022-07-01", "2023-01-01", "2023-07-01"], ["2024-01-01", "2024-07-01"]),
        (["2021-05-04", "2022-05-04", "2023-05-04"], ["2024-05-04", "2025-05-04"]),
        (["2024-02-26", "2024-02-27", "2024-02-28"], ["2024-02-29", "2024-03-01"]),
        (["2024-01-03", "2024-01-31", "2024-02-28"], ["2024-03-27", "2024-04-24"]),
        (["2016-07-01T22:00:00", "2016-07-01T23:00:00"], ["2016-07-02T00:00:00", "2016-07-02T01:00:00"]),
    ],
)
def test_times_go_on_by_the_calendar_or_by_the_last_step(known: list[str], next_ones: list[str]) -> None:
    assert [one.removesuffix("T00:00:00") for one in later(known, 2)] == [
        one.removesuffix("T00:00:00") for one in next_ones
    ]
