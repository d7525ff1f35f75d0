"""A text per line with its label beside it (`text;joy`, `__label__2 text`), or a file of lines per class."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.readers.labelling.label_columns import SHARED_TAGS
from advisor.readers.labels import (
    MAX_CLASSES_OF_NUMBERS,
    as_labels,
    check_labels,
    label_array,
    parts_array,
    target_spec,
)
from advisor.readers.source import Skipped, Source
from advisor.readers.table.cells import as_numbers
from advisor.readers.text.letters import LOOKED_AT, by_letter, token_axis
from advisor.readers.text.text_lines import index_lines
from advisor.readers.text.text_source import text_source
from advisor.readers.text.text_survey import TextFile, reads_as_text
from advisor.records import TargetSpec

FORMAT = "labelled-lines"
LEAST_LINES = 10
PARSED = 0.97  # share of lines that must have the form; some have lost their label
LEAST_PER_LABEL = 3  # lines per different label on average
MOST_LABELS = 200
LABEL_WORDS, LABEL_LETTERS = 3, 40  # longest label
SEPARATORS = ("\t", "+++$+++", ":::", "::", "@", "|", ";", ",")
LEAST_COUNTED = 4  # different numbers that follow each other count lines
MOST_NAME_WORDS = 3.0  # words per line below which every line is a name, and its file a class
CELL_WORDS = 1.5  # words per cell, on average, below which cells are names and no texts
BLANK = 0.02  # share of blank lines, from which lines are part of running text
CLASS_WORDS = frozenset(
    """pos neg positive negative neutral neu ham spam good bad happy sad joy anger fear love surprise fake
    real true false toxic hate offensive sarcastic subjective objective plot quote formal informal
    human bot""".split()
)

Parse = Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True)
class Matched:
    """Files and how their lines are parsed; `parse` is None where the file is the class."""

    files: tuple[TextFile, ...]
    parse: Parse | None

    @property
    def count(self) -> int:
        return len(self.files)


def match(files: Sequence[TextFile]) -> Matched | None:
    """Files whose lines all carry a label in one way, or which are a class each."""
    texts = [file for file in files if file.lines and not file.is_list]
    for file in texts:
        parse = parser_of(file.lines)
        if parse is not None:
            return Matched(tuple(other for other in texts if _fits(parse, other.lines)), parse)
    return _match_names(texts)


def match_marked(files: Sequence[TextFile]) -> Matched | None:
    """Files whose lines all carry fastText's mark, whatever lies behind it: many classes, or numbers."""
    fitting = tuple(file for file in files if len(file.lines) >= LEAST_LINES and _fits(marked, file.lines))
    return Matched(fitting, marked) if fitting else None


def parser_of(lines: Sequence[str]) -> Parse | None:
    """The way of writing label and text in one line that fits all these lines; None where there is none."""
    known = [line.strip("\r\n ") for line in lines if line.strip()]
    if len(known) < LEAST_LINES or len(known) < (1 - BLANK) * len(lines):
        return None
    return next((parse for parse in _PARSERS if _labels(parse, known)), None)


