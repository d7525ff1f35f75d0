"""Text files of rows and cells: encoding, delimiter, quoting, header, and lines that are no rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from advisor.errors import DataError, UnsafeDataError
from advisor.readers.source import Skipped
from advisor.readers.table.cells import (
    TIME_FORMATS as TIME_FORMATS,
)
from advisor.readers.table.cells import (
    Kind as Kind,
)
from advisor.readers.table.cells import (
    as_numbers as as_numbers,
)
from advisor.readers.table.cells import (
    as_times as as_times,
)
from advisor.readers.table.cells import (
    is_missing as is_missing,
)
from advisor.readers.table.cells import (
    kind_of as kind_of,
)
from advisor.readers.table.cells import (
    mean_words as mean_words,
)
from advisor.readers.table.delimiters import (
    COMMENT,
    CONSISTENT,
    HEAD_ROWS,
    LEAST_RAGGED,
    MOST_ABOVE,
    NUMERIC_SHARE,
    SPACES,
    decode,
    find_delimiter,
    records_of,
    without_preface,
)
from advisor.readers.table.headers import has_header, odd_title, unit_rows
from advisor.readers.table.sparse_rows import is_sparse, table_of

SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
MAX_BYTES = 2 * 2**30  # of one file, which is held as text
MAX_COLUMNS = 2**16  # each is looked at; genes and spectra stay below
RAGGED_SHARE = 0.5  # below it, the commonest number of cells is no rule: each row has its own length
MOST_WORDS = 4  # per cell of a table of names
SHORT_WORDS = 2  # per cell of a table of categories
ENDS = (";", ",", "|")  # of rows, where another mark sets cells apart
LEAST_NUMBERS = 40  # lines of one number that are a series


@dataclass(frozen=True)
class Table:
    """Rows of one file. `numbers` are record numbers from 0, kept where rows are left out.

    `total` is how many rows the whole file has, where `rows` are a sample of them, of which
    the first `head` follow one another.
    """

    path: Path
    header: tuple[str, ...]
    named: bool  # whether the file itself has a header
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    delimiter: str
    skipped: tuple[Skipped, ...] = ()
    total: int | None = None
    head: int | None = None

    def column(self, position: int) -> list[str]:
        """The cells of one column."""
        return [row[position] for row in self.rows]


def load(path: Path) -> Table:
    """Rows and header of a file with comma, semicolon, tab, bar or white space between its cells.

    Raises:
        DataError: an empty file, or one without any row beside its header.
        UnsafeDataError: a file larger than MAX_BYTES.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
    return parse(path, path.read_bytes())


def parse(path: Path, data: bytes) -> Table:
    """The same of what a file holds.

    Rows with another number of cells than most are left out and named in `skipped`, as are lines above the
    header and a row of units below it; comment lines and a column that a delimiter at the end of each line
    makes are left out silently.

    Raises:
        DataError: nothing in it, or no row beside its header.
    """
    text = without_preface(decode(data))
    if is_sparse(text):
        columns, filled = table_of(text)
        return Table(path, columns, True, tuple(filled), tuple(range(len(filled))), SPACES)
    delimiter = find_delimiter(text)
    records = records_of(text, delimiter)
    if not records:
        raise DataError(f"{path}: is empty: give a file with one sample per row")
    lengths = {len(row) for row in records}
    width = _width(records)
    if width > MAX_COLUMNS:
        raise DataError(
            f"{path}: has {width:,} cells in a row, more than {MAX_COLUMNS:,}: give fewer columns"
        )
    is_filled_up = len({len(row) for row in records}) < len(lengths)
    records, above = (records, []) if is_filled_up else _without_notes(records, width)
    start = next(i for i, row in enumerate(records) if len(row) == width)
    title = odd_title(records, start, width)
    body = [(i, row) for i, row in enumerate(records) if len(row) == width]
    skipped = [Skipped(f"{path.name}, record {i}", "lines above the header") for i in above]
    skipped += _odd_rows(path, records, width, start, title)
    named = title is not None or has_header([row for _, row in body[:HEAD_ROWS]])
    names = title or (body[0][1] if named else [""] * width)
    body = body[1:] if named and title is None else body
    if not body:
        raise DataError(f"{path}: holds a header and no rows: give a file with one sample per row")
    first = start if title is not None or not named else body[0][0]
    if named:
        units = unit_rows([row for _, row in body[:HEAD_ROWS]])
        skipped += [Skipped(f"{path.name}, record {i}", "units below the header") for i, _ in body[:units]]
        first += units
        body = body[units:]
    body = _without_ends(body)
    kept = _filled_columns(names, body)
    if named and names[0].lstrip().startswith(COMMENT):
        names = [names[0].lstrip("#%/ "), *names[1:]]
    header = _unique([names[i] for i in kept], named)
    rows = tuple(tuple(row) if len(kept) == width else tuple(row[i] for i in kept) for _, row in body)
    return Table(path, header, named, rows, tuple(i - first for i, _ in body), delimiter, tuple(skipped))


