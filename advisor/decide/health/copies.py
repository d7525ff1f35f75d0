"""Samples that are in the data more than once, whole or in part."""

from __future__ import annotations

from advisor.decide.health.finding import Severity, finding, share
from advisor.decide.thresholds import COPIED_ROWS, COPIED_SHARE, HELD_OUT_COPIED, OVERLAPPING
from advisor.records import DatasetSpec, Fact, Facts, Finding

APART = "keep one of each, or all in one part: a copy in training and test makes the score too good"
TOGETHER = "a search keeps equal ones in one part where it draws the split itself; elsewhere keep one of each"


def copies(spec: DatasetSpec, facts: Facts) -> list[Finding]:
    """Exact and near-copies within a part, across parts, under several labels; windows that overlap."""
    return [
        *_across(spec, facts),
        *_within(spec, facts),
        *_labelled_otherwise(facts),
        *_overlapping(facts),
    ]


def _across(spec: DatasetSpec, facts: Facts) -> list[Finding]:
    """Samples held out that training has seen: what they score is not what new ones will."""
    fact = facts.get("duplicates_across_parts")
    if fact is None or not fact.value:
        return []
    severity: Severity = "error" if share(fact) >= HELD_OUT_COPIED.value else "warning"
    if _few_kinds(spec, facts):
        severity = "info"
    text = (
        f"{fact.value:,.0f} of {fact.samples:,} held-out samples compared (test or validation) are in "
        "another part too, or nearly so: the score will be too good"
    )
    remedy = "take them out of one of the parts"
    return [finding("duplicates_across_parts", severity, fact.value, text, remedy, fact.examples)]


def _within(spec: DatasetSpec, facts: Facts) -> list[Finding]:
    found = []
    for name, check, what, remedy in (
        ("duplicate_samples", "duplicates", "equal another one", TOGETHER),
        ("near_duplicate_samples", "near_duplicates", "nearly equal another one", APART),
    ):
        fact = facts.get(name)
        if fact is None or not fact.value:
            continue
        many = share(fact) >= COPIED_SHARE.value and not _few_kinds(spec, facts)
        text = f"{fact.value:,.0f} of {_compared(spec, fact)} {what}"
        found.append(finding(check, "warning" if many else "info", fact.value, text, remedy, fact.examples))
    return found


def _compared(spec: DatasetSpec, fact: Fact) -> str:
    if fact.samples < spec.samples:
        return f"{fact.samples:,} samples compared (of {spec.samples:,})"
    return f"{fact.samples:,} samples"


def _few_kinds(spec: DatasetSpec, facts: Facts) -> bool:
    """Whether a table has so few different rows that equal ones are no copies."""
    fact = facts.get("duplicate_samples")
    is_table = spec.input.axis("feature") is not None
    return is_table and fact is not None and share(fact) > COPIED_ROWS.value


def _labelled_otherwise(facts: Facts) -> list[Finding]:
    fact = facts.get("duplicates_labelled_otherwise")
    if fact is None or not fact.value:
        return []
    text = f"{fact.value:,.0f} samples equal, or nearly equal, one with another label"
    remedy = "one of the two labels is wrong, or the sample does not tell the label: look at them"
    return [finding("copies_labelled_otherwise", "warning", fact.value, text, remedy, fact.examples)]


def _overlapping(facts: Facts) -> list[Finding]:
    fact = facts.get("overlapping_samples")
    if fact is None or share(fact) < OVERLAPPING.value:
        return []
    text = f"{fact.value:,.0f} of {fact.samples:,} series begin with the end of another: windows that overlap"
    across = facts.value("overlapping_across_parts") or 0
    text += f"; {across:,.0f} of them lie in different parts" if across else ""
    remedy = (
        "split by recording or in order of time (--split FILE.csv), or leave windows out until none overlap"
    )
    return [
        finding(
            "overlapping_windows",
            "error" if across else "warning",
            fact.value or 0,
            text,
            remedy,
            fact.examples,
        )
    ]
