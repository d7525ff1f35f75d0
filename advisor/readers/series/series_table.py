"""One long series: a row per point in time, in order."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.labels import split_counts
from advisor.readers.source import Skipped, Source
from advisor.readers.table.cells import Kind
from advisor.readers.table.row_order import counts_rows, following
from advisor.readers.table.row_times import LEAST_STEPS, Times, find_times, seconds_of
from advisor.readers.table.table_rows import SURE_NAMES, TARGET_NAMES, Rows, find_column
from advisor.readers.table.target_guess import by_name, holds_classes
from advisor.readers.video.likeness import same_unit
from advisor.records import Axis, Column, DatasetSpec, Finding, InputSpec, TargetSpec

FORMAT = "csv-series"
LEAST_UNTIMED = 30  # the same for rows without any time
FOLLOWING = 0.5  # least correlation of a row with the one before, of a series without any time
EVEN_SHARE = 0.5  # of the steps of a series have about its usual length; events come when they come
CLOSE, LEAST_CLOSE = 0.9, 200  # the same and the rows needed, where columns have several units


def build(
    rows: Rows,
    kinds: tuple[Kind, ...],
    target: str | None,
    *,
    least: int = LEAST_STEPS,
    time: int | None = None,
) -> Source | None:
    """One sample (time, channel) float32 of the numeric columns; None when the rows are no series.

    Rows are a series when a column of times, or one for each of year, month, day, ..., runs in order; when a
    column of numbers that is called a time goes on in even steps; or, without any, when the columns are of
    one unit and each row is like the one before.
    Other columns are left out and named in `skipped`. NaN stands for missing values.

    Args:
        time: the column that the user names: no other one is tried.
    """
    found = find_times(rows, kinds, time)
    numeric = [i for i, kind in enumerate(kinds) if kind == "number"]
    if found is None and time is None and _follow(rows, kinds, numeric):
        found = Times(None, [i for i in numeric if counts_rows(rows, i)], False, None)
    channels = [i for i in numeric if not (found and i in found.used)]
    if found is None or not channels or len(rows.rows) < least:
        return None
    chosen = None if target in (None, "all") else find_column(rows, str(target))
    if chosen is not None and chosen not in channels:
        return None
    if _are_events(rows, kinds, found, chosen):
        return None
    moments = found.moments
    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=1,
            inputs=(
                InputSpec(
                    name="series",
                    dtype="float32",
                    axes=(
                        Axis(
                            name="time",
                            size=rows.total or len(rows.rows),
                            spacing=found.spacing,
                            unit=None if found.spacing is None else "s",
                        ),
                        Axis(name="channel", size=len(channels)),
                    ),
                    columns=tuple(Column(name=rows.header[i], kind="number") for i in channels),
                ),
            ),
            target=_target(rows, kinds, target),
            splits=split_counts(None, None),
            time_index=" ".join(rows.header[i] for i in found.used) or None,
        ),
        ids=[rows.path.name],
        read=_reader(rows, channels, found),
        skipped=(*rows.skipped, *_left_out(rows, kinds, channels, found.used)),
        timestamps=None
        if moments is None
        else [time.isoformat() for time in (reversed(moments) if found.backwards else moments)],
        notes=_unsorted(found.order),
    )


def _unsorted(order: NDArray[np.int64] | None) -> tuple[Finding, ...]:
    """That rows lie mixed on disk, and how many of them come before an earlier one."""
    if order is None:
        return ()
    count = int((np.diff(np.argsort(order)) < 0).sum())
    text = f"the rows are not in order of time: {count} are followed by an earlier one; they were sorted"
    remedy = "sort the file, if other programs are to read it"
    return (Finding(check="unsorted_times", severity="warning", count=count, text=text, remedy=remedy),)


def require(rows: Rows, kinds: tuple[Kind, ...], time: int | None = None) -> Source:
    """The series that new rows of a known series are; raises DataError when they are none."""
    source = build(rows, kinds, None, least=1, time=time)
    if source is None:
        raise DataError(
            f"{rows.path}: has no column of times in order, with numbers beside it: give a series"
        )
    return source


def _are_events(rows: Rows, kinds: Sequence[Kind], times: Times, chosen: int | None) -> bool:
    """Whether each row is to be classed, in order of time or not: the user names a column of classes that is
    called a label, or there is one and the rows come at no even pace, as no series does."""
    if chosen is not None:
        return rows.header[chosen].strip().lower() in TARGET_NAMES and holds_classes(rows, kinds, chosen)
    named = [i for i, name in enumerate(rows.header) if name.strip().lower() in SURE_NAMES]
    if times.moments is None or not any(holds_classes(rows, kinds, i) for i in named):
        return False
    steps = np.abs(np.diff(seconds_of(times.moments)))
    return float(np.isclose(steps, np.median(steps), rtol=0.2).mean()) < EVEN_SHARE


def _are_names(cells: Sequence[str]) -> bool:
    """Whether most cells are words: of things that may be sorted by size, and are no steps."""
    return 2 * sum(not any(map(str.isdigit, cell)) for cell in cells) > len(cells)


def _follow(rows: Rows, kinds: Sequence[Kind], numeric: Sequence[int]) -> bool:
    """Whether rows without a time are steps of a series all the same: numbers of one unit, none of them a
    target by its name or by being classes, each like the one in the row before."""
    others = [i for i, kind in enumerate(kinds) if kind not in ("number", "identifier")] or any(rows.parts)
    channels = [i for i in numeric if not counts_rows(rows, i)]
    others = others or any(
        kind == "identifier" and _are_names(rows.column(i)) for i, kind in enumerate(kinds)
    )
    if others or not channels or len(rows.rows) < LEAST_UNTIMED:
        return False
    if (named := by_name(rows, channels)) is not None:
        return holds_classes(rows, kinds, named.position) and _follow_within(rows, channels, named.position)
    if any(holds_classes(rows, kinds, i) for i in (channels[0], channels[-1])):
        return False
    columns = [rows.numbers(i) for i in channels]
    table = np.stack([column for column in columns if column is not None], axis=1)
    found = [following(column) for column in table.T]
    if len(channels) == 1 or same_unit(table):
        return float(np.median(found)) >= FOLLOWING
    classes = [i for i in channels if holds_classes(rows, kinds, i)]
    close = min(found) >= CLOSE and len(table) >= LEAST_CLOSE
    return close and all(_follow_within(rows, channels, i) for i in classes)


def _follow_within(rows: Rows, channels: Sequence[int], label: int) -> bool:
    """Whether rows follow one another among those of one label too: steps with a label each, and not a table
    that is sorted by its classes."""
    _, codes = np.unique(rows.column(label), return_inverse=True)
    columns = [rows.numbers(i) for i in channels if i != label]
    found = []
    for column in columns:
        if column is None or not np.isfinite(column).all():
            return False
        means = np.bincount(codes, column) / np.bincount(codes)
        found.append(following(column - means[codes]))
    return bool(found) and len(codes) >= LEAST_CLOSE and min(found) >= FOLLOWING


def _target(rows: Rows, kinds: Sequence[Kind], target: str | None) -> TargetSpec:
    """The future of a channel or of all; less sure beside a column of classes that is called a label."""
    if target is not None:
        return TargetSpec(name=target, kind="future")
    labels = [
        i
        for i, name in enumerate(rows.header)
        if name.strip().lower() in (*SURE_NAMES, "activity") and holds_classes(rows, kinds, i)
    ]
    if not labels:
        return TargetSpec(name="all", kind="future", reason="rows in order of time are continued")
    return TargetSpec(
        name="all",
        kind="future",
        confidence=0.6,
        reason="rows in order of time are continued, though a column could be their label",
        choices=("all", *(rows.header[i] for i in labels)),
    )


def _reader(rows: Rows, channels: list[int], times: Times) -> functools.partial[NDArray[np.float32]]:
    @functools.cache
    def series() -> NDArray[np.float32]:
        columns = [rows.numbers(i) for i in channels]
        table = np.stack([column for column in columns if column is not None], axis=1).astype(np.float32)
        table = table if times.order is None else table[times.order]
        return table[::-1].copy() if times.backwards else table

    def read_one(index: int) -> NDArray[np.float32]:
        if index != 0:
            raise IndexError(index)
        return series().copy()

    return functools.partial(read_one)


def _left_out(rows: Rows, kinds: tuple[Kind, ...], channels: list[int], used: list[int]) -> list[Skipped]:
    return [
        Skipped(
            f"column {name}", f"holds {kind} and not numbers" if kind != "identifier" else "numbers the rows"
        )
        for i, (name, kind) in enumerate(zip(rows.header, kinds, strict=True))
        if i not in channels and i not in used
    ]
