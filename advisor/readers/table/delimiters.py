"""Text out of bytes, what sets its cells apart, and its records."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from advisor.readers.table.cells import as_numbers, as_times

DELIMITERS = ("\t", ";", "|", ",")  # rarest in running text first: it wins where several fit
RARE_MARKS, LEAST_CONSISTENT = ("\t", ";", "|"), 0.6  # not in running text: a few odd rows do not matter
SPACES = " "  # stands for any white space; the last resort, for numbers only
COMMENT = ("#", "%", "//")
HEAD_ROWS = 200  # rows that delimiter and header are judged by
CONSISTENT = 0.9  # share of rows that must have the same number of cells for a delimiter to be one
NUMERIC_SHARE = 0.6  # of cells that must be numbers where white space sets them apart
CODED_SHARE, LEAST_EVEN = 0.3, 5  # the same of codes (`A11 65 A32`), where all of so many rows are as wide
LEAST_RAGGED = 8  # cells of the longest of such rows
LATE = 1e-3  # a delimiter that fits from the first line on is taken before one that does not
LONG_PREFACE = 20  # lines of comments; fewer are left out one by one
MOST_ABOVE = 50  # lines above the header that say what the file is


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


def without_preface(text: str) -> str:
    """The text without a long preface of comments, but for its last line, which may name the columns."""
    last = start = count = 0
    while text.startswith(COMMENT, start):
        last, count = start, count + 1
        start = text.find("\n", start) + 1 or len(text)
    return text[last:] if count > LONG_PREFACE and start < len(text) else text


def find_delimiter(text: str) -> str:
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
        numbers = sum(as_numbers([cell]) is not None or _is_quoted_time(cell) for cell in cells)
        even = width >= LEAST_EVEN and count == len(cut) >= LEAST_EVEN  # sentences have different lengths
        return SPACES if numbers >= (CODED_SHARE if even else NUMERIC_SHARE) * len(cells) else ""
    ragged = _ragged_delimiter(lines)
    shares = {mark: _consistency("\n".join(lines), mark)[0] for mark in RARE_MARKS}
    surest = max(shares, key=lambda mark: shares[mark])
    return ragged or (surest if shares[surest] >= LEAST_CONSISTENT else "")


def _is_quoted_time(cell: str) -> bool:
    return " " in cell and as_times([cell]) is not None


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
    records = records_of(head, delimiter)
    widths = [len(row) for row in records]
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 0.0, True
    width, count = counts.most_common(1)[0]
    above = min(widths.index(width), MOST_ABOVE)
    if count <= above:
        return 0.0, True
    columns = list(zip(*(row for row in records if len(row) == width), strict=True))
    filled = [any(cell.strip() for cell in column) for column in columns]
    while filled and not filled[-1]:  # lines end with delimiters: `1;2;;`
        filled.pop()
    if len(filled) < 2:  # it only ends the lines
        return 0.0, True
    hollow = not all(filled[1:])
    return count / (len(widths) - above) - (LATE if above else 0), hollow


def _ragged_delimiter(lines: list[str]) -> str:
    """The delimiter of rows of numbers that have each their own length."""
    for delimiter in (*DELIMITERS, SPACES):
        rows = [line.split(delimiter.strip(" ") or None) for line in lines if line.strip()]
        long = [row for row in rows if len(row) >= LEAST_RAGGED]
        cells = [cell for row in long[:50] for cell in row[1:-1]]
        if len(long) > 0.5 * len(rows) and cells:
            numbers = sum(as_numbers([cell]) is not None for cell in cells)
            if numbers >= CONSISTENT * len(cells):
                return delimiter
    return ""


def records_of(text: str, delimiter: str) -> list[list[str]]:
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
