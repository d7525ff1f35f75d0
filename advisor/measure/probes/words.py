"""Does the order of words, or of letters, matter, and how far? TF-IDF of their runs and ridge."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.measure.clock import Clock
from advisor.measure.looks import Look
from advisor.measure.probes.amount import learning_facts
from advisor.measure.probes.doubts import doubt_facts
from advisor.measure.probes.horizon import horizon_fact
from advisor.measure.probes.probing import (
    Array,
    Targets,
    drop_facts,
    interval,
    out_of_fold,
    targets,
    variant_facts,
)
from advisor.measure.probes.running import next_letter_facts
from advisor.readers.source import Source
from advisor.readers.text.letters import is_by_letter
from advisor.records import Fact

MOST_TOKENS = 80_000  # of all texts together: about two seconds
LONGEST_WORDS = 400  # words of one text, so that enough texts fit
MOST_LETTERS, LONGEST_LETTERS = 100_000, 1_000  # the same for letters
RUN_OF_WORDS = 2
RUN_OF_LETTERS = 5  # motifs of DNA and proteins are longer, but most of them hold such a run
FARTHEST_WORDS, FARTHEST_LETTERS = 4, 8  # longest runs for the memory horizon: longer ones hardly come twice
LOCAL_WORDS, LOCAL_LETTERS = 5, 10  # window within which order is shuffled: a phrase, a motif
STRENGTHS = (1.0,)

Texts = Sequence[Sequence[str]]


def label_facts_of_texts(source: Source, looks: Sequence[Look], clock: Clock, seed: int) -> list[Fact]:
    """Of a label by its text; where there is none (translations, tags, no target) of the next letter."""
    letters = is_by_letter(source.spec.input.axis("token"))
    longest = LONGEST_LETTERS if letters else LONGEST_WORDS
    found = [_tokens(seen.text or "", letters)[:longest] for seen in looks]
    sizes = np.cumsum([len(tokens) for tokens in found])
    most = int(np.searchsorted(sizes, MOST_LETTERS if letters else MOST_TOKENS)) + 1
    wanted = targets(source, looks[:most])
    if wanted is None:
        unasked = source.labels is None or source.spec.target is None
        return next_letter_facts([seen.text or "" for seen in looks], seed) if unasked else []
    texts = [found[place] for place in wanted.kept]
    ids = [source.ids[looks[place].index] for place in wanted.kept]
    return _order_facts(texts, wanted, ids, clock, seed, letters=letters)


def _order_facts(
    texts: Texts, wanted: Targets, ids: Sequence[str], clock: Clock, seed: int, *, letters: bool
) -> list[Fact]:
    run, farthest, local = (
        (RUN_OF_LETTERS, FARTHEST_LETTERS, LOCAL_LETTERS)
        if letters
        else (RUN_OF_WORDS, FARTHEST_WORDS, LOCAL_WORDS)
    )
    rng = np.random.default_rng(seed)
    token = "letters" if letters else "words"
    how = f"{token} in runs of up to {run} weighted by TF-IDF, ridge, out of fold"
    plain = [run_products(texts, size) for size in range(1, run + 1)]
    products = cosines(plain)
    (kept,) = out_of_fold(products, wanted, seed, strengths=STRENGTHS)
    start = time.monotonic()
    broken = _scores([shuffled(text, rng) for text in texts], run, wanted, seed)
    once = time.monotonic() - start
    facts = drop_facts(kept, broken, unit=wanted.unit, chance=wanted.chance, how=how)
    if clock.allows("learning curve", once):
        facts += learning_facts(products, kept, wanted, seed, how, STRENGTHS)
    if clock.allows("doubtful labels", once):
        facts += doubt_facts(products, wanted, ids, seed, how, STRENGTHS)
    if interval(kept)[0] > wanted.chance and clock.allows("memory horizon", 2 * once):
        facts.append(_horizon_fact(texts, plain, farthest, wanted, seed, token))
    if clock.allows("shuffled locally", once):
        parts = _scores([shuffled(text, rng, window=local) for text in texts], run, wanted, seed)
        said = f"the same with {token} shuffled within windows of {local}"
        facts += variant_facts("shuffled_locally", kept, parts, unit=wanted.unit, how=said)
    if clock.allows("reversed", once):
        backwards = [text[::-1] for text in texts]
        crossed = [run_products(texts, size, backwards) for size in range(1, run + 1)]
        turned = cosines(crossed, plain, [run_products(backwards, size) for size in range(1, run + 1)])
        scores = out_of_fold(products, wanted, seed, asked=[turned], strengths=STRENGTHS)[1]
        said = "learnt as it is, asked of the same texts backwards"
        facts += variant_facts("reversed", kept, scores, unit=wanted.unit, how=said)
    return [*facts, *clock.facts()]


def _horizon_fact(
    texts: Texts, plain: Sequence[Array], farthest: int, wanted: Targets, seed: int, token: str
) -> Fact:
    """By runs of up to 1, 2, ... tokens; `plain` has the products of the first sizes."""
    parts = [*plain, *(run_products(texts, size) for size in range(len(plain) + 1, farthest + 1))]
    contexts = range(1, farthest + 1)
    scores = [out_of_fold(cosines(parts[:size]), wanted, seed, strengths=STRENGTHS)[0] for size in contexts]
    how = (
        f"the shortest runs of {token}, of 1 to {farthest}, that tell as much ({wanted.unit}) as any longer "
    )
    how += "ones; whether parts far from each other matter together is not asked"
    return horizon_fact(contexts, np.stack(scores), how, unit=token)


def _tokens(text: str, letters: bool) -> list[str]:
    """Words, or letters where there is no white space to split at."""
    words = text.lower().split()
    return list(text.lower()) if letters or len(words) < 2 else words


def shuffled(tokens: Sequence[str], rng: np.random.Generator, *, window: int | None = None) -> list[str]:
    """Tokens in random order; with a window, within neighbouring windows of so many."""
    places = np.arange(len(tokens)) // (window or max(1, len(tokens)))
    return [tokens[place] for place in np.lexsort((rng.random(len(tokens)), places))]


def _scores(texts: Texts, run: int, wanted: Targets, seed: int) -> Array:
    """[sample] scores by all runs of up to so many neighbouring tokens."""
    products = cosines([run_products(texts, size) for size in range(1, run + 1)])
    return out_of_fold(products, wanted, seed, strengths=STRENGTHS)[0]


def _runs(tokens: Sequence[str], size: int) -> Iterator[str]:
    """Every run of so many neighbours."""
    return map(" ".join, zip(*(tokens[start:] for start in range(size)), strict=False))


def run_products(texts: Texts, size: int, others: Texts | None = None) -> NDArray[np.float64]:
    """[other, text] products of TF-IDF of runs of one size; counts and frequencies damped by the logarithm.

    `others` are the same texts in another form, weighted as `texts` are; the texts themselves when None.
    """
    from scipy.sparse import csr_array

    places: dict[str, int] = {}
    forms = [texts] if others is None else [texts, others]
    counts = [
        [Counter(places.setdefault(run, len(places)) for run in _runs(text, size)) for text in form]
        for form in forms
    ]
    frequency = np.zeros(max(len(places), 1))
    tables = list[Any]()
    for form in counts:
        starts = np.cumsum([0, *(len(found) for found in form)])
        columns = np.array([column for found in form for column in found], dtype=np.int64)
        values = 1.0 + np.log(np.array([count for one in form for count in one.values()], dtype=np.float64))
        if not tables:
            frequency += np.bincount(columns, minlength=len(frequency))
        values *= 1.0 + np.log((1 + len(texts)) / (1 + frequency[columns]))
        tables.append(csr_array((values, columns, starts), shape=(len(texts), len(frequency))))
    products: NDArray[np.float64] = (tables[-1] @ tables[0].T).toarray()
    return products


def cosines(
    products: Sequence[Array], plain: Sequence[Array] | None = None, others: Sequence[Array] | None = None
) -> Array:
    """[other, text] cosines over all sizes of runs, plus one for an intercept.

    Args:
        products: per size as from `run_products`.
        plain, others: the same of the texts with themselves, and of their other form; `products` when None.
    """
    lengths = [
        np.sqrt(np.maximum(sum(np.diagonal(one) for one in form or products), 1e-12))
        for form in (others, plain)
    ]
    return np.asarray(sum(products) / np.outer(*lengths) + 1.0)
