"""Files beside frames that say what these show: a table that names frames or clips, notes of equal name."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisor.readers import delimited, folders, frame_names

NOTES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xml"})
TABLES = frozenset({".csv", ".tsv", ".txt"})
HEAD_BYTES = 256 * 2**10  # of a table, by which it is judged
MAX_BYTES = 32 * 2**20  # of a table of labels: a line of 60 letters for each of 500,000 clips
MOST_TABLES, MOST_FOLDERS = 12, 12
ASKED = 20  # frames that are looked for
FOUND = 0.5  # share of them that a table must name, for it may name a part of them only
COVERED = 0.8  # share of the clips of a part that a table of labels names
CUTS = re.compile(r"[,;\t]")
LABEL_NAMES = frozenset({"label", "labels", "class", "classes", "target", "category", "action", "activity",
                         "gesture", "y", "word", "emotion"})  # fmt: skip


def are_described(root: Path, files: Sequence[Path]) -> bool:
    """Whether something beside the pictures describes single ones, so that they are samples of their own."""
    folder = files[0].parent
    stems = [frame_names.stem(file.name) or "" for file in files[:ASKED]]
    noted = sum(any((folder / (stem + suffix)).exists() for suffix in NOTES) for stem in stems)
    return noted >= FOUND * len(stems) or any(_describes(table, stems) for table in _tables(root, folder))


def of_clips(root: Path, clips: Sequence[str]) -> tuple[dict[str, str], dict[str, str]] | None:
    """Label and part of each clip by its folder's name, of the tables beside; None where there are none.

    A table of labels names nearly every clip of the data, or of a part, in one of its columns.
    """
    labels: dict[str, str] = {}
    parts: dict[str, str] = {}
    inner = (Path(entry.path) for entry in folders.visible(root) if entry.is_dir())
    beside = [table for folder in itertools.islice(inner, MOST_FOLDERS) for table in _tables(folder, folder)]
    for table in [*_tables(root, root), *beside]:
        found = _labels_in(table, frozenset(clips))
        labels.update(found)
        part = folders.part_within(table.stem)
        parts.update({clip: part for clip in found} if part else {})
    known = sum(clip in labels for clip in clips)
    return (labels, parts) if known >= FOUND * len(clips) and len(set(labels.values())) > 1 else None


def _tables(root: Path, deepest: Path) -> list[Path]:
    """Small text files in a folder and in those above it up to the root."""
    found: list[Path] = []
    for folder in (deepest, *deepest.parents):
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if folders.suffix(entry.name) in NOTES - {".xml"}]
        tables = (folder / name for name in sorted(names) if not folders.is_hidden(name))
        found += [table for table in itertools.islice(tables, MOST_TABLES) if table.is_file()]
        if folder == root:
            break
    return found[:MOST_TABLES]


def _describes(table: Path, stems: Sequence[str]) -> bool:
    """Whether a file names the pictures and says more of them than their time."""
    with table.open("rb") as file:
        text = file.read(HEAD_BYTES).decode("utf-8", "replace")
    words = set(re.split(r"[^\w.-]+", text))
    words |= {frame_names.stem(word) or word for word in words}
    if sum(stem in words for stem in stems) < FOUND * len(stems):
        return False
    if folders.suffix(table.name) not in TABLES:
        return True
    rows = [CUTS.split(line) for line in text.splitlines()[: 2 * ASKED]]
    named = [row for row in rows if any(stem in cell for cell in row for stem in stems)]
    return any(not _is_index(cell, stems) for row in named for cell in row)


def _is_index(cell: str, stems: Sequence[str]) -> bool:
    """Whether a cell is a picture's name, a time or nothing, and so no label."""
    cell = cell.strip().strip('"')
    named = any(stem in cell for stem in stems)
    return not cell or named or delimited.as_times([cell]) is not None


def _labels_in(table: Path, clips: frozenset[str]) -> Mapping[str, str]:
    """The labels that one table gives to clips."""
    if folders.suffix(table.name) not in TABLES or table.stat().st_size > MAX_BYTES:
        return {}
    lines = [line for line in table.read_text("utf-8-sig", "replace").splitlines() if line.strip()]
    cut = CUTS if any(CUTS.search(line) for line in lines[:ASKED]) else re.compile(r"\s+")
    rows = [[cell.strip().strip('"') for cell in cut.split(line)] for line in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    rows = [row for row in rows if len(row) == width]
    columns = list(zip(*rows, strict=True))
    names = [[_clip_name(cell, clips) for cell in column] for column in columns]
    counts = [sum(name is not None for name in column) for column in names]
    if width < 2 or max(counts) < min(COVERED * (len(rows) - 1), FOUND * len(clips)):
        return {}
    place = counts.index(max(counts))
    chosen = _label_column(columns, place)
    return (
        {}
        if chosen is None
        else {
            name: cell for name, cell in zip(names[place], columns[chosen], strict=True) if name is not None
        }
    )


def _clip_name(cell: str, clips: frozenset[str]) -> str | None:
    """The clip that a cell names: by its folder, or by the path or file that it was cut from."""
    last = re.split(r"[\\/]", cell.rstrip("/\\"))[-1]
    return next((name for name in (cell, last, last.rpartition(".")[0]) if name in clips), None)


def _label_column(columns: Sequence[tuple[str, ...]], place: int) -> int | None:
    """A column with a usual name, else the first of repeated words, else the first of repeated numbers."""
    others = [i for i in range(len(columns)) if i != place]
    named = [i for i in others if columns[i][0].lower() in LABEL_NAMES]
    repeated = [i for i in others if 1 < len(set(columns[i][1:])) <= max(2, len(columns[i]) // 2)]
    words = [i for i in repeated if delimited.as_numbers(columns[i][1:]) is None]
    return next(iter(named or words or repeated or others), None)
