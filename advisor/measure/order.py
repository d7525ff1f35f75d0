"""Does order matter? A quick linear model on samples as they are and with their order shuffled."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look
from advisor.measure.probing import Targets, drop_facts, gram, out_of_fold, targets
from advisor.measure.running import next_letter_facts
from advisor.measure.sound import BANDS, WINDOW, sampling_rate
from advisor.readers.source import Source
from advisor.readers.text.letters import is_by_letter
from advisor.records import Fact

KERNELS = 500  # random convolutions; more gain little on a few hundred samples
REPEATS = 3  # fresh kernels, folds and shuffles each, as time allows
MOST_SERIES = 400  # samples; the linear model's cost grows with their square
FRAME_FEATURES = 16  # principal components of the small frames of a clip
MOST_TOKENS = 80_000  # of all texts together: about two seconds
LONGEST_WORDS = 400  # words of one text, so that enough texts fit
MOST_LETTERS, LONGEST_LETTERS = 100_000, 1_000  # the same for letters
RUNS_OF_WORDS = (1, 2)
RUNS_OF_LETTERS = (1, 2, 3, 4, 5)  # motifs of DNA and proteins are longer, but most of them hold such a run
CHUNK = 64  # samples turned into features at once


def order_facts(source: Source, looks: Sequence[Look], seconds: float, seed: int) -> list[Fact]:
    """Score as is, score shuffled and the drop with its 95 % interval; none where it cannot be measured."""
    if source.spec.input.axis("token") is not None:
        return _text_facts(source, [seen for seen in looks if seen.text is not None], seed)
    if source.spec.input.axis("time") is None:
        return []
    looks = [seen for seen in looks if seen.small is not None and len(seen.small) > 1][:MOST_SERIES]
    wanted = targets(source, looks)
    if wanted is None:
        return []
    series = [small for small in (looks[place].small for place in wanted.kept) if small is not None]
    how = f"{KERNELS} random convolutions over time and ridge, out of fold"
    if series[0].ndim > 2:
        series = _frame_components(series, seed)
        how = f"{FRAME_FEATURES} principal components per 16 x 16 frame, {how}"
    elif sampling_rate(source.spec.input) is not None:
        how = f"{BANDS} logarithms of band energy per {1000 * WINDOW:g} ms, {how}"
    kept, shuffled = _repeats(*_padded(series), wanted, time.monotonic() + seconds, seed)
    return drop_facts(kept, shuffled, unit=wanted.unit, chance=wanted.chance, how=how)


def _repeats(
    values: NDArray[np.float32], lengths: NDArray[np.int64], wanted: Targets, end: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean scores [sample] as is and shuffled; stops when another repeat would not fit before `end`."""
    scores = []
    longest = 0.0
    for repeat in range(REPEATS):
        start = time.monotonic()
        if repeat and start + longest > end:
            break
        rng = np.random.default_rng((seed, repeat))
        pair = [
            out_of_fold(gram(_features(arrays, lengths, seed + repeat)), wanted, seed + repeat)[0]
            for arrays in (values, shuffle_time(values, lengths, rng))
        ]
        scores.append(pair)
        longest = max(longest, time.monotonic() - start)
    kept, shuffled = np.mean(scores, axis=0)
    return kept, shuffled


