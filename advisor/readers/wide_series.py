"""Tables with a series in each row: columns that are steps in time, a label before or behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers import cells
from advisor.readers.cells import Kind
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS
from advisor.readers.source import Source
from advisor.readers.table_rows import Rows, column_labels
from advisor.readers.table_series import MANY_SERIES, Series, column_names, series_source
from advisor.readers.target_guess import (
    FIRST_CLASS,
    LAST_NUMBER,
    UNSURE,
    Guess,
    by_name,
    few_integers,
    given_target,
)
from advisor.records import TargetSpec

LEAST_STEPS = 8  # columns that can be a series; fewer cannot show that neighbours are alike
MOST_MEASURED, MOST_ROWS = 512, 1_000  # columns and rows that likeness is measured on
ALIKE, LOCAL = 0.3, 0.25  # what neighbouring columns must correlate, and how much beyond any two columns
"""The limits by which `measure.axes` names unnamed axes (NEIGHBOUR_CORRELATION, LOCALITY)."""

SAME_UNIT = 0.8  # share of neighbouring columns whose means and deviations fit one quantity
MEAN_STEP, SPREAD_RATIO = 1.5, 4.0  # in deviations; larger steps are between columns of different units
FEW_ROWS = 8  # below it columns cannot be compared over rows: their names must say that they are steps
EVEN = 0.9  # share of steps between names that must be equal
STEP_STEMS = frozenset(
    {"t", "t_", "t-", "ts", "time", "time_", "timestep", "timestep_", "time_step_", "step", "step_", "tick",
     "day", "day_", "d_", "hour", "hour_", "h", "minute", "month", "month_", "week", "week_", "w", "year",
     "lag", "lag_", "sample", "sample_", "s", "flux.", "flux_", "frame", "frame_", "point", "point_"}
)  # fmt: skip
"""What steps are called; other numbered names (`V1`, `x_3`) may as well be features."""

DATED = re.compile(r"\d[-/.: T]\d")
EPOCH = datetime(1970, 1, 1)
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Columns that are steps: positions [channel][time], and what tells that they are."""

    positions: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    declared: bool  # the names say steps of time
    dated: bool = False  # they are dates or times of day


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
    table = np.stack([_values(rows, channel) for channel in run.positions], axis=2)  # [row, time, channel]
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


def _values(rows: Rows, positions: Sequence[int]) -> NDArray[np.float32]:
    """float32 [row, time]."""
    columns = [rows.numbers(i) for i in positions]
    return np.stack([column for column in columns if column is not None], axis=1).astype(np.float32)


# --- which columns are steps ----------------------------------------------------------------------


def find_run(rows: Rows, kinds: Sequence[Kind], known: int | None, *, trusted: bool = False) -> Run | None:
    """The columns that are steps of a series, which is measured unless `trusted`.

    Args:
        known: the position of the target.
    """
    numeric = [i for i, kind in enumerate(kinds) if kind == "number" and i != known]
    numeric += [i for i, kind in enumerate(kinds) if kind in ("identifier", "time") and _all_empty(rows, i)]
    if len(numeric) < LEAST_STEPS:
        return None
    run = _named_run(rows, sorted(numeric)) if rows.named else None
    if run is None and trusted and rows.named:
        run = Run((tuple(sorted(numeric)),), ("value",), declared=False)
    if run is None and (not rows.named or _names_count(rows, numeric)):
        ends = _trimmed(rows, kinds, sorted(numeric), known)
        run = Run((tuple(ends),), ("value",), declared=False) if len(ends) >= LEAST_STEPS else None
    return run if run is not None and (trusted or _is_series(rows, run)) else None


def _all_empty(rows: Rows, position: int) -> bool:
    return all(map(cells.is_missing, rows.column(position)[:50]))


