"""Which of several tables belong together: parts, pieces of one table, values and their labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from advisor.errors import NoDataError
from advisor.readers import folders, part_names
from advisor.readers.source import Skipped
from advisor.readers.table import table_files
from advisor.readers.table.delimited import Table
from advisor.readers.table.table_files import TableFile, is_called_labels, name_words

Role = Literal["values", "labels"]
PART_ORDER = ("train", "validation", "test", "")
VALUE_WORDS = frozenset(
    {"x", "data", "features", "feature", "inputs", "input", "series", "signals", "values", "samples"}
)
SUBMISSION = re.compile(r"submission|submit", re.I)  # of a contest: made-up answers that show the form
CONFIG_WORDS = frozenset({"config", "configs", "configuration", "settings"})  # of the tool that made the data
BESIDE = frozenset(
    {"codebook", "dictionary", "description", "descriptions", "info", "readme", "schema", "variables",
     "names", "columns", "legend", "glossary", "metadata", "summary", "license"}
    | CONFIG_WORDS
)  # fmt: skip
"""What tables are called that tell about the data."""

FEWEST_PIECES = 2
MOST_LOADED = 24  # tables that are read to tell which belong together
COPIED = 0.5  # of a table's rows that lie in a larger one too, from which it is a piece of that
LABEL, LEAST_PER_LABEL = "label", 3  # of channels that repeat it, and rows per label at least
LEAST_CHANNELS = 3  # tables in a folder of channels
LEAST_STEPS = 8  # columns of a table that is one channel of series


def groups(path: Path, *, whole: bool) -> tuple[list[tuple[str, Table, Role]], list[Skipped]]:
    """(part, table, what it holds) of the tables that make up one data set, and what is left out.

    Raises:
        NoDataError: no table.
    """
    files = table_files.find(path)
    files = [file for file in files if not SUBMISSION.search(file.stem)] or files
    if not files:
        raise NoDataError(f"{path}: holds no table ({', '.join(sorted(table_files.SUFFIXES))})")
    parts = _without_train([_part(path, file) for file in files], files)
    channels = _channels_below(path, files) if path.is_dir() else []
    if channels:  # what lies above was worked out from them
        files = [*channels, *(file for file in files if _is_labels(file, files))]
        parts = [_part(path, file) for file in files]
    if len(files) == 1:
        chosen = {"": files}
        parts = [""]
    else:
        chosen = _by_part(path, files, parts)
    loaded: list[tuple[str, Table, Role]] = []
    for part, members in chosen.items():
        labels = [file for file in members if len(files) > 1 and _is_labels(file, files)]
        values = [file for file in members if file not in labels]
        loaded += [(given or part, table, "values") for given, table in _values(values, whole)]
        loaded += [
            (given or part, table, "labels")
            for file in labels
            for given, table in table_files.load(file, whole=whole)
        ]
    if all(role == "labels" for _, _, role in loaded):
        loaded = [(part, table, "values") for part, table, _ in loaded]
    loaded.sort(key=lambda item: PART_ORDER.index(item[0]))
    return loaded, _others(path, [file for members in chosen.values() for file in members])


def _channels_below(path: Path, files: list[TableFile]) -> list[TableFile]:
    """Tables in a folder beside the chosen ones that are channels of series, of as many rows as their labels
    have: `train/Inertial Signals/` beside `train/X_train.txt` and `train/y_train.txt`."""
    if not any(_is_labels(file, files) for file in files):
        return []
    below: list[TableFile] = []
    for folder in {file.path.parent for file in files if file.archive is None}:
        inner = [entry for entry in folders.visible(folder) if entry.is_dir()]
        found = [
            [TableFile(Path(one.path)) for one in folders.visible(Path(entry.path)) if one.is_file()]
            for entry in inner
            if part_names.part_of(entry.name) is None
        ]
        below += next((some for some in found if _are_many_channels(some)), [])
    return sorted(below, key=lambda file: folders.natural(str(file.path)))


def _are_many_channels(files: list[TableFile]) -> bool:
    known = table_files.SUFFIXES | table_files.BARE_SUFFIXES
    return (
        len(files) >= LEAST_CHANNELS and all(file.suffix in known for file in files) and _hold_channels(files)
    )


def _values(files: list[TableFile], whole: bool) -> list[tuple[str, Table]]:
    """The tables of one part; one for all of them where each holds a channel."""
    tables = [found for file in files for found in table_files.load(file, whole=whole)]
    if len(files) == len(tables) > 1 and _are_channels([table for _, table in tables]):
        return [("", _beside(files, [table for _, table in tables]))]
    return tables


def _are_channels(tables: Sequence[Table]) -> bool:
    """Tables of steps without names, of one shape: `acc_x_train.txt`, `acc_y_train.txt`."""
    shapes = {(len(table.header), len(table.rows)) for table in tables}
    return len(shapes) == 1 and not any(table.named for table in tables) and shapes.pop()[0] >= LEAST_STEPS


def _beside(files: list[TableFile], tables: Sequence[Table]) -> Table:
    """One table with the columns of all, each called by its file and its place."""
    words = [[word for word in name_words(file.stem) if word not in part_names.PARTS] for file in files]
    shared = set.intersection(*map(set, words))
    names = [
        "_".join(word for word in found if word not in shared) or file.stem
        for found, file in zip(words, files, strict=True)
    ]
    ends = [end for end in (0, -1) if _is_label_of_all(tables, end)][:1]
    start, stop = (1, None) if ends == [0] else (0, -1) if ends else (0, None)
    header = [
        *(LABEL for _ in ends),
        *(f"{name}_{i}" for name in names for i in range(len(tables[0].header) - len(ends))),
    ]
    rows = tuple(
        (*(beside[0][end] for end in ends), *(cell for row in beside for cell in row[start:stop]))
        for beside in zip(*(table.rows for table in tables), strict=True)
    )
    skipped = tuple(one for table in tables for one in table.skipped)
    return replace(tables[0], header=tuple(header), named=True, rows=rows, skipped=skipped)


def _is_label_of_all(tables: Sequence[Table], end: int) -> bool:
    """Whether the first or last column says the same in all tables, one of a few things: their label."""
    columns = [[row[end] for row in table.rows] for table in tables]
    same = all(column == columns[0] for column in columns)
    return same and 1 < len(set(columns[0])) <= len(columns[0]) / LEAST_PER_LABEL


def _by_part(path: Path, files: list[TableFile], parts: list[str]) -> dict[str, list[TableFile]]:
    """The files of each part; without parts those that are pieces of one table, or values and labels."""
    chosen: dict[str, list[TableFile]] = {}
    for file, part in zip(files, parts, strict=True):
        if part:
            chosen.setdefault(part, []).append(file)
    if chosen:
        loose = [file for file, part in zip(files, parts, strict=True) if not part]
        chosen = {part: _one(path, members) for part, members in chosen.items()}
        labels = [file for file in loose if _is_labels(file, files)]
        if len(labels) == 1 and not any(
            _is_labels(file, files) for found in chosen.values() for file in found
        ):
            chosen[""] = labels
        return chosen
    return {"": _one(path, files)}


def _one(path: Path, files: list[TableFile]) -> list[TableFile]:
    """One file of values and at most one of labels, or the pieces of one table."""
    labels = [file for file in files if _is_labels(file, files)]
    values = [file for file in files if file not in labels]
    if not values:
        values, labels = labels, []
    if len(values) > 1:
        values = [file for file in values if not BESIDE & set(name_words(file.stem))] or values
    if len(values) > 1 and not _hold_channels(values):
        named = [file for file in values if VALUE_WORDS & set(name_words(file.stem))]
        exact = [file for file in values if part_names.part_of(file.stem)]
        values = exact if len(exact) == 1 else named if len(named) == 1 else values
    if len(values) > 1 and not _are_pieces(values) and not _hold_channels(values):
        values = _alike(values)
    return [*values, *labels[:1]]


def _alike(files: list[TableFile]) -> list[TableFile]:
    """Of tables that nothing else tells apart the one with most rows, with all that have its columns; not
    with those whose rows are in it already, as in a smaller copy for trying things out."""
    loaded = [(file, table) for file in files[:MOST_LOADED] for _, table in table_files.load(file)]
    largest = max((table for _, table in loaded), key=lambda table: table.total or len(table.rows))
    known = set(largest.rows)
    same = [
        file
        for file, table in loaded
        if table is largest
        or (
            (table.named, len(table.header)) == (largest.named, len(largest.header))
            and (not table.named or table.header == largest.header)
            and sum(row in known for row in table.rows) < COPIED * len(table.rows)
        )
    ]
    return list(dict.fromkeys(same))


def _are_pieces(files: list[TableFile]) -> bool:
    """`part-0001.csv`, `part-0002.csv`: names that differ in their numbers only, above the same columns."""
    stems = {re.sub(r"\d+", "#", file.stem) for file in files}
    if len(files) < FEWEST_PIECES or len(stems) > 1:
        return False
    headers = {table.header for file in files[:FEWEST_PIECES] for _, table in table_files.load(file)}
    return len(headers) == 1


def _hold_channels(files: list[TableFile]) -> bool:
    """Whether the first files have the shape of channels of the same samples."""
    return _are_channels([table for file in files[:3] for _, table in table_files.load(file)])


def _is_labels(file: TableFile, files: Sequence[TableFile]) -> bool:
    """Named as labels, where another file is not; `label_config` only tells of them."""
    words = set(name_words(file.stem))
    named = is_called_labels(file.stem) and not (VALUE_WORDS | CONFIG_WORDS) & words
    return named and not all(is_called_labels(other.stem) for other in files)


def _part(root: Path, file: TableFile) -> str:
    """The part that a file's name or a folder around it stands for."""
    within = part_names.part_within(file.stem)
    base = root if root.is_dir() else root.parent
    above = file.path.relative_to(base).parts[:-1] if file.path.is_relative_to(base) else ()
    around = [part_names.part_of(name) for name in reversed(above)]
    return within or next((part for part in around if part), "")


def _without_train(parts: list[str], files: list[TableFile]) -> list[str]:
    """`development` beside `validation` and no `train`: what models are developed on."""
    held = [i for i, part in enumerate(parts) if part == "validation"]
    developed = [i for i in held if "development" in name_words(files[i].stem)]
    if "train" in parts or len(developed) != 1 or len(held) != 2:
        return parts
    return ["train" if i == developed[0] else part for i, part in enumerate(parts)]


def _others(path: Path, chosen: list[TableFile]) -> list[Skipped]:
    """What lies beside the chosen files and is not read."""
    if path.is_file():
        return []
    known = {file.archive or file.path for file in chosen}
    return [
        Skipped(entry.name, "not a table of this data set")
        for entry in folders.visible(path)
        if entry.is_file() and Path(entry.path) not in known
    ]