def _features(values: NDArray[np.float32], lengths: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """[sample, 2 * kernels] of random convolutions over padded series [sample, time, channel]."""
    import torch

    from advisor.measure.kernels import RandomKernels

    network = RandomKernels(values.shape[2], int(np.median(lengths)), kernels=KERNELS, seed=seed).eval()
    varying = lengths.min() != lengths.max()
    found = []
    network.fit_biases(torch.from_numpy(values), torch.from_numpy(lengths) if varying else None)
    with torch.inference_mode():
        for start in range(0, len(values), CHUNK):
            part = slice(start, start + CHUNK)
            sizes = torch.from_numpy(lengths[part]) if varying else None
            found.append(network(torch.from_numpy(values[part]), sizes).numpy())
    return np.concatenate(found).astype(np.float64)


def shuffle_time(
    values: NDArray[np.float32], lengths: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Each series [time, channel] with its own steps in random order; padding stays at the end."""
    shuffled = values.copy()
    for sample, length in zip(shuffled, lengths, strict=True):
        sample[:length] = sample[rng.permutation(length)]
    return shuffled


def _padded(series: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """[sample, time, channel] standardised per channel, zero where missing or padded; and lengths."""
    steps = np.concatenate(series)
    known = np.isfinite(steps)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, steps, 0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, steps - mean, 0) ** 2).sum(axis=0) / count)
    lengths = np.array([len(one) for one in series], dtype=np.int64)
    padded = np.zeros((len(series), lengths.max(), steps.shape[1]), dtype=np.float32)
    for place, one in enumerate(series):
        padded[place, : len(one)] = np.nan_to_num((one - mean) / np.where(deviation > 0, deviation, 1))
    return padded, lengths


def _frame_components(clips: Sequence[NDArray[np.float32]], seed: int) -> list[NDArray[np.float32]]:
    """Each clip [time, 16, 16] as a series [time, component]."""
    frames = np.nan_to_num(np.concatenate(clips).reshape(sum(len(clip) for clip in clips), -1))
    sample = np.random.default_rng(seed).choice(len(frames), min(len(frames), 4000), replace=False)
    _, vectors = np.linalg.eigh(np.cov(frames[sample].T))
    reduced = (frames - frames.mean(axis=0)) @ vectors[:, -FRAME_FEATURES:]
    return np.split(reduced.astype(np.float32), np.cumsum([len(clip) for clip in clips])[:-1])


def _text_facts(source: Source, looks: Sequence[Look], seed: int) -> list[Fact]:
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
    rng = np.random.default_rng(seed)
    shuffled = [[tokens[place] for place in rng.permutation(len(tokens))] for tokens in texts]
    runs = RUNS_OF_LETTERS if letters else RUNS_OF_WORDS
    how = f"{'letters' if letters else 'words'} in runs of {runs} weighted by TF-IDF, ridge, out of fold"
    kept, broken = (_text_scores(variant, runs, wanted, seed) for variant in (texts, shuffled))
    return drop_facts(kept, broken, unit=wanted.unit, chance=wanted.chance, how=how)


def _tokens(text: str, letters: bool) -> list[str]:
    """Words, or letters where there is no white space to split at."""
    words = text.lower().split()
    return list(text.lower()) if letters or len(words) < 2 else words


def _text_scores(
    texts: Sequence[list[str]], runs: Sequence[int], wanted: Targets, seed: int
) -> NDArray[np.float64]:
    """[sample] scores by all runs of so many neighbouring tokens."""
    pieces = [[run for size in runs for run in _runs(text, size)] for text in texts]
    return out_of_fold(tfidf_products(pieces), wanted, seed, strengths=(1.0,))[0]


def _runs(tokens: Sequence[str], size: int) -> Iterator[str]:
    """Every run of so many neighbours."""
    return map(" ".join, zip(*(tokens[start:] for start in range(size)), strict=False))


def tfidf_products(texts: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """[text, text] cosines of TF-IDF vectors, counts and frequencies damped by the logarithm."""
    from scipy.sparse import csr_array

    places: dict[str, int] = {}
    counts = [Counter(places.setdefault(word, len(places)) for word in words) for words in texts]
    starts = np.cumsum([0, *(len(found) for found in counts)])
    columns = np.array([column for found in counts for column in found], dtype=np.int64)
    values = 1.0 + np.log(np.array([count for found in counts for count in found.values()], dtype=np.float64))
    frequency = np.bincount(columns, minlength=max(len(places), 1))
    values *= 1.0 + np.log((1 + len(texts)) / (1 + frequency[columns]))
    table = csr_array((values, columns, starts), shape=(len(texts), max(len(places), 1)))
    products: NDArray[np.float64] = (table @ table.T).toarray()
    length = np.sqrt(np.maximum(np.diagonal(products), 1e-12))
    return np.asarray(products / np.outer(length, length) + 1.0)
