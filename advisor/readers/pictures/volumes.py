"""Volumes, one a file: NIfTI and stacks of TIFF pages; in class folders, or each with a volume of labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, sample_folders, tree
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.name_words import speaks_of_masks
from advisor.readers.pictures import nifti, tiffs
from advisor.readers.pictures.masks import MOST_CLASSES, count_classes, distinct
from advisor.readers.pictures.pairing import Pairs, pair
from advisor.readers.sample_folders import Found
from advisor.readers.source import Skipped, Source
from advisor.records import Axis, InputSpec, TargetSpec

FORMAT = "volume-folder"
SUFFIXES = nifti.SUFFIXES | tiffs.SUFFIXES
WHAT = "volumes"
HEADERS = 100  # volumes whose headers are read to tell sizes and spacings
LOOKED_AT = 3  # TIFF files looked into to tell stacks from pictures
MASKS_FROM = 16  # volumes of labels decoded to count their classes, as far as time allows
LEAST_SHARE = 0.2  # of all volumes that must be in pairs
SUBJECT = re.compile(r"(sub|subj|subject|pat|patient|case|ses|session)[-_ ]?\w*", re.I)  # BIDS and others
MANY_FOLDERS, FEW_FILES = 8, 10  # so many numbered folders of so few files are subjects and not classes

Shape = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Kind:
    """What the headers of a data set say together; None where files differ."""

    sizes: tuple[int | None, ...]  # time, depth, height, width, channel
    dtype: str
    spacing: tuple[float | None, ...]  # mm along depth, height, width
    step: float | None  # seconds
    has_time: bool


def sniff(path: Path) -> int:
    """How many volumes lie at or below `path` (counted up to a limit); 0 is not this form.

    TIFF files count where most of a few that are looked into hold several slices.
    """
    if path.is_dir() and not folders.has_any(path, {*nifti.SUFFIXES, *tiffs.SUFFIXES}):
        return 0
    names = [path.name] if path.is_file() else tree.names_below(path)
    root = path.parent if path.is_file() else path
    return min(len(_volumes(root, names)), folders.SNIFF_ENOUGH)


def read(path: Path, *, target: str | None = None) -> Source:
    """Volumes as (depth, height, width, channel), with (time, ...) before it where they are scans over time.

    Volumes with a volume of labels each are for segmentation, class folders for classification; folders of
    subjects are no classes. Sizes and spacings come from up to HEADERS headers.

    Raises:
        NoDataError: no volume can be read.
        MissingExtraError: the library of that form is not installed.
    """
    everything = [] if path.is_file() else tree.names_below(path)
    names = _volumes(path, everything)
    pairs = _pairs(path, names)
    if pairs is not None:
        goal = TargetSpec(name=target or "mask", kind="mask", classes=_classes(path, pairs))
        return _source(path, _paired(path, pairs, tree.part_lists(path, everything)), goal=goal)
    if names and (found := _in_classes(path, names)) is not None:
        return _source(path, found, labelled=True, target=target)
    return _source(path, sample_folders.flat_files(path, _suffixes(names), WHAT))


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A volume, or all volumes below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in SUFFIXES:
        raise NoDataError(f"{path}: is no volume: give one with the suffix {', '.join(sorted(SUFFIXES))}")
    names = [path.name] if path.is_file() else _volumes(path, tree.names_below(path))
    return _source(path, sample_folders.flat_files(path, _suffixes(names), WHAT))


def decode(path: Path, *, has_time: bool) -> NDArray[np.generic]:
    """[depth, height, width, channel], or [time, depth, height, width, channel] where the data have time.

    Raises:
        UnreadableSampleError: damaged, too large, or with time where the others have none.
    """
    values = tiffs.read(path) if folders.suffix(path.name) in tiffs.SUFFIXES else nifti.decode(path)
    if has_time:
        return values
    if len(values) > 1:
        raise UnreadableSampleError(f"{path}: has {len(values)} steps in time, the others none: remove it")
    volume: NDArray[np.generic] = values[0]
    return volume


# --- which files, with what ---------------------------------------------------------------------


def _volumes(root: Path, names: Iterable[str]) -> list[str]:
    """NIfTI files, else TIFF files where most of a few hold several slices."""
    by_suffix: dict[str, list[str]] = {}
    for name in names:
        by_suffix.setdefault(folders.suffix(name), []).append(name)
    scans = [name for ending in nifti.SUFFIXES for name in by_suffix.get(ending, [])]
    pictures = [name for ending in tiffs.SUFFIXES for name in by_suffix.get(ending, [])]
    if scans or not pictures:
        return scans
    looked_at = pictures[:: max(1, len(pictures) // LOOKED_AT)][:LOOKED_AT]
    stacks = sum(tiffs.is_stack(root / name) for name in looked_at)
    return pictures if 2 * stacks > len(looked_at) else []


def _suffixes(names: Iterable[str]) -> frozenset[str]:
    return frozenset(folders.suffix(name) for name in names) or nifti.SUFFIXES


def _pairs(path: Path, names: list[str]) -> Pairs | None:
    if not speaks_of_masks(names):
        return None
    pairs = pair(names)
    in_pairs = len(pairs.masks) + len({mask for masks in pairs.masks.values() for mask in masks})
    if not pairs.masks or in_pairs < LEAST_SHARE * len(names):
        return None
    for masks in list(pairs.masks.values())[:LOOKED_AT]:
        try:
            values = _values(path / masks[0])
        except UnreadableSampleError:
            continue
        return pairs if len(distinct(values)) <= MOST_CLASSES else None
    return None


def _values(path: Path) -> NDArray[np.generic]:
    return tiffs.read(path) if folders.suffix(path.name) in tiffs.SUFFIXES else nifti.decode(path)


def _classes(path: Path, pairs: Pairs) -> int | None:
    files = [path / masks[0] for masks in pairs.masks.values()]
    return count_classes(files[:: max(1, len(files) // MASKS_FROM)][:MASKS_FROM], _values, volumes=True)


def _paired(path: Path, pairs: Pairs, parts: dict[str, str]) -> Found:
    found = tree.found_at(path, pairs.masks, parts, "volumes with labels")
    found.skipped += [Skipped(name, "a volume without labels") for name in pairs.lone_images]
    found.skipped += [Skipped(name, "labels without volume") for name in pairs.lone_masks]
    return found


def _in_classes(path: Path, names: list[str]) -> Found | None:
    """Class folders; None where the folders hold a subject each, a step of the work, or nothing."""
    if path.is_file() or not any("/" in name for name in names):
        return None
    try:
        found = sample_folders.class_folders(path, _suffixes(names), WHAT)
    except NoDataError:
        return None
    classes = set(found.labels) - {""}
    return None if len(classes) < 2 or _are_subjects(classes, len(found.files)) else found


def _are_subjects(classes: set[str], files: int) -> bool:
    numbered = len({re.sub(r"\d+", "", name) for name in classes}) == 1
    return (
        files < 2 * len(classes)
        or all(SUBJECT.fullmatch(name) for name in classes)
        or (numbered and len(classes) >= MANY_FOLDERS and files < FEW_FILES * len(classes))
    )


# --- what a volume is ---------------------------------------------------------------------------


def _source(
    path: Path,
    found: Found,
    *,
    labelled: bool = False,
    target: str | None = None,
    goal: TargetSpec | None = None,
) -> Source:
    kind, damaged = _kind(path, found)
    return from_files(
        path,
        found,
        damaged,
        form=FORMAT,
        input_spec=InputSpec(name="volume", dtype=kind.dtype, axes=_axes(kind)),
        labelled=labelled or goal is not None,
        target=target,
        decode=_decoder(kind.has_time),
        goal=goal,
    )


def _decoder(has_time: bool) -> Callable[[Path], NDArray[np.generic]]:
    return lambda path: decode(path, has_time=has_time)


def _axes(kind: Kind) -> tuple[Axis, ...]:
    time, depth, height, width, channel = kind.sizes
    space = zip(("depth", "height", "width"), (depth, height, width), kind.spacing, strict=True)
    unit = "s" if kind.step else None
    return (
        *((Axis(name="time", size=time, spacing=kind.step, unit=unit),) if kind.has_time else ()),
        *(
            Axis(name=name, size=size, spacing=spacing, unit="mm" if spacing else None)
            for name, size, spacing in space
        ),
        Axis(name="channel", size=channel),
    )


def _kind(path: Path, found: Found) -> tuple[Kind, dict[int, str]]:
    """What an even sample of headers says together, and the damaged files; raises MissingExtraError."""
    headers: list[nifti.Header] = []
    damaged: dict[int, str] = {}
    for i in header_sample(found, HEADERS):
        try:
            headers.append(_header(found.files[i]))
        except UnreadableSampleError as error:
            damaged[i] = str(error).removeprefix(f"{found.files[i]}: ")
    if not headers:
        first, reason = next(iter(damaged.items()))
        name = found.files[first].name
        raise NoDataError(f"{path}: none of {len(damaged)} volumes can be read: {name}: {reason}")
    sizes = [{one.shape[side] for one in headers} for side in range(5)]
    spacings = [{_rounded(one.spacing[side]) for one in headers} for side in range(3)]
    steps = {_rounded(one.step) for one in headers}
    kind = Kind(
        sizes=tuple(size.pop() if len(size) == 1 else None for size in sizes),
        dtype=np.result_type(*{one.dtype for one in headers}).name,
        spacing=tuple(spacing.pop() if len(spacing) == 1 else None for spacing in spacings),
        step=steps.pop() if len(steps) == 1 else None,
        has_time=sum(one.shape[0] > 1 for one in headers) * 2 > len(headers),
    )
    return kind, damaged


def _header(path: Path) -> nifti.Header:
    if folders.suffix(path.name) not in tiffs.SUFFIXES:
        return nifti.header(path)
    found = tiffs.layout(path)
    return nifti.Header(found.shape, found.dtype, (found.spacing, None, None))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")  # float32 headers differ in their last digits
