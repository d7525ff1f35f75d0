"""Facts from rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

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


def with_examples(row: Row, samples: int, examples: Iterable[str]) -> Fact:
    """The fact of one row, with the first few examples."""
    fact = as_facts([row], samples)[0]
    return fact.model_copy(update={"examples": tuple(islice(examples, EXAMPLES))})
