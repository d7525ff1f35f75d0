"""Folders that may be what is measured (`temperature/`, `humidity/`) and not classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from advisor.errors import AdvisorError
from advisor.readers.sample_folders import Found
from advisor.readers.source import Source
from advisor.readers.table import cells
from advisor.readers.table.delimited import Table
from advisor.records import Finding

LOOKED_AT = 3  # names of files whose times are compared between the folders
DOUBTED = 0.5  # confidence that such folders are classes


def doubted(source: Source, found: Found, load: Callable[[Path], Table]) -> Source:
    """The source, less sure of its labels where each folder holds the same files with the same dates in them:
    no class happens at just the times of another one."""
    goal = source.spec.target
    names: dict[str, list[Path]] = defaultdict(list)
    for file, label in zip(found.files, found.labels, strict=True):
        if label:
            names[file.name].append(file)
    folders = sorted(set(found.labels) - {""})
    if goal is None or len(folders) < 2 or {len(files) for files in names.values()} != {len(folders)}:
        return source
    if any(found.parts) or not all(_share_times(files, load) for files in list(names.values())[:LOOKED_AT]):
        return source
    reason = "the folders are taken for classes, though they may be what was measured"
    target = goal.model_copy(update={"confidence": DOUBTED, "reason": reason})
    note = Finding(
        check="measures",
        severity="warning",
        count=len(folders),
        text=f"are {', '.join(folders[:3])} classes? Each folder holds the same files over the same times",
        remedy="if they are what was measured, join them: one file each, with a column for every folder",
        examples=tuple(folders[:5]),
    )
    spec = source.spec.model_copy(update={"target": target})
    return replace(source, spec=spec, notes=(*source.notes, note))


def _share_times(files: Sequence[Path], load: Callable[[Path], Table]) -> bool:
    """Whether tables have a column of dates that is the same in all."""
    try:
        times = [_times(load(file)) for file in files]
    except AdvisorError:
        return False
    return times[0] is not None and all(time == times[0] for time in times)


def _times(table: Table) -> list[str] | None:
    for i, name in enumerate(table.header):
        column = table.column(i)
        if cells.kind_of(name, column, table.delimiter) == "time" and len(set(column)) > 1:
            return column
    return None
