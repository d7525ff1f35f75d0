"""Times of the rows of one long series: dates, parts of dates, or numbers that are called a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from advisor.readers.table import cells, date_parts
from advisor.readers.table.cells import Kind
from advisor.readers.table.long_layout import STEP_NAME
from advisor.readers.table.table_rows import Rows

LEAST_STEPS = 8  # rows in order of time that are a series and not a small table
REPEATED_SHARE = 0.01  # of the steps may repeat a time: the hour that a summer's end shows twice
UNNAMED = 3  # first columns of rows without names that a date may be spread over
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?( ?[AaPp][Mm])?$")
DAY_HOURS = 24
PERIOD_NAME = re.compile(
    r"^(hr|hh|he|time|hh ?mm)$|hour|period|interval|settlement|time[_ ]?(slot|block|of[_ ]?day)", re.I
)
"""Names of columns that say which part of a day it is."""
EVEN_SHARE = 0.9  # of the steps of a time that is a number must be equal
COUNTING_NAME = re.compile(
    r"^(index|idx|id|no|nr|number|row|row[_. ]?names?|pos|position|order|unnamed: ?\d+|column0|)$", re.I
)
DATE_NAME = re.compile(r"date|datetime|timestamp|unix|epoch", re.I)
FIRST_SECOND, LAST_SECOND = 3e8, 3e9  # of Unix time: 1979 to 2065
DAY_ZERO = datetime(1899, 12, 30)  # of Excel's count of days: https://support.microsoft.com, DATEVALUE
FIRST_DAY, LAST_DAY = 14_000, 62_000  # 1938 to 2069
YEAR = 365.25 * 24 * 3600
NO_EVENT = re.compile(r"birth|born|dob|expir|due|valid|until|founded|built|opened|released?", re.I)
"""Names of dates that belong to a thing and do not say when the row was written."""
LEAST_KNOWN = 0.95  # of the rows must have a time
LEAST_MOMENTS = 10  # different times; with fewer there is little to cut between


@dataclass(frozen=True)
class Times:
    """Points in time of the rows: as dates where they are such, and the columns they come from."""

    moments: list[datetime] | None
    used: list[int]
    backwards: bool
    spacing: float | None  # seconds
    order: NDArray[np.int64] | None = None  # [row] by which rows that lie mixed come into that of `moments`


def find_times(rows: Rows, kinds: Sequence[Kind], given: int | None = None) -> Times | None:
    """Points in time, in order one way or the other, and the columns that they come from.

    Args:
        given: the column that the user names: no other one is tried, and numbers need no even steps.
    """
    if given is not None:
        return _given_times(rows, given)
    candidates: list[tuple[list[int], list[datetime] | None]] = [
        ([i], times) for i in _called_times(rows, kinds) if (times := _whole(rows, i, kinds[i]))
    ]
    spread = date_parts.spread(rows.header)
    if spread and (parts := date_parts.joined(rows, spread)) is not None:
        candidates.append((spread, date_parts.between(parts)))
    for used, times in candidates:
        for columns, moments in ((used, times), _with_clock(rows, used, times)):
            if moments is not None and in_order(moments):
                return _dated(moments, columns)
    for used, times in candidates:
        for columns, moments in ((used, times), _with_clock(rows, used, times)):
            if moments is not None and (order := _sorting(moments)) is not None:
                return replace(_dated([moments[i] for i in order], columns), order=order)
    parted = calendar(rows)
    if parted is not None:
        return _dated(parted, [0, 1, 2] if len({date.day for date in parted}) > 1 else [0, 1])
    return _yearless(rows) or _numbered(rows, kinds)


def _called_times(rows: Rows, kinds: Sequence[Kind]) -> list[int]:
    """Columns of times, then those that are only called so."""
    sure = [i for i, kind in enumerate(kinds) if kind == "time"]
    return sure + [i for i, name in enumerate(rows.header) if i not in sure and DATE_NAME.search(name)]


def _whole(rows: Rows, position: int, kind: Kind) -> list[datetime] | None:
    """The times of a column of which a few may be missing or odd; days since 1900 as Excel counts them, where
    the column is called a date."""
    numbers = rows.numbers(position) if kind != "time" else None
    if numbers is None:
        times = cells.times_in(rows.column(position))
    elif (seconds := _unix(numbers)) is not None:
        times = [None if np.isnan(one) else datetime.fromtimestamp(one, UTC) for one in seconds.tolist()]
    elif FIRST_DAY <= np.nanmin(numbers, initial=np.inf) and np.nanmax(numbers, initial=0) <= LAST_DAY:
        days = [None if np.isnan(day) else day for day in numbers.tolist()]
        times = [None if day is None else DAY_ZERO + timedelta(seconds=round(86_400 * day)) for day in days]
    else:
        return None
    return None if times is None else date_parts.between(times)


def _unix(numbers: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Seconds since 1970 of numbers that are such, or milliseconds; None of others."""
    low, high = np.nanmin(numbers, initial=np.inf), np.nanmax(numbers, initial=0)
    for unit in (1.0, 1e3):
        if FIRST_SECOND * unit <= low <= high <= LAST_SECOND * unit:
            return numbers / unit
    return None


