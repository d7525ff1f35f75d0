"""What the words of a file's name say: is it a mask or a picture, and what is it called apart from that."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from advisor.readers.folders import DIGITS
from advisor.readers.part_names import FILLERS, PARTS
from advisor.readers.tree import SHORT, stem

MASK_WORDS = frozenset(
    {"mask", "masks", "label", "labels", "labeled", "labelled", "lbl", "lbls", "lab", "seg", "segs", "segm",
     "segmentation", "segmentations", "segmented", "gt", "gts", "groundtruth", "truth", "truths",
     "annotation", "annotations", "annotated", "annot", "annots", "anno", "annos", "manual", "target",
     "targets", "trimap", "trimaps", "matte", "roi", "rois"}
)  # fmt: skip
MASK_DETAILS = frozenset(
    {"fine", "coarse", "id", "ids", "color", "colour", "colors", "instance", "instances", "class", "classes",
     "object", "train", "map", "maps", "image", "images", "img", "pixel", "semantic", "binary"}
)  # fmt: skip
"""Words right after one for masks that say which kind it is: `labelTrainIds`, `SegmentationClass`."""
IMAGE_WORDS = frozenset(
    {"image", "images", "img", "imgs", "im", "ims", "photo", "photos", "picture", "pictures", "pic", "pics",
     "rgb", "raw", "input", "inputs", "jpeg", "jpg", "png", "tif", "sat", "satellite", "scan", "scans",
     "orig", "original", "originals", "source", "src", "frame", "frames", "volume", "volumes", "x"}
)  # fmt: skip
HINT = re.compile(
    "|".join(sorted((word for word in MASK_WORDS if len(word) > 2), key=len)) + r"|gt|(?<![a-z])y/", re.I
)
"""Whether any name speaks of masks at all: most folders of pictures are told from pairs by this."""
Key = tuple[str, ...]


def speaks_of_masks(names: Iterable[str]) -> bool:
    """Whether some name has a word for masks in it; quick, for tens of thousands of names."""
    alike = {name.translate(DIGITS) for name in names}  # thousands differ by their numbers alone
    return HINT.search("\n".join(alike)) is not None


@functools.lru_cache(maxsize=200_000)
def words(name: str) -> Key:
    """Lower-case words and numbers of a name: `leftImg8bit_007` is image, 007."""
    text = re.sub(r"left_?img_?8_?bit", " image ", name, flags=re.I)
    text = re.sub(r"([a-z])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", text).lower()
    text = re.sub(r"ground[ _-]*truth", " gt ", text)
    text = re.sub(r"(?<![a-z0-9])(1st|2nd|3rd)(?![a-z])", " ", text)  # which of several raters
    text = re.sub(r"\b(train|test|val|valid)(?=(annot|mask|label|image|img|gt|seg))", r"\1 ", text)
    return tuple(re.findall(r"[^\W\d_]+|\d+", text))


def without_mask_words(given: Sequence[str]) -> Key:
    """Without words for masks and those right after them that say which kind of mask."""
    kept, after = [], False
    for word in given:
        if word in MASK_WORDS:
            after = True
        elif not (after and word in MASK_DETAILS):
            kept.append(word)
            after = False
    return tuple(kept)


@functools.lru_cache(maxsize=100_000)
def folder(path: str) -> tuple[bool | None, Key]:
    """Whether a folder holds masks (None where its names do not say), and the words that are left of it."""
    role: bool | None = None
    left: list[str] = []
    for piece in path.split("/") if path else ():
        given = words(piece)
        left_over = without_mask_words(given)
        if any(word in MASK_WORDS for word in given) or given == ("y",):
            role, left_over = True, () if given == ("y",) else left_over
        elif any(word in IMAGE_WORDS for word in given):
            role = False
        left += [_part(word) for word in left_over if word not in IMAGE_WORDS and word not in FILLERS]
    return role, tuple(left)


def _part(word: str) -> str:
    return PARTS.get(SHORT.get(word, word), word)


def plain(given: Iterable[str], *, parts: bool) -> Key:
    """Without words for pictures, numbers by value; with the words for parts in one spelling, or without."""
    kept = []
    for word in given:
        if word.isdecimal():
            kept.append(str(int(word)))
        elif word not in IMAGE_WORDS and (parts or word not in PARTS):
            kept.append(_part(word) if parts else word)
    return tuple(kept)


def roles(short: dict[str, str]) -> dict[str, bool]:
    """Whether each file is a mask: by its own name where a file beside it has that name without the word,
    else by the nearest folder that says so, else by its own name."""
    split = {name: stem(rest).rpartition("/")[::2] for name, rest in short.items()}
    own = {name: words(bare) for name, (_, bare) in split.items()}
    marked = {name for name, given in own.items() if any(word in MASK_WORDS for word in given)}
    unmarked = [name for name in short if name not in marked] if marked else []
    beside = {(split[name][0], plain(own[name], parts=False)) for name in unmarked}
    found = {}
    for name, (above, _) in split.items():
        by_folder = folder(above)[0]
        partnered = name in marked and (above, plain(without_mask_words(own[name]), parts=False)) in beside
        found[name] = partnered or (name in marked if by_folder is None else by_folder)
    return found
