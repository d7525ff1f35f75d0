"""JSON and JSON Lines as rows: records, columns, lists of rows, one level below a key such as `data`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor.errors import DataError, UnsafeDataError
from advisor.readers import folders, part_names
from advisor.readers.source import Skipped
from advisor.readers.table.delimited import Table
from advisor.readers.table.delimiters import decode

LINE_SUFFIXES = frozenset({".jsonl", ".ndjson"})
SUFFIXES = LINE_SUFFIXES | {".json"}
MAX_BYTES = 2**28  # of one JSON text, whose objects take some ten times as much memory
MOST_COLUMNS = 20_000  # keys of all records together: more are values used as keys
DEPTH = 3  # levels of objects within a record that become columns `a.b.c`
LEAST_ROWS = 2
PARTED = re.compile(r'\{\s*"[^"]{1,40}"\s*:\s*\[\s*[\[{"]')
"""How a file begins that holds parts, each a list of rows or records, or the texts of each class."""

MOST_CLASSES = 1_000  # keys, each with the list of its texts
LEAST_SHARED, MOSTLY = 2, 0.8  # keys that records by name share, and the share of records that has them
LEAST_KEYS, FILLED = 4, 0.3  # different keys of objects, and how full columns of them would be, on average


def parse(path: Path, data: bytes) -> list[tuple[str, Table]]:
    """The tables of a JSON text with the part that each is ("" where it says none).

    Raises:
        DataError: no JSON, or nothing in it that is a table.
        UnsafeDataError: larger than MAX_BYTES.
    """
    if folders.suffix(path.name.removesuffix(".gz")) in LINE_SUFFIXES:
        return [("", parse_lines(path, data))]
    if len(data) > MAX_BYTES:
        raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes for JSON: split it")
    text = decode(data)
    try:
        found = tables_in(json.loads(text))
    except RecursionError as error:
        raise DataError(f"{path}: is nested too deeply: give a list of records") from error
    except ValueError as error:
        if text.count("\n") and text.lstrip().startswith("{"):
            return [("", parse_lines(path, data))]
        raise DataError(f"{path}: is no JSON ({error}): mend the file") from error
    if not found:
        raise DataError(f"{path}: is JSON without a table: give a list of records, or columns of one length")
    return [(part, _table(path, records, ())) for part, records in found]


def parse_lines(path: Path, data: bytes) -> Table:
    """One record a line; lines that are none are left out and named in `skipped`."""
    records: list[Any] = []
    skipped: list[Skipped] = []
    for number, line in enumerate(decode(data).splitlines()):
        if not line.strip():
            continue
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError):
            skipped.append(Skipped(f"{path.name}, line {number + 1}", "a line that is no JSON"))
    if not records:
        raise DataError(f"{path}: has no line that is JSON: give one record a line")
    return _table(path, records, skipped)


def looks_tabular(path: Path, data: bytes, *, cut: bool) -> bool:
    """Whether a JSON text, or its beginning where it was `cut`, is one of these shapes."""
    text = decode(data).strip()
    if not cut:
        try:
            return bool(tables_in(json.loads(text)))
        except RecursionError:
            return False
        except ValueError:
            pass
    first, _, rest = text.partition("\n")
    try:
        return isinstance(json.loads(first), (dict, list)) and bool(rest)  # JSON Lines under another name
    except (ValueError, RecursionError):
        return cut and ((text[:1] == "[" and text[1:].lstrip()[:1] in ("{", "[")) or bool(PARTED.match(text)))


def tables_in(value: Any) -> list[tuple[str, Sequence[Any]]]:
    """(part, rows) of every table in a JSON value; empty where it is none of the known shapes."""
    rows = _rows(value)
    if rows is not None:
        return [("", rows)]
    if not isinstance(value, Mapping):
        return []
    parts = [(part_names.part_of(str(key)), _rows(inner)) for key, inner in value.items()]
    if parts and all(part and inner is not None for part, inner in parts):
        return [(part or "", inner or []) for part, inner in parts]
    # `val` and `oos_val`
    within = [(part_names.part_within(str(key)), inner) for key, inner in value.items()]
    told = [(part, _rows(inner)) for part, inner in within if part]
    if len(told) == len(within) > 1 and all(rows for _, rows in told):
        return [(part, rows or []) for part, rows in told]
    inside = [inner for _, inner in parts if inner is not None and len(inner) >= LEAST_ROWS]
    return [("", inside[0])] if len(inside) == 1 else []


def _rows(value: Any) -> Sequence[Any] | None:
    """Rows of a list of records or of lists, of columns, or of pandas' `split` and `index` forms."""
    if isinstance(value, list):
        shapes = {type(row) for row in value}
        whole = shapes == {dict} or shapes == {list} or shapes <= {int, float}
        return value if whole and value else None
    if not isinstance(value, dict) or not value:
        return None
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        names = list(map(str, value["columns"]))
        return [dict(zip(names, row, strict=False)) for row in value["data"] if isinstance(row, list)]
    columns = list(value.values())
    if all(isinstance(column, list) for column in columns):
        return _by_column({str(key): column for key, column in value.items()}) or _by_class(value)
    if all(isinstance(column, dict) for column in columns) and len(columns) >= LEAST_ROWS:
        keys = list(columns[0])
        if len(keys) >= LEAST_ROWS and all(list(column) == keys for column in columns):
            if all(key.isdigit() for key in keys):
                return _by_column({str(key): list(column.values()) for key, column in value.items()})
        if _are_alike(columns):
            return [{"id": key, **column} for key, column in value.items()]
    return None


