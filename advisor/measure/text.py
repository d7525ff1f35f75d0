"""What texts are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.measure.rows import as_facts
from advisor.records import Fact


def text_facts(texts: Sequence[str]) -> list[Fact]:
    """Tokens and characters per sample and the share of distinct tokens, split at white space."""
    words = [text.split() for text in texts]
    tokens = sum(len(found) for found in words)
    distinct = len({word.lower() for found in words for word in found})
    rows = [
        (
            "tokens_per_sample",
            float(np.median([len(found) for found in words])),
            "tokens",
            "median, split at white space",
        ),
        ("characters_per_sample", float(np.median([len(text) for text in texts])), "characters", "median"),
        ("distinct_token_share", distinct / max(tokens, 1), "1", "different tokens over all tokens"),
    ]
    return as_facts(rows, len(texts))
