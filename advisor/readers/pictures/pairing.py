"""Which picture or volume goes with which mask, told by their names alone.

A name says what a file is for by its folders (`images` and `masks`, `leftImg8bit` and `gtFine`) or by a word
of its own (`x_mask.png`, `7_seg.nii.gz`). What is left of a name without such words is the key that joins
the two; keys are compared strictly at first and then by less and less.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from advisor.readers.folders import natural
from advisor.readers.name_words import Key, folder, plain, roles, without_mask_words, words
from advisor.readers.tree import stem, without_wrappers

NUMBER = re.compile(r"[0-9]+")
DEPTH_OF_PREFIX = 3  # words that a picture's name may have beyond its mask's: `BRATS_001_t1ce_0000`


@dataclass
class Pairs:
    """Pictures with their masks (several where each object or rater has one), and who is left alone."""

    masks: dict[str, list[str]] = field(default_factory=dict)
    lone_images: list[str] = field(default_factory=list)
    lone_masks: list[str] = field(default_factory=list)


def pair(names: Iterable[str]) -> Pairs:
    """Pairs of paths (with `/` between folders), by what they are called."""
    short = without_wrappers(sorted(names, key=natural))
    is_mask = roles(short)
    images = [name for name in short if not is_mask[name]]
    masks = [name for name in short if is_mask[name]]
    found: dict[str, list[str]] = {}
    for key in (_strict, _with_parts, _loose):
        masks = _join(images, masks, found, short, key)
    masks = _by_prefix(images, masks, found, short)
    for key in (_name_only, _numbers):
        masks = _join(images, masks, found, short, key)
    masks = _one_picture_a_folder(images, masks, found, short)
    ordered = {name: found[name] for name in images if name in found}
    return Pairs(ordered, [name for name in images if name not in found], masks)


def some(names: Sequence[str], most: int = 4_000) -> list[str]:
    """About so many names, or all, such that those with the same first number of their own stay together."""
    if len(names) <= most:
        return list(names)
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        digits = NUMBER.search(name, name.rfind("/") + 1)
        groups[digits[0].lstrip("0") if digits else ""].append(name)
    chosen: list[str] = []
    for number in sorted(groups, key=lambda number: zlib.crc32(number.encode())):
        chosen += groups[number]
        if len(chosen) >= most:
            break
    return chosen


def unnamed(names: Iterable[str]) -> list[Pairs]:
    """Pairs that only equal names suggest: two folders beside each other, one suffix for half the files, or
    each name in two forms (`x.jpg`, `x.png`).

    Which of two folders holds the masks is not known: both ways are given, for the files to tell.
    """
    short = without_wrappers(names)
    by_folder: dict[str, dict[str, str]] = defaultdict(dict)
    for name, rest in short.items():
        above, _, bare = stem(rest).rpartition("/")
        by_folder[above][bare] = name
    return [*_two_folders(by_folder), *_one_suffix(by_folder), *_two_forms(short)]


# --- keys, the strict first ---------------------------------------------------------------------


def _own(name: str) -> Key:
    return without_mask_words(words(stem(name).rpartition("/")[2]))


def _above(name: str) -> Key:
    return folder(name.rpartition("/")[0])[1]


def _strict(name: str) -> tuple[Key, ...] | None:
    return _above(name), _own(name)


def _with_parts(name: str) -> tuple[Key, ...] | None:
    return _above(name), plain(_own(name), parts=True)


def _loose(name: str) -> tuple[Key, Key]:
    return _above(name), plain(_own(name), parts=False)


def _name_only(name: str) -> tuple[Key, ...] | None:
    own = plain(_own(name), parts=False)
    return (own,) if own else None


def _numbers(name: str) -> tuple[Key, ...] | None:
    numbers = tuple(word for word in plain(_own(name), parts=False) if word.isdecimal())
    return (_above(name), numbers) if numbers else None


def _join(
    images: list[str],
    masks: list[str],
    found: dict[str, list[str]],
    short: dict[str, str],
    key: Callable[[str], tuple[Key, ...] | None],
) -> list[str]:
    """Gives masks to the one picture with their key; returns those that found none."""
    if not masks:
        return []
    by_key: dict[tuple[Key, ...], list[str]] = defaultdict(list)
    for name in images:
        if name not in found and (known := key(short[name])) is not None:
            by_key[known].append(name)
    left = []
    for mask in masks:
        known = key(short[mask])
        partners = by_key.get(known, []) if known is not None else []
        if len(partners) == 1:
            found.setdefault(partners[0], []).append(mask)
        else:
            left.append(mask)
    return left


def _by_prefix(
    images: list[str], masks: list[str], found: dict[str, list[str]], short: dict[str, str]
) -> list[str]:
    """A mask for several pictures whose names go on (`7_t1`, `7_t2`, `7_seg`), or the other way round."""
    if not masks:
        return []
    keys = {name: _loose(short[name]) for name in (*images, *masks)}
    by_key = {keys[mask]: mask for mask in masks}
    used = set()
    for name in images:
        above, own = keys[name]
        cuts = range(min(DEPTH_OF_PREFIX + 1, len(own)))
        shorter = (by_key.get((above, own[: len(own) - cut])) for cut in cuts)
        if name not in found and (mask := next((one for one in shorter if one), None)):
            found[name] = [mask]
            used.add(mask)
    left = [mask for mask in masks if mask not in used]
    known = {keys[name]: name for name in reversed(images)}
    lone: list[str] = []
    for mask in left:
        above, own = keys[mask]
        longer = (known.get((above, own[: len(own) - cut])) for cut in range(1, DEPTH_OF_PREFIX + 1))
        picture = next((one for one in longer if one and keys[one][1]), None)
        if picture is None:
            lone.append(mask)
        else:
            found.setdefault(picture, []).append(mask)
    return lone


def _one_picture_a_folder(
    images: list[str], masks: list[str], found: dict[str, list[str]], short: dict[str, str]
) -> list[str]:
    """`7/images/x.png` with all of `7/masks/`: a folder of masks, each of one object of one picture."""
    if not masks:
        return []
    by_folder: dict[Key, list[str]] = defaultdict(list)
    for name in images:
        by_folder[_above(short[name])].append(name)
    left = []
    for mask in masks:
        partners = by_folder.get(_above(short[mask]), [])
        if len(partners) == 1:
            found.setdefault(partners[0], []).append(mask)
        else:
            left.append(mask)
    return left


# --- pairs whose names do not say which is the mask ---------------------------------------------

ALIKE = 0.9  # share of equal names that makes two folders a picture and its partner


def _two_folders(by_folder: dict[str, dict[str, str]]) -> list[Pairs]:
    """`train/a/1.png` and `train/b/1.png`: two folders in each part, with the same names in both."""
    above: dict[str, list[str]] = defaultdict(list)
    for inner in by_folder:
        above[inner.rpartition("/")[0]].append(inner)
    beside = [sorted(found) for found in above.values() if len(found) == 2]
    names = {tuple(one.rpartition("/")[2] for one in two) for two in beside}
    if len(names) != 1 or any(not _alike(by_folder[one], by_folder[other]) for one, other in beside):
        return []
    ways = (beside, [two[::-1] for two in beside])
    return [_paired([(by_folder[one], by_folder[other]) for one, other in way]) for way in ways]


def _alike(one: dict[str, str], other: dict[str, str]) -> bool:
    return len(one.keys() & other.keys()) >= ALIKE * max(len(one), len(other))


def _paired(sides: list[tuple[dict[str, str], dict[str, str]]]) -> Pairs:
    found = Pairs()
    for images, masks in sides:
        for bare, name in sorted(images.items(), key=lambda item: natural(item[1])):
            if bare in masks:
                found.masks[name] = [masks[bare]]
            else:
                found.lone_images.append(name)
        found.lone_masks += [name for bare, name in masks.items() if bare not in images]
    return found


def _one_suffix(by_folder: dict[str, dict[str, str]]) -> list[Pairs]:
    """`x.jpg` and `x_1stHO.png`: half of the files are called as the other half with one ending more."""
    endings: Counter[str] = Counter()
    total = sum(len(members) for members in by_folder.values())
    step = max(1, total // 2_000)
    for members in by_folder.values():
        for bare in list(members)[::step]:
            pieces = [bare[: match.start()] for match in re.finditer(r"[ _.-]", bare)]
            endings.update(bare[len(piece) :] for piece in pieces if piece in members)
    if not endings:
        return []
    ending, count = endings.most_common(1)[0]
    if 2 * count * step < ALIKE * total:
        return []
    sides = []
    for members in by_folder.values():
        masks = {bare.removesuffix(ending): name for bare, name in members.items() if bare.endswith(ending)}
        sides.append(({bare: name for bare, name in members.items() if not bare.endswith(ending)}, masks))
    return [_paired(sides)]


def _two_forms(short: dict[str, str]) -> list[Pairs]:
    """`x.jpg` and `x.png`: every name stands in one folder twice, with the same two endings."""
    forms: dict[str, dict[str, str]] = defaultdict(dict)
    for name, rest in short.items():
        bare = stem(rest)
        forms[rest[len(bare) :].lower()][bare] = name
    if len(forms) != 2:
        return []
    one, other = forms.values()
    return [_paired([(one, other)]), _paired([(other, one)])] if _alike(one, other) else []