def _given_times(rows: Rows, given: int) -> Times | None:
    times = cells.as_times(rows.column(given))
    if times is not None:
        return _dated(times, [given]) if in_order(times) else None
    numbers = rows.numbers(given)
    if numbers is None or not np.isfinite(numbers).all() or not (np.diff(numbers) > 0).all():
        return None
    return _of_numbers(numbers, given, years=True)


def moments_of(
    rows: Rows, kinds: Sequence[Kind], given: int | None = None
) -> tuple[str, NDArray[np.float64]] | None:
    """Seconds of each row [row], NaN where missing, and the columns that say so; None where none does.

    Args:
        given: the column that the user names: then also numbers, and dates of whatever name.
    """
    if given is not None:
        found = _moments(rows, given)
        numbers = rows.numbers(given) if found is None else None
        found = numbers if found is None else found
        return None if found is None else (rows.header[given], found)
    for i in (i for i, kind in enumerate(kinds) if kind == "time"):
        found = None if NO_EVENT.search(rows.header[i]) else _moments(rows, i)
        if found is not None and len(np.unique(found[np.isfinite(found)])) >= LEAST_MOMENTS:
            return rows.header[i], found
    spread = date_parts.spread(rows.header)
    parts = date_parts.joined(rows, spread) if spread else None
    dates = [] if parts is None else [date for date in parts if date is not None]
    if parts is None or len(dates) < len(parts) or len(set(dates)) < LEAST_MOMENTS:
        return None
    return " ".join(rows.header[i] for i in spread), seconds_of(dates)


def _moments(rows: Rows, position: int) -> NDArray[np.float64] | None:
    column = rows.column(position)
    known = [place for place, cell in enumerate(column) if not cells.is_missing(cell)]
    times = cells.as_times([column[place] for place in known])
    if times is None or len(known) < max(1.0, LEAST_KNOWN * len(column)):
        return None
    found = np.full(len(column), np.nan)
    found[known] = seconds_of(times)
    return found


def seconds_of(times: Sequence[datetime]) -> NDArray[np.float64]:
    """Seconds since 1970 [time], those without a zone as if at Greenwich."""
    return np.array([time.timestamp() for time in _naive(list(times))])


def calendar(rows: Rows) -> list[datetime] | None:
    """Dates of rows without names whose first columns are a year and a month, or a day too, in even steps."""
    if rows.named or len(rows.header) <= UNNAMED or len(rows.rows) < LEAST_STEPS:
        return None
    columns = [rows.numbers(i) for i in range(UNNAMED)]
    year, month, day = (None if one is None or not np.isfinite(one).all() else one for one in columns)
    if year is None or month is None or not 1700 <= year.min() <= year.max() < 2200 or len(set(month)) < 2:
        return None
    if not set(month) <= set(range(1, 13)):
        return None
    thirds = [np.ones(len(year))]
    if day is not None and bool((day == np.round(day)).all()) and 1 <= day.min() <= day.max() <= 31:
        thirds.insert(0, day)
    for third in thirds:
        parts = np.stack([year, month, third], axis=1).astype(int).tolist()
        try:
            dates = [datetime(y, m, d) for y, m, d in parts]
        except ValueError:
            continue
        steps = np.diff(seconds_of(dates))
        if (steps > 0).all() and np.isclose(steps, np.median(steps), rtol=0.2).mean() >= EVEN_SHARE:
            return dates
    return None


def _sorting(times: list[datetime]) -> NDArray[np.int64] | None:
    """The order of rows that lie mixed, where their times then go on in even steps; None for others, which
    may be events of a table."""
    seconds = np.array([time.timestamp() for time in _naive(times)])
    order = np.argsort(seconds, kind="stable")
    steps = np.diff(seconds[order])
    if len(steps) < LEAST_STEPS or np.median(steps) <= 0:
        return None
    even = float(np.isclose(steps, np.median(steps), rtol=0.2).mean())
    return order if even >= EVEN_SHARE else None


def _dated(moments: list[datetime], used: list[int]) -> Times:
    steps = np.diff(seconds_of(moments))
    spacing = float(np.median(np.abs(steps))) if len(steps) else None
    return Times(moments, used, bool((steps < 0).any()), spacing)


