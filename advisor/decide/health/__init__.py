"""What is wrong or unusual with the data, and what to do about it; one file per kind of finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisor.decide.health.columns import telling_columns
from advisor.decide.health.copies import copies
from advisor.decide.health.finding import finding
from advisor.decide.health.labels import classes, guessed, labels, odd_names, spellings
from advisor.decide.health.probing import probe_findings
from advisor.decide.health.sizes import amount, lengths, outliers
from advisor.decide.health.times import times
from advisor.decide.health.too_good import too_good
from advisor.decide.health.values import values
from advisor.records import DatasetSpec, Facts, Finding

__all__ = ["findings", "too_good"]

EXAMPLES = 5  # names of what was left out


def findings(
    spec: DatasetSpec, facts: Facts, skipped: Mapping[str, Sequence[str]], notes: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """All that was found, the worst first.

    Args:
        spec: what a sample is.
        facts: what was measured.
        skipped: names of the files, rows or columns that were left out, by reason.
        notes: what reading found.
    """
    found = [
        *notes,
        *_skipped(skipped),
        *_readable(facts),
        *labels(spec, facts),
        *guessed(spec),
        *spellings(spec),
        *odd_names(spec),
        *classes(facts),
        *values(facts),
        *copies(spec, facts),
        *telling_columns(spec, facts),
        *times(facts),
        *outliers(facts),
        *amount(facts),
        *lengths(facts),
        *probe_findings(facts),
    ]
    return tuple(sorted(found, key=lambda one: ("error", "warning", "info").index(one.severity)))


def _skipped(skipped: Mapping[str, Sequence[str]]) -> list[Finding]:
    remedy = "look at them, or leave them out of the data"
    return [
        finding(
            "skipped", "warning", len(names), f"{len(names)} left out: {reason}", remedy, names[:EXAMPLES]
        )
        for reason, names in sorted(skipped.items())
        if names
    ]


def _readable(facts: Facts) -> list[Finding]:
    fact = facts.get("unreadable_samples")
    if fact is None or not fact.value:
        return []
    text = f"{fact.value:.0f} of the samples looked at cannot be decoded"
    remedy = "repair or remove them; they are skipped in training"
    return [finding("unreadable", "warning", fact.value, text, remedy, fact.examples)]
