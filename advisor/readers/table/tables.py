"""Tables in any file: one long series, many series, pictures, labelled texts, or a plain table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from advisor.errors import UsageError
from advisor.readers import folders
from advisor.readers.labelling.group_columns import NONE
from advisor.readers.series import list_series, long_series, series_table, table_series, wide_series
from advisor.readers.source import Skipped, Source
from advisor.readers.table import (
    cells,
    date_parts,
    molten,
    pixel_table,
    plain_table,
    row_order,
    table_files,
    text_table,
)
from advisor.readers.table.cells import Kind
from advisor.readers.table.row_origins import with_origins
from advisor.readers.table.row_times import calendar, in_order
from advisor.readers.table.table_rows import Rows, find_column, read_rows
from advisor.readers.text import tagged_words

FORMATS = (
    series_table.FORMAT,
    text_table.FORMAT,
    plain_table.FORMAT,
    table_series.FORMAT,
    pixel_table.FORMAT,
)
PLAIN_TEXT = ".txt"


def sniff(path: Path) -> int:
    """How many tables there are (counted up to a limit); 0 is not this form."""
    return len(table_files.find(path, most=folders.SNIFF_ENOUGH))


def read(
    path: Path, *, target: str | None = None, time: str | None = None, group: str | None = None
) -> Source:
    """What the rows are, by the first form that fits; of very large files a sample (see `Source.entire`).

    Words with tags, messages with what is known about them, lists in cells, many series below one another,
    one long series, labelled texts, a picture in each row, a
    series in each row, else a plain table.

    Args:
        time: the column that says when; NONE where the order of the rows says nothing.
        group: the column that says who or what a row comes from; NONE where none does.

    Raises:
        UsageError: `target`, `time` or `group` is no column.
        DataError, NoDataError: see `table_rows.read_rows`.
    """
    rows = molten.cast(read_rows(path))
    source = _source(rows, target, time, group)
    if rows.total is None:
        return source
    seen = Skipped(str(path), f"of {rows.total:,} rows a sample of {len(rows.rows):,} was looked at")
    spec = source.spec
    if len(source) == len(rows.rows):
        spec = spec.model_copy(update={"samples": rows.total})
    return replace(
        source,
        spec=spec,
        skipped=(*source.skipped, seen),
        entire=lambda: _source(molten.cast(read_rows(path, whole=True)), target, time, group),
    )


def _source(rows: Rows, target: str | None, time: str | None, group: str | None) -> Source:
    kinds, when, timed = rows.kinds(), _time(rows, time), time != NONE
    if when is not None:
        kinds = (*kinds[:when], "time", *kinds[when + 1 :])
    about = text_table.build(rows, kinds, target) if text_table.tells(rows, kinds) else None
    source = (
        tagged_words.build(rows, kinds, target)
        or about
        or plain_table.with_several_labels(rows, kinds, target)
        or list_series.build(rows, kinds, target)
        or (timed and not _is_dated(rows) and long_series.build(rows, kinds, target, time=when))
        or (timed and _one_series(rows, kinds, target, when))
        or (timed and when is None and _many_dated(rows, target))
        or text_table.build(rows, kinds, target)
        or pixel_table.build(rows, kinds, target)
        or wide_series.build(rows, kinds, target)
        or plain_table.build(rows, kinds, target)
    )
    if timed and when is None and source.spec.format == plain_table.FORMAT:
        source = row_order.doubted(source, rows, kinds)
    return with_origins(source, rows, kinds, when, group, timed=timed)


def _time(rows: Rows, name: str | None) -> int | None:
    """The column that the user calls the time; raises UsageError where it is none."""
    if name is None or (name == NONE and name not in rows.header):
        return None
    position = find_column(rows, name, option="--time")
    column = rows.column(position)
    known = [cell for cell in column if not cells.is_missing(cell)]
    if cells.as_times(known) is None and rows.numbers(position) is None:
        example = next(iter(known), "")
        raise UsageError(
            f"`--time {name}`: the column holds {example!r} and no times or numbers: name another column"
        )
    return position


def _is_dated(rows: Rows) -> bool:
    """Whether a date spread over columns goes on from row to row: years and months are then no ids."""
    parts = date_parts.joined(rows, date_parts.spread(rows.header))
    dates = None if not parts else date_parts.between(parts)
    return calendar(rows) is not None or (dates is not None and in_order(dates))


def _many_dated(rows: Rows, target: str | None) -> Source | None:
    """Many series whose dates are spread over columns."""
    merged = date_parts.merged(rows)
    return None if merged is None else long_series.build(merged, merged.kinds(), _kept(merged, target))


def _kept(rows: Rows, target: str | None) -> str | None:
    return target if target in (None, "all", *rows.header) else None


def _one_series(rows: Rows, kinds: tuple[Kind, ...], target: str | None, time: int | None) -> Source | None:
    """Also where training and test follow one another in time; not where the test lacks what is asked for."""
    return series_table.build(rows, kinds, target, time=time) if rows.absent is None else None


def read_unlabelled(path: Path, *, form: str, target: str | None = None, time: str | None = None) -> Source:
    """New rows of a known form (one of FORMATS), with or without the target column.

    Raises:
        DataError: the rows are not of that form.
    """
    if form == text_table.FORMAT and path.is_file() and folders.suffix(path.name) == PLAIN_TEXT:
        return text_table.unlabelled(text_table.lines(path), target)
    rows = molten.cast(read_rows(path, whole=True))
    kinds, when = rows.kinds(), _time(rows, time)
    if form == text_table.FORMAT:
        return text_table.unlabelled(rows, target)
    if form == series_table.FORMAT:
        return series_table.require(rows, kinds, when)
    if form == table_series.FORMAT:
        known = target if target in rows.header else None
        found = list_series.build(rows, kinds, known) or long_series.build(rows, kinds, known, time=when)
        found = found or _many_dated(rows, known)
        return table_series.unlabelled(found) if found else wide_series.unlabelled(rows, kinds, known)
    if form == pixel_table.FORMAT:
        return pixel_table.require(rows, kinds, target)
    return plain_table.unlabelled(rows, kinds, target)
