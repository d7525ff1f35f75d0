"""The rows of one table, or of one table per part, side by side; labels from a table of their own."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UsageError
from advisor.readers import part_names
from advisor.readers.labels import as_labels, check_labels, label_array, parts_array
from advisor.readers.source import Skipped
from advisor.readers.table import cells, table_choice
from advisor.readers.table.cells import Kind
from advisor.readers.table.delimited import Table
from advisor.readers.table.table_labels import with_labels
from advisor.readers.table.table_series_files import series_apart

SURE_NAMES = (
    "target", "label", "labels", "y", "outcome", "response", "survived", "diagnosis", "churn", "churned",
    "default", "defaulted", "spam", "is_spam", "sentiment", "polarity", "species", "class", "classes",
)  # fmt: skip
LIKELY_NAMES = (
    "category", "income", "quality", "saleprice", "medv", "price", "score", "rating", "stars", "grade",
    "variety", "activity", "emotion", "fraud", "is_fraud", "result", "type", "intent", "toxic", "attrition",
    "exited", "loan_status", "cnt", "output", "median_house_value", "charges", "mpg", "rul", "subject_label",
    "speaker", "gesture", "condition", "classe", "clase", "klasse",
)  # fmt: skip
TARGET_NAMES = (*SURE_NAMES, *LIKELY_NAMES)
"""What columns to be predicted are usually called, the surest first."""

LEAST_ACROSS = 10  # columns of numbers that may be samples
PART_ROWS, MOST_PART_NAMES = 20_000, 5  # rows and values that a column of parts is looked for in


@dataclass(frozen=True)
class Rows:
    """All rows with the columns of the training file.

    Attributes:
        absent: the column that another part lacks, the last where it lacks several.
        attached: a column that comes from a table of labels.
        total: how many rows there are, where `rows` are a sample of them.
        head: then how many of the first rows follow one another on disk.
    """

    path: Path
    header: tuple[str, ...]
    named: bool
    rows: tuple[tuple[str, ...], ...]
    ids: tuple[str, ...]
    parts: tuple[str, ...]
    delimiter: str
    skipped: tuple[Skipped, ...]
    absent: int | None = None
    attached: int | None = None
    total: int | None = None
    head: int | None = None
    _numbers: dict[int, NDArray[np.float64] | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def column(self, position: int) -> list[str]:
        """The cells of one column."""
        return [row[position] for row in self.rows]

    def kinds(self) -> tuple[Kind, ...]:
        """What each column holds."""
        return tuple(
            cells.kind_given(name, self.column(i), self.numbers(i)) for i, name in enumerate(self.header)
        )

    def numbers(self, position: int) -> NDArray[np.float64] | None:
        """float64 [row] of one column; None where it holds no numbers."""
        if position not in self._numbers:
            self._numbers[position] = cells.as_numbers(self.column(position), self.delimiter)
        return self._numbers[position]

    def given_parts(self) -> NDArray[np.str_] | None:
        """[sample] parts, where the files are parts."""
        return parts_array(list(self.parts))


def read_rows(path: Path, *, whole: bool = False) -> Rows:
    """The rows of a file or archive, or of the tables of a folder that belong together.

    Args:
        whole: read every row of large files too, and not a sample of them.

    Raises:
        NoDataError: no table.
        DataError: several tables that are no parts of one, or parts with different columns.
    """
    groups, others = table_choice.groups(path, whole=whole)
    named: dict[str, list[Table]] = {}
    labels: list[tuple[str, Table]] = []
    for part, table, role in groups:
        if role == "labels":
            labels.append((part, table))
        else:
            named.setdefault(part, []).append(table)
    tables = [(part, table) for part, found in named.items() for table in series_apart(found)]
    rows = _join(path, tables, others)
    if len(labels) == len(tables) == 1 and _lie_across(rows, labels[0][1]):
        rows = _turned(rows)
    rows = with_labels(rows, labels) if labels else rows
    return rows if any(rows.parts) else _with_parts(rows)


def find_column(rows: Rows, name: str, *, option: str = "--target") -> int:
    """The position of the column that an option names; raises UsageError with the nearest name."""
    if name in rows.header:
        return rows.header.index(name)
    near = difflib.get_close_matches(name, rows.header, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(
        f"`{option} {name}` is no column of {rows.path}: {hint}choose one of {', '.join(rows.header)}"
    )


def column_labels(rows: Rows, position: int, most: int) -> NDArray[np.generic]:
    """[sample] class names or numbers of one column; at most `most` distinct integers are classes.

    Raises:
        DataError: classes of the validation or test part that training lacks.
    """
    numbers = rows.numbers(position)
    if numbers is not None:
        labels = as_labels(numbers, most)
    else:
        texts = ["" if cells.is_missing(cell) else cell.strip() for cell in rows.column(position)]
        labels = label_array(_without_stops(texts, rows.parts))
    if labels.dtype.kind == "O":
        check_labels(rows.path, labels.tolist(), rows.parts)
    return labels


def _without_stops(labels: list[str], parts: Sequence[str]) -> list[str]:
    """Labels without the full stop that ends every one of a part, and none of the others."""
    stopped = {part: True for part in parts}
    for label, part in zip(labels, parts, strict=True):
        stopped[part] &= not label or label.endswith(".")
    if all(stopped.values()):
        return labels
    return [
        label.removesuffix(".") if stopped[part] else label for label, part in zip(labels, parts, strict=True)
    ]


def _join(path: Path, tables: list[tuple[str, Table]], others: Sequence[Skipped]) -> Rows:
    first = tables[0][1]
    rows: list[tuple[str, ...]] = []
    ids: list[str] = []
    parts: list[str] = []
    absent: set[int] = set()
    lacking: list[set[int]] = []
    shared = len({part for part, _ in tables}) < len(tables)
    for part, table in tables:
        order = _order(first, table)
        lacking.append({i for i, place in enumerate(order) if place is None})
        absent |= lacking[-1]
        rows += (
            table.rows if order == list(range(len(order))) else [_ordered(row, order) for row in table.rows]
        )
        name = table.path.stem if shared or not part else part
        ids += [f"{name}/{number}" for number in table.numbers]
        parts += [part] * len(table.rows)
    if len(absent) > 1 and any(one and one != absent for one in lacking):
        names = ", ".join(first.header[i] for i in sorted(absent))
        raise DataError(f"{path}: its parts lack different columns ({names}): give them the same columns")
    skipped = [*others, *(one for _, table in tables for one in table.skipped)]
    counts = [table.total or len(table.rows) for _, table in tables]
    return Rows(
        path=path,
        header=first.header,
        named=first.named,
        rows=tuple(rows),
        ids=tuple(ids),
        parts=tuple(parts),
        delimiter=first.delimiter,
        skipped=tuple(skipped),
        absent=max(absent, default=None),
        total=sum(counts) if sum(counts) > len(rows) else None,
        head=first.head,
    )


def _lie_across(rows: Rows, labels: Table) -> bool:
    """Whether labels are as many as there are columns of numbers, and not as many as rows."""
    count = len(labels.rows)
    if count != len(rows.header) or len(rows.rows) in (count, count + labels.named) or count < LEAST_ACROSS:
        return False
    return all(rows.numbers(i) is not None for i in range(len(rows.header)))


def _turned(rows: Rows) -> Rows:
    """Columns as rows: series that lie beside one another."""
    columns = tuple(tuple(rows.column(i)) for i in range(len(rows.header)))
    header = tuple(f"column{i}" for i in range(len(rows.rows)))
    names = tuple(f"{rows.path.stem}/{name}" for name in rows.header)
    return replace(rows, header=header, named=False, rows=columns, ids=names, parts=("",) * len(columns))


def _order(first: Table, other: Table) -> list[int | None]:
    """Where the columns of `first` lie in `other`; one may be missing, or several where `other` has no
    column of its own."""
    if other.header == first.header or (
        not (other.named and first.named) and len(other.header) == len(first.header)
    ):
        return list(range(len(first.header)))
    if not (other.named and first.named):
        return _without_last(first, other)
    plain = {name.strip().lower(): i for i, name in enumerate(other.header)}
    order = [plain.get(name.strip().lower()) for name in first.header]
    shared = len(order) - order.count(None)
    if order.count(None) > 1 and (shared < len(other.header) or not shared):
        raise DataError(
            f"{other.path}: its columns ({', '.join(other.header[:6])}) are not those of {first.path.name} "
            f"({', '.join(first.header[:6])}): give both the same header"
        )
    return order


def _without_last(first: Table, other: Table) -> list[int | None]:
    """Without names, a part with one column less lacks the last, or the first where that holds classes."""
    width = len(first.header)
    if len(other.header) < width - 1:
        raise DataError(
            f"{other.path}: has {len(other.header)} columns, {first.path.name} {width}: give both the same"
        )
    if len(other.header) > width:
        return list(range(width))
    distinct = [len(set(first.column(place))) for place in (0, width - 1)]
    places: list[int | None] = list(range(width - 1))
    return [None, *places] if distinct[0] < distinct[1] else [*places, None]


def _ordered(row: tuple[str, ...], order: list[int | None]) -> tuple[str, ...]:
    return tuple("" if place is None else row[place] for place in order)


def _with_parts(rows: Rows) -> Rows:
    """The parts that a column says, such as `split` or `Usage` with `Training` and `PublicTest`."""
    for i in range(len(rows.header)):
        names = {row[i].strip() for row in rows.rows[:: max(1, len(rows.rows) // PART_ROWS)]}
        if not 2 <= len(names) <= MOST_PART_NAMES:
            continue
        known = {name: part_names.part_within(name) for name in {row[i].strip() for row in rows.rows}}
        if all(known.values()) and "train" in known.values() and len(set(known.values())) > 1:
            keep = [place for place in range(len(rows.header)) if place != i]
            return replace(
                rows,
                header=tuple(rows.header[place] for place in keep),
                rows=tuple(tuple(row[place] for place in keep) for row in rows.rows),
                parts=tuple(known[row[i].strip()] or "" for row in rows.rows),
                attached=None if rows.attached is None else rows.attached - (rows.attached > i),
            )
    return rows


# --- labels in a table of their own ---------------------------------------------------------------


def rows_of(path: Path, tables: Sequence[tuple[str, Table]], others: Sequence[Skipped]) -> Rows:
    """The rows of these tables, each with its part or "", in the columns of the training file."""
    ordered = sorted(tables, key=lambda table: table_choice.PART_ORDER.index(table[0]))
    return _join(path, ordered, others)
