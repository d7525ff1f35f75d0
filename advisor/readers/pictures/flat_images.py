"""Pictures whose folders are not their classes: labels in a table, in the file names, or none at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import folders, layouts, sample_folders
from advisor.readers.labelling import sample_files
from advisor.readers.pictures import images
from advisor.readers.source import Source

FORMAT = "image-files"
FEWEST = 4  # pictures without labels; fewer are illustrations and not data
DATA = frozenset(
    {".csv", ".tsv", ".tab", ".npy", ".npz", ".parquet", ".nc", ".h5", ".hdf5", ".mat", ".arff", ".ts",
     ".json", ".jsonl", ".txt", ".wav", ".flac", ".mp3", ".ogg", ".mp4", ".avi", ".nii", ".gz", ".xlsx"}
)  # fmt: skip
"""Suffixes of files that may be the data to which a few pictures are illustrations."""

MASKS = sample_folders.ROLES - {"image", "images", "img", "imgs", "jpegimages"}


def sniff(path: Path) -> int:
    """How many pictures there are (counted up to a limit) where folders are not their classes.

    None (0) where pictures lie beside larger files of data that do not name them, or in folders of masks.
    """
    if not path.is_dir():
        return 0
    found = layouts.survey(path, images.SUFFIXES)
    if not found.samples or layouts.are_figures(path, found):
        return 0
    if any(_is_of_masks(name.lower()) for below in set(found.dirs) for name in below):
        return 0
    count = min(len(found.samples), folders.SNIFF_ENOUGH)
    if any(layouts.class_names(found.dirs)):
        return count if sample_files.table_says_more(path, found) else 0
    return count if _are_main(found) or found.table(path) is not None else 0


def read(path: Path, *, target: str | None = None) -> Source:
    """Pictures as uint8 (height, width, channel), as `images.read` gives them.

    Args:
        target: a column of the table of labels, or a piece of the file names (`name2`).
    """
    labelled = sample_files.labelled(path, images.SUFFIXES, images.WHAT, target)
    labelled = sample_files.with_number_of_names(labelled)
    name = labelled.target.name if labelled.target else None
    has_labels = labelled.target is not None
    source = images.source(path, labelled.found, form=FORMAT, labelled=has_labels, target=name)
    return sample_files.attach(source, labelled)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A picture, or all pictures below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in images.SUFFIXES:
        known = ", ".join(sorted(images.SUFFIXES))
        raise NoDataError(f"{path}: is no picture: give one with the suffix {known}")
    found = sample_folders.flat_files(path, images.SUFFIXES, images.WHAT)
    return images.source(path, found, form=FORMAT, labelled=False, target=None)


def _is_of_masks(name: str) -> bool:
    return name in MASKS or name.startswith(("mask", "segmentation"))


def _are_main(found: layouts.Survey) -> bool:
    """Whether there are enough pictures, and no larger files of data beside them."""
    if len(found.samples) < FEWEST:
        return False
    data = [entry for entry in found.others if folders.suffix(entry.name) in DATA]
    return len(found.samples) > folders.SNIFF_ENOUGH or _bytes(found.samples) >= _bytes(data)


def _bytes(entries: Sequence[os.DirEntry[str]]) -> int:
    return sum(entry.stat().st_size for entry in entries[: folders.SNIFF_ENOUGH])