def looks_tabular(data: bytes, *, lenient: bool = False, least: int = 2) -> bool:
    """Whether the beginning of a file of any name holds rows: numbers, or texts beside a few labels.

    Args:
        lenient: the file's name says that it is data, so that rows of names will do.
        least: cells in a row.
    """
    text = without_preface(decode(data))
    if "\0" in text or not text.strip():
        return False
    if is_sparse(text):
        return True
    delimiter = find_delimiter(text)
    if not delimiter:
        return least <= 2 and _numbers_below(text)
    records = records_of(text, delimiter)[:HEAD_ROWS]
    width = _width(records)
    rows = [row for row in records if len(row) == width]
    if width < max(2, least) or len(rows) < 3 or len(rows) < CONSISTENT * len(records) - 1:
        return False
    columns = list(zip(*rows[1:], strict=True))
    numeric = sum(as_numbers(cells, delimiter) is not None or _are_times(cells) for cells in columns)
    several = numeric and width > 2
    if numeric > NUMERIC_SHARE * width or (several and (lenient or delimiter not in (SPACES, ","))):
        return True
    named = lenient and width > 2 and all(mean_words(column) <= MOST_WORDS for column in columns)
    return delimiter != SPACES and (named or _labelled_texts(columns) or _repeats(columns))


def _are_times(column: Sequence[str]) -> bool:
    return as_times([cell for cell in column if not is_missing(cell)]) is not None


def _numbers_below(text: str) -> bool:
    """A number on each line, too many different ones to be classes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbers = as_numbers(lines[1:])
    return numbers is not None and len(numbers) >= LEAST_NUMBERS and len(set(lines)) > LEAST_NUMBERS // 2


def _repeats(columns: Sequence[Sequence[str]]) -> bool:
    """Several columns of a few short names each, as no text has them."""
    short = all(mean_words(column) < SHORT_WORDS for column in columns)
    return len(columns) > 2 and short and all(3 * len(set(column)) <= len(column) for column in columns)


def _labelled_texts(columns: Sequence[Sequence[str]]) -> bool:
    """A column of sentences and one of few names."""
    texts = any(mean_words(column) >= 3 for column in columns)
    few = any(len(set(column)) <= min(20, 0.2 * len(column) + 1) for column in columns)
    return texts and few


def _width(records: list[list[str]]) -> int:
    """The commonest number of cells; rows of many lengths are filled up to the longest, in place."""
    counts = Counter(map(len, records))
    width, count = counts.most_common(1)[0]
    longest = max(counts)
    share = CONSISTENT if _are_numbers(records) else RAGGED_SHARE
    if count >= share * len(records) or longest < LEAST_RAGGED or len(counts) < 3:
        return width
    for row in records:
        row.extend([""] * (longest - len(row)))
    return longest


def _are_numbers(records: list[list[str]]) -> bool:
    """Whether the first rows are numbers, labels at their ends apart: one more or less is then no slip."""
    return all(as_numbers(row[1:-1] or row) is not None for row in records[:HEAD_ROWS])


def _without_notes(records: list[list[str]], width: int) -> tuple[list[list[str]], list[int]]:
    """The records without those at the top that fill half of their cells at most where others fill all; and
    which these were, comments apart."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in records[:HEAD_ROWS]]
    if width < 2 or np.median(filled) < width - 0.5:
        return records, []
    start = next((i for i, count in enumerate(filled) if count > width / 2), 0)
    if start > MOST_ABOVE or records[start][0].lstrip().startswith(COMMENT):
        return records, []
    return records[start:], [i for i in range(start) if not records[i][0].lstrip().startswith(COMMENT)]


def _odd_rows(
    path: Path, records: list[list[str]], width: int, start: int, title: list[str] | None
) -> list[Skipped]:
    """Rows that are left out: those above the header, and those with another number of cells."""
    header = start - 1 if title is not None else -1
    return [
        Skipped(
            f"{path.name}, record {i}",
            "lines above the header" if i < start else f"has {len(row)} cells where the others have {width}",
        )
        for i, row in enumerate(records)
        if len(row) != width and i != header and not row[0].lstrip().startswith(COMMENT)
    ]


def _without_ends(body: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows without a second mark that ends them, as in `1,2.5,3;`."""
    for mark in ENDS:
        if sum(row[-1].rstrip().endswith(mark) for _, row in body) >= CONSISTENT * len(body):
            return [(i, [*row[:-1], row[-1].rstrip().rstrip(mark)]) for i, row in body]
    return body


def _filled_columns(names: list[str], body: list[tuple[int, list[str]]]) -> list[int]:
    """The columns without the last ones that have neither name nor cells: lines end with delimiters."""
    last = len(names) - 1
    while last > 0 and not names[last].strip() and not any(row[last].strip() for _, row in body):
        last -= 1
    return list(range(last + 1))


def _unique(names: Sequence[str], named: bool) -> tuple[str, ...]:
    """Names without white space around; `column3` where there is none, `a.1` for the second `a`."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        bare = re.sub(r"\s+", " ", name.strip()) or f"column{i}"
        found.append(f"{bare}.{seen[bare]}" if named and seen[bare] else bare)
        seen[bare] += 1
    return tuple(found)
