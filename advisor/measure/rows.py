"""Facts from rows of a table."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.records import Fact

Row = tuple[str, float, str, str]
"""Name, value, unit, how."""


def as_facts(rows: Iterable[Row], samples: int) -> list[Fact]:
    """One fact per row, all measured on the same number of samples."""
    return [
        Fact(name=name, value=float(value), unit=unit, how=how, samples=samples)
        for name, value, unit, how in rows
    ]


EXAMPLES = 5
"""Most examples of a fact."""
