"""Texts that say the same: equal but for capitals, blanks and punctuation, or by most runs of words."""

from __future__ import annotations

import re
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from advisor.measure.health.survey import Seen

RUN = 3  # words of a run
LEAST_RUNS = 18  # of a text whose runs are compared; in a shorter one a single word changes the meaning
SKETCH = 12  # smallest hashes kept of a text's runs, by which candidates are found
SHARED = 0.8  # of the runs of two texts together: a word or two in fifty may differ
MOST_ALIKE = 20  # texts with one hash in common, above which it is a phrase of all
WORDS = re.compile(r"\w+")


def near_texts(seen: Sequence[Seen], seconds: float, *, letters: bool) -> list[tuple[int, int]]:
    """Pairs of samples (indices) whose texts are near-copies; `seen` holds no exact copies.

    Runs of words are compared of as many texts as there is time for; strings of letters must be equal.
    """
    end = time.monotonic() + seconds
    texts = [(one.index, WORDS.findall(one.text.casefold())) for one in seen if one.text]
    equal: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, words in texts:
        if words:
            equal[tuple(words)].append(index)
    pairs = [pair for same in equal.values() for pair in pairwise(sorted(same))]
    if not letters:
        runs: dict[int, frozenset[int]] = {}
        for written, same in equal.items():
            if time.monotonic() > end:
                break
            if len(written) >= LEAST_RUNS + RUN - 1:
                runs[same[0]] = _runs(written)
        pairs += _sharing_runs(runs)
    return sorted(pairs)


def _runs(words: Sequence[str]) -> frozenset[int]:
    """Hashes of all runs of words; of Python's own hashes of strings those of each start differ."""
    return frozenset(
        zlib.crc32(" ".join(words[start : start + RUN]).encode()) for start in range(len(words) - RUN + 1)
    )


def _sharing_runs(runs: dict[int, frozenset[int]]) -> list[tuple[int, int]]:
    """Pairs with SHARED of their runs in common (Broder, "On the resemblance and containment of documents",
    1997), found by the smallest hashes of each."""
    holders: dict[int, list[int]] = defaultdict(list)
    for index, found in runs.items():
        for value in sorted(found)[:SKETCH]:
            holders[value].append(index)
    candidates = {
        (min(one, other), max(one, other))
        for same in holders.values()
        if 1 < len(same) <= MOST_ALIKE
        for place, one in enumerate(same)
        for other in same[place + 1 :]
    }
    return [pair for pair in candidates if _resemblance(runs[pair[0]], runs[pair[1]]) >= SHARED]


def _resemblance(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)
