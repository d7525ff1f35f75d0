from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from advisor.measure.times import time_facts

START = datetime(2024, 1, 1)  # a Monday
HOURS = [START + timedelta(hours=i) for i in range(200)]
DAYS = [START + timedelta(days=i) for i in range(200)]
SWAPPED = [*HOURS[:50], HOURS[51], HOURS[50], *HOURS[52:]]
MONTHS = [datetime(2000 + i // 12, i % 12 + 1, 1) for i in range(60)]


def found(source, times: list[datetime]) -> dict[str, float | None]:
    given = source([np.zeros((len(times), 1), dtype=np.float32)], ["time", "channel"])
    facts = time_facts(replace(given, timestamps=[time.isoformat() for time in times]))
    return {fact.name: fact.value for fact in facts if fact.value and fact.name != "usual_step"}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (HOURS, {}),
        (HOURS[::-1], {}),
        (MONTHS, {}),
        ([day for day in DAYS if day.weekday() < 5], {}),
        ([*HOURS[:50], *HOURS[53:]], {"time_gaps": 1, "missing_times": 3}),
        ([*HOURS[:50], *HOURS[49:]], {"repeated_times": 1}),
        (SWAPPED, {"backward_times": 1, "time_gaps": 2, "missing_times": 2}),
        ([*HOURS[:50], HOURS[50] + timedelta(minutes=30), *HOURS[51:]], {"irregular_times": 2}),
    ],
    ids=["hours", "newest first", "months", "weekdays", "a gap", "one twice", "two swapped", "one late"],
)
def test_faults_of_times(source, times: list[datetime], expected: dict[str, float]) -> None:
    assert found(source, times) == expected


def test_a_gap_is_shown_by_both_its_ends(source) -> None:
    times = [*HOURS[:2], *HOURS[5:]]
    given = source([np.zeros((len(times), 1), dtype=np.float32)], ["time", "channel"])
    facts = time_facts(replace(given, timestamps=[time.isoformat() for time in times]))
    (gap,) = (fact for fact in facts if fact.name == "time_gaps")
    assert gap.examples == ("2024-01-01T01:00:00 to 2024-01-01T05:00:00",)
