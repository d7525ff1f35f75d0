"""One long series: a row per point in time, in order."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers import delimited
from advisor.readers.delimited import Kind
from advisor.readers.labels import split_counts
from advisor.readers.source import Skipped, Source
from advisor.readers.table_rows import Rows, find_column
from advisor.records import Axis, Column, DatasetSpec, InputSpec, TargetSpec

FORMAT = "csv-series"
LEAST_STEPS = 8  # rows in order of time that are a series and not a small table
REPEATED_SHARE = 0.01  # of the steps may repeat a time: the hour that a summer's end shows twice
SPREAD = ("year", "month", "day", "hour", "minute", "second")


def build(
    rows: Rows, kinds: tuple[Kind, ...], target: str | None, *, least: int = LEAST_STEPS
) -> Source | None:
    """One sample (time, channel) float32 of the numeric columns; None when the rows are no series.

    Rows are a series when a column of times, or one for each of year, month, day, ..., runs in order.
    Other columns are left out and named in `skipped`. NaN stands for missing values.
    """
    found = _times(rows, kinds)
    channels = [i for i, kind in enumerate(kinds) if kind == "number" and not (found and i in found[1])]
    if found is None or not channels or len(rows.rows) < least:
        return None
    times, used = found
    chosen = None if target in (None, "all") else find_column(rows, str(target))
    if chosen is not None and chosen not in channels:
        return None
    steps = np.diff(np.array([time.timestamp() for time in _naive(times)]))
    backwards = bool((steps < 0).any())
    spacing = float(np.median(np.abs(steps))) if len(steps) else None
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
                        Axis(name="time", size=len(times), spacing=spacing, unit="s"),
                        Axis(name="channel", size=len(channels)),
                    ),
                    columns=tuple(Column(name=rows.header[i], kind="number") for i in channels),
                ),
            ),
            target=TargetSpec(name=target or "all", kind="future"),
            splits=split_counts(None, None),
            time_index=" ".join(rows.header[i] for i in used),
        ),
        ids=[rows.path.name],
        read=_reader(rows, channels, backwards),
        skipped=(*rows.skipped, *_left_out(rows, kinds, channels, used)),
        timestamps=[time.isoformat() for time in (reversed(times) if backwards else times)],
    )


def require(rows: Rows, kinds: tuple[Kind, ...]) -> Source:
    """The series that new rows of a known series are; raises DataError when they are none."""
    source = build(rows, kinds, None, least=1)
    if source is None:
        raise DataError(
            f"{rows.path}: has no column of times in order, with numbers beside it: give a series"
        )
    return source


def _times(rows: Rows, kinds: tuple[Kind, ...]) -> tuple[list[datetime], list[int]] | None:
    """Points in time, in order one way or the other, and the columns that they come from."""
    candidates = [([i], delimited.as_times(rows.column(i))) for i, kind in enumerate(kinds) if kind == "time"]
    places = {name.strip().lower(): i for i, name in enumerate(rows.header)}
    spread = [places[name] for name in SPREAD if name in places]
    if len(spread) >= 2 and "year" in places:
        candidates.append((spread, _joined(rows, spread)))
    for used, times in candidates:
        if times is not None and _in_order(times):
            return times, used
    return None


def _joined(rows: Rows, spread: list[int]) -> list[datetime] | None:
    names = [rows.header[i].strip().lower() for i in spread]
    columns = [delimited.as_numbers(rows.column(i)) for i in spread]
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
    from datetime import UTC

    return [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]


def _in_order(times: list[datetime]) -> bool:
    steps = np.diff(np.array([time.timestamp() for time in _naive(times)]))
    one_way = bool((steps >= 0).all() or (steps <= 0).all())
    return one_way and int((steps == 0).sum()) <= REPEATED_SHARE * max(1, len(steps))


def _reader(rows: Rows, channels: list[int], backwards: bool) -> functools.partial[NDArray[np.float32]]:
    @functools.cache
    def series() -> NDArray[np.float32]:
        columns = [delimited.as_numbers(rows.column(i), rows.delimiter) for i in channels]
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
