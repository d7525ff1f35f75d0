"""What arrays lie in `.npz` and `.npy` files, by their headers alone; never a pickle."""

from __future__ import annotations

import functools
import math
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError, UnreadableSampleError, UnsafeDataError
from advisor.readers import folders

SUFFIXES = frozenset({".npz", ".npy"})
MAX_BYTES = 4 * 2**30  # unpacked, per array of an .npz; a .npy is mapped into memory and may be larger


@dataclass(frozen=True)
class Stored:
    """One array in a file: its name as words, shape and type; `load` brings it into memory."""

    where: str
    words: tuple[str, ...]
    part: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    load: Callable[[], NDArray[np.generic]]


def stored_arrays(path: Path) -> list[Stored]:
    """Every array of a file, or of the files of a folder.

    Raises:
        NoDataError: there is none.
        UnsafeDataError: arrays of Python objects, or larger than MAX_BYTES unpacked.
        DataError: a damaged file.
    """
    files = [path]
    if path.is_dir():
        files = [
            Path(entry.path) for entry in folders.visible(path) if folders.suffix(entry.name) in SUFFIXES
        ]
    stored: list[Stored] = []
    for file in files:
        single = file.suffix.lower() == ".npy"
        stored += [_npy(file)] if single else _npz(file, alone=len(files) == 1)
    if not stored:
        raise NoDataError(f"{path}: holds no array: write one with `numpy.savez('data.npz', x=..., y=...)`")
    return stored


def _npy(path: Path) -> Stored:
    try:
        with path.open("rb") as file:
            shape, dtype = _header(file, str(path))
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: is no .npy file, or damaged ({error}): write it again") from error
    words = _words(path.stem)

    def load() -> NDArray[np.generic]:
        try:
            return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
        except (OSError, ValueError, EOFError) as error:
            raise UnreadableSampleError(f"{path}: cannot be read ({error}): write it again") from error

    return Stored(str(path), words, _part(words), shape, dtype, load)


def _npz(path: Path, *, alone: bool) -> list[Stored]:
    stored = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                where = f"{path}:{name.removesuffix('.npy')}"
                with archive.open(name) as file:
                    shape, dtype = _header(file, where)
                if math.prod(shape) * dtype.itemsize > MAX_BYTES:
                    raise UnsafeDataError(
                        f"{where}: its header claims the shape {shape}, more than {MAX_BYTES:,} bytes: "
                        "save it as .npy"
                    )
                key = name.removesuffix(".npy")
                words = _words(key) if alone else (*_words(path.stem), *_words(key))
                load = functools.partial(_load_key, path, key)
                stored.append(Stored(where, words, _part(_words(key)) or _part(words), shape, dtype, load))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: is no .npz file, or damaged ({error}): write it again") from error
    return stored


def _load_key(path: Path, key: str) -> NDArray[np.generic]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return archive[key]  # type: ignore[no-any-return]
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error) as error:
        raise UnreadableSampleError(f"{path}:{key}: cannot be unpacked ({error}): write it again") from error


def _header(file: IO[bytes], where: str) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = npy.read_magic(file)
    shape, _, dtype = (
        npy.read_array_header_1_0(file) if version == (1, 0) else npy.read_array_header_2_0(file)
    )
    if dtype.hasobject:
        raise UnsafeDataError(
            f"{where}: is an array of Python objects, which only a pickle loader could open, and that can "
            "run code: save texts as `y.astype(str)` and equal-sized samples as `numpy.stack(x)`"
        )
    return shape, dtype


def _words(name: str) -> tuple[str, ...]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    spaced = re.sub(r"\b([xy])(train|test|val|valid|validation|dev)", r"\1 \2", spaced)
    spaced = re.sub(r"(train|test|val|valid|validation|dev)([xy])\b", r"\1 \2", spaced)
    return tuple(word for word in re.split(r"[^0-9a-z]+", spaced) if word)


def _part(words: tuple[str, ...]) -> str:
    return folders.part_within(" ".join(words)) or ""
