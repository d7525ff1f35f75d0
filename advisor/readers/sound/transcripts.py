"""A text for every sound file, in a file of the same name: `a.wav` and `a.txt`, in one folder or in two."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from advisor.readers import folders
from advisor.readers.labels import LEAST_PER_CLASS

SUFFIXES = frozenset({".txt", ".lab"})
LEAST_SHARE = 0.5  # of the sound files that must have a text
READ = 200  # texts read to tell whether they are classes
MOST_BYTES = 65_536  # of one text
MOST_CLASS_WORDS = 3


def beside(files: Sequence[str], others: Sequence[str]) -> list[str] | None:
    """[file] the path of the text of each file, found by its name, "" where it has none; None where most have
    none. Of texts of the same name that in a folder of the same name is taken.

    Args:
        files: paths of the sound files below the data folder.
        others: paths of all other files.
    """
    by_name: dict[str, list[str]] = {}
    for path in others:
        if folders.suffix(path) in SUFFIXES:
            by_name.setdefault(_stem(path), []).append(path)
    if len(by_name) < LEAST_SHARE * len(files):
        return None
    found = [_nearest(file, by_name.get(_stem(file), [])) for file in files]
    return found if sum(map(bool, found)) >= LEAST_SHARE * len(files) else None


def classes(root: Path, texts: Sequence[str]) -> list[str] | None:
    """[file] the texts themselves where they are few words that repeat; None where they are transcripts."""
    known = [text for text in texts if text]
    sample = [_content(root / text) for text in known[:: max(1, len(known) // READ)]]
    short = all(0 < len(text.split()) <= MOST_CLASS_WORDS for text in sample)
    if not short or len(set(sample)) * LEAST_PER_CLASS > len(sample):
        return None
    return [_content(root / text) if text else "" for text in texts]


def _stem(path: str) -> str:
    return os.path.splitext(path.rpartition("/")[2])[0].lower()


def _nearest(file: str, texts: Sequence[str]) -> str:
    folder = file.rpartition("/")[0]
    for same in (folder, folder.rpartition("/")[2]):
        near = [text for text in texts if text.rpartition("/")[0].endswith(same)]
        if len(near) == 1:
            return near[0]
    return texts[0] if len(texts) == 1 else ""


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""
