"""Windows of sensors as traffic forecasts are prepared: what went before in `x`, what comes next in `y`.

Source of the form: generate_training_data.py of DCRNN, https://github.com/liyaguang/DCRNN
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import AdvisorError
from advisor.readers import folders, part_names
from advisor.readers.array import array_files
from advisor.readers.array.stored import Stored
from advisor.readers.graph.graph_relations import LEAST_NODES, LEAST_STEPS, Values

SUFFIX = ".npz"
PARTS = ("train", "validation", "test", "")
RANK = 4  # [window, step, node, quantity]
COMPARED = 50  # windows


def values(files: Sequence[Path]) -> Values | None:
    """The series from which the windows of train, validation and test were cut; None where there are none.

    The windows of a part must follow each other step by step, so that the first steps of `y` are the series.
    """
    parts: list[tuple[int, Stored]] = []
    for file in files:
        if folders.suffix(file.name) == SUFFIX and (following := _following(file)) is not None:
            parts.append((PARTS.index(part_names.part_within(file.stem) or ""), following))
    if not parts or len({one.shape[2:] for _, one in parts}) > 1:
        return None
    ordered = [one for _, one in sorted(parts, key=lambda part: part[0])]
    return Values(ordered[0].where, None, ordered[0].shape[2], functools.partial(_load, ordered))


def _following(file: Path) -> Stored | None:
    """The array `y` of a file of windows that go on by one step each."""
    try:
        stored, _ = array_files.stored_arrays(file)
    except AdvisorError:
        return None
    by_name = {one.where.rpartition(":")[2]: one for one in stored}
    before, after = by_name.get("x"), by_name.get("y")
    if before is None or after is None or len(before.shape) != RANK or len(after.shape) != RANK:
        return None
    if before.shape[0] != after.shape[0] or before.shape[2] != after.shape[2]:
        return None
    if after.shape[0] < LEAST_STEPS or after.shape[2] < LEAST_NODES:
        return None
    past = np.asarray(before.load()[:COMPARED], dtype=np.float64)
    future = np.asarray(after.load()[:COMPARED], dtype=np.float64)
    shared = min(past.shape[3], future.shape[3])
    next_in_past = past[1:, -1, :, :shared], future[:-1, 0, :, :shared]
    next_in_future = future[1:, :-1], future[:-1, 1:]
    pairs = (next_in_past, next_in_future) if future.shape[1] > 1 else (next_in_past,)
    follows = any(np.allclose(*pair, equal_nan=True) for pair in pairs)
    return after if follows else None


def _load(parts: Sequence[Stored]) -> tuple[NDArray[np.float32], None]:
    return np.concatenate([np.asarray(one.load()[:, 0], dtype=np.float32) for one in parts]), None
