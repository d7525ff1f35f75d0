"""Clips kept as folders of numbered frames: `class/clip_01/frame_0001.jpg`, `clip_07/0001.png`.

They look like pictures in class folders, and differ in three things: each folder's pictures are counted, have
one size, and neighbours are more alike than pictures of the same folder that lie far apart.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, part_names, sample_folders
from advisor.readers.labelling import label_files, name_labels, sample_files
from advisor.readers.labelling.label_columns import LabelColumn
from advisor.readers.labelling.sample_files import Labelled
from advisor.readers.labels import (
    check_labels,
    label_array,
    parts_array,
    split_counts,
    target_spec,
)
from advisor.readers.source import Skipped, Source
from advisor.readers.video import clip_folders, frame_names, frame_pictures
from advisor.readers.video.clip_folders import Clip
from advisor.readers.video.frame_pictures import Frames, Header
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "frame-folders"
HEADERS = 24
MAX_BYTES = 4 * 2**30  # of one clip decoded whole


@dataclass
class Found:
    """The clips with the class and part that names and tables give them, and what was left out."""

    clips: list[Clip]
    labels: list[str] | None
    parts: list[str]
    skipped: list[Skipped] = field(default_factory=list)
    column: LabelColumn | None = None  # of the table that gives the labels


def sniff(path: Path) -> int:
    """How many frames of clips lie below `path` (counted up to a limit); 0 is not this form."""
    if not path.is_dir() or not clip_folders.are_clips(path):
        return 0
    frames = (entry for entry in folders.files_below(path) if frame_names.stem(entry.name) is not None)
    return sum(1 for _ in islice(frames, folders.SNIFF_ENOUGH))


def read(path: Path, *, target: str | None = None) -> Source:
    """A folder of frames per clip as (time, height, width, channel); without labels where none are found.

    Raises:
        NoDataError: no folders of frames.
        DataError: a class of the validation or test part that training lacks.
    """
    return _source(path, _find(path, target), target)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """The clips below a folder, or the one that it is, without labels."""
    skipped: list[Skipped] = []
    clips = [] if path.is_file() else clip_folders.clips_below(path, path, skipped)
    if not clips:
        raise NoDataError(f"{path}: holds no folder of numbered frames: give a folder of clips")
    return _source(path, Found(clips, None, [""] * len(clips), skipped), None)


# --- which class and part they have ----------------------------------------------------------------


def _find(path: Path, target: str | None) -> Found:
    skipped: list[Skipped] = []
    clips = clip_folders.clips_below(path, path, skipped)
    if not clips:
        raise NoDataError(f"{path}: holds no folder of numbered frames: give a folder of clips")
    parts = [next((part for name in clip.below if (part := part_names.part_of(name))), "") for clip in clips]
    others = [one.where.replace(os.sep, "/") for one in skipped]
    table = label_files.find(path, ["/".join(clip.below) for clip in clips], others, target)
    levels = [tuple(name for name in clip.below if part_names.part_of(name) is None) for clip in clips]
    labels = _labels_of_folders(levels)
    words = labels is not None and not any(clip_folders.NUMBERS.search(label) for label in labels)
    if table is not None and (
        not words or table.column.name == target or sample_files.says_more(table, labels or ())
    ):
        cells = [table.cells.get(place, [""])[0] for place in range(len(clips))]
        parts = [table.parts.get(place) or part for place, part in enumerate(parts)]
        return Found(
            clips, cells, parts, [one for one in skipped if one.where not in table.used], table.column
        )
    if labels is None and all(levels):
        names = name_labels.from_names([level[-1] for level in levels])
        labels = None if names is None else list(names.labels)
    return Found(clips, labels, parts, skipped)


def _labels_of_folders(levels: Sequence[tuple[str, ...]]) -> list[str] | None:
    """Classes as folders: those that hold the clips' folders, or the clips' own where each has many parents.

    Of two levels above the clips that one holds the classes whose names are words, as people are numbered.
    """
    depth = min(map(len, levels))
    if depth < 2:
        return None
    columns = {back: [level[-back] for level in levels] for back in range(1, depth + 1)}
    varying = {back: names for back, names in columns.items() if len(set(names)) > 1}
    words = [
        back
        for back, names in varying.items()
        if not any(clip_folders.NUMBERS.search(name) for name in names)
    ]
    repeated = [back for back in words if 2 * len(set(varying[back])) <= len(levels)]
    above = [back for back in varying if back > 1 and not all(is_date(name) for name in varying[back])]
    chosen = next(
        iter([back for back in repeated if back > 1] or [b for b in repeated if b == 1] or above), None
    )
    return None if chosen is None else varying[chosen]


def is_date(name: str) -> bool:
    """Whether a folder is named by a date and so stands for no class."""
    return len(re.sub(r"\D", "", name)) >= 6 and re.search(r"[a-z]", name, re.I) is None


# --- the samples -----------------------------------------------------------------------------------


def _source(path: Path, found: Found, target: str | None) -> Source:
    clips = found.clips
    headers, damaged = _headers(clips)
    if not headers:
        raise NoDataError(f"{path}: no frame of {len(clips)} clips can be read: {next(iter(damaged), '')}")
    _, _, channels, dtype = frame_pictures.usual_header(headers)
    labels = None if found.labels is None else label_array(found.labels)
    parts = parts_array(found.parts)
    if found.labels is not None and (found.column is None or found.column.kind == "category"):
        check_labels(path, found.labels, found.parts)

    def frames(index: int, places: Sequence[int] | None, size: int | None = None) -> Frames:
        clip = clips[index]
        return _decode(clip, places, (channels, dtype), size)

    source = Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=len(clips),
            inputs=(InputSpec(name="clip", dtype=dtype, axes=_axes(clips, headers, channels)),),
            target=None
            if labels is None
            else target_spec(found.column.name if found.column else target or "label", labels),
            splits=split_counts(parts, labels),
        ),
        ids=["/".join(clip.below) or clip.folder.name for clip in clips],
        read=lambda i: frames(i, None),
        labels=labels,
        parts=parts,
        skipped=tuple(found.skipped),
        read_frames=lambda i, count, size=None: frames(
            i, frame_pictures.spread(len(clips[i].frames), count), size
        ),
    )
    if found.column is None:
        return source
    told = TargetSpec(name=found.column.name, kind=found.column.kind)
    return sample_files.attach(source, Labelled(sample_folders.Found(), told))


def _axes(clips: Sequence[Clip], headers: Sequence[Header], channels: int) -> tuple[Axis, ...]:
    lengths = {len(clip.frames) for clip in clips}
    heights, widths = ({header[side] for header in headers} for side in (0, 1))
    return (
        Axis(name="time", size=lengths.pop() if len(lengths) == 1 else None),
        Axis(name="height", size=heights.pop() if len(heights) == 1 else None),
        Axis(name="width", size=widths.pop() if len(widths) == 1 else None),
        Axis(name="channel", size=channels),
    )


def _headers(clips: Sequence[Clip]) -> tuple[list[Header], list[str]]:
    """Headers of the middle frames of some clips, and what was wrong with the damaged ones."""
    found, damaged = [], []
    for i in frame_pictures.spread(len(clips), HEADERS):
        try:
            found.append(frame_pictures.header(clips[i].files([len(clips[i].frames) // 2])[0]))
        except UnreadableSampleError as error:
            damaged.append(str(error))
    return found, damaged


def _decode(clip: Clip, places: Sequence[int] | None, colours: tuple[int, str], size: int | None) -> Frames:
    """[time, height, width, channel] of one clip, in the size of its middle frame, or of its first if that is
    damaged."""
    files = clip.files(places)
    for file in (*clip.files([len(clip.frames) // 2]), *files):
        try:
            height, width, _, _ = frame_pictures.header(file)
        except UnreadableSampleError:
            continue
        channels, dtype = colours
        if len(files) * height * width * channels * np.dtype(dtype).itemsize > MAX_BYTES and size is None:
            raise UnreadableSampleError(
                f"{clip.folder}: decodes to more than {MAX_BYTES:,} bytes: cut it shorter"
            )
        return frame_pictures.stack(files, clip.folder, (height, width, channels, dtype), size, fit=True)
    raise UnreadableSampleError(
        f"{clip.folder}: none of {len(files)} frames can be decoded: fetch them again"
    )
