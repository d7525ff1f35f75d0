"""Files of one series each that lie side by side, and the tables beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from advisor.readers import folders
from advisor.readers.table import table_files

SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".asc", ".json", ".parquet", ".pq", ".feather"}
)
LEAST_FLAT, MOST_FLAT = 8, 200_000  # files side by side; with fewer, names tell nothing
MOST_ROWS = 200  # of a table of labels, to tell whether it names the files
TABLE_WORDS = table_files.LABEL_WORDS | {
    "metadata", "meta", "index", "info", "list", "files", "manifest", "subjects", "participants",
    "train", "test",
}  # fmt: skip


def listed(path: Path, most: int = MOST_FLAT) -> list[Path]:
    """Tables at any depth, as far as counting goes."""
    below = folders.files_below(path)
    return [
        Path(entry.path)
        for entry in islice((one for one in below if table_files.table_suffix(one.name) in SUFFIXES), most)
    ]


def with_tables(files: Sequence[Path]) -> tuple[str, frozenset[Path]]:
    """The commonest suffix, and the files of any that are called labels or lie above all others."""
    suffixes = Counter(folders.suffix(file.name) for file in files)
    suffix = suffixes.most_common(1)[0][0] if suffixes else ""
    depths = Counter(len(file.parts) for file in files)
    usual = depths.most_common(1)[0][0] if depths else 0
    tables = (
        file
        for file in files
        if len(file.parts) < usual or TABLE_WORDS & set(table_files.name_words(file.stem))
    )
    return suffix, frozenset(tables)
