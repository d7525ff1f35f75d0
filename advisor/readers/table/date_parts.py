"""Dates spread over columns: a year, a month or a day of the year, a day, an hour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.readers.source import Skipped

if TYPE_CHECKING:
    from advisor.readers.table.table_rows import Rows

NAMES = {
    "year": "year yr yyyy yy",
    "quarter": "quarter qtr",
    "month": "month mon mo mnth mth mm",
    "week": "week wk isoweek weekofyear weeknumber weekno weeknum",
    "dayofyear": "dayofyear doy yday jday julianday julian",
    "day": "day dayofmonth dateofmonth mday dom dy dd",
    "hour": "hour hr hh hourofday",
    "minute": "minute min mi",
    "second": "second sec ss",
}
"""What the parts of dates are called."""
PART_OF = {name: part for part, names in NAMES.items() for name in names.split()}
FIXES = ("month", "quarter", "dayofyear", "week")  # beside the year one of these, as the first that is there
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAME = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?$", re.I)
CENTURY, SHORT_YEAR = 1900, 100
ODD_SHARE = 0.01  # of the steps of one series may have no date: they lie between their neighbours
UNDATED_SHARE = 0.1  # of the rows of many series may have none, and are left out: totals, rows of no day


def places(header: Sequence[str]) -> dict[str, int]:
    """Positions of the columns by the part of a date that they are called by (`obs_year` as `year`, where all
    begin in the same way), or by their own name."""
    found: dict[str, int] = {}
    begun: dict[str, dict[str, int]] = {}
    for i, name in enumerate(header):
        words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
        plain = "".join(words)
        if plain == "mm" and "month" in found:
            plain = "minute"
        found[PART_OF.get(plain, plain)] = i
        if len(words) > 1 and words[-1] in PART_OF:
            begun.setdefault(" ".join(words[:-1]), {})[PART_OF[words[-1]]] = i
    if "year" not in found:
        whole = [parts for parts in begun.values() if "year" in parts and set(FIXES) & set(parts)]
        return {**found, **whole[0]} if len(whole) == 1 else found
    return found


def spread(header: Sequence[str]) -> list[int]:
    """The columns of a date that is spread over several: the year and at least one more; else none."""
    where = places(header)
    if "year" not in where:
        return []
    fix = next((part for part in FIXES if part in where), None)
    parts = ["year", *([] if fix is None else [fix])]
    if fix in (None, "month", "quarter") and "day" in where:
        parts.append("day")
    parts += [part for part in ("hour", "minute", "second") if part in where]
    return [where[part] for part in parts] if len(parts) > 1 else []


def joined(rows: Rows, columns: Sequence[int]) -> list[datetime | None] | None:
    """The date of each row, None where it has none (31 June); None where a column holds no numbers."""
    where = {position: part for part, position in places(rows.header).items()}
    names = [where[i] for i in columns]
    values = [_numbers(rows, i, part) for i, part in zip(columns, names, strict=True)]
    found = []
    for row in zip(*(column for column in values if column is not None), strict=True):
        found.append(_time(dict(zip(names, row, strict=True))))
    return found if all(column is not None for column in values) else None


def between(times: Sequence[datetime | None]) -> list[datetime] | None:
    """The times of steps one after another, those few that are not known as lying between their neighbours;
    None where too many are not."""
    known = [i for i, time in enumerate(times) if time is not None]
    if known and len(known) == len(times):
        return [time for time in times if time is not None]
    if len(known) < 2 or len(times) - len(known) > max(1, ODD_SHARE * len(times)):
        return None
    zoned = next(time.tzinfo for time in times if time is not None)
    start = datetime(1970, 1, 1, tzinfo=zoned)
    seconds = np.array([(time - start).total_seconds() for time in times if time is not None])
    steps = np.arange(len(times))
    filled = np.interp(steps, known, seconds)
    filled[: known[0]] = seconds[0] - (known[0] - steps[: known[0]]) * (seconds[1] - seconds[0])
    filled[known[-1] + 1 :] = seconds[-1] + (steps[known[-1] + 1 :] - known[-1]) * (seconds[-1] - seconds[-2])
    try:
        return [start + timedelta(seconds=round(second)) for second in filled.tolist()]
    except OverflowError:
        return None


def merged(rows: Rows) -> Rows | None:
    """The rows with one column of dates in place of the columns that it is spread over; those without a date
    are left out. None where there is no such date, or too few rows have one."""
    columns = spread(rows.header)
    dates = joined(rows, columns) if columns and rows.total is None else None
    if dates is None:
        return None
    kept = [i for i, date in enumerate(dates) if date is not None]
    if len(kept) < (1 - UNDATED_SHARE) * len(dates) or len(set(dates)) < 2:
        return None
    rest = [i for i in range(len(rows.header)) if i not in columns]
    left = len(dates) - len(kept)
    note = (Skipped(str(rows.path), f"{left:,} rows whose year, month and day are no date"),) if left else ()
    moved = {i: place for place, i in enumerate(rest, start=1)}
    return replace(
        rows,
        header=("date", *(rows.header[i] for i in rest)),
        rows=tuple((str(dates[i]), *(rows.rows[i][k] for k in rest)) for i in kept),
        ids=tuple(rows.ids[i] for i in kept),
        parts=tuple(rows.parts[i] for i in kept),
        skipped=(*rows.skipped, *note),
        absent=None if rows.absent is None else moved.get(rows.absent),
        attached=None if rows.attached is None else moved.get(rows.attached),
    )


def _numbers(rows: Rows, position: int, part: str) -> NDArray[np.float64] | None:
    numbers = rows.numbers(position)
    if numbers is not None or part != "month":
        return numbers
    cells = [cell.strip() for cell in rows.column(position)]
    if not all(MONTH_NAME.match(cell) for cell in cells):
        return None
    return np.array([1.0 + MONTHS.index(cell[:3].lower()) for cell in cells])


def _time(fields: dict[str, float]) -> datetime | None:
    """Hours may be counted to 24; quarters stand for their first month; years of two digits are of the
    twentieth century, as nothing says otherwise."""
    if not all(map(np.isfinite, fields.values())):
        return None
    whole = {part: int(number) for part, number in fields.items()}
    year = whole["year"] + CENTURY * (whole["year"] < SHORT_YEAR)
    try:
        if "dayofyear" in whole:
            day = datetime(year, 1, 1) + timedelta(days=whole["dayofyear"] - 1)
            right = 1 <= whole["dayofyear"] <= 366
        elif "week" in whole:
            day, right = (
                datetime.fromisocalendar(year, max(1, min(52, whole["week"])), 1),
                0 <= whole["week"] <= 53,
            )
            day += timedelta(weeks=whole["week"] - max(1, min(52, whole["week"])))
        else:
            month, right = whole.get("month", 1), 1 <= whole.get("quarter", 1) <= 4
            if "quarter" in whole:
                month = 3 * whole["quarter"] - 2
            day = datetime(year, month, whole.get("day", 1))
        clock = timedelta(
            hours=whole.get("hour", 0), minutes=whole.get("minute", 0), seconds=whole.get("second", 0)
        )
        return day + clock if right else None
    except (ValueError, OverflowError):
        return None
