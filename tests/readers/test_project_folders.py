"""Data as they lie in whole projects: beside figures and saved networks, a file per time step, odd names."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.readers.labels import spelled_alike

RNG = np.random.default_rng(0)


def _pictures(folder: Path, count: int, side: int = 64) -> None:
    folder.mkdir(parents=True)
    for i in range(count):
        Image.fromarray(RNG.integers(0, 255, (side, side, 3), dtype=np.uint8)).save(folder / f"{i}.png")


def _arff(file: Path, count: int = 20) -> None:
    head = ["@relation a", *(f"@attribute att{i} numeric" for i in range(8)), "@attribute target {1,2}"]
    rows = [f"{','.join(f'{v:.3f}' for v in RNG.random(8))},{1 + i % 2}" for i in range(count)]
    file.write_text("\n".join([*head, "@data", *rows]) + "\n")


def test_figures_beside_the_data_are_not_the_data(tmp_path: Path) -> None:
    _arff(tmp_path / "a_TRAIN.arff")
    _pictures(tmp_path / "plots", 5)
    assert readers.read(tmp_path).spec.format != "image-files"


def test_pictures_in_a_folder_of_results_are_data_where_a_table_names_them(tmp_path: Path) -> None:
    _pictures(tmp_path / "results", 12)
    (tmp_path / "labels.csv").write_text("file,class\n" + "".join(f"{i}.png,{i % 2}\n" for i in range(12)))
    assert readers.read(tmp_path).spec.format == "image-files"


def test_a_saved_network_beside_texts_is_not_the_data(tmp_path: Path) -> None:
    for name in ("positive", "negative"):
        letters = ("".join(RNG.choice(list("ACDEFGHIKL"), 21)) for _ in range(30))
        (tmp_path / f"{name}.fasta").write_text("".join(f">s{i}\n{one}\n" for i, one in enumerate(letters)))
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file["model_weights/dense"] = RNG.random((300, 100))
    assert readers.read(tmp_path).spec.format == "fasta"


def test_files_of_one_time_step_each_are_series(tmp_path: Path) -> None:
    for action in ("hello", "thanks"):
        for sequence in range(3):
            folder = tmp_path / "MP_Data" / action / str(sequence)
            folder.mkdir(parents=True)
            for step in range(12):
                np.save(folder / f"{step}.npy", np.full(7, step, dtype=np.float32))
    source = readers.read(tmp_path)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", 12), ("channel", 7)]
    assert source.labels is not None
    assert sorted(source.labels.tolist()) == ["hello"] * 3 + ["thanks"] * 3
    sample = source.read(0)
    assert not isinstance(sample, str)
    assert sample[:, 0].tolist() == list(range(12))  # 10 comes after 9


def test_vectors_in_class_folders_are_samples(tmp_path: Path) -> None:
    for name in ("class_1", "class_2"):
        (tmp_path / name).mkdir()
        for i in range(8):
            np.save(tmp_path / name / f"{i}.npy", RNG.random(7))
    assert len(readers.read(tmp_path)) == 16


def test_maps_along_the_last_axis_follow_each_other(tmp_path: Path) -> None:
    np.save(tmp_path / "sst.npy", RNG.random((10, 14, 40)))
    np.save(tmp_path / "lat.npy", np.linspace(-45, 45, 10))
    np.save(tmp_path / "lon.npy", np.linspace(0, 130, 14))
    axes = readers.read(tmp_path).spec.input.axes
    assert [(axis.name, axis.size) for axis in axes[:3]] == [("time", 40), ("height", 10), ("width", 14)]


def test_a_variable_with_a_unit_comes_before_a_larger_one_without(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "pr.nc", "w") as file:
        for name, size in (("time", 20), ("lat", 6), ("lon", 5), ("ts", 3)):
            file[name] = np.arange(size, dtype=np.float32)
            file[name].make_scale(name)
        file["pr"], file["time_vectors"] = RNG.random((20, 6, 5)), RNG.random((20, 3, 6, 5))
        file["pr"].attrs["units"] = "mm"
        for name, dims in (("pr", ("time", "lat", "lon")), ("time_vectors", ("time", "ts", "lat", "lon"))):
            for place, dim in enumerate(dims):
                file[name].dims[place].attach_scale(file[dim])
    source = readers.read(tmp_path / "pr.nc")
    assert source.spec.input.name == "pr"


@pytest.mark.parametrize("stem", ["mean_YS", "labels_2020"])
def test_a_word_of_a_file_name_does_not_make_a_field_a_label(tmp_path: Path, stem: str) -> None:
    for year in (2001, 2002):
        with h5py.File(tmp_path / f"{stem}_{year}.nc", "w") as file:
            for name, size in (("time", 12), ("lat", 6), ("lon", 5)):
                file[name] = np.arange(size, dtype=np.float32)
                file[name].make_scale(name)
            file["tas"] = RNG.random((12, 6, 5))
            for place, dim in enumerate(("time", "lat", "lon")):
                file["tas"].dims[place].attach_scale(file[dim])
    assert readers.read(tmp_path).spec.format == "field"


def test_folders_that_hold_one_folder_are_walked_through(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*"abcdefghijk")
    folder.mkdir(parents=True)
    np.savez(folder / "set.npz", x=RNG.random((12, 5)), y=np.arange(12) % 2)
    (folder / "set.npz.md5").write_text("d41d8cd98f00b204e9800998ecf8427e")
    assert readers.read(tmp_path).spec.format == "array"


def test_parts_may_spell_a_label_in_two_ways() -> None:
    parts = ["train", "train", "validation", "test"]
    assert spelled_alike(["red_bull", "tea", "Red-Bull", "milk"], parts) == [
        "red_bull",
        "tea",
        "red_bull",
        "milk",
    ]
    apart = spelled_alike(["a_b", "a-b", "A b"], ["train", "train", "test"])
    assert apart == ["a_b", "a-b", "A b"]


def _rows(count: int, steps: int, line: str) -> str:
    walk = np.cumsum(RNG.normal(size=(count, steps)), axis=1)
    return "".join(
        line.format(
            label="ab"[2 * i // count], sample=i % (count // 2), clock=100_000 * i + 20 * t, value=walk[i, t]
        )
        for i in range(count)
        for t in range(steps)
    )


def test_recordings_on_one_clock_are_told_apart_by_label_and_number(tmp_path: Path) -> None:
    """Numbers of samples begin anew under each label, and the clock runs on from one to the next."""
    lines = _rows(12, 25, "{label},{sample},{clock},{value:.4f}\n")
    (tmp_path / "imu.csv").write_text("label,sample_id,timestamp_ms,ax\n" + lines)
    source = readers.read(tmp_path)
    assert (len(source), source.spec.input.axes[0].size) == (12, 25)
    assert source.spec.input.axes[1].size == 1
    assert source.spec.target is not None
    assert source.spec.target.name == "label"


def test_the_number_of_a_station_is_no_target(tmp_path: Path) -> None:
    for station in (1001, 1002, 1003):
        lines = [f"{station};{day:02d}.{month:02d}.2001;{RNG.random():.2f}".replace(".2001;0.", ".2001;0,")
                 for month in range(1, 7) for day in range(1, 29)]  # fmt: skip
        text = "STATIONS_ID;MESS_DATUM;TMK\n" + "\n".join(lines) + "\n"
        (tmp_path / f"tag_{station:05d}.txt").write_text(text)
    target = readers.read(tmp_path).spec.target
    assert target is not None
    assert target.kind == "future"


def test_years_called_a_time_go_on_within_several_names(tmp_path: Path) -> None:
    lines = [
        f"{path},{year},{RNG.normal():.3f},{model}"
        for model in ("ACCESS", "CanESM", "MIROC")
        for path in ("ssp126", "ssp245")
        for year in range(2015, 2060)
    ]
    (tmp_path / "tas.csv").write_text("ssp,time,tas,model\n" + "\n".join(lines) + "\n")
    source = readers.read(tmp_path)
    assert (len(source), source.spec.input.axes[0].size) == (6, 45)


def test_unix_times_at_uneven_steps_are_times(tmp_path: Path) -> None:
    moments = 1_469_368_645 + np.cumsum(RNG.uniform(1, 900, 60))
    lines = [f"{one:.3f},{48 + i / 100:.3f},{RNG.random():.3f}" for i, one in enumerate(moments)]
    (tmp_path / "glider.csv").write_text("unixtime,lat,temp\n" + "\n".join(lines) + "\n")
    source = readers.read(tmp_path)
    assert source.spec.format == "csv-series"
    assert source.timestamps is not None
    assert source.timestamps[0].startswith("2016-07-24")
