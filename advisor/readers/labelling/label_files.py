"""Labels told by a table that lies beside the files: `labels.csv`, `train.tsv`, `metadata.csv`, `list.txt`.

The column that names the files is found by its cells, whatever it is called: a name with or without suffix,
with or without folders before it. Cells are only held against the names of files that were found below the
data folder; no path of a table is ever opened.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from advisor.errors import AdvisorError
from advisor.readers import folders, part_names
from advisor.readers.file_names import Names, is_number, stem_of
from advisor.readers.labelling import group_columns, json_labels
from advisor.readers.labelling.label_columns import LabelColumn, label_column
from advisor.readers.source import Skipped
from advisor.readers.table import delimited

SUFFIXES = delimited.SUFFIXES | {".txt", ".lst"} | json_labels.SUFFIXES
MAX_TABLES = 256  # files tried as tables, those nearest to the top first
MAX_TRIED = 32 * 2**20  # bytes read of files that turn out to be no tables of labels: some three seconds
MAX_BYTES = 256 * 2**20  # of one; a million rows of names and labels take a quarter of it
HEAD_BYTES = 2**20  # in which a name must be found for a table to be read in full
TRIED_ROWS = 1_000  # rows by which the column of file names is found
LEAST_SHARE = 0.5  # of the rows, or of the files, that must find each other
NEW_FILES = 0.8  # share of different files among cells that are bare numbers, which match by chance
NONE_SET = "(none)"  # of several labels, each in a column of 0 and 1
EVEN_LINES, FEW_COLUMNS = 0.9, 3  # lines of words are a table where so many have as many, and these are few
NAME = re.compile(r"file|path|name|image|img|audio|wav|clip|id", re.I)  # what a column of names is called
SUBMISSION = re.compile(r"submission|submit", re.I)  # rows to be filled in, with a constant for a label
LEAST_FILES = 2  # that a table must name
SET = ("1", "1.0")
COLON = re.compile(r"(.{1,200}?\.[A-Za-z]\w{1,4})\s*:\s+(\S.*)")  # a name, and what is said of it
NO_FILE = "a row of labels whose file is not there, or is not the only one of that name"


@dataclass(frozen=True)
class Table:
    """A table that names files: `places` [row] are positions of files, None where there is none."""

    path: Path
    where: str  # below the data folder
    part: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    file_column: int
    places: tuple[int | None, ...]


@dataclass(frozen=True)
class FileLabels:
    """Labels by tables.

    Attributes:
        column: the column of labels: its name, what it holds, how it was chosen.
        cells: file -> its cells, several where several rows name it.
        parts: file -> part, where a table, its name or a column tells.
        used: the tables, below the data folder.
        skipped: rows without a file.
        groups: file -> who or what it comes from, where a column tells.
        group_name: that column.
    """

    column: LabelColumn
    cells: dict[int, list[str]]
    parts: dict[int, str]
    used: tuple[str, ...]
    skipped: tuple[Skipped, ...] = field(default=())
    groups: dict[int, str] = field(default_factory=dict)
    group_name: str | None = None


def find(
    root: Path, files: Sequence[str], others: Sequence[str], target: str | None = None, *, most_rows: int = 0
) -> FileLabels | None:
    """The labels that tables below `root` give to the files; None where no table names them.

    Args:
        files: paths of the sample files below `root`, with `/` between folders.
        others: paths of all other files, of which some may be tables.
        target: the column to be predicted; found by its name and its values if None.
        most_rows: look at so many rows of each table, evenly spread; 0 for all.

    Raises:
        UsageError: `target` is no column of the tables that name the files.
    """
    candidates = _candidates(files, others)
    if not candidates:
        return None
    names = Names(files)
    tables, tried = list[Table](), 0
    for where in candidates:
        table = _match(root, where, names, most_rows)
        if table is not None:
            tables.append(table)
            continue
        with contextlib.suppress(OSError):
            tried += min((root / where).stat().st_size, HEAD_BYTES)
        if tried > MAX_TRIED:
            break
    if not tables:
        return None
    first, column = _best(tables, target)
    return None if column is None else _with_groups(_joined(tables, first, column), tables, first)


def _candidates(files: Sequence[str], others: Sequence[str]) -> list[str]:
    """Files that may be tables, those nearest to the top first; not those that lie beside a file of the same
    name, as transcripts and boxes do."""
    tables = [path for path in others if folders.suffix(path) in SUFFIXES and not SUBMISSION.search(path)]
    beside = {stem_of(path) for path in files} if tables else set()
    found = [path for path in tables if stem_of(path) not in beside]
    return sorted(found, key=lambda path: (path.count("/"), path))[:MAX_TABLES]


def _match(root: Path, where: str, names: Names, most_rows: int) -> Table | None:
    """The table at `where`; None where it does not name files."""
    path = root / where
    try:
        if not 0 < path.stat().st_size <= MAX_BYTES or not _mentions(path, names):
            return None
        table = (
            json_labels.load(path) if folders.suffix(where) in json_labels.SUFFIXES else delimited.load(path)
        )
    except (AdvisorError, OSError):
        return None  # not a table at all
    header, rows = table.header, table.rows
    if len(header) == 1:
        header, rows = _at_spaces(table)
    rows = rows[:: max(1, len(rows) // most_rows)] if most_rows else rows
    *above, name = where.split("/")
    near = above[-1].lower() if above else stem_of(name).lower()
    tried = rows[:: max(1, len(rows) // TRIED_ROWS)]
    hits = [_hits([row[i] for row in tried], header[i], names) for i in range(len(header))]
    best = hits.index(max(hits))
    if hits[best] < LEAST_FILES:
        return None
    found = [names.find(row[best], near) for row in rows]
    home = _home(found, names)
    places = tuple(_one(some, row, names, home) for some, row in zip(found, rows, strict=True))
    beside = [
        i
        for i, count in enumerate(hits)
        if i != best
        and count >= LEAST_SHARE * len(tried)
        and delimited.as_numbers([row[i] for row in tried]) is None  # `0.5` is no file `0` with a suffix
    ]
    if beside:  # other files of the same sample, and no labels
        rows = tuple(tuple("" if i in beside else cell for i, cell in enumerate(row)) for row in rows)
    distinct = len({place for place in places if place is not None})
    known = sum(place is not None for place in places)
    enough = known >= LEAST_SHARE * len(rows) or distinct >= LEAST_SHARE * len(names.paths)
    if distinct < LEAST_FILES or not enough:
        return None
    part = part_names.part_within(stem_of(name)) or next(filter(None, map(part_names.part_of, above)), "")
    return Table(path, where, part, header, rows, best, places)


def _mentions(path: Path, names: Names) -> bool:
    """Whether the beginning of the file holds the name of any file; cheap, before a large table is read."""
    with path.open("rb") as file:
        text = file.read(HEAD_BYTES).decode("utf-8", "replace").lower()
    if "\0" in text:
        return text.startswith("\ufffd\ufffd")  # UTF-16, which only the reader of tables decodes
    pieces: Iterator[str] = (piece.strip(" \"'") for piece in re.split(r"[,;|\t\n\r/\\#:{}\[\] ]", text))
    return any(names.find(piece, "") for piece in pieces if piece)


def _hits(cells: Sequence[str], name: str, names: Names) -> float:
    """Files that these cells name, a half more for a column that is called so; bare numbers that repeat, or
    name few files in a column that is not called so, are counts and not names."""
    hits = [place for cell in cells for place in names.find(cell, "")[:1]]
    found, is_called = set(hits), NAME.search(name) is not None
    few = len(found) < NEW_FILES * len(hits) or not (
        is_called or len(found) >= LEAST_SHARE * len(names.paths)
    )
    if few and all(is_number(cell.strip()) for cell in cells):
        return 0.0
    return len(found) + 0.5 * is_called


def _one(found: list[int], row: Sequence[str], names: Names, home: str | None) -> int | None:
    """The one file, told by the other cells of the row where several have that name (`fold5`, or 5), or
    by the folder that holds the files of all rows."""
    if len(found) < 2:
        return found[0] if found else None
    cells = {cell.strip().lower() for cell in row}
    here = [place for place in found if set(names.paths[place].split("/")[:-1]) & cells]
    here = here or [place for place in found if _folder(names.paths[place]) == home]
    return here[0] if len(here) == 1 else None


def _home(found: Sequence[list[int]], names: Names) -> str | None:
    """The only folder that holds a file of every row, where other folders hold some of the same name."""
    known = [{_folder(names.paths[place]) for place in places} for places in found if places]
    if not any(len(some) > 1 for some in known):
        return None
    shared = set.intersection(*known)
    return shared.pop() if len(shared) == 1 else None


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _at_spaces(table: delimited.Table) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Lines without another separator cut at white space: `a.jpg 3` and `a.jpg -1 1 1` into columns, with
    names from a line above that has one word less; `a.wav some words` at the first space, and
    `my dog.jpg: some words` behind the colon."""
    lines = [row[0] for row in ([table.header] if table.named else []) + list(table.rows)]
    parted = [found.groups() for line in lines if (found := COLON.match(line))]
    if len(parted) >= EVEN_LINES * len(lines):
        return ("column0", "column1"), tuple(parted)
    words = [line.split() for line in lines]
    width, count = Counter(map(len, words)).most_common(1)[0]
    whole = [row for row in words if len(row) == width]
    numbers = all(delimited.as_numbers(row[1:]) is not None for row in whole[:TRIED_ROWS])
    if count >= EVEN_LINES * len(words) and (width <= FEW_COLUMNS or numbers):
        names = next((row for row in words[:3] if len(row) == width - 1 > 1), None)
        return ("column0", *(names or (f"column{i}" for i in range(1, width)))), tuple(map(tuple, whole))
    pairs = (line.split(None, 1) for line in lines)
    return ("column0", "column1"), tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2)


