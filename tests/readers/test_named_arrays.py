"""HDF5, MATLAB, NetCDF and Zarr in the layouts that people keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr
from scipy.io import netcdf_file, savemat

from advisor import readers
from advisor.errors import DataError, UnsafeDataError
from advisor.readers.array import hdf5_files, matlab_files

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (30, 12, 10, 3)).astype(np.uint8)
CLASSES = np.arange(30) % 3


def write_hdf5(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values
    return path


def names(source: readers.Source) -> list[str]:
    return [axis.name for axis in source.spec.input.axes]


# --- HDF5 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [("x", "y"), ("data", "label"), ("images", "labels"), ("set/features", "set/targets"), ("X", "class")],
)
def test_hdf5_with_labels_in_the_file(tmp_path: Path, inputs: str, labels: str) -> None:
    write_hdf5(tmp_path / "set.H5", {inputs: PICTURES, labels: CLASSES})
    source = readers.read(tmp_path)
    assert (len(source), source.labels.tolist()) == (30, CLASSES.astype(str).tolist())
    np.testing.assert_array_equal(source.read(4), PICTURES[4])


def test_hdf5_with_parts_and_names_of_classes_in_two_files(tmp_path: Path) -> None:
    for part, count in (("train", 20), ("test", 10)):
        arrays = {
            f"{part}_set_x": PICTURES[:count],
            f"{part}_set_y": CLASSES[:count],
            "list_classes": np.arange(3),
        }
        write_hdf5(tmp_path / f"{part}_signs.h5", arrays)
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (20, 10)
    assert source.spec.target.classes == 3


def test_hdf5_groups_are_parts(tmp_path: Path) -> None:
    arrays = {
        "train/x": PICTURES[:20],
        "train/y": CLASSES[:20],
        "test/x": PICTURES[20:],
        "test/y": CLASSES[20:],
    }
    source = readers.read(write_hdf5(tmp_path / "set.hdf5", arrays))
    assert source.parts.tolist() == ["train"] * 20 + ["test"] * 10


def test_hdf5_texts_as_labels(tmp_path: Path) -> None:
    words = np.array(["cat", "dög", "cow"])[CLASSES]
    source = readers.read(write_hdf5(tmp_path / "set.h5", {"x": PICTURES, "y": words.astype(object)}))
    assert source.spec.target.class_names == ("cat", "cow", "dög")


def test_a_large_hdf5_array_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_files, "MAX_HELD", 100)
    source = readers.read(write_hdf5(tmp_path / "set.h5", {"x": PICTURES, "y": CLASSES}))
    np.testing.assert_array_equal(source.read(29), PICTURES[29])


def test_hdf5_links_to_other_files_are_not_followed(tmp_path: Path) -> None:
    outside = write_hdf5(tmp_path / "outside.h5", {"y": CLASSES})
    (tmp_path / "in").mkdir()
    path = write_hdf5(tmp_path / "in" / "set.h5", {"x": PICTURES})
    with h5py.File(path, "a") as file:
        file["y"] = h5py.ExternalLink(str(outside), "/y")
        file["loop"] = h5py.SoftLink("/")
        file.create_dataset("labels", (30,), "u1", external=[(str(outside), 0, 30)])
    source = readers.read(path)
    assert source.labels is None


def test_the_weights_of_a_network_are_no_data(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "model.h5", {"model_weights/dense/kernel": np.zeros((4, 4))})
    with pytest.raises(DataError, match="holds the weights of a network"):
        readers.read(tmp_path)


@pytest.mark.parametrize("name", ["set.h5", "set.mat", "set.nc", "set.npz", "set.npy"])
@pytest.mark.parametrize(
    "content", [b"", b"nothing of the kind" * 20, b"\x89HDF\r\n\x1a\n" + bytes(90), b"CDF\x01"]
)
def test_files_that_are_none_of_their_kind(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"set\.{name[4:]}"):
        readers.read(tmp_path)


def test_a_damaged_file_beside_healthy_ones_is_left_out(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "set.h5", {"x": PICTURES, "y": CLASSES})
    (tmp_path / "broken.h5").write_bytes(b"no")
    source = readers.read(tmp_path)
    assert len(source) == 30
    assert any("broken.h5" in skipped.where for skipped in source.skipped)


# --- MATLAB ---------------------------------------------------------------------------------------


def test_matlab_with_samples_in_the_last_axis(tmp_path: Path) -> None:
    for part in ("train", "test"):
        images = {"X": PICTURES.transpose(1, 2, 3, 0), "y": CLASSES[:, None] + 1}
        savemat(tmp_path / f"{part}_32x32.mat", images, do_compression=True)
    source = readers.read(tmp_path)
    assert (len(source), source.spec.splits.test) == (60, 30)
    np.testing.assert_array_equal(source.read(33), PICTURES[3])


@pytest.mark.parametrize(
    "labels", [CLASSES[None], CLASSES[:, None], np.array(["a", "b", "c"], object)[CLASSES]]
)
def test_matlab_structures_rows_and_cells_of_labels(tmp_path: Path, labels: np.ndarray) -> None:
    savemat(tmp_path / "set.mat", {"dataset": {"data": {"features": PICTURES[..., 0], "labels": labels}}})
    source = readers.read(tmp_path)
    assert (len(source), source.spec.target.classes) == (30, 3)


def test_matlab_7_3_is_hdf5_turned_round(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "set.mat", {"X": PICTURES.T, "y": CLASSES[None]})
    header = b"MATLAB 7.3 MAT-file".ljust(512, b"\0")
    path.write_bytes(header + path.read_bytes())
    source = readers.read(path)
    np.testing.assert_array_equal(source.read(7), PICTURES[7])
    assert len(source) == 30


def test_a_matlab_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    savemat(tmp_path / "set.mat", {"x": np.zeros((300, 300))}, do_compression=True)
    monkeypatch.setattr(matlab_files, "MAX_BYTES", 100_000)
    with pytest.raises(UnsafeDataError, match="unpacks to more than 100,000 bytes"):
        readers.read(tmp_path)


# --- NetCDF and Zarr ------------------------------------------------------------------------------


def write_netcdf(
    path: Path, values: dict[str, tuple[tuple[str, ...], np.ndarray]], first_day: int = 0
) -> Path:
    """Variables with the names of their axes; a coordinate for `time`, `lat` and `lon` where one has it."""
    with netcdf_file(path, "w") as file:
        sizes = {
            dim: size for dims, one in values.values() for dim, size in zip(dims, one.shape, strict=True)
        }
        for dim, size in sizes.items():
            file.createDimension(dim, size)
        if "time" in sizes:
            time = file.createVariable("time", "f8", ("time",))
            time[:] = first_day + np.arange(sizes["time"])
            time.units = "days since 2001-01-01 00:00:00"
        for dim, unit in (("lat", "degrees_north"), ("lon", "degrees_east")):
            if dim in sizes:
                place = file.createVariable(dim, "f4", (dim,))
                place[:] = 2.5 * np.arange(sizes[dim])
                place.units = unit
        for name, (dims, one) in values.items():
            file.createVariable(name, one.dtype.str[1:], dims)[:] = one
    return path


FIELD = RANDOM.normal(size=(20, 6, 8)).astype(np.float32)
DIMS = ("time", "lat", "lon")


def test_a_field_over_time_is_one_long_clip(tmp_path: Path) -> None:
    write_netcdf(tmp_path / "air.nc", {"air": (DIMS, FIELD), "bounds": (("time", "bnds"), np.zeros((20, 2)))})
    source = readers.read(tmp_path)
    axes = source.spec.input.axes
    assert names(source) == ["time", "height", "width", "channel"]
    assert [axis.spacing for axis in axes[:3]] == [86400.0, 2.5, 2.5]
    assert (source.spec.samples, source.spec.target.kind, source.spec.time_index) == (1, "future", "time")
    assert source.timestamps[1] == "2001-01-02T00:00:00"
    np.testing.assert_array_equal(source.read_steps(3, 5)[..., 0], FIELD[3:5])
    np.testing.assert_array_equal(source.read(0)[..., 0], FIELD)
    assert source.read_frames(0, 5).shape == (5, 6, 8, 1)


def test_axes_in_any_order_and_levels_as_channels(tmp_path: Path) -> None:
    values = RANDOM.normal(size=(8, 3, 6, 20)).astype(np.float32)
    write_netcdf(tmp_path / "air.nc", {"u": (("lon", "level", "lat", "time"), values)})
    source = readers.read(tmp_path / "air.nc")
    assert source.read_steps(0, 2).shape == (2, 6, 8, 3)
    np.testing.assert_array_equal(source.read_steps(4, 5)[0], values[..., 4].transpose(2, 0, 1))


def test_packed_values_are_unpacked_and_missing_ones_are_missing(tmp_path: Path) -> None:
    path = write_netcdf(tmp_path / "sst.nc", {"sst": (DIMS, np.full((20, 6, 8), 100, np.int16))})
    with netcdf_file(path, "a", mmap=False) as file:
        variable = file.variables["sst"]
        variable.scale_factor, variable.add_offset, variable._FillValue = 0.5, 10.0, np.int16(-999)
        variable[0, 0, 0] = -999
    values = readers.read(path).read_steps(0, 1)
    assert np.isnan(values[0, 0, 0, 0])
    assert values[0, 1, 1, 0] == 60.0


def test_files_that_follow_each_other_in_time(tmp_path: Path) -> None:
    write_netcdf(tmp_path / "b_first.nc", {"air": (DIMS, FIELD[:12])}, first_day=0)
    write_netcdf(tmp_path / "a_second.nc", {"air": (DIMS, FIELD[12:])}, first_day=12)
    source = readers.read(tmp_path)
    assert source.spec.input.axes[0].size == 20
    np.testing.assert_array_equal(source.read_steps(10, 14)[..., 0], FIELD[10:14])
    assert source.timestamps == sorted(source.timestamps)


def test_files_with_one_variable_each_are_channels(tmp_path: Path) -> None:
    for name in ("tas", "pr"):
        write_netcdf(tmp_path / f"{name}_day.nc", {name: (DIMS, FIELD)})
    assert readers.read(tmp_path).read_steps(0, 3).shape == (3, 6, 8, 2)


def test_a_map_without_time_is_a_picture(tmp_path: Path) -> None:
    write_netcdf(tmp_path / "map.nc", {"height": (DIMS[1:], FIELD[0]), "slope": (DIMS[1:], FIELD[1])})
    source = readers.read(tmp_path)
    assert (names(source), source.read(0).shape) == (["height", "width", "channel"], (6, 8, 2))


@pytest.mark.parametrize("dims", [("time",), ("station", "time"), ("time", "node")])
def test_stations_are_one_long_series(tmp_path: Path, dims: tuple[str, ...]) -> None:
    values = RANDOM.normal(size=[{"time": 40}.get(dim, 5) for dim in dims]).astype(np.float32)
    write_netcdf(tmp_path / "flow.nc", {"flow": (dims, values)})
    source = readers.read(tmp_path)
    assert names(source) == ["time", "channel"]
    assert source.read(0).shape == (40, values.size // 40)
    assert len(source.timestamps) == 40


def test_members_are_samples_and_may_have_labels(tmp_path: Path) -> None:
    values = RANDOM.normal(size=(24, 6, 8)).astype(np.float32)
    variables = {
        "rain": (("event", "lat", "lon"), values),
        "label": (("event",), (np.arange(24) % 2).astype("i4")),
    }
    write_netcdf(tmp_path / "storms.nc", variables)
    source = readers.read(tmp_path)
    assert (len(source), names(source)) == (24, ["height", "width", "channel"])
    assert source.spec.target.classes == 2
    np.testing.assert_array_equal(source.read(3)[..., 0], values[3])


def test_netcdf_4_by_its_scales(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "air.nc", "w") as file:
        file["air"] = FIELD
        for axis, name in enumerate(DIMS):
            file[name] = np.arange(FIELD.shape[axis], dtype=float)
            file[name].make_scale(name)
            file["air"].dims[axis].attach_scale(file[name])
        file["time"].attrs["units"] = np.bytes_(b"hours since 1990-01-01")
    source = readers.read(tmp_path)
    assert names(source) == ["time", "height", "width", "channel"]
    assert source.timestamps[-1] == "1990-01-01T19:00:00"


def test_hdf5_with_coordinates_beside_the_values(tmp_path: Path) -> None:
    arrays = {"sst": FIELD, "lat": np.arange(6.0), "lon": np.arange(8.0), "time": np.arange(20.0)}
    source = readers.read(write_hdf5(tmp_path / "sst.h5", arrays))
    assert names(source) == ["time", "height", "width", "channel"]


def test_maps_without_times_beside_latitude_and_longitude(tmp_path: Path) -> None:
    for name, values in {"sst": FIELD, "lat": np.arange(6.0), "lon": np.arange(8.0)}.items():
        np.save(tmp_path / f"{name}.npy", values)
    assert names(readers.read(tmp_path)) == ["time", "height", "width", "channel"]


def test_a_table_of_pandas_in_hdf5_is_one_series(tmp_path: Path) -> None:
    path = tmp_path / "speeds.h5"
    start = np.datetime64("2012-03-01", "ns").astype(np.int64)
    with h5py.File(path, "w") as file:
        group = file.create_group("df")
        group.attrs["pandas_type"] = b"frame"
        group["axis0"] = np.array([b"a", b"b", b"c"])
        group["axis1"] = start + np.arange(50) * 300_000_000_000
        group["block0_values"] = RANDOM.normal(size=(50, 3))
    source = readers.read(path)
    assert (names(source), source.timestamps[1]) == (["time", "channel"], "2012-03-01T00:05:00")


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_with_named_axes(tmp_path: Path, version: int) -> None:
    store = zarr.open_group(tmp_path / "air.zarr", mode="w", zarr_format=version)
    named = {"dimension_names": DIMS} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": DIMS}}
    store.create_array("air", shape=FIELD.shape, dtype="f4", chunks=(5, 6, 8), **named)[:] = FIELD
    source = readers.read(tmp_path)
    assert names(source) == ["time", "height", "width", "channel"]
    np.testing.assert_array_equal(source.read_steps(4, 7)[..., 0], FIELD[4:7])


def test_zarr_of_samples_and_labels(tmp_path: Path) -> None:
    store = zarr.open_group(tmp_path / "set.zarr", mode="w")
    for name, values in (("images", PICTURES), ("labels", CLASSES)):
        store.create_array(name, shape=values.shape, dtype=values.dtype)[:] = values
    source = readers.read(tmp_path / "set.zarr")
    assert (len(source), source.spec.target.classes) == (30, 3)


def test_zarr_of_pickles_is_refused_unopened(tmp_path: Path) -> None:
    store = tmp_path / "set.zarr" / "x"
    store.mkdir(parents=True)
    described = (
        '{"shape": [4], "chunks": [4], "dtype": "|O", "filters": [{"id": "pickle"}], "compressor": null}'
    )
    (store / ".zarray").write_text(described)
    (store / "0").write_bytes(b"\x80\x04.")
    with pytest.raises(UnsafeDataError, match="are pickles"):
        readers.read(tmp_path)


def test_dates_as_numbers_stand_for_time(tmp_path: Path) -> None:
    days = [datetime(2015, 12, 25) + timedelta(days=day) for day in range(20)]
    arrays = {"date": np.array([int(day.strftime("%Y%m%d")) for day in days]), "flow": FIELD.reshape(20, -1)}
    source = readers.read(write_hdf5(tmp_path / "flow.h5", arrays))
    assert source.timestamps[-1] == "2016-01-13T00:00:00"


def test_maps_named_by_time_are_a_recording(tmp_path: Path) -> None:
    for minute in range(0, 60, 5):
        np.save(tmp_path / f"20160928_15{minute:02d}.npy", np.full((16, 12), minute, np.float32))
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("field", 1)
    assert [axis.size for axis in source.spec.input.axes] == [12, 16, 12, 1]
    assert source.read(0)[3, 0, 0, 0] == 15
