"""Table rows: numbers filled and standardised, categories one-hot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.prepare.preprocessing import TableColumn, TableValues
from advisor.records import Column

MAX_CATEGORIES = 32  # the most frequent ones; all others share "none of these" (all zeros)


def fit_table(rows: Sequence[NDArray[np.generic]], columns: tuple[Column, ...]) -> TableValues:
    """How each usable column becomes features. Free text, times and identifiers are left out."""
    table = np.stack([np.asarray(row, dtype=object) for row in rows])
    columns = columns or tuple(Column(name=f"column{i}", kind="number") for i in range(table.shape[1]))
    fitted = [
        _fit_number(table[:, i], column.name, i)
        if column.kind == "number"
        else _fit_category(table[:, i], column.name, i)
        for i, column in enumerate(columns)
        if column.kind in ("number", "category")
    ]
    if not fitted:
        raise DataError(
            "the table has no column of numbers or categories beside its target: nothing to learn from"
        )
    return TableValues(columns=tuple(fitted))


def encode_table(rows: Sequence[NDArray[np.generic]], values: TableValues) -> NDArray[np.float32]:
    """Features `[sample, feature]`."""
    table = np.stack([np.asarray(row, dtype=object) for row in rows])
    blocks: list[NDArray[np.float32]] = []
    for column in values.columns:
        cells = table[:, column.position]
        if column.categories is not None:
            names = np.array([_name(cell) for cell in cells])
            blocks.append((names[:, None] == np.array(column.categories)[None]).astype(np.float32))
            continue
        numbers = _numbers(cells)
        missing = ~np.isfinite(numbers)
        scaled = (np.where(missing, column.median, numbers) - column.mean) / column.std
        blocks.append(scaled[:, None].astype(np.float32))
        if column.flags_missing:
            blocks.append(missing[:, None].astype(np.float32))
    return np.concatenate(blocks, axis=1)


def _fit_number(cells: NDArray[np.generic], name: str, position: int) -> TableColumn:
    numbers = _numbers(cells)
    missing = ~np.isfinite(numbers)
    known = numbers[~missing] if (~missing).any() else np.zeros(1)
    std = float(known.std())
    return TableColumn(
        name=name,
        position=position,
        median=float(np.median(known)),
        mean=float(known.mean()),
        std=std if std > 1e-12 else 1.0,
        flags_missing=bool(missing.any()),
    )


def _fit_category(cells: NDArray[np.generic], name: str, position: int) -> TableColumn:
    frequent = [value for value, _ in Counter(_name(cell) for cell in cells).most_common(MAX_CATEGORIES)]
    return TableColumn(name=name, position=position, categories=tuple(sorted(frequent)))


def _numbers(cells: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.array([_number(cell) for cell in cells], dtype=np.float64)


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _name(cell: object) -> str:
    if isinstance(cell, float):  # in a file where all cells happen to be numbers, `1` is read as 1.0
        return "" if np.isnan(cell) else f"{cell:.15g}"
    return "" if cell is None else str(cell)
