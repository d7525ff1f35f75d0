"""Walking folders: which files are samples, of which class, in which part; what is left out and why."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import limits
from advisor.readers.labels import check_labels, spelled_alike
from advisor.readers.paths import Paths, texts_of
from advisor.readers.source import Skipped

PARTS = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "trainval": "train",
    "val": "validation",
    "valid": "validation",
    "validate": "validation",
    "validation": "validation",
    "dev": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "t10k": "test",
}
"""The part that a word in a file's or folder's name stands for."""

FILLERS = frozenset({"set", "split", "data", "dataset", "images", "image", "img", "imgs", "videos", "clips"})
ROLES = frozenset(
    {"image", "images", "img", "imgs", "jpegimages", "label", "labels", "mask", "masks", "annotations",
     "segmentation", "segmentations", "groundtruth", "gt"}
)  # fmt: skip
"""Folder names that say what a file is for (a picture, its mask) and not which class it is."""

ASIDE, MOST_ASIDE = re.compile(r"_.+_"), 2  # `_background_noise_` beside so many class folders is none
HIDDEN = frozenset({"__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "Thumbs.db", "desktop.ini"})
NEAR_DEPTH, NEAR_FOLDERS = 3, 20  # folders around a few files, and folders looked into in each
SNIFF_ENOUGH = 1_000  # sample files after which counting more of them decides nothing
MOST_KEPT = 2**18  # suffixes of file names that are kept, about 40 MB with the names
DIGIT_BYTES = bytes.maketrans(b"123456789", b"000000000")
DIGITS = str.maketrans("123456789", "000000000")


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


def part_of(name: str) -> str | None:
    """The part that a whole name stands for: `Train`, `test_set`, `val-images`; None for `training bus`."""
    words = [word for word in _words(name) if word not in FILLERS]
    return PARTS.get(words[0]) if len(words) == 1 else None


def part_within(name: str) -> str | None:
    """The part named by one word of a longer name: `GunPoint_TRAIN`, `seg_test`, `y_val`."""
    found = {PARTS[word] for word in _words(name) if word in PARTS}
    return found.pop() if len(found) == 1 else None


def is_hidden(name: str) -> bool:
    """Files that systems leave behind: dot files, `__MACOSX`, `Thumbs.db`."""
    return name.startswith(".") or name in HIDDEN


def listed(folder: str | Path) -> list[os.DirEntry[str]]:
    """Files and folders that are not hidden, in no order; no pipes, devices, or links that lead nowhere or
    out of the data (see `limits`).

    Raises:
        OSError: it cannot be listed.
    """
    with os.scandir(folder) as entries:
        shown = [one for one in entries if one.name[0] != "." and one.name not in HIDDEN]  # as `is_hidden`
    try:
        there = [entry for entry in shown if entry.is_file() or entry.is_dir()]
    except OSError:
        there = [entry for entry in shown if _is_there(entry)]
    return limits.kept(folder, there)


def _is_there(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() or entry.is_dir()
    except OSError:  # a link to itself, or to what may not be looked at
        return False


@dataclass(frozen=True)
class Listed:
    """What is kept while all readers ask for it.

    Attributes:
        entries: of each folder, by its path.
        endings: the suffixes of the files right in each folder.
        below: the suffixes of all files at any depth.
        names: of all files at any depth, as `tree.names_below` gives them.
    """

    entries: dict[str, list[os.DirEntry[str]]] = field(default_factory=dict)
    endings: dict[str, set[str]] = field(default_factory=dict)
    below: dict[Path, set[str]] = field(default_factory=dict)
    names: dict[Path, list[str]] = field(default_factory=dict)


_listed: ContextVar[Listed | None] = ContextVar("_listed", default=None)


@contextmanager
def listed_once() -> Iterator[None]:
    """Meanwhile each folder is listed and sorted once."""
    token = _listed.set(Listed())
    try:
        yield
    finally:
        _listed.reset(token)


def kept_names() -> dict[Path, list[str]]:
    """Names of all files below folders, kept while `listed_once` lasts; else kept nowhere."""
    listed = _listed.get()
    return {} if listed is None else listed.names


def visible(folder: Path) -> list[os.DirEntry[str]]:
    """As `listed`, by name (numbers by value: 2 before 10); raises NoDataError."""
    kept = _listed.get()
    if kept is None:
        return _list(folder)
    place = os.fspath(folder)
    if place not in kept.entries:
        kept.entries[place] = _list(folder)
    return kept.entries[place]


def _list(folder: Path) -> list[os.DirEntry[str]]:
    try:
        shown = listed(folder)
    except OSError as error:
        raise NoDataError(f"{folder}: cannot be listed ({error.strerror}): check its permissions") from error
    alike = {os.fsencode(entry.name).translate(DIGIT_BYTES) for entry in shown}
    if len(alike) == 1:  # numbers of one width sort as they are
        return sorted(shown, key=lambda entry: entry.name)
    return sorted(shown, key=lambda entry: natural(entry.name))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts `IMG_2` before `IMG_10`."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(piece), piece) if "0" <= piece[0] <= "9" else (1, 0, piece) for piece in pieces)


def files_below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Every visible file at any depth; a link back to a folder above is not followed."""
    yield from _files_below(folder, (_identity(folder),))


