"""Text files of rows and cells: delimiter, quoting, header, and what each column holds."""

from __future__ import annotations

import csv
import functools
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnsafeDataError
from advisor.readers.source import Skipped

SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
MAX_BYTES = 2 * 2**30  # of one file, which is held as text
DELIMITERS = ("\t", ";", "|", ",")  # rarest in running text first: it wins where several fit
HEAD_ROWS = 200  # rows that delimiter and header are judged by
CONSISTENT = 0.9  # share of rows that must have the same number of cells for a delimiter to be one
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "nat"})
TEXT_WORDS = 6.0  # words per cell, on average, from which a column is free text and not names
DISTINCT_SHARE, LEAST_DISTINCT = 0.5, 10  # a column of words with more distinct values tells rows apart
IDENTIFIER_NAME = re.compile(
    r"^(id|index|no|nr|number|row|uuid|guid|key|name|unnamed: ?\d+|.*[_ ]id|[a-z]+Id|)$", re.I
)
LEAST_DATE = 6  # digits of a date written as a number
TIME_NAME = re.compile(r"date|time|timestamp|month|year|day|week|hour|period", re.I)
TIME_FORMATS = (
    "%Y-%m", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S", "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %Y", "%Y%m%d",
)  # fmt: skip
Kind = Literal["number", "category", "text", "time", "identifier"]


@dataclass(frozen=True)
class Table:
    """Rows of one file. `numbers` are record numbers from 0, kept where rows are left out."""

    path: Path
    header: tuple[str, ...]
    named: bool  # whether the file itself has a header
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    delimiter: str
    skipped: tuple[Skipped, ...] = ()

    def column(self, position: int) -> list[str]:
        """The cells of one column."""
        return [row[position] for row in self.rows]


