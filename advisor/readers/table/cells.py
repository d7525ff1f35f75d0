"""What the cells of a column hold: numbers, times, names, texts, lists of numbers."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

HEAD_CELLS = 200  # cells that a guess is made by before all of them are tried
FIRST_CELLS = 3  # of them, by each of which the way that times are written is guessed
ODD_SHARE = 0.01  # of the cells of a column of numbers may be something else ("error"): they count as missing
LEAST_FOR_ODD = 30  # cells of a column in which one may be odd all the same: a total below it
MISSING = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "?", "nat", "n.a.", "#n/a", "#na", "<na>", "\\n"}
)
NO_NUMBER = MISSING | {"-", "--", "---"}  # among numbers; among names `-` may be one
TEXT_WORDS = 6.0  # words per cell, on average, from which a column is free text and not names
DISTINCT_SHARE, LEAST_DISTINCT = 0.5, 10  # a column of words with more distinct values tells rows apart
IDENTIFIER_NAME = re.compile(
    r"^(id|index|no|nr|number|row|row[_. ]?names?|uuid|guid|key|name|unnamed: ?\d+|.*[_ ]id|[a-z]+Id|)$", re.I
)
LEAST_DATE = 6  # digits of a date written as a number
TIME_NAME = re.compile(
    r"date|time|timestamp|month|year|day|week|hour|period|stamp|epoch|unix|datum|zeit|fecha", re.I
)
TIME_FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m", "%Y/%m/%d", "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p",
    "%Y-%m-%d %I:%M:%S %p", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d-%m-%Y", "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y",
    "%B %Y", "%b-%y", "%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m", "%Y/%m", "%m/%Y",
    "%Y.%m.%d", "%Y.%m.%d %H:%M", "%Y.%m.%d %H:%M:%S", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%m/%d/%y %H:%M",
    "%d/%m/%y %H:%M", "%Y-%m-%d-%H", "%Y-%m-%d %H", "%d%b%Y", "%Y %b", "%Y %B", "%Y-%b", "%YM%m",
    "%b %d %Y", "%B %d %Y", "%b-%Y", "%b-%d-%Y", "%d-%B-%Y", "%a %b %d %H:%M:%S %Y", "%Y:%m:%d %H:%M:%S",
)  # fmt: skip
QUARTER = re.compile(r"^(\d{4})[- ]?Q([1-4])$", re.I)
WEEK = re.compile(r"^(\d{4})[- ]?W(\d{1,2})$", re.I)
EPOCHS = {9: 1.0, 10: 1.0, 13: 1e3, 16: 1e6, 19: 1e9}  # digits of seconds since 1970, and parts of a second
GROUPED = {
    ",": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$"),
    ".": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?$"),
    " ": re.compile(r"[-+]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?$"),
}
"""Numbers with their thousands set apart, by what sets them apart."""
AROUND = re.compile(r"^(?:[$€£¥]\s?)|\s?(?:%|[$€£¥])$")
COMMA_DECIMAL = re.compile(r"[-+]?(?:\d+,\d*|,\d+)(?:[eE][-+]?\d+)?$")
LEAST_LISTED = 4  # numbers in one cell that are a series; two or three are a place or a range
LISTED = re.compile(r"^[\[({]?[-+\d.\s,;|eENnAaulif\[\]()]+[\])}]?$")
OBJECT = re.compile(r'\{"[^"]*": .*\}$', re.S)  # what is known of a row in JSON, which is no text
LEAST_CODED, CODES = 50, 10  # rows, and numbers per row to choose from, of a first column that codes the rows
Kind = Literal["number", "category", "text", "time", "identifier"]


def is_missing(cell: str) -> bool:
    """Empty cells and the usual marks for no value."""
    return cell.strip().lower() in MISSING


def as_numbers(cells: Sequence[str], delimiter: str = ",") -> NDArray[np.float64] | None:
    """float64 [row], NaN where missing or infinite; None when the column holds anything else.

    Understood as well: percent and currency signs, thousands set apart, decimal commas (`1,5`, and beside
    another delimiter than the comma `1,500` too). Up to ODD_SHARE of the cells may be odd: they are NaN.
    `5_20251106`, which Python takes for a number, is the name of something.
    """
    if not any("_" in cell for cell in cells[:HEAD_CELLS]):
        try:
            found = np.array(cells, dtype=np.float64)  # fast, where no cell is missing
            return np.where(np.isfinite(found), found, np.nan)
        except ValueError:
            pass
    for some in (cells[:HEAD_CELLS], cells):  # most columns of words end here
        numbers = _numbers(some, delimiter)
        if numbers is None:
            return None
    return numbers


def as_times(cells: Sequence[str]) -> list[datetime] | None:
    """Points in time, all written in one way; None when a cell is anything else."""
    if cells and cells[0].strip().isdigit() and len(cells[0].strip()) in EPOCHS:
        epochs = _epochs(cells)
        if epochs is not None:
            return epochs
    for parse in _time_parsers(cells[0] if cells else ""):
        try:
            times = [parse(cell.strip()) for cell in cells]
        except ValueError:
            continue
        return times if len({time.tzinfo is None for time in times}) == 1 else None
    return None


def times_in(cells: Sequence[str]) -> list[datetime | None] | None:
    """The same where some cells are missing or odd, which are None; None where the first few are all odd."""
    known = [cell for cell in cells[:HEAD_CELLS] if not is_missing(cell)]
    whole = as_times(cells) if len(known) == len(cells[:HEAD_CELLS]) else None
    if whole is not None:
        return list(whole)
    for example in known[:FIRST_CELLS]:
        for parse in _time_parsers(example):
            found = [_parsed(parse, cell) for cell in cells]
            if sum(time is None for time in found) <= max(1.0, ODD_SHARE * len(cells)):
                zoned = {time.tzinfo is None for time in found if time is not None}
                return found if len(zoned) == 1 else None
    return None


def _parsed(parse: functools.partial[datetime], cell: str) -> datetime | None:
    try:
        return parse(cell.strip())
    except ValueError:
        return None


def kind_of(name: str, cells: Sequence[str], delimiter: str = ",") -> Kind:
    """What a column holds, by its cells and, for identifiers and numeric times, its name."""
    return kind_given(name, cells, as_numbers(cells, delimiter))


def kind_given(name: str, cells: Sequence[str], numbers: NDArray[np.float64] | None) -> Kind:
    """The same where the numbers of the cells are known, or that they are none."""
    if numbers is not None:
        timed = TIME_NAME.search(name) or name == "column0"
        if timed and cells and len(cells[0].strip()) >= LEAST_DATE and as_times(cells) is not None:
            return "time"
        return "identifier" if _numbers_rows(name, numbers) else "number"
    known = [cell for cell in cells if not is_missing(cell)]
    if as_times(known[:HEAD_CELLS]) is not None and as_times(known) is not None:
        return "time"
    if known and all(OBJECT.match(cell) for cell in known[:HEAD_CELLS]):
        return "identifier"
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


def holds_lists(cells: Sequence[str]) -> bool:
    """Whether nearly every cell is a list of numbers: `[1.5, 2, 3, 4]`, `1 2 3 4`, `[[1, 2], [3, 4]]`."""
    known = [cell for cell in cells[:HEAD_CELLS] if not is_missing(cell)]
    lists = sum(len(cell) > 2 * LEAST_LISTED and LISTED.match(cell.strip()) is not None for cell in known)
    if not known or lists < 0.95 * len(known):
        return False
    try:
        counts = [listed(cell).shape[0] for cell in known[:20] if LISTED.match(cell.strip())]
    except ValueError:
        return False
    return bool(counts) and float(np.median(counts)) >= LEAST_LISTED


def listed(cell: str) -> NDArray[np.float32]:
    """float32 [time, channel] of a cell that is a list of numbers or of lists; ValueError else."""
    text = cell.strip()
    rows = re.findall(r"\[([^\[\]]*)\]", text) if text.count("[") > 1 else [text.strip("[](){}")]
    values = [[_listed_number(piece) for piece in re.split(r"[\s,;|]+", row.strip(" ,;|"))] for row in rows]
    table = np.array(values, dtype=np.float32)  # ValueError where the lists have different lengths
    return table if len(rows) > 1 else table.T


def _listed_number(piece: str) -> float:
    return math.nan if is_missing(piece) else float(piece)


def _numbers(cells: Sequence[str], delimiter: str) -> NDArray[np.float64] | None:
    allowed = max(ODD_SHARE * len(cells), float(len(cells) >= LEAST_FOR_ODD))
    for read in (_plain, functools.partial(_marked, delimiter=delimiter)):
        found, odd = np.empty(len(cells)), 0
        for place, cell in enumerate(cells):
            try:
                found[place] = read(cell)
            except ValueError:
                found[place] = math.nan
                odd += 1
                if odd > allowed:
                    break
        else:
            found[~np.isfinite(found)] = math.nan
            if np.isfinite(found).any() or not odd:
                return found
    return None


def _plain(cell: str) -> float:
    if "_" in cell:
        raise ValueError(cell)
    try:
        return float(cell)
    except ValueError:
        if cell.strip().lower() in NO_NUMBER:
            return math.nan
        raise


def _marked(cell: str, *, delimiter: str) -> float:
    """A number with a sign of its unit, thousands set apart or a decimal comma."""
    text = AROUND.sub("", AROUND.sub("", cell.strip())).strip()
    if COMMA_DECIMAL.match(text) and (delimiter not in (",", "") or not GROUPED[","].match(text)):
        return float(text.replace(",", "."))
    if GROUPED[","].match(text):
        return float(text.replace(",", ""))
    if GROUPED["."].match(text) and ("," in text or text.count(".") > 1):
        return float(text.replace(".", "").replace(",", "."))
    if GROUPED[" "].match(text):
        return float(re.sub(r"\s", "", text).replace(",", "."))
    return _plain(text)


def _numbers_rows(name: str, numbers: NDArray[np.float64]) -> bool:
    """A numbering of the rows: named like one and all different, or a nameless first column that counts."""
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) < len(numbers) or len(numbers) < 3:
        return False
    whole = bool((numbers == np.round(numbers)).all())
    counts = name == "column0" and bool((np.diff(numbers) == 1).all())
    coded = (
        name == "column0" and len(numbers) >= LEAST_CODED and float(np.ptp(numbers)) > CODES * len(numbers)
    )
    return whole and (counts or coded or bool(IDENTIFIER_NAME.match(name)))


def _epochs(cells: Sequence[str]) -> list[datetime] | None:
    scale = EPOCHS[len(cells[0].strip())]
    try:
        seconds = np.array(cells, dtype=np.float64) / scale
    except ValueError:
        return None
    if not (np.isfinite(seconds).all() and (seconds > 3e8).all() and (seconds < 4.2e9).all()):
        return None
    return [datetime.fromtimestamp(second, UTC).replace(tzinfo=None) for second in seconds.tolist()]


def _time_parsers(example: str) -> list[functools.partial[datetime]]:
    """How an example may be read, ISO 8601 first; a bare number is no time unless it is a date."""
    parsers = []
    for how in (None, "quarter", "week", *TIME_FORMATS):
        parse = functools.partial(_time, how=how)
        try:
            parse(example.strip())
        except ValueError:
            continue
        parsers.append(parse)
    return parsers


def _time(cell: str, *, how: str | None) -> datetime:
    if how == "quarter":
        quarter = QUARTER.match(cell)
        if quarter is None:
            raise ValueError(cell)
        return datetime(int(quarter[1]), 3 * int(quarter[2]) - 2, 1)
    if how == "week":
        week = WEEK.match(cell)
        if week is None:
            raise ValueError(cell)
        return datetime.fromisocalendar(int(week[1]), int(week[2]), 1)
    return datetime.fromisoformat(cell) if how is None else datetime.strptime(cell, how)
