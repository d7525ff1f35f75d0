"""The rows of one table, or of one table per part, side by side."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError, UsageError
from advisor.readers import delimited, folders
from advisor.readers.delimited import Kind, Table
from advisor.readers.labels import as_labels, check_labels, label_array, parts_array
from advisor.readers.source import Skipped

PART_ORDER = ("train", "validation", "test", "")
TARGET_NAMES = (
    "target", "label", "labels", "y", "outcome", "response", "survived", "diagnosis", "churn", "churned",
    "default", "defaulted", "spam", "is_spam", "sentiment", "polarity", "species", "class", "classes",
    "category", "income", "quality", "saleprice", "medv", "price", "score", "rating", "stars", "grade",
)  # fmt: skip
"""What columns to be predicted are usually called, the surest first."""


@dataclass(frozen=True)
class Rows:
    """All rows with the columns of the training file; `absent` is a column that another part lacks."""

    path: Path
    header: tuple[str, ...]
    named: bool
    rows: tuple[tuple[str, ...], ...]
    ids: tuple[str, ...]
    parts: tuple[str, ...]
    delimiter: str
    skipped: tuple[Skipped, ...]
    absent: int | None = None

    def column(self, position: int) -> list[str]:
        """The cells of one column."""
        return [row[position] for row in self.rows]

    def kinds(self) -> tuple[Kind, ...]:
        """What each column holds."""
        return tuple(
            delimited.kind_of(name, self.column(i), self.delimiter) for i, name in enumerate(self.header)
        )

    def given_parts(self) -> NDArray[np.str_] | None:
        """[sample] parts, where the files are parts."""
        return parts_array(list(self.parts))


def read_rows(path: Path) -> Rows:
    """The rows of a file, or of the `train`, `dev` and `test` files of a folder.

    Raises:
        NoDataError: no table.
        DataError: several tables that are no parts of one, or parts with different columns.
    """
    if path.is_file():
        return _join(path, [("", delimited.load(path))], ())
    entries = [Path(entry.path) for entry in folders.visible(path) if entry.is_file()]
    files = [entry for entry in entries if folders.suffix(entry.name) in delimited.SUFFIXES]
    parts = {file: folders.part_within(file.stem) or "" for file in files}
    chosen = files if len(files) < 2 else [file for file in files if parts[file]]
    if not files:
        raise NoDataError(f"{path}: holds no table ({', '.join(sorted(delimited.SUFFIXES))})")
    if not chosen or len({parts[file] for file in chosen}) < len(chosen):
        names = ", ".join(file.name for file in files[:5])
        raise DataError(f"{path}: holds several tables ({names}): name one, or call them train, dev and test")
    chosen.sort(key=lambda file: PART_ORDER.index(parts[file]))
    others = [Skipped(entry.name, "not a table of this data set") for entry in entries if entry not in chosen]
    return _join(path, [(parts[file], delimited.load(file)) for file in chosen], others)


def find_column(rows: Rows, name: str) -> int:
    """The position of a column; raises UsageError with the nearest name."""
    if name in rows.header:
        return rows.header.index(name)
    near = difflib.get_close_matches(name, rows.header, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(
        f"`--target {name}` is no column of {rows.path}: {hint}choose one of {', '.join(rows.header)}"
    )


def guess_target(rows: Rows, candidates: Sequence[int]) -> int | None:
    """A column that other parts lack, or one with a usual name, among the candidates."""
    if rows.absent in candidates:
        return rows.absent
    names = {rows.header[i].strip().lower(): i for i in candidates}
    return next((names[name] for name in TARGET_NAMES if name in names), None)


def column_labels(rows: Rows, position: int, most: int) -> NDArray[np.generic]:
    """[sample] class names or numbers of one column; at most `most` distinct integers are classes.

    Raises:
        DataError: classes of the validation or test part that training lacks.
    """
    cells = rows.column(position)
    numbers = delimited.as_numbers(cells, rows.delimiter)
    if numbers is not None:
        labels = as_labels(numbers, most)
    else:
        labels = label_array(["" if delimited.is_missing(cell) else cell.strip() for cell in cells])
    if labels.dtype.kind == "O":
        check_labels(rows.path, labels.tolist(), rows.parts)
    return labels


def _join(path: Path, tables: list[tuple[str, Table]], others: Sequence[Skipped]) -> Rows:
    first = tables[0][1]
    rows: list[tuple[str, ...]] = []
    ids: list[str] = []
    parts: list[str] = []
    absent: set[int] = set()
    for part, table in tables:
        order = _order(first, table)
        absent |= {i for i, place in enumerate(order) if place is None}
        rows += (
            table.rows if order == list(range(len(order))) else [_ordered(row, order) for row in table.rows]
        )
        name = part or table.path.stem
        ids += [f"{name}/{number}" for number in table.numbers]
        parts += [part] * len(table.rows)
    if len(absent) > 1:
        names = ", ".join(first.header[i] for i in sorted(absent))
        raise DataError(f"{path}: its parts lack different columns ({names}): give them the same columns")
    skipped = [*others, *(one for _, table in tables for one in table.skipped)]
    return Rows(
        path=path,
        header=first.header,
        named=first.named,
        rows=tuple(rows),
        ids=tuple(ids),
        parts=tuple(parts),
        delimiter=first.delimiter,
        skipped=tuple(skipped),
        absent=next(iter(absent), None),
    )


def _order(first: Table, other: Table) -> list[int | None]:
    """Where the columns of `first` lie in `other`; one may be missing."""
    if other.header == first.header or (
        not (other.named and first.named) and len(other.header) == len(first.header)
    ):
        return list(range(len(first.header)))
    order = [other.header.index(name) if name in other.header else None for name in first.header]
    if order.count(None) > 1:
        raise DataError(
            f"{other.path}: its columns ({', '.join(other.header[:6])}) are not those of {first.path.name} "
            f"({', '.join(first.header[:6])}): give both the same header"
        )
    return order


def _ordered(row: tuple[str, ...], order: list[int | None]) -> tuple[str, ...]:
    return tuple("" if place is None else row[place] for place in order)


def rows_of(path: Path, tables: Sequence[tuple[str, Table]], others: Sequence[Skipped]) -> Rows:
    """The rows of these tables, each with its part or "", in the columns of the training file."""
    return _join(path, sorted(tables, key=lambda table: PART_ORDER.index(table[0])), others)
