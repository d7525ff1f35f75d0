"""Text files of rows and cells: encoding, delimiter, quoting, header, and lines that are no rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnsafeDataError
from advisor.readers.cells import (
    TIME_FORMATS as TIME_FORMATS,
)
from advisor.readers.cells import (
    Kind as Kind,
)
from advisor.readers.cells import (
    as_numbers as as_numbers,
)
from advisor.readers.cells import (
    as_times as as_times,
)
from advisor.readers.cells import (
    is_missing as is_missing,
)
from advisor.readers.cells import (
    kind_of as kind_of,
)
from advisor.readers.cells import (
    mean_words as mean_words,
)
from advisor.readers.source import Skipped

SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
MAX_BYTES = 2 * 2**30  # of one file, which is held as text
MAX_COLUMNS = 2**16  # each is looked at; genes and spectra stay below
DELIMITERS = ("\t", ";", "|", ",")  # rarest in running text first: it wins where several fit
RARE_MARKS, LEAST_CONSISTENT = ("\t", ";", "|"), 0.6  # not in running text: a few odd rows do not matter
SPACES = " "  # stands for any white space; the last resort, for numbers only
HEAD_ROWS = 200  # rows that delimiter and header are judged by
CONSISTENT = 0.9  # share of rows that must have the same number of cells for a delimiter to be one
NUMERIC_SHARE = 0.6  # of cells that must be numbers where white space sets them apart
RAGGED_SHARE = 0.5  # below it, the commonest number of cells is no rule: each row has its own length
LEAST_RAGGED = 8  # cells of the longest of such rows
LATE = 1e-3  # a delimiter that fits from the first line on is taken before one that does not
MOST_ABOVE = 50  # lines above the header that say what the file is
MOST_WORDS = 4  # per cell of a table of names
LEAST_NUMBERS = 40  # lines of one number that are a series
UNIT_ROWS = 2  # rows below the header that may hold units or second names
COMMENT = ("#", "%", "//")


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
    text = decode(data)
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    if not records:
        raise DataError(f"{path}: is empty: give a file with one sample per row")
    width = _width(records)
    if width > MAX_COLUMNS:
        raise DataError(
            f"{path}: has {width:,} cells in a row, more than {MAX_COLUMNS:,}: give fewer columns"
        )
    records, above = _without_notes(records, width)
    start = next(i for i, row in enumerate(records) if len(row) == width)
    title = _title(records, start, width)
    body = [(i, row) for i, row in enumerate(records) if len(row) == width]
    skipped = [Skipped(f"{path.name}, record {i}", "lines above the header") for i in above]
    skipped += _odd_rows(path, records, width, start, title)
    named = title is not None or _has_header([row for _, row in body[:HEAD_ROWS]])
    names = title or (body[0][1] if named else [""] * width)
    body = body[1:] if named and title is None else body
    if not body:
        raise DataError(f"{path}: holds a header and no rows: give a file with one sample per row")
    first = start if title is not None or not named else body[0][0]
    if named:
        units = _unit_rows([row for _, row in body[:HEAD_ROWS]])
        skipped += [Skipped(f"{path.name}, record {i}", "units below the header") for i, _ in body[:units]]
        first += units
        body = body[units:]
    kept = _filled_columns(names, body)
    if named and names[0].lstrip().startswith(COMMENT):
        names = [names[0].lstrip("#%/ "), *names[1:]]
    header = _unique([names[i] for i in kept], named)
    rows = tuple(tuple(row) if len(kept) == width else tuple(row[i] for i in kept) for _, row in body)
    return Table(path, header, named, rows, tuple(i - first for i, _ in body), delimiter, tuple(skipped))


def decode(data: bytes) -> str:
    """Text of bytes in UTF-8 or UTF-16, with or without mark, else in the alphabet of Windows."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if len(data) > 3 and data[1::2][:100].count(0) > 0.9 * len(data[1::2][:100]):
        return data.decode("utf-16-le", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")  # never fails; wrong letters harm less than a refusal


def looks_tabular(data: bytes, *, lenient: bool = False) -> bool:
    """Whether the beginning of a file of any name holds rows: numbers, or texts beside a few labels.

    Args:
        lenient: the file's name says that it is data, so that rows of names will do.
    """
    text = decode(data)
    if "\0" in text or not text.strip():
        return False
    delimiter = _delimiter(text)
    if not delimiter:
        return _numbers_below(text)
    records = _records(text, delimiter)[:HEAD_ROWS]
    width = _width(records)
    rows = [row for row in records if len(row) == width]
    if width < 2 or len(rows) < 3 or len(rows) < CONSISTENT * len(records) - 1:
        return False
    columns = list(zip(*rows[1:], strict=True))
    numeric = sum(as_numbers(column, delimiter) is not None for column in columns)
    if numeric > NUMERIC_SHARE * width or (numeric and width > 2 and delimiter not in (SPACES, ",")):
        return True
    named = lenient and width > 2 and all(mean_words(column) <= MOST_WORDS for column in columns)
    return delimiter != SPACES and (named or _labelled_texts(columns))


def _numbers_below(text: str) -> bool:
    """A number on each line, too many different ones to be classes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbers = as_numbers(lines[1:])
    return numbers is not None and len(numbers) >= LEAST_NUMBERS and len(set(lines)) > LEAST_NUMBERS // 2


def _labelled_texts(columns: Sequence[Sequence[str]]) -> bool:
    """A column of sentences and one of few names."""
    texts = any(mean_words(column) >= 3 for column in columns)
    few = any(len(set(column)) <= min(20, 0.2 * len(column) + 1) for column in columns)
    return texts and few


def _delimiter(text: str) -> str:
    """The one that cuts most rows into the same number of cells; "" where none does (one column).

    One that leaves a column in the middle empty is taken where no other fits.
    """
    lines = text[: 2**20].splitlines()[: HEAD_ROWS + MOST_ABOVE]
    lines = [line for line in lines if not line.startswith(COMMENT[0])] or lines
    best, best_share, best_hollow = "", CONSISTENT, True
    for delimiter in DELIMITERS:
        share, hollow = _consistency("\n".join(lines), delimiter)
        better = share > best_share or (not best and share >= best_share)
        if share >= CONSISTENT and ((best_hollow and not hollow) or (better and hollow == best_hollow)):
            best, best_share, best_hollow = delimiter, share, hollow
    if best and not (best == "\t" and _is_aligned(lines)):
        return best
    cut = [_at_spaces(line) for line in lines if line.strip()]
    widths = Counter(map(len, cut))
    width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    if width > 1 and count >= CONSISTENT * (len(cut) - 1):
        cells = [cell for row in cut for cell in row]
        numbers = sum(as_numbers([cell]) is not None for cell in cells)
        return SPACES if numbers >= NUMERIC_SHARE * len(cells) else ""
    ragged = _ragged_delimiter(lines)
    shares = {mark: _consistency("\n".join(lines), mark)[0] for mark in RARE_MARKS}
    surest = max(shares, key=lambda mark: shares[mark])
    return ragged or (surest if shares[surest] >= LEAST_CONSISTENT else "")


def _is_aligned(lines: list[str]) -> bool:
    """One tab in each line, behind numbers that white space sets apart."""
    cells = [line.split("\t") for line in lines if line.strip()]
    numbers = [as_numbers(row[0].split()) is not None and len(row[0].split()) > 1 for row in cells]
    return all(len(row) == 2 for row in cells) and sum(numbers) >= CONSISTENT * len(numbers)


def _at_spaces(line: str) -> list[str]:
    """Cells that white space sets apart, but not within quotes."""
    if '"' not in line:
        return line.split()
    return [cell.strip('"') for cell in re.findall(r'"[^"]*"|[^\s"]+', line)]


def _consistency(head: str, delimiter: str) -> tuple[float, bool]:
    """Share of rows with the commonest number of cells, of those from the first such row on; and whether a
    column in the middle of them is empty, as tabs make that only align."""
    records = _records(head, delimiter)
    widths = [len(row) for row in records]
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 0.0, True
    width, count = counts.most_common(1)[0]
    above = min(widths.index(width), MOST_ABOVE)
    if count <= above:
        return 0.0, True
    columns = list(zip(*(row for row in records if len(row) == width), strict=True))
    hollow = any(not any(cell.strip() for cell in column) for column in columns[1:-1])
    return count / (len(widths) - above) - (LATE if above else 0), hollow


def _ragged_delimiter(lines: list[str]) -> str:
    """The delimiter of rows of numbers that have each their own length."""
    for delimiter in DELIMITERS:
        rows = [line.split(delimiter) for line in lines if line.strip()]
        long = [row for row in rows if len(row) >= LEAST_RAGGED]
        cells = [cell for row in long[:50] for cell in row[1:-1]]
        if len(long) > 0.5 * len(rows) and cells:
            numbers = sum(as_numbers([cell]) is not None for cell in cells)
            if numbers >= CONSISTENT * len(cells):
                return delimiter
    return ""


def _records(text: str, delimiter: str) -> list[list[str]]:
    """Rows of cells. Quotes count as quotes only where they do not swallow lines or contradict themselves."""
    if not delimiter:
        return [[line] for line in text.splitlines() if line.strip()]
    if delimiter == SPACES:
        return [_at_spaces(line) for line in text.splitlines() if line.strip()]
    if '"' not in text:
        return _parse(text, delimiter, quoted=False, strict=False)
    plain = _parse(text, delimiter, quoted=False, strict=False)
    try:
        quoted, clean = _parse(text, delimiter, quoted=True, strict=True), True
    except csv.Error:
        quoted, clean = _parse(text, delimiter, quoted=True, strict=False), False
    clean = clean and not any("\n" in cell for row in quoted for cell in row)
    if clean:
        return quoted if _evenness(quoted) >= _evenness(plain) else plain
    return plain if _evenness(plain) >= _evenness(quoted) else quoted


def _parse(text: str, delimiter: str, *, quoted: bool, strict: bool) -> list[list[str]]:
    limit = csv.field_size_limit(len(text) + 1)  # the default refuses texts beyond 131,072 letters
    try:
        rows = csv.reader(
            io.StringIO(text, newline="" if "\n" in text else None),
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            strict=strict,
            skipinitialspace=quoted,
        )
        return [row for row in rows if row and (row[0] or any(row))]
    finally:
        csv.field_size_limit(limit)


def _evenness(records: list[list[str]]) -> float:
    return max(Counter(map(len, records)).values(), default=0) / max(1, len(records))


def _width(records: list[list[str]]) -> int:
    """The commonest number of cells; rows of many lengths are filled up to the longest, in place."""
    counts = Counter(map(len, records))
    width, count = counts.most_common(1)[0]
    longest = max(counts)
    if count >= RAGGED_SHARE * len(records) or longest < LEAST_RAGGED or len(counts) < 3:
        return width
    for row in records:
        row.extend([""] * (longest - len(row)))
    return longest


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


def _title(records: list[list[str]], start: int, width: int) -> list[str] | None:
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
    if _has_header([row for row in records[start : start + HEAD_ROWS] if len(row) == width]):
        return None
    ended = all(not row[-1].strip() for row in records[start:] if len(row) == width)
    return [*above, ""] if ended else ["", *above]


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


def _unit_rows(rows: list[list[str]]) -> int:
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


def _filled_columns(names: list[str], body: list[tuple[int, list[str]]]) -> list[int]:
    """The columns without the last where that has neither name nor cells: lines end with a delimiter."""
    last = len(names) - 1
    if last > 0 and not names[last].strip() and not any(row[last].strip() for _, row in body):
        return list(range(last))
    return list(range(last + 1))


def _has_header(rows: list[list[str]]) -> bool:
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
    if len(set(names)) < len(names) or any(
        name in column for name, column in zip(names, columns, strict=True)
    ):
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


def _unique(names: Sequence[str], named: bool) -> tuple[str, ...]:
    """Names without white space around; `column3` where there is none, `a.1` for the second `a`."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        bare = re.sub(r"\s+", " ", name.strip()) or f"column{i}"
        found.append(f"{bare}.{seen[bare]}" if named and seen[bare] else bare)
        seen[bare] += 1
    return tuple(found)
