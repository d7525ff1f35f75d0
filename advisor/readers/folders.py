"""Listing folders: each once, what is hidden left out, names in the order of their numbers."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import limits
from advisor.readers.paths import texts_of

HIDDEN = frozenset({"__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "Thumbs.db", "desktop.ini"})


TEXTS = frozenset(
    {"readme", "license", "licence", "copying", "authors", "changelog", "notice", "citation", "makefile",
     "dockerfile"}
)  # fmt: skip
"""Names of texts without suffix that lie beside data."""


NEAR_DEPTH, NEAR_FOLDERS = 3, 20  # folders around a few files, and folders looked into in each


SNIFF_ENOUGH = 1_000  # sample files after which counting more of them decides nothing


MOST_KEPT = 2**18  # suffixes of file names that are kept, about 40 MB with the names


DIGIT_BYTES = bytes.maketrans(b"123456789", b"000000000")


DIGITS = str.maketrans("123456789", "000000000")


PICKLES = frozenset({".pkl", ".pickle", ".p", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".sav"})
"""Suffixes of what only a pickle loader opens: never read, for that can run code."""


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
        there = [entry for entry in shown if is_there(entry)]
    return limits.kept(folder, there)


def is_there(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a folder, perhaps by a link."""
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
        return any_below(folder, suffixes)
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


_told: ContextVar[Mapping[str, str] | None] = ContextVar("_told", default=None)


@contextmanager
def endings_told(told: Mapping[str, str]) -> Iterator[None]:
    """Meanwhile `suffix` gives another ending for these, which say nothing of what the files are."""
    token = _told.set(told or None)
    try:
        yield
    finally:
        _told.reset(token)


def suffix(name: str) -> str:
    """`.jpg` of `A.JPG`, `.nii.gz` of a packed volume; the empty string where there is none. Of an ending
    that says nothing, that of what the files are (see `unknown_endings`)."""
    ending, told = _ending(name), _told.get()
    return ending if told is None or is_text_by_name(name) else told.get(ending, ending)


def stem(name: str) -> str:
    """The name without its suffix; all of it where the ending says nothing of what the file is."""
    ending, told = _ending(name), _told.get()
    return name if not ending or (told is not None and ending in told) else name[: -len(ending)]


def is_text_by_name(name: str) -> bool:
    """Whether a file is a text about others, although it has no suffix."""
    return name.lower() in TEXTS


@functools.lru_cache(maxsize=MOST_KEPT)  # every reader asks for those of all files
def _ending(name: str) -> str:
    if name[-7:].lower() == ".nii.gz":
        return ".nii.gz"
    return os.path.splitext(name)[1].lower()


def relative(root: Path, files: Sequence[Path]) -> list[str]:
    """Paths below `root`, with `/` between folders."""
    start = len(os.path.join(root, "")) if root.parts else 0  # paths below `.` do not begin with it
    names = [text[start:] for text in texts_of(files)]
    return names if os.sep == "/" else [name.replace(os.sep, "/") for name in names]


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


def any_below(folder: Path, suffixes: Collection[str]) -> bool:
    """As `has_any`, but ends at the first such file, and keeps nothing."""
    return any(suffix(entry.name) in suffixes for entry in files_below(folder))
