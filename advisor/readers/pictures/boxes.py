"""Pictures with boxes around things: PASCAL VOC, COCO, YOLO, LabelMe, VIA, CVAT, and tables of boxes."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from advisor.errors import DataError, NoDataError, UnsafeDataError
from advisor.readers import folders, name_words, tree
from advisor.readers.pictures import box_files, box_lists, drawn_regions, images
from advisor.readers.pictures.box_files import Boxes
from advisor.readers.pictures.pairing import pair
from advisor.readers.sample_folders import Found
from advisor.readers.source import Skipped, Source
from advisor.records import TargetSpec

FORMAT = "boxes"
LOOKED_AT = 6  # files of boxes opened to tell the form
READ_WHOLE = 2_000  # files of one picture each whose classes are read, about two seconds; the rest is alike
LEAST_SHARE = 0.2  # of the pictures that must have boxes; the rest may be a test part without
LEAST_BOXED = 2  # pictures

Read = Callable[[Path], Boxes | None]


@dataclass(frozen=True)
class Form:
    """One form of files of boxes: its suffix, how it is told and how it is read."""

    suffix: str
    is_form: Callable[[Path], bool]
    read: Read


@dataclass
class Annotated:
    """Pictures (paths below the folder) with boxes, and the files of boxes that say so."""

    pictures: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    has_outlines: bool = False
    skipped: list[Skipped] = field(default_factory=list)


BESIDE = (
    Form(".xml", box_files.is_voc, box_files.voc),
    Form(".txt", box_files.is_lines, box_files.lines),
    Form(".json", box_files.is_labelme, box_files.labelme),
)
"""Forms with a file per picture, named like it."""
DRAWN = (
    Form(".json", drawn_regions.is_via, drawn_regions.via),
    Form(".xml", drawn_regions.is_cvat, drawn_regions.cvat),
    Form(".csv", drawn_regions.is_via_table, drawn_regions.via_table),
)
"""Forms with one file for many pictures that few other files resemble; the first that there is counts."""
MOST_LISTS = 50 * LOOKED_AT  # files of one suffix; of more each is of one picture or sample
BOX_SUFFIXES = (*(form.suffix for form in BESIDE), ".csv", ".tsv")


def sniff(path: Path) -> int:
    """How many pictures and files of boxes there are (up to a limit), where enough pictures have boxes."""
    if not path.is_dir():
        return 0
    names = tree.names_below(path)
    pictures = _pictures(names)
    if len(pictures) < LEAST_BOXED:
        return 0
    counts = (_count_beside(path, names, pictures, form) for form in BESIDE)
    whole = len(_whole_files(path, names, pictures))
    most = max(*counts, len(pictures) + whole if whole else 0)
    return min(most, folders.SNIFF_ENOUGH)


def read(path: Path, *, target: str | None = None) -> Source:
    """Pictures as `images.read` gives them; the target is boxes (masks, where outlines are given instead).

    Pictures without boxes are skipped. Classes come from the whole of COCO files and tables, and from up to
    READ_WHOLE files where each picture has its own.

    Raises:
        NoDataError: no picture has boxes.
        UnsafeDataError: the only file of boxes is larger than its limit or declares a document type.
    """
    names = tree.names_below(path)
    pictures = _pictures(names)
    candidates = [_read_beside(path, names, pictures, form) for form in BESIDE]
    candidates.append(_read_whole(path, _whole_files(path, names, pictures), pictures))
    best = max(candidates, key=lambda one: len(one.pictures))
    if not best.pictures:
        reasons = [skipped.reason for one in candidates for skipped in one.skipped]
        raise NoDataError(
            f"{path}: no pictures with boxes were found" + (f": {reasons[0]}" if reasons else "")
        )
    found = _found(path, best, pictures, tree.part_lists(path, names))
    kind = "mask" if best.has_outlines else "boxes"
    goal = TargetSpec(name=target or kind, kind=kind, classes=len(best.classes) or None)
    return images.source(path, found, form=FORMAT, labelled=True, goal=goal)


# --- a file per picture -------------------------------------------------------------------------


def _partners(names: Iterable[str], pictures: Iterable[str], suffix: str) -> dict[str, str]:
    """Each file of boxes to its picture: of those of the same bare name the one with most folders in common,
    so that `train/labels/1.txt` is not taken for `val/images/1.jpg`."""
    files = [name for name in names if name[-len(suffix) :].lower() == suffix]
    by_stem: dict[str, list[str]] = defaultdict(list)
    for name in pictures if files else ():
        by_stem[tree.stem(name).rpartition("/")[2]].append(name)
    partners = {}
    for name in files:
        same = by_stem.get(tree.stem(name).rpartition("/")[2])
        if same:
            above = set(name.split("/")[:-1])
            partners[name] = max(same, key=lambda picture: len(above & set(picture.split("/")[:-1])))
    return partners


def _is_form(path: Path, files: list[str], form: Form) -> bool:
    """Whether most of a few of these files are of that form."""
    filled = [
        name for name in files[:: max(1, len(files) // (4 * LOOKED_AT))] if (path / name).stat().st_size
    ]
    looked_at = filled[:: max(1, len(filled) // LOOKED_AT)][:LOOKED_AT]
    return sum(form.is_form(path / name) for name in looked_at) * 2 > len(looked_at)


def _is_enough(partners: dict[str, str], pictures: list[str]) -> bool:
    boxed = len(set(partners.values()))
    return boxed >= LEAST_BOXED and boxed >= LEAST_SHARE * len(pictures)


def _count_beside(path: Path, names: list[str], pictures: list[str], form: Form) -> int:
    partners = _partners(names, pictures, form.suffix)
    if not _is_enough(partners, pictures) or not _is_form(path, list(partners), form):
        return 0
    return len(pictures) + len(partners)


def _read_beside(path: Path, names: list[str], pictures: list[str], form: Form) -> Annotated:
    partners = _partners(names, pictures, form.suffix)
    found = Annotated()
    if not _is_enough(partners, pictures) or not _is_form(path, list(partners), form):
        return found
    outlined = read = 0
    step = max(1, len(partners) // READ_WHOLE)
    for place, name in enumerate(sorted(partners, key=folders.natural)):
        if place % step == 0:
            try:
                boxes = form.read(path / name)
            except DataError as error:
                found.skipped.append(Skipped(name, str(error).removeprefix(f"{path / name}: ")))
                continue
            if boxes is None:
                found.skipped.append(Skipped(name, "a text without boxes"))
                continue
            found.classes |= boxes.classes
            outlined, read = outlined + boxes.has_outlines, read + bool(boxes.classes)
        found.pictures.append(partners[name])
        found.files.append(name)
    if form.suffix == ".txt" and (known := box_files.class_names(path, names)):
        found.classes = set(known)
    found.has_outlines = 2 * outlined > read
    return found


# --- one file for many pictures -----------------------------------------------------------------


def _whole_files(path: Path, names: list[str], pictures: list[str]) -> dict[str, Read]:
    """COCO files, those of tools to draw regions, or tables of boxes, each with how it is read."""
    by_suffix: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_suffix[folders.suffix(name)].append(name)
    few = {suffix: found for suffix, found in by_suffix.items() if len(found) <= MOST_LISTS}
    if coco := [name for name in few.get(".json", []) if box_lists.is_coco(path / name)]:
        return dict.fromkeys(coco, box_lists.coco)
    bare = {name.rpartition("/")[2] for name in pictures}
    for form in DRAWN:
        drawn = [name for name in few.get(form.suffix, []) if form.is_form(path / name)]
        if drawn and len(_named(path, drawn, form) & bare) >= max(LEAST_BOXED, LEAST_SHARE * len(bare)):
            return dict.fromkeys(drawn, form.read)
    bare |= {tree.stem(name) for name in bare}
    tables = [*few.get(".csv", []), *few.get(".tsv", [])]
    return dict.fromkeys([name for name in tables if box_lists.is_table(path / name, bare)], box_lists.table)


def _named(path: Path, files: list[str], form: Form) -> set[str]:
    """The bare names of the pictures that these files say boxes of."""
    found: set[str] = set()
    for name in files:
        with contextlib.suppress(DataError):  # told where it is read
            boxes = form.read(path / name)
            found |= boxes.pictures if boxes else set()
    return found


def _read_whole(path: Path, files: dict[str, Read], pictures: list[str]) -> Annotated:
    """A picture that several files name belongs to the one with most folders in common."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for name in pictures:
        bare = name.rpartition("/")[2]
        by_name[bare].append(name)
        by_name[tree.stem(bare)].append(name)
    found = Annotated()
    outlined = 0
    seen: set[str] = set()
    for name in sorted(files):
        try:
            boxes = files[name](path / name)
        except DataError as error:
            if isinstance(error, UnsafeDataError) and len(files) == 1:
                raise
            found.skipped.append(Skipped(name, str(error).removeprefix(f"{path / name}: ")))
            continue
        if boxes is None:
            continue
        place = set(tree.stem(name).split("/")) | {tree.part_of_path(name)}
        matched = {
            max(same, key=lambda one: len(place & {*one.split("/")[:-1], tree.part_of_path(one)}))
            for bare in boxes.pictures
            if (same := by_name.get(bare))
        }
        found.pictures += sorted(matched - seen, key=folders.natural)
        seen |= matched
        found.files.append(name)
        found.classes |= boxes.classes
        outlined += boxes.has_outlines
        missing = len(boxes.pictures) - len(matched)
        if missing:
            found.skipped += [Skipped(name, "boxes of a picture that is not there")] * missing
    found.has_outlines = 2 * outlined > len(found.files)
    return found


# --- the pictures -------------------------------------------------------------------------------


def _pictures(names: list[str]) -> list[str]:
    """Pictures that are no masks of others; none where there are no files that could be of boxes."""
    found = [name for name in names if folders.suffix(name) in images.SUFFIXES]
    if len(found) == len(names) or not any(name.lower().endswith(BOX_SUFFIXES) for name in names):
        return []
    if not name_words.speaks_of_masks(found):
        return found
    masks = {mask for masks in pair(found).masks.values() for mask in masks}
    return [name for name in found if name not in masks]


def _found(path: Path, annotated: Annotated, pictures: list[str], parts: dict[str, str]) -> Found:
    boxed = set(annotated.pictures)
    found = tree.found_at(path, sorted(boxed, key=folders.natural), parts, "pictures with boxes")
    found.skipped += annotated.skipped
    found.skipped += [Skipped(name, "a picture without boxes") for name in pictures if name not in boxed]
    return found
