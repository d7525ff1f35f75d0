"""Times of the steps of a series: twice, backwards, missing, uneven."""

from __future__ import annotations

from advisor.decide.health.finding import Severity, finding, share
from advisor.decide.thresholds import TIMES_UNEVEN
from advisor.records import Fact, Facts, Finding


def times(facts: Facts) -> list[Finding]:
    """Times that come twice or run backwards, gaps and uneven steps."""
    missing = facts.value("missing_times") or 0
    kinds = (
        (
            "repeated_times",
            "step(s) have the time of the one before",
            "keep one of them, or say which clock it is",
        ),
        ("backward_times", "step(s) go back in time", "sort the rows by time"),
        (
            "time_gaps",
            f"gap(s) in time, in which {missing:,.0f} step(s) are missing",
            "fill them, or cut the series there: a network counts steps and not hours",
        ),
        (
            "irregular_times",
            "step(s) are longer or shorter than the usual one",
            "bring the series to even steps, or give the time since the last step as a channel",
        ),
    )
    found = []
    for name, what, remedy in kinds:
        fact = facts.get(name)
        if fact is not None and fact.value:
            text = f"{fact.value:,.0f} {what}"
            found.append(finding(name, _severity(name, fact), fact.value, text, remedy, fact.examples))
    return found


def _severity(name: str, fact: Fact) -> Severity:
    return "warning" if name == "backward_times" or share(fact) >= TIMES_UNEVEN.value else "info"
