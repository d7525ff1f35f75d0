"""Which findings mean that a test score says more than it should, for whoever reads the score alone."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.records import Finding, SplitSummary

ALWAYS = ("leaking_column", "overlapping_windows", "possible_groups")
BY_SPLIT = {
    "given": ("duplicates_across_parts", "naive_split"),  # the latter: the given test part holds known groups
    "stratified": ("duplicates", "near_duplicates"),
    "random": ("duplicates", "near_duplicates"),
    "fractions": ("duplicates", "near_duplicates"),
}


def too_good(health: Iterable[Finding], split: SplitSummary) -> tuple[str, ...]:
    """Why a score on the test part of this split may be too good, in sentences without their stop."""
    checks = {*ALWAYS, *BY_SPLIT.get(split.kind, ())}
    if split.copies is not None:  # equal samples are in one part
        checks -= {"duplicates"}
    return tuple(
        f"{one.text}{_examples(one)}; {one.remedy}"
        for one in health
        if one.check in checks and one.severity != "info"
    )


def _examples(found: Finding) -> str:
    return f" (such as {found.examples[0]})" if found.examples else ""
