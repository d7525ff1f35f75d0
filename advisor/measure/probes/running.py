"""Running text: what it is made of, and whether the order of the last letters tells the next one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.measure.looks import choose
from advisor.measure.probes.horizon import horizon_fact
from advisor.measure.probes.probing import drop_facts
from advisor.measure.rows import as_facts
from advisor.measure.text import character_facts
from advisor.readers.source import Source
from advisor.records import Fact

CONTEXT = 5  # letters; longer contexts hardly come twice in what is looked at
PIECES, PIECE = 40, 4_000  # pieces of the text and their size in bytes: 160,000 letters, about two seconds
BLOCKS = 20  # pieces at the least, whose scores count as independent
FOLDS = 5
LETTERS = 256  # the commonest; all others count as one, so that six of them fit into 48 bits
FEWEST = 1_000  # letters to learn from
TRUSTED = 2  # times a context must have been seen before its answer counts

Codes = NDArray[np.int64]


def is_running_text(source: Source) -> bool:
    """Whether the data are long texts that are to be continued, and not many short ones."""
    return source.read_pieces is not None


def running_text_facts(source: Source, seed: int, *, probe: bool) -> list[Fact]:
    """Facts of running text by evenly spaced pieces; files of the test part are not read.

    Raises:
        NoDataError: no file can be read.
    """
    assert source.read_pieces is not None
    order = choose(source, seed)[:PIECES]
    pieces: list[str] = []
    for index in sorted(order.tolist()):
        try:
            pieces += source.read_pieces(index, -(-PIECES // len(order)), PIECE)
        except UnreadableSampleError:
            continue
    if not any(pieces):
        raise NoDataError(f"`a readable text`: none of {source.spec.path} could be decoded; check the files")
    how = "windows of one length are cut from running text"
    return [
        *as_facts([("size_variation_token", 0.0, "1", how)], len(source)),
        *character_facts(pieces),
        *(next_letter_facts(pieces, seed) if probe else []),
    ]


def next_letter_facts(texts: Sequence[str], seed: int) -> list[Fact]:
    """How often the last letters tell the next, in order and shuffled, out of fold; none for short texts.

    Counts of contexts answer with the letter that most often followed the longest context known. Shuffled,
    each context holds the same letters in random order, which leaves what they are and takes what order
    says; both have the length of context that suits them best.
    """
    slide = np.lib.stride_tricks.sliding_window_view
    windows = [slide(codes, CONTEXT + 1) for codes in _blocks(texts) if len(codes) > CONTEXT]
    if len(windows) < BLOCKS or sum(map(len, windows)) < FEWEST:
        return []
    rng = np.random.default_rng(seed)
    shuffled = [np.column_stack([rng.permuted(rows[:, :-1], axis=1), rows[:, -1]]) for rows in windows]
    told, broken = _scores(windows), _best(_scores(shuffled))
    commonest = float(np.bincount(np.concatenate([rows[:, -1] for rows in windows])).max())
    how = f"counts of the last letters (up to {CONTEXT}) tell the next one, out of fold"
    chance = commonest / sum(map(len, windows))
    said = f"how many last letters, of up to {CONTEXT}, tell the next one as often as any longer context"
    return [
        *drop_facts(_best(told), broken, unit="accuracy", chance=chance, how=how),
        horizon_fact(range(CONTEXT + 1), told, said, unit="letters"),
    ]


def _best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """[block] of the length of context that suits best, of [length, block]."""
    return np.asarray(scores[scores.mean(axis=1).argmax()])


def _blocks(texts: Sequence[str]) -> list[Codes]:
    """Letters as numbers, the commonest first, in runs of one length."""
    room = PIECES * PIECE
    joined = "\n".join(text[: max(PIECE, room // max(1, len(texts)))] for text in texts)[:room]
    common = Counter(joined).most_common(LETTERS - 1)
    codes = {letter: code for code, (letter, _) in enumerate(common, start=1)}
    numbers = np.array([codes.get(letter, 0) for letter in joined], dtype=np.int64)
    return np.array_split(numbers, PIECES)


def _scores(windows: Sequence[Codes]) -> NDArray[np.float64]:
    """[length, block] share of letters that were told by contexts of 0, 1, ... letters, each by the blocks
    of other folds."""
    found = np.zeros((CONTEXT + 1, len(windows)))
    for held in np.array_split(np.arange(len(windows)), FOLDS):
        train = np.concatenate([rows for i, rows in enumerate(windows) if i < held[0] or i > held[-1]])
        test = np.concatenate([windows[i] for i in held])
        right = _told(train, test) == test[:, -1]
        ends = np.cumsum([len(windows[i]) for i in held])[:-1]
        found[:, held] = np.stack([part.mean(axis=1) for part in np.split(right, ends, axis=1)], axis=1)
    return found


def _told(train: Codes, test: Codes) -> Codes:
    """[length, window] the letter that the longest context seen often enough says, by its greatest length."""
    answers = np.tile(np.bincount(train[:, -1]).argmax(), (CONTEXT + 1, len(test)))
    keys, asked = np.zeros(len(train), dtype=np.int64), np.zeros(len(test), dtype=np.int64)
    for back in range(1, CONTEXT + 1):
        place = CONTEXT - back
        keys, asked = keys * LETTERS + train[:, place], asked * LETTERS + test[:, place]
        known, best = _most_frequent(keys, train[:, -1])
        where = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        seen = known[where] == asked
        answers[back:, seen] = best[where[seen]]
    return answers


def _most_frequent(keys: Codes, following: Codes) -> tuple[Codes, Codes]:
    """Contexts seen often enough, sorted, and the letter that most often followed each."""
    pairs, counts = np.unique(keys * LETTERS + following, return_counts=True)
    contexts = pairs // LETTERS
    order = np.lexsort((counts, contexts))
    contexts, counts, pairs = contexts[order], counts[order], pairs[order]
    last = np.append(contexts[1:] != contexts[:-1], True)
    totals = np.add.reduceat(counts, np.append(0, np.flatnonzero(last)[:-1] + 1))
    often = totals >= TRUSTED
    return contexts[last][often], pairs[last][often] % LETTERS
