"""Several tables over the same times: each is a series of its own and not a piece of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from advisor.readers.table import cells, date_parts
from advisor.readers.table.delimited import Table

SERIES = "series"  # the column that tells them apart, called as an id is


def series_apart(tables: Sequence[Table]) -> list[Table]:
    """The tables with a column that says which file a row is of, or which folder where the files are all
    called the same, where their times overlap; else as they are."""
    spans = [span for table in tables if (span := _span(table)) is not None] if len(tables) > 1 else []
    if not spans or len(spans) < len(tables) or not _overlap(spans):
        return list(tables)
    return [
        replace(
            table,
            header=(SERIES, *table.header),
            rows=tuple((name, *row) for row in table.rows),
        )
        for table, name in zip(tables, _names(tables), strict=True)
        if SERIES not in table.header
    ]


def _names(tables: Sequence[Table]) -> list[str]:
    """Names of the files, after those of their folders where some are the same."""
    stems = [table.path.stem for table in tables]
    if len(set(stems)) == len(stems):
        return stems
    above = [table.path.parent.name for table in tables]
    both = [f"{folder}/{stem}" for folder, stem in zip(above, stems, strict=True)]
    return above if len(set(above)) == len(above) else both


def _span(table: Table) -> tuple[str, str] | None:
    """First and last of the times of a table, in ISO 8601; None without a column of times, and without a date
    over several columns that is later in each row."""
    for i, name in enumerate(table.header if table.named else ()):
        column = table.column(i)
        if cells.kind_of(name, column, table.delimiter) == "time":
            times = cells.as_times([cell for cell in column if not cells.is_missing(cell)])
            return (min(times).isoformat(), max(times).isoformat()) if times else None
    spread = date_parts.spread(table.header) if table.named else []
    columns = [cells.as_numbers(table.column(i), table.delimiter) for i in spread]
    known = [column.tolist() for column in columns if column is not None]
    if not spread or len(known) < len(spread):
        return None
    dates = list(zip(*known, strict=True))
    if not all(before < after for before, after in pairwise(dates)):
        return None
    return _plain(dates[0]), _plain(dates[-1])


def _plain(date: tuple[float, ...]) -> str:
    return "-".join(f"{part:02.0f}" for part in date)


def _overlap(spans: Sequence[tuple[str, str]]) -> bool:
    ordered = sorted(spans)
    return any(after[0] <= before[1] for before, after in pairwise(ordered))
