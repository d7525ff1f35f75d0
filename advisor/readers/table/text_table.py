"""Texts with a label: a column of free text and a column that classes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.labelling.group_columns import without_people
from advisor.readers.labelling.label_columns import REUSED_TAGS, SHARED_TAGS
from advisor.readers.labels import MAX_CLASSES_OF_NUMBERS, split_counts
from advisor.readers.source import Skipped, Source
from advisor.readers.table import cells
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_files import name_words
from advisor.readers.table.table_rows import TARGET_NAMES, Rows, column_labels, find_column
from advisor.readers.table.target_guess import ATTACHED, LAST_CLASS, ONLY, Guess, by_name, given_target
from advisor.readers.text import text_pairs
from advisor.readers.text.letters import token_axis
from advisor.readers.text.text_pairs import letters_column
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "text-table"
TEXT_NAMES = frozenset(
    {"text", "sentence", "review", "message", "comment", "content", "body", "title", "headline", 
     "description", "tweet", "question", "document", "sms", "summary", "utterance", "sequence", "abstract"}
)  # fmt: skip
BED = frozenset(
    {"chrom", "chr", "chromosome", "seqnames", "start", "end", "name", "score", "strand", "width"}
)
"""Columns of the BED format, https://samtools.github.io/hts-specs/BEDv1.pdf, and of what is made from it."""

TITLE_WORDS = 3.0  # words per cell from which a column that tells rows apart is read with the text
MEASURED = 10_000  # rows whose lengths in letters are compared
TAG_VALUES = frozenset({"0", "1", "0.0", "1.0", "-1", ""})  # -1 where nobody looked
LEAST_TAGS = 2  # columns of 0 and 1 that are labels which may hold together
OTHER_COLUMNS = 2  # columns of numbers or categories beside text and label; with more it is a plain table,
LONG_WORDS = 9.0  # unless its text has so many words per cell that they say more than such columns


def build(rows: Rows, kinds: tuple[Kind, ...], target: str | None) -> Source | None:
    """Each sample a str, its text columns joined by a space; None when the rows are no labelled texts.

    Raises:
        UsageError: `target` is no column.
    """
    given = None if target is None else find_column(rows, target)
    pair = text_pairs.find(rows, kinds, given)
    if pair is not None:
        return text_pairs.build(rows, pair, FORMAT)
    texts = [i for i, kind in enumerate(kinds) if i != given and _reads_as_text(rows, i, kind)]
    letters = [i for i in texts if letters_column(rows, i, kinds[i])]
    if letters and not any(kinds[i] == "text" for i in texts if i not in letters):
        texts = letters[:1]
    elif not any(kinds[i] == "text" or rows.header[i].lower() in TEXT_NAMES for i in texts):
        return None
    tags = [] if given is not None else _tag_columns(rows, kinds, texts)
    guess = given_target(rows, target) if target is not None else None if tags else _label(rows, kinds, texts)
    label = None if guess is None else guess.position
    others = [
        i
        for i, kind in enumerate(kinds)
        if kind in ("number", "category") and i != label and i not in (*texts, *tags)
    ]
    about = bool(letters) or any(kinds[i] == "text" and _is_long(rows, i) for i in texts)
    if len(others) > OTHER_COLUMNS and not about:
        return None
    several = None if label is None else _tags_within(rows.column(label))
    labels = None if label is None or several else column_labels(rows, label, MAX_CLASSES_OF_NUMBERS)
    goal = _several(rows, guess, several) if several and guess else _goal(rows, tags, guess, labels)
    left = [i for i in range(len(kinds)) if i != label and i not in (*texts, *tags)]
    parts = rows.given_parts()
    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=len(rows.rows),
            inputs=(InputSpec(name="text", dtype="str", axes=(_axis(rows.rows, texts),)),),
            target=goal,
            splits=split_counts(parts, labels),
        ),
        ids=rows.ids,
        read=lambda i: _text(rows.rows[i], texts),
        labels=labels,
        parts=parts,
        skipped=(
            *rows.skipped,
            *(Skipped(f"column {rows.header[i]}", "beside text and label") for i in left),
        ),
    )


def unlabelled(rows: Rows, target: str | None) -> Source:
    """The texts alone; a column of labels, where there is one, is left out."""
    dropped = {target, *TARGET_NAMES}
    words = {
        i: cells.mean_words(rows.column(i))
        for i, name in enumerate(rows.header)
        if name not in dropped and name.lower() not in dropped
    }
    if not words:
        raise DataError(f"{rows.path}: has no column of text: give one sentence per row")
    texts = [i for i in words if words[i] >= TITLE_WORDS] or [max(words, key=lambda i: words[i])]
    named = len(rows.header) > 1 or not rows.named or rows.header[0].lower() in TEXT_NAMES
    first = (
        () if named else (rows.header,)
    )  # a lone column without a usual name has no header, but a first text
    lines = (*first, *rows.rows)
    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=len(lines),
            inputs=(InputSpec(name="text", dtype="str", axes=(_axis(lines, texts),)),),
            target=None,
            splits=split_counts(None, None),
        ),
        ids=rows.ids if named else [f"{rows.path.stem}/{i}" for i in range(len(lines))],
        read=lambda i: _text(lines[i], texts),
        skipped=rows.skipped,
    )


