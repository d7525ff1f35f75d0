"""Rows that carry a time and are no series, and `--time`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import UsageError
from advisor.readers.source import Source

START = datetime(2021, 3, 1)


def events(path: Path, name: str = "bought_at", *, shuffled: bool = True, even: bool = False) -> Path:
    """Rows with a time, numbers and a class that is called one; at an uneven pace unless `even`."""
    rng = np.random.default_rng(0)
    minutes = np.arange(80) * 10 if even else np.cumsum(rng.exponential(60, 80)).round() + np.arange(80)
    rows = [
        f"{START + timedelta(minutes=float(minute))},{rng.normal():.3f},{rng.normal():.3f},{i % 2},{i}"
        for i, minute in enumerate(minutes)
    ]
    if shuffled:
        rng.shuffle(rows)
    path.write_text("\n".join([f"{name},a,b,label,n", *rows]) + "\n", encoding="utf-8")
    return path


def order(source: Source) -> list[float]:
    """The last column in order of the moments."""
    assert source.moments is not None
    return [float(np.asarray(source.read(i))[-1]) for i in np.argsort(source.moments).tolist()]


def test_rows_in_any_order_have_their_times(tmp_path: Path) -> None:
    source = readers.read(events(tmp_path / "a.csv"))
    assert (source.spec.format, source.moment_name) == ("table", "bought_at")
    assert order(source) == list(range(80))


def test_events_in_order_with_a_label_are_no_series(tmp_path: Path) -> None:
    source = readers.read(events(tmp_path / "a.csv", shuffled=False))
    assert (source.spec.format, source.moment_name) == ("table", "bought_at")


def test_even_steps_are_a_series_unless_the_label_is_asked_for(tmp_path: Path) -> None:
    path = events(tmp_path / "a.csv", shuffled=False, even=True)
    assert readers.read(path).spec.format == "csv-series"
    assert readers.read(path, target="label").spec.format == "table"
    assert readers.read(path, target="a").spec.format == "csv-series"


@pytest.mark.parametrize("name", ["birth_date", "DateOfBirth", "expiry_date"])
def test_a_date_of_the_thing_itself_is_not_when_the_row_was_written(tmp_path: Path, name: str) -> None:
    assert readers.read(events(tmp_path / "a.csv", name)).moments is None
    assert readers.read(tmp_path / "a.csv", time=name).moments is not None


def test_numbers_are_a_time_where_they_are_named(tmp_path: Path) -> None:
    path = events(tmp_path / "a.csv")
    source = readers.read(path, time="n", target="label")
    assert source.moment_name == "n"
    assert {column.name: column.kind for column in source.spec.input.columns}["n"] == "time"


def test_no_time_makes_a_series_a_table(tmp_path: Path) -> None:
    path = events(tmp_path / "a.csv", shuffled=False, even=True)
    source = readers.read(path, time="none")
    assert (source.spec.format, source.moments) == ("table", None)


def test_a_series_by_uneven_numbers_that_are_called_no_time(tmp_path: Path) -> None:
    steps = np.cumsum(np.random.default_rng(0).integers(1, 9, 60))
    rows = [f"{step},{np.sin(step / 7):.4f},{np.cos(step / 90):.4f}" for step in steps]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["depth,x,y", *rows]) + "\n")
    source = readers.read(path, time="depth")
    assert (source.spec.format, source.spec.time_index) == ("csv-series", "depth")
    assert [column.name for column in source.spec.input.columns] == ["x", "y"]


def test_the_time_of_series_below_one_another_is_named(tmp_path: Path) -> None:
    rows = [
        f"{i},{19 - step},{step},{np.sin(step / 2 + i):.3f},{'up' if i % 2 else 'down'}"
        for i in range(12)
        for step in range(20)
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["series,left,step,x,label", *rows]) + "\n")
    forwards, backwards = readers.read(path, time="step"), readers.read(path, time="left")
    for source in (forwards, backwards):
        assert (len(source), source.spec.input.axes[0].size) == (12, 20)
    x = [np.asarray(source.read(0))[:, -1] for source in (forwards, backwards)]
    np.testing.assert_allclose(x[0], x[1][::-1])


@pytest.mark.parametrize(("name", "message"), [("when", "choose one of bought_at, a, b"), ("c", "no column")])
def test_a_time_that_is_not_there_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        readers.read(events(tmp_path / "a.csv"), time=name)


def test_words_are_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("colour,x,y\n" + "".join(f"{'red' if i % 2 else 'blue'},{i},{i * i}\n" for i in range(9)))
    with pytest.raises(UsageError, match="'blue' and no times"):
        readers.read(path, time="colour")


def test_a_time_is_named_for_tables_only(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((20, 8, 8)))
    with pytest.raises(UsageError, match="for tables only"):
        readers.read(tmp_path, time="when")


def test_rows_that_may_be_steps_make_the_target_less_sure(tmp_path: Path) -> None:
    walk = np.random.default_rng(0).normal(size=(80, 3)) * [1, 20, 300]
    for name, table in (("mixed", walk), ("steps", walk.cumsum(0)), ("sorted", np.sort(walk, axis=0))):
        lines = [",".join(f"{value:.3f}" for value in row) for row in table]
        (tmp_path / f"{name}.csv").write_text("size,speed,weight\n" + "\n".join(lines))
    sources = {name: readers.read(tmp_path / f"{name}.csv") for name in ("mixed", "steps", "sorted")}
    asked = {name: [note.check for note in one.notes] for name, one in sources.items()}
    sure = {name: one.spec.target.confidence for name, one in sources.items() if one.spec.target}
    assert "row_order" in asked["steps"]
    assert sure["steps"] == 0.5 < min(sure["mixed"], sure["sorted"])
    told = readers.read(tmp_path / "steps.csv", time="none")
    assert "row_order" not in [note.check for note in told.notes]
