"""Plain tables: a row is a sample, its columns are features and one of them the target."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.labels import MAX_CLASSES_OF_COLUMN, split_counts
from advisor.readers.source import Source
from advisor.readers.table import cells, label_lists
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import Rows, column_labels
from advisor.readers.table.target_guess import ATTACHED, Guess, free_columns, given_target, guess_target
from advisor.records import Axis, Column, DatasetSpec, InputSpec, TargetSpec

FORMAT = "table"
INFINITE = re.compile(r"[-+]?inf(inity)?$", re.I)


def build(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source:
    """Each sample an object array [feature] of float or str, NaN where missing.

    The target is `target`, else the column that `target_guess` takes for it.

    Raises:
        UsageError: `target` is no column.
        DataError: no column is left to be the target.
    """
    guess = given_target(rows, target) if target is not None else _target(rows, kinds)
    labels = column_labels(rows, guess.position, MAX_CLASSES_OF_COLUMN)
    return _source(rows, kinds, guess, labels)


def with_several_labels(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source | None:
    """The same with labels of which several may hold together, where a list beside the table names their
    columns; None without one, or where the user names a target."""
    listed = label_lists.find(rows) if target is None else None
    if listed is None:
        return None
    name, places = listed
    source = _source(rows, kinds, None, None, left_out=places)
    goal = TargetSpec(
        name="labels", kind="labels", classes=len(places), confidence=ATTACHED, reason=f"{name} names them"
    )
    parts = rows.given_parts()
    spec = source.spec.model_copy(update={"target": goal, "splits": split_counts(parts, None)})
    return replace(source, spec=spec, parts=parts)


def unlabelled(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source:
    """The features alone: `target` is left out where the table has it."""
    known = given_target(rows, target) if target is not None and target in rows.header else None
    return _source(rows, kinds, known, None)


def _source(
    rows: Rows,
    kinds: tuple[Kind, ...],
    guess: Guess | None,
    labels: NDArray[np.generic] | None,
    *,
    left_out: Sequence[int] = (),
) -> Source:
    taken = {*left_out, *(() if guess is None else (guess.position,))}
    features = [i for i in range(len(kinds)) if i not in taken]
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
            target=None
            if labels is None or guess is None
            else guess.spec(rows.header[guess.position], labels),
            splits=split_counts(parts, labels),
        ),
        ids=rows.ids,
        read=_reader(rows, kinds, features),
        labels=labels,
        parts=parts,
        skipped=rows.skipped,
    )


def _target(rows: Rows, kinds: tuple[Kind, ...]) -> Guess:
    guess = guess_target(rows, kinds, free_columns(kinds))
    if guess is None:
        raise DataError(
            f"{rows.path}: no column of numbers or categories to predict: name one with `--target`"
        )
    return guess


def _reader(
    rows: Rows, kinds: tuple[Kind, ...], features: list[int]
) -> functools.partial[NDArray[np.object_]]:
    @functools.cache
    def table() -> NDArray[np.object_]:
        values = np.empty((len(rows.rows), len(features)), dtype=object)
        for place, i in enumerate(features):
            values[:, place] = _cells(rows.column(i), kinds[i], rows.delimiter)
        return values

    def read_one(index: int) -> NDArray[np.object_]:
        row: NDArray[np.object_] = table()[index].copy()
        return row

    return functools.partial(read_one)


def _cells(column: list[str], kind: Kind, delimiter: str) -> list[float] | list[float | str]:
    numbers = cells.as_numbers(column, delimiter) if kind in ("number", "identifier") else None
    if numbers is not None:
        found = [float(number) for number in numbers.tolist()]
        for place in np.flatnonzero(np.isnan(numbers)).tolist():
            if INFINITE.match(
                column[place].strip()
            ):  # told apart from missing ones, for the health of the data
                found[place] = float(column[place])
        return found
    return [float("nan") if cells.is_missing(cell) else cell.strip() for cell in column]
