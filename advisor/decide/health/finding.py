"""How a finding is put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from advisor.records import Fact, Finding

LONGEST = 100  # letters of an example
Severity = Literal["info", "warning", "error"]


def finding(
    check: str, severity: Severity, count: float, text: str, remedy: str, examples: Sequence[str] = ()
) -> Finding:
    """A finding; its count as a whole number, and its examples so that they can be shown anywhere."""
    return Finding(
        check=check,
        severity=severity,
        count=round(count),
        text=text,
        remedy=remedy,
        examples=tuple(map(_plain, examples)),
    )


def _plain(example: str) -> str:
    """A name that can be shown anywhere: printable, and its end where it is long."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in example)
    return shown if len(shown) <= LONGEST else "…" + shown[1 - LONGEST :]


def share(fact: Fact) -> float:
    """The count of a fact as a share of what it was counted on."""
    return (fact.value or 0.0) / max(1, fact.samples)
