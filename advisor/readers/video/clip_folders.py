"""Which folders of pictures are clips, or hold some, told by names, sizes and likeness of some pictures."""

from __future__ import annotations

import itertools
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from advisor.errors import UnreadableSampleError
from advisor.readers import folders, part_names, sample_folders
from advisor.readers.source import Skipped
from advisor.readers.video import frame_labels, frame_names, frame_pictures
from advisor.readers.video.frame_pictures import Header

GLANCE, GLANCE_FRAMES = 16, 400  # clips, and frames of each, that tell whether the folders are clips
LEAST_IN_A_ROW = 8  # frames of each of several clips that lie in one folder
GAPS = 2  # times as many numbers as frames between the first and the last of such a clip, at most
MOST_OF = 0.95  # of the pictures in a folder must be frames of such clips
LAST_NUMBER = re.compile(r"(?P<before>.*?)(?P<number>\d{1,9})")
LEAST_FRAMES = 4  # of a clip in the middle of those looked at
MOST_CLASS_NUMBER = 100  # bare numbers with more pictures each are the names of classes
IN_PARTS = 0.8  # of the folders that another part has too, from which they are classes
LIKENESS = 0.35
"""Measured: class folders of photographs -0.10 to 0.06, hand signs taken one after the other 0.09 to 0.22."""
FRAME = re.compile(r"(?P<clip>.*\d.*?)[-_. ]*(?<![A-Za-z])fra?me?[-_ ]*\d+", re.I)
"""A picture that says of which clip it is a frame: `cell0017_frame_3`."""

MANY = 40  # folders with few frames each, which are called as their folder: so many classes would hold more
FEW_FRAMES = 40  # the most that such a folder holds
MASKS = sample_folders.ROLES - {"image", "images", "img", "imgs", "jpegimages"}
NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Clip:
    """One folder of frames: its path below the root, and its frames in order."""

    folder: Path
    below: tuple[str, ...]
    frames: tuple[str, ...]

    def files(self, places: Sequence[int] | None = None) -> list[Path]:
        """Paths of all frames, or of those at some places."""
        chosen = self.frames if places is None else [self.frames[i] for i in places]
        return [self.folder / name for name in chosen]


def are_clips(path: Path) -> bool:
    """Whether names, sizes and likeness of the pictures in some folders say that these are clips."""
    some = _some_folders(path, GLANCE)
    clips = [] if len(some) < 2 else [clip for one in some if (clip := _clip(one, path, GLANCE_FRAMES))]
    clips = clips or _some_side_by_side(some, path)
    if len(clips) < 2 or not _are_named_as_clips(clips) or _are_in_several_parts(clips, path):
        return False
    if np.median([len(clip.frames) for clip in clips]) < LEAST_FRAMES:
        return False
    if frame_names.are_slices(clips[0].frames) or frame_labels.are_described(path, clips[0].files()):
        return False
    if len(_some_folders(path, MANY)) == MANY and all(map(_say_frames, clips)):
        return True
    sizes = [_size_pair(clip) for clip in clips]
    if 2 * sum(first is not None and first == last for first, last in sizes) <= len(sizes):
        return False
    likeness = frame_pictures.likeness([clip.files() for clip in clips])
    return likeness is not None and likeness >= LIKENESS


