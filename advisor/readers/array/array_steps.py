"""One file for each time step: numbered vectors in a numbered folder for each series, in class folders."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.readers import folders, part_names
from advisor.readers.array.stored import Stored, folders_stem

DIMS = ("time", "channel")  # of what is put together here
LEAST_STEPS, LEAST_SERIES = 5, 2  # files in a folder, and folders in a class
NUMBERED = re.compile(r"(.*?)(\d+)")


def joined(stored: Sequence[Stored]) -> list[Stored]:
    """One array (time, channel) for each folder, where `hello/0/12.npy` is a step of a series `hello/0`;
    as they are where files lie otherwise."""
    if any(len(one.shape) != 1 or one.dtype.kind not in "biuf" for one in stored):
        return list(stored)
    steps: dict[Path, list[Stored]] = {}
    for one in stored:
        steps.setdefault(Path(one.file).parent, []).append(one)
    classes: dict[str, list[Path]] = {}
    for folder in steps:
        classes.setdefault("" if part_names.part_of(folder.parent.name) else folder.parent.name, []).append(
            folder
        )
    several = all(
        len(inner) >= LEAST_SERIES and _are_numbered([one.name for one in inner])
        for inner in classes.values()
    )
    if len(classes) < 2 or "" in classes or not several or not all(map(_are_steps, steps.values())):
        return list(stored)
    return [_one(folder, sorted(group, key=_number)) for folder, group in steps.items()]


def _are_steps(group: Sequence[Stored]) -> bool:
    alike = len({one.shape for one in group}) == 1
    return len(group) >= LEAST_STEPS and alike and _are_numbered([_stem(one) for one in group])


def _are_numbered(names: Sequence[str]) -> bool:
    """Whether names are one word, or none, and a number of their own each."""
    found = [NUMBERED.fullmatch(name) for name in names]
    return all(found) and len({match[1] for match in found if match}) == 1 and len(set(names)) == len(names)


def _stem(one: Stored) -> str:
    return folders_stem(Path(one.file).name)


def _number(one: Stored) -> tuple[tuple[int, int, str], ...]:
    return folders.natural(_stem(one))


def _one(folder: Path, group: Sequence[Stored]) -> Stored:
    first = group[0]
    shape = (len(group), *first.shape)
    return Stored(
        str(folder),
        first.words,
        first.part,
        shape,
        first.dtype,
        functools.partial(_stacked, tuple(group)),
        DIMS,
        file=str(folder),
    )


def _stacked(group: Sequence[Stored]) -> NDArray[Any]:
    return np.stack([one.whole() for one in group])
