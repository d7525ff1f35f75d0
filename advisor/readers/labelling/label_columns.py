"""Which column of a table that names files is the label, and what kind of target it is."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from advisor.errors import UsageError
from advisor.readers.labelling import group_columns
from advisor.readers.labels import LEAST_PER_CLASS
from advisor.readers.part_names import part_of, part_within
from advisor.readers.table import delimited
from advisor.readers.table.cells import IDENTIFIER_NAME
from advisor.readers.table.table_rows import TARGET_NAMES

Kind = Literal["category", "number", "mask", "boxes", "text", "labels"]

LABEL_NAMES = (
    *TARGET_NAMES, "emotion", "breed", "genre", "genres", "digit", "tag", "tags", "dx", "finding", "findings",
    "level", "severity", "animal", "event", "command", "word", "keyword", "intent", "disease", "condition",
    "sentence", "text", "transcript", "transcription", "transcripts", "caption", "captions", "utterance",
)  # fmt: skip
"""Words in the name of a column to be predicted, the surest first."""

TEXT_NAMES = frozenset(LABEL_NAMES[LABEL_NAMES.index("sentence") :])
PART_NAMES = re.compile(r"split|subset|set|part|partition|usage|fold|phase|mode|type|stage", re.I)
BOXES = (
    {"xmin", "ymin", "xmax", "ymax"}, {"x_min", "y_min", "x_max", "y_max"}, {"x1", "y1", "x2", "y2"},
    {"left", "top", "right", "bottom"}, {"x", "y", "width", "height"}, {"x", "y", "w", "h"}, {"bbox"},
    {"boxes"}, {"predictionstring"},
)  # fmt: skip
"""Column names that together are corners of a box (VOC, COCO, RetinaNet's CSV, Kaggle)."""

MASKS = frozenset({"encodedpixels", "rle", "rle_mask", "mask_rle", "segmentation"})
BARE = re.compile(r"column\d+")  # of a table without a header
NUMBERED = re.compile(r"label|class|categ|target|level|grade|diagnosis|digit|emotion", re.I)
MAX_CLASSES, MAX_CLASSES_OF_COUNTS = 1_000, 20  # distinct integers of a column called a class, of another
BINARY = ({"0", "1"}, {"0.0", "1.0"}, {"-1", "1"})
LIST = re.compile(r"\s*\[.*\]\s*$", re.DOTALL)  # of Python or JSON: `['Action', 'Drama']`
SEPARATORS = ("|", ";", ",", " ")  # of several tags in one cell
LEAST_LETTERS = 5  # of a column's name that the table is called by
SHARED_TAGS = 0.1  # share of cells with several tags, from which the separator counts
REUSED_TAGS = 1.5  # different cells that a tag occurs in, on average


@dataclass(frozen=True)
class LabelColumn:
    """The label column, or several columns of 0 and 1 of which each is a class.

    Attributes:
        name: of the column, `label` for several.
        kind: the kind of target.
        positions: of the column or columns.
        is_named: whether its name told, and not only its values.
        one_hot: names of the classes where each has a column.
        part: position of a column that says which part a row is of.
        choices: names of other columns that might be meant.
    """

    name: str
    kind: Kind
    positions: tuple[int, ...]
    is_named: bool
    one_hot: tuple[str, ...] = ()
    part: int | None = None
    choices: tuple[str, ...] = ()


def label_column(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    files: Sequence[int],
    file_column: int,
    target: str | None,
) -> LabelColumn | None:
    """The label column of the rows that name a file; None where there is nothing beside the names.

    Args:
        files: [row] position of the file, by which rows of the same file are told.
        target: the name of the column; a guess if None.

    Raises:
        UsageError: no such column.
    """
    others = [i for i in range(len(header)) if i != file_column]
    part = next((i for i in others if PART_NAMES.search(header[i]) and _is_part(rows, i)), None)
    if target is not None:
        return _of(header, rows, files, _position(path, header, target), part, is_named=True)
    lower = {header[i].strip().lower(): i for i in others}
    for names in BOXES:
        if names <= set(lower):
            found = tuple(lower[name] for name in sorted(names))
            return LabelColumn("boxes", "boxes", found[:1], is_named=True, part=part)
    mask = next((place for name, place in lower.items() if name in MASKS), None)
    if mask is not None:
        return LabelColumn(header[mask], "mask", (mask,), is_named=True, part=part)
    kinds = {i: delimited.kind_of(header[i], [row[i] for row in rows]) for i in others if i != part and rows}
    useful = [i for i in kinds if len({row[i] for row in rows}) > 1]
    others = group_columns.without_people(header, lambda i: [row[i] for row in rows], useful)
    named = _by_name(header, others, kinds) or _by_name(header, useful, kinds)
    named = named or [i for i in useful if _names_table(header[i], path)][:1]
    useful = useful if named else others
    binary = [i for i in useful if {row[i].strip() for row in rows} in BINARY]
    if len(binary) > 2 - (len(binary) == len(useful)) and not named:
        return _binary(header, rows, binary, part)
    classes = {
        i
        for i in useful
        if BARE.fullmatch(header[i]) and _kind(header[i], [row[i] for row in rows]) == "category"
    }
    ranked = named or sorted(
        useful, key=lambda i: (_is_id(header[i]), _RANKS.index(kinds[i]), i not in classes)
    )
    if not ranked:
        return None
    found_column = _of(header, rows, files, ranked[0], part, is_named=bool(named))
    choices = tuple(header[i] for i in useful if i != ranked[0] and kinds[i] != "identifier")
    return LabelColumn(**{**vars(found_column), "choices": choices})


_RANKS = ("category", "text", "number", "time", "identifier")
"""What labels most likely are, of columns whose names say nothing."""


def _position(path: Path, header: Sequence[str], target: str) -> int:
    if target in header:
        return header.index(target)
    near = difflib.get_close_matches(target, header, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"`--target {target}` is no column of {path}: {hint}choose one of {', '.join(header)}")


def _by_name(header: Sequence[str], useful: Sequence[int], kinds: dict[int, delimited.Kind]) -> list[int]:
    """Columns with a usual name, the surest first; of two equally sure, words before numbers. A name that
    only begins as another column is called (`dx_type` beside `dx`) says more about that one."""
    names = {header[place].strip().lower() for place in useful}

    def rank(place: int) -> tuple[int, bool]:
        whole = header[place].strip().lower()
        words = re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", header[place]).lower())
        about = any(re.match(rf"{re.escape(name)}[_ .-]", whole) for name in names)
        known = {whole, *(word for word in words if len(word) > 1)} if not about else set[str]()
        ranks = [LABEL_NAMES.index(word) for word in known if word in LABEL_NAMES]
        return min(ranks, default=len(LABEL_NAMES)), kinds[place] == "number"

    found = [place for place in useful if rank(place)[0] < len(LABEL_NAMES) and not _is_id(header[place])]
    return sorted(found, key=lambda place: (rank(place)[1] and kinds[place] == "number", rank(place)))


def _is_id(name: str) -> bool:
    """`response_id`, but not `class_id`."""
    return IDENTIFIER_NAME.match(name.strip()) is not None and NUMBERED.search(name) is None


def _names_table(name: str, path: Path) -> bool:
    """Whether the table is called by a column: `boneage` of `boneage-training-dataset.csv`."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    return len(plain) >= LEAST_LETTERS and plain in re.sub(r"[^a-z]", "", path.stem.lower())


def _of(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    files: Sequence[int],
    place: int,
    part: int | None,
    *,
    is_named: bool,
) -> LabelColumn:
    cells = [row[place].strip() for row in rows]
    kind = _kind(header[place], [cell for cell in cells if not delimited.is_missing(cell)])
    if kind == "category" and _differ_within(cells, files):
        kind = "labels"
    return LabelColumn(header[place], kind, (place,), is_named=is_named, part=part)


def _kind(name: str, cells: Sequence[str]) -> Kind:
    numbers = delimited.as_numbers(cells)
    distinct = len(set(cells))
    if numbers is not None and len(numbers):
        most = MAX_CLASSES if NUMBERED.search(name) else MAX_CLASSES_OF_COUNTS
        whole = bool((numbers == numbers.round()).all())
        few = distinct <= 2 or (distinct <= most and distinct * LEAST_PER_CLASS <= len(cells))
        return "category" if whole and few else "number"
    if _has_tags(name, cells):
        return "labels"
    words = set(re.split(r"[^a-z]+", name.lower()))
    mostly_new = distinct > 0.5 * len(cells)
    if delimited.kind_of(name, cells) == "text" or (words & TEXT_NAMES and mostly_new):
        return "text"
    return "text" if mostly_new and delimited.mean_words(cells) >= 2 else "category"


def _has_tags(name: str, cells: Sequence[str]) -> bool:
    """Whether cells hold several tags each: a separator in many of them, and tags that occur in several
    different cells, unlike the words of `great dane`."""
    if all(LIST.match(cell) for cell in cells):
        cells = [re.sub(r"[\[\]{}()'\"]", "", cell) for cell in cells]
        name = "tags"
    plural = re.search(r"(tags|labels|genres|findings|classes|categories)\s*$", name, re.I) is not None
    for separator in SEPARATORS if plural else SEPARATORS[:1]:
        several = sum(separator in cell for cell in cells)
        tags = [tag.strip() for cell in set(cells) for tag in cell.split(separator)]
        if several > SHARED_TAGS * len(cells) and len(tags) >= REUSED_TAGS * len(set(tags)):
            return True
    return False


def _differ_within(cells: Sequence[str], files: Sequence[int]) -> bool:
    """Whether rows of one file have different labels, in more than one file of a hundred."""
    seen: dict[int, set[str]] = defaultdict(set)
    for cell, file in zip(cells, files, strict=False):
        seen[file].add(cell)
    return sum(len(found) > 1 for found in seen.values()) > 0.01 * len(seen)


def _binary(
    header: Sequence[str], rows: Sequence[Sequence[str]], binary: Sequence[int], part: int | None
) -> LabelColumn:
    """One class where exactly one column of each row is set, else several labels at once."""
    one = len(binary) > 1 and all(sum(row[i].strip() in ("1", "1.0") for i in binary) == 1 for row in rows)
    names = tuple(header[i] for i in binary)
    if len(binary) == 1:
        return LabelColumn(names[0], "category", tuple(binary), is_named=False, part=part)
    return LabelColumn(
        "label", "category" if one else "labels", tuple(binary), is_named=True, one_hot=names, part=part
    )


def _is_part(rows: Sequence[Sequence[str]], place: int) -> bool:
    values = {row[place] for row in rows}
    return bool(values) and all(part_of(value) or part_within(value) for value in values)
