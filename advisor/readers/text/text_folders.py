"""Texts that are a file each: a folder per class, or the class at the beginning of the file's name."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import DataError, UnreadableSampleError
from advisor.readers.labels import check_labels, label_array, parts_array, target_spec
from advisor.readers.source import Skipped, Source
from advisor.readers.text.letters import token_axis
from advisor.readers.text.text_files import read_text
from advisor.readers.text.text_source import text_source
from advisor.readers.text.text_survey import TextFile, part_in, reads_as_text

FORMAT = "text-folder"
WITHOUT_LABEL = frozenset({"unsup", "unsupervised", "unlabelled", "unlabeled", "unlab"})
CHECKED = 40  # files that are opened to see that they are texts
MOSTLY = 0.8  # share of them that must be
REPEATED = 0.6  # different inner names over inner folders, below which the inner folders are the classes
LEAST_PER_CLASS = 2  # files per folder on average; single ones are no classes
LEAST_NAMED, MOST_NAMED = 20, 50  # files in one folder, and classes that their names may begin with
MAX_BYTES = 16 * 2**20  # of one text; a longer one is a corpus and no sample
HEADS = 400  # texts that are read to tell words from letters


@dataclass(frozen=True)
class Labelled:
    """Files with their label ("" where they have none) and part, and those that have no place."""

    files: tuple[TextFile, ...]
    labels: tuple[str, ...]
    beside: tuple[TextFile, ...] = ()


def match(files: Sequence[TextFile]) -> Labelled | None:
    """Texts in class folders, or with the class in their name; None where there are no classes."""
    found = _by_folder(files) or _by_name(files)
    if found is None:
        return None
    seen = found.files[:: max(1, len(found.files) // CHECKED)]
    texts = sum(bool(file.lines) and reads_as_text(file.lines) for file in seen if file.size)
    return found if texts >= MOSTLY * sum(file.size > 0 for file in seen) > 0 else None


def read(path: Path, found: Labelled, skipped: Sequence[Skipped]) -> Source:
    """Each sample a whole text; folders called `unsup` hold texts without label.

    Raises:
        DataError: a class of the validation or test part that training lacks.
    """
    root = path if path.is_dir() else path.parent
    whole = [i for i, file in enumerate(found.files) if file.size > 0]
    files = [found.files[i] for i in whole]
    labels = [found.labels[i] for i in whole]
    parts = [
        _part(file) if label or _part(file) == "test" else ""
        for file, label in zip(files, labels, strict=True)
    ]
    check_labels(path, labels, parts)
    empty = [Skipped(_id(file, root), "an empty file") for file in found.files if not file.size]
    beside = [Skipped(_id(file, root), "not in a class folder of texts") for file in found.beside]
    array, given = label_array(labels), parts_array(parts)
    return text_source(
        path,
        FORMAT,
        [_id(file, root) for file in files],
        lambda i: _document(files[i].path),
        token_axis(_heads(files)),
        target_spec("label", array),
        labels=array,
        parts=given,
        files=[file.path for file in files],
        skipped=(*skipped, *empty, *beside),
    )


def unlabelled(path: Path, files: Sequence[TextFile]) -> Source:
    """Texts, a file each, without labels."""
    root = path if path.is_dir() else path.parent
    return text_source(
        path,
        FORMAT,
        [_id(file, root) for file in files],
        lambda i: _document(files[i].path),
        token_axis(_heads(files)),
        None,
    )


def _document(path: Path) -> str:
    try:
        return read_text(path, MAX_BYTES)
    except (DataError, OSError) as error:
        raise UnreadableSampleError(str(error)) from error


def _heads(files: Sequence[TextFile]) -> list[str]:
    return ["\n".join(file.head) for file in files[:: max(1, len(files) // HEADS)]]


def _id(file: TextFile, root: Path) -> str:
    return os.fspath(file.path)[len(os.fspath(root)) + 1 :].replace(os.sep, "/")


def _part(file: TextFile) -> str:
    return next((part for part in map(part_in, file.places) if part), "")


# --- classes by folders -------------------------------------------------------------------------------


def _by_folder(files: Sequence[TextFile]) -> Labelled | None:
    places = [tuple(name for name in file.places if not part_in(name)) for file in files]
    split = any(len(own) < len(file.places) for own, file in zip(places, files, strict=True))
    level = _class_level(places)
    if level is None:
        return None
    kept, labels, beside = [], [], []
    for file, own in zip(files, places, strict=True):
        if len(own) > level:
            kept.append(file)
            labels.append("" if own[level].lower() in WITHOUT_LABEL else own[level])
        elif split and _part(file) == "test":  # a test part whose labels are kept back
            kept.append(file)
            labels.append("")
        else:
            beside.append(file)
    counts = Counter(label for label in labels if label)
    if len(counts) < 2 or counts.total() < LEAST_PER_CLASS * len(counts) or counts.total() < len(files) / 2:
        return None
    return Labelled(tuple(kept), tuple(labels), tuple(beside))


def _class_level(places: Sequence[tuple[str, ...]]) -> int | None:
    """How deep the folders are that name classes: the first that differ, or the same in each of those."""
    depth = max(map(len, places), default=0)
    for level in range(depth):
        names = {own[level] for own in places if len(own) > level}
        if len(names) < 2:
            continue
        inner = {own[level : level + 2] for own in places if len(own) > level + 1}
        inside = {pair[1] for pair in inner}
        deep = sum(len(own) > level + 1 for own in places) > 0.9 * sum(len(own) > level for own in places)
        if deep and len(inside) >= 2 and len(inside) <= REPEATED * len(inner):
            return level + 1
        return level
    return None


def _by_name(files: Sequence[TextFile]) -> Labelled | None:
    """`ham_012.txt` and `spam-7.txt`: letters, then a number, in one folder."""
    if len(files) < LEAST_NAMED:
        return None
    found = [re.match(r"([A-Za-z]+)[ _.-]*\d[\w.-]*$", file.stem) for file in files]
    labels = [name.group(1).lower() if name else "" for name in found]
    counts = Counter(labels)
    if "" in counts or not 2 <= len(counts) <= min(MOST_NAMED, len(files) / LEAST_NAMED * 4):
        return None
    return Labelled(tuple(files), tuple(labels)) if min(counts.values()) >= LEAST_PER_CLASS else None