def _are_alike(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether records have the most of their keys in common, though some lack one or have one more."""
    counts = Counter(key for record in records for key in record)
    shared = {key for key, count in counts.items() if count >= MOSTLY * len(records)}
    return len(shared) >= LEAST_SHARED and all(
        2 * len(shared & record.keys()) >= len(shared) for record in records
    )


def _by_column(columns: dict[str, list[Any]]) -> list[dict[str, Any]] | None:
    lengths = {len(column) for column in columns.values()}
    plain = not any(isinstance(cell, dict) for column in columns.values() for cell in column[:5])
    if len(lengths) != 1 or min(lengths) < LEAST_ROWS or not plain or folders_only(columns):
        return None
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _by_class(texts: Mapping[str, list[Any]]) -> list[dict[str, Any]] | None:
    """Texts with the key under which they are listed, as their label; None where keys are no classes."""
    if not LEAST_ROWS <= len(texts) <= MOST_CLASSES or all(map(part_names.part_within, map(str, texts))):
        return None
    if any(len(inner) < LEAST_ROWS or {type(one) for one in inner} != {str} for inner in texts.values()):
        return None
    return [{"text": one, "label": key} for key, inner in texts.items() for one in inner]


def folders_only(columns: Iterable[str]) -> bool:
    """Whether the keys are names of parts: then each is a table and not a column."""
    return all(part_names.part_of(name) for name in columns)


def _table(path: Path, records: Sequence[Any], skipped: Sequence[Skipped]) -> Table:
    if isinstance(records[0], list):
        width = len(records[0])
        named = all(isinstance(cell, str) and cell for cell in records[0]) and len(records) > 1
        named = named and not all(isinstance(cell, str) for cell in records[1])
        header = tuple(records[0]) if named else tuple(f"column{i}" for i in range(width))
        kept = [row for row in records[named:] if isinstance(row, list) and len(row) == width]
        rows = [tuple(map(as_cell, row)) for row in kept]
        return _checked(path, header, named, rows, skipped)
    if not isinstance(records[0], dict):
        return _checked(path, ("value",), True, [(as_cell(record),) for record in records], skipped)
    whole = _notes(records)
    flat = [_flat(record, whole=whole) for record in records if isinstance(record, dict)]
    names: dict[str, None] = {}
    for record in flat:
        names.update(dict.fromkeys(record))
        if len(names) > MOST_COLUMNS:
            raise DataError(f"{path}: its records have more than {MOST_COLUMNS:,} keys: give columns")
    rows = [tuple(record.get(name, "") for name in names) for record in flat]
    return _checked(path, tuple(names), True, rows, skipped)


def _checked(
    path: Path, header: tuple[str, ...], named: bool, rows: list[tuple[str, ...]], skipped: Sequence[Skipped]
) -> Table:
    if not header or not rows:
        raise DataError(f"{path}: holds no rows: give a list of records")
    return Table(path, header, named, tuple(rows), tuple(range(len(rows))), "", tuple(skipped))


def _notes(records: Sequence[Any]) -> frozenset[str]:
    """Keys of objects whose own keys are values: what was found in a text and where, other things in each
    record. As columns they would be nearly empty."""
    inner: dict[str, Counter[str]] = {}
    for record in records:
        for key, value in record.items() if isinstance(record, dict) else ():
            if isinstance(value, dict):
                inner.setdefault(key, Counter()).update(map(str, value))
    return frozenset(
        key
        for key, counts in inner.items()
        if len(counts) >= LEAST_KEYS and counts.total() < FILLED * len(counts) * len(records)
    )


def _flat(
    record: Mapping[str, Any], before: str = "", depth: int = DEPTH, whole: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The cells of a record by column; objects called as in `whole` stay one cell."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value and depth > 1 and key not in whole:
            flat.update(_flat(value, f"{before}{key}.", depth - 1))
        else:
            flat[f"{before}{key}"] = as_cell(value)
    return flat


def as_cell(value: Any) -> str:
    """A value as the text that a CSV file would have for it; lists stay JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (dict, list, bool)) else str(value)
