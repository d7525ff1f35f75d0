"""How far reading goes: no link out of the given folder, unless that is asked for, and not endlessly deep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers.source import Source
from advisor.records import Finding

EXAMPLES = 5
MOST_DEPTH = 60  # folders inside of folders; what goes deeper is no data set that a person made
LINKS_REMEDY = "point to the folder itself, copy the files, or read them with `--follow-links`"
DEPTH_REMEDY = "point to a folder further down"


@dataclass(frozen=True)
class Limits:
    """What may be read, and what was left since it lies beyond.

    Attributes:
        folders: the real paths that a link must lead into; None where every link is followed.
        depth: names in the path of the given folder.
        links, deep: paths of links and of folders that were left.
    """

    folders: tuple[str, ...] | None
    depth: int
    links: set[str] = field(default_factory=set)
    deep: set[str] = field(default_factory=set)


_limits: ContextVar[Limits | None] = ContextVar("_limits", default=None)


@contextmanager
def within(path: Path, *, follow_links: bool = False) -> Iterator[Limits]:
    """Meanwhile links out of the folder are left alone; of a single file, links out of the folder it lies in.

    The path itself may be a link.

    Raises:
        NoDataError: as the code within, and it tells of what was left.
    """
    limits = Limits(None if follow_links else _allowed(path), _depth(os.fspath(path)))
    token = _limits.set(limits)
    try:
        yield limits
    except NoDataError as error:
        notes = _notes(path, limits)
        if not notes:
            raise
        raise NoDataError("; ".join([str(error), *(f"{one.text}: {one.remedy}" for one in notes)])) from error
    finally:
        _limits.reset(token)


def kept(folder: str | os.PathLike[str], entries: list[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """The entries of a folder that may be read; the others are counted among those that were left."""
    limits = _limits.get()
    if limits is None:
        return entries
    if limits.folders is not None:
        entries = [entry for entry in entries if not (entry.is_symlink() and _leads_out(entry.path, limits))]
    if _depth(os.fspath(folder)) - limits.depth >= MOST_DEPTH:
        limits.deep.update(entry.path for entry in entries if entry.is_dir())
        entries = [entry for entry in entries if not entry.is_dir()]
    return entries


def _leads_out(place: str, limits: Limits) -> bool:
    real = os.path.realpath(place)
    if limits.folders is None or any(
        real == folder or real.startswith(os.path.join(folder, "")) for folder in limits.folders
    ):
        return False
    limits.links.add(place)
    return True


def noted(source: Source, path: Path, limits: Limits) -> Source:
    """The source with notes on what was left."""
    return replace(source, notes=(*source.notes, *_notes(path, limits)))


def _notes(path: Path, limits: Limits) -> list[Finding]:
    root = path if path.is_dir() else path.parent
    found = []
    for check, left, one, many, remedy in (
        ("links", limits.links, "link leads", "links lead", LINKS_REMEDY),
        ("depth", limits.deep, "folder lies", "folders lie", DEPTH_REMEDY),
    ):
        if left:
            where = "out of the folder" if check == "links" else f"more than {MOST_DEPTH} folders deep"
            text = f"{len(left):,} {one if len(left) == 1 else many} {where}, not read"
            names = tuple(os.path.relpath(name, root) for name in sorted(left)[:EXAMPLES])
            found.append(
                Finding(
                    check=check, severity="warning", count=len(left), text=text, remedy=remedy, examples=names
                )
            )
    return found


def _allowed(path: Path) -> tuple[str, ...]:
    real = os.path.realpath(path)
    if os.path.isdir(real):
        return (real,)
    return (os.path.dirname(real), os.path.realpath(path.parent))


def _depth(folder: str) -> int:
    return folder.rstrip(os.sep).count(os.sep)
