"""The table of one station as a series: its times, its columns of numbers, and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UnsafeDataError
from advisor.readers.graph import grids
from advisor.readers.graph.graph_relations import LATITUDE, LONGITUDE, Places
from advisor.readers.graph.graph_tables import TIMES
from advisor.readers.graph.grids import Head
from advisor.readers.table import delimited

if TYPE_CHECKING:
    import pandas

SPREAD = ("year", "month", "day", "hour", "minute", "second")
COUNTERS = frozenset({"no", "index", "id", "row", ""})
DENSE = 0.2  # share of values that must be known for stations to be laid side by side by their times
MAX_VALUES = 2**29  # of all stations together: 2 GiB


@dataclass(frozen=True)
class Series:
    """[time] times and the columns of numbers at them; latitude and longitude where the table has them."""

    frame: pandas.DataFrame
    place: tuple[float, float] | None


def time_columns(head: Head) -> list[int] | None:
    """The column of times, or those of year, month, day, ...; None where there is none."""
    names = [name.strip().lower() for name in head.header or ()]
    spread = [names.index(name) for name in SPREAD if name in names]
    if "year" in names and len(spread) >= 2:
        return spread
    likely = sorted(range(head.width), key=lambda i: not TIMES.search(names[i]))
    for i in likely:
        cells = [row[i] for row in head.rows if not delimited.is_missing(row[i])]
        bare = delimited.as_numbers(cells) is not None
        if cells and not (bare and not TIMES.search(names[i])) and delimited.as_times(cells) is not None:
            return [i]
    return None


def times_of_head(head: Head) -> pandas.Series | None:
    """Points in time of the first rows; None where they have no times, or such as `load` cannot read."""
    import pandas

    times = time_columns(head)
    if times is None:
        return None
    try:
        return _parsed(pandas.DataFrame(head.rows, columns=head.names), head, times, head.path)
    except DataError:
        return None


def load(files: Sequence[Path]) -> Series:
    """One station's series, of one file or several that follow each other.

    Raises:
        DataError: a table without times.
    """
    import pandas

    frames, place = [], None
    for file in files:
        head = grids.head(file)
        times = None if head is None else time_columns(head)
        if head is None or times is None:
            raise DataError(f"{file}: has no column of times: give it one")
        table = grids.load(head)
        table.columns = pandas.Index(head.names)
        index = pandas.DatetimeIndex(_parsed(table, head, times, file))
        at = [next((n for n in table.columns if which.match(n)), None) for which in (LATITUDE, LONGITUDE)]
        if at[0] and at[1] and len(table):
            where = pandas.to_numeric(table[[at[0], at[1]]].iloc[0], errors="coerce")
            place = (float(where.iloc[0]), float(where.iloc[1]))
        used = {head.names[i] for i in times} | {name for name in at if name}
        free = [name for name in table.columns if name not in used and name.lower() not in COUNTERS]
        numbers = table[free].select_dtypes("number")
        frames.append(numbers.set_axis(index, axis=0))
    whole = pandas.concat(frames)
    whole = whole[~whole.index.duplicated() & whole.index.notna()].sort_index()
    if not whole.shape[1] or len(whole) < 2:
        raise DataError(f"{files[0]}: has no column of numbers beside its times: remove it")
    return Series(whole, place)


def side_by_side(series: Sequence[Series], path: Path) -> tuple[NDArray[np.float32], list[str] | None]:
    """[time, node, channel] at the times that any station has, NaN where missing, and these times.

    Stations that hardly share a time are laid side by side by the number of their rows, without times.

    Raises:
        DataError: no station could be read, or they share no column.
        UnsafeDataError: more than MAX_VALUES values.
    """
    import pandas

    if not series:
        raise DataError(f"{path}: no station could be read: each needs a column of times and one of numbers")
    common = [name for name in series[0].frame.columns if all(name in one.frame.columns for one in series)]
    varying = [name for name in common if any(one.frame[name].nunique() > 1 for one in series)]
    common = varying or common  # not the number of the station in each of its rows
    if not common:
        raise DataError(f"{path}: the stations share no column of numbers: give them the same columns")
    times = series[0].frame.index
    for one in series[1:]:
        times = times.union(one.frame.index)
    known = sum(len(one.frame) for one in series) / (len(times) * len(series))
    steps = len(times) if known >= DENSE else max(len(one.frame) for one in series)
    if steps * len(series) * len(common) > MAX_VALUES:
        raise UnsafeDataError(
            f"{path}: {len(series)} stations hold more than {MAX_VALUES:,} values: give fewer"
        )
    values = np.full((steps, len(series), len(common)), np.nan, dtype=np.float32)
    for place, one in enumerate(series):
        rows = times.get_indexer(one.frame.index) if known >= DENSE else np.arange(len(one.frame))
        values[rows, place] = one.frame[common].to_numpy(dtype=np.float32)
    if known < DENSE:
        return values, None
    return values, [stamp.isoformat() for stamp in pandas.DatetimeIndex(times)]


def own_places(names: tuple[str, ...], series: Sequence[Series]) -> Places | None:
    """Where the stations lie by columns of their own."""
    places = [one.place for one in series]
    if any(place is None or not np.isfinite(place).all() for place in places):
        return None
    degrees = np.array([place for place in places if place is not None], dtype=np.float64)
    return Places("columns of latitude and longitude", (names,), degrees)


def _parsed(table: pandas.DataFrame, head: Head, times: list[int], file: Path) -> pandas.Series:
    """Points in time, as if at Greenwich where nothing else is said."""
    import pandas

    names = [head.names[i] for i in times]
    try:
        if len(times) > 1:
            parts = table[names].rename(columns=str.lower).assign(**_firsts(names))
            return pandas.to_datetime(parts, utc=True).dt.tz_localize(None)
        cells = table[names[0]].astype(str)
        for how in ("ISO8601", *delimited.TIME_FORMATS):
            try:
                return pandas.to_datetime(cells, format=how, utc=True).dt.tz_localize(None)
            except ValueError:
                continue
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{file}: its times cannot be read ({error}): write them as 2019-05-01 06:00"
        ) from error
    raise DataError(
        f"{file}: its times ({cells.iloc[0]}) are not written in one way: write them as 2019-05-01"
    )


def _firsts(names: list[str]) -> dict[str, int]:
    """Day and month are the first where the table leaves them out."""
    return {name: 1 for name in ("month", "day") if name not in {given.lower() for given in names}}
