"""One long series: a row per point in time, in order."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers import cells
from advisor.readers.cells import Kind
from advisor.readers.labels import split_counts
from advisor.readers.long_series import STEP_NAME
from advisor.readers.source import Skipped, Source
from advisor.readers.table_rows import SURE_NAMES, Rows, find_column
from advisor.readers.target_guess import by_name, holds_classes
from advisor.readers.wide_series import same_unit
from advisor.records import Axis, Column, DatasetSpec, InputSpec, TargetSpec

FORMAT = "csv-series"
LEAST_STEPS = 8  # rows in order of time that are a series and not a small table
LEAST_UNTIMED = 30  # the same for rows without any time
REPEATED_SHARE = 0.01  # of the steps may repeat a time: the hour that a summer's end shows twice
SPREAD = ("year", "month", "day", "hour", "minute", "second")
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?( ?[AaPp][Mm])?$")
EVEN_SHARE = 0.9  # of the steps of a time that is a number must be equal
FOLLOWING = 0.5  # least correlation of a row with the one before, of a series without any time
CLOSE, LEAST_CLOSE = 0.9, 200  # the same and the rows needed, where columns have several units
COUNTING_NAME = re.compile(
    r"^(index|idx|id|no|nr|number|row|pos|position|order|unnamed: ?\d+|column0|)$", re.I
)
YEAR = 365.25 * 24 * 3600


@dataclass(frozen=True)
class Times:
    """Points in time of the rows: as dates where they are such, and the columns they come from."""

    moments: list[datetime] | None
    used: list[int]
    backwards: bool
    spacing: float | None  # seconds


def build(
    rows: Rows, kinds: tuple[Kind, ...], target: str | None, *, least: int = LEAST_STEPS
) -> Source | None:
    """One sample (time, channel) float32 of the numeric columns; None when the rows are no series.

    Rows are a series when a column of times, or one for each of year, month, day, ..., runs in order; when a
    column of numbers that is called a time goes on in even steps; or, without any, when the columns are of
    one unit and each row is like the one before.
    Other columns are left out and named in `skipped`. NaN stands for missing values.
    """
    found = find_times(rows, kinds)
    numeric = [i for i, kind in enumerate(kinds) if kind == "number"]
    if found is None and _follow(rows, kinds, numeric):
        found = Times(None, [i for i in numeric if _counts_rows(rows, i)], False, None)
    channels = [i for i in numeric if not (found and i in found.used)]
    if found is None or not channels or len(rows.rows) < least:
        return None
    chosen = None if target in (None, "all") else find_column(rows, str(target))
    if chosen is not None and chosen not in channels:
        return None
    moments = found.moments
    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=1,
            inputs=(
                InputSpec(
                    name="series",
                    dtype="float32",
                    axes=(
                        Axis(
                            name="time",
                            size=rows.total or len(rows.rows),
                            spacing=found.spacing,
                            unit=None if found.spacing is None else "s",
                        ),
                        Axis(name="channel", size=len(channels)),
                    ),
                    columns=tuple(Column(name=rows.header[i], kind="number") for i in channels),
                ),
            ),
            target=_target(rows, kinds, target),
            splits=split_counts(None, None),
            time_index=" ".join(rows.header[i] for i in found.used) or None,
        ),
        ids=[rows.path.name],
        read=_reader(rows, channels, found.backwards),
        skipped=(*rows.skipped, *_left_out(rows, kinds, channels, found.used)),
        timestamps=None
        if moments is None
        else [time.isoformat() for time in (reversed(moments) if found.backwards else moments)],
    )


def require(rows: Rows, kinds: tuple[Kind, ...]) -> Source:
    """The series that new rows of a known series are; raises DataError when they are none."""
    source = build(rows, kinds, None, least=1)
    if source is None:
        raise DataError(
            f"{rows.path}: has no column of times in order, with numbers beside it: give a series"
        )
    return source


def find_times(rows: Rows, kinds: Sequence[Kind]) -> Times | None:
    """Points in time, in order one way or the other, and the columns that they come from."""
    dates = [i for i, kind in enumerate(kinds) if kind == "time"]
    candidates = [([i], cells.as_times(rows.column(i))) for i in dates]
    places = {name.strip().lower(): i for i, name in enumerate(rows.header)}
    spread = [places[name] for name in SPREAD if name in places]
    if len(spread) >= 2 and "year" in places:
        candidates.append((spread, _joined(rows, spread)))
    for used, times in candidates:
        for columns, moments in ((used, times), _with_clock(rows, used, times)):
            if moments is not None and _in_order(moments):
                return _dated(moments, columns)
    return _numbered(rows, kinds)


def _dated(moments: list[datetime], used: list[int]) -> Times:
    steps = np.diff(np.array([time.timestamp() for time in _naive(moments)]))
    spacing = float(np.median(np.abs(steps))) if len(steps) else None
    return Times(moments, used, bool((steps < 0).any()), spacing)


def _with_clock(
    rows: Rows, used: list[int], days: list[datetime] | None
) -> tuple[list[int], list[datetime] | None]:
    """Days and, from another column, the hour or the time of day."""
    if days is None or len(used) > 1 or len(days) < 2:
        return used, None
    for i, name in enumerate(rows.header):
        column = rows.column(i)
        if i in used or not (CLOCK.match(column[0].strip()) or name.strip().lower() in ("hour", "hr")):
            continue
        hours = [_hours(cell) for cell in column]
        if all(hour is not None for hour in hours):
            moments = [day + timedelta(hours=hour or 0) for day, hour in zip(days, hours, strict=True)]
            return [*used, i], moments
    return used, None


def _hours(cell: str) -> float | None:
    clock = CLOCK.match(cell.strip())
    if clock is None:
        return float(cell) if cell.strip().isdigit() else None
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + 12 * (clock[4].strip().lower() == "pm")
    return hour + int(clock[2]) / 60 + int(clock[3] or 0) / 3600


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
            return _of_numbers(numbers, i, "year" in name.lower())
    return None


def _of_numbers(numbers: NDArray[np.float64], used: int, years: bool) -> Times:
    whole = bool((numbers == np.round(numbers)).all())
    if years and whole and 1000 <= numbers[0] and numbers[-1] < 3000:
        return Times([datetime(int(year), 1, 1) for year in numbers], [used], False, YEAR)
    return Times(None, [used], False, None)


def _follow(rows: Rows, kinds: Sequence[Kind], numeric: Sequence[int]) -> bool:
    """Whether rows without a time are steps of a series all the same: numbers of one unit, none of them a
    target by its name or by being classes, each like the one in the row before."""
    others = [i for i, kind in enumerate(kinds) if kind not in ("number", "identifier")] or any(rows.parts)
    channels = [i for i in numeric if not _counts_rows(rows, i)]
    if others or not channels or len(rows.rows) < LEAST_UNTIMED:
        return False
    if by_name(rows, channels) or any(holds_classes(rows, kinds, i) for i in (channels[0], channels[-1])):
        return False
    columns = [rows.numbers(i) for i in channels]
    table = np.stack([column for column in columns if column is not None], axis=1)
    following = [_following(column) for column in table.T]
    if len(channels) == 1 or same_unit(table):
        return float(np.median(following)) >= FOLLOWING
    classes = any(holds_classes(rows, kinds, i) for i in channels)
    return min(following) >= CLOSE and len(table) >= LEAST_CLOSE and not classes


def _following(column: NDArray[np.float64]) -> float:
    """Correlation of each row with the one before."""
    known = np.nan_to_num(column - np.nanmean(column)) if np.isfinite(column).any() else column * 0
    power = float((known**2).sum())
    return float((known[1:] * known[:-1]).sum()) / power if power > 0 else 0.0


def _counts_rows(rows: Rows, position: int) -> bool:
    numbers = rows.numbers(position)
    return numbers is not None and len(numbers) > 2 and bool((np.diff(numbers) == 1).all())


def _target(rows: Rows, kinds: Sequence[Kind], target: str | None) -> TargetSpec:
    """The future of a channel or of all; less sure beside a column of classes that is called a label."""
    if target is not None:
        return TargetSpec(name=target, kind="future")
    labels = [
        i
        for i, name in enumerate(rows.header)
        if name.strip().lower() in (*SURE_NAMES, "activity") and holds_classes(rows, kinds, i)
    ]
    if not labels:
        return TargetSpec(name="all", kind="future", reason="rows in order of time are continued")
    return TargetSpec(
        name="all",
        kind="future",
        confidence=0.6,
        reason="rows in order of time are continued, though a column could be their label",
        choices=("all", *(rows.header[i] for i in labels)),
    )


def _joined(rows: Rows, spread: list[int]) -> list[datetime] | None:
    names = [rows.header[i].strip().lower() for i in spread]
    columns = [rows.numbers(i) for i in spread]
    if any(column is None or not np.isfinite(column).all() for column in columns):
        return None
    cells = zip(*(column.astype(int).tolist() for column in columns if column is not None), strict=True)
    first = {"month": 1, "day": 1}
    try:
        return [_time({**first, **dict(zip(names, row, strict=True))}) for row in cells]
    except ValueError:
        return None


def _time(fields: dict[str, int]) -> datetime:
    """Hours may be counted to 24."""
    return datetime(fields["year"], fields["month"], fields["day"]) + timedelta(
        hours=fields.get("hour", 0), minutes=fields.get("minute", 0), seconds=fields.get("second", 0)
    )


def _naive(times: list[datetime]) -> list[datetime]:
    """As if at Greenwich, so that the clock of this machine changes nothing."""
    return [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]


def _in_order(times: list[datetime]) -> bool:
    steps = np.diff(np.array([time.timestamp() for time in _naive(times)]))
    one_way = bool((steps >= 0).all() or (steps <= 0).all())
    return one_way and int((steps == 0).sum()) <= REPEATED_SHARE * max(1, len(steps))


def _reader(rows: Rows, channels: list[int], backwards: bool) -> functools.partial[NDArray[np.float32]]:
    @functools.cache
    def series() -> NDArray[np.float32]:
        columns = [rows.numbers(i) for i in channels]
        table = np.stack([column for column in columns if column is not None], axis=1).astype(np.float32)
        return table[::-1].copy() if backwards else table

    def read_one(index: int) -> NDArray[np.float32]:
        if index != 0:
            raise IndexError(index)
        return series().copy()

    return functools.partial(read_one)


def _left_out(rows: Rows, kinds: tuple[Kind, ...], channels: list[int], used: list[int]) -> list[Skipped]:
    return [
        Skipped(
            f"column {name}", f"holds {kind} and not numbers" if kind != "identifier" else "numbers the rows"
        )
        for i, (name, kind) in enumerate(zip(rows.header, kinds, strict=True))
        if i not in channels and i not in used
    ]
