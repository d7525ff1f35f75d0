"""Several tables over the same times: each is a series of its own and not a piece of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from advisor.readers.table import cells
from advisor.readers.table.delimited import Table

SERIES = "series"  # the column that tells them apart, called as an id is


def series_apart(tables: Sequence[Table]) -> list[Table]:
    """The tables with a column that says which file a row is of, where their times overlap; else as they
    are."""
    spans = [span for table in tables if (span := _span(table)) is not None]
    if len(tables) < 2 or len(spans) < len(tables) or not _overlap(spans):
        return list(tables)
    return [
        replace(
            table,
            header=(SERIES, *table.header),
            rows=tuple((table.path.stem, *row) for row in table.rows),
        )
        for table in tables
        if SERIES not in table.header
    ]


def _span(table: Table) -> tuple[str, str] | None:
    """First and last of the times of a table, in ISO 8601; None without a column of times."""
    for i, name in enumerate(table.header if table.named else ()):
        column = table.column(i)
        if cells.kind_of(name, column, table.delimiter) == "time":
            times = cells.as_times([cell for cell in column if not cells.is_missing(cell)])
            return (min(times).isoformat(), max(times).isoformat()) if times else None
    return None


def _overlap(spans: Sequence[tuple[str, str]]) -> bool:
    ordered = sorted(spans)
    return any(after[0] <= before[1] for before, after in pairwise(ordered))
