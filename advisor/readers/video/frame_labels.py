"""Files beside frames that say what single ones show: a table that names them, notes of equal name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from advisor.readers import folders
from advisor.readers.table import delimited
from advisor.readers.video import frame_names

NOTES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xml"})
TABLES = frozenset({".csv", ".tsv", ".txt"})
HEAD_BYTES = 256 * 2**10  # of a table, by which it is judged
MOST_TABLES = 12
ASKED = 20  # frames that are looked for
FOUND = 0.5  # share of them that a table must name, for it may name a part of them only
LONGEST_ROW = 2_000  # letters of a line that tells of one picture; longer ones hold its pixels
CUTS = re.compile(r"[,;\t]")


def are_described(root: Path, files: Sequence[Path]) -> bool:
    """Whether something beside the pictures describes single ones, so that they are samples of their own."""
    folder = files[0].parent
    stems = [frame_names.stem(file.name) or "" for file in files[:ASKED]]
    noted = sum(any((folder / (stem + suffix)).exists() for suffix in NOTES) for stem in stems)
    return noted >= FOUND * len(stems) or any(_describes(table, stems) for table in _tables(root, folder))


def _tables(root: Path, deepest: Path) -> list[Path]:
    """Small text files in a folder and in those above it up to the root."""
    found: list[Path] = []
    for folder in (deepest, *deepest.parents):
        files = [entry for entry in folders.listed(folder) if entry.is_file()]
        names = sorted(entry.name for entry in files if folders.suffix(entry.name) in NOTES - {".xml"})
        found += [folder / name for name in names[:MOST_TABLES]]
        if folder == root:
            break
    return found[:MOST_TABLES]


def _describes(table: Path, stems: Sequence[str]) -> bool:
    """Whether a file names the pictures and says more of them than their time."""
    with table.open("rb") as file:
        text = file.read(HEAD_BYTES).decode("utf-8", "replace")
    lines = text.splitlines()
    words = set(re.split(r"[^\w.-]+", text))
    if all(
        stem.isdecimal() for stem in stems
    ):  # numbers stand in any text, names in short lines or in quotes
        rows = " ".join(line for line in lines if len(line) <= LONGEST_ROW)
        quoted = re.findall(r'"([^"]{1,200})"', text)
        words = set(re.split(r"[^\w.-]+", rows)) if folders.suffix(table.name) in TABLES else set(quoted)
    words |= {frame_names.stem(word) or word for word in words}
    if sum(stem in words for stem in stems) < FOUND * len(stems):
        return False
    if folders.suffix(table.name) not in TABLES:
        return True
    cut = [CUTS.split(line) for line in lines[: 2 * ASKED]]
    named = [row for row in cut if any(_stem(cell) in stems for cell in row)]
    return any(not _is_index(cell, stems) for row in named for cell in row)


def _is_index(cell: str, stems: Sequence[str]) -> bool:
    """Whether a cell is a picture's name, a time or nothing, and so no label."""
    plain = cell.strip().strip('"')
    is_name = frame_names.stem(plain) is not None or _stem(cell) in stems
    return not plain or is_name or delimited.as_times([plain]) is not None


def _stem(cell: str) -> str:
    """The name of a picture without folders and suffix."""
    name = cell.strip().strip('"').replace("\\", "/").rpartition("/")[2]
    return frame_names.stem(name) or name
