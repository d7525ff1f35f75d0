"""What is wrong or unusual with the data, and what to do about it; one file per kind of finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisor.decide.health.columns import telling_columns
from advisor.decide.health.copies import copies
from advisor.decide.health.finding import finding
from advisor.decide.health.labels import classes, guessed, labels, spellings
from advisor.decide.health.sizes import amount, lengths, outliers
from advisor.decide.health.times import times
from advisor.decide.health.values import values
from advisor.records import DatasetSpec, Facts, Finding

__all__ = ["findings"]


def findings(
    spec: DatasetSpec, facts: Facts, skipped: Mapping[str, int], notes: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """All that was found, the worst first.

    Args:
        spec: what a sample is.
        facts: what was measured.
        skipped: how many files or rows were left out, by reason.
        notes: what reading found.
    """
    found = [
        *notes,
        *_skipped(skipped),
        *_readable(facts),
        *labels(spec, facts),
        *guessed(spec),
        *spellings(spec),
        *classes(facts),
        *values(facts),
        *copies(spec, facts),
        *telling_columns(spec, facts),
        *times(facts),
        *outliers(facts),
        *amount(facts),
        *lengths(facts),
    ]
    return tuple(sorted(found, key=lambda one: ("error", "warning", "info").index(one.severity)))


def _skipped(skipped: Mapping[str, int]) -> list[Finding]:
    return [
        finding(
            "skipped",
            "warning",
            count,
            f"{count} left out: {reason}",
            "look at them, or leave them out of the data",
        )
        for reason, count in sorted(skipped.items())
        if count
    ]


def _readable(facts: Facts) -> list[Finding]:
    count = facts.value("unreadable_samples") or 0
    if not count:
        return []
    text = f"{count:.0f} of the samples looked at cannot be decoded"
    return [
        finding("unreadable", "warning", count, text, "repair or remove them; they are skipped in training")
    ]