def _with_clock(
    rows: Rows, used: list[int], days: list[datetime] | None
) -> tuple[list[int], list[datetime] | None]:
    """Days and, from another column, the hour, the time of day, or which part of the day it is."""
    if days is None or len(days) < 2 or any(day.hour or day.minute for day in days):
        return used, None
    for i, name in enumerate(rows.header):
        if i in used or not (CLOCK.match(rows.rows[0][i].strip()) or PERIOD_NAME.search(name)):
            continue
        hours = _hours(rows.column(i)) or _periods(rows, i, days)
        if hours is not None:
            moments = [day + timedelta(hours=hour) for day, hour in zip(days, hours, strict=True)]
            return [*used, i], moments
    return used, None


def _yearless(rows: Rows) -> Times | None:
    """Months and days of a year that is not told, in order."""
    places = date_parts.places(rows.header)
    if "year" in places or not {"month", "day"} <= set(places):
        return None
    used = [places["month"], places["day"]]
    columns = [rows.numbers(i) for i in used]
    if any(column is None or not np.isfinite(column).all() for column in columns):
        return None
    month, day = (column for column in columns if column is not None)
    steps = np.diff(31 * month + day)
    if len(steps) + 1 < LEAST_STEPS or (steps <= 0).any() or month.max() > 12 or day.max() > 31:
        return None
    return Times(None, used, False, None)


def _hours(column: Sequence[str]) -> list[float] | None:
    """Hours since midnight of `14:30`, `2:30 PM`, or `1430`; None of other cells."""
    clocks = [CLOCK.match(cell.strip()) for cell in column]
    if all(clocks):
        return [_hour(clock) for clock in clocks if clock]
    if not all(cell.strip().isdigit() and len(cell.strip()) <= 4 for cell in column):
        return None
    numbers = [int(cell) for cell in column]
    if max(numbers) <= 2 * DAY_HOURS or max(numbers) > 100 * DAY_HOURS or any(n % 100 > 59 for n in numbers):
        return None
    return [number // 100 + number % 100 / 60 for number in numbers]


def _hour(clock: re.Match[str]) -> float:
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + 12 * (clock[4].strip().lower() == "pm")
    return hour + int(clock[2]) / 60 + int(clock[3] or 0) / 3600


def _periods(rows: Rows, position: int, days: list[datetime]) -> list[float] | None:
    """Hours since midnight of parts of the day that are counted (24 hours, 48 half hours), by how many there
    are on most days; days on which the clock is changed have one or two more or less."""
    numbers = rows.numbers(position)
    if numbers is None or not np.isfinite(numbers).all() or (numbers != np.round(numbers)).any():
        return None
    if rows.header[position].strip().lower() in ("hour", "hr") and 0 <= numbers.min() <= numbers.max() <= 24:
        return [float(hour) for hour in numbers]
    first, (values, counts) = numbers.min(), np.unique(numbers, return_counts=True)
    most = int((counts >= EVEN_SHARE * np.median(counts)).sum())
    if first not in (0, 1) or not 2 <= most <= len(values) <= most + 2 or len(set(days)) < 2:
        return None
    if DAY_HOURS % most and most % DAY_HOURS:
        return None
    return [float(hour) for hour in np.minimum(numbers - first, most - 1) * DAY_HOURS / most]


def _numbered(rows: Rows, kinds: Sequence[Kind]) -> Times | None:
    """A column of numbers that is called a time and goes on in even steps."""
    for i, kind in enumerate(kinds):
        name = rows.header[i].strip()
        if kind not in ("number", "identifier") or not STEP_NAME.match(name) or COUNTING_NAME.match(name):
            continue
        numbers = rows.numbers(i)
        if numbers is None or len(numbers) < LEAST_STEPS or not np.isfinite(numbers).all():
            continue
        steps = np.diff(numbers)
        even = np.isclose(steps, np.median(steps), rtol=0.2)
        if (steps > 0).all() and even.mean() >= EVEN_SHARE:
            return _of_numbers(numbers, i, years="year" in name.lower())
    return None


def _of_numbers(numbers: NDArray[np.float64], used: int, *, years: bool) -> Times:
    whole = bool((numbers == np.round(numbers)).all())
    if years and whole and 1000 <= numbers[0] and numbers[-1] < 3000:
        return Times([datetime(int(year), 1, 1) for year in numbers], [used], False, YEAR)
    return Times(None, [used], False, None)


def _naive(times: list[datetime]) -> list[datetime]:
    """As if at Greenwich, so that the clock of this machine changes nothing."""
    return [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]


def in_order(times: list[datetime]) -> bool:
    """Whether times go one way, and hardly one stands there twice."""
    steps = np.diff(seconds_of(times))
    one_way = bool((steps >= 0).all() or (steps <= 0).all())
    return one_way and int((steps == 0).sum()) <= REPEATED_SHARE * max(1, len(steps))
