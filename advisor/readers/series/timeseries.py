"""`.ts` files of sktime and aeon: one series per line, channels split by `:`, the label last.

Source of the format: https://www.aeon-toolkit.org/en/stable/api_reference/file_specifications/ts.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError, UnreadableSampleError, UnsafeDataError
from advisor.readers import folders, part_names
from advisor.readers.labels import (
    check_labels,
    label_array,
    label_name,
    parts_array,
    split_counts,
    target_spec,
)
from advisor.readers.source import Skipped, Source
from advisor.readers.table import table_files
from advisor.records import Axis, DatasetSpec, InputSpec

FORMAT = "ts"
SUFFIX = ".ts"
MAX_BYTES = 2 * 2**30  # of one file, which is held as text
MISSING = {"?": "nan", "": "nan", "NaN": "nan"}
CHANNELS = re.compile(r":(?![^(]*\))")  # not the colons of a time of day within brackets
STAMPED = re.compile(r"\(\s*(?:\"[^\"]*\"|[^,()]*)\s*,\s*([^()]*?)\s*\)")
PART_ORDER = ("train", "validation", "test", "")


@dataclass(frozen=True)
class File:
    """The lines of one file and what its header says of them."""

    path: Path
    part: str
    lines: tuple[str, ...]
    numbers: tuple[int, ...]  # of the lines, for messages
    labels: tuple[str, ...] | None
    regression: bool
    stamped: bool


def sniff(path: Path) -> int:
    """How many `.ts` files with an `@` header there are (not TypeScript, not MPEG); 0 is not this form."""
    if path.is_file():
        return int(_has_header(path))
    return sum(map(_has_header, folders.nearest(path, _is_named, {SUFFIX})))


def read(path: Path, *, target: str | None = None) -> Source:
    """Series as float32 (time, channel); `?` becomes NaN; numbers are parsed when a series is asked for.

    Raises:
        DataError: no data, a label that the header does not name, or several problems in one folder.
    """
    files = _files(path)
    labelled = [file for file in files if file.labels is not None]
    labels: NDArray[np.generic] | None = None
    if labelled:
        names = [label for file in files for label in file.labels or [""] * len(file.lines)]
        labels = _numbers(names, path) if labelled[0].regression else label_array(names)
    parts = parts_array([file.part for file in files for _ in file.lines])
    if labels is not None and labels.dtype.kind == "O" and parts is not None:
        check_labels(path, labels.tolist(), parts.tolist())
    return _source(path, files, labels, parts, label_name(target))


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """The series alone, of files with labels or without."""
    return _source(path, _files(path), None, None, "label")


def _source(
    path: Path,
    files: list[File],
    labels: NDArray[np.generic] | None,
    parts: NDArray[np.str_] | None,
    name: str,
) -> Source:
    lines = [(file, i) for file in files for i in range(len(file.lines))]
    shapes = {_shape(file, i) for file, i in lines}
    lengths, channels = ({shape[side] for shape in shapes} for side in (0, 1))
    if len(channels) > 1:
        raise DataError(
            f"{path}: series with {min(channels)} and with {max(channels)} channels: one number is needed"
        )
    axes = (
        Axis(name="time", size=lengths.pop() if len(lengths) == 1 else None),
        Axis(name="channel", size=channels.pop()),
    )
    others = (
        []
        if path.is_file()
        else [e.name for e in folders.visible(path) if e.is_file() and e.name[-3:] != SUFFIX]
    )
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=len(lines),
            inputs=(InputSpec(name="series", dtype="float32", axes=axes),),
            target=None if labels is None else target_spec(name, labels),
            splits=split_counts(parts, labels),
        ),
        ids=[f"{file.part or file.path.stem}/{i}" for file, i in lines],
        read=lambda i: _series(*lines[i]),
        labels=labels,
        parts=parts,
        skipped=tuple(Skipped(name, "not a .ts file") for name in others),
    )


def _has_header(path: Path) -> bool:
    if folders.suffix(path.name) != SUFFIX:
        return False
    with path.open("rb") as file:
        head = file.read(65_536).decode("utf-8", "replace")
    lines = (line.strip() for line in head.lstrip("\ufeff").splitlines())
    return next((line.startswith("@") for line in lines if line and not line.startswith(("#", "%"))), False)


def _files(path: Path) -> list[File]:
    paths = [path]
    if path.is_dir():
        paths = _whole_ones([one for one in folders.nearest(path, _is_named, {SUFFIX}) if _has_header(one)])
    if not paths or not _has_header(paths[0]):
        raise NoDataError(f"{path}: holds no .ts file with a header of lines that begin with `@`")
    named = {part_names.part_within(one.stem) or "" for one in paths}
    if len(named) < len(paths):
        raise DataError(
            f"{path}: holds several problems ({', '.join(one.name for one in paths[:4])}): "
            "name one file, or keep one TRAIN and one TEST file in a folder"
        )
    files = [_parse(one, "" if len(paths) == 1 else part_names.part_within(one.stem) or "") for one in paths]
    return sorted(files, key=lambda file: PART_ORDER.index(file.part))


def _is_named(name: str) -> bool:
    return folders.suffix(name) == SUFFIX


def _whole_ones(paths: list[Path]) -> list[Path]:
    """Without files of a single dimension, where one with all of them lies beside."""
    stems = {one.stem.lower() for one in paths}
    return [
        one
        for one in paths
        if (stem := table_files.DIMENSION.sub("", one.stem.lower())) == one.stem.lower() or stem not in stems
    ]


def _parse(path: Path, part: str) -> File:
    if path.stat().st_size > MAX_BYTES:
        raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
    header: dict[str, list[str]] = {}
    numbered = enumerate(path.read_text("utf-8-sig", "replace").splitlines(), start=1)
    rows: list[tuple[int, str]] = []
    for number, line in numbered:
        text = line.strip()
        if not text or text.startswith(("#", "%")):
            continue
        if "data" in header:
            rows.append((number, text))
        elif text.startswith("@"):
            key, *values = text[1:].split() or [""]
            header[key.lower()] = values or ["false"]
    if not rows:
        raise DataError(f"{path}: no series follow `@data`: fetch the file again")
    classes = header.get("classlabel", ["false"])
    regression = header.get("targetlabel", ["false"])[0].lower() == "true"
    stamped = header.get("timestamps", ["false"])[0].lower() == "true"
    texts, labels = [text for _, text in rows], None
    if regression or classes[0].lower() == "true":
        texts, labels = _without_labels(path, rows, frozenset() if regression else frozenset(classes[1:]))
    return File(path, part, tuple(texts), tuple(number for number, _ in rows), labels, regression, stamped)


def _without_labels(
    path: Path, rows: list[tuple[int, str]], allowed: frozenset[str]
) -> tuple[list[str], tuple[str, ...]]:
    texts, labels = [], []
    for number, text in rows:
        series, colon, label = text.rpartition(":")
        label = "" if label.strip() in MISSING else label.strip()
        if not colon or (allowed and label and label not in allowed):
            raise DataError(
                f"{path}, line {number}: the label {label[:30]!r} is none of `@classLabel` "
                f"({', '.join(sorted(allowed)[:6])}): mend the header or the line"
            )
        texts.append(series)
        labels.append(label)
    return texts, tuple(labels)


def _shape(file: File, index: int) -> tuple[int, int]:
    """(time, channel) by counting separators."""
    line = file.lines[index]
    if file.stamped:
        series = _series(file, index)
        return series.shape[0], series.shape[1]
    channels = line.split(":")
    return max(channel.count(",") for channel in channels) + 1, len(channels)


def _series(file: File, index: int) -> NDArray[np.float32]:
    """float32 [time, channel]; a shorter channel ends in NaN."""
    line = file.lines[index]
    channels = CHANNELS.split(line) if file.stamped else line.split(":")
    try:
        values = [_channel(channel, file.stamped) for channel in channels]
    except ValueError as error:
        raise UnreadableSampleError(
            f"{file.path}, line {file.numbers[index]}: {error}: mend the line"
        ) from error
    series = np.full((max(map(len, values)), len(values)), np.nan, dtype=np.float32)
    for position, channel in enumerate(values):
        series[: len(channel), position] = channel
    return series


def _channel(text: str, stamped: bool) -> NDArray[np.float32]:
    cells = STAMPED.findall(text) if stamped else text.split(",")
    if "?" in text or ",," in text:
        cells = [MISSING.get(cell.strip(), cell) for cell in cells]
    return np.array(cells, dtype=np.float32)


def _numbers(names: list[str], path: Path) -> NDArray[np.float64]:
    try:
        return np.array([float(name) if name else np.nan for name in names])
    except ValueError as error:
        raise DataError(f"{path}: `@targetLabel` needs numbers: {error}") from error
