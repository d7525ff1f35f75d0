"""Masks kept as arrays beside their pictures: one `.npy`, `.npz` or `.mat` file each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import AdvisorError, UnreadableSampleError
from advisor.readers import folders
from advisor.readers.array.array_files import OPENERS
from advisor.readers.array.stored import Stored, plain_shape
from advisor.readers.name_words import MASK_WORDS
from advisor.readers.pictures import images

SUFFIXES = frozenset({".npy", ".npz", ".mat"})


def size(path: Path) -> tuple[int, int]:
    """Height and width of a mask by its header; raises UnreadableSampleError."""
    if folders.suffix(path.name) not in SUFFIXES:
        return images.size(path)
    height, width = plain_shape(_mask(path).shape)
    return height, width


def stored_values(path: Path) -> NDArray[np.generic]:
    """A mask as it is stored: of a picture see `images.stored_values`, of arrays [height, width]; raises
    UnreadableSampleError."""
    if folders.suffix(path.name) not in SUFFIXES:
        return images.stored_values(path)
    found = _mask(path)
    try:
        values = found.whole().reshape(plain_shape(found.shape))
    except AdvisorError as error:
        raise UnreadableSampleError(str(error)) from error
    if values.dtype.kind == "f" and np.nanmax(np.abs(values), initial=0) > 1 and np.any(values % 1):
        raise UnreadableSampleError(f"{found.where}: holds measures and no classes: remove it")
    return values


def _mask(path: Path) -> Stored:
    """Of a file's arrays of numbers in two dimensions the one called a mask, else the largest."""
    try:
        stored = OPENERS[folders.suffix(path.name)](path)
    except AdvisorError as error:
        raise UnreadableSampleError(str(error)) from error
    flat = [one for one in stored if one.dtype.kind in "biuf" and len(plain_shape(one.shape)) == 2]
    if not flat:
        raise UnreadableSampleError(f"{path}: holds no array of height and width: remove it")
    return max(flat, key=lambda one: (bool(set(one.words) & MASK_WORDS), one.nbytes))
