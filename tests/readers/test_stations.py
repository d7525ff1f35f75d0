"""Stations as one table each, and folders of tables that are something else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest

from advisor import readers
from advisor.errors import NoDataError
from advisor.readers.graph import stations

HOURS = pandas.date_range("2013-03-01", periods=40, freq="h")


def station(seed: int, times: pandas.DatetimeIndex = HOURS) -> pandas.DataFrame:
    rng = np.random.default_rng(seed)
    return pandas.DataFrame({"time": times.astype(str), "pm25": rng.normal(size=len(times)), "note": "ok"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(("Aotizhongxin", "Changping", "Dingling", "Wanliu")):
        station(i).to_csv(tmp_path / f"PRSA_{name}_2013.csv", index=False)
    return tmp_path


def test_one_node_for_each_file(folder: Path) -> None:
    source = readers.read(folder)
    assert (source.spec.format, len(source), source.graph) == ("station-files", 1, None)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [
        ("time", 40),
        ("node", 4),
        ("channel", 1),
    ]
    assert source.spec.input.axes[0].spacing == 3600
    assert np.allclose(np.asarray(source.read(0))[:, 1, 0], station(1).pm25, atol=1e-6)


def test_times_are_aligned(folder: Path) -> None:
    station(9, HOURS[10:] + pandas.Timedelta(hours=5)).to_csv(folder / "PRSA_Late_2013.csv", index=False)
    values = np.asarray(readers.read(folder).read(0))
    assert values.shape == (45, 5, 1)
    assert np.isnan(values[:, 3]).sum() == 15
    assert np.isnan(values[40:, :3]).all()


@pytest.mark.parametrize("shared", ["", "PRSA_"])
def test_places_in_a_table_beside(folder: Path, shared: str) -> None:
    """Named as the files are, or without what all these share."""
    stems = sorted(file.stem for file in folder.glob("*.csv"))
    stems = [stem.removeprefix(shared).removesuffix("_2013" if shared else "") for stem in stems]
    places = pandas.DataFrame({"station": stems, "lat": [40.0, 40.2, 40.4, 49.0], "lon": 116.0})
    places.to_csv(folder / "stations.csv", index=False)
    source = readers.read(folder)
    assert source.graph is not None
    assert source.graph[0, 1] > source.graph[0, 2] > source.graph[0, 3] > 0
    assert [one.where for one in source.skipped] == ["stations.csv"]


def test_places_in_columns_of_their_own(tmp_path: Path) -> None:
    for i in range(5):
        table = station(i).assign(STATION=i, LATITUDE=40 + i, LONGITUDE=116.0)
        table.to_csv(tmp_path / f"7200{i}.csv", index=False)
    source = readers.read(tmp_path)
    assert source.graph is not None
    assert source.spec.input.axes[2].size == 1


def test_years_of_a_station_follow_each_other(tmp_path: Path) -> None:
    for i, name in enumerate(("Berlin", "Hamburg", "Munich")):
        for year in (2013, 2014):
            times = pandas.date_range(f"{year}-01-01", periods=30)
            station(10 * i + year, times).to_csv(tmp_path / f"{name}_{year}.csv", index=False)
    assert [axis.size for axis in readers.read(tmp_path).spec.input.axes] == [60, 3, 1]


def test_a_folder_for_each_station(tmp_path: Path) -> None:
    for i in range(4):
        (tmp_path / f"well_{i}").mkdir()
        station(i).to_csv(tmp_path / f"well_{i}" / "data.csv", index=False)
    assert readers.read(tmp_path).spec.input.axes[1].size == 4


def test_columns_of_year_and_hour(tmp_path: Path) -> None:
    for i in range(3):
        spread = pandas.DataFrame(
            {"year": 2013, "month": 3, "day": HOURS.day, "hour": HOURS.hour, "x": range(40)}
        )
        spread.to_csv(tmp_path / f"{i}.csv", index=False)
    source = readers.read(tmp_path)
    assert source.timestamps is not None
    assert source.timestamps[39] == "2013-03-02T15:00:00"


def test_a_damaged_station_is_left_out(folder: Path) -> None:
    (folder / "PRSA_Broken_2013.csv").write_text("time,pm25,note\nyesterday,1,ok\nnever,2,ok\n")
    source = readers.read(folder)
    assert source.spec.input.axes[1].size == 4
    assert [one.where for one in source.skipped] == ["PRSA_Broken_2013"]


def test_names_that_are_classes(tmp_path: Path) -> None:
    for i in range(8):
        station(i).to_csv(tmp_path / f"{'walk' if i % 2 else 'run'}_{i:02d}.csv", index=False)
    assert stations.sniff(tmp_path) == 0


def test_recordings_over_seconds_since_1970_are_no_stations(tmp_path: Path) -> None:
    stamps = 1_762_437_080_520 + 20 * np.arange(40)
    for i in range(24):
        table = station(i).assign(time=stamps + 60_000 * i, session=f"{i % 3}_20251106")
        table.to_csv(tmp_path / f"imu_{i % 3}_{i:02d}.csv", index=False)
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("series-folder", 24)
    assert [column.name for column in source.spec.input.columns] == ["pm25"]
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("0", "1", "2")


def test_a_table_of_labels(folder: Path) -> None:
    names = [file.name for file in folder.glob("*.csv")]
    pandas.DataFrame({"file": names, "label": list("abab")}).to_csv(folder / "labels.csv", index=False)
    assert stations.sniff(folder) == 0


def test_class_folders_parts_and_tables_without_times(tmp_path: Path) -> None:
    for kind in ("classes", "parts", "plain"):
        (tmp_path / kind).mkdir()
    for i, part in enumerate(("train", "val", "test")):
        station(i).to_csv(tmp_path / "parts" / f"{part}.csv", index=False)
        station(i)[["pm25", "note"]].to_csv(tmp_path / "plain" / f"{i}.csv", index=False)
        (tmp_path / "classes" / part).mkdir()
        for j in range(3):
            station(j).to_csv(tmp_path / "classes" / part / f"{j}.csv", index=False)
    assert [stations.sniff(tmp_path / kind) for kind in ("classes", "parts", "plain")] == [0, 0, 0]
    with pytest.raises(NoDataError, match="no tables with the same columns"):
        stations.read(tmp_path / "plain")
