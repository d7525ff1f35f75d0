"""Archives of a whole data set, `data.zip` or `data.tar.gz`, unpacked for as long as the program runs.

A zip of one table is read where it lies (see `table.packed`). All others hold samples that are opened again
and again, and by libraries that want files, so they are unpacked once into a temporary folder and read as any
folder is. Nothing is written anywhere else: no path that leads out, no link, only plain files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from advisor.errors import AdvisorError, DataError, UnsafeDataError
from advisor.readers import folders, limits, temporary
from advisor.readers.archive_members import DAMAGE, ENDINGS, ending, members
from advisor.readers.source import Source
from advisor.readers.table import table_files
from advisor.records import Finding

MAX_BYTES = 8 * 2**30  # of all files unpacked: what is larger is better unpacked once and kept
DISK_SHARE = 0.5  # of the free room where temporary files lie
MAX_FILES = 300_000
GROWTH, GROWS_FROM = 200, 2**30  # a bomb grows a thousandfold; no real data set of a gigabyte so much
MOST_ARCHIVES = 50  # in one folder
MOST_NESTED = 2  # archives in archives: `data.zip` with `train.zip` in it
BESIDE = frozenset(
    {".txt", ".md", ".rst", ".pdf", ".html", ".doc", ".docx", ".yaml", ".yml", ".xml", ".names", ""}
)
"""Suffixes of texts about the data that lie beside archives of samples."""
MOST_PEEKED = 200  # members by which it is told what an archive holds
BLOCK = 2**20
EXAMPLES = 5


@dataclass
class Unpacked:
    """An archive, or a folder of archives, as a folder.

    Attributes:
        root: the temporary folder (see `temporary`).
        left: names of what was not unpacked.
        size, files: bytes and files so far.
    """

    root: Path
    left: list[str] = field(default_factory=list)
    size: int = 0
    files: int = 0

    def note(self, path: Path) -> Finding:
        """That it was unpacked, and what of it was left."""
        text = f"{path.name} was unpacked for the time of this command"
        if self.left:
            text += f"; {len(self.left):,} links or paths that lead out of it were left"
        remedy = f"to be quicker the next time, unpack it once: {command(path)}"
        return Finding(
            check="archive", severity="info", count=max(1, len(self.left)), text=text, remedy=remedy,
            examples=tuple(sorted(self.left)[:EXAMPLES]),
        )  # fmt: skip


_kept: dict[tuple[object, ...], Unpacked] = {}
"""What was unpacked, by path, size and time: removed when the program ends, since samples are read on use."""


def command(path: Path) -> str:
    """What unpacks it in a shell."""
    form = ending(path.name)
    if path.is_dir() or form is None:
        return "`unzip` or `tar -xf`"
    folder = path.name[: -len(form)]
    if form == ".zip":
        return f"`unzip {path.name} -d {folder}`"
    return f"`mkdir {folder} && tar -xf {path.name} -C {folder}`"


def unpacked(path: Path) -> Unpacked | None:
    """The data set as a folder, where `path` is an archive or a folder that has its samples in archives.

    Raises:
        DataError: an archive is damaged, or closed by a password.
        UnsafeDataError: it is larger than a limit, by the sizes that it says or by what came out of it.
    """
    temporary.remove_left()
    archives = _archives(path)
    if not archives:
        return None
    key = (os.path.realpath(path), *(_stamp(one) for one in archives))
    if key not in _kept:
        found = Unpacked(temporary.folder())
        try:
            _fill(found, path, archives)
        except BaseException:
            temporary.remove(found.root)
            raise
        _kept[key] = found
    return _kept[key]


@contextlib.contextmanager
def told_of(path: Path, found: Unpacked) -> Iterator[None]:
    """Meanwhile errors name the archive and not the temporary folder."""
    try:
        yield
    except AdvisorError as error:
        text = str(error)
        if str(found.root) not in text:
            raise
        raise type(error)(text.replace(str(found.root), str(path))) from error


def called(source: Source, path: Path) -> Source:
    """The source under the path that the user gave."""
    root = source.spec.path
    skipped = tuple(replace(one, where=one.where.replace(root, str(path))) for one in source.skipped)
    source = replace(source, skipped=skipped)
    spec, whole, entire = source.spec.model_copy(update={"path": str(path)}), source.whole, source.entire
    if whole is not None:
        along = whole.along
        whole = replace(whole, along=lambda axis: called(along(axis), path))
    if entire is None:
        return replace(source, spec=spec, whole=whole)
    return replace(source, spec=spec, whole=whole, entire=lambda: called(entire(), path))


def _archives(path: Path) -> list[Path]:
    """The archives to be unpacked: none where what lies beside them is the data set."""
    if path.is_file():
        return [path] if ending(path.name) and not _is_of_a_table(path) else []
    if not _has_archives(path):
        return []
    with limits.within(path):
        shown = folders.visible(path)
        if any(entry.is_dir() and _holds_files(entry) for entry in shown):
            return []
    files = [Path(entry.path) for entry in shown if entry.is_file()]
    found = [file for file in files if ending(file.name) and not _is_of_a_table(file)]
    beside = [file for file in files if not ending(file.name)]
    if len(found) > MOST_ARCHIVES or not all(_says_of_samples(file.name) for file in beside):
        return []
    return found


def _has_archives(path: Path) -> bool:
    """Quickly, since every folder is asked."""
    try:
        with os.scandir(path) as entries:
            return any(entry.name.lower().endswith(ENDINGS) for entry in entries)
    except OSError:  # no folder, or one that cannot be listed: said later
        return False


def _holds_files(folder: os.DirEntry[str]) -> bool:
    return next(folders.files_below(Path(folder.path)), None) is not None


def _says_of_samples(name: str) -> bool:
    """Whether a file can be a list such as `labels.csv`, or a readme, and is no sample."""
    return table_files.table_suffix(name) in table_files.SUFFIXES | BESIDE


def _is_of_a_table(archive: Path) -> bool:
    """A zip that the readers of tables open themselves: one table, with a readme at most."""
    if ending(archive.name) != ".zip":
        return False
    names: list[tuple[str, ...]] = []
    with contextlib.suppress(AdvisorError), members(archive) as inside:
        for member in inside:
            if member.is_file and member.size and not any(map(folders.is_hidden, member.parts)):
                names.append(member.parts)
            if len(names) > MOST_PEEKED:
                break
    last = [parts[-1] if parts else ".." for parts in names]
    tables = sum(table_files.table_suffix(name) in table_files.SUFFIXES for name in last)
    alone = tables == 1 and all(map(_says_of_samples, last))
    return not names or alone


def _fill(found: Unpacked, path: Path, archives: list[Path]) -> None:
    most = min(MAX_BYTES, int(DISK_SHARE * shutil.disk_usage(found.root).free))
    is_whole = archives == [path] or _is_all_data(path, archives)
    for archive in archives:
        if is_whole:
            _unpack(archive, found.root, found, most)
        else:
            _unpack_into(found.root, archive, found, most)
    if path.is_dir():
        for entry in folders.visible(path):
            place = found.root / entry.name
            if entry.is_file() and not ending(entry.name) and not entry.is_symlink() and not place.exists():
                _beside(Path(entry.path), place)
    for _ in range(MOST_NESTED - 1):
        for inner in _nested(found.root):
            _unpack_into(inner.parent, inner, found, most)
            inner.unlink()


def _is_all_data(path: Path, archives: list[Path]) -> bool:
    """Whether a folder holds one archive and texts about it: it is read as the archive itself is. Tables
    beside it may name its files below the archive's name, and so it becomes a folder of that name."""
    files = (entry.name for entry in folders.visible(path) if entry.is_file())
    tables = [name for name in files if table_files.table_suffix(name) in table_files.SUFFIXES - BESIDE]
    return len(archives) == 1 and not tables