def _best(tables: Sequence[Table], target: str | None) -> tuple[Table, LabelColumn | None]:
    """The table that tells most: one whose label column is called so before others, then the one that
    names most files."""
    ranked: list[tuple[tuple[bool, bool, int, int], Table, LabelColumn | None]] = []
    for place, table in enumerate(tables):
        strict = target if len(tables) == 1 or target in table.header else None
        rows = [row for row, file in zip(table.rows, table.places, strict=True) if file is not None]
        files = [file for file in table.places if file is not None]
        column = label_column(table.path, table.header, rows, files, table.file_column, strict)
        wanted = column is not None and (target is None or column.name == target)
        named = column is not None and column.is_named
        ranked.append(((wanted, named, len(set(files)), -place), table, column))
    _, table, column = max(ranked, key=lambda item: item[0])
    if target is not None and column is not None and column.name != target:
        rows = list(table.rows)
        label_column(table.path, table.header, rows, [], table.file_column, target)  # says what there is
    return table, column


def _joined(tables: Sequence[Table], first: Table, column: LabelColumn) -> FileLabels:
    """The labels of the best table and of all others with the same columns of files and labels."""
    cells: dict[int, list[str]] = {}
    parts: dict[int, str] = {}
    used, skipped = [], list[Skipped]()
    for table in (first, *(other for other in tables if other is not first)):
        positions = _positions(table, first, column)
        if positions is None:
            continue
        used.append(table.where)
        fresh: dict[int, list[str]] = {}
        for number, (row, place) in enumerate(zip(table.rows, table.places, strict=True)):
            if place is None:
                skipped.append(Skipped(f"{table.where}, row {number}", NO_FILE))
            elif place not in cells:
                fresh.setdefault(place, []).append(_cell(row, positions, column))
                parts[place] = _part(row, table, column)
        cells.update(fresh)
    return FileLabels(column, cells, parts, tuple(used), tuple(skipped))


