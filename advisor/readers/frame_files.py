"""One recording with a file per time step: `201609281445_rain.pgm.gz`, `radar_2019-05-01T0600Z.png`.

It looks like a folder of pictures, and differs from one in three things: the names carry times or count, all
frames have one size, and neighbours are more alike than frames far apart.
"""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, frame_labels, frame_names, frame_pictures
from advisor.readers.frame_names import Numbering
from advisor.readers.frame_pictures import Frames, Header
from advisor.readers.labels import split_counts
from advisor.readers.source import Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "frame-files"
LEAST_FRAMES = 8  # fewer pictures are hardly kept as a recording
GLANCE = 40  # names that are looked at before all are
GLANCE_FILES = 2_000  # files of a folder of words that are looked through for pictures
HEADERS = 12
EQUAL_SIZES = 0.9  # share of headers with the commonest size
MAX_BYTES = 4 * 2**30  # of all frames decoded at once
COUNTED, UNEVEN = 0.4, 0.6
"""Likeness from which counted pictures are frames: in equal steps, and not. Measured: photographs in any
order -0.10 to 0.06, hand signs taken one after the other 0.09 to 0.22, rain radar 0.98. Names with evenly
spaced times need none."""

STRETCH = re.compile(r"(?:(?:day|hour|month|year|date|week)[-_ ]?)?\d{2,}[\d\W_tTzZ]*$", re.I)
PART_ORDER = ("train", "validation", "test")
STRAY = 0.1  # pictures above the folders of the frames, as a share of these: previews and logos


@dataclass(frozen=True)
class Recording:
    """The frames below a folder in the order of time, and what was left out."""

    files: tuple[Path, ...]
    numbering: Numbering
    skipped: tuple[Skipped, ...]


def sniff(path: Path) -> int:
    """How many frames of one recording lie below `path` (counted up to a limit); 0 is not this form."""
    found = _recording(path) if path.is_dir() else None
    return 0 if found is None else min(len(found.files) + len(found.skipped), folders.SNIFF_ENOUGH)


def read(path: Path, *, target: str | None = None) -> Source:
    """One sample (time, height, width, channel), uint8, or float32 where pixels have more than eight bits.

    Raises:
        NoDataError: no folder of frames that follow each other.
    """
    found = _recording(path) if path.is_dir() else None
    if found is None:
        raise NoDataError(
            f"{path}: holds no frames that follow each other: name them by time or by a counter"
        )
    kind = frame_pictures.usual_header(_headers(found.files))
    height, width, channels, dtype = kind
    spacing = found.numbering.spacing
    time = Axis(name="time", size=len(found.files), spacing=spacing, unit="s" if spacing else None)
    space = (Axis(name="height", size=height), Axis(name="width", size=width))
    axes = (time, *space, Axis(name="channel", size=channels))
    times = found.numbering.times
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=1,
            inputs=(InputSpec(name="clip", dtype=dtype, axes=axes),),
            target=TargetSpec(name=target or "all", kind="future"),
            splits=split_counts(None, None),
            time_index="file name" if times else None,
        ),
        ids=[path.name],
        read=lambda i: _whole(path, found.files, kind),
        skipped=found.skipped,
        timestamps=[time.replace(tzinfo=None).isoformat() for time in times] if times else None,
        read_frames=lambda i, count, size=None: frame_pictures.stack(
            [found.files[place] for place in frame_pictures.spread(len(found.files), count)], path, kind, size
        ),
    )


def _whole(path: Path, files: tuple[Path, ...], kind: Header) -> Frames:
    height, width, channels, dtype = kind
    size = len(files) * height * width * channels * np.dtype(dtype).itemsize
    if size > MAX_BYTES:
        raise UnreadableSampleError(
            f"{path}: decodes to {size:,} bytes, more than {MAX_BYTES:,}: cut it shorter"
        )
    return frame_pictures.stack(files, path, kind)


def _recording(path: Path) -> Recording | None:
    """The frames, where names, sizes and likeness say that they are one recording."""
    skipped: list[Skipped] = []
    files = _gather(path, path, skipped)
    if files is None or len(files) < LEAST_FRAMES:
        return None
    if frame_names.numbering([file.relative_to(path).as_posix() for file in files[:GLANCE]]) is None:
        return None
    empty = {file for file in files if file.stat().st_size == 0}
    skipped += [Skipped(os.path.relpath(file, path), "an empty file") for file in sorted(empty)]
    files = [file for file in files if file not in empty]
    names = [file.relative_to(path).as_posix() for file in files]
    numbering = frame_names.numbering(names)
    if numbering is None or len(numbering.order) < LEAST_FRAMES or frame_labels.are_described(path, files):
        return None
    chosen = tuple(files[i] for i in numbering.order)
    headers = _headers(chosen)
    usual = frame_pictures.usual_header(headers)[:2] if headers else None
    if sum(found[:2] == usual for found in headers) < EQUAL_SIZES * min(HEADERS, len(chosen)):
        return None
    if not (numbering.times and numbering.even):
        likeness = frame_pictures.likeness([chosen])
        if likeness is None or likeness < (COUNTED if numbering.even else UNEVEN):
            return None
    left = sorted(set(range(len(files))) - set(numbering.order))
    skipped += [Skipped(names[i], "named unlike the frames") for i in left]
    return Recording(chosen, numbering, tuple(skipped))


def _headers(files: tuple[Path, ...]) -> list[Header]:
    found = []
    for i in frame_pictures.spread(len(files), HEADERS):
        try:
            found.append(frame_pictures.header(files[i]))
        except UnreadableSampleError:
            continue
    return found


def _gather(folder: Path, root: Path, skipped: list[Skipped]) -> list[Path] | None:
    """Pictures below a folder, by folder and name; None where folders are classes and not days or parts."""
    entries = folders.visible(folder)
    files = [
        Path(entry.path) for entry in entries if entry.is_file() and frame_names.stem(entry.name) is not None
    ]
    inner = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    if any(entry.name.lower() in folders.ROLES for entry in inner) and (files or len(inner) > 1):
        return None  # masks or boxes of the pictures
    stretches = inner if len(inner) == 1 else [entry for entry in inner if is_stretch(entry.name)]
    others = [entry for entry in inner if entry not in stretches]
    if len(files) < LEAST_FRAMES and any(_holds_pictures(Path(entry.path)) for entry in others):
        return None
    skipped += [Skipped(os.path.relpath(entry.path, root), "beside the frames") for entry in others]
    skipped += [
        Skipped(os.path.relpath(entry.path, root), "no picture")
        for entry in entries
        if entry.is_file() and frame_names.stem(entry.name) is None
    ]
    deeper: list[Path] = []
    for entry in sorted(stretches, key=_part_order):
        below = _gather(Path(entry.path), root, skipped)
        if below is None:
            return None
        deeper += below
    if len(files) < STRAY * len(deeper):
        skipped += [Skipped(os.path.relpath(file, root), "beside the frames") for file in files]
        return deeper
    return None if files and deeper else files


def is_stretch(name: str) -> bool:
    """Whether a folder is a stretch of one recording, by its name: a part, a year, a day, an hour."""
    return folders.part_of(name) is not None or STRETCH.match(name) is not None


def _part_order(entry: os.DirEntry[str]) -> int:
    part = folders.part_of(entry.name)
    return 0 if part is None else PART_ORDER.index(part)


def _holds_pictures(folder: Path) -> bool:
    below = itertools.islice(folders.files_below(folder), GLANCE_FILES)
    return any(frame_names.stem(entry.name) is not None for entry in below)