def _beside(file: Path, place: Path) -> None:
    """The file under the folder that was unpacked; a second name of it where the disk allows that."""
    try:
        place.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, place)


def _nested(root: Path) -> list[Path]:
    """Archives among what was unpacked, one folder down at most; not those of tables alone."""
    inside = [Path(entry.path) for entry in folders.visible(root)]
    if len(inside) == 1 and inside[0].is_dir():
        inside = [Path(entry.path) for entry in folders.visible(inside[0])]
    found = [file for file in inside if file.is_file() and ending(file.name) and not _is_of_a_table(file)]
    return found if len(found) <= MOST_ARCHIVES else []


def _unpack_into(folder: Path, archive: Path, found: Unpacked, most: int) -> None:
    """Unpacks `cats.zip` as the folder `cats`, also where it holds nothing but a folder called so."""
    name = archive.name[: -len(ending(archive.name) or "")]
    draft = folder / f".{name}"
    draft.mkdir()
    _unpack(archive, draft, found, most)
    inside = list(draft.iterdir())
    wrapped = len(inside) == 1 and inside[0].is_dir() and inside[0].name.lower() == name.lower()
    (folder / name).mkdir(exist_ok=True)
    for one in (inside[0] if wrapped else draft).iterdir():
        one.rename(folder / name / one.name)
    shutil.rmtree(draft)


def _unpack(archive: Path, place: Path, found: Unpacked, most: int) -> None:
    packed = archive.stat().st_size
    with members(archive) as inside:
        for member in inside:
            if not member.is_safe:
                found.left.append(member.name)
                continue
            if not member.is_file or any(map(folders.is_hidden, member.parts)):
                continue
            found.files += 1
            _check(archive, found, found.size + member.size, packed, most)
            target = place / PurePosixPath(*member.parts)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with member.open() as file, target.open("xb") as out:
                    _copy(archive, file, out, found, packed, most)
            except (
                FileExistsError
            ):  # the same name twice, or a file and a folder of one name: the first stays
                found.left.append(member.name)
            except DAMAGE as error:
                raise DataError(
                    f"{archive}: {member.name}: cannot be unpacked ({error}): {_remedy(archive)}"
                ) from error


def _copy(archive: Path, file: IO[bytes], out: IO[bytes], found: Unpacked, packed: int, most: int) -> None:
    while block := file.read(BLOCK):
        found.size += len(block)
        _check(archive, found, found.size, packed, most)
        out.write(block)


def _check(archive: Path, found: Unpacked, size: int, packed: int, most: int) -> None:
    """Raises UnsafeDataError where so many files or bytes are beyond a limit."""
    if found.files > MAX_FILES:
        raise UnsafeDataError(f"{archive}: holds more than {MAX_FILES:,} files: {_remedy(archive)}")
    if size > most:
        raise UnsafeDataError(
            f"{archive}: is larger than the limit of {most:,} bytes unpacked: {_remedy(archive)}"
        )
    if size > GROWS_FROM and size > GROWTH * packed:
        raise UnsafeDataError(
            f"{archive}: grows from {packed:,} to more than {GROWTH * packed:,} bytes, as no data do: "
            "if you trust it, " + _remedy(archive)
        )


def _remedy(archive: Path) -> str:
    return f"unpack it first, {command(archive)}, and give the folder"


def _stamp(file: Path) -> tuple[str, int, int]:
    status = file.stat()
    return file.name, status.st_size, status.st_mtime_ns
