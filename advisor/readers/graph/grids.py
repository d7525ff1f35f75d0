"""Tables of numbers as they lie in CSV files: shape and header by a glance, values on demand."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from advisor.errors import DataError, UnsafeDataError
from advisor.readers import folders
from advisor.readers.table import delimited

if TYPE_CHECKING:
    import pandas

SUFFIXES = delimited.SUFFIXES | {".txt", ".dat"}
HEAD_BYTES = 2**20  # a row of 50,000 numbers is seen whole
HEAD_ROWS = 30
MAX_BYTES = 2 * 2**30
DELIMITERS, SPACE = (",", ";", "\t", "|"), r"\s+"


@dataclass(frozen=True)
class Head:
    """The first rows of a table.

    Attributes:
        header: names of the columns; None where the first row holds values.
        rows: cells of the first rows, the header left out.
        separator: what lies between cells; a regular expression for white space.
    """

    path: Path
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    separator: str

    @property
    def names(self) -> list[str]:
        """Names of the columns, `column3` where the file has none or the same twice."""
        given = self.header or ("",) * self.width
        counts = Counter(given)
        return [name if name and counts[name] == 1 else f"column{i}" for i, name in enumerate(given)]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0])

    def is_numeric(self, column: int) -> bool:
        """Whether the first rows hold numbers (or nothing) in that column."""
        cells = [row[column] for row in self.rows]
        return delimited.as_numbers(cells, self.separator) is not None

    def numeric(self) -> list[int]:
        """Places of the columns of numbers."""
        return [column for column in range(self.width) if self.is_numeric(column)]


def head(path: Path) -> Head | None:
    """The first rows of a text file of equal rows; None where it is none."""
    if folders.suffix(path.name) not in SUFFIXES:
        return None
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
    if b"\0" in data:
        return None
    lines = [line for line in data.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    lines = (lines[:-1] if len(data) == HEAD_BYTES else lines)[: HEAD_ROWS + 1]
    for separator in (*DELIMITERS, SPACE):
        cut = re.compile(separator if separator == SPACE else re.escape(separator))
        rows = [tuple(cell.strip().strip('"') for cell in cut.split(line.strip(" "))) for line in lines]
        widths = Counter(map(len, rows))
        if len(rows) >= 2 and len(widths) == 1 and len(rows[0]) > 1:
            named = _is_header(rows)
            return Head(path, rows[0] if named else None, tuple(rows[named:]), separator)
    return None


def count_rows(found: Head, most: int) -> int:
    """Rows below the header, counted up to `most`."""
    with found.path.open("rb") as file:
        lines = (line for line in file if line.strip())
        return sum(1 for _ in itertools.islice(lines, most + 1)) - (found.header is not None)


def load(found: Head) -> pandas.DataFrame:
    """All cells; columns of numbers as numbers, with NaN where missing.

    Raises:
        DataError: rows that do not fit together.
        UnsafeDataError: a file larger than MAX_BYTES.
    """
    import pandas

    if found.path.stat().st_size > MAX_BYTES:
        raise UnsafeDataError(f"{found.path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
    try:
        return pandas.read_csv(
            found.path,
            sep=found.separator,
            header=None,
            names=found.names,
            skiprows=0 if found.header is None else 1,
            index_col=False,
            encoding_errors="replace",
            skipinitialspace=True,
            na_values=["?", "-", "na", "NULL"],
            low_memory=False,
            decimal="," if any("," in cell for row in found.rows for cell in row) else ".",
        )
    except (ValueError, OSError, pandas.errors.ParserError) as error:
        raise DataError(f"{found.path}: cannot be read as a table ({error}): mend or replace it") from error


def _is_header(rows: list[tuple[str, ...]]) -> bool:
    """Words above numbers; or whole numbers that count, or that lie beyond all values: identifiers."""
    first, below = rows[0], rows[1:]
    columns = list(zip(*below, strict=True))
    numbers = delimited.as_numbers(first)
    if numbers is None or not np.isfinite(numbers).all():
        known = [delimited.as_numbers([name]) is None or not name for name in first]
        return any(known) and len(set(first)) == len(first)
    values = [delimited.as_numbers(column) for column in columns]
    if len(first) < 3 or len(set(first)) < len(first) or any(column is None for column in values):
        return False
    if not (numbers == np.round(numbers)).all():
        return False
    if bool((np.diff(numbers) == 1).all()) and numbers[0] in (0, 1):
        return True
    known_values = np.concatenate([column for column in values if column is not None])
    top = float(np.nanmax(np.abs(known_values), initial=0.0))
    return float(numbers.min()) > 2 * top
