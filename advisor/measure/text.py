"""What texts are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from advisor.measure.rows import Row, as_facts
from advisor.records import Fact


def text_facts(texts: Sequence[str], *, letters: bool = False) -> list[Fact]:
    """Tokens (words, or letters) and characters per sample, and the share of distinct tokens."""
    tokens = [list(text) if letters else text.split() for text in texts]
    total = sum(len(found) for found in tokens)
    distinct = len({token.lower() for found in tokens for token in found})
    unit, how = ("letters", "median") if letters else ("tokens", "median, split at white space")
    rows: list[Row] = [
        ("tokens_per_sample", float(np.median([len(found) for found in tokens])), unit, how),
        ("characters_per_sample", float(np.median([len(text) for text in texts])), "characters", "median"),
        ("distinct_token_share", distinct / max(total, 1), "1", "different tokens over all tokens"),
    ]
    if letters:
        rows.append(("alphabet", distinct, "letters", "different letters, small and capital ones as one"))
    return as_facts(rows, len(texts))


def character_facts(pieces: Sequence[str]) -> list[Fact]:
    """Alphabet and entropy of running text, and how long its words are."""
    counts = np.array(list(Counter("".join(pieces)).values()), dtype=np.float64)
    shares = counts / max(counts.sum(), 1.0)
    words = [len(word) for piece in pieces for word in piece.split()]
    rows: list[Row] = [
        ("characters_looked_at", counts.sum(), "characters", "in evenly spaced pieces"),
        ("alphabet", float(len(counts)), "characters", "different characters in the pieces"),
        ("character_entropy", float(-(shares * np.log2(shares)).sum()), "bits", "of single characters"),
        ("characters_per_word", float(np.mean(words or [0])), "characters", "mean, at white space"),
    ]
    return as_facts(rows, len(pieces))
