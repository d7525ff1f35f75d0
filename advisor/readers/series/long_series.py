"""Tables with many series below one another: an id, a time or a step, values, and perhaps a label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from advisor.readers.labelling import group_columns
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS, as_labels, check_labels, label_array
from advisor.readers.series.table_series import MANY_SERIES, Series, column_names, series_source
from advisor.readers.source import Source
from advisor.readers.table import cells
from advisor.readers.table.cells import Kind
from advisor.readers.table.long_layout import ID_NAME, PANEL_LABELS, SHARED, Layout, find_layout
from advisor.readers.table.table_rows import Rows, find_column
from advisor.readers.table.target_guess import NAMED, UNSURE, Guess, by_name, given_target

CONSTANT = 0.99  # share of series within which a label does not change
LEAST_FILES = 3  # with pieces of recordings in them, from which each is kept in one part
LABELLED_RUNS = 0.9  # how sure a label is whose changes end series: it might be told row by row


SAMPLE_NAME = re.compile(
    r"(.*[_ ])?(subject|user|patient|person|participant|trial|recording|record|session|window|sample|"
    r"instance|case|episode|series|sequence|gesture|utterance|run)s?([_ ]?(no|nr|num|number|name|id|#))?$",
    re.I,
)
"""Ids of things that are measured to be told apart, and not of places that go on."""


def build(
    rows: Rows, kinds: tuple[Kind, ...], target: str | None, *, time: int | None = None
) -> Source | None:
    """Each series a sample float32 (time, channel) of varying length; None when rows are no such series.

    With a column that is the same throughout each series, that is the label; without, or where all series
    share their dates, they are to be continued.

    Args:
        time: the column that the user names as the time.

    Raises:
        UsageError: `target` is no column.
    """
    layout = find_layout(rows, kinds, apart=True, given=time)
    if layout is None:
        return None
    given = None if target in (None, "all") else given_target(rows, str(target))
    free = [i for i in range(len(kinds)) if i not in (*layout.ids, layout.time)]
    constant = [i for i in free if kinds[i] != "text" and _is_constant(rows, layout, i)]
    channels = [i for i in free if kinds[i] == "number" and i not in constant and i != rows.attached]
    guess = given or _label(rows, kinds, layout, constant)
    if guess is not None and guess.position in channels and guess is not given:
        channels.remove(guess.position)
    if given is not None and given.position in channels and given.position not in constant:
        guess = None  # a channel that is to be forecast
    if not channels:
        return None
    if guess is None and not (layout.shared >= SHARED or layout.named):
        return None
    if guess is None and any(rows.parts):  # what is to be continued goes on in the next part
        layout = find_layout(rows, kinds, apart=False, given=time) or layout
    if guess is None:
        layout = replace(layout, members=_with_values(rows, layout.members, channels))
    if not layout.members:
        return None
    return _source(rows, layout, channels, guess, target)


def _source(
    rows: Rows, layout: Layout, channels: list[int], guess: Guess | None, target: str | None
) -> Source:
    columns = [rows.numbers(i) for i in channels]
    table = np.stack([column for column in columns if column is not None], axis=1).astype(np.float32)
    firsts = [int(member[0]) for member in layout.members]
    labels = None if guess is None else _labels(rows, layout, guess.position, firsts)
    parts = None
    if any(rows.parts) and labels is not None:
        given = rows.given_parts()
        parts = None if given is None else given[firsts]
    if guess is not None and labels is not None:
        goal = guess.spec(rows.header[guess.position], labels)
    else:
        goal = MANY_SERIES.model_copy(update={"name": find_name(rows, target)})
    used = [*layout.ids, *channels, *([] if layout.time is None else [layout.time])]

    taken = [*channels, layout.time, *([] if guess is None else [guess.position])]
    free = [i for i in range(len(rows.header)) if i not in taken]
    fixed = [i for i in free if i in layout.ids or _is_constant(rows, layout, i)]
    who = group_columns.find(rows.header, lambda i: [rows.rows[first][i] for first in firsts], fixed, labels)

    def read(index: int) -> Series:
        return table[layout.members[index]]

    names = ["/".join(rows.rows[first][i].strip() for i in layout.ids) for first in firsts]
    source = series_source(
        rows,
        ids=names if len(set(names)) == len(names) else [rows.ids[first] for first in firsts],
        read=read,
        lengths=[len(member) for member in layout.members],
        channels=[rows.header[i] for i in channels],
        target=goal,
        labels=labels,
        parts=parts,
        spacing=_spacing(rows, layout),
        skipped=column_names(
            rows.header, [*used, *([] if guess is None else [guess.position])], "beside the series"
        ),
    )
    if layout.label is not None:  # pieces of one recording are alike, whatever their label
        files = np.array([rows.ids[first].rpartition("/")[0] for first in firsts])
        return replace(source, groups=files) if len(set(files.tolist())) >= LEAST_FILES else source
    if who is None or labels is None:
        return source
    return replace(source, groups=who[1], group_name=rows.header[who[0]])


def find_name(rows: Rows, target: str | None) -> str:
    """The channel to be forecast, or "all"."""
    return "all" if target in (None, "all") else rows.header[find_column(rows, str(target))]


def _labels(rows: Rows, layout: Layout, position: int, firsts: Sequence[int]) -> NDArray[np.generic]:
    column = rows.column(position)
    texts = [column[first].strip() for first in firsts]
    numbers = None if position == layout.label else cells.as_numbers(texts, rows.delimiter)
    labels: NDArray[np.generic]
    if numbers is not None:
        labels = as_labels(numbers, MAX_CLASSES_OF_NUMBERS)
    else:
        labels = label_array(["" if cells.is_missing(text) else text for text in texts])
    if labels.dtype.kind == "O" and any(rows.parts):
        check_labels(rows.path, labels.tolist(), [rows.parts[first] for first in firsts])
    return labels


# --- which columns tell series apart --------------------------------------------------------------


def _with_values(
    rows: Rows, members: Sequence[NDArray[np.int64]], channels: Sequence[int]
) -> tuple[NDArray[np.int64], ...]:
    """The series without the steps at their end that have no value: those that are to be forecast."""
    columns = [rows.numbers(i) for i in channels]
    known = np.any([np.isfinite(column) for column in columns if column is not None], axis=0)
    kept = [member[: int(np.flatnonzero(known[member])[-1]) + 1] for member in members if known[member].any()]
    return tuple(kept)


# --- what is to be predicted ----------------------------------------------------------------------


def _is_constant(rows: Rows, layout: Layout, position: int) -> bool:
    column = rows.column(position)
    same = [len({column[place].strip() for place in member.tolist()}) == 1 for member in layout.members]
    return float(np.mean(same)) >= CONSTANT


def _label(rows: Rows, kinds: Sequence[Kind], layout: Layout, constant: list[int]) -> Guess | None:
    """A column that is the same throughout each series but not in all of them."""
    if layout.label is not None:
        return Guess(layout.label, LABELLED_RUNS, "it stays the same in long runs of rows", ())
    column_sets = {i: {rows.rows[int(member[0])][i] for member in layout.members} for i in constant}
    free = [i for i in constant if len(column_sets[i]) > 1 and not _is_own(rows, layout, i, column_sets[i])]
    firsts = [int(member[0]) for member in layout.members]
    free = group_columns.without_people(
        rows.header, lambda i: [rows.rows[first][i] for first in firsts], free
    )
    named = by_name(rows, free)
    within = [i for i in layout.ids if rows.header[i].strip().lower() in PANEL_LABELS]
    if within and len(layout.ids) > 1 and layout.shared < SHARED:
        return Guess(within[0], NAMED, "each series is what one did under one label", ())
    if named is not None and (layout.shared < SHARED or rows.header[named.position].lower() in PANEL_LABELS):
        return named
    sampled = all(SAMPLE_NAME.match(rows.header[i]) for i in layout.ids)
    if (
        layout.shared >= SHARED and not sampled
    ):  # dates that all have: what is constant describes a series to be continued
        return None
    repeated = [i for i in free if len(column_sets[i]) <= 0.5 * len(layout.members) or kinds[i] == "number"]
    choices = tuple(rows.header[i] for i in free)
    if not repeated:
        return None
    sure = 0.9 if len(repeated) == 1 else UNSURE + 0.2
    return Guess(repeated[-1], sure, "it is the same throughout each series", choices)


def _is_own(rows: Rows, layout: Layout, position: int, values: set[str]) -> bool:
    """Whether a column called as an id is, has another value in each series: the number of the station."""
    return len(values) == len(layout.members) and bool(ID_NAME.match(rows.header[position].strip()))


def _spacing(rows: Rows, layout: Layout) -> float | None:
    """Median seconds between steps, where the time is a date."""
    if layout.time is None or rows.numbers(layout.time) is not None:
        return None
    times = cells.as_times([rows.rows[int(place)][layout.time] for place in layout.members[0][:1000]])
    if times is None or len(times) < 2:
        return None
    return float(np.median([(b - a).total_seconds() for a, b in pairwise(times)]))
