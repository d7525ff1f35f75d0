"""Files of records of one length: a byte or two of classes, then the bytes of a picture, colour by colour.

Source of the format: Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html ("binary version"; two label
bytes in CIFAR-100, of which the second is the fine one).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError
from advisor.readers import folders, part_names
from advisor.readers.labels import label_array, label_name, parts_array, split_counts, target_spec
from advisor.readers.source import Sample, Source
from advisor.records import Axis, DatasetSpec, InputSpec

FORMAT = "byte-records"
SUFFIX = ".bin"
SIDE, COLOURS = 32, 3
PIXELS = SIDE * SIDE * COLOURS
LABEL_BYTES = (1, 2)
LEAST_RECORDS = 20
TRIED = 200  # records by which the form is told
MOST_NAMES = 1_000  # lines of a list of classes
PART_ORDER = ("train", "validation", "test", "")


@dataclass(frozen=True)
class Records:
    """One file: its part, how many records it holds and how many bytes of labels each has."""

    path: Path
    part: str
    count: int
    labels: int


def sniff(path: Path) -> int:
    """How many files of such records there are; 0 is not this form."""
    return len(_files(path))


def read(path: Path, *, target: str | None = None) -> Source:
    """Pictures as uint8 (height, width, channel), read from disk when asked for.

    Raises:
        NoDataError: no such file.
    """
    return _source(path, label_name(target), labelled=True)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """The pictures alone."""
    return _source(path, "", labelled=False)


def _source(path: Path, name: str, *, labelled: bool) -> Source:
    files = _files(path)
    if not files:
        raise NoDataError(f"{path}: holds no {SUFFIX} file of pictures of {SIDE} x {SIDE} behind their class")
    places = [(file, i) for file in files for i in range(file.count)]
    labels = None
    if labelled:
        numbers = np.concatenate([_records(file)[:, file.labels - 1] for file in files])
        names = _names(files[0].path.parent, int(numbers.max()))
        labels = label_array([names[number] if names else str(number) for number in numbers.tolist()])
    parts = parts_array([file.part for file, _ in places]) if labelled else None
    sizes = (("height", SIDE), ("width", SIDE), ("channel", COLOURS))
    axes = tuple(Axis.model_validate({"name": axis, "size": size}) for axis, size in sizes)
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=len(places),
            inputs=(InputSpec(name="image", dtype="uint8", axes=axes),),
            target=None if labels is None else target_spec(name, labels),
            splits=split_counts(parts, labels),
        ),
        ids=[f"{file.path.stem}/{i}" for file, i in places],
        read=lambda i: _picture(*places[i]),
        labels=labels,
        parts=parts,
    )


def _files(path: Path) -> list[Records]:
    found = (
        [path]
        if path.is_file()
        else folders.nearest(path, lambda name: name.lower().endswith(SUFFIX), {SUFFIX})
    )
    known = [records for file in found if (records := _told(file)) is not None]
    part = "train" if {file.part for file in known} == {"", "test"} else ""  # `data_batch_1`, `test_batch`
    files = [Records(file.path, file.part or part, file.count, file.labels) for file in known]
    return sorted(files, key=lambda file: PART_ORDER.index(file.part))


def _told(path: Path) -> Records | None:
    """The records of a file, by its size, and by neighbouring pixels that are alike."""
    if folders.suffix(path.name) != SUFFIX:
        return None
    size = os.stat(path).st_size
    for labels in LABEL_BYTES:
        count, rest = divmod(size, PIXELS + labels)
        if rest or count < LEAST_RECORDS:
            continue
        records = Records(path, part_names.part_within(path.stem) or "", count, labels)
        some = _records(records)[:: max(1, count // TRIED), labels:].astype(np.float32)
        pictures = some.reshape(-1, COLOURS, SIDE, SIDE)
        steps = [float(np.abs(np.diff(pictures, axis=axis)).mean()) for axis in (2, 3)]
        if max(steps) < 0.5 * float(pictures.std()):
            return records
    return None


def _records(file: Records) -> NDArray[np.uint8]:
    """[record, byte], mapped and not read."""
    return np.memmap(file.path, dtype=np.uint8, mode="r", shape=(file.count, PIXELS + file.labels))


def _picture(file: Records, index: int) -> Sample:
    pixels = np.array(_records(file)[index, file.labels :])
    return np.ascontiguousarray(pixels.reshape(COLOURS, SIDE, SIDE).transpose(1, 2, 0))


def _names(folder: Path, highest: int) -> Sequence[str]:
    """The names of classes in a list beside the files, where it has one for each number."""
    for entry in folders.visible(folder):
        words = folders.suffix(entry.name) == ".txt" and ("meta" in entry.name or "name" in entry.name)
        if not words or not entry.is_file() or entry.stat().st_size > 32 * MOST_NAMES:
            continue
        lines = Path(entry.path).read_text("utf-8-sig", "replace").split("\n")
        names = [line.strip() for line in lines if line.strip()]
        if len(names) > highest and len(set(names)) == len(names):
            return names
    return ()
