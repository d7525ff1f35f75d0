"""Which files below a folder are samples, of which class, in which part; what is left out and why."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers.folders import HIDDEN, any_below, files_below, is_hidden, is_there, suffix, visible
from advisor.readers.labels import check_labels, spelled_alike
from advisor.readers.part_names import part_of, part_within
from advisor.readers.paths import Paths
from advisor.readers.source import Skipped

ROLES = frozenset(
    {"image", "images", "img", "imgs", "jpegimages", "label", "labels", "mask", "masks", "annotations",
     "segmentation", "segmentations", "groundtruth", "gt"}
)  # fmt: skip
"""Folder names that say what a file is for (a picture, its mask) and not which class it is."""


WHO = re.compile(r"(actor|speaker|spk|subject|subj|sub|person|user|patient|participant)[\s_.-]*\d+", re.I)
"""Folders of who it comes from: classes only where nothing else is."""

NO_CLASS = re.compile(
    r"(session|sess?|trial|run|rec|recording|take|day|visit|part|fold)?[\s_.-]*\d+|"
    r"anat|func|dwi|fmap|perf|beh|i?eeg|meg|pet|data|raw|processed",
    re.I,
)
"""What folders within those of a person are called that keep recordings apart, or say how one was made (also
by https://bids-specification.readthedocs.io) and not what it is of."""

SHARED = 0.5  # of the persons have a folder of that name, where it is one of a class
ASIDE, MOST_ASIDE = re.compile(r"_.+_"), 2  # `_background_noise_` beside so many class folders is none


@dataclass
class Found:
    """Sample files in a stable order, with the class and part that their folders give them."""

    files: Paths = field(default_factory=Paths)
    labels: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # bytes
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, path: str | Path, label: str, part: str, size: int) -> None:
        self.files.add(path)
        self.labels.append(label)
        self.parts.append(part)
        self.sizes.append(size)


def class_folders(root: Path, suffixes: Collection[str], what: str) -> Found:
    """The samples below `root`: a folder per class, with or without a folder per part around them.

    Folders with nothing but one folder in them are walked through. Pictures that lie flat in a part
    whose siblings have classes are samples without label.

    Raises:
        NoDataError: no sample, or folders that are pictures and masks and not classes.
        DataError: a class of the validation or test part that training lacks.
    """
    found = Found()
    level = _unwrap(root, suffixes, found)
    folders = [entry for entry in visible(level) if entry.is_dir()]
    folders = [entry for entry in folders if not _is_copy(entry, folders, level)]
    kept = [entry for entry in folders if any_below(Path(entry.path), suffixes)]
    with_samples = {entry.name for entry in kept}
    for entry in folders:
        if entry.name not in with_samples:
            found.skipped.append(Skipped(os.path.relpath(entry.path, root), f"a folder without {what}"))
    _skip_files(level, root, f"not in a class folder of {what}", found)
    flat = _flat_beside_parts(kept, suffixes)
    found.skipped += [Skipped(os.path.relpath(one.path, root), "beside the folders of parts") for one in flat]
    kept = [entry for entry in kept if entry not in flat]
    given = [part_of(entry.name) or part_within(entry.name) for entry in kept]
    if kept and all(given) and len(set(given)) == len(given):  # `steam train`, `freight train` are classes
        for entry, part in zip(kept, given, strict=True):
            _add_part(Path(entry.path), root, suffixes, what, part or "", found)
    else:
        _add_classes(_within_people(kept, suffixes), root, suffixes, what, "", found)
    if not found.files:
        raise NoDataError(
            f"{root}: no {what} in class folders were found: put each class in a folder of its own"
        )
    _without_wrapper_names(found)
    classes = sorted(set(found.labels) - {""})
    if classes and {label.lower() for label in classes} <= ROLES:
        raise NoDataError(
            f"{root}: the folders {', '.join(classes)} are parts of samples and not classes, and no pairs "
            f"were found in them: name each mask or box file like its {what[:-1]}, or put each class in a "
            "folder of its own"
        )
    found.labels = spelled_alike(found.labels, found.parts)
    check_labels(root, found.labels, found.parts)
    return found


def _flat_beside_parts(kept: list[os.DirEntry[str]], suffixes: Collection[str]) -> list[os.DirEntry[str]]:
    """Folders without class folders beside `train` and `test` that have some: no part and no class."""
    named = [part for entry in kept if (part := part_of(entry.name))]
    if "train" not in named or not 2 <= len(named) == len(set(named)):
        return []
    flat = [
        entry
        for entry in kept
        if not any(one.is_dir() and any_below(Path(one.path), suffixes) for one in visible(Path(entry.path)))
    ]
    return [] if any(part_of(entry.name) for entry in flat) else flat


