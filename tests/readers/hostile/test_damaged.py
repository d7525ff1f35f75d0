"""Damaged, empty and mislabelled files, and pickles: the healthy rest is used, or one line names the file."""

from __future__ import annotations

import os
import pickle
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from nursery import Run
from seeds import SEEDS, per_class, picture, plain_wave, table, volume

FOLDERS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "pictures": (".png", lambda i: picture("PNG", i)),
    "sounds": (".wav", plain_wave),
    "volumes": (".nii", volume),
}
"""A file per sample: the suffix, and what is in them."""
SINGLE = (
    "npy", "npz", "hdf5", "mat", "netcdf", "csv", "csv-gz", "csv-zip", "json", "jsonl", "parquet", "feather",
    "arff", "ts", "fasta",
)  # fmt: skip
"""Forms where one file holds all samples."""


PICKLED = (
    "a.pkl", "a.npy", "a.npz", "a.csv", "a.png", "a.json", "a.mat", "a.h5", "a.pt", "a.parquet", "a.arff",
    "a.ts",
    "a.nii", "a.wav", "a.joblib", "a", "a.zip", "data_batch_1", "a.gz", "a.csv.gz", "a.txt",
)  # fmt: skip
"""What a file with a pickle may be called."""


class Trap:
    """Once unpickled, it has made a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.mark}",)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 3],
    "cut in the header": lambda data: data[:11],
    "text": lambda data: b"These are words, and not what the name says.\n" * 3,
    "zeros": lambda data: bytes(4096),
    "web-page": lambda data: b"<!DOCTYPE html><html><body>404 <b>not found</b></body></html>",
}


def some(names: Iterable[str], *quick: str) -> list[object]:
    """All names as parameters; those that are not quick are left to `make test-slow`."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("damage", some(DAMAGES, "empty", "text", "cut in the header"))
@pytest.mark.parametrize("form", FOLDERS)
def test_one_of_many_files_is_left_out(form: str, damage: str, tmp_path: Path, inspect: Run) -> None:
    suffix, content = FOLDERS[form]
    per_class(tmp_path / "data", suffix, content)
    bad = tmp_path / "data" / "cat" / f"bad{suffix}"
    bad.write_bytes(DAMAGES[damage](content(0)))
    outcome = inspect(tmp_path / "data")
    assert outcome.code == 0
    if (form, damage) == ("sounds", "truncated"):  # what is there can be heard
        return
    assert outcome.samples - ("looked at cannot be decoded" in outcome.health) == 8
    assert re.search("left out|cannot be decoded", outcome.health)


@pytest.mark.parametrize("damage", some(DAMAGES, "truncated"))
@pytest.mark.parametrize("form", SINGLE)
def test_the_only_file_is_named(form: str, damage: str, tmp_path: Path, inspect: Run) -> None:
    SEEDS[form][0](tmp_path)
    (file,) = (one for one in tmp_path.iterdir() if one.is_file())
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    outcome = inspect(file)
    if outcome.code:
        assert file.name in outcome.err


@pytest.mark.parametrize("name", some(PICKLED, "a.pkl", "a.npy", "a.npz", "a.csv", "a.png", "a"))
@pytest.mark.parametrize("protocol", [0, 4])
def test_a_pickle_under_any_name_is_never_opened(
    name: str, protocol: int, tmp_path: Path, inspect: Run
) -> None:
    mark = tmp_path / "executed"
    trap = Trap(mark)
    file = tmp_path / "data" / name
    file.parent.mkdir()
    if name in ("a.npy", "a.npz"):
        objects = np.array([trap, trap], dtype=object)
        with file.open("wb") as stream:
            np.save(stream, objects) if name == "a.npy" else np.savez(stream, x=objects)
    elif name in ("a.pt", "a.zip"):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(trap, protocol))
    else:
        file.write_bytes(pickle.dumps(trap, protocol))
    for path in (file, file.parent):
        outcome = inspect(path)
        assert outcome.code == 1
        assert name in outcome.err or str(path) in outcome.err
    assert not mark.exists()


def test_a_table_beside_a_pickle_is_still_read(tmp_path: Path, inspect: Run) -> None:
    (tmp_path / "data.csv").write_text(table())
    (tmp_path / "cache.pkl").write_bytes(pickle.dumps(Trap(tmp_path / "executed")))
    assert inspect(tmp_path).samples == 40
    assert not (tmp_path / "executed").exists()
