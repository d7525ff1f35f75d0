"""Arrays that are mapped from a file, and giving back what of them lies in memory.

A mapped page that was read counts as memory of this program until something needs the room. Who reads a whole
file within a limit says when he is done with what he has read so far.
"""

from __future__ import annotations

import mmap
import weakref
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

_known: list[weakref.ref[NDArray[np.generic]]] = []


def mapped(
    path: Path, dtype: DTypeLike, shape: tuple[int, ...], *, start: int = 0, order: Literal["C", "F"] = "C"
) -> NDArray[np.generic]:
    """The array in a file, from byte `start` on, for reading; raises OSError or ValueError as numpy does."""
    array = np.memmap(path, dtype, "r", start, shape, order)
    _known[:] = [one for one in _known if one() is not None]
    _known.append(weakref.ref(array))
    return array


def let_go() -> None:
    """Gives back the pages of all mapped arrays; they are read again when they are needed."""
    for one in list(_known):
        array = one()
        if array is not None and isinstance(array.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            array.base.madvise(mmap.MADV_DONTNEED)
