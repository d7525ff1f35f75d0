"""Reading user data: the only place that opens it. One file per form on disk."""

from __future__ import annotations

import contextlib
import difflib
import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from advisor.errors import DataError, NoDataError, UnsafeDataError, UsageError
from advisor.readers import archives, folders, limits, unknown_endings
from advisor.readers.array import arrays, byte_records, fields, idx
from advisor.readers.graph import graph_series, stations
from advisor.readers.labelling.group_columns import NONE
from advisor.readers.labelling.groups import with_groups
from advisor.readers.pictures import boxes, flat_images, images, mask_pairs, picture_tables, volumes
from advisor.readers.plain_names import with_plain_names
from advisor.readers.series import series_files, timeseries, tsf
from advisor.readers.sound import audio
from advisor.readers.source import Source
from advisor.readers.table import tables
from advisor.readers.text import aligned_lines, fasta, labelled_lines, text_folders, texts
from advisor.readers.video import clips, frame_clips, frame_files

__all__ = ["READERS", "entire", "read", "read_unlabelled"]


class Reader(Protocol):
    """What a module here must have to be a reader."""

    def sniff(self, path: Path) -> int:
        """How many files of this form there are, told cheaply; 0 when it is not this form."""

    def read(self, path: Path, *, target: str | None = None) -> Source:
        """The data set, its samples not yet decoded."""


READERS: dict[str, Reader] = {
    "idx": idx,
    "byte-records": byte_records,
    "ts": timeseries,
    "tsf": tsf,
    "graph-series": graph_series,
    "station-files": stations,
    "array": arrays,
    "series-folder": series_files,
    "audio-files": audio,
    "text": texts,
    "picture-table": picture_tables,
    "table": tables,
    "volume-folder": volumes,
    "mask-pairs": mask_pairs,
    "boxes": boxes,
    "frame-files": frame_files,
    "frame-folders": frame_clips,
    "image-files": flat_images,
    "image-folder": images,
    "video-folder": clips,
}
"""Every form on disk, in the order that ties are broken by."""

SUFFIXES = images.SUFFIXES | clips.SUFFIXES
"""Endings of pictures and clips: files with another one may be pictures all the same."""

UNLABELLED: dict[str, Callable[..., Source]] = {
    idx.FORMAT: idx.read_unlabelled,
    byte_records.FORMAT: byte_records.read_unlabelled,
    timeseries.FORMAT: timeseries.read_unlabelled,
    tsf.FORMAT: tsf.read_unlabelled,
    arrays.FORMAT: arrays.read_unlabelled,
    fields.FORMAT: arrays.read_unlabelled,
    frame_clips.FORMAT: frame_clips.read_unlabelled,
    audio.FORMAT: audio.read_unlabelled,
    flat_images.FORMAT: flat_images.read_unlabelled,
    images.FORMAT: images.read_unlabelled,
    clips.FORMAT: clips.read_unlabelled,
    volumes.FORMAT: volumes.read_unlabelled,
    series_files.FORMAT: series_files.read_unlabelled,
    **{
        form: functools.partial(texts.read_unlabelled, form=form)
        for form in (text_folders.FORMAT, aligned_lines.FORMAT, labelled_lines.FORMAT, fasta.FORMAT)
    },
}
"""How new samples of each `DatasetSpec.format` are read, but for those of tables."""

REMEDIES = {
    ".zip": "unpack it first (`unzip FILE -d FOLDER`), and give the folder",
    ".7z": "unpack it first (`7z x FILE -oFOLDER`), and give the folder",
    ".rar": "unpack it first (`7z x FILE -oFOLDER`), and give the folder",
    ".xlsx": "save it as CSV",
    ".xls": "save it as CSV",
    ".json": "write it as CSV, or as a list of records",
}
"""What to do with forms that are not read."""

KNOWN = (
    "pictures, with masks or boxes too, volumes, sound, class folders of clips or series, texts, tables "
    "(.csv, .tsv, .json, .jsonl, .parquet, .feather, .arff; also in .gz), .ts and .tsf series, "
    "IDX, CIFAR's .bin, .npz, .npy, .h5, .mat, .nc and Zarr; all of them also in .zip and .tar"
)


def read(
    path: Path,
    *,
    target: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    follow_links: bool = False,
) -> Source:
    """The data set at `path`, a folder or one file, by the reader that knows most of what lies there.

    Args:
        target: the column to be predicted, for tables.
        reader: the name of the reader to be used, instead of the one that knows most.
        time: the column that says when, for tables; `none` where the order of their rows says nothing.
        group: the column, or the piece of the file names (`name2`), that says who or what a sample comes
            from; `none` where nothing does.
        follow_links: whether what links lead to is read where it lies out of the folder.

    Raises:
        UsageError: no reader has that name, or the data have no such time or group.
        NoDataError: no such path, an empty folder, or nothing that a reader knows.
        UnsafeDataError: only a pickle loader could open it, or it is larger than a limit.
        DataError: the data contradict themselves, such as labels that do not match.
    """
    found = archives.unpacked(path)
    if found is None:
        return _read_below(path, target, reader, time, group, follow_links)
    with archives.told_of(path, found):
        source = _read_below(found.root, target, reader, time, group, follow_links)
    return archives.called(replace(source, notes=(*source.notes, found.note(path))), path)


