"""Tables with a picture in each row: a column for each pixel, or all of them in one cell."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS, split_counts
from advisor.readers.series.table_series import column_names
from advisor.readers.source import Skipped, Source
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import Rows, column_labels
from advisor.readers.table.target_guess import (
    FIRST_CLASS,
    LAST_CLASS,
    Guess,
    by_name,
    few_integers,
    given_target,
)
from advisor.readers.table.wide_columns import MOST_ROWS
from advisor.readers.video.likeness import ALIKE, LOCAL, correlations, mean_of
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "pixel-table"
LEAST_SIDE = 8  # of a picture; 7 x 7 values are as likely 49 features
PIXEL_NAME = re.compile(r"^(pixels?|px|pix|p|image|img)[_ .-]?(\d+([_x ]\d+)*)?$|^\d+x\d+$", re.I)
BRIGHTEST = 255

Shape = tuple[int, int, int]


def build(rows: Rows, kinds: tuple[Kind, ...], target: str | None, *, labelled: bool = True) -> Source | None:
    """Each row a picture (height, width, channel); None where the columns are not those of a square.

    Columns are pixels by their names (`pixel12`, `3x7`), or where values from 0 to 255 are alike both from
    column to column and from one row of the square to the next.

    Raises:
        UsageError: `target` is no column.
    """
    guess = given_target(rows, target) if target else None
    named = [i for i, name in enumerate(rows.header) if rows.named and PIXEL_NAME.match(name)]
    pixels = (
        named if len(named) >= LEAST_SIDE**2 else [i for i, kind in enumerate(kinds) if _is_number(rows, i)]
    )
    if guess is None:
        free = [i for i, kind in enumerate(kinds) if i not in named and kind in ("number", "category")]
        guess = by_name(rows, free) if rows.named or rows.attached is not None else None
    pixels = [i for i in pixels if guess is None or i != guess.position]
    if len(pixels) < LEAST_SIDE**2:
        return None
    if guess is None and not named:
        place = _class_end(rows, pixels)
        if place is not None:
            guess = Guess(place, FIRST_CLASS + 0.1, "a column of classes beside the pixels")
            pixels = [i for i in pixels if i != place]
    elif guess is None:
        others = [i for i, kind in enumerate(kinds) if i not in named and kind in ("number", "category")]
        guess = Guess(others[-1], LAST_CLASS, "the column beside the pixels") if others else None
    sample = _table(rows, pixels)[:: max(1, len(rows.rows) // MOST_ROWS)]
    shape = picture_side(sample.astype(np.float64), rows.header[pixels[0]] if named else "")
    if shape is None:
        return None
    table = _table(rows, pixels)
    labels = None
    if guess is not None and labelled:
        labels = column_labels(rows, guess.position, MAX_CLASSES_OF_NUMBERS)
    goal = None if labels is None or guess is None else guess.spec(rows.header[guess.position], labels)
    left = column_names(rows.header, [*pixels, *([guess.position] if guess else [])], "beside the pixels")
    parts = rows.given_parts() if labels is not None else None
    return picture_source(rows, shape, lambda i: table[i], labels, goal, parts, left)


def require(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source:
    """The pictures of rows that are known to be such, without labels; raises DataError when they are none."""
    known = target if target in rows.header else None
    source = build(rows, kinds, known, labelled=False)
    if source is None:
        raise DataError(
            f"{rows.path}: its columns are not the pixels of a square: give a picture in each row"
        )
    return source


def picture_side(values: NDArray[np.float64] | None, name: str) -> Shape | None:
    """(height, width, channel) of the pictures that rows [row, value] are; None where they are none."""
    if values is None:
        return None
    shapes = [
        (side, side, channels)
        for channels in (1, 3)
        if (side := math.isqrt(values.shape[1] // channels)) >= LEAST_SIDE
        and side * side * channels == values.shape[1]
    ]
    if not shapes:
        return None
    if PIXEL_NAME.match(name):
        return shapes[0]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low < 0 or high > BRIGHTEST or len(values) < LEAST_SIDE:
        return None
    return shapes[0] if _is_square(values, shapes[0]) else None


def picture_source(
    rows: Rows,
    shape: Shape,
    read: Callable[[int], NDArray[np.generic]],
    labels: NDArray[np.generic] | None,
    target: TargetSpec | None,
    parts: NDArray[np.str_] | None,
    skipped: Sequence[Skipped],
) -> Source:
    """A Source of pictures whose values `read` gives in one line, row by row."""
    axes = (
        Axis(name="height", size=shape[0]),
        Axis(name="width", size=shape[1]),
        Axis(name="channel", size=shape[2]),
    )
    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=len(rows.rows),
            inputs=(InputSpec(name="image", dtype=str(read(0).dtype), axes=axes),),
            target=target,
            splits=split_counts(parts, labels),
        ),
        ids=rows.ids,
        read=lambda i: read(i).reshape(shape),
        labels=labels,
        parts=parts,
        skipped=(*rows.skipped, *skipped),
    )


def _is_square(values: NDArray[np.float64], shape: Shape) -> bool:
    """Values below one another in the square are alike, and more so than those half a row apart."""
    width, matrix = shape[1] * shape[2], correlations(values)
    pairs = mean_of(matrix[np.triu_indices(len(matrix), 1)])
    within = (
        np.arange(len(matrix) - shape[2]) % width < width - shape[2]
    )  # not from one row's end to the next
    beside = mean_of(np.diagonal(matrix, shape[2])[within])
    below, halfway = mean_of(np.diagonal(matrix, width)), mean_of(np.diagonal(matrix, width // 2))
    local = all((found - pairs) / max(1 - pairs, 1e-6) >= LOCAL for found in (beside, below))
    return min(beside, below) >= ALIKE and local and below > halfway


def _is_number(rows: Rows, position: int) -> bool:
    return rows.numbers(position) is not None


def _class_end(rows: Rows, columns: Sequence[int]) -> int | None:
    """The first or the last column where the square is whole without it, rather the one with classes."""
    if math.isqrt(len(columns) - 1) ** 2 != len(columns) - 1:
        return None
    ends = {place: rows.numbers(place) for place in (columns[0], columns[-1])}
    classes = [
        place
        for place, numbers in ends.items()
        if numbers is not None and few_integers(numbers) and len(np.unique(numbers)) > 1
    ]
    counts = {place: len(set(rows.column(place))) for place in classes}
    return max(classes, key=lambda place: (counts[place] > 2, place)) if classes else None


def _table(rows: Rows, columns: Sequence[int]) -> NDArray[np.generic]:
    """[row, column], 0 where missing; uint8 where all are whole numbers up to 255, else float32."""
    found = [rows.numbers(i) for i in columns]
    table = np.nan_to_num(np.stack([column for column in found if column is not None], axis=1))
    return _small(table)


def _small(table: NDArray[np.float64]) -> NDArray[np.generic]:
    small = table.astype(np.uint8)
    return small if bool((small == table).all()) else table.astype(np.float32)
