"""Labels in a table of their own, put beside the rows that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.errors import DataError
from advisor.readers.source import Skipped
from advisor.readers.table import table_files
from advisor.readers.table.delimited import Table

if TYPE_CHECKING:
    from advisor.readers.table.table_rows import Rows

LEAST_LABELLED = 0.2  # labels per row; a shorter table lists the classes


def with_labels(rows: Rows, tables: list[tuple[str, Table]]) -> Rows:
    """The rows with the columns of a table of labels behind them: joined by a column of ids, else by row.

    Raises:
        DataError: neither fits.
    """
    joined = [found for found in (_matched(rows, part, table) for part, table in tables) if found]
    names = next((names for names, _ in joined), None)
    if names is None:
        lists = [Skipped(table.path.name, "a list of labels and not one per row") for _, table in tables]
        return replace(rows, skipped=(*rows.skipped, *lists))
    if rows.absent is not None and set(names) <= set(rows.header):
        return _filled_in(rows, [(header, found) for header, found in joined if header == names])
    added: list[tuple[str, ...]] = [("",) * len(names)] * len(rows.rows)
    for _, found in joined:
        for place, row in found.items():
            added[place] = row[: len(names)]
    taken = [name if name not in rows.header else f"{name}.label" for name in names]
    return replace(
        rows,
        header=(*rows.header, *taken),
        rows=tuple((*row, *more) for row, more in zip(rows.rows, added, strict=True)),
        attached=_label_place(len(rows.header), taken, added),
        skipped=(*rows.skipped, *(one for _, table in tables for one in table.skipped)),
        absent=None,
    )


def _filled_in(rows: Rows, joined: list[tuple[list[str], dict[int, tuple[str, ...]]]]) -> Rows:
    """The rows with the cells that a part lacked and that lie in a table of their own (`test_labels.csv`)."""
    cells = [list(row) for row in rows.rows]
    for names, found in joined:
        places = [rows.header.index(name) for name in names]
        for i, row in found.items():
            for place, cell in zip(places, row, strict=False):
                cells[i][place] = cells[i][place] or cell
    return replace(rows, rows=tuple(map(tuple, cells)))


def _matched(rows: Rows, part: str, table: Table) -> tuple[list[str], dict[int, tuple[str, ...]]] | None:
    """Names of the columns of labels, and the label row of each sample that has one; None for a short list
    that tells what labels there are."""
    places = [i for i, own in enumerate(rows.parts) if own == part or not part]
    keys = [(i, table.header.index(name)) for i, name in enumerate(rows.header) if name in table.header]
    for ours, theirs in keys if rows.named and table.named else []:
        known = {row[theirs].strip(): row for row in table.rows}
        matched = {place: known.get(rows.rows[place][ours].strip()) for place in places}
        hits = {place: _without(row, theirs) for place, row in matched.items() if row is not None}
        if len(known) == len(table.rows) and len(hits) >= 0.5 * len(places):
            return [name for i, name in enumerate(table.header) if i != theirs], hits
    if len(places) == len(table.rows):
        return list(table.header), dict(zip(places, table.rows, strict=True))
    if table.named and len(places) == len(table.rows) + 1:  # what looked like a header was the first label
        return list(table.header), dict(zip(places, (table.header, *table.rows), strict=True))
    if len(table.rows) < LEAST_LABELLED * len(places):
        return None
    raise DataError(
        f"{table.path}: has {len(table.rows)} rows for {len(places)} samples and no column of ids that both "
        "have: give one row per sample, or the same column of ids"
    )


def _without(row: tuple[str, ...], place: int) -> tuple[str, ...]:
    return (*row[:place], *row[place + 1 :])


def _label_place(start: int, names: Sequence[str], added: list[tuple[str, ...]]) -> int:
    """Of the columns of a table of labels the one with the fewest distinct values, none of them alone."""
    distinct = [len({row[i] for row in added}) for i in range(len(names))]
    several = [i for i, count in enumerate(distinct) if count > 1] or [0]
    named = [i for i in several if names[i].strip().lower() in table_files.LABEL_WORDS]
    return start + (named[0] if named else min(several, key=lambda i: distinct[i]))