def _read_below(
    path: Path,
    target: str | None,
    reader: str | None,
    time: str | None,
    group: str | None,
    follow_links: bool,
) -> Source:
    with (
        limits.within(path, follow_links=follow_links) as left,
        folders.listed_once(),
        unknown_endings.told(path, SUFFIXES),
    ):
        source = limits.noted(_read(path, target, reader, time, group), path, left)
    if (whole := source.entire) is None:
        return source

    def entire() -> Source:
        with limits.within(path, follow_links=follow_links) as left:
            return limits.noted(whole(), path, left)

    return replace(source, entire=entire)


def _read(path: Path, target: str | None, reader: str | None, time: str | None, group: str | None) -> Source:
    _require(path)
    if reader is not None:
        _named(reader)
        return with_groups(_read_as(reader, path, target, time, group), group)
    counts = {form: one.sniff(path) for form, one in READERS.items()}
    form = max(counts, key=lambda name: counts[name])  # of equals the first
    if counts[form] == 0:
        raise _nothing(path)
    return with_groups(_read_as(form, path, target, time, group), group)


def _read_as(form: str, path: Path, target: str | None, time: str | None, group: str | None) -> Source:
    if READERS[form] is tables:
        return with_plain_names(tables.read(path, target=target, time=time, group=group))
    if time not in (None, NONE):
        raise UsageError(f"`--time {time}`: {path} is read as {form}; a time is named for tables only")
    return with_plain_names(READERS[form].read(path, target=target))


def entire(source: Source) -> Source:
    """The source with all its samples, where it is a sample of a very large file."""
    return source if source.entire is None else source.entire()


def _named(reader: str) -> Reader:
    if reader not in READERS:
        near = difflib.get_close_matches(reader, READERS, n=1)
        hint = f": did you mean `{near[0]}`?" if near else ""
        raise UsageError(f"`--reader {reader}`: must be one of {', '.join(READERS)}{hint}")
    return READERS[reader]


def read_unlabelled(
    path: Path,
    format: str,
    *,
    target: str | None = None,
    time: str | None = None,
    follow_links: bool = False,
) -> Source:
    """New samples of a form that is known: a file or a folder, with or without labels. `labels` is None.

    Args:
        format: `DatasetSpec.format` of the data that were trained on.
        target: the column that was predicted, so that a table that still has it loses it.
        time: the column that said when, where the user named one.
        follow_links: as for `read`.

    Raises:
        NoDataError: no such path, or nothing of that form.
        DataError: a form that nothing can be predicted on yet.
    """
    found = archives.unpacked(path)
    place = path if found is None else found.root
    with (
        contextlib.nullcontext() if found is None else archives.told_of(path, found),
        limits.within(place, follow_links=follow_links) as left,
        unknown_endings.told(place, SUFFIXES),
    ):
        source = limits.noted(_read_unlabelled(place, format, target, time), place, left)
    return archives.called(source, path)


def _read_unlabelled(path: Path, format: str, target: str | None, time: str | None) -> Source:
    _require(path)
    if path.is_file() and _looks_pickled(path):
        raise _refuse_pickle(path)
    if format not in UNLABELLED and format not in tables.FORMATS:
        raise DataError(f"{path}: new samples of the form {format!r} cannot be read without their labels yet")
    if format in tables.FORMATS:
        return with_plain_names(tables.read_unlabelled(path, form=format, target=target, time=time))
    return with_plain_names(UNLABELLED[format](path, target=target))


def _require(path: Path) -> None:
    if not path.exists():
        near = path.parent if path.parent.is_dir() else None
        hint = (
            f": {near} holds {', '.join(entry.name for entry in folders.visible(near)[:5])}" if near else ""
        )
        raise NoDataError(f"{path}: no such file or folder{hint}: check the path")
    if path.is_dir() and next(folders.files_below(path), None) is None:
        raise NoDataError(f"{path}: is an empty folder: put data in it ({KNOWN})")


def _nothing(path: Path) -> NoDataError | UnsafeDataError:
    files = [path] if path.is_file() else [Path(entry.path) for entry in folders.files_below(path)]
    pickled = next((file for file in files if _looks_pickled(file)), None)
    if pickled is not None:
        return _refuse_pickle(pickled)
    flat = sum(folders.suffix(file.name) in images.SUFFIXES | clips.SUFFIXES for file in files)
    if flat:
        return NoDataError(
            f"{path}: {flat} pictures or clips without class folders: put each class in a folder of its own"
        )
    for file in files:
        remedy = next((REMEDIES[ending] for ending in REMEDIES if file.name.lower().endswith(ending)), None)
        if remedy:
            return NoDataError(f"{file}: this form is not read: {remedy}")
    names = ", ".join(file.name for file in files[:4])
    return NoDataError(f"{path}: nothing here can be read (found {names}): what is read is {KNOWN}")


def _looks_pickled(path: Path) -> bool:
    """By its name, or by the first bytes of a file whose name says nothing."""
    if folders.suffix(path.name) in folders.PICKLES:
        return True
    if folders.suffix(path.name):
        return False
    with path.open("rb") as file:
        head = file.read(2)
    return len(head) == 2 and head[0] == 0x80 and head[1] in range(2, 6)


def _refuse_pickle(path: Path) -> UnsafeDataError:
    """The error for a file that only a pickle loader could open."""
    return UnsafeDataError(
        f"{path}: only a pickle loader could open it, and that can run code, so it is not read: write the "
        "arrays with `numpy.savez('data.npz', x=..., y=...)` where you trust the file"
    )
