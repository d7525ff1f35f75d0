"""Which files of a folder or an archive are tables, and opening any of them: one place for all forms."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from advisor.errors import AdvisorError, NoDataError, UnsafeDataError
from advisor.readers import bounded, folders, part_names
from advisor.readers.table import arff_rows, arrow_rows, delimited, delimiters, json_rows, packed
from advisor.readers.table.delimited import Table

DATA_SUFFIXES = frozenset(
    {".dat", ".data", ".asc", ".test", ".tra", ".tes", ".trn", ".tst",
     ".svm", ".libsvm", ".svmlight", ".t"}
)  # fmt: skip
BARE_SUFFIXES = DATA_SUFFIXES | {".txt", ""}  # tables only by what is in them
TEXT_SUFFIXES = delimited.SUFFIXES | BARE_SUFFIXES
SUFFIXES = delimited.SUFFIXES | json_rows.SUFFIXES | arrow_rows.SUFFIXES | {arff_rows.SUFFIX}
FORMS = (".parquet", ".pq", ".feather", ".arrow", ".arff", ".jsonl", ".json", ".csv", ".tsv", ".tab", ".txt")
"""The form that is read of a table that lies there in several: those that say most about themselves first."""

DIMENSION = re.compile(r"_?dimension_?\d+")
ARCHIVE = ".zip"
DEPTH = 4  # folders around the tables
MOST_FOLDERS = 200  # that are looked into for tables
MOST_BARE = 12  # files without a telling name that are looked into
MOST_LISTS, FEW_LISTS = 200, 3  # files of JSON that are read, where the first few are lists of records
WIDE = 5  # cells in a row, from which rows with numbers are no texts with labels
PEEK = 2**16  # bytes that such a file is judged by
FEW_LINES, LONG_PEEK = 8, 2**20  # with fewer lines in it, so many bytes more are looked at
JSON_PEEK = 2**22
NOT_DATA = frozenset({"readme", "license", "licence", "changelog", "requirements", "sample_submission"})
LABEL_WORDS = frozenset(
    {"y", "label", "labels", "target", "targets", "class", "truth", "groundtruth", "answers",
     "solution", "outcome", "outcomes", "annotation", "annotations", "output", "outputs"}
)  # fmt: skip
"""What a table of labels is called."""

MAX_MEMORY = 5 * 2**28  # bytes for the cells that inspection reads: 2 GiB with the rest of the program
WHOLE_BELOW = 2**24  # bytes up to which inspection reads all rows
HEAD_BYTES = 2**21  # of a larger file its beginning,
PIECES, PIECE_BYTES = 32, 2**16  # and so many pieces spread evenly over the rest
NEWLINE = ord("\n")


@dataclass(frozen=True)
class TableFile:
    """A table on disk, or in an archive: then `path` is the archive's with the member's name below it."""

    path: Path
    archive: Path | None = None

    @property
    def stem(self) -> str:
        """`train` of `train.csv.gz`."""
        return Path(self.path.name.removesuffix(".gz")).stem

    @property
    def suffix(self) -> str:
        """`.csv` of `train.CSV.gz`."""
        return table_suffix(self.path.name)


def table_suffix(name: str) -> str:
    """The suffix that says what an unpacked file is."""
    ending = folders.suffix(name)
    return folders.suffix(name[:-3]) if ending == ".gz" else ending


def find(path: Path, *, most: int | None = None) -> list[TableFile]:
    """The tables of a file or folder: those nearest to the top, where folders of parts do not count.

    A file without a telling suffix (`.txt`, `.dat`, `.json`) counts where it holds rows.

    Args:
        most: stop looking when so many are found.
    """
    if path.is_file():
        return _of_file(path)
    levels: dict[int, list[TableFile]] = {}
    wanted = SUFFIXES | BARE_SUFFIXES | {ARCHIVE}
    for level, entry in _walk(path, wanted | {".gz"}):
        if table_suffix(entry.name) in wanted:
            levels.setdefault(level, []).append(TableFile(Path(entry.path)))
            if most is not None and len(levels[level]) >= most:
                break
    above: list[TableFile] = []  # labels may lie above the values
    for level in sorted(levels):
        files = _tables_among(levels[level])
        if files:
            return [*files, *above]
        above += [file for file in levels[level] if file.suffix in BARE_SUFFIXES and _lists_labels(file)]
    return []


def load(file: TableFile, *, whole: bool = False) -> list[tuple[str, Table]]:
    """The tables of a file with their part ("" where it says none); JSON may hold several.

    Of a file larger than WHOLE_BELOW a sample of its rows, unless `whole`; `Table.total` then says how many
    there are.

    Raises:
        DataError, UnsafeDataError: see the forms.
        MissingExtraError: the form needs a library that is not installed.
    """
    if whole:
        return _load(file, whole=True)
    try:
        with bounded.memory(MAX_MEMORY):
            return _load(file, whole=False)
    except MemoryError as error:
        raise UnsafeDataError(
            f"{file.path}: takes more than {MAX_MEMORY:,} bytes of memory as cells: split it"
        ) from error


def _load(file: TableFile, *, whole: bool) -> list[tuple[str, Table]]:
    with packed.opened(file.path, file.archive) as stream:
        if file.suffix in arrow_rows.SUFFIXES:
            return [("", arrow_rows.parse(file.path, stream, whole=whole))]
        if file.suffix == arff_rows.SUFFIX:
            return [("", arff_rows.parse(file.path, packed.read_all(file.path, stream)))]
        if file.suffix == ".json":
            return json_rows.parse(file.path, packed.read_all(file.path, stream, json_rows.MAX_BYTES))
        data, rest = _bytes(file, stream, whole)
    parse = json_rows.parse_lines if file.suffix in json_rows.LINE_SUFFIXES else delimited.parse
    table = parse(file.path, data)
    if rest is None:
        return [("", table)]
    head, lines = rest
    inner = min(len(table.rows), data.count(b"\n", 0, head))
    return [("", replace(table, total=max(lines - table.named, len(table.rows)), head=inner))]


def _of_file(path: Path) -> list[TableFile]:
    if folders.suffix(path.name) != ARCHIVE:
        return _tables_among([TableFile(path)])
    names = packed.members(path)
    tables = [name for name in names if table_suffix(name.name) in SUFFIXES | BARE_SUFFIXES]
    if len(tables) < 0.5 * len(names):
        return []
    files = [TableFile(path / name, path) for name in tables]
    depth = min((len(name.parts) for name in tables), default=0)
    return _tables_among([file for file, name in zip(files, tables, strict=True) if len(name.parts) == depth])


def _tables_among(files: list[TableFile]) -> list[TableFile]:
    """Those that hold a table, in the order of their names; archives by what lies in them."""
    files = _each_once(sorted(files, key=lambda file: folders.natural(str(file.path))))
    named = [file for file in files if file.suffix in SUFFIXES - {".json"}]
    unsure = [file for file in files if file.suffix in BARE_SUFFIXES | {".json"}]
    unsure = [file for file in unsure if file.stem.lower() not in NOT_DATA]
    if len(unsure) <= MOST_BARE or _are_all_records(unsure):
        sure = [file for file in unsure if holds_rows(file)]
        named += sure
        if named:
            named += [file for file in unsure if file not in sure and _lists_labels(file)]
    archives = [file for file in files if file.archive is None and file.suffix == ARCHIVE]
    if not named and len(archives) <= MOST_BARE:
        named = [inner for file in archives for inner in _members(file.path)]
    return named


def _are_all_records(files: list[TableFile]) -> bool:
    """Many files of records, by the first of them, and not one record each or the labels of pictures."""
    alike = len(files) <= MOST_LISTS and all(file.suffix == ".json" for file in files)
    return alike and all(map(holds_rows, files[:FEW_LISTS]))


def _each_once(files: list[TableFile]) -> list[TableFile]:
    """Of a table in several forms (`a.csv`, `a.arff`) the first of FORMS; of one that lies there whole and by
    dimension (`Epilepsy_TRAIN`, `EpilepsyDimension1_TRAIN`) the whole one."""
    kept: dict[tuple[Path, str], TableFile] = {}
    for file in sorted(
        files, key=lambda file: FORMS.index(file.suffix) if file.suffix in FORMS else len(FORMS)
    ):
        kept.setdefault((file.path.parent, file.stem.lower()), file)
    stems = {stem for _, stem in kept}
    once = set(kept.values())
    alone = [file for file in files if file in once]
    whole = [DIMENSION.sub("", file.stem.lower()) in stems for file in alone]
    return [
        file
        for file, there in zip(alone, whole, strict=True)
        if not (there and DIMENSION.search(file.stem.lower()))
    ]


def is_called_labels(stem: str) -> bool:
    """`train_labels`, `y_test`; not `acc_y`, which is a channel."""
    words = [word for word in name_words(stem) if word not in part_names.PARTS]
    return bool(LABEL_WORDS & set(words)) and ("y" not in words or words[0] == "y")


def name_words(stem: str) -> list[str]:
    """`["train", "labels"]` of `TrainLabels` and of `train_labels`."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", stem)
    return [word for word in re.split(r"[^0-9A-Za-z]+", spaced.lower()) if word]