def _named_run(rows: Rows, numeric: list[int]) -> Run | None:
    """Columns whose names differ in a number only that counts, or that are times; several equally long
    ones are channels."""
    stems: dict[str, list[tuple[float, int]]] = {}
    dated = [i for i in numeric if DATED.search(rows.header[i])]
    times = cells.as_times([rows.header[i].strip() for i in dated]) if len(dated) >= LEAST_STEPS else None
    if times is not None:
        seconds = [(moment.replace(tzinfo=None) - EPOCH).total_seconds() for moment in times]
        stems["time"] = list(zip(seconds, dated, strict=True))
    for i in numeric if times is None else ():
        stem, number = _stem(rows.header[i])
        if number is not None:
            stems.setdefault(stem, []).append((number, i))
    runs = {stem: found for stem, found in stems.items() if len(found) >= LEAST_STEPS and _even(found)}
    if not runs:
        return None
    longest = max(map(len, runs.values()))
    chosen = {stem: found for stem, found in runs.items() if len(found) == longest}
    bare = [stem.replace("#", "").strip(" _-.") or "value" for stem in chosen]
    positions = tuple(tuple(i for _, i in found) for found in chosen.values())
    declared = all(stem.lower().removesuffix("#") in STEP_STEMS or stem == "time" for stem in chosen)
    return Run(positions, tuple(bare), declared, dated=set(chosen) == {"time"})


def _stem(name: str) -> tuple[str, float | None]:
    """`acc_x_#`, 12 of `acc_x_12`; "time" and seconds of a date or a time of day; "#" of a bare number."""
    text = name.strip()
    month = next((i for i, full in enumerate(MONTHS) if text.lower() in (full, full[:3])), None)
    if month is not None:
        return "time", float(month)
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
    if clock:
        return "time", 3600 * int(clock[1]) + 60 * int(clock[2]) + int(clock[3] or 0)
    if not text.replace(".", "", 1).isdigit():
        times = cells.as_times([text])
        if times is not None:
            return "time", (times[0].replace(tzinfo=None) - EPOCH).total_seconds()
    year = re.fullmatch(r"(1[89]|20)\d\d( ?\[.*\])?", text)
    if year:
        return "time", float(text[:4])
    numbers = list(re.finditer(r"\d+(?:\.\d+)?", text))
    if not numbers:
        return text, None
    last = numbers[-1]
    return f"{text[: last.start()]}#{text[last.end() :]}", float(last[0])


def _even(found: list[tuple[float, int]]) -> bool:
    steps = np.diff([number for number, _ in found])
    median = float(np.median(steps))
    near = np.abs(steps - median) <= 0.5 * abs(median)  # months have 28 to 31 days
    return median != 0 and bool(near.mean() >= EVEN)


def _names_count(rows: Rows, numeric: Sequence[int]) -> bool:
    """Whether the file gives its columns numbers for names, or none."""
    bare = [rows.header[i] for i in numeric]
    return sum(name.replace(".", "").lstrip("-").isdigit() or not name for name in bare) > 0.9 * len(bare)


def _trimmed(rows: Rows, kinds: Sequence[Kind], numeric: list[int], known: int | None) -> list[int]:
    """Without a first or last column that holds classes or another unit: the label, a number of the row."""
    if known is not None or rows.attached is not None:
        return [i for i in numeric if i != rows.attached]
    label = _end_label(rows, kinds, numeric)
    return numeric if label is None else [i for i in numeric if i != label.position]


