"""Files whose lines belong together: sentences and their translations, or inputs and their labels or tags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.labels import (
    MAX_CLASSES_OF_NUMBERS,
    as_labels,
    check_labels,
    label_array,
    one_per_sample,
    parts_array,
    target_spec,
)
from advisor.readers.source import Skipped, Source
from advisor.readers.table import delimited
from advisor.readers.text.aligned_files import Pairs, are_few, are_numbers, are_tags, last_word
from advisor.readers.text.letters import LOOKED_AT, token_axis
from advisor.readers.text.text_lines import LineNames, Lines, index_lines
from advisor.readers.text.text_source import text_source
from advisor.records import TargetSpec

FORMAT = "aligned-lines"
MOST_COUNTED = 200_000  # lines whose different tags are counted


def read(path: Path, pairs: Pairs, skipped: Sequence[Skipped]) -> Source:
    """Each sample a line of the input files; its target is the same line of the other file.

    Few different lines are classes, numbers are numbers, as many words as the input has are tags, anything
    else is a text (a translation).

    Raises:
        DataError: input and target with different numbers of lines, or labels that training lacks.
    """
    indexed = [(index_lines(first.path), index_lines(second.path)) for first, second in pairs.files]
    for first, second in indexed:
        if len(first) != len(second):
            raise DataError(
                f"{first.path}: has {len(first):,} lines and {second.path.name} {len(second):,}: "
                "give as many lines in both, so that line i of one belongs to line i of the other"
            )
    offsets = np.cumsum([0, *(len(first) for first, _ in indexed)])
    counts = [len(first) for first, _ in indexed]
    of_files = parts_array([file.part for file, _ in pairs.files])
    given = None if of_files is None else np.repeat(of_files, counts)
    labels, spec = _target(path, pairs, indexed, given)
    texts = [line for first, _ in indexed for line in _some(first)]
    return text_source(
        path,
        FORMAT,
        LineNames([file.key for file, _ in pairs.files], offsets.tolist()),
        lambda i: _line([first for first, _ in indexed], offsets, i),
        token_axis(texts),
        spec,
        labels=labels,
        parts=given,
        skipped=skipped,
    )


def _target(
    path: Path, pairs: Pairs, indexed: Sequence[tuple[Lines, Lines]], parts: NDArray[np.str_] | None
) -> tuple[NDArray[np.generic] | None, TargetSpec]:
    """Labels [sample] where the target is a class or a number, and what the target is."""
    first = next((group for group in pairs.files if group[0].part == "train"), pairs.files[0])
    name = last_word(pairs.target) or "label"
    if are_tags(first[1].head, first[0].head):
        return None, TargetSpec(name=name, kind="tags", classes=_distinct(indexed))
    if not (are_few([line.strip() for line in first[1].lines]) or are_numbers(first[1].lines)):
        return None, TargetSpec(name=name, kind="text")
    cells = [line for _, lines in indexed for line in lines.all()]
    labels = _labels(cells, str(first[1].path))
    if labels is None:
        return None, TargetSpec(name=name, kind="labels")
    if labels.dtype.kind == "O" and parts is not None:
        check_labels(path, labels.tolist(), parts.tolist())
    return labels, target_spec(name, labels)


def _labels(cells: Sequence[str], where: str) -> NDArray[np.generic] | None:
    """[sample] class names or numbers; None where each line holds several yes and no."""
    numbers = delimited.as_numbers(cells)
    if numbers is not None:
        return as_labels(numbers, MAX_CLASSES_OF_NUMBERS)
    rows = [delimited.as_numbers(cell.replace(",", " ").strip("[] ").split()) for cell in cells]
    if all(row is not None for row in rows) and len({len(row) for row in rows if row is not None}) == 1:
        table = np.array(rows)
        if bool(np.isin(table, (0, 1)).all()) and not bool((table.sum(axis=1) == 1).all()):
            return None
        return as_labels(one_per_sample(table, where).astype(np.float64), MAX_CLASSES_OF_NUMBERS)
    return label_array(["" if delimited.is_missing(cell) else cell for cell in cells])


def _distinct(indexed: Sequence[tuple[Lines, Lines]]) -> int | None:
    """How many different tags there are; None where counting them all would take long."""
    if sum(len(lines) for _, lines in indexed) > MOST_COUNTED:
        return None
    letters = all(" " not in line for _, lines in indexed for line in _some(lines))
    every = (line for _, lines in indexed for line in lines.all())
    return len({tag for line in every for tag in (line if letters else line.split())})


def _some(lines: Lines) -> list[str]:
    return [lines[i] for i in range(0, len(lines), max(1, len(lines) // LOOKED_AT))]


def _line(files: Sequence[Lines], offsets: NDArray[np.int64], index: int) -> str:
    place = int(np.searchsorted(offsets, index, side="right")) - 1
    return files[place][index - int(offsets[place])]
