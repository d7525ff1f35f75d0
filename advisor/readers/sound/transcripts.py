"""A text for every sound file: in a file of the same name (`a.wav` and `a.txt`, in one folder or in two), or
in Kaldi's files without suffix (https://kaldi-asr.org/doc/data_prep.html)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from advisor.readers import folders
from advisor.readers.file_names import Names
from advisor.readers.labels import LEAST_PER_CLASS

SUFFIXES = (".txt", ".lab", ".text", ".words", ".wrd", ".trn", ".transcript")  # the likeliest first
KALDI_TEXTS, KALDI_FILES, KALDI_PIECES = "text", "wav.scp", "segments"
MOST_KALDI_BYTES = 2**26  # of one of these files: half a million utterances
LEAST_SHARE = 0.5  # of the sound files that must have a text
READ = 200  # texts read to tell whether they are classes
MOST_BYTES = 65_536  # of one text
MOST_CLASS_WORDS = 3


def beside(files: Sequence[str], others: Sequence[str]) -> list[str] | None:
    """[file] the path of the text of each file, found by its name, "" where it has none; None where most have
    none. Of texts of the same name that in a folder of the same name is taken, else that of the commonest
    kind.

    Args:
        files: paths of the sound files below the data folder.
        others: paths of all other files.
    """
    by_name: dict[str, list[str]] = {}
    for path in others:
        if is_text(path):
            by_name.setdefault(stem_of(path), []).append(path)
    if len(by_name) < LEAST_SHARE * len(files):
        return None
    counts = Counter(kind(text) for file in files for text in by_name.get(stem_of(file), []))
    kinds = sorted(counts, key=lambda one: (-counts[one], SUFFIXES.index(one[1]), one))
    found = [_nearest(file, by_name.get(stem_of(file), []), kinds) for file in files]
    return found if sum(map(bool, found)) >= LEAST_SHARE * len(files) else None


def classes(root: Path, texts: Sequence[str]) -> list[str] | None:
    """[file] the texts themselves where they are few words that repeat; None where they are transcripts."""
    known = [text for text in texts if text]
    if not are_classes([_content(root / text) for text in known[:: max(1, len(known) // READ)]]):
        return None
    return [_content(root / text) if text else "" for text in texts]


def are_classes(texts: Sequence[str]) -> bool:
    """Whether texts are few words that repeat."""
    short = all(0 < len(text.split()) <= MOST_CLASS_WORDS for text in texts)
    return short and len(set(texts)) * LEAST_PER_CLASS <= len(texts)


def kind(text: str) -> tuple[str, str]:
    """The folder and the suffix of a text, which may be a transcript, or a translation beside it."""
    return text.rpartition("/")[0].rpartition("/")[2], folders.suffix(text)


def by_kaldi(root: Path, files: Sequence[str], others: Sequence[str]) -> dict[int, tuple[str, str]]:
    """File -> its text and the folder that tells it, where folders hold Kaldi's `text` and `wav.scp`; empty
    where there are none, or most files have no text, or utterances are pieces of recordings.

    Paths in `wav.scp` are only held against the names of the sound files.
    """
    names, there = Names(files), set(others)
    found: dict[int, tuple[str, str]] = {}
    for path in sorted(there):
        folder, slash, name = path.rpartition("/")
        if name != KALDI_TEXTS or folder + slash + KALDI_FILES not in there:
            continue
        if folder + slash + KALDI_PIECES in there:
            return {}
        sounds = dict(_kaldi_lines(root / (folder + slash + KALDI_FILES)))
        for utterance, text in _kaldi_lines(root / path):
            words = sounds.get(utterance, "").split()  # a path, or a command that decodes one
            places = {place for word in words for place in names.find(word, "")}
            if len(places) == 1:
                found[places.pop()] = text, folder
    return found if len(found) >= LEAST_SHARE * len(files) else {}


def _kaldi_lines(path: Path) -> list[tuple[str, str]]:
    """The first word of each line, and what follows it."""
    pairs = [line.split(None, 1) for line in _content(path, MOST_KALDI_BYTES).splitlines()]
    return [(pair[0], pair[1].strip()) for pair in pairs if len(pair) == 2]


def is_text(path: str) -> bool:
    """Whether a file may hold the text of a sound."""
    return folders.suffix(path) in SUFFIXES


def stem_of(path: str) -> str:
    """The name in small letters without its suffix."""
    return os.path.splitext(path.rpartition("/")[2])[0].lower()


def _nearest(file: str, texts: Sequence[str], kinds: Sequence[tuple[str, str]]) -> str:
    folder = file.rpartition("/")[0]
    for same in (folder, folder.rpartition("/")[2]):
        near = [text for text in texts if text.rpartition("/")[0].endswith(same)]
        if len(near) == 1:
            return near[0]
    around = folder.rpartition("/")[0]
    near = [text for text in texts if text.startswith(f"{around}/" if around else "")]
    for one in kinds:
        same_kind = [text for text in near if kind(text) == one]
        if len(same_kind) == 1:
            return same_kind[0]
    return texts[0] if len(texts) == 1 else ""


def _content(path: Path, most: int = MOST_BYTES) -> str:
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace").strip()
    except OSError:
        return ""
