"""Texts that are a file each, with their labels in a table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from advisor.readers import folders
from advisor.readers.labelling import label_files, sample_files
from advisor.readers.labelling.sample_files import Labelled
from advisor.readers.sample_folders import Found
from advisor.readers.series.flat_series import MOST_ROWS, TABLE_WORDS
from advisor.readers.source import Skipped, Source
from advisor.readers.table.table_files import name_words
from advisor.readers.text import text_folders
from advisor.readers.text.text_survey import Listing, TextFile
from advisor.records import TargetSpec

LEAST_FILES = 8
KINDS = ("category", "number", "labels")


@dataclass(frozen=True)
class Listed:
    """Texts, and the tables that may name them, by their paths."""

    files: tuple[TextFile, ...]
    tables: tuple[str, ...]


def match(path: Path, files: Sequence[TextFile], listed: Listing) -> Listed | None:
    """The texts of which a table below `path` gives labels; None without such a table."""
    if not path.is_dir() or len(files) < LEAST_FILES:
        return None
    texts = tuple(file for file in files if not TABLE_WORDS & set(name_words(file.stem)))
    names = folders.relative(path, [file.path for file in texts])
    others = ["/".join((*places, name)) for places, found in listed for name in found]
    known = set(names)
    tables = tuple(
        name for name in others if folders.suffix(name) in label_files.SUFFIXES and name not in known
    )
    found = label_files.find(path, names, tables, most_rows=MOST_ROWS) if tables and names else None
    return Listed(texts, tables) if found is not None and found.column.kind in KINDS else None


def read(path: Path, listed: Listed, skipped: Sequence[Skipped], target: str | None) -> Source:
    """Each sample a whole text; its label is what the table says.

    Raises:
        UsageError: `target` is no column of the table.
        DataError: a class of the validation or test part that training lacks.
    """
    names = folders.relative(path, [file.path for file in listed.files])
    table = label_files.find(path, names, listed.tables, target)
    cells = table.cells if table is not None else {}
    labels = tuple(cells.get(place, [""])[0] for place in range(len(names)))
    used = set() if table is None else set(table.used)
    left = [one for one in skipped if one.where not in used]
    source = text_folders.read(path, text_folders.Labelled(listed.files, labels), left)
    if table is None or source.spec.target is None:
        return source
    goal = source.spec.target.model_copy(update={"name": table.column.name})
    source = replace(source, spec=source.spec.model_copy(update={"target": goal}))
    if table.column.kind == "category":
        return source
    spec = TargetSpec(name=table.column.name, kind=table.column.kind)
    return sample_files.attach(source, Labelled(Found(), spec))
