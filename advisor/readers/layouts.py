"""How sample files lie below a folder, told by their names alone: in class folders, or otherwise."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import folders, part_names
from advisor.readers.labelling import label_files
from advisor.readers.labelling.label_files import FileLabels

MOST_LISTED = 200_000  # files looked at to tell the layout
SOME_ROWS = 2_000  # of a table, to tell whether it names the files
FLAT_SHARE = 0.5  # of the samples that lie beside class folders, from which these are no class folders
SERIAL = re.compile(
    r"(fold|part|shard|split|batch|chunk|disc|disk|cd|dir|set|group|session|sess|day|block|bag|folder)"
    r"[\s_.-]*\d+",
    re.I,
)
"""Folders that only keep files apart."""

FIGURES = re.compile(
    r"(^|[\W_])(fig|figure|plot|chart|diagram|asset|screenshot|result|output|report|doc|visuali[sz]ation)s?"
    r"($|[\W_])",
    re.I,
)
"""Folders whose pictures show data, or a program, and are none."""

SHOWN = frozenset(
    {".csv", ".tsv", ".npy", ".npz", ".parquet", ".nc", ".h5", ".hdf5", ".mat", ".arff", ".ts", ".jsonl",
     ".wav", ".flac", ".mp3", ".ogg", ".mp4", ".avi", ".mov", ".mkv", ".webm", ".fasta", ".fa"}
)  # fmt: skip
"""Suffixes of files of data that pictures may show."""

Dirs = tuple[str, ...]
"""The folders that a file lies in, below the data folder."""


@dataclass(frozen=True)
class Survey:
    """The names below a folder, in no order: samples, the folders of each (below the top), other files."""

    samples: list[os.DirEntry[str]]
    dirs: list[Dirs]
    others: list[os.DirEntry[str]]

    def table(self, root: Path) -> FileLabels | None:
        """The table that names the samples, by some of its rows; None where there is none."""
        start = len(os.path.join(root, ""))
        files, others = (
            [entry.path[start:].replace(os.sep, "/") for entry in entries]
            for entries in (self.samples, self.others)
        )
        return label_files.find(root, files, others, most_rows=SOME_ROWS)


def survey(root: Path, suffixes: Collection[str], *, enough: int = MOST_LISTED) -> Survey:
    """Names of up to MOST_LISTED files, or until there are `enough` samples; of links to folders only those
    at the top are followed."""
    found = Survey([], [], [])
    waiting: list[tuple[str, Dirs]] = [(str(root), ())]
    while waiting and len(found.samples) < enough and len(found.others) < MOST_LISTED:
        place, below = waiting.pop()
        try:
            shown = folders.visible(Path(place))
        except NoDataError:
            continue
        for entry in shown:
            if folders.suffix(entry.name) in suffixes and entry.is_file():
                found.samples.append(entry)
                found.dirs.append(below)
            elif entry.is_dir(follow_symlinks=not below):
                waiting.append((entry.path, (*below, entry.name)))
            elif entry.is_file():
                found.others.append(entry)
    return found


def are_figures(root: Path, found: Survey) -> bool:
    """Whether all pictures lie in folders of figures, and what these may show lies beside them: no table that
    names them."""
    shown = all(any(FIGURES.search(name) for name in below) for below in found.dirs)
    beside = any(folders.suffix(entry.name) in SHOWN for entry in found.others)
    return bool(found.samples) and shown and beside and found.table(root) is None


def class_names(dirs: Sequence[Dirs]) -> list[str]:
    """[sample] the class folder that each lies in; "" for all where folders are no classes.

    Folders around all samples, folders of parts and what is around all samples of a part are left out.
    """
    inner = _without_wrappers(dirs)
    heads = [below[0] if below else "" for below in inner]
    if _are_parts(set(heads) - {""}):
        heads = [""] * len(heads)
        parts = [below[0].lower() if below else "" for below in inner]
        for part in set(parts) - {""}:
            places = [place for place, name in enumerate(parts) if name == part]
            within = _without_wrappers([inner[place][1:] for place in places])
            if _are_classes([below[0] if below else "" for below in within]):
                for place, below in zip(places, within, strict=True):
                    heads[place] = below[0] if below else ""
        return heads
    return heads if _are_classes(heads) else [""] * len(heads)


def _are_parts(names: set[str]) -> bool:
    """`train` and `test1`, or `seg_train` and `seg_test`; `steam train` and `freight train` are classes."""
    within = {part_names.part_within(name) for name in names}
    is_each_one = None not in within and len(within) == len(names)
    return bool(names) and (is_each_one or all(map(part_of_folder, names)))


def _without_wrappers(dirs: Sequence[Dirs]) -> list[Dirs]:
    """The folders without those that all samples lie in."""
    first, last = min(dirs, default=()), max(dirs, default=())  # what these two share, all share
    pairs = enumerate(zip(first, last, strict=False))
    common = next((i for i, (one, other) in pairs if one != other), min(len(first), len(last)))
    return [below[common:] for below in dirs]


def _are_classes(heads: Sequence[str]) -> bool:
    names = set(heads) - {""}
    if len(names) < 2 or sum(not head for head in heads) > FLAT_SHARE * len(heads):
        return False
    return not all(SERIAL.fullmatch(name) for name in names)


def part_of_folder(name: str) -> str:
    """The part of a folder: `train`, `test1`."""
    return part_names.part_of(name.rstrip("0123456789")) or ""
