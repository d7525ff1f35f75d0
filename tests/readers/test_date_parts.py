"""Times of rows that are not one clean column of dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor import readers

START = datetime(2018, 1, 1)
DAYS = [START + timedelta(days=i) for i in range(120)]
HOURS = [START + timedelta(hours=i) for i in range(120)]
WALK = np.random.default_rng(0).normal(size=(120, 2)).cumsum(0)
Cells = Callable[[datetime], list[object]]


def write(
    path: Path, head: str, times: list[datetime], cells: Cells, *, odd: dict[int, str] | None = None
) -> Path:
    lines = [f"{head},warmth,wind"]
    for i, time in enumerate(times):
        stamp = [(odd or {}).get(i, cell) for cell in cells(time)]
        lines.append(",".join(map(str, [*stamp, *np.round(WALK[i], 3)])))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("head", "times", "cells"),
    [
        ("YYYY,MM,DD,hh", HOURS, lambda t: [t.year, t.month, t.day, t.hour]),
        ("obs_year,obs_month,obs_day", DAYS, lambda t: [t.year, t.month, t.day]),
        ("Year,Month,Day", DAYS, lambda t: [t.year, t.strftime("%B"), t.day]),
        ("year,day of year", DAYS, lambda t: [t.year, t.timetuple().tm_yday]),
        ("year,week", DAYS[::7], lambda t: list(t.isocalendar()[:2])),
        ("Date,Time", HOURS, lambda t: [t.date(), t.strftime("%H%M")]),
        ("Date,Hour Ending", HOURS, lambda t: [t.date(), t.hour + 1]),
        ("Date", DAYS, lambda t: [(t - datetime(1899, 12, 30)).days]),
        ("Date,Period", HOURS, lambda t: [(t - datetime(1899, 12, 30)).days, t.hour + 1]),
    ],
)
def test_times_in_several_columns_or_as_day_numbers(
    tmp_path: Path, head: str, times: list[datetime], cells: Cells
) -> None:
    source = readers.read(write(tmp_path / "a.csv", head, times, cells))
    assert source.spec.format == "csv-series"
    assert [column.name for column in source.spec.inputs[0].columns] == ["warmth", "wind"]
    assert source.timestamps is not None
    steps = np.diff(np.array(source.timestamps, dtype="datetime64[s]")).astype(int)
    assert set(steps) == {round((times[1] - times[0]).total_seconds())}


@pytest.mark.parametrize(("place", "cell"), [(0, ""), (0, "unknown"), (50, ""), (119, "total")])
def test_a_date_that_is_odd_lies_between_its_neighbours(tmp_path: Path, place: int, cell: str) -> None:
    source = readers.read(write(tmp_path / "a.csv", "date", DAYS, lambda t: [t.date()], odd={place: cell}))
    assert source.timestamps is not None
    assert [stamp[:10] for stamp in source.timestamps] == [str(day.date()) for day in DAYS]


def test_series_below_one_another_whose_dates_are_spread(tmp_path: Path) -> None:
    rows = [
        f"{day.year},{day.month},{'99' if i == 7 else day.day},{group},{WALK[i, k]:.3f}"
        for i, day in enumerate(DAYS)
        for k, group in enumerate("FM")
    ]
    (tmp_path / "a.csv").write_text("year,month,day,gender,births\n" + "\n".join(rows) + "\n")
    source = readers.read(tmp_path / "a.csv")
    assert source.spec.format == "table-series"
    assert [len(source.read(i)) for i in range(len(source))] == [119, 119]
    assert any("2 rows whose year, month and day are no date" in one.reason for one in source.skipped)


def test_years_and_months_of_things_for_sale_are_no_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{rng.integers(1990, 2015)},{rng.integers(1, 13)},{rng.integers(9, 99)}" for _ in range(120)]
    (tmp_path / "a.csv").write_text("year,month,price\n" + "\n".join(rows) + "\n")
    assert readers.read(tmp_path / "a.csv").spec.format == "table"
