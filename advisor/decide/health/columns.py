"""Columns of a table that know the answer."""

from __future__ import annotations

from advisor.decide.health.finding import finding
from advisor.decide.thresholds import TELLING_COLUMN, TELLING_NUMBER
from advisor.records import DatasetSpec, Facts, Finding


def telling_columns(spec: DatasetSpec, facts: Facts) -> list[Finding]:
    """Columns that alone tell the target (almost) perfectly."""
    fact = facts.get("best_column_score")
    is_number = spec.target is not None and spec.target.kind == "number"
    limit = TELLING_NUMBER if is_number else TELLING_COLUMN
    if fact is None or fact.value is None or fact.value < limit.value:
        return []
    measured = "rank correlation" if is_number else "balanced accuracy on held-out rows"
    text = f"one column alone tells the target: {measured} {fact.value:.4g} (limit {limit.value:g})"
    remedy = "is it known before the target is? If it is a copy of it or made from it, leave it out"
    return [finding("leaking_column", "warning", 1, text, remedy, fact.examples)]