def lines(path: Path) -> Rows:
    """A plain text file: every line that is not empty is a text."""
    found = [
        (i, line)
        for i, line in enumerate(path.read_text("utf-8-sig", "replace").splitlines())
        if line.strip()
    ]
    if not found:
        raise DataError(f"{path}: is empty: give one sentence per line")
    ids = tuple(f"{path.stem}/{i}" for i, _ in found)
    return Rows(path, ("text",), False, tuple((line,) for _, line in found), ids, ("",) * len(found), "", ())


def _reads_as_text(rows: Rows, position: int, kind: Kind) -> bool:
    if kind == "text" or letters_column(rows, position, kind):
        return True
    if kind == "identifier" and any(cells.OBJECT.match(cell) for cell in rows.column(position)):
        return False
    named = rows.header[position].strip().lower() in TEXT_NAMES
    long = cells.mean_words(rows.column(position)) >= TITLE_WORDS
    return (kind == "identifier" and long) or (kind == "category" and named and long)


def tells(rows: Rows, kinds: tuple[Kind, ...]) -> bool:
    """Whether the rows are messages with what is known about them: long texts in a column called text."""
    return rows.named and any(_is_long(rows, i) for i, kind in enumerate(kinds) if kind == "text")


def _is_long(rows: Rows, position: int) -> bool:
    name = rows.header[position]
    called = not rows.named or bool(TEXT_NAMES & {name.strip().lower(), *name_words(name)})
    return called and cells.mean_words(rows.column(position)) >= LONG_WORDS


def _label(rows: Rows, kinds: tuple[Kind, ...], texts: list[int]) -> Guess | None:
    """By a usual name, else the column with the fewest distinct values."""
    known = [i for i, kind in enumerate(kinds) if i not in texts and kind in ("category", "number")]
    free = [i for i in known if len(_values(rows, i)) > 1]
    if {"start", "end"} <= {name.lower() for name in rows.header}:  # places on a genome
        free = [i for i in free if rows.header[i].lower() not in BED] or free
    named = by_name(rows, free)
    if named is not None or not free:
        return named
    free = without_people(rows.header, rows.column, free)
    place = min(free, key=lambda i: len(_values(rows, i)))
    choices = tuple(rows.header[i] for i in free)
    sure = ATTACHED if len(free) == 1 else ONLY
    return Guess(place, sure, "the column beside the text with the fewest different values", choices)


def _values(rows: Rows, position: int) -> set[str]:
    """The different cells of a column, without the missing ones."""
    return {cell for cell in rows.column(position) if not cells.is_missing(cell)}


def _tag_columns(rows: Rows, kinds: tuple[Kind, ...], texts: list[int]) -> list[int]:
    """Columns of 0 and 1, where each but ids and texts is one and there are several."""
    free = [i for i, kind in enumerate(kinds) if i not in texts and kind in ("category", "number")]
    tags = [i for i in free if {cell.strip() for cell in rows.column(i)} <= TAG_VALUES]
    return tags if len(tags) >= LEAST_TAGS and len(tags) == len(free) else []


def _goal(
    rows: Rows, tags: list[int], guess: Guess | None, labels: NDArray[np.generic] | None
) -> TargetSpec | None:
    """A label, or several tags that may hold together."""
    if tags:
        return TargetSpec(name="labels", kind="labels", classes=len(tags), confidence=LAST_CLASS)
    if guess is None or labels is None:
        return None
    return guess.spec(rows.header[guess.position], labels)


def _several(rows: Rows, guess: Guess, tags: set[str]) -> TargetSpec:
    """Labels that may hold together, written in one cell."""
    return TargetSpec(
        name=rows.header[guess.position],
        kind="labels",
        classes=len(tags),
        confidence=guess.confidence,
        reason=guess.reason,
        choices=guess.choices,
    )


def _tags_within(cells: Sequence[str]) -> set[str] | None:
    """The tags of cells such as `0,3,5` or `joy|fear`; None where cells hold one label each."""
    known = [cell.strip() for cell in cells if cell.strip()]
    if text_pairs.are_lists(known):
        listed = [tag for cell in known for tag in re.findall(r'"([^"]+)"', cell)]
        return set(listed) if len(listed) >= REUSED_TAGS * len(set(listed)) else None
    for separator in ("|", ";", ","):
        pieces = [tag.strip() for cell in set(known) for tag in cell.split(separator)]
        several = sum(separator in cell for cell in known)
        if several > SHARED_TAGS * len(known) and len(pieces) >= REUSED_TAGS * len(set(pieces)):
            return set(pieces) - {""}
    return None


def _axis(rows: Sequence[tuple[str, ...]], positions: list[int]) -> Axis:
    seen = rows[:: max(1, len(rows) // MEASURED)]
    return token_axis([_text(row, positions) for row in seen])


def _text(row: tuple[str, ...], positions: list[int]) -> str:
    return " ".join(row[i].strip() for i in positions if row[i].strip())
