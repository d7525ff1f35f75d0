"""Named arrays in files of any form, known by their headers alone: one opener per suffix."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from advisor.errors import DataError, MissingExtraError, NoDataError
from advisor.readers import folders
from advisor.readers.array import hdf5_files, matlab_files, netcdf_files, numpy_files, zarr_files
from advisor.readers.array.array_roles import LABELS
from advisor.readers.array.stored import Stored, folders_stem, part_of_words, words
from advisor.readers.limits import MOST_DEPTH

DEEPEST = 6  # folders in folders
MAX_FILES = 100_000  # whose headers are read
WEIGHTS_NAME = re.compile(r"model|weight|net|cnn|rnn|lstm|gru|best|check|epoch|final|train", re.I)
"""Names of files that may hold the weights of a network, and are opened to tell."""


OPENERS: dict[str, Callable[[Path], list[Stored]]] = {
    ".npy": numpy_files.npy,
    ".npz": numpy_files.npz,
    ".mat": matlab_files.arrays,
    **dict.fromkeys((".h5", ".hdf5", ".hdf", ".he5", ".h5py"), hdf5_files.arrays),
    **dict.fromkeys((".nc", ".nc4", ".nc3", ".cdf", ".netcdf"), netcdf_files.arrays),
}
"""What opens each suffix: the words and part that it gives are those of the names in the file."""

SUFFIXES = frozenset(OPENERS)
ZARR = frozenset({".zgroup", ".zarray", "zarr.json"})


def is_zarr(folder: Path) -> bool:
    """Whether a folder is a Zarr store."""
    return any((folder / name).is_file() for name in ZARR)


def array_files(path: Path, most: int = MAX_FILES, looks: int | None = None) -> list[Path]:
    """The file, or files of arrays and Zarr stores at any depth of a folder, up to so many; no weights of
    networks, which lie beside the data of many projects, unless there is nothing else.

    Args:
        looks: give up after so many other files without one of arrays.
    """
    if path.is_file() or is_zarr(path):
        return [path]
    found: list[Path] = []
    others = 0
    for folder in _folders(path, 0):
        entries = folders.visible(folder)
        found += [Path(entry.path) for entry in entries if _is_arrays(entry)]
        others += len(entries)
        if len(found) >= most or (looks is not None and not found and others >= looks):
            break
    kept = [file for file in found[:most] if not are_weights(file)]
    return kept or found[:most]


def stored_arrays(path: Path) -> tuple[list[Stored], list[str]]:
    """Every array of a file, or of the files of a folder; and the faults of files that are damaged.

    Raises:
        NoDataError: there is none.
        UnsafeDataError: arrays of Python objects, or larger than a limit unpacked, and no other.
        DataError: only damaged files.
    """
    files = array_files(path)
    root = path if path.is_dir() and not is_zarr(path) else path.parent
    stored: list[Stored] = []
    faults: list[DataError] = []
    for file in files:
        opener = zarr_files.arrays if file.is_dir() else OPENERS[folders.suffix(file.name)]
        try:
            found = opener(file)
        except DataError as error:
            faults.append(error)
            continue
        stored += [_placed(one, file, root, alone=len(files) == 1) for one in found]
    if not stored and faults:
        raise faults[0]
    if not stored:
        raise NoDataError(f"{path}: holds no array: write one with `numpy.savez('data.npz', x=..., y=...)`")
    return stored, [str(fault) for fault in faults]


def _placed(one: Stored, file: Path, root: Path, *, alone: bool) -> Stored:
    """With the words of its file and folders before its own, unless there is but one file."""
    if alone and one.words:
        return replace(one, file=str(file))
    above = file.relative_to(root).parent.parts
    outer = tuple(word for name in (*above, folders_stem(file.name)) for word in words(name))
    part = one.part or part_of_words(outer)
    if one.dims and one.words:  # `tg_mean_YS.nc` holds a field and no labels
        outer = tuple(word for word in outer if word not in LABELS)
    return replace(one, words=(*outer, *one.words), part=part, file=str(file))


def _folders(folder: Path, depth: int, level: int = 0) -> Iterator[Path]:
    """The folder and those below it, but for Zarr stores; links to folders are not followed."""
    yield folder
    if depth < DEEPEST and level < MOST_DEPTH:
        entries = folders.visible(folder)
        deeper = depth + (len(entries) > 1)  # a folder with nothing but one in it is walked through
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink() and not is_zarr(Path(entry.path)):
                yield from _folders(Path(entry.path), deeper, level + 1)


def are_weights(file: Path) -> bool:
    """Whether it holds a network that was saved, by its name and then its content."""
    if not (file.suffix.lower() in (".h5", ".hdf5") and WEIGHTS_NAME.search(file.stem)):
        return False
    try:
        return hdf5_files.holds_weights(file)
    except (DataError, MissingExtraError):
        return False


def _is_arrays(entry: os.DirEntry[str]) -> bool:
    if entry.is_file():
        return folders.suffix(entry.name) in SUFFIXES
    return entry.is_dir() and not entry.is_symlink() and is_zarr(Path(entry.path))
