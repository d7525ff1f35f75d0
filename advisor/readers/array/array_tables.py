"""Labels that lie outside of the arrays: in names of files and folders, or in a table beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import AdvisorError
from advisor.readers import folders, part_names
from advisor.readers.array import array_cases
from advisor.readers.array.array_roles import INPUTS, LABELS, Block, Given, has_few_values
from advisor.readers.array.stored import Stored, folders_stem, plain_shape, words
from advisor.readers.table import delimited
from advisor.readers.table.delimited import Kind
from advisor.readers.table.table_rows import Rows, read_rows
from advisor.readers.table.target_guess import by_name
from advisor.readers.video.frame_names import numbering_of

TEXTS = frozenset({".txt", ".lst"})  # a label a line
MOST_TABLES = 8
MOST_BYTES = 64 * 2**20  # of a table of labels
PART_ORDER = ("train", "validation", "test", "")
LEAST_CASES = 3  # files with a mask beside their array
LEAST_NAMES = 8  # samples of which each has a text of its own
LEAST_CLASSES = 3  # arrays of one file
LEAST_TIMES, MOST_TIMES = 10, 1_000
"""Steps of a vector that are no accident where each is larger than the last, and those that are looked at."""
FILES_OF_SAMPLES = 20  # numbered files: from so many on each is one sample and not one class
READ_ME = ("readme", "license", "licence", "notes", "info", "description", "citation", "requirements")


def tables(folder: Path) -> list[Path]:
    """Tables and lists of lines that lie beside the arrays and may hold their labels."""
    found = []
    beside = next(folders.files_below(folder), None) if not _top(folder) else None
    for entry in folders.visible(folder if beside is None else Path(beside.path).parent):
        kind = folders.suffix(entry.name)
        named = entry.name.lower().startswith(READ_ME)
        if entry.is_file() and not named and (kind in delimited.SUFFIXES or kind in TEXTS):
            found += [Path(entry.path)] if 0 < entry.stat().st_size <= MOST_BYTES else []
    return found[:MOST_TABLES]


def _top(folder: Path) -> list[str]:
    """Names of the files that lie in the folder itself."""
    return [entry.name for entry in folders.visible(folder) if entry.is_file()]


def with_labels(path: Path, blocks: list[Block]) -> list[Block]:
    """The blocks with labels from tables beside them that have a row for each sample, or a row for each
    file by its name; as they are where there is none."""
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir() or not path.is_dir():
        return blocks
    found = list(blocks)
    for table in tables(folder):
        by_file = _by_file(table, found)
        if by_file is not None:
            return by_file
        part = part_names.part_within(folders_stem(table.name)) or ""
        for place, block in enumerate(found):
            if block.given is None and len(block.inputs.shape) > 0 and (not part or part == block.part):
                values = _column(table, block.count)
                if values is not None and not _are_names(values):
                    found[place] = replace(block, given=Given(None, 0, values))
                    break
    return found


def list_times(path: Path, count: int) -> bool:
    """Whether a list of so many lines beside the arrays holds times that go on."""
    for table in tables(path) if path.is_dir() else []:
        values = _column(table, count) if folders.suffix(table.name) in TEXTS else None
        numbering = numbering_of(values.tolist()) if values is not None and _are_names(values) else None
        if numbering is not None and numbering.times and numbering.order == tuple(range(count)):
            return True
    return False


def _are_names(values: NDArray[np.generic]) -> bool:
    """Whether texts differ in each of many samples: times, or names of the samples, and no classes."""
    return (
        values.dtype.kind == "U" and len(values) >= LEAST_NAMES and len(set(values.tolist())) == len(values)
    )


def shards(stored: Sequence[Stored]) -> list[Block]:
    """Files of one array each, without labels: one class each, one sample each, or parts of one array.

    They are samples in folders of classes, or where many are numbered; parts of one array where their names
    differ in numbers only; else each holds the samples of the class that it is named after.
    """
    if pairs := array_cases.find(stored) or _masked(stored):
        return pairs
    mains = _one_per_file(stored)
    if len(mains) == 1 and (per_class := _one_per_class(stored)):
        return per_class
    called = [bool(set(one.words) & LABELS) for one in stored]
    if len(mains) < 2 or (any(called) and not all(called)):  # `class_1/0.npy` has the word in every name
        return []
    if len({len(one.shape) for one in mains}) > 1 or any(one.dtype.kind not in "biuf" for one in mains):
        return []
    above = [_class_of_folder(one) for one in mains]
    if len(set(above)) > 1 and "" not in above and len(mains) >= 2 * len(set(above)):
        return _single(mains, above)
    names = _distinct([words(folders_stem(Path(one.file).name)) for one in mains])
    plain = [" ".join(word for word in name if not word.isdigit()) for name in names]
    numbered = all(any(char.isdigit() for char in Path(one.file).name) for one in mains)
    if numbered and len(mains) >= FILES_OF_SAMPLES:
        classes = len(set(plain))
        return _single(mains, plain if 2 <= classes <= len(mains) / 3 else None)
    if all(len(plain_shape(one.shape)) == 1 for one in mains):  # recordings
        return _single(mains, plain if 2 <= len(set(plain)) < len(mains) else None)
    same = len({one.shape[1:] for one in mains}) == 1 and len(mains[0].shape) >= 2
    if any(set(one.words) & INPUTS for one in mains) or not same:
        return []
    if not any(plain):
        return [Block(one.part, one, None) for one in mains]
    if len(set(plain)) < 2 or any(one.part for one in mains) or "" in plain:
        return []
    return [
        Block(one.part, one, Given(None, 0, np.full(one.shape[0], name)))
        for one, name in zip(mains, plain, strict=True)
    ]


def _masked(stored: Sequence[Stored]) -> list[Block]:
    """Files, or folders of two files, with an array and a mask of its shape each, or pictures and masks of
    the same names: every one is a sample."""
    if len({one.file for one in stored}) < len(stored):
        return _pairs([one.file for one in stored], stored, LEAST_CASES)
    in_folders = _pairs([str(Path(one.file).parent) for one in stored], stored, LEAST_CASES)
    bare = [" ".join(word for word in one.words if word not in LABELS | INPUTS) for one in stored]
    return in_folders or _pairs(bare, stored, LEAST_NAMES, coloured=True)


def _pairs(
    keys: Sequence[str], stored: Sequence[Stored], least: int, *, coloured: bool = False
) -> list[Block]:
    """A sample of each two arrays with one key, of which one is called a mask and has few values.

    Args:
        coloured: whether an array may have an axis more than its mask, before or behind the others.
    """
    groups: dict[str, list[Stored]] = {}
    for key, one in zip(keys, stored, strict=True):
        groups.setdefault(key, []).append(one)
    if len(groups) < least:
        return []
    found: list[Block] = []
    for group in groups.values():
        masks = [one for one in group if set(one.words) & LABELS]
        others = [one for one in group if one not in masks]
        if len(masks) != 1 or len(others) != 1:
            return []
        mask, shape = plain_shape(masks[0].shape), plain_shape(others[0].shape)
        if mask != shape and not (coloured and mask in (shape[1:], shape[:-1])):
            return []
        if len(mask) < 2 or not (found or has_few_values(masks[0])):
            return []
        found.append(Block(others[0].part, others[0], Given("mask", None, None), masks[0].where))
    return found


def _one_per_class(stored: Sequence[Stored]) -> list[Block]:
    """Arrays of one file with the samples of a class each (`train0` to `test9`): equal but in their number of
    samples, and none of them called as inputs or labels are."""
    alike = [one for one in stored if len(plain_shape(one.shape)) > 1]
    pieces = [re.findall(r"[^\W\d_]+|\d+", " ".join(one.words)) for one in alike]
    parts = [
        one.part or next((part_names.PARTS[word] for word in found if word in part_names.PARTS), "")
        for one, found in zip(alike, pieces, strict=True)
    ]
    names = [" ".join(word for word in found if word not in part_names.PARTS) for found in pieces]
    known = [name for name, part in zip(names, parts, strict=True) if part in ("", "train")]
    several = len(set(known)) == len(known) >= LEAST_CLASSES and "" not in known and set(names) <= set(known)
    if not several or any(set(one.words) & (LABELS | INPUTS) for one in stored):
        return []
    if len({one.shape[1:] for one in alike}) > 1 or len({one.shape[0] for one in alike}) < 2:
        return []
    found = [
        Block(part, one, Given(None, 0, np.full(one.shape[0], name)))
        for one, part, name in zip(alike, parts, names, strict=True)
    ]
    return sorted(found, key=lambda block: PART_ORDER.index(block.part))


def _single(mains: Sequence[Stored], labels: Sequence[str] | None) -> list[Block]:
    return [
        Block(one.part, one, Given(None, None, None if labels is None else np.array([labels[place]])))
        for place, one in enumerate(mains)
    ]


def _one_per_file(stored: Sequence[Stored]) -> list[Stored]:
    """The largest array of each file; not the times of another one as long."""
    largest: dict[str, Stored] = {}
    clocks = _clocks([one for one in stored if one.file == stored[0].file])
    for one in stored:
        if one.name in clocks:
            continue
        if one.shape and (one.file not in largest or one.nbytes > largest[one.file].nbytes):
            largest[one.file] = one
    return list(largest.values())


def _clocks(beside: Sequence[Stored]) -> set[str]:
    """What the vectors of one file are called that grow with every step, beside one as long that does not."""
    vectors = [one for one in beside if len(one.shape) == 1 and one.dtype.kind in "iuf"]
    longest = [one for one in vectors if one.shape == max(other.shape for other in vectors)]
    if len(longest) < 2 or longest[0].shape[0] < LEAST_TIMES:
        return set()
    growing = {one.name for one in longest if _grows(one)}
    return growing if len(growing) < len(longest) else set()


def _grows(one: Stored) -> bool:
    """Whether each of the first steps is larger than the last; False for a damaged file."""
    try:
        return bool((np.diff(np.asarray(one.load()[:MOST_TIMES])) > 0).all())
    except AdvisorError:
        return False


def _class_of_folder(one: Stored) -> str:
    """The name of the folder that a file lies in, unless that names a part."""
    parent = Path(one.file).parent
    return "" if part_names.part_of(parent.name) else parent.name


def _distinct(names: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Names without the words that all of them have."""
    common = set(names[0]).intersection(*names[1:])
    return [tuple(word for word in name if word not in common) for name in names]


