"""Which columns of a table are the steps of a series: by their names, and by what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS
from advisor.readers.table import cells
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import Rows
from advisor.readers.table.target_guess import FIRST_CLASS, LAST_NUMBER, UNSURE, Guess, few_integers
from advisor.readers.video.likeness import FEW_ROWS, are_alike, same_unit

LEAST_STEPS = 8  # columns that can be a series; fewer cannot show that neighbours are alike
MOST_MEASURED, MOST_ROWS = 512, 1_000  # columns and rows that likeness is measured on
COUNTS = 4  # times as many different whole numbers has the column beside one of classes
EVEN = 0.9  # share of steps between names that must be equal
STEP_STEMS = frozenset(
    {"t", "t_", "t-", "ts", "time", "time_", "timestep", "timestep_", "time_step_", "step", "step_", "tick",
     "day", "day_", "d_", "hour", "hour_", "h", "minute", "month", "month_", "week", "week_", "w", "year",
     "lag", "lag_", "sample", "sample_", "s", "flux.", "flux_", "frame", "frame_", "point", "point_"}
)  # fmt: skip
"""What steps are called; other numbered names (`V1`, `x_3`) may as well be features."""
DATED = re.compile(r"\d[-/.: T]\d")
WHOLE_DATE = re.compile(r"(?<!\d)\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d)")
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


def values_of(rows: Rows, positions: Sequence[int]) -> NDArray[np.float32]:
    """float32 [row, time]."""
    columns = [rows.numbers(i) for i in positions]
    return np.stack([column for column in columns if column is not None], axis=1).astype(np.float32)


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
    whole = [i for i in numeric if WHOLE_DATE.search(rows.header[i])]
    if times is None and len(whole) >= LEAST_STEPS:  # in several forms, or altered (`X1.22.20`): their order
        stems["time"] = [(float(place), i) for place, i in enumerate(whole)]
    for i in numeric if not stems else ():
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
    label = end_label(rows, kinds, numeric)
    return numeric if label is None else [i for i in numeric if i != label.position]


def end_label(rows: Rows, kinds: Sequence[Kind], numeric: Sequence[int]) -> Guess | None:
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
    beside = {0: column_of(rows, numeric[1]), last: column_of(rows, numeric[-2])}
    further = [i for i, count in counts.items() if _goes_on(count, beside[i])]
    classes = [i for i, count in counts.items() if 3 * count <= distinct and i not in further]
    if classes:
        place = min(classes, key=lambda i: counts[i])
        return Guess(place, FIRST_CLASS + 0.1, "a column of classes at the end of each series")
    for place, near in ((last, numeric[-2]), (0, numeric[1])):
        if (
            place in numeric
            and place not in further
            and not same_unit(np.stack([column_of(rows, place), column_of(rows, near)], axis=1))
        ):
            return Guess(place, UNSURE if place == 0 else LAST_NUMBER - 0.1, "a column of another unit")
    return None


def _goes_on(count: int, beside: NDArray[np.float64]) -> bool:
    """Whether the column beside one of `count` whole numbers has few as well: counts that end at night."""
    return few_integers(beside, MAX_CLASSES_OF_NUMBERS) and len(np.unique(beside)) < COUNTS * count


def column_of(rows: Rows, place: int) -> NDArray[np.float64]:
    numbers = rows.numbers(place)
    return numbers if numbers is not None else np.full(len(rows.rows), np.nan)


def _is_series(rows: Rows, run: Run) -> bool:
    step = max(1, len(rows.rows) // MOST_ROWS)
    for positions in run.positions[:6]:
        middle = positions[max(0, (len(positions) - MOST_MEASURED) // 2) :][:MOST_MEASURED]
        if any(rows.numbers(i) is None for i in middle[:3]):
            return False
        values = values_of(rows, middle)[::step].astype(np.float64)
        if not (run.declared and (same_unit(values) or len(values) < FEW_ROWS)) and not are_alike(values):
            return False
    return True
