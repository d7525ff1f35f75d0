"""How large the values are, which are infinite, and which stand for "no value"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.rows import as_facts, with_examples
from advisor.records import Fact

MARKS = (-999_999.0, -99_999.0, -9_999.0, -999.0, -99.0, 999.0, 9_999.0, 99_999.0, 999_999.0,
         -32_768.0, -2.0**31, 1e20, -1e20, 9.969209968386869e36)  # fmt: skip
"""Numbers that mark missing values: nines, the lowest of 16 and 32 bits, and the fills of CF and netCDF."""
FEWEST = 3  # times that a mark must occur
REST = 20  # other values that tell what is usual
APART = 2.0  # ranges of the others that lie between them and the mark


def mark_facts(columns: NDArray[np.float64], names: Sequence[str]) -> list[Fact]:
    """Columns of [row, column] in which a mark of missing values stands far outside all other values."""
    found = [(name, mark, count) for name, column in zip(names, columns.T, strict=True)
             for mark, count in _marks(column)]  # fmt: skip
    examples = (f"{name}: {mark:g} ({count:,} times)" for name, mark, count in found)
    how = "columns with a number far from all others that usually marks a missing value"
    return [with_examples(("marked_columns", float(len(found)), "columns", how), len(columns), examples)]


def _marks(column: NDArray[np.float64]) -> list[tuple[float, int]]:
    known = column[np.isfinite(column)]
    for mark in MARKS:
        is_mark = np.isclose(known, mark, rtol=1e-6, atol=0)
        count = int(is_mark.sum())
        if count < FEWEST or len(known) - count < REST:
            continue
        rest = known[~is_mark]
        low, high = float(rest.min()), float(rest.max())
        gap = low - mark if mark < low else mark - high
        if high > low and gap > APART * (high - low):
            return [(mark, count)]
    return []


def missing_fact(missing: NDArray[np.bool_], names: Sequence[str]) -> list[Fact]:
    """How many columns of [row, column] lack values; the emptiest are the examples."""
    shares = missing.mean(axis=0)
    order = [place for place in np.argsort(-shares, kind="stable").tolist() if shares[place] > 0]
    examples = (f"{names[place]} ({100 * shares[place]:.2g} %)" for place in order)
    row = ("missing_columns", float(len(order)), "columns", "columns in which values are missing")
    return [with_examples(row, len(missing), examples)]


def infinite_fact(count: int, examples: Iterable[str], samples: int) -> list[Fact]:
    """How many samples (or steps of a long series) hold infinite values."""
    row = ("infinite_samples", float(count), "samples", "with a value that is infinite")
    return [with_examples(row, samples, examples)]


def range_facts(pieces: Sequence[NDArray[np.float32]]) -> list[Fact]:
    """Smallest, median and largest value of the parts looked at."""
    known = [piece[np.isfinite(piece)] for piece in pieces]
    values = np.concatenate([part[:: max(1, part.size // 4096)] for part in known]) if known else np.empty(0)
    if not values.size:
        return []
    largest = max(float(part.max()) for part in known if part.size)
    smallest = min(float(part.min()) for part in known if part.size)
    rows = [
        ("value_min", smallest, "", "smallest value looked at"),
        ("value_median", float(np.median(values)), "", "median of the values looked at"),
        ("value_max", largest, "", "largest value looked at"),
    ]
    return as_facts(rows, len(pieces))