def _column(table: Path, count: int) -> NDArray[np.generic] | None:
    """[sample] the labels of a table with so many rows; None where it has others, or no column of labels."""
    if folders.suffix(table.name) in TEXTS:
        lines = table.read_text("utf-8-sig", "replace").splitlines()
        return _values([line.strip() for line in lines]) if len(lines) == count else None
    rows = _rows(table)
    if rows is None or len(rows.rows) != count:
        return None
    place = _label_column(rows, rows.kinds(), ())
    return None if place is None else _values(rows.column(place))


def _by_file(table: Path, blocks: list[Block]) -> list[Block] | None:
    """Labels by the names of files, where each file is a sample: not a part that a table counts."""
    if len({block.part for block in blocks} - {""}) == len(blocks):
        return None
    stems = [Path(block.inputs.file).stem for block in blocks]
    single = len(set(stems)) == len(stems) > 1 and all(len(block.inputs.shape) > 0 for block in blocks)
    rows = _rows(table) if single and folders.suffix(table.name) not in TEXTS else None
    if rows is None:
        return None
    for key in range(len(rows.header)):
        places = {folders_stem(Path(cell.strip()).name): row for row, cell in enumerate(rows.column(key))}
        if sum(stem in places for stem in stems) < 0.8 * len(stems):
            continue
        column = _label_column(rows, rows.kinds(), (key,))
        if column is None:
            return None
        cells = rows.column(column)
        values = _values([cells[places[stem]] if stem in places else "" for stem in stems])
        return [
            replace(block, given=Given(None, None, values[place : place + 1]))
            for place, block in enumerate(blocks)
        ]
    return None


def _label_column(rows: Rows, kinds: tuple[Kind, ...], used: tuple[int, ...]) -> int | None:
    """By a usual name, else the last that does not number the rows."""
    free = [i for i, kind in enumerate(kinds) if i not in used and kind in ("category", "number")]
    guess = by_name(rows, free)
    return guess.position if guess is not None else (free[-1] if free else None)


def _rows(table: Path) -> Rows | None:
    try:
        return read_rows(table)
    except AdvisorError:
        return None


def _values(cells: Sequence[str]) -> NDArray[np.generic]:
    numbers = delimited.as_numbers(cells)
    return np.array(cells) if numbers is None else numbers
