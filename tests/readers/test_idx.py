"""IDX files written byte by byte."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import DataError, UnsafeDataError


def write_idx(path: Path, values: np.ndarray, *, shape: tuple[int, ...] | None = None) -> None:
    shape = values.shape if shape is None else shape
    data = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_pair(folder: Path, part: str, count: int, end: str = ".gz") -> np.ndarray:
    pictures = np.random.default_rng(0).integers(0, 256, (count, 5, 4))
    write_idx(folder / f"{part}-images-idx3-ubyte{end}", pictures)
    write_idx(folder / f"{part}-labels-idx1-ubyte{end}", np.arange(count) % 3)
    return pictures


@pytest.mark.parametrize("end", [".gz", ""])
def test_pictures_labels_and_parts(tmp_path: Path, end: str) -> None:
    write_pair(tmp_path, "train", 9, end)
    test = write_pair(tmp_path, "t10k", 6, end)
    source = readers.read(tmp_path)
    assert (source.spec.format, source.spec.samples) == ("idx", 15)
    assert (source.spec.splits.train, source.spec.splits.test) == (9, 6)
    assert source.ids[9] == "test/0"
    assert np.array_equal(np.asarray(source.read(10))[..., 0], test[1])
    assert source.labels is not None
    assert source.labels[10] == "1"


def test_missing_labels_are_asked_for(tmp_path: Path) -> None:
    write_pair(tmp_path, "train", 3)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"put train-labels-idx1-ubyte\.gz beside it"):
        readers.read(tmp_path)


def test_as_many_labels_as_pictures(tmp_path: Path) -> None:
    write_pair(tmp_path, "train", 3)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.zeros(4))
    with pytest.raises(DataError, match=r"labels of shape \(4,\) for 3 pictures"):
        readers.read(tmp_path)


def test_a_header_beyond_the_limit_is_refused_before_unpacking(tmp_path: Path) -> None:
    write_pair(tmp_path, "train", 3)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.zeros(8), shape=(3, 60_000, 60_000))
    with pytest.raises(UnsafeDataError, match="claims 10,800,000,000 bytes"):
        readers.read(tmp_path)


def test_data_shorter_than_the_header_says(tmp_path: Path) -> None:
    write_pair(tmp_path, "train", 3)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.zeros(8), shape=(3, 5, 4))
    source = readers.read(tmp_path)
    with pytest.raises(DataError, match="fewer bytes than its shape"):
        source.read(0)


def test_new_pictures_need_no_labels(tmp_path: Path) -> None:
    write_pair(tmp_path, "t10k", 4)
    source = readers.read_unlabelled(tmp_path / "t10k-images-idx3-ubyte.gz", "idx")
    assert len(source) == 4
    assert source.labels is None
