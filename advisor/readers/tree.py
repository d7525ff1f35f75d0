"""The names of all files below a folder, at once: what pairs and annotations are found out from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import folders, part_names
from advisor.readers.sample_folders import Found
from advisor.readers.source import Skipped

MOST_FILES = 1_000_000  # names kept of one folder, about 100 MB
GLUED = re.compile(r"(?<=[a-z])[0-9]+$")  # `train2017`
SHORT = {"tr": "train", "ts": "test", "va": "validation", "vl": "validation"}
"""Suffixes of folders as the Medical Segmentation Decathlon has them: `imagesTr`, `labelsTs`."""
LIST_BYTES = 16 * 2**20  # of one list of names; a million names have about that


def names_below(root: Path) -> list[str]:
    """Paths below `root` with `/` between folders, of every visible file; a link upwards is not followed."""
    kept = folders.kept_names()
    if root in kept:
        return kept[root]
    names: list[str] = []
    for name in _names(os.fspath(root), "", (_identity(root),)):
        names.append(name)
        if len(names) >= MOST_FILES:
            break
    kept[root] = names
    return names


def stem(name: str) -> str:
    """`a/b/c` of `a/b/c.nii.gz`: the path without the suffix."""
    return folders.stem(name)


def without_wrappers(names: Iterable[str]) -> dict[str, str]:
    """Each name to what is left of it without the folders that all of them share."""
    kept = list(names)
    shared = os.path.commonpath([os.path.dirname(name) for name in kept]) if kept else ""
    start = len(shared) + 1 if shared else 0
    return {name: name[start:] for name in kept}


def part_of_path(name: str) -> str:
    """The part that the folders of a path say, the deepest first, then its file name; "" where none."""
    *above, last = name.split("/")
    for piece in reversed(above):
        if part := part_of_name(piece):
            return part
    words = folders.suffix(last) == ".json" and part_of_name(stem(last))
    return words or ""


def part_of_name(piece: str) -> str | None:
    """As `part_names.part_of` and `part_within`, and `train2017`, `imagesTr` besides."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", piece)
    words = [GLUED.sub("", word) for word in re.split(r"[^0-9a-z]+", spaced.lower()) if word]
    words = [SHORT.get(word, word) if len(words) > 1 else word for word in words]
    return part_names.part_within(" ".join(words))


def part_lists(root: Path, names: Iterable[str]) -> dict[str, str]:
    """The part of each sample's bare name that lists such as `train.txt` or `ImageSets/Main/val.txt` give.

    A list has one sample a line: a bare name, a file or a path, of which the first word counts.
    """
    parts: dict[str, str] = {}
    for name in sorted(names):
        bare = name.rpartition("/")[2]
        if folders.suffix(bare) not in (".txt", ".lst") or not (part := part_names.part_of(stem(bare))):
            continue
        try:
            with (root / name).open("rb") as file:
                text = file.read(LIST_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        for line in text.splitlines():
            if words := line.split():
                parts.setdefault(stem(words[0].replace("\\", "/").rpartition("/")[2]), part)
    return parts


def _names(folder: str, prefix: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    try:
        shown = folders.visible(Path(folder))
    except NoDataError:  # a folder that may not be listed holds nothing for us
        return
    for entry in shown:
        if entry.is_file():
            yield prefix + entry.name
        elif entry.is_dir():
            here = _identity(Path(entry.path))
            if here not in above:
                yield from _names(entry.path, f"{prefix}{entry.name}/", (*above, here))


def _identity(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def found_at(path: Path, names: Iterable[str], parts: Mapping[str, str], what: str) -> Found:
    """The files of these names below `path`, with the part that a folder or `parts`, by bare name, gives.

    Raises:
        NoDataError: all of them are empty.
    """
    found = Found()
    for name in names:
        file = path / name
        if size := file.stat().st_size:
            bare = stem(name).rpartition("/")[2]
            found.add(file, "", part_of_path(name) or parts.get(bare, ""), size)
        else:
            found.skipped.append(Skipped(name, "an empty file"))
    if not found.files:
        raise NoDataError(f"{path}: all {what} are empty files: copy them again")
    return found
