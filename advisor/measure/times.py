"""Are the times of a series in order, each once, and in even steps?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from advisor.measure.rows import as_facts, with_examples
from advisor.readers.source import Source
from advisor.records import Fact

NEAR = 0.2  # of the usual step: months of 28 and of 31 days are one step each
USUAL = 0.05  # share of the steps that a longer one has which belongs to the calendar: weekends, nights
MOST = 500_000  # times


def time_facts(source: Source) -> list[Fact]:
    """Times that come twice or run backwards, gaps and how many steps they lack, and steps of odd length;
    none where the data have no dates."""
    stamps = list(source.timestamps or ())[:MOST]
    seconds = _seconds(stamps)
    if seconds is None or len(seconds) < 3:
        return []
    steps = np.diff(seconds)
    if np.median(steps) < 0:  # the newest first is an order too
        seconds, stamps, steps = seconds[::-1], stamps[::-1], -steps[::-1]
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if usual <= 0:
        return []
    multiples = np.round(steps / usual)
    whole = np.abs(steps / usual - multiples) <= NEAR
    usual_too = _of_calendar(multiples) & (multiples > 1)
    gaps = (whole | (multiples > 2)) & (multiples > 1) & ~usual_too
    odd = (steps > 0) & (multiples <= 2) & ~(whole & (multiples >= 1)) & ~gaps
    how = "steps of time that"
    return [
        _fact("repeated_times", steps == 0, stamps, f"{how} are zero"),
        _fact("backward_times", steps < 0, stamps, f"{how} go back"),
        _fact("time_gaps", gaps, stamps, f"{how} are longer than the usual one and those of the calendar"),
        *as_facts(
            [
                ("missing_times", float((multiples[gaps] - 1).sum()), "steps", "usual steps within the gaps"),
                ("usual_step", usual, "s", "median of the steps"),
            ],
            len(stamps),
        ),
        _fact("irregular_times", odd, stamps, f"{how} differ from the usual one by more than {NEAR:.0%}"),
    ]


def _fact(name: str, found: NDArray[np.bool_], stamps: Sequence[str], how: str) -> Fact:
    places = np.flatnonzero(found).tolist()
    twice = name == "repeated_times"
    examples = (stamps[i] if twice else f"{stamps[i]} to {stamps[i + 1]}" for i in places)
    return with_examples((name, float(len(places)), "steps", how), len(stamps), examples)


def _of_calendar(multiples: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which steps are as long as USUAL of all: those over weekends and nights."""
    values, counts = np.unique(multiples, return_counts=True)
    return np.isin(multiples, values[counts >= USUAL * len(multiples)])


def _seconds(stamps: Sequence[str]) -> NDArray[np.float64] | None:
    try:
        times = [datetime.fromisoformat(stamp) for stamp in stamps]
    except ValueError:
        return None
    return np.array([(time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() for time in times])
