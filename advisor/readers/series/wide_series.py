"""Tables with a series in each row: columns that are steps in time, a label before or behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.labelling.group_columns import without_people
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS
from advisor.readers.series.table_series import MANY_SERIES, Series, column_names, series_source
from advisor.readers.source import Source
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import Rows, column_labels
from advisor.readers.table.target_guess import (
    FIRST_CLASS,
    UNSURE,
    Guess,
    by_name,
    few_integers,
    given_target,
)
from advisor.readers.table.wide_columns import LEAST_STEPS, Run, column_of, find_run, values_of
from advisor.records import TargetSpec


def build(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source | None:
    """Each row a sample float32 (time, channel); None when no columns are steps of a series.

    Columns are steps where their names count or are times and neighbours are alike, in one unit. Without such
    names all columns of numbers must be. Missing values at the end of a row make the series shorter.

    Raises:
        UsageError: `target` is no column.
    """
    given = None if target in (None, "all") else given_target(rows, str(target))
    run = find_run(rows, kinds, None if given is None else given.position)
    if run is None:
        return None
    used = {place for channel in run.positions for place in channel}
    guess = given or _label(rows, kinds, run, used)
    if guess is not None and guess.position in used:
        return None
    labels = None if guess is None else column_labels(rows, guess.position, MAX_CLASSES_OF_NUMBERS)
    goal = MANY_SERIES if guess is None or labels is None else guess.spec(rows.header[guess.position], labels)
    return _source(rows, kinds, run, guess, labels, goal)


def unlabelled(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source:
    """The series of rows that are known to be such, with or without the target; few rows will do.

    Raises:
        DataError: too few columns are numbers.
    """
    known = rows.header.index(target) if target in rows.header else None
    run = find_run(rows, kinds, known, trusted=True)
    if run is None:
        raise DataError(
            f"{rows.path}: has fewer than {LEAST_STEPS} columns of numbers: give a series in each row"
        )
    return _source(rows, kinds, run, None, None, None)


def _source(
    rows: Rows,
    kinds: tuple[Kind, ...],
    run: Run,
    guess: Guess | None,
    labels: NDArray[np.generic] | None,
    goal: TargetSpec | None,
) -> Source:
    table = np.stack([values_of(rows, channel) for channel in run.positions], axis=2)  # [row, time, channel]
    known: NDArray[np.bool_] = np.asarray(np.isfinite(table).any(axis=2))
    ends = np.where(known.any(axis=1), known.shape[1] - known[:, ::-1].argmax(axis=1), 0).tolist()
    used = [place for channel in run.positions for place in channel]
    if guess is not None:
        used.append(guess.position)
    free = [i for i, kind in enumerate(kinds) if kind == "identifier"]

    def read(index: int) -> Series:
        series: Series = table[index, : ends[index]].copy()
        return series

    return series_source(
        rows,
        ids=rows.ids,
        read=read,
        lengths=ends,
        channels=run.names,
        target=goal,
        labels=labels,
        parts=rows.given_parts() if labels is not None else None,
        skipped=column_names(rows.header, [*used, *free], "beside the series"),
    )


# --- which columns are steps ----------------------------------------------------------------------


def _label(rows: Rows, kinds: Sequence[Kind], run: Run, used: set[int]) -> Guess | None:
    """The column beside the series that is to be predicted; None where there is none. Beside steps that are
    dates others than those called a label say where the series is from."""
    free = [i for i, kind in enumerate(kinds) if i not in used and kind in ("number", "category")]
    if not free:
        return None
    named = by_name(rows, free)
    if named is not None or run.dated:
        return named
    free = without_people(rows.header, rows.column, free)
    choices = tuple(rows.header[i] for i in free)
    if len(free) == 1:
        several = len(set(rows.column(free[0]))) < 0.5 * len(rows.rows) or kinds[free[0]] == "number"
        return (
            Guess(free[0], FIRST_CLASS + 0.1, "the only column beside the series", choices)
            if several
            else None
        )
    classes = [i for i in free if kinds[i] == "category" or few_integers(column_of(rows, i))]
    return Guess((classes or free)[-1], UNSURE, "a column beside the series", choices)


# --- are they alike -------------------------------------------------------------------------------
