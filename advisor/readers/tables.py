"""Comma-, semicolon- and tab-separated files: one long series, labelled texts, or a plain table."""

from __future__ import annotations

from pathlib import Path

from advisor.readers import delimited, folders, plain_table, series_table, tagged_words, text_table
from advisor.readers.source import Source
from advisor.readers.table_rows import read_rows

FORMATS = (series_table.FORMAT, text_table.FORMAT, plain_table.FORMAT)
PLAIN_TEXT = ".txt"


def sniff(path: Path) -> int:
    """How many tables there are; 0 is not this form."""
    if path.is_file():
        return int(folders.suffix(path.name) in delimited.SUFFIXES)
    return sum(
        folders.suffix(entry.name) in delimited.SUFFIXES for entry in folders.visible(path) if entry.is_file()
    )


def read(path: Path, *, target: str | None = None) -> Source:
    """The first that fits: rows in order of time are a series, free text with a label a text, else a table.

    Raises:
        UsageError: `target` is no column.
        DataError, NoDataError: see `table_rows.read_rows`.
    """
    rows = read_rows(path)
    kinds = rows.kinds()
    tagged = tagged_words.build(rows, kinds, target)
    if tagged is not None:
        return tagged
    series = series_table.build(rows, kinds, target) if rows.given_parts() is None else None
    if series is not None:
        return series
    return text_table.build(rows, kinds, target) or plain_table.build(rows, kinds, target)


def read_unlabelled(path: Path, *, form: str, target: str | None = None) -> Source:
    """New rows of a known form (one of FORMATS), with or without the target column."""
    if form == text_table.FORMAT and path.is_file() and folders.suffix(path.name) == PLAIN_TEXT:
        return text_table.unlabelled(text_table.lines(path), target)
    rows = read_rows(path)
    if form == text_table.FORMAT:
        return text_table.unlabelled(rows, target)
    kinds = rows.kinds()
    return (
        series_table.require(rows, kinds)
        if form == series_table.FORMAT
        else plain_table.unlabelled(rows, kinds, target)
    )
