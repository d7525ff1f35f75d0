"""Pictures with a mask each: two folders beside each other, or masks beside pictures by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, tree
from advisor.readers.name_words import speaks_of_masks
from advisor.readers.pictures import images, mask_arrays
from advisor.readers.pictures.masks import FEW_VALUES, Appearance, appearance, count_classes
from advisor.readers.pictures.pairing import Pairs, pair, some, unnamed
from advisor.readers.sample_folders import Found
from advisor.readers.source import Skipped, Source
from advisor.records import TargetSpec

FORMAT = "mask-pairs"
WHAT = "pictures"
MOST_COUNTED = 2 * folders.SNIFF_ENOUGH  # pictures and masks: more than a reader counts of either alone
LOOKED_AT = 4  # pairs decoded to tell if masks look like masks
CLASSES_FROM = 24  # masks decoded to count their classes
LEAST_SHARE = 0.2  # of all pictures that must be in pairs; some sets have masks for a few of theirs
MOST_PIXELS = 36_000_000  # of a mask that is decoded to be looked at: aerial pictures of 6000 x 6000
UNNAMED_VALUES = 8  # distinct values of a mask whose name does not say that it is one
SOFT, PHOTOGRAPH = 0.95, 0.5  # equal neighbours of a mask with soft edges at least, of its picture at most
UNNAMED_CONTRAST = 4  # so many times more has its picture


def sniff(path: Path) -> int:
    """How many pictures and masks there are (up to a limit) where they come in pairs; else 0."""
    if not path.is_dir():
        return 0
    everything = tree.names_below(path)
    for names in _choices(everything):
        if _find(path, names, whole=False):
            return min(len(names), MOST_COUNTED)
    return 0


def read(path: Path, *, target: str | None = None) -> Source:
    """Pictures as `images.read` gives them; the target is a mask with as many classes as the masks show.

    Pictures without mask and masks without picture are skipped.

    Raises:
        NoDataError: no picture has a mask.
    """
    everything = tree.names_below(path)
    tried = (_find(path, names, whole=True) for names in _choices(everything))
    pairs = next((pairs for pairs in tried if pairs is not None), None)
    if pairs is None:
        raise NoDataError(
            f"{path}: no pictures with masks were found: name each mask like its picture, "
            "in folders such as `images` and `masks`"
        )
    found = _found(path, pairs, tree.part_lists(path, everything))
    masks = [path / masks[0] for masks in pairs.masks.values()]
    chosen = masks[:: max(1, len(masks) // CLASSES_FROM)][:CLASSES_FROM]
    classes = count_classes(chosen, mask_arrays.stored_values)
    goal = TargetSpec(name=target or "mask", kind="mask", classes=classes)
    return images.source(path, found, form=FORMAT, labelled=True, goal=goal)


def _find(path: Path, names: list[str], *, whole: bool) -> Pairs | None:
    """The pairs (all, or enough of them to tell), where enough pictures are in one and the masks that are
    looked at look like masks."""
    if len(names) < 2:
        return None
    if speaks_of_masks(names):
        few = some(names)
        pairs = pair(few)
        if _is_enough(pairs, len(few)) and _look_like_masks(path, pairs, named=True):
            return pairs if len(few) == len(names) or not whole else pair(names)
    candidates = (pairs for pairs in unnamed(names if whole else some(names)) if pairs.masks)
    return next((pairs for pairs in candidates if _look_like_masks(path, pairs, named=False)), None)


def _is_enough(pairs: Pairs, total: int) -> bool:
    paired = len(pairs.masks) + sum(map(len, pairs.masks.values()))
    masks = paired - len(pairs.masks) + len(pairs.lone_masks)
    return paired > 0 and paired >= LEAST_SHARE * total and 2 * len(pairs.lone_masks) <= masks


def _look_like_masks(path: Path, pairs: Pairs, *, named: bool) -> bool:
    """Whether most of a few masks have few values or flat areas; where no name says which are the masks,
    whether all have very few, on the size of their pictures, which have many more."""
    step = max(1, len(pairs.masks) // LOOKED_AT)
    votes = []
    for image, masks in list(pairs.masks.items())[::step][:LOOKED_AT]:
        if not _is_picture(image):
            return False
        try:
            if named:
                size = mask_arrays.size(path / masks[0])
                votes.append(size[0] * size[1] > MOST_PIXELS or _appearance(path / masks[0]).is_mask)
            elif not _is_mask_of(path / masks[0], path / image):
                return False
            else:
                votes.append(True)
        except UnreadableSampleError:
            continue
    return 2 * sum(votes) >= len(votes) > 0


def _is_mask_of(mask: Path, image: Path) -> bool:
    size = mask_arrays.size(mask)
    if size != images.size(image) or size[0] * size[1] > MOST_PIXELS:
        return False
    drawn, taken = _appearance(mask), _appearance(image)
    if min(drawn.flat, drawn.ends) >= SOFT and taken.flat <= PHOTOGRAPH:
        return True  # black and white with soft edges, beside what is not
    most = UNNAMED_VALUES if _is_picture(mask.name) else FEW_VALUES  # an array is no drawing
    return drawn.values <= most and taken.values >= UNNAMED_CONTRAST * UNNAMED_VALUES


def _appearance(path: Path) -> Appearance:
    return appearance(mask_arrays.stored_values(path))


def _found(path: Path, pairs: Pairs, parts: dict[str, str]) -> Found:
    found = tree.found_at(path, pairs.masks, parts, "pictures with masks")
    found.skipped += [Skipped(name, "a picture without mask") for name in pairs.lone_images]
    found.skipped += [Skipped(name, "a mask without picture") for name in pairs.lone_masks]
    return found


def _choices(names: Iterable[str]) -> Iterator[list[str]]:
    """The pictures; where there are arrays beside them, which may be their masks, both."""
    pictures = [name for name in names if _is_picture(name)]
    yield pictures
    arrays = [name for name in names if folders.suffix(name) in mask_arrays.SUFFIXES]
    if pictures and 2 * len(arrays) >= len(pictures):
        yield sorted([*pictures, *arrays])


def _is_picture(name: str) -> bool:
    return folders.suffix(name) in images.SUFFIXES
