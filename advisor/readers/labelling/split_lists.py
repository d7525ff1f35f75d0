"""Parts told by lists of files beside class folders: `validation_list.txt`, `meta/test.txt`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from advisor.readers import folders, part_names

SUFFIXES = (".txt", ".lst")
LIST_BYTES = 16 * 2**20  # of one list of names; a million names have about that
MOST_LISTS = 50  # files looked at in a folder without samples
MATCHED = 0.8  # share of the lines of a list that must name files


def parts(root: Path, files: Sequence[str]) -> list[str] | None:
    """[file] "train", "validation" or "test" by the lists below `root`; None where there are none.

    A line begins with a path or the name of a file. Files that no list names are for training where no list
    is, else in no part. Of several splits (`trainlist01`, `trainlist02`) the first counts.

    Args:
        files: paths of the samples below `root`, with `/` between folders.
    """
    known = {_short(name): place for place, name in enumerate(files)}
    found: dict[int, str] = {}
    told: set[str] = set()
    for where in _lists(root, files):
        part = _part(where)
        if part is None or part in told:
            continue
        lines = _lines(root / where)
        places = [known.get(_short(line)) for line in lines]
        hits = [place for place in places if place is not None]
        if not lines or len(hits) < MATCHED * len(lines):
            continue
        told.add(part)
        for place in hits:
            found.setdefault(place, part)
    if not told - {"train"}:
        return None
    return [found.get(place, "" if "train" in told else "train") for place in range(len(files))]


def _lists(root: Path, files: Sequence[str]) -> list[str]:
    """Files that may be lists: above the class folders, and in folders beside those on the way to them."""
    shared = os.path.commonpath([os.path.dirname(name) for name in files]).split("/") if files else []
    levels = ["/".join(shared[:count]) for count in range(len(shared) + 1)]
    ways = {name[len(level) :].lstrip("/").split("/")[0] for level in levels for name in files}
    found: list[str] = []
    for level in dict.fromkeys(levels):
        for entry in folders.visible(root / level):
            within = [entry]
            if entry.is_dir():
                within = [] if entry.name in ways else folders.visible(Path(entry.path))[:MOST_LISTS]
            paths = (os.path.relpath(one.path, root).replace(os.sep, "/") for one in within if one.is_file())
            found += [path for path in paths if folders.suffix(path) in SUFFIXES]
    return sorted(found)


def _part(where: str) -> str | None:
    """The part that the name of a list says; `validation` of `validation_list`, `test` of `testlist01`."""
    stem = re.sub(r"[\d_.-]+$", "", Path(where).stem.lower())
    return part_names.part_of(re.sub(r"[_.-]?(list|files|names|split)$", "", stem))


def _short(path: str) -> str:
    """`cat/1` of `images/cat/1.jpg`: several folders may hold files of one name."""
    pieces = path.replace("\\", "/").split("/")[-2:]
    stem, _, ending = pieces[-1].rpartition(".")
    return "/".join(
        [*pieces[:-1], stem if stem and len(ending) <= 5 and not ending.isdigit() else pieces[-1]]
    )


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            text = file.read(LIST_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return [line.split()[0] for line in text.splitlines() if line.strip()]
