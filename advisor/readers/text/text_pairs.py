"""Tables whose target is itself a text: sentence pairs, questions and answers, letters with a tag each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.readers.source import Skipped, Source
from advisor.readers.table import delimited
from advisor.readers.table.cells import OBJECT
from advisor.readers.table.delimited import Kind
from advisor.readers.table.table_rows import Rows
from advisor.readers.text.aligned_files import INPUTS, LANGUAGES, OUTPUTS, are_alike, are_tags
from advisor.readers.text.letters import LOOKED_AT, by_letter, is_sequence, token_axis
from advisor.readers.text.text_source import text_source
from advisor.records import TargetSpec

SEQUENCE_NAMES = frozenset(
    {
        "sequence",
        "seq",
        "sequences",
        "dna",
        "rna",
        "protein",
        "peptide",
        "aa_seq",
        "smiles",
        "selfies",
        "letters",
    }
)
WORD_LIST = re.compile(r'\["[^"\\\s]+"(, "[^"\\\s]+")*\]$|\[\]$')
LEAST_WORDS = 1.5  # per cell on average in both columns of a pair
LEAST_DISTINCT = 0.2  # of the cells; one sentence may have several translations
MOST_LETTERS = 100  # different characters in a named column of sequences
LEAST_PER_SEQUENCE = 5.0  # characters of a named column's cells on average


@dataclass(frozen=True)
class Pair:
    """The columns of the input and of the target, and whether the target is a tag per word or letter."""

    inputs: tuple[int, ...]
    target: int
    tags: bool


def find(rows: Rows, kinds: Sequence[Kind], target: int | None) -> Pair | None:
    """The columns that belong together; None where a label or nothing is to be predicted."""
    texts = [i for i, kind in enumerate(kinds) if _is_long(rows, i, kind)]
    texts = [i for i in texts if not are_lists(_sample(rows, i))] or texts
    names = [name.strip().lower() for name in rows.header]
    tagged = _tagged(rows, kinds, target)
    if tagged is not None:
        return tagged
    if target is not None:
        others = tuple(i for i in texts if i != target)
        return Pair(others, target, False) if target in texts and others else None
    if len(texts) < 2:
        return None
    languages = [i for i in texts if names[i] in LANGUAGES]
    if len(languages) >= 2:
        return Pair((languages[0],), languages[1], False)
    if any(kind in ("category", "number") for i, kind in enumerate(kinds) if i not in texts):
        return None
    outputs = [i for i in texts if names[i] in OUTPUTS and names[i] not in INPUTS]
    if rows.named and outputs and len(outputs) < len(texts):
        return Pair(tuple(i for i in texts if i not in outputs), outputs[0], False)
    first, second = texts[:2]
    unnamed = not rows.named and len(kinds) == 2
    return (
        Pair((first,), second, False)
        if unnamed or are_alike(_sample(rows, first), _sample(rows, second))
        else None
    )


def build(rows: Rows, pair: Pair, form: str) -> Source:
    """Each sample the text of the input columns; texts to be predicted have no labels."""
    texts = [_text(row, pair.inputs) for row in rows.rows]
    used = {*pair.inputs, pair.target}
    name = rows.header[pair.target]
    parts = rows.given_parts()
    left = [
        Skipped(f"column {other}", "beside both texts")
        for i, other in enumerate(rows.header)
        if i not in used
    ]
    return text_source(
        rows.path,
        form,
        rows.ids,
        lambda i: texts[i],
        token_axis(texts),
        TargetSpec(name=name, kind="tags" if pair.tags else "text"),
        parts=parts,
        skipped=(*rows.skipped, *left),
    )


def are_lists(cells: Sequence[str]) -> bool:
    """Whether cells are lists of words in JSON, or empty: `["joy", "fear"]`."""
    known = [cell for cell in cells if cell.strip()]
    return bool(known) and all(WORD_LIST.match(cell) for cell in known)


def letters_column(rows: Rows, position: int, kind: Kind) -> bool:
    """Whether a column holds strings of letters: DNA or proteins, or what a usual name says."""
    if kind not in ("identifier", "category"):
        return False
    cells = [cell.strip() for cell in _sample(rows, position) if cell.strip()]
    if rows.header[position].strip().lower() in SEQUENCE_NAMES:
        long = sum(map(len, cells)) >= LEAST_PER_SEQUENCE * len(cells) > 0
        return long and by_letter(cells) and len(set("".join(cells))) <= MOST_LETTERS
    return kind == "identifier" and is_sequence(cells)


def _tagged(rows: Rows, kinds: Sequence[Kind], target: int | None) -> Pair | None:
    """An input column and one with as many words (or letters), of which few differ."""
    texts = [i for i, kind in enumerate(kinds) if kind in ("text", "identifier")]
    for tag in texts if target is None else [target]:
        for first in texts:
            if first == tag or not are_tags(_sample(rows, tag), _sample(rows, first)):
                continue
            if not by_letter(_sample(rows, first)) or letters_column(rows, first, kinds[first]):
                return Pair((first,), tag, True)
    return None


def _is_long(rows: Rows, position: int, kind: Kind) -> bool:
    """A column of words that differ from row to row."""
    if kind not in ("text", "identifier", "category"):
        return False
    cells = rows.column(position)
    known = [cell for cell in cells if cell.strip()]
    if known and all(OBJECT.match(cell) for cell in known[:LOOKED_AT]):
        return False
    words = delimited.mean_words(known)
    return words >= LEAST_WORDS and len(set(known)) >= LEAST_DISTINCT * len(known) and len(set(known)) > 10


def _sample(rows: Rows, position: int) -> list[str]:
    return [row[position] for row in rows.rows[:: max(1, len(rows.rows) // LOOKED_AT)]]


def _text(row: tuple[str, ...], positions: Sequence[int]) -> str:
    return " ".join(row[i].strip() for i in positions if row[i].strip())
