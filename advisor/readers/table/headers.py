"""Which of the first rows of a table names its columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.readers.table.cells import as_numbers, is_missing
from advisor.readers.table.delimiters import COMMENT, HEAD_ROWS

UNIT_ROWS = 2  # rows below the header that may hold units or second names


def odd_title(records: list[list[str]], start: int, width: int) -> list[str] | None:
    """A header that has another width than the rows: a comment, without the name of the row names, or
    without the delimiter that ends every row."""
    if not start:
        return None
    above = records[start - 1]
    first = above[0].lstrip()
    if first.startswith(COMMENT):
        bare = [cell for cell in [first.lstrip("#%/ "), *above[1:]] if cell.strip()]
        return bare if len(bare) == width and all(map(_is_word, bare)) else None
    if len(above) != width - 1 or not all(_is_word(cell.strip()) for cell in above):
        return None
    if any(as_numbers([cell]) is not None for cell in above if not is_missing(cell)):
        return None
    if has_header([row for row in records[start : start + HEAD_ROWS] if len(row) == width]):
        return None
    ended = all(not row[-1].strip() for row in records[start:] if len(row) == width)
    return [*above, ""] if ended else ["", *above]


def unit_rows(rows: list[list[str]]) -> int:
    """How many rows below the header have no number where all below them have one."""
    for count in range(UNIT_ROWS, 0, -1):
        rest = rows[count:]
        if len(rest) < 2:
            continue
        columns = list(zip(*rest, strict=True))
        numeric = [i for i, column in enumerate(columns) if _has_numbers(column)]
        above = [[row[i] for i in numeric if not is_missing(row[i])] for row in rows[:count]]
        filled = all(len(cells) >= 0.5 * len(numeric) for cells in above) or (count > 1 and any(above))
        if numeric and filled and all(as_numbers([cell]) is None for cells in above for cell in cells):
            return count
    return 0


def _has_numbers(column: Sequence[str]) -> bool:
    numbers = as_numbers(column)
    return numbers is not None and bool(np.isfinite(numbers).mean() > 0.5)


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it holds no value like those below it."""
    first, rest = rows[0], rows[1:]
    names = [cell.strip() for cell in first]
    if not rest:
        return len(names) > 1 and all(_is_word(name) and as_numbers([name]) is None for name in names)
    numeric: list[NDArray[np.float64] | None] = []
    columns: list[tuple[str, ...]] = []
    for below in range(min(UNIT_ROWS + 1, len(rest))):  # units or second names may stand between
        columns = list(zip(*rest[below:], strict=True))
        numeric = [as_numbers(column) for column in columns]
        if any(column is not None and np.isfinite(column).any() for column in numeric):
            break
    if any(not is_missing(name) and as_numbers([name]) is not None for name in names):
        return _numbers_as_names(names, numeric)
    if any(column is not None and np.isfinite(column).any() for column in numeric):
        return any(
            column is not None and not is_missing(name) for name, column in zip(names, numeric, strict=True)
        )
    said = [(name, column) for name, column in zip(names, columns, strict=True) if name]
    if len({name for name, _ in said}) < max(len(said), 1) or any(name in column for name, column in said):
        return False
    return all(_is_word(name) or not name for name in names)


def _numbers_as_names(names: list[str], columns: list[NDArray[np.float64] | None]) -> bool:
    """Steps or sensors named by numbers: all numbers that are names count evenly, or lie outside the values
    of their column; the other names stand above numbers or are words."""
    pairs = [(as_numbers([name]), column) for name, column in zip(names, columns, strict=True)]
    numbered = [(name[0], column) for name, column in pairs if name is not None and not np.isnan(name[0])]
    if len(numbered) < 3 or any(column is None for _, column in numbered):
        return False
    values = np.array([value for value, _ in numbered])
    steps = np.diff(values)
    if len(numbered) >= 5 and steps[0] > 0 and np.allclose(steps, steps[0]) and _counts(values, numbered):
        return True
    if len(numbered) < len(names) or any(column is None or len(column) < 20 for column in columns):
        return False
    outside = [
        not np.nanmin(column) - np.ptp(column) <= value <= np.nanmax(column) + np.ptp(column)
        for value, column in numbered
        if column is not None and np.isfinite(column).all()
    ]
    return len(outside) == len(names) and all(outside)


def _counts(values: NDArray[np.float64], numbered: list[tuple[float, NDArray[np.float64] | None]]) -> bool:
    """Whether the first row counts and the rows below it do not."""
    rows = np.stack([column for _, column in numbered if column is not None], axis=1)
    steps = np.diff(rows, axis=1)
    return not bool(np.isclose(steps, values[1] - values[0]).all(axis=1).mean() > 0.2)


def _is_word(name: str) -> bool:
    return bool(name) and len(name) <= 40 and len(name.split()) <= 3 and not name.endswith((".", "!", "?"))
