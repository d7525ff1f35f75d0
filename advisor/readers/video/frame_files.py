"""One recording with a file per time step: `201609281445_rain.pgm.gz`, `radar_2019-05-01T0600Z.png`.

It looks like a folder of pictures, and differs from one in three things: the names carry times or count, all
frames have one size, and neighbours are more alike than frames far apart.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, part_names, sample_folders
from advisor.readers.labelling import name_labels
from advisor.readers.labels import split_counts
from advisor.readers.source import Skipped, Source
from advisor.readers.video import frame_labels, frame_names, frame_pictures
from advisor.readers.video.frame_pictures import Frames, Header
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "frame-files"
LEAST_FRAMES = 8  # fewer pictures are hardly kept as a recording
FEW, GLANCE = 40, 2_000  # pictures that tell, by their names and by all, whether they are frames
HEADERS = 12
EQUAL_SIZES = 0.9  # share of headers with the commonest size
EQUAL_LAYERS = 0.6  # the same of evenly dated layers, of which satellites see a part on some days
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
    """The frames below a folder in the order of time, and what was left out.

    Attributes:
        layers: the frames, and those of other kinds of the same times and size, whose channels follow theirs.
        times: of the frames.
        spacing: seconds between them, usually.
        skipped: what was left out.
    """

    layers: tuple[tuple[Path, ...], ...]
    times: tuple[datetime, ...] | None
    spacing: float | None
    skipped: tuple[Skipped, ...]


def sniff(path: Path) -> int:
    """How many frames of one recording lie below `path`, with the few stray pictures above them (counted up
    to a limit); 0 is not this form."""
    beside: list[Skipped] = []
    files = _gather(path, path, beside) if path.is_dir() else None
    if not files or not _are_frames(path, files):
        return 0
    strays = sum(frame_names.stem(one.where) is not None for one in beside)
    return min(len(files) + strays, folders.SNIFF_ENOUGH)


def read(path: Path, *, target: str | None = None) -> Source:
    """One sample (time, height, width, channel), uint8, or float32 where pixels have more than eight bits.

    Raises:
        NoDataError: no folder of frames that follow each other.
    """
    found = _recording(path)
    files = found.layers[0]
    kind = frame_pictures.usual_header(_headers(files))
    height, width, channels, dtype = kind
    spacing = found.spacing
    time = Axis(name="time", size=len(files), spacing=spacing, unit="s" if spacing else None)
    space = (Axis(name="height", size=height), Axis(name="width", size=width))
    axes = (time, *space, Axis(name="channel", size=channels * len(found.layers)))
    times = found.times
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
        read=lambda i: _whole(path, found.layers, kind),
        skipped=found.skipped,
        timestamps=[time.replace(tzinfo=None).isoformat() for time in times] if times else None,
        read_steps=lambda start, stop: _stack(path, found.layers, range(start, min(stop, len(files))), kind),
        read_frames=lambda i, count, size=None: _stack(
            path, found.layers, frame_pictures.spread(len(files), count), kind, size
        ),
    )


def _whole(path: Path, layers: Sequence[Sequence[Path]], kind: Header) -> Frames:
    height, width, channels, dtype = kind
    size = sum(map(len, layers)) * height * width * channels * np.dtype(dtype).itemsize
    if size > MAX_BYTES:
        raise UnreadableSampleError(
            f"{path}: decodes to {size:,} bytes, more than {MAX_BYTES:,}: cut it shorter"
        )
    return _stack(path, layers, range(len(layers[0])), kind)


def _stack(
    path: Path, layers: Sequence[Sequence[Path]], places: Sequence[int], kind: Header, size: int | None = None
) -> Frames:
    """[time, height, width, channel] at some places, the channels of all layers in a row; a moment of which a
    layer cannot be decoded is left out."""
    if len(layers) == 1:
        return frame_pictures.stack([layers[0][place] for place in places], path, kind, size)
    moments = []
    for place in places:
        with contextlib.suppress(UnreadableSampleError):
            moments.append([frame_pictures.stack([layer[place]], path, kind, size) for layer in layers])
    if not moments:
        raise UnreadableSampleError(f"{path}: none of {len(places)} frames can be decoded: fetch them again")
    return np.concatenate([np.concatenate(moment, axis=-1) for moment in moments])


def _are_frames(path: Path, files: list[str]) -> bool:
    """Whether names, sizes and likeness of the first pictures say that they are one recording."""
    first = files[:GLANCE]
    names = [os.path.relpath(file, path) for file in first]
    numbering = None if frame_names.are_slices(names[:FEW]) else frame_names.numbering(names)
    if numbering is None or len(numbering.order) < LEAST_FRAMES:
        return False
    frames = [Path(first[i]) for i in numbering.order]
    headers = _headers(frames)
    if not headers or frame_labels.are_described(path, frames):
        return False
    usual = frame_pictures.usual_header(headers)[:2]
    dated = numbering.times is not None and numbering.even
    least = EQUAL_LAYERS if dated and frame_names.layers(names, numbering) else EQUAL_SIZES
    if sum(found[:2] == usual for found in headers) < least * min(HEADERS, len(frames)):
        return False
    if dated:
        return True
    stems = [frame_names.stem(frame.name) or "" for frame in frames]
    if not numbering.times and name_labels.number_from_names(stems):
        return False
    likeness = frame_pictures.likeness([frames])
    return likeness is not None and likeness >= (COUNTED if numbering.even else UNEVEN)


def _recording(path: Path) -> Recording:
    """All frames in the order of time."""
    skipped: list[Skipped] = []
    gathered = _gather(path, path, skipped) if path.is_dir() else None
    empty = {file for file in gathered or [] if os.stat(file).st_size == 0}
    skipped += [Skipped(os.path.relpath(file, path), "an empty file") for file in sorted(empty)]
    files = [file for file in gathered or [] if file not in empty]
    names = [os.path.relpath(file, path) for file in files]
    numbering = frame_names.numbering(names)
    if numbering is None:
        raise NoDataError(
            f"{path}: holds no frames that follow each other: name them by time or by a counter"
        )
    usual = _usual_size(files, numbering.order)
    others = [one for one in frame_names.layers(names, numbering) if _usual_size(files, one) == usual]
    orders = [numbering.order, *others]
    left = sorted(set(range(len(files))) - {place for order in orders for place in order})
    skipped += [Skipped(names[i], "named unlike the frames") for i in left]
    kept = _of_one_size(files, orders)
    odd = [order[i] for i in range(len(numbering.order)) if i not in kept for order in orders]
    skipped += [Skipped(names[place], "of another size than most frames") for place in odd]
    layers = tuple(tuple(Path(files[order[i]]) for i in kept) for order in orders)
    times = None if numbering.times is None else tuple(numbering.times[i] for i in kept)
    return Recording(layers, times, numbering.spacing, tuple(skipped))


def _of_one_size(files: Sequence[str], orders: Sequence[Sequence[int]]) -> Sequence[int]:
    """The moments at which the frames of all layers have the usual size, or are damaged; all of them where
    some headers are alike, or where there are too many frames to look at each."""
    moments = range(len(orders[0]))
    some = {header[:2] for header in _headers([Path(files[place]) for place in orders[0]])}
    if len(some) < 2 or len(moments) * len(orders) > GLANCE:
        return moments
    sizes = [{_size(files[order[i]]) for order in orders} for i in moments]
    usual = Counter(size for found in sizes for size in found if size).most_common(1)[0][0]
    return [i for i in moments if sizes[i] <= {usual, None}]


def _usual_size(files: Sequence[str], order: Sequence[int]) -> tuple[int, int] | None:
    headers = _headers([Path(files[place]) for place in order])
    return frame_pictures.usual_header(headers)[:2] if headers else None


def _size(file: str) -> tuple[int, int] | None:
    """Height and width; None of a damaged picture."""
    try:
        return frame_pictures.header(Path(file))[:2]
    except UnreadableSampleError:
        return None


def _headers(files: Sequence[Path]) -> list[Header]:
    found = []
    for i in frame_pictures.spread(len(files), HEADERS):
        try:
            found.append(frame_pictures.header(files[i]))
        except UnreadableSampleError:
            continue
    return found


def _gather(folder: Path, root: Path, skipped: list[Skipped]) -> list[str] | None:
    """Paths of pictures by folder and name; None where the folders are classes and not days or parts."""
    shown = folders.listed(folder)
    inner = [entry for entry in shown if entry.is_dir(follow_symlinks=False)]
    plain = sorted(
        (entry for entry in shown if entry.is_file()), key=lambda entry: (len(entry.name), entry.name)
    )
    files = [entry.path for entry in plain if frame_names.stem(entry.name) is not None]
    if any(entry.name.lower() in sample_folders.ROLES for entry in inner) and (files or len(inner) > 1):
        return None  # masks or boxes of the pictures
    stretches = inner if len(inner) == 1 else [entry for entry in inner if is_stretch(entry.name)]
    others = [entry for entry in inner if entry not in stretches]
    if len(files) < LEAST_FRAMES and any(_holds_pictures(Path(entry.path)) for entry in others):
        return None
    _skip(others, root, "beside the frames", skipped)
    _skip([entry for entry in plain if frame_names.stem(entry.name) is None], root, "no picture", skipped)
    deeper: list[str] = []
    for entry in sorted(stretches, key=_by_part):
        below = _gather(Path(entry.path), root, skipped)
        if below is None:
            return None
        deeper += below
    if len(files) < STRAY * len(deeper):
        skipped += [Skipped(os.path.relpath(file, root), "beside the frames") for file in files]
        return deeper
    return None if files and deeper else files


def _skip(entries: Sequence[os.DirEntry[str]], root: Path, why: str, skipped: list[Skipped]) -> None:
    skipped += [Skipped(os.path.relpath(entry.path, root), why) for entry in entries]


def is_stretch(name: str) -> bool:
    """Whether a folder is a stretch of one recording, by its name: a part, a year, a day, an hour."""
    return part_names.part_of(name) is not None or STRETCH.match(name) is not None


def _by_part(entry: os.DirEntry[str]) -> tuple[int, str]:
    part = part_names.part_of(entry.name)
    return 0 if part is None else PART_ORDER.index(part), entry.name


def _holds_pictures(folder: Path) -> bool:
    below = itertools.islice(folders.files_below(folder), GLANCE)
    return any(frame_names.stem(entry.name) is not None for entry in below)