def _end_label(rows: Rows, kinds: Sequence[Kind], numeric: Sequence[int]) -> Guess | None:
    """The label of a table without names: a column of classes at either end, else one of another unit."""
    last = len(rows.header) - 1
    if any(kinds[i] == "category" for i in (0, last)):
        return None
    inner = [rows.numbers(i) for i in numeric[1:-1][:: max(1, len(numeric) // 50)]]
    distinct = float(np.median([len(np.unique(column)) for column in inner if column is not None]))
    ends = {i: rows.numbers(i) for i in (0, last) if i in numeric}
    counts = {
        i: len(np.unique(numbers))
        for i, numbers in ends.items()
        if numbers is not None and few_integers(numbers, MAX_CLASSES_OF_NUMBERS)
    }
    classes = [i for i, count in counts.items() if 3 * count <= distinct]
    if classes:
        place = min(classes, key=lambda i: counts[i])
        return Guess(place, FIRST_CLASS + 0.1, "a column of classes at the end of each series")
    for place, beside in ((last, numeric[-2]), (0, numeric[1])):
        if place in numeric and not same_unit(
            np.stack([_column(rows, place), _column(rows, beside)], axis=1)
        ):
            return Guess(place, UNSURE if place == 0 else LAST_NUMBER - 0.1, "a column of another unit")
    return None


def _column(rows: Rows, place: int) -> NDArray[np.float64]:
    numbers = rows.numbers(place)
    return numbers if numbers is not None else np.full(len(rows.rows), np.nan)


def _label(rows: Rows, kinds: Sequence[Kind], run: Run, used: set[int]) -> Guess | None:
    """The column beside the series that is to be predicted; None where there is none. Beside steps that are
    dates others than those called a label say where the series is from."""
    free = [i for i, kind in enumerate(kinds) if i not in used and kind in ("number", "category")]
    if not free:
        return None
    named = by_name(rows, free)
    if named is not None or run.dated:
        return named
    choices = tuple(rows.header[i] for i in free)
    if len(free) == 1:
        several = len(set(rows.column(free[0]))) < 0.5 * len(rows.rows) or kinds[free[0]] == "number"
        return (
            Guess(free[0], FIRST_CLASS + 0.1, "the only column beside the series", choices)
            if several
            else None
        )
    classes = [i for i in free if kinds[i] == "category" or few_integers(_column(rows, i))]
    return Guess((classes or free)[-1], UNSURE, "a column beside the series", choices)


# --- are they alike -------------------------------------------------------------------------------


def _is_series(rows: Rows, run: Run) -> bool:
    step = max(1, len(rows.rows) // MOST_ROWS)
    for positions in run.positions[:6]:
        middle = positions[max(0, (len(positions) - MOST_MEASURED) // 2) :][:MOST_MEASURED]
        if any(rows.numbers(i) is None for i in middle[:3]):
            return False
        values = _values(rows, middle)[::step].astype(np.float64)
        if not (run.declared and (same_unit(values) or len(values) < FEW_ROWS)) and not are_alike(values):
            return False
    return True


def are_alike(values: NDArray[np.float64]) -> bool:
    """Whether neighbouring columns of [row, column] hold one quantity and are more alike than any two."""
    if len(values) < FEW_ROWS or not same_unit(values):
        return False
    matrix = correlations(values)
    adjacent, pairs = mean_of(np.diagonal(matrix, 1)), mean_of(matrix[np.triu_indices(len(matrix), 1)])
    return adjacent >= ALIKE and (adjacent - pairs) / max(1 - pairs, 1e-6) >= LOCAL


def correlations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """[column, column] over the rows of [row, column]; NaN for columns that never vary."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0).sum(axis=0) / count, 0)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    lively = deviation > 0
    scores = centred / np.where(lively, deviation, 1)
    both = np.maximum(known.T.astype(float) @ known, 1)
    matrix: NDArray[np.float64] = (scores.T @ scores) / both
    matrix[~lively] = matrix[:, ~lively] = np.nan
    return matrix


def mean_of(found: NDArray[np.float64]) -> float:
    """Mean of what is known, 0 where nothing is."""
    known = found[np.isfinite(found)]
    return float(known.mean()) if len(known) else 0.0


def same_unit(values: NDArray[np.float64]) -> bool:
    """Whether the means of neighbouring columns lie close, in their deviations, and these are alike."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0)
    count = np.maximum(known.sum(axis=0), 1)
    mean = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(axis=0) / count)
    pooled = np.sqrt((spread[1:] ** 2 + spread[:-1] ** 2) / 2)
    small, large = np.minimum(spread[1:], spread[:-1]), np.maximum(spread[1:], spread[:-1])
    fits = (np.abs(np.diff(mean)) <= MEAN_STEP * pooled) & (large <= SPREAD_RATIO * small)
    fits |= pooled == 0  # two constant columns say nothing
    return bool(fits.mean() >= SAME_UNIT)
