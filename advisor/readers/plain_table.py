"""Plain tables: a row is a sample, its columns are features and one of them the target."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers import delimited
from advisor.readers.delimited import Kind
from advisor.readers.labels import MAX_CLASSES_OF_COLUMN, split_counts, target_spec
from advisor.readers.source import Source
from advisor.readers.table_rows import Rows, column_labels, find_column, guess_target
from advisor.records import Axis, Column, DatasetSpec, InputSpec

FORMAT = "table"


def build(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source:
    """Each sample an object array [feature] of float or str, NaN where missing.

    The target is `target`, else a column with a usual name, else the last that is a number or category.

    Raises:
        UsageError: `target` is no column.
        DataError: no column is left to be the target.
    """
    position = find_column(rows, target) if target is not None else _target(rows, kinds)
    labels = column_labels(rows, position, MAX_CLASSES_OF_COLUMN)
    return _source(rows, kinds, position, labels)


def unlabelled(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source:
    """The features alone: `target` is left out where the table has it."""
    return _source(rows, kinds, rows.header.index(target) if target in rows.header else None, None)


def _source(
    rows: Rows, kinds: tuple[Kind, ...], position: int | None, labels: NDArray[np.generic] | None
) -> Source:
    features = [i for i in range(len(kinds)) if i != position]
    if not features:
        raise DataError(f"{rows.path}: has one column: a table needs features beside its target")
    parts = rows.given_parts() if labels is not None else None
    columns = tuple(Column(name=rows.header[i], kind=kinds[i]) for i in features)
    axes = (Axis(name="feature", size=len(features)),)
    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=len(rows.rows),
            inputs=(InputSpec(name="row", dtype="object", axes=axes, columns=columns),),
            target=None if labels is None or position is None else target_spec(rows.header[position], labels),
            splits=split_counts(parts, labels),
        ),
        ids=rows.ids,
        read=_reader(rows, kinds, features),
        labels=labels,
        parts=parts,
        skipped=rows.skipped,
    )


def _target(rows: Rows, kinds: tuple[Kind, ...]) -> int:
    free = [i for i, kind in enumerate(kinds) if kind in ("number", "category")]
    if not free:
        raise DataError(
            f"{rows.path}: no column of numbers or categories to predict: name one with `--target`"
        )
    guess = guess_target(rows, free)
    return free[-1] if guess is None else guess


def _reader(
    rows: Rows, kinds: tuple[Kind, ...], features: list[int]
) -> functools.partial[NDArray[np.object_]]:
    @functools.cache
    def table() -> NDArray[np.object_]:
        cells = np.empty((len(rows.rows), len(features)), dtype=object)
        for place, i in enumerate(features):
            cells[:, place] = _cells(rows.column(i), kinds[i], rows.delimiter)
        return cells

    def read_one(index: int) -> NDArray[np.object_]:
        row: NDArray[np.object_] = table()[index].copy()
        return row

    return functools.partial(read_one)


def _cells(column: list[str], kind: Kind, delimiter: str) -> list[float] | list[float | str]:
    numbers = delimited.as_numbers(column, delimiter) if kind in ("number", "identifier") else None
    if numbers is not None:
        return [float(number) for number in numbers.tolist()]
    return [float("nan") if delimited.is_missing(cell) else cell.strip() for cell in column]