def _some_folders(folder: Path, most: int) -> list[Path]:
    """A few of the folders of pictures, spread over the branches."""
    found = [entry for entry in folders.visible(folder) if entry.is_dir(follow_symlinks=False)]
    names = sorted((entry.name for entry in found), key=folders.natural)
    inner = [folder / name for name in names]
    if not inner:
        return [folder]
    chosen = [inner[i] for i in frame_pictures.spread(len(inner), most)]
    return [below for one in chosen for below in _some_folders(one, -(-most // len(chosen)))][:most]


def _are_named_as_clips(clips: Sequence[Clip]) -> bool:
    """Folders of masks are none, and folders right below the root must be numbered, or they are classes."""
    levels = [[name for name in clip.below if part_names.part_of(name) is None] for clip in clips]
    if any(name.lower() in MASKS for level in levels for name in level):
        return False
    if not all(levels):
        return False
    if max(map(len, levels)) > 1 and len({tuple(level[:-1]) for level in levels}) > 1:
        return True
    names = [level[-1] for level in levels]
    if not all(NUMBERS.search(name) for name in names):
        return False
    bare = all((name.isdecimal() and not name.startswith("0")) or name == "0" for name in names)
    return not bare or float(np.median([len(clip.frames) for clip in clips])) <= MOST_CLASS_NUMBER


def _say_frames(clip: Clip) -> bool:
    """Whether all pictures of a folder say that they are frames, and of what: a piece of the folder's name.
    What they show then need not be alike, as where a growing cell fills each frame."""
    names = [FRAME.fullmatch(frame_names.stem(name) or "") for name in clip.frames]
    called = {name["clip"] for name in names if name is not None}
    return (
        None not in names
        and len(names) <= FEW_FRAMES
        and len(called) == 1
        and called.pop().lower() in clip.folder.name.lower()
    )


def _are_in_several_parts(clips: Sequence[Clip], root: Path) -> bool:
    """Whether folders called by different words, `Apple Red 1` and `Banana 1`, are in another part too:
    classes are, while a clip lies in one part, and only counted ones (`clip_1`) begin anew in each."""
    if len({NUMBERS.sub("", clip.below[-1]) for clip in clips}) < 2:
        return False
    again = 0
    for clip in clips:
        for place, name in enumerate(clip.below[:-1]):
            if part_names.part_of(name) is None:
                continue
            around = root.joinpath(*clip.below[:place])
            others = [entry.name for entry in folders.visible(around) if part_names.part_of(entry.name)]
            after = clip.below[place + 1 :]
            again += any(around.joinpath(one, *after).is_dir() for one in others if one != name)
            break
    return again >= IN_PARTS * len(clips)


def _size_pair(clip: Clip) -> tuple[Header | None, Header | None]:
    """Headers of the first and the last frame; None where damaged."""
    found: list[Header | None] = []
    for path in clip.files([0, -1]):
        try:
            found.append(frame_pictures.header(path))
        except UnreadableSampleError:
            found.append(None)
    return found[0], found[1]


def _clip(folder: Path, root: Path, most: int | None = None) -> Clip | None:
    """The numbered pictures that lie in a folder; None where there are none, or they are not numbered.

    Args:
        most: how many are looked at, the first; all if None.
    """
    names = [entry.name for entry in folders.visible(folder) if entry.is_file()]
    names.sort(key=lambda name: (len(name), name))
    names = list(itertools.islice((name for name in names if frame_names.stem(name) is not None), most))
    numbering = frame_names.numbering(names)
    if numbering is None:
        return None
    return Clip(folder, folder.relative_to(root).parts, tuple(names[i] for i in numbering.order))


def _side_by_side(folder: Path, root: Path) -> list[Clip]:
    """Clips whose frames lie in one folder: `run_03_0001.jpg`, `run_03_0002.jpg`, ..., `run_04_0001.jpg`.

    None where nearly all pictures are not of such a clip, long enough and numbered without gaps.
    """
    names = [entry.name for entry in folders.visible(folder) if entry.is_file()]
    stems = {name: frame_names.stem(name) for name in names}
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, bare in stems.items():
        if bare is not None and (match := LAST_NUMBER.fullmatch(bare)):
            found[match["before"]].append((int(match["number"]), name))
    runs = {before: sorted(frames) for before, frames in found.items() if len(frames) >= LEAST_IN_A_ROW}
    whole = [frames[-1][0] - frames[0][0] <= GAPS * len(frames) for frames in runs.values()]
    pictures = sum(bare is not None for bare in stems.values())
    if len(runs) < 2 or not all(whole) or sum(map(len, runs.values())) < MOST_OF * pictures:
        return []
    below = folder.relative_to(root).parts
    return [
        Clip(folder, (*below, before.strip(" _-.")), tuple(name for _, name in frames))
        for before, frames in runs.items()
    ]


def _some_side_by_side(some: Sequence[Path], root: Path) -> list[Clip]:
    """A few clips of each class folder, where all those looked at hold several side by side."""
    found = [_side_by_side(folder, root) for folder in some if folder != root]
    if len(found) < 2 or not all(found):
        return []
    each = -(-GLANCE // len(found))
    return [clips[i] for clips in found for i in frame_pictures.spread(len(clips), min(each, len(clips)))]


def clips_below(folder: Path, root: Path, skipped: list[Skipped]) -> list[Clip]:
    """Every folder of numbered pictures at any depth."""
    entries = folders.visible(folder)
    inner = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    whole = _clip(folder, root)
    here = [whole] if whole else _side_by_side(folder, root) if folder != root else []
    kept = {name for clip in here for name in clip.frames}
    for entry in entries:
        if entry.is_file() and entry.name not in kept:
            skipped.append(Skipped(os.path.relpath(entry.path, root), "not one of the frames of a clip"))
    below = [clip for entry in inner for clip in clips_below(Path(entry.path), root, skipped)]
    return [*here, *below]