def _lists_labels(file: TableFile) -> bool:
    """A file called labels with one word or number a line."""
    if not is_called_labels(file.stem):
        return False
    try:
        with packed.opened(file.path, file.archive) as stream:
            lines = delimiters.decode(stream.read(PEEK)).split("\n")[:-1]
    except AdvisorError:
        return False
    return bool(lines) and all(len(line.split()) <= 1 for line in lines)


def _members(path: Path) -> list[TableFile]:
    try:
        return _of_file(path)
    except AdvisorError:
        return []


def is_data(path: Path) -> bool:
    """Whether a file is called data, as archives of tables do, and holds rows."""
    return folders.suffix(path.name) in DATA_SUFFIXES and holds_rows(TableFile(path))


def is_wide(path: Path) -> bool:
    """Whether a file of any name holds rows of several cells, numbers among them: a table and no text."""
    if not path.is_file():  # a named pipe would keep us waiting
        return False
    try:
        with packed.opened(path, None) as stream:
            data = _first_rows(stream)
    except AdvisorError:
        return False
    return delimited.looks_tabular(data, least=WIDE)


def _first_rows(stream: IO[bytes]) -> bytes:
    """The whole lines at the beginning; of very long ones, such as series of thousands of steps, some too."""
    data = stream.read(PEEK)
    if len(data) < PEEK:
        return data
    if data.count(b"\n") < FEW_LINES:
        data += stream.read(LONG_PEEK)
    return data[: data.rfind(b"\n") + 1] or data


