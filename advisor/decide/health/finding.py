"""How a finding is put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from advisor.records import Fact, Finding

Severity = Literal["info", "warning", "error"]


def finding(
    check: str, severity: Severity, count: float, text: str, remedy: str, examples: Sequence[str] = ()
) -> Finding:
    """A finding; its count as a whole number."""
    return Finding(
        check=check,
        severity=severity,
        count=round(count),
        text=text,
        remedy=remedy,
        examples=tuple(examples),
    )


def share(fact: Fact) -> float:
    """The count of a fact as a share of what it was counted on."""
    return (fact.value or 0.0) / max(1, fact.samples)
