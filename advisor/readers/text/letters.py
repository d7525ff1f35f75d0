"""Strings of letters (DNA, proteins, names) told from running text: what the tokens of a text are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.records import Axis

WORDS_PER_TEXT = 1.5  # on average; below it texts have no words, and their letters are the tokens
LOOKED_AT = 400  # texts that are enough to tell
LETTER = "letter"
LEAST_LETTERS = 8.0  # per text on average, from which a column of single words may be a sequence
BASES = frozenset("ACGTUN")
MAX_ALPHABET = 25  # the twenty amino acids and the marks for unknown ones; names use all letters


def by_letter(texts: Sequence[str]) -> bool:
    """Whether the texts are single words, so that their letters are the tokens."""
    seen = [text for text in _spread(texts) if text]
    return bool(seen) and sum(len(text.split()) for text in seen) / len(seen) < WORDS_PER_TEXT


def token_axis(texts: Sequence[str]) -> Axis:
    """The axis of tokens of these texts; in letters it says so, with its size where all are as long."""
    if not by_letter(texts):
        return Axis(name="token")
    sizes = {len(text) for text in texts}
    return Axis(name="token", size=sizes.pop() if len(sizes) == 1 else None, unit=LETTER)


def is_by_letter(axis: Axis | None) -> bool:
    """Whether the tokens of this axis are letters."""
    return axis is not None and axis.unit == LETTER


def is_sequence(texts: Sequence[str]) -> bool:
    """DNA, RNA or protein: long strings of few letters, in one case and without spaces."""
    seen = [text.strip() for text in _spread(texts) if text.strip()]
    if not seen or sum(map(len, seen)) / len(seen) < LEAST_LETTERS or not by_letter(seen):
        return False
    letters = set("".join(seen)) - set("-*.")
    one_case = not (any(map(str.isupper, letters)) and any(map(str.islower, letters)))
    bases = set("".join(letters).upper()) <= BASES  # lower case marks repeats of a genome
    return (one_case or bases) and all(map(str.isalpha, letters)) and 2 <= len(letters) <= MAX_ALPHABET


def _spread(texts: Sequence[str]) -> Iterable[str]:
    return texts[:: max(1, len(texts) // LOOKED_AT)]
