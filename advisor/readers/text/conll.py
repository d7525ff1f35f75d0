"""Tagged sentences: a word and its tags per line, blank lines between sentences (CoNLL, IOB, CoNLL-U)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from advisor.errors import DataError
from advisor.readers.labels import parts_array
from advisor.readers.source import Skipped, Source
from advisor.readers.text.letters import token_axis
from advisor.readers.text.text_lines import index_lines
from advisor.readers.text.text_source import text_source
from advisor.readers.text.text_survey import TextFile
from advisor.records import TargetSpec

FORMAT = "conll"
SUFFIXES = frozenset({".tsv"})  # otherwise tables, and left to them where no blank line parts sentences
DOCUMENT = "-DOCSTART-"
LEAST_ROWS = 20
EVEN = 0.95  # share of rows that must have the commonest number of columns
LONGEST_SENTENCE = 300  # words on average, above which blank lines do not part sentences
TAG_SHARE, MOST_TAGS = 0.35, 300  # different tags among rows; the finest part-of-speech sets have under 300
CHUNK_TAG = re.compile(r"^(O|[BIESLUM][-_].+)$")
CONLLU_COLUMNS, CONLLU_WORD, CONLLU_TAG = 10, 1, 3  # https://universaldependencies.org/format.html


@dataclass(frozen=True)
class Layout:
    """Which columns hold the word and its tag, and whether tabs part them."""

    columns: int
    word: int
    tag: int
    tabs: bool


def match(files: Sequence[TextFile]) -> list[TextFile]:
    """The files that are tagged sentences in the same columns as the first of them."""
    layouts = [(file, layout_of(file.head)) for file in files]
    first = next((layout for _, layout in layouts if layout), None)
    return [] if first is None else [file for file, layout in layouts if layout == first]


def layout_of(lines: Sequence[str]) -> Layout | None:
    """The columns of these lines from a file; None where it holds no tagged sentences."""
    kept = [line.rstrip() for line in lines if not _is_comment(line)]
    rows = [line for line in kept if line.strip()]
    breaks = sum(not line.strip() and bool(before.strip()) for before, line in pairwise(kept))
    if len(rows) < LEAST_ROWS or not 2 * breaks <= len(rows) <= LONGEST_SENTENCE * breaks:
        return None
    tabs = sum("\t" in row for row in rows) >= EVEN * len(rows)
    cells = [_cells(row, tabs) for row in rows]
    width, count = Counter(map(len, cells)).most_common(1)[0]
    if width < 2 or count < EVEN * len(rows):
        return None
    columns = list(zip(*(row for row in cells if len(row) == width), strict=True))
    if width == CONLLU_COLUMNS and tabs and _counts(columns[0]):
        return Layout(width, CONLLU_WORD, CONLLU_TAG, tabs)
    tag = _tag_column(columns)
    if tag is None:
        return None
    word = next((i for i, column in enumerate(columns) if i != tag and _are_words(column)), None)
    return None if word is None else Layout(width, word, tag, tabs)


def read(path: Path, files: Sequence[TextFile], skipped: Sequence[Skipped]) -> Source:
    """Each sample a sentence, its words joined by one space; the target is one tag per word.

    Raises:
        DataError: no sentence.
    """
    layout = layout_of(files[0].head)
    if layout is None:
        raise DataError(
            f"{files[0].path}: has no columns of words and tags: give one word and its tag per line"
        )
    sentences: list[str] = []
    ids: list[str] = []
    parts: list[str] = []
    tags: set[str] = set()
    uneven: list[Skipped] = []
    for file in files:
        found, odd = _sentences(file, layout, tags)
        sentences += found
        ids += [f"{file.key}/{i}" for i in range(len(found))]
        parts += [file.part] * len(found)
        uneven += odd
    if not sentences:
        raise DataError(f"{path}: holds no sentence: give one word and its tag per line")
    given = parts_array(parts)
    return text_source(
        path,
        FORMAT,
        ids,
        lambda i: sentences[i],
        token_axis(sentences),
        TargetSpec(name="tags", kind="tags", classes=len(tags)),
        parts=given,
        skipped=(*skipped, *uneven),
    )


def _sentences(file: TextFile, layout: Layout, tags: set[str]) -> tuple[list[str], list[Skipped]]:
    """The sentences of a file; rows with another number of columns are left out."""
    found: list[str] = []
    odd: list[Skipped] = []
    words: list[str] = []
    for number, line in enumerate([*index_lines(file.path).all(), ""]):
        if line and not _is_comment(line):
            cells = _cells(line, layout.tabs)
            if len(cells) == layout.columns:
                words.append(cells[layout.word].replace(" ", "_"))
                tags.add(cells[layout.tag])
            else:
                where = f"{file.name}, line {number + 1}"
                odd.append(Skipped(where, f"another number of columns than {layout.columns}"))
        elif words:
            found.append(" ".join(words))
            words = []
    return found, odd


def _is_comment(line: str) -> bool:
    """`# sent_id = 1`, `#\tsource`; `#\tSYM` may be a word and its tag."""
    if line.startswith("#\t"):
        return any(map(str.islower, line.split("\t")[1][:4]))
    return line.startswith(("# ", DOCUMENT)) or line.strip() == "#"


def _cells(row: str, tabs: bool) -> list[str]:
    return row.split("\t") if tabs else row.split()


def _tag_column(columns: Sequence[Sequence[str]]) -> int | None:
    """Chunk tags (`B-PER`, `O`) first, else the last column with few different values."""
    order = range(len(columns) - 1, -1, -1)
    for i in order:
        if len(set(columns[i])) > 1 and sum(bool(CHUNK_TAG.match(cell)) for cell in columns[i]) == len(
            columns[i]
        ):
            return i
    return next((i for i in order if _are_tags(columns[i])), None)


def _are_tags(column: Sequence[str]) -> bool:
    distinct = len(set(column))
    few = distinct <= min(MOST_TAGS, max(2.0, TAG_SHARE * len(column)))
    return 1 < distinct and few and not all(_is_number(cell) for cell in column)


def _are_words(column: Sequence[str]) -> bool:
    """Many different values, with letters: not numbers that count, not tags."""
    letters = sum(any(map(str.isalpha, cell)) for cell in column)
    return len(set(column)) > 10 and letters >= 0.5 * len(column)


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _counts(column: Sequence[str]) -> bool:
    """Word numbers that begin with one in each sentence (`1`, `2`, and `2-3` or `2.1` for parts of words)."""
    return all(re.fullmatch(r"[0-9]+([-.][0-9]+)?", cell) for cell in column) and "1" in column
