"""Layouts in which real data sets were found and misread once: each in small."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.measure.looks import look
from advisor.measure.shape.axes import SIGNS, name_axes
from advisor.readers.array.field_names import Role, roles

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("dims", "found"),
    [
        (("timestep", "lat", "lon"), ("time", "height", "width")),
        (("time", "xcoord", "ycoord"), ("time", "width", "height")),
        (("init", "lead", "y_dim", "x_dim"), ("time", "", "height", "width")),
        (("cellaxis", "rowgrid"), ("place", "height")),
    ],
)
def test_what_dimensions_are(dims: tuple[str, ...], found: tuple[Role, ...]) -> None:
    assert roles(dims, {}) == found


def test_times_in_a_list_beside_an_array_are_no_classes(tmp_path: Path) -> None:
    np.save(tmp_path / "rain.npy", RNG.random((12, 6, 6)))
    (tmp_path / "times.txt").write_text("\n".join(f"20240102-{hour:02d}50" for hour in range(12)))
    source = readers.read(tmp_path)
    assert source.labels is None
    assert source.whole is not None
    assert source.whole.stamped


@pytest.mark.parametrize("shape", [(20, 12, 16), (20, 12, 16, 3)])
def test_an_array_called_a_movie_is_one(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "movie.npy", RNG.random(shape))
    source = readers.read(tmp_path)
    assert source.whole is not None
    assert source.whole.stamped


def test_clips_of_few_frames_are_no_volumes(tmp_path: Path) -> None:
    """Bright spots that move fast: neighbours in time are far less alike than neighbours in space."""
    y, x = np.mgrid[:48, :40]
    start, speed = RNG.uniform(5, 20, (30, 1, 2)), RNG.uniform(2, 4, (30, 1, 2))
    places = start + speed * np.arange(8)[:, None]
    spots = np.exp(-((y - places[..., :1, None]) ** 2 + (x - places[..., 1:, None]) ** 2) / 40)
    np.save(tmp_path / "x.npy", (255 * spots).astype(np.uint8))
    np.save(tmp_path / "y.npy", np.arange(30) % 2)
    source = readers.read(tmp_path)
    named, facts = name_axes(source, look(source, list(range(30)), 5))
    assert [axis.name for axis in named.spec.input.axes] == ["time", "height", "width", "channel"]
    assert next(fact.value for fact in facts if fact.name == "time_signs") >= SIGNS


@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_of_sensors_are_one_series_again(tmp_path: Path, horizon: int) -> None:
    series = RNG.normal(50, 9, (90, 7, 2))
    for name, first, last in (("test", 60, 90), ("train", 0, 60)):
        starts = range(first, last - 12 - horizon + 1)
        x = np.stack([series[i : i + 12] for i in starts])
        y = np.stack([series[i + 12 : i + 12 + horizon] for i in starts])
        np.savez(tmp_path / f"{name}.npz", x=x, y=y, x_offsets=np.arange(12), y_offsets=np.arange(horizon))
    np.savez(tmp_path / "adj_mx.npz", adj_mx=np.eye(7) + np.eye(7, k=1))
    source = readers.read(tmp_path)
    values = np.asarray(source.read(0))
    assert source.spec.format == "graph-series"
    assert np.allclose(values[: 49 - horizon], series[12 : 61 - horizon])


def test_a_preview_above_frames_does_not_hide_them(tmp_path: Path) -> None:
    deep = tmp_path / "composites" / "2022" / "10"
    deep.mkdir(parents=True)
    for hour in range(24):
        Image.fromarray(RNG.integers(0, 99, (8, 8), np.uint8)).save(deep / f"RW_20221018-{hour:02d}50.pgm")
    Image.fromarray(RNG.integers(0, 99, (30, 40, 3), np.uint8)).save(tmp_path / "composites" / "preview.png")
    assert readers.read(tmp_path).spec.format == "frame-files"


def test_a_table_sorted_by_size_is_no_series(tmp_path: Path) -> None:
    names = [f"{a}{b}land" for a in "ABCDEFGH" for b in "aeiou"]
    rows = "\n".join(f"{name},{1000 - 7 * i}" for i, name in enumerate(names))
    (tmp_path / "gdp.csv").write_text(f"Country,GDP Per Capita\n{rows}\n")
    assert readers.read(tmp_path / "gdp.csv").spec.format == "table"


def bed(folder: Path) -> None:
    rows = []
    for i in range(60):
        bases = "".join(RNG.choice(list("ACGTacgt"), 40))
        rows.append(f"chr{i % 5 + 1}\t{i * 100}\t{i * 100 + 40}\t{RNG.random():.3f}\t{bases}\t{'AB'[i % 2]}")
    (folder / "peaks.tsv").write_text("chrom\tstart\tend\tscore\tsequence\tfactor\n" + "\n".join(rows))


def by_class(folder: Path) -> None:
    texts = {
        key: [f"text {i} of those on {key}" for i in range(count)] for key, count in (("A", 30), ("B", 20))
    }
    (folder / "data.json").write_text(json.dumps(texts))


@pytest.mark.parametrize("write", [bed, by_class])
def test_texts_with_their_classes(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert set(source.labels.tolist()) == {"A", "B"}
    assert source.spec.input.axes[0].name == "token"


DAYS = [date(2020, 1, 22) + timedelta(days=i) for i in range(60)]


@pytest.mark.parametrize(
    "names",
    [
        [f"{day.month}/{day.day}/{day:%y}" for day in DAYS],
        [f"X{day.month}.{day.day}.{day:%y}" for day in DAYS],  # as R alters them
        [  # as a spreadsheet of another country alters those it can
            f"{day.month}/{day.day}/{day:%y}" if day.day > 12 else f"20{day.month:02d}/{day.day}/{day:%y}"
            for day in DAYS
        ],
    ],
)
def test_columns_called_by_dates_in_any_form_are_steps(tmp_path: Path, names: list[str]) -> None:
    counts = RNG.integers(0, 50, (30, len(names))).cumsum(axis=1)
    lines = [f"region {i},{i % 7},{i % 11}," + ",".join(map(str, row)) for i, row in enumerate(counts)]
    (tmp_path / "cases.csv").write_text("\n".join(["Region,Lat,Long," + ",".join(names), *lines]))
    source = readers.read(tmp_path)
    assert [axis.name for axis in source.spec.input.axes] == ["time", "channel"]
    assert source.spec.input.axes[0].size == len(names)