def _with_groups(labels: FileLabels, tables: Sequence[Table], first: Table) -> FileLabels:
    """The labels with the groups that another column of their tables tells."""
    taken = (first.file_column, *labels.column.positions, labels.column.part)
    free = [i for i in range(len(first.header)) if i not in taken]
    rows = {place: row for row, place in zip(first.rows, first.places, strict=True) if place is not None}
    told = np.array([labels.cells[place][0] for place in rows], dtype=object)
    chosen = group_columns.find(first.header, lambda i: [row[i] for row in rows.values()], free, told)
    if chosen is None:
        return labels
    name, groups = first.header[chosen[0]], dict[int, str]()
    for table in tables:
        if table.where in labels.used and name in table.header:
            column = table.header.index(name)
            groups |= {
                place: row[column].strip()
                for row, place in zip(table.rows, table.places, strict=True)
                if place is not None
            }
    return replace(labels, groups=groups, group_name=name)


def _positions(table: Table, first: Table, column: LabelColumn) -> tuple[int, ...] | None:
    """Where the label columns lie in `table`; None where it has not got them."""
    if table.header == first.header:
        return column.positions
    wanted = [first.header[place] for place in column.positions]
    if not set(wanted) <= set(table.header) or first.header[first.file_column] not in table.header:
        return None
    return tuple(table.header.index(name) for name in wanted)


def _cell(row: Sequence[str], positions: Iterable[int], column: LabelColumn) -> str:
    """The label as text; of one-hot columns the name of the one that is set."""
    if not column.one_hot:
        return next((row[place].strip() for place in positions), "")
    pairs = zip(column.one_hot, positions, strict=True)
    return "|".join(name for name, place in pairs if row[place].strip() in SET) or NONE_SET


def _part(row: Sequence[str], table: Table, column: LabelColumn) -> str:
    if column.part is not None and column.part < len(row):
        return part_names.part_of(row[column.part]) or part_names.part_within(row[column.part]) or ""
    return table.part
