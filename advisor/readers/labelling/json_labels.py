"""JSON and JSON Lines that name files: records (`metadata.jsonl`), or one label for each name."""

from __future__ import annotations

import json
from pathlib import Path

from advisor.errors import DataError
from advisor.readers.table import json_rows
from advisor.readers.table.delimited import Table
from advisor.readers.table.delimiters import decode

SUFFIXES = json_rows.SUFFIXES
MAX_BYTES = 64 * 2**20  # of one file, which takes ten times that in memory
LEAST_NAMES = 2


def load(path: Path) -> Table:
    """The rows of a file; `{"a.jpg": "cat"}` has the columns `file` and `label`.

    Raises:
        DataError: too large, no JSON, or no table.
    """
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES:,} bytes: write labels as CSV")
    data = path.read_bytes()
    pairs = [] if path.suffix.lower() in json_rows.LINE_SUFFIXES else _pairs(data)
    if pairs:
        rows = tuple((name, json_rows.as_cell(label)) for name, label in pairs)
        return Table(path, ("file", "label"), True, rows, tuple(range(len(rows))), "")
    tables = json_rows.parse(path, data)
    if len(tables) != 1:
        raise DataError(f"{path}: holds several tables: write labels as CSV")
    return tables[0][1]


def _pairs(data: bytes) -> list[tuple[str, object]]:
    """Names and labels of an object whose values are all single texts or numbers."""
    try:
        found = json.loads(decode(data))
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, dict) or len(found) < LEAST_NAMES:
        return []
    if all(str(key).isdecimal() for key in found):  # what the numbers of classes stand for
        return []
    plain = all(isinstance(value, (str, int, float)) for value in found.values())
    return list(found.items()) if plain else []
