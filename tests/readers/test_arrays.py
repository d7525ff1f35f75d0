"""`.npz` and `.npy` in the shapes that people save."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import readers
from advisor.errors import DataError, UnsafeDataError
from advisor.readers.array import numpy_files

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [("x", "y"), ("data", "labels"), ("X", "target"), ("images", "label"), ("arr_0", "arr_1")],
)
def test_names_of_inputs_and_labels(tmp_path: Path, inputs: str, labels: str) -> None:
    x, y = RANDOM.normal(size=(12, 5, 4)), np.arange(12) % 2
    np.savez(tmp_path / "set.npz", **{inputs: x, labels: y})
    source = readers.read(tmp_path / "set.npz")
    assert source.labels is not None
    assert source.labels.tolist() == [str(label) for label in y]
    assert np.array_equal(np.asarray(source.read(3)).squeeze(), x[3])


@pytest.mark.parametrize("style", ["{}_{}", "{}{}"])
def test_parts_by_name(tmp_path: Path, style: str) -> None:
    arrays = {}
    for part, count in (("train", 12), ("test", 6)):
        arrays[style.format("x", part)] = RANDOM.normal(size=(count, 3, 2))
        arrays[style.format("y", part)] = np.arange(count) % 2
    np.savez(tmp_path / "set.npz", **arrays)
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (12, 6)
    assert np.array_equal(np.asarray(source.read(13)), arrays[style.format("x", "test")][1])


def test_a_file_per_part(tmp_path: Path) -> None:
    for part, count in (("train", 9), ("test", 3)):
        np.savez_compressed(
            tmp_path / f"{part}.npz", clips=np.zeros((count, 4, 6, 5), np.uint8), labels=np.arange(count) % 3
        )
    source = readers.read(tmp_path)
    assert [axis.name for axis in source.spec.input.axes] == ["time", "height", "width", "channel"]
    assert np.asarray(source.read(10)).shape == (4, 6, 5, 1)
    assert source.ids[9] == "test/0"


def test_x_beside_y_in_npy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", RANDOM.normal(size=(10, 7)))
    np.save(tmp_path / "y.npy", np.array(["b", "a"] * 5))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("a", "b")
    assert [axis.name for axis in source.spec.input.axes] == ["unknown"]


@given(axis=st.integers(0, 2), count=st.integers(11, 14))
@settings(max_examples=12, deadline=None)
def test_the_sample_axis_is_as_long_as_the_labels(
    tmp_path_factory: pytest.TempPathFactory, axis: int, count: int
) -> None:
    folder = tmp_path_factory.mktemp("arrays")
    shape = [5, 7]
    shape.insert(axis, count)
    x = RANDOM.normal(size=shape)
    np.savez(folder / "set.npz", x=x, y=np.arange(count) % 2)
    source = readers.read(folder)
    assert len(source) == count
    assert np.array_equal(np.asarray(source.read(2)), x.take(2, axis=axis))


def test_labels_that_fit_no_axis(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", x=np.zeros((4, 5)), y=np.zeros(3))
    with pytest.raises(DataError, match="3 labels for samples of shape"):
        readers.read(tmp_path)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (np.arange(30) % 3, "category"),
        ((np.arange(30) % 3).astype(float), "category"),
        (np.eye(3)[np.arange(30) % 3], "category"),
        (np.array(["a", "b", "c"] * 10), "category"),
        (np.linspace(0, 1, 30), "number"),
        (np.arange(30), "number"),
    ],
)
def test_kinds_of_labels(tmp_path: Path, labels: np.ndarray, kind: str) -> None:
    np.savez(tmp_path / "set.npz", x=np.zeros((30, 4)), y=labels)
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.kind == kind
    assert source.spec.target.classes == (3 if kind == "category" else None)


def test_channel_first_pictures_are_turned(tmp_path: Path) -> None:
    x = RANDOM.integers(0, 256, (6, 3, 9, 8)).astype(np.uint8)
    np.savez(tmp_path / "set.npz", images=x, labels=np.arange(6) % 2)
    source = readers.read(tmp_path)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [
        ("height", 9),
        ("width", 8),
        ("channel", 3),
    ]
    assert np.array_equal(np.asarray(source.read(1)), x[1].transpose(1, 2, 0))


def test_a_vector_alone_is_one_long_series(tmp_path: Path) -> None:
    np.save(tmp_path / "load.npy", np.arange(50.0))
    source = readers.read(tmp_path / "load.npy")
    assert (source.spec.samples, np.asarray(source.read(0)).shape) == (1, (50, 1))


@pytest.mark.parametrize("name", ["set.npz", "x.npy"])
def test_arrays_of_objects_are_refused(tmp_path: Path, name: str) -> None:
    objects = np.array([{"a": 1}, None], dtype=object)
    if name.endswith(".npz"):
        np.savez(tmp_path / name, x=objects)
    else:
        np.save(tmp_path / name, objects, allow_pickle=True)
    with pytest.raises(UnsafeDataError, match="only a pickle loader could open"):
        readers.read(tmp_path / name)


def test_a_key_beyond_the_limit_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "set.npz", x=np.zeros((100, 100)))
    monkeypatch.setattr(numpy_files, "MAX_BYTES", 10_000)
    with pytest.raises(UnsafeDataError, match=r"claims the shape \(100, 100\)"):
        readers.read(tmp_path)


def test_a_damaged_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("x.npy", b"nothing of the kind")
    with pytest.raises(DataError, match=r"set\.npz: is no \.npz file, or damaged"):
        readers.read(tmp_path)


def test_new_arrays_need_no_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "new.npz", x=RANDOM.normal(size=(3, 4, 2)))
    source = readers.read_unlabelled(tmp_path / "new.npz", "array")
    assert (len(source), source.labels, source.ids[0]) == (3, None, "new/0")
