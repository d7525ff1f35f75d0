"""Tables with a series or a picture in one cell of each row: `[0.1, 0.2, ...]`, `70 80 82 ...`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS
from advisor.readers.series.table_series import MANY_SERIES, Series, column_names, series_source
from advisor.readers.source import Source
from advisor.readers.table import cells
from advisor.readers.table.cells import Kind
from advisor.readers.table.pixel_table import picture_side, picture_source
from advisor.readers.table.table_rows import Rows, column_labels
from advisor.readers.table.target_guess import Guess, given_target, guess_target

MEASURED = 300  # cells whose lists are read to tell what they are


def build(rows: Rows, kinds: tuple[Kind, ...], target: str | None, *, labelled: bool = True) -> Source | None:
    """Each row a sample float32 (time, channel), a channel for each column of lists; None without such.

    Lists of whole numbers from 0 to 255 that are pictures by their likeness become (height, width, channel).

    Raises:
        UsageError: `target` is no column.
    """
    lists = [i for i in range(len(kinds)) if cells.holds_lists(rows.column(i))]
    if not lists:
        return None
    free = [i for i, kind in enumerate(kinds) if kind in ("number", "category") and i not in lists]
    guess: Guess | None = None
    if labelled:
        guess = given_target(rows, target) if target not in (None, "all") and target else None
        guess = guess or guess_target(rows, kinds, free)
    labels = None if guess is None else column_labels(rows, guess.position, MAX_CLASSES_OF_NUMBERS)
    goal = None if guess is None or labels is None else guess.spec(rows.header[guess.position], labels)
    parts = rows.given_parts() if labels is not None else None
    used = [*lists, *([] if guess is None else [guess.position])]
    left = column_names(
        rows.header,
        [*used, *(i for i, kind in enumerate(kinds) if kind == "identifier")],
        "beside the series",
    )
    shape = picture_side(_sample(rows, lists[0]), rows.header[lists[0]]) if len(lists) == 1 else None
    if shape is not None:
        return picture_source(rows, shape, lambda i: _series(rows, lists, i), labels, goal, parts, left)
    lengths = [_length(row[lists[0]]) for row in rows.rows]
    first = _series(rows, lists, next((i for i, length in enumerate(lengths) if length), 0))
    return series_source(
        rows,
        ids=rows.ids,
        read=lambda i: _series(rows, lists, i),
        lengths=lengths,
        channels=[rows.header[i] for i in lists] if first.shape[1] == len(lists) else [""] * first.shape[1],
        target=goal or (MANY_SERIES if labelled else None),
        labels=labels,
        parts=parts,
        skipped=left,
    )


def _sample(rows: Rows, position: int) -> NDArray[np.float64] | None:
    """[row, value] of some rows; None where their lists have different lengths or several channels."""
    step = max(1, len(rows.rows) // MEASURED)
    try:
        found = [cells.listed(row[position]) for row in rows.rows[::step]]
    except ValueError:
        return None
    if len({one.shape for one in found}) != 1 or found[0].shape[1] != 1:
        return None
    return np.stack([one[:, 0] for one in found]).astype(np.float64)


def _length(cell: str) -> int:
    """Steps of a list, counted by what sets them apart."""
    text = cell.strip()
    if text.count("[") > 1:
        return max(text.count("[") - 1, 1)
    bare = text.strip("[](){}").strip(" ,;|")
    return len(bare.replace(",", " ").replace(";", " ").replace("|", " ").split())


def _series(rows: Rows, positions: list[int], index: int) -> Series:
    try:
        channels = [cells.listed(rows.rows[index][i]) for i in positions]
    except ValueError as error:
        raise UnreadableSampleError(f"{rows.path}, {rows.ids[index]}: {error}: mend the list") from error
    longest = max(map(len, channels))
    width = sum(channel.shape[1] for channel in channels)
    series = np.full((longest, width), math.nan, dtype=np.float32)
    start = 0
    for channel in channels:
        series[: len(channel), start : start + channel.shape[1]] = channel
        start += channel.shape[1]
    return series