def _within_people(folders: list[os.DirEntry[str]], suffixes: Collection[str]) -> list[os.DirEntry[str]]:
    """The class folders within those of each person (`subject1/walking`, `subject2/walking`); the folders
    themselves where they are no such."""
    if len(folders) < 2 or not all(WHO.fullmatch(entry.name) for entry in folders):
        return folders
    inner = [
        one
        for entry in folders
        for one in visible(Path(entry.path))
        if one.is_dir() and any_below(Path(one.path), suffixes)
    ]
    counts = Counter(one.name for one in inner)
    shared = all(count >= max(2.0, SHARED * len(folders)) for count in counts.values())
    named = not any(part_of(name) or NO_CLASS.fullmatch(name) or name.lower() in ROLES for name in counts)
    return inner if len(counts) > 1 and shared and named else folders


def _is_copy(entry: os.DirEntry[str], beside: list[os.DirEntry[str]], level: Path) -> bool:
    """Whether a folder is called as the one it lies in, and holds the folders that lie beside it again."""
    if entry.name.lower() != level.name.lower():
        return False
    inner = {one.name for one in visible(Path(entry.path)) if one.is_dir()}
    return len(inner) > 1 and inner <= {one.name for one in beside}


def _without_wrapper_names(found: Found) -> None:
    """Takes the label from pictures of a part that all lie in one folder which is no class of training:
    `val/images/` beside `train/n01443537/`."""
    for part in set(found.parts) - {"", "train"}:
        names = {label for label, own in zip(found.labels, found.parts, strict=True) if own == part}
        trained = {label for label, own in zip(found.labels, found.parts, strict=True) if own == "train"}
        if len(names) == 1 and len(trained) > 1 and not names & trained:
            found.labels = [
                "" if own == part else label for label, own in zip(found.labels, found.parts, strict=True)
            ]
            found.parts = ["" if own == part else own for own in found.parts]


def flat_files(path: Path, suffixes: Collection[str], what: str) -> Found:
    """Samples without labels: one file, or all files below a folder."""
    found = Found()
    if path.is_file():
        found.add(path, "", "", path.stat().st_size)
        return found
    _take(files_below(path), path, suffixes, what, "", "", found)
    if not found.files:
        raise NoDataError(f"{path}: holds no {what}: give a file or a folder of {what}")
    return found


def _unwrap(level: Path, suffixes: Collection[str], found: Found) -> Path:
    """Walks down while one folder holds everything and is not itself a class."""
    root = level
    while True:
        folders = [e for e in visible(level) if e.is_dir() and any_below(Path(e.path), suffixes)]
        flat = any(e.is_file() and suffix(e.name) in suffixes for e in visible(level))
        if len(folders) != 1 or flat:
            return level
        inner = Path(folders[0].path)
        if not any(e.is_dir() and any_below(Path(e.path), suffixes) for e in visible(inner)):
            return level
        _skip_files(level, root, "beside the folder of samples", found)
        level = inner


def _skip_files(level: Path, root: Path, reason: str, found: Found) -> None:
    with os.scandir(level) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if is_hidden(entry.name):
                found.skipped.append(Skipped(os.path.relpath(entry.path, root), "hidden"))
            elif is_there(entry) and entry.is_file():
                found.skipped.append(Skipped(os.path.relpath(entry.path, root), reason))


def _add_part(
    folder: Path, root: Path, suffixes: Collection[str], what: str, part: str, found: Found
) -> None:
    level = _unwrap(folder, suffixes, found)
    classes = [e for e in visible(level) if e.is_dir()]
    if any(any_below(Path(entry.path), suffixes) for entry in classes):
        _skip_files(level, root, f"not in a class folder of {what}", found)
        _add_classes(_within_people(classes, suffixes), root, suffixes, what, part, found)
        return
    _take(files_below(level), root, suffixes, what, "", "", found)


def _add_classes(
    classes: list[os.DirEntry[str]], root: Path, suffixes: Collection[str], what: str, part: str, found: Found
) -> None:
    for entry in classes:
        if ASIDE.fullmatch(entry.name) and len(classes) > MOST_ASIDE:
            found.skipped.append(Skipped(os.path.relpath(entry.path, root), "set apart by its name"))
            continue
        before = len(found.files)
        _take(files_below(Path(entry.path)), root, suffixes, what, entry.name, part, found)
        _skip_hidden(Path(entry.path), root, found)
        if len(found.files) == before:
            found.skipped.append(Skipped(os.path.relpath(entry.path, root), f"a folder without {what}"))


def _skip_hidden(folder: Path, root: Path, found: Found) -> None:
    with os.scandir(folder) as entries:
        names = sorted(one.path for one in entries if one.name[0] == "." or one.name in HIDDEN)
    found.skipped.extend(Skipped(os.path.relpath(name, root), "hidden") for name in names)


def _take(
    entries: Iterable[os.DirEntry[str]],
    root: Path,
    suffixes: Collection[str],
    what: str,
    label: str,
    part: str,
    found: Found,
) -> None:
    for entry in entries:
        if suffix(entry.name) not in suffixes:
            found.skipped.append(Skipped(os.path.relpath(entry.path, root), f"not one of the {what}"))
        elif (size := entry.stat().st_size) == 0:
            found.skipped.append(Skipped(os.path.relpath(entry.path, root), "an empty file"))
        else:
            found.add(entry.path, label, part, size)