def read(path: Path, matched: Matched, skipped: Sequence[Skipped]) -> Source:
    """Each sample the text of a line; its label is what stands beside it, or the name of the file. Labels
    that are numbers and no classes are numbers.

    Raises:
        DataError: labels of the validation or test part that training lacks.
    """
    texts: list[str] = []
    labels: list[str] = []
    ids: list[str] = []
    parts: list[str] = []
    odd: list[Skipped] = []
    for file in matched.files:
        name = class_name(file, matched.files)
        for number, line in enumerate(index_lines(file.path).all()):
            pair = (name, line) if matched.parse is None else matched.parse(line)
            if line and pair:
                labels.append(pair[0])
                texts.append(pair[1])
                ids.append(f"{file.key}/{number}")
                parts.append(file.part)
            else:
                odd.append(Skipped(f"{file.name}, line {number + 1}", "no label and text in this line"))
    several = _several(labels) if matched.parse is marked else None
    if matched.parse is marked and several is None:
        labels = [label.split()[0] for label in labels]
    found = None if several else _values(path, labels, parts)
    given = parts_array(parts)
    seen = texts[:: max(1, len(texts) // LOOKED_AT)] if not by_letter(texts) else texts
    return text_source(
        path,
        FORMAT,
        ids,
        lambda i: texts[i],
        token_axis(seen),
        several if found is None else target_spec("label", found),
        labels=found,
        parts=given,
        skipped=(*skipped, *odd),
    )


def _several(labels: Sequence[str]) -> TargetSpec | None:
    """The target where many texts have more than one label; None where hardly any has."""
    if sum(" " in label for label in labels) <= SHARED_TAGS * len(labels):
        return None
    distinct = {one for label in labels for one in label.split()}
    return TargetSpec(name="labels", kind="labels", classes=len(distinct))


def _values(path: Path, labels: list[str], parts: list[str]) -> NDArray[np.generic]:
    """[line] the labels as numbers where they are numbers and no classes, else as they are written: `+1`."""
    numbers = as_numbers(labels)
    found = None if numbers is None else as_labels(numbers, MAX_CLASSES_OF_NUMBERS)
    if found is not None and found.dtype.kind == "f":
        return found
    check_labels(path, labels, parts)
    return label_array(labels)


def class_name(file: TextFile, files: Sequence[TextFile]) -> str:
    """What is left of a file's name without what all have in common: `pos` of `rt-polarity.pos`."""
    shared = set.intersection(*(set(other.words) for other in files)) if len(files) > 1 else set()
    own = [word for word in file.words if word not in shared]
    known = [word for word in own if word in CLASS_WORDS]
    return known[-1] if known else " ".join(own) or file.stem


def match_opposites(files: Sequence[TextFile]) -> Matched | None:
    """A file per class, with names such as `pos` and `neg`."""
    named = [file for file in files if CLASS_WORDS & set(file.words)]
    return Matched(tuple(named), None) if _are_classes(named) else None


def _match_names(files: Sequence[TextFile]) -> Matched | None:
    """A file per class, with one name or one string of letters a line."""
    if not _are_classes(files):
        return None
    words = [np.mean([len(line.split()) for line in file.lines if line.strip()]) for file in files]
    return Matched(tuple(files), None) if max(words) <= MOST_NAME_WORDS else None


def _are_classes(files: Sequence[TextFile]) -> bool:
    """Whether each part has one file of each class, with a text in every line."""
    named = [(file.part, class_name(file, files)) for file in files]
    if len({name for _, name in named}) < 2 or len(set(named)) < len(named):
        return False
    return all(_lines_are_texts(file) for file in files)


def _lines_are_texts(file: TextFile) -> bool:
    known = [line for line in file.lines if line.strip()]
    blank = 1 - len(known) / max(1, len(file.lines))
    return len(known) >= LEAST_LINES and blank <= BLANK and reads_as_text(known)


def _fits(parse: Parse, lines: Sequence[str]) -> bool:
    known = [line.strip("\r\n ") for line in lines if line.strip()]
    return sum(parse(line) is not None for line in known) >= PARSED * len(known) > 0


def _labels(parse: Parse, lines: Sequence[str]) -> bool:
    """Whether nearly all lines have the form, with few labels and text beside them."""
    pairs = [pair for pair in map(parse, lines) if pair]
    if len(pairs) < PARSED * len(lines):
        return False
    labels = [label for label, _ in pairs]
    distinct = len(set(labels))
    if not 2 <= distinct <= min(MOST_LABELS, len(labels) / LEAST_PER_LABEL) or _is_numbering(labels):
        return False
    texts = [text for _, text in pairs]
    return not _are_cells(texts) and reads_as_text(texts) and len(set(texts)) > max(distinct, len(texts) / 3)


def _are_cells(texts: Sequence[str]) -> bool:
    """Rows of names between tabs, beside the label: a table."""
    cells = [text.split("\t") for text in texts]
    return min(map(len, cells)) > 1 and len({len(row) for row in cells}) == 1 and _short(cells)


def _short(cells: Sequence[Sequence[str]]) -> bool:
    return float(np.mean([len(cell.split()) for row in cells for cell in row])) < CELL_WORDS


def _is_numbering(labels: Sequence[str]) -> bool:
    """Verses and steps that are counted, and not classes."""
    if not all(label.isdecimal() for label in labels):
        return False
    steps = np.diff([int(label) for label in labels])
    return len(set(labels)) >= LEAST_COUNTED and bool((steps == 1).mean() > 0.5)


# --- ways of writing a label beside its text ----------------------------------------------------------


def _by_pattern(pattern: str) -> Parse:
    compiled = re.compile(pattern, re.DOTALL)

    def parse(line: str) -> tuple[str, str] | None:
        found = compiled.match(line)
        return (found["label"], found["text"].strip()) if found and found["text"].strip() else None

    return parse


def _beside(separator: str, *, first: bool) -> Parse:
    """The label before the first, or behind the last, separator of a line."""

    def parse(line: str) -> tuple[str, str] | None:
        before, found, behind = line.partition(separator) if first else line.rpartition(separator)
        label, text = (before, behind) if first else (behind, before)
        label, text = label.strip(), text.strip()
        short = 0 < len(label) <= LABEL_LETTERS and len(label.split()) <= LABEL_WORDS
        return (label, text) if found and short and text else None

    return parse


MARK = re.compile(r"__label__([^\s,]+)[\s,]+")
"""https://fasttext.cc/docs/en/supervised-tutorial.html"""


def marked(line: str) -> tuple[str, str] | None:
    """The labels in fastText's marks, with a space between several, and the text behind them."""
    labels: list[str] = []
    place = 0
    while found := MARK.match(line, place):
        labels.append(found[1])
        place = found.end()
    text = line[place:].strip()
    return (" ".join(labels), text) if labels and text else None


_PARSERS: tuple[Parse, ...] = (
    marked,
    _by_pattern(r"(?P<label>[A-Z]{2,}):[a-z]+\s+(?P<text>.+)"),  # TREC: `DESC:manner How did …`
    *(_beside(separator, first=first) for separator in SEPARATORS for first in (False, True)),
    _by_pattern(r"(?P<label>[+-]?\d{1,2}|[+-])\s+(?P<text>.+)"),
    _by_pattern(r"(?P<label>[A-Za-z][\w-]{0,20})\s{2,}(?P<text>.+)"),
    _by_pattern(r"(?P<text>.+)\s(?P<label>[+-]?\d)$"),
)