def nearest(path: Path, wanted: Callable[[str], bool], suffixes: Collection[str] | None = None) -> list[Path]:
    """The files with a wanted name in the folder, or in the first below it that has any (at most NEAR_DEPTH
    folders down), by name.

    Args:
        suffixes: all that a wanted name may have, which spares asking for every name; any if None.
    """
    waiting = [(path, 0)]
    while waiting:
        folder, depth = waiting.pop(0)
        shown = visible(folder)
        if suffixes is None or holds_any(folder, suffixes):
            found = [Path(entry.path) for entry in shown if wanted(entry.name) and entry.is_file()]
            if found:
                return found
        inner = [Path(entry.path) for entry in shown if entry.is_dir()][:NEAR_FOLDERS]
        waiting = [*((one, depth + 1) for one in inner if depth < NEAR_DEPTH), *waiting]
    return []


def has_any(folder: Path, suffixes: Collection[str]) -> bool:
    """Whether any visible file at any depth has one of these suffixes; quick when asked again."""
    listed = _listed.get()
    if listed is None:
        return _any_sample(folder, suffixes)
    known = listed.below.get(folder)
    if known is None:
        known = listed.below[folder] = {suffix(entry.name) for entry in files_below(folder)}
    return not known.isdisjoint(suffixes)


def holds_any(folder: Path, suffixes: Collection[str]) -> bool:
    """Whether any visible entry right in the folder has one of these suffixes; quick when asked again."""
    listed = _listed.get()
    place = os.fspath(folder)
    known = None if listed is None else listed.endings.get(place)
    if known is None:
        known = {suffix(entry.name) for entry in visible(folder)}
        if listed is not None:
            listed.endings[place] = known
    return not known.isdisjoint(suffixes)


def count_samples(path: Path, suffixes: Collection[str]) -> int:
    """Files with one of these suffixes inside subfolders of `path`, counted up to SNIFF_ENOUGH."""
    count = 0
    for entry in (entry for entry in visible(path) if entry.is_dir()):
        for file in files_below(Path(entry.path)):
            count += suffix(file.name) in suffixes
            if count >= SNIFF_ENOUGH:
                return count
    return count


@functools.lru_cache(maxsize=MOST_KEPT)  # every reader asks for those of all files
def suffix(name: str) -> str:
    """`.jpg` of `A.JPG`, `.nii.gz` of a packed volume; the empty string where there is none."""
    if name[-7:].lower() == ".nii.gz":
        return ".nii.gz"
    return os.path.splitext(name)[1].lower()


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
    kept = [entry for entry in folders if _any_sample(Path(entry.path), suffixes)]
    with_samples = {entry.name for entry in kept}
    for entry in folders:
        if entry.name not in with_samples:
            found.skipped.append(Skipped(os.path.relpath(entry.path, root), f"a folder without {what}"))
    _skip_files(level, root, f"not in a class folder of {what}", found)
    given = [part_of(entry.name) or part_within(entry.name) for entry in kept]
    if kept and all(given) and len(set(given)) == len(given):  # `steam train`, `freight train` are classes
        for entry, part in zip(kept, given, strict=True):
            _add_part(Path(entry.path), root, suffixes, what, part or "", found)
    else:
        _add_classes(kept, root, suffixes, what, "", found)
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


def relative(root: Path, files: Sequence[Path]) -> list[str]:
    """Paths below `root`, with `/` between folders."""
    start = len(os.path.join(root, "")) if root.parts else 0  # paths below `.` do not begin with it
    names = [text[start:] for text in texts_of(files)]
    return names if os.sep == "/" else [name.replace(os.sep, "/") for name in names]


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    words = [word for word in re.split(r"[^0-9a-z]+", spaced.lower()) if word]
    return [
        re.sub(r"(?<=[a-z])(set|data)$", "", word) if word[:2] in ("tr", "te", "va") else word
        for word in words
    ]


def _identity(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _files_below(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[os.DirEntry[str]]:
    for entry in visible(folder):
        if entry.is_file():
            yield entry
        elif entry.is_dir():
            upwards = entry.is_symlink() and folder.resolve().is_relative_to(os.path.realpath(entry.path))
            here = _identity(Path(entry.path))
            if not upwards and here not in above:
                yield from _files_below(Path(entry.path), (*above, here))


def _any_sample(folder: Path, suffixes: Collection[str]) -> bool:
    return any(suffix(entry.name) in suffixes for entry in files_below(folder))


def _unwrap(level: Path, suffixes: Collection[str], found: Found) -> Path:
    """Walks down while one folder holds everything and is not itself a class."""
    root = level
    while True:
        folders = [e for e in visible(level) if e.is_dir() and _any_sample(Path(e.path), suffixes)]
        flat = any(e.is_file() and suffix(e.name) in suffixes for e in visible(level))
        if len(folders) != 1 or flat:
            return level
        inner = Path(folders[0].path)
        if not any(e.is_dir() and _any_sample(Path(e.path), suffixes) for e in visible(inner)):
            return level
        _skip_files(level, root, "beside the folder of samples", found)
        level = inner


def _skip_files(level: Path, root: Path, reason: str, found: Found) -> None:
    with os.scandir(level) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if is_hidden(entry.name):
                found.skipped.append(Skipped(os.path.relpath(entry.path, root), "hidden"))
            elif _is_there(entry) and entry.is_file():
                found.skipped.append(Skipped(os.path.relpath(entry.path, root), reason))


def _add_part(
    folder: Path, root: Path, suffixes: Collection[str], what: str, part: str, found: Found
) -> None:
    level = _unwrap(folder, suffixes, found)
    classes = [e for e in visible(level) if e.is_dir()]
    if any(_any_sample(Path(entry.path), suffixes) for entry in classes):
        _skip_files(level, root, f"not in a class folder of {what}", found)
        _add_classes(classes, root, suffixes, what, part, found)
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
