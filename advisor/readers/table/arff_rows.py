"""ARFF files of Weka as rows; attributes of series (`relational`) become lists in a cell.

Source of the format: https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/
"""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

from advisor.errors import DataError
from advisor.readers.source import Skipped
from advisor.readers.table.delimited import Table
from advisor.readers.table.delimiters import decode

SUFFIX = ".arff"
ATTRIBUTE = re.compile(r"@attribute\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)\s+(.*)$", re.I)
SPARSE = re.compile(r"(\d+)\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^,]+)")


def parse(path: Path, data: bytes) -> Table:
    """Rows under the attributes' names; values that a sparse row leaves out are 0.

    Raises:
        DataError: no attributes, or no rows.
    """
    names, kinds, body = _header(decode(data))
    if not names:
        raise DataError(f"{path}: has no line `@attribute`: is it an ARFF file?")
    quote = "'" if body.count("'") >= body.count('"') else '"'
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    skipped: list[Skipped] = []
    for number, cells in enumerate(_records(body, quote, len(names))):
        if len(cells) != len(names):
            reason = f"has {len(cells)} cells where the header has {len(names)} attributes"
            skipped.append(Skipped(f"{path.name}, record {number}", reason))
            continue
        rows.append(
            tuple(
                _relation(cell) if kind == "relational" else cell.strip()
                for cell, kind in zip(cells, kinds, strict=True)
            )
        )
        numbers.append(number)
    if not rows:
        raise DataError(f"{path}: no rows follow `@data`: fetch the file again")
    return Table(path, tuple(names), True, tuple(rows), tuple(numbers), ",", tuple(skipped))


def _header(text: str) -> tuple[list[str], list[str], str]:
    """Names and kinds of the attributes (not of those within a relational one), and what follows `@data`."""
    names: list[str] = []
    kinds: list[str] = []
    inside = False
    start = 0
    for line in text.splitlines(keepends=True):
        start += len(line)
        bare = line.strip()
        word = bare.split(None, 1)[0].lower() if bare else ""
        found = ATTRIBUTE.match(bare)
        if word == "@data":
            break
        if word == "@end":
            inside = False
        elif found and not inside:
            names.append(re.sub(r"\\(.)", r"\1", found[1].strip("'\"")))
            kinds.append(found[2].split(None, 1)[0].lower())
            inside = kinds[-1] == "relational"
    return names, kinds, text[start:]


def _records(body: str, quote: str, width: int) -> list[list[str]]:
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("%")]
    if lines and lines[0].lstrip().startswith("{"):
        return [_sparse(line, width) for line in lines]
    limit = csv.field_size_limit(len(body) + 1)
    try:
        reader = csv.reader(
            io.StringIO("\n".join(lines)),
            delimiter="\t" if lines and "," not in lines[0] else ",",
            quotechar=quote,
            skipinitialspace=True,
        )
        return list(reader)
    finally:
        csv.field_size_limit(limit)


def _sparse(line: str, width: int) -> list[str]:
    cells = ["0"] * width
    for place, value in SPARSE.findall(line.strip().strip("{}")):
        if int(place) >= width:
            return []
        cells[int(place)] = value.strip().strip("'\"")
    return cells


def _relation(cell: str) -> str:
    """A list with, for each step, the list of its channels; in the file each channel is a line."""
    channels = [channel.split(",") for channel in re.split(r"\\n|\n", cell.strip()) if channel.strip()]
    longest = max(map(len, channels), default=0)
    filled = [
        [value.strip() for value in channel] + ["nan"] * (longest - len(channel)) for channel in channels
    ]
    return (
        "["
        + ",".join(f"[{','.join(_number(value) for value in step)}]" for step in zip(*filled, strict=True))
        + "]"
    )


def _number(value: str) -> str:
    return "nan" if value == "?" else json.dumps(float(value)) if _is_float(value) else "nan"


def _is_float(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
