"""Values that are missing, infinite, always the same, or stand for a missing one."""

from __future__ import annotations

from advisor.decide.health.finding import Severity, finding
from advisor.decide.thresholds import MISSING
from advisor.records import Facts, Finding


def values(facts: Facts) -> list[Finding]:
    """Values that are missing, infinite, always the same, or stand for a missing one."""
    found = []
    missing = facts.value("missing_share") or 0
    if missing > 0:
        severity: Severity = "warning" if missing >= MISSING.value else "info"
        text = f"{100 * missing:.2g} % of the values looked at are missing"
        remedy = "they are filled; check why they are missing"
        columns = facts.get("missing_columns")
        found.append(
            finding("missing_values", severity, 1, text, remedy, columns.examples if columns else ())
        )
    for name, what in (
        ("constant_samples", "sample"),
        ("constant_features", "column"),
        ("constant_channels", "channel"),
    ):
        fact = facts.get(name)
        if fact is not None and fact.value:
            one, more = f"one {what} among those", f"{fact.value:.0f} {what}s among those"
            text = f"{one} looked at has" if fact.value == 1 else f"{more} looked at have"
            text += " one value only"
            remedy = f"remove {what}s that say nothing"
            found.append(finding(name, "warning", fact.value, text, remedy, fact.examples))
    found += _infinite(facts) + _marks(facts)
    return found


def _infinite(facts: Facts) -> list[Finding]:
    fact = facts.get("infinite_samples")
    if fact is None or not fact.value:
        return []
    text = f"{fact.value:,.0f} of {fact.samples:,} samples (or steps) hold infinite values"
    remedy = "they count as missing; look for divisions by zero where they were made"
    return [finding("infinite_values", "warning", fact.value, text, remedy, fact.examples)]


def _marks(facts: Facts) -> list[Finding]:
    fact = facts.get("marked_columns")
    if fact is None or not fact.value:
        return []
    text = f"{fact.value:.0f} column(s) hold a number far from all others that often marks a missing value"
    remedy = "if it does, leave the cell empty: as a number it bends every mean"
    return [finding("missing_marks", "warning", fact.value, text, remedy, fact.examples)]
