"""Sparse rows as svmlight and LIBSVM write them: `+1 3:0.5 12:1`, a label and the values that are not 0."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.errors import UnsafeDataError

LEAST_LINES = 5
FITTING = 0.98  # of the lines must be such rows
JUDGED = 200  # lines that tell
MOST_CELLS = 5 * 10**7  # of the whole table, zeros included
NUMBER = r"[-+]?[0-9.]+(?:[eE][-+]?\d+)?"
ROW = re.compile(rf"{NUMBER}(?:,\d+)*(?: qid:\d+)?(?:\s+\d{{1,9}}:{NUMBER})*\s*(?:#.*)?")
LABEL = "label"


def is_sparse(text: str) -> bool:
    """Whether nearly all of the first lines are such rows, and most have a value."""
    lines = [line.strip() for line in text[: 2**18].splitlines()[:JUDGED] if line.strip()]
    filled = sum(":" in line for line in lines)
    fitting = sum(ROW.fullmatch(line) is not None for line in lines)
    return len(lines) >= LEAST_LINES and fitting >= FITTING * len(lines) and 2 * filled > len(lines)


def table_of(text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header, LABEL first and then a number per column, and rows of cells with "0" where nothing stands.

    Raises:
        UnsafeDataError: the rows would have more than MOST_CELLS cells.
    """
    lines = [line.partition("#")[0].split() for line in text.splitlines() if line.strip()]
    lines = [pieces for pieces in lines if pieces]
    pairs = [[_pair(piece) for piece in pieces[1:] if piece[:1].isdigit()] for pieces in lines]
    places = {place for row in pairs for place, _ in row}
    first, last = min(places, default=1), max(places, default=0)
    if (last - first + 1) * len(lines) > MOST_CELLS:
        raise UnsafeDataError(
            f"`at most {MOST_CELLS:,} cells`: {len(lines):,} rows of {last:,} columns were found: give fewer"
        )
    rows = [_row(pieces[0], row, first, last) for pieces, row in zip(lines, pairs, strict=True)]
    return (LABEL, *(str(place) for place in range(first, last + 1))), rows


def _pair(piece: str) -> tuple[int, str]:
    place, _, value = piece.partition(":")
    return int(place) if place.isdecimal() else 0, value


def _row(label: str, pairs: Sequence[tuple[int, str]], first: int, last: int) -> tuple[str, ...]:
    cells = ["0"] * (last - first + 1)
    for place, value in pairs:
        cells[place - first] = value
    return (label.removeprefix("+"), *cells)
