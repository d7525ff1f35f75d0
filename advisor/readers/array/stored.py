"""A named array in a file of any form: what is known of it before it is read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnsafeDataError
from advisor.readers import folders, part_names

MAX_ARRAYS = 2_000  # of one file: more are the parts of a program's state and not data
MAX_HELD = 256 * 2**20  # bytes; larger arrays are read piece by piece where their form allows it
MAX_AT_ONCE = 2**30  # bytes of a sample, or of labels: more would not fit beside the rest of the program


class Indexable(Protocol):
    """What can be asked for a part by integers and slices, one for each axis, as NumPy's arrays can."""

    def __getitem__(self, place: Any, /) -> Any: ...


@dataclass(frozen=True)
class Stored:
    """One array in a file.

    Attributes:
        where: file and name, for messages.
        words: its name in words, those of its file and folders before it.
        part: the part that the name says, or "".
        load: opens it for reading parts of it.
        dims: names of its axes where the file gives them.
        attributes: units, fill values and the like, where the form has them.
        file: that it lies in.
    """

    where: str
    words: tuple[str, ...]
    part: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    load: Callable[[], Indexable]
    dims: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""

    @property
    def name(self) -> str:
        """Its name in the file."""
        return self.where.removeprefix(self.file).strip(":/\\")

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def whole(self) -> NDArray[np.generic]:
        """All of it; raises UnsafeDataError beyond MAX_AT_ONCE."""
        if self.nbytes > MAX_AT_ONCE:
            raise UnsafeDataError(
                f"{self.where}: its header claims the shape {self.shape}, more than {MAX_AT_ONCE:,} bytes: "
                "store less in one array"
            )
        found: NDArray[np.generic] = np.asarray(self.load()[(slice(None),) * len(self.shape)])
        return found


def group_of(one: Stored) -> str:
    """What arrays belong together: those of one file; `.npy` files hold one each, and share their folder."""
    return str(Path(one.file).parent) if folders.suffix(one.file) == ".npy" else one.file


def words(name: str) -> tuple[str, ...]:
    """`XTrain`, `x_train`, `trainX` and `X-tr` are all the words x and train."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    spaced = re.sub(rf"\b([xy])({PART_WORDS})\b", r"\1 \2", re.sub(r"[^0-9a-z]+", " ", spaced))
    spaced = re.sub(rf"\b({PART_WORDS})([xy])\b", r"\1 \2", spaced)
    found = spaced.split()
    if {"x", "y"} & set(found):
        found = [SHORT_PARTS.get(word, word) for word in found]
    return tuple(found)


PART_WORDS = "train|training|test|val|valid|validation|dev|tr|trn|te|tst|va"
SHORT_PARTS = {"tr": "train", "te": "test", "va": "validation"}


def plain_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Without axes of one, but never without any: MATLAB's vectors are (n, 1) or (1, n)."""
    return tuple(size for size in shape if size != 1) or shape[:1]


def part_of_words(found: Sequence[str]) -> str:
    """The part that words name, or ""."""
    return part_names.part_within(" ".join(found)) or ""


def folders_stem(name: str) -> str:
    """A file's name without its suffix."""
    return name[: -len(found)] if (found := folders.suffix(name)) else name
