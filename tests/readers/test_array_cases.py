"""HDF5 files with an array for each sample."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from advisor import readers

RNG = np.random.default_rng(0)
COUNT = 24


def values(i: int) -> np.ndarray:
    return RNG.normal(size=(30 + i, 2))


def in_groups_of_classes(file: h5py.File, i: int) -> None:
    file[f"{'ab'[i % 2]}/rec{i:03d}"] = values(i)


def with_attributes(file: h5py.File, i: int) -> None:
    file[f"{i:03d}"] = values(i)
    file[f"{i:03d}"].attrs["label"] = i % 2


def with_labels(file: h5py.File, i: int) -> None:
    file[f"case_{i}/data"], file[f"case_{i}/label"] = values(i), i % 2


@pytest.mark.parametrize("write", [in_groups_of_classes, with_attributes, with_labels])
def test_each_array_is_a_sample_with_its_label(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    with h5py.File(tmp_path / "data.h5", "w") as file:
        for i in range(COUNT):
            write(file, i)
    source = readers.read(tmp_path)
    assert source.spec.samples == len(set(source.ids)) == COUNT
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes) == ("category", 2)


def test_a_mask_in_each_group_is_the_target(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        for i in range(COUNT):
            cube = RNG.random((8, 9, 10))
            file[f"case_{i}/image"], file[f"case_{i}/label"] = cube, (cube > 0.5).astype(np.uint8)
    source = readers.read(tmp_path)
    assert np.shape(source.read(0))[:3] == (8, 9, 10)
    assert source.spec.target is not None
    assert source.spec.target.kind == "mask"


def test_an_attribute_that_all_arrays_share_is_no_label(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        for name in "abcdefghij":
            file[name] = RNG.normal(size=(40, 5))
            file[name].attrs["CLASS"] = "CARRAY"  # as PyTables writes
    assert readers.read(tmp_path).spec.target is None


def test_few_groups_with_a_label_each_are_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        for i in range(3):
            with_labels(file, i)
    assert readers.read(tmp_path).spec.format == "array"
