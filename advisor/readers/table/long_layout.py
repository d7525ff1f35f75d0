"""Which columns tell the series of a table apart, and which says the time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.readers.table import cells
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import SURE_NAMES, Rows
from advisor.readers.table.table_series_files import SERIES

LEAST_SERIES, LEAST_STEPS = 2, 5  # series, and rows of each on average
UNIQUE = 0.99  # share of rows whose id and time are theirs alone
SHARED = 0.5  # share of times that several ids have: a panel, and not events each with its own time
FIRST_COLUMNS = 3  # of a table without names, where ids and times are looked for
CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2})?(\.\d+)?( ?[AaPp][Mm])?$")  # a time of day
EVEN = 0.8  # share of the steps of a file that must be equal; the others are gaps, or rounded
SORTED = 0.9  # share of series in which a column never turns: a number of the rows, or what sorts them
LEAST_RUNS, LEAST_RUN = 4, 20  # runs of rows, and rows in each on average
ONWARDS = 0.95  # share of the steps of a clock that go onwards
MOST_IDS = 3  # columns that together tell series apart
MOST_TOGETHER = 5  # the same where they are all the columns of names that there are, beside dates
ID_NAME = re.compile(
    r"^(id|ids|.*[_ .-]id|.*[a-z]Id|series|seq|sequence|subject|user|patient|person|participant|sample|"
    r"instance|case|trial|recording|record|session|run|episode|window|group|unit|machine|engine|device|sensor|station|"
    r"store|item|product|sku|shop|family|ticker|symbol|stock|asset|name|country|region|city|state|location|site|"
    r"house|household|meter|player|object|track|key|code|dept|department|cell|battery|well|sentence)"
    r"([_ ]?(no|nr|num|number|name|code|key|id|#))?\d?$",
    re.I,
)
STEP_NAME = re.compile(
    r"^(t|time|.*time.*|ts|step|.*_step|steps|tick|frame|index|idx|pos|position|seq(uence)?[_ ]?(no|number)?|"
    r"cycles?|.*cycle|measurement(_number)?|sample[_ ]?(no|nr|number|index)|ms|secs?|seconds?|minutes?|"
    r"hours?|days?|weeks?|months?|years?|period|date|order|reading[_ ]?id|timestamp|.*stamp|lag|dim_time|"
    r"time_in_.*)$",
    re.I,
)
DEAL = re.compile(
    r"(order|invoice|transaction|trans|receipt|purchase|booking|payment)[_ .-]?"
    r"(id|no|nr|num|number|code|key)\.?$",
    re.I,
)
"""What numbers deals: rows of such a table are events, and no steps of what was bought or who bought it."""
PANEL_LABELS = frozenset({*SURE_NAMES, "activity", "emotion", "gesture", "condition", "speaker", "fraud"})
"""Names of labels even where all series share their dates; `type` and `category` then describe a series."""


@dataclass(frozen=True)
class Layout:
    """The columns that tell series apart, the column of times (None: the order of rows), and the rows of
    each series in order of time."""

    ids: tuple[int, ...]
    time: int | None
    members: tuple[NDArray[np.int64], ...]
    named: bool  # the id's or the step's name, or its counting, says that they are one
    shared: float  # share of times that several series have
    label: int | None = None  # the column whose changes end series, and which classes them


def find_layout(rows: Rows, kinds: Sequence[Kind], *, apart: bool, given: int | None = None) -> Layout | None:
    """The first fit of a time with ids, dates before steps; then ids in unbroken blocks without a time.

    Args:
        apart: whether an id in two parts of the data is two series.
        given: the column of times that the user names: no other is tried.
    """
    if given is None and any(map(DEAL.match, rows.header)):
        return None
    numbered = [i for i, kind in enumerate(kinds) if kind in ("number", "identifier")]
    dates = [i for i, kind in enumerate(kinds) if kind == "time"]
    steps = [i for i in numbered if (STEP_NAME.match(rows.header[i]) if rows.named else i < FIRST_COLUMNS)]
    if given is not None:
        dated = cells.as_times(rows.column(given)) is not None
        dates, steps = ([given], []) if dated else ([], [given])
    names = [i for i, kind in enumerate(kinds) if _may_tell_apart(rows, kinds, i)]
    ids = [i for i in names if ID_NAME.match(rows.header[i]) or not rows.named]
    loose = [i for i in names if i not in ids and kinds[i] == "category"]
    labels = [i for i in names if rows.header[i].strip().lower() in PANEL_LABELS]
    for time in (*dates, *steps):
        order = _order(rows, time, is_date=time in dates)
        if order is None or (
            len(np.unique(order)) >= UNIQUE * len(order) and not _are_clocks_apart(rows, order, apart)
        ):
            if order is not None and time in dates and _goes_one_way(order):
                return None  # one long series
            continue
        both = [(i, label) for i in ids for label in labels if i != label]  # one who does several things
        all_names = [i for i in names if i != time and (i in ids or kinds[i] == "category")]
        dated = time in dates or _are_years(rows.header[time], order)
        together = [tuple(all_names)] if dated and 1 < len(all_names) <= MOST_TOGETHER else []
        for chosen in (*_id_sets(ids, loose, time), *both, *together):
            layout = _fit(rows, _members(rows, chosen, apart), chosen, time, order, is_date=time in dates)
            if layout is not None:
                return layout
    plain = [(i,) for i in ids] + [(i, label) for i in ids for label in labels if i != label]
    finest = 0  # series whose rows do not follow one another: those of fewer and longer ones need not either
    for chosen in plain if rows.named and not dates and given is None else []:
        members = _members(rows, chosen, apart)
        if not _are_blocks(rows, members):
            continue
        if _goes_on(rows, members) and len(members) >= finest:
            return _blocks(rows, members, chosen, steps)
        finest = max(finest, len(members))
    return None if rows.named else _runs(rows, names, numbered) or _labelled_runs(rows, numbered)


def _are_clocks_apart(rows: Rows, order: NDArray[np.float64], apart: bool) -> bool:
    """Whether files go on in even steps each, by clocks of their own that need not agree."""
    if rows.header[0] != SERIES or any(name.strip().lower() in SURE_NAMES for name in rows.header):
        return False
    steps = [np.diff(order[member]) for member in _members(rows, (0,), apart) if len(member) > LEAST_STEPS]
    even = [float(np.isclose(one, np.median(one), rtol=0.2).mean()) for one in steps]
    return bool(even) and min(even) >= EVEN


def _runs(rows: Rows, names: Sequence[int], numbered: Sequence[int]) -> Layout | None:
    """Recordings below one another without names: who and what stay the same in long runs of rows, and a
    column beside them counts on within each (`33,Jogging,49105962326000,-0.69,12.68,0.5`)."""
    clocks = [i for i in numbered if i < FIRST_COLUMNS and i not in names]
    if not names or len(clocks) != 1 or len(names) + 1 > FIRST_COLUMNS:
        return None
    told = [tuple(row[i] for i in names) for row in rows.rows[: rows.head]]
    changes = [place for place in range(1, len(told)) if told[place] != told[place - 1]]
    members = [np.array(run, dtype=np.int64) for run in np.split(np.arange(len(told)), changes)]
    numbers = rows.numbers(clocks[0])
    if numbers is None or len(members) < LEAST_RUNS or len(told) < LEAST_RUN * len(members):
        return None
    onwards = np.concatenate([np.diff(numbers[member]) for member in members])
    if float(np.mean(onwards > 0)) < ONWARDS or not _goes_on(rows, members):
        return None
    who = [i for i in names if rows.numbers(i) is not None]
    return Layout((*who, clocks[0]), None, tuple(members), False, 0.0)


def _labelled_runs(rows: Rows, numbered: Sequence[int]) -> Layout | None:
    """Recordings without names whose rows a first column counts (`0,1502,2215,2153,1`), each row with its
    label in the last: it stays the same in long runs, and comes again, as in no table sorted by it."""
    last = len(rows.header) - 1
    clock = rows.numbers(0) if 0 in numbered and last > 1 else None
    if clock is None or not np.isfinite(clock).all():
        return None
    told = [row[last].strip() for row in rows.rows[: rows.head]]
    back = np.diff(clock[: len(told)]) < 0  # where the next file begins
    changes = [i + 1 for i, restarts in enumerate(back) if restarts or told[i] != told[i + 1]]
    count = len(changes) + 1
    if count < max(LEAST_RUNS, len(set(told)) + 1) or len(told) < LEAST_RUN * count:
        return None
    runs = np.split(np.arange(len(told)), changes)
    within = np.concatenate([np.diff(clock[run]) for run in runs])  # large counts may be rounded: `1e+05`
    step = float(np.median(within))
    if len(set(told)) < 2 or step <= 0 or float(np.isclose(within, step).mean()) < EVEN:
        return None
    members = [run for run in runs if len(run) >= LEAST_STEPS]
    return Layout((0,), None, tuple(members), False, 0.0, label=last) if _goes_on(rows, members) else None


def _goes_one_way(order: NDArray[np.float64]) -> bool:
    steps = np.diff(order)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _may_tell_apart(rows: Rows, kinds: Sequence[Kind], position: int) -> bool:
    """A column of names or whole numbers of which each stands in several rows."""
    if kinds[position] in ("time", "text") or position == rows.attached:
        return False
    if not rows.named and position >= FIRST_COLUMNS:
        return False
    column = rows.column(position)
    if CLOCK.match(column[0].strip()):
        return False
    distinct = len(set(column[: rows.head]))
    if not 1 < distinct <= len(column[: rows.head]) / LEAST_STEPS:
        return False
    numbers = rows.numbers(position) if kinds[position] == "number" else None
    if numbers is None:
        return kinds[position] in ("category", "identifier")
    return bool((numbers == np.round(numbers)).all())


def _id_sets(ids: Sequence[int], loose: Sequence[int], time: int) -> list[tuple[int, ...]]:
    """One column, or two or three together; those named as ids before those that only could be."""
    named = [i for i in ids if i != time]
    sets: list[tuple[int, ...]] = [(i,) for i in named]
    sets += [tuple(named[:count]) for count in range(2, min(len(named), MOST_IDS) + 1)]
    return [*sets, *((i,) for i in loose if i != time)]


def _order(rows: Rows, time: int, *, is_date: bool) -> NDArray[np.float64] | None:
    """A number per row that grows with time."""
    if not is_date:
        numbers = rows.numbers(time)
        return numbers if numbers is not None and bool(np.isfinite(numbers).all()) else None
    times = cells.as_times(rows.column(time))
    if times is None:
        return None
    start = times[0]
    return np.array([(moment - start).total_seconds() for moment in times])


def _fit(
    rows: Rows,
    members: list[NDArray[np.int64]],
    ids: tuple[int, ...],
    time: int,
    order: NDArray[np.float64],
    *,
    is_date: bool,
) -> Layout | None:
    """The layout where id and time together tell rows apart, and the time goes on within each id."""
    if len(members) < LEAST_SERIES or len(rows.rows) < LEAST_STEPS * len(members):
        return None
    unique = sum(len(np.unique(order[member])) for member in members)
    if unique < UNIQUE * sum(map(len, members)):
        return None
    sorted_members = [member[np.argsort(order[member], kind="stable")] for member in members]
    counting = _counts(order, sorted_members)
    if not rows.named and not counting:
        return None
    if not is_date and not counting and not _mostly_sorted(order, members):
        return None
    times, series_with = np.unique(
        np.concatenate([np.unique(order[member]) for member in members]), return_counts=True
    )
    shared = float((series_with > 1).mean()) if len(times) else 0.0
    named = any(ID_NAME.match(rows.header[i]) for i in ids) and (is_date or counting)
    if shared < SHARED and not named and not counting:
        return None
    is_date = is_date or _are_years(rows.header[time], order)
    return Layout(ids, time, tuple(sorted_members), named or counting, shared if is_date else 0.0)


def _are_years(name: str, order: NDArray[np.float64]) -> bool:
    whole = bool((order == np.round(order)).all())
    called = name.strip().lower() in ("year", "years", "time", "date", "yr")
    return called and whole and 1000 <= order.min() <= order.max() < 3000


def _counts(order: NDArray[np.float64], members: Sequence[NDArray[np.int64]]) -> bool:
    """Whether steps have one size within nearly all series: 0, 1, 2 or 0.02, 0.04."""
    sizes = [np.diff(order[member]) for member in members[:200] if len(member) > 2]
    if not sizes:
        return False
    even = [np.allclose(steps, np.median(steps), rtol=0.2) and steps[0] > 0 for steps in sizes]
    return float(np.mean(even)) > 0.8


def _mostly_sorted(order: NDArray[np.float64], members: Sequence[NDArray[np.int64]]) -> bool:
    return float(np.mean([bool((np.diff(order[member]) >= 0).all()) for member in members])) > 0.9


def _members(rows: Rows, ids: Sequence[int], apart: bool) -> list[NDArray[np.int64]]:
    """The rows of each id, in the order of the file; of a sample of rows only whole series."""
    last = rows.head or len(rows.rows)
    groups: dict[tuple[str, ...], list[int]] = {}
    for place in range(last):
        row = rows.rows[place]
        groups.setdefault((rows.parts[place] if apart else "", *(row[i] for i in ids)), []).append(place)
    found = [np.array(group, dtype=np.int64) for group in groups.values()]
    return found[:-1] if rows.head and len(found) > LEAST_SERIES else found


def _are_blocks(rows: Rows, members: list[NDArray[np.int64]]) -> bool:
    """Whether the rows of each id lie in an unbroken block."""
    if len(members) < LEAST_SERIES or len(rows.rows) < LEAST_STEPS * len(members):
        return False
    unbroken = [bool(member[-1] - member[0] == len(member) - 1) for member in members]
    return float(np.mean(unbroken)) >= UNIQUE


def _blocks(
    rows: Rows, members: list[NDArray[np.int64]], ids: tuple[int, ...], steps: Sequence[int]
) -> Layout:
    """Series in unbroken blocks of rows, told by a column that is named as an id, or by that and a label;
    a clock that runs on from one to the next is their time."""
    free = [i for i in steps if i not in ids]
    orders = {i: order for i in free if (order := _order(rows, i, is_date=False)) is not None}
    clock = next((i for i, order in orders.items() if _mostly_sorted(order, members)), None)
    return Layout(ids, clock, tuple(members), False, 0.0)


def _goes_on(rows: Rows, members: Sequence[NDArray[np.int64]]) -> bool:
    """Whether values within a series follow one another: half of the columns of numbers are alike from row
    to row, beyond what they share throughout the series. Columns that number or sort the rows say nothing."""
    found = []
    for i in range(len(rows.header)):
        numbers = rows.numbers(i)
        if numbers is None or not np.isfinite(numbers).all():
            continue
        if _sorts(numbers, members[:200]):
            continue
        lagged = total = 0.0
        for member in members[:200]:
            centred = numbers[member] - numbers[member].mean()
            lagged += float((centred[1:] * centred[:-1]).sum())
            total += float((centred**2).sum())
        if total > 0:
            found.append(lagged / total)
    return bool(found) and float(np.median(found)) >= 0.3


def _sorts(numbers: NDArray[np.float64], members: Sequence[NDArray[np.int64]]) -> bool:
    """Whether a column never turns within nearly all series."""
    steps = [np.diff(numbers[member]) for member in members]
    return float(np.mean([bool((one >= 0).all() or (one <= 0).all()) for one in steps])) > SORTED