def holds_rows(file: TableFile) -> bool:
    """Whether a file without a telling suffix begins with rows."""
    try:
        with packed.opened(file.path, file.archive) as stream:
            if file.suffix == ".json":
                data = stream.read(JSON_PEEK)
                return json_rows.looks_tabular(file.path, data, cut=len(data) == JSON_PEEK)
            data = _first_rows(stream)
    except AdvisorError:
        return False
    return delimited.looks_tabular(data, lenient=file.suffix in DATA_SUFFIXES)


def _walk(root: Path, suffixes: Collection[str]) -> Iterator[tuple[int, os.DirEntry[str]]]:
    """Files with their depth, not counting folders that are parts of the data; none of folders that hold
    nothing with one of the suffixes."""
    waiting, seen = [(root, 0, 0)], 0
    while waiting and seen < MOST_FOLDERS:
        folder, level, depth = waiting.pop(0)
        seen += 1
        shown = _entries(folder)
        has_files = bool(shown) and folders.holds_any(folder, suffixes)
        for entry in shown:
            if entry.is_file():
                if has_files:
                    yield level, entry
            elif depth < DEPTH and entry.is_dir(follow_symlinks=False):
                below = level + (part_names.part_of(entry.name) is None)
                waiting.append((Path(entry.path), below, depth + 1))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return folders.visible(folder)
    except NoDataError:
        return []


def _bytes(file: TableFile, stream: IO[bytes], whole: bool) -> tuple[bytes, tuple[int, int] | None]:
    """All bytes; or a sample of them, with the size of its first, unbroken piece and the lines of all."""
    plain = file.archive is None and folders.suffix(file.path.name) != ".gz"
    size = os.stat(file.path).st_size if plain else None
    if whole or (size is not None and size <= WHOLE_BELOW):
        limit = delimited.MAX_BYTES if plain else packed.MAX_UNPACKED
        return packed.read_all(file.path, stream, limit), None
    head = stream.read(HEAD_BYTES if plain else WHOLE_BELOW + 1)
    if not plain and len(head) <= WHOLE_BELOW:
        return head, None
    if b"\0" in head[:1000]:  # UTF-16: lines cannot be told by their bytes
        return head + packed.read_all(file.path, stream), None
    cut = head.rfind(b"\n", 0, HEAD_BYTES) + 1 or len(head)
    if size is None:
        lines = head.count(b"\n") + _lines(file, stream, packed.MAX_UNPACKED)
        return head[:cut], (cut, lines)
    pieces = list(_pieces(stream, cut, size))
    stream.seek(0)
    return b"".join([head[:cut], *pieces]), (cut, _lines(file, stream, None))


def _pieces(stream: IO[bytes], start: int, size: int) -> Iterator[bytes]:
    """Whole lines from places spread evenly over the file beyond `start`."""
    for place in range(PIECES):
        stream.seek(start + (size - start) * place // PIECES)
        lines = stream.read(PIECE_BYTES)
        yield lines[lines.find(b"\n") + 1 : lines.rfind(b"\n") + 1]


def _lines(file: TableFile, stream: IO[bytes], most: int | None) -> int:
    """How many lines follow; raises UnsafeDataError beyond `most` bytes."""
    lines = read = 0
    while block := stream.read(packed.BLOCK):
        lines += int(np.count_nonzero(np.frombuffer(block, np.uint8) == NEWLINE))  # quicker than `count`
        read += len(block)
        if most is not None and read > most:
            raise UnsafeDataError(f"{file.path}: is larger than {most:,} bytes unpacked: split it")
    return lines