def load(path: Path) -> Table:
    """Rows and header of a comma-, semicolon-, tab- or bar-separated file.

    Rows with another number of cells than most are left out and named in `skipped`.

    Raises:
        DataError: an empty file, or one without any row beside its header.
        UnsafeDataError: a file larger than MAX_BYTES.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
    return parse(path, path.read_bytes())


def parse(path: Path, data: bytes) -> Table:
    """The same of what a file holds, unpacked."""
    text = _decode(data)
    head = "\n".join(text.split("\n", HEAD_ROWS)[:HEAD_ROWS])
    delimiter = _delimiter(head)
    records = _records(text, delimiter)
    if not records:
        raise DataError(f"{path}: is empty: give a file with one sample per row")
    width = Counter(map(len, records)).most_common(1)[0][0]
    whole = [(i, row) for i, row in enumerate(records) if len(row) == width]
    skipped = [
        Skipped(f"{path.name}, record {i}", f"has {len(row)} cells where the others have {width}")
        for i, row in enumerate(records)
        if len(row) != width
    ]
    named = _has_header([row for _, row in whole[:HEAD_ROWS]])
    header = _unique(whole[0][1]) if named else tuple(f"column{i}" for i in range(width))
    body = whole[1:] if named else whole
    if not body:
        raise DataError(f"{path}: holds a header and no rows: give a file with one sample per row")
    numbers = tuple(i - named for i, _ in body)
    return Table(
        path, header, named, tuple(tuple(row) for _, row in body), numbers, delimiter, tuple(skipped)
    )


def is_missing(cell: str) -> bool:
    """Empty cells and the usual marks for no value."""
    return cell.strip().lower() in MISSING


def as_numbers(cells: Sequence[str], delimiter: str = ",") -> NDArray[np.float64] | None:
    """float64 [row], NaN where missing; None when a cell is neither. Beside semicolons `1,5` is a number."""
    try:
        return np.array(cells, dtype=np.float64)  # fast, where no cell is missing
    except ValueError:
        pass
    try:
        return np.array([_number(cell) for cell in cells])
    except ValueError:
        if delimiter == ",":
            return None
    try:
        return np.array([_number(cell.replace(",", ".")) for cell in cells])
    except ValueError:
        return None


def as_times(cells: Sequence[str]) -> list[datetime] | None:
    """Points in time, all written in one way; None when a cell is anything else."""
    for parse in _time_parsers(cells[0] if cells else ""):
        try:
            times = [parse(cell.strip()) for cell in cells]
        except ValueError:
            continue
        return times if len({time.tzinfo is None for time in times}) == 1 else None
    return None


def kind_of(name: str, cells: Sequence[str], delimiter: str = ",") -> Kind:
    """What a column holds, by its cells and, for identifiers and numeric times, its name."""
    numbers = as_numbers(cells, delimiter)
    if numbers is not None:
        if TIME_NAME.search(name) and len(cells[0]) >= LEAST_DATE and as_times(cells) is not None:
            return "time"
        return "identifier" if _numbers_rows(name, numbers) else "number"
    known = [cell for cell in cells if not is_missing(cell)]
    if as_times(known[:HEAD_ROWS]) is not None and as_times(known) is not None:
        return "time"
    distinct = len(set(known))
    if distinct > max(LEAST_DISTINCT, DISTINCT_SHARE * len(known)):
        return "text" if mean_words(known) >= TEXT_WORDS else "identifier"
    if mean_words(known) >= 2 * TEXT_WORDS:
        return "text"
    return "identifier" if distinct == len(known) > 2 and IDENTIFIER_NAME.match(name) else "category"


def mean_words(cells: Sequence[str]) -> float:
    """Words per cell, on average over up to 1,000 cells."""
    sample = cells[:: max(1, len(cells) // 1_000)]
    return sum(len(cell.split()) for cell in sample) / max(1, len(sample))


def _numbers_rows(name: str, numbers: NDArray[np.float64]) -> bool:
    """A numbering of the rows: named like one and all different, or a nameless first column that counts."""
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) < len(numbers) or len(numbers) < 3:
        return False
    whole = bool((numbers == np.round(numbers)).all())
    counts = name == "column0" and bool((np.diff(numbers) == 1).all())
    return whole and (counts or bool(IDENTIFIER_NAME.match(name)))


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")  # never fails; wrong letters harm less than a refusal


def _delimiter(head: str) -> str:
    """The one that cuts most rows into the same number of cells; "" where none does (one column).

    One that leaves a column in the middle empty (tabs that only align) is taken where no other fits.
    """
    best, best_share, best_hollow = "", CONSISTENT, True
    for delimiter in DELIMITERS:
        records = _records(head, delimiter)
        widths = Counter(map(len, records))
        width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
        share = count / max(1, widths.total())
        if width < 2 or share < CONSISTENT:
            continue
        columns = zip(*(row for row in records if len(row) == width), strict=True)
        hollow = any(not any(cell.strip() for cell in column) for column in list(columns)[1:-1])
        better = share > best_share or not best
        if (best_hollow and not hollow) or (better and hollow == best_hollow):
            best, best_share, best_hollow = delimiter, share, hollow
    return best


def _records(text: str, delimiter: str) -> list[list[str]]:
    """Rows of cells. Quotes count as quotes only where they do not swallow lines or contradict themselves."""
    if not delimiter:
        return [[line] for line in text.splitlines() if line.strip()]
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
            io.StringIO(text, newline=""),
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


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it holds no value like those below it."""
    first, rest = rows[0], rows[1:]
    names = [cell.strip() for cell in first]
    if len(set(names)) < len(names):
        return False
    if not rest:
        return len(names) > 1 and all(_is_word(name) for name in names)
    columns = list(zip(*rest, strict=True))
    numeric = [as_numbers(column) for column in columns]
    if any(not is_missing(name) and as_numbers([name]) is not None for name in names):
        return _numbers_as_names(names, numeric)
    if any(column is not None and np.isfinite(column).any() for column in numeric):
        return any(
            column is not None and not is_missing(name) for name, column in zip(names, numeric, strict=True)
        )
    if any(name in column for name, column in zip(names, columns, strict=True)):
        return False
    return all(_is_word(name) or not name for name in names)


def _numbers_as_names(names: list[str], columns: list[NDArray[np.float64] | None]) -> bool:
    """Sensors named by numbers: every name lies outside the values of its column."""
    if len(names) < 3 or any(column is None or len(column) < 20 for column in columns):
        return False
    values = as_numbers(names)
    outside = [
        not np.nanmin(column) - np.ptp(column) <= value <= np.nanmax(column) + np.ptp(column)
        for value, column in zip(values if values is not None else [], columns, strict=False)
        if column is not None and np.isfinite(column).all()
    ]
    return len(outside) == len(names) and all(outside)


def _is_word(name: str) -> bool:
    return bool(name) and len(name) <= 40 and len(name.split()) <= 3 and not name.endswith((".", "!", "?"))


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() or f"column{i}" for i, name in enumerate(names))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        if is_missing(cell):
            return math.nan
        raise


def _time_parsers(example: str) -> list[functools.partial[datetime]]:
    """How an example may be read, ISO 8601 first; a bare number is no time unless it is a date."""
    parsers = []
    for how in (None, *TIME_FORMATS):
        parse = functools.partial(_time, how=how)
        try:
            parse(example.strip())
        except ValueError:
            continue
        parsers.append(parse)
    return parsers


def _time(cell: str, *, how: str | None) -> datetime:
    return datetime.fromisoformat(cell) if how is None else datetime.strptime(cell, how)
