"""Does order matter, and how far? A quick linear model on samples as they are and in changed order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

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
    gram,
    interval,
    out_of_fold,
    strength_of,
    targets,
    variant_facts,
)
from advisor.measure.probes.words import label_facts_of_texts
from advisor.measure.sound import BANDS, WINDOW, sampling_rate
from advisor.readers.source import Source
from advisor.records import Fact

KERNELS = 500  # random convolutions; more gain little on a few hundred samples
REPEATS = 3  # fresh kernels, folds and shuffles each, as time allows
MOST_SERIES = 400  # samples; the linear model's cost grows with their square
FRAME_FEATURES = 16  # principal components of the small frames of a clip
LOCAL_WINDOWS = 8  # windows of a sample, within which steps are shuffled,
FEWEST_LOCAL_STEPS = 3  # of no fewer steps each
CHUNK = 64  # samples turned into features at once

Series = NDArray[np.float32]
Lengths = NDArray[np.int64]


def order_facts(source: Source, looks: Sequence[Look], seconds: float, seed: int) -> list[Fact]:
    """Score as is, score shuffled and the drop with its 95 % interval; none where it cannot be measured.

    As time allows also: what more samples would bring, which labels may be wrong, the memory horizon, and
    what shuffling within short windows and reversing cost.
    """
    clock = Clock(time.monotonic() + seconds)
    if source.spec.input.axis("token") is not None:
        return label_facts_of_texts(source, [seen for seen in looks if seen.text is not None], clock, seed)
    if source.spec.input.axis("time") is None:
        return []
    looks = [seen for seen in looks if seen.small is not None and len(seen.small) > 1][:MOST_SERIES]
    wanted = targets(source, looks)
    if wanted is None:
        return []
    looks = [looks[place] for place in wanted.kept]
    series = [small for small in (seen.small for seen in looks) if small is not None]
    steps = float(np.median([seen.shape[0] / len(one) for seen, one in zip(looks, series, strict=True)]))
    how = f"{KERNELS} random convolutions over time, lagged products and single steps, ridge, out of fold"
    if series[0].ndim > 2:
        series = _frame_components(series, seed)
        how = f"{FRAME_FEATURES} principal components per 16 x 16 frame, {how}"
    elif sampling_rate(source.spec.input) is not None:
        how = f"{BANDS} logarithms of band energy per {1000 * WINDOW:g} ms, {how}"
    ids = [source.ids[seen.index] for seen in looks]
    return _series_facts(*_padded(series), wanted, ids, clock, seed, how, steps)


def _series_facts(
    values: Series,
    lengths: Lengths,
    wanted: Targets,
    ids: Sequence[str],
    clock: Clock,
    seed: int,
    how: str,
    steps: float,
) -> list[Fact]:
    """Every probe of padded series [sample, time, channel], the most telling first.

    Args:
        ids: of the samples.
        steps: how many steps of the data one of `values` is.
    """
    local = max(FEWEST_LOCAL_STEPS, int(np.median(lengths)) // LOCAL_WINDOWS)
    variants: dict[str, _Variant] = {"shuffled": _relearnt(shuffle_time)}
    products = _products(values, lengths, seed)
    scores: dict[str, list[Array]] = {"": [out_of_fold(products, wanted, seed)[0]]}
    start = time.monotonic()
    scores["shuffled"] = [variants["shuffled"](values, lengths, wanted, seed)]
    once = time.monotonic() - start
    found = learning_facts(products, scores[""][0], wanted, seed, how)
    found += doubt_facts(products, wanted, ids, seed, how)
    tells = interval(scores[""][0])[0] > wanted.chance
    if tells and clock.allows("memory horizon", 2 * once):
        found.append(_horizon_fact(values, lengths, wanted, seed, steps))
    if np.median(lengths) >= 2 * FEWEST_LOCAL_STEPS:
        variants["shuffled_locally"] = _relearnt(lambda *given: shuffle_time(*given, window=local))
    variants["reversed"] = _reversed_scores
    for name in [name for name in variants if name != "shuffled"]:
        if clock.allows(name.replace("_", " "), once):
            scores[name] = [variants[name](values, lengths, wanted, seed)]
    for repeat in range(1, REPEATS):
        if time.monotonic() + len(scores) * once > clock.end:
            break
        again = seed + repeat
        scores[""].append(out_of_fold(_products(values, lengths, again), wanted, again)[0])
        for name in [name for name in scores if name]:
            scores[name].append(variants[name](values, lengths, wanted, again))
    kept, given = np.stack(scores[""]), {"unit": wanted.unit}
    facts = drop_facts(kept, np.stack(scores["shuffled"]), **given, chance=wanted.chance, how=how)
    said = {
        "shuffled_locally": f"the same with steps shuffled within windows of {round(steps * local)}",
        "reversed": "learnt as it is, asked of the same samples backwards",
    }
    for name in [name for name in said if name in scores]:
        facts += variant_facts(name, kept, np.stack(scores[name]), **given, how=said[name])
    return [*facts, *found, *clock.facts()]


_Variant = Callable[[Series, Lengths, Targets, int], Array]


def _relearnt(change: Callable[[Series, Lengths, np.random.Generator], Series]) -> _Variant:
    """Scores [sample] of a model that learns from the samples changed and is asked of them so."""

    def scores(values: Series, lengths: Lengths, wanted: Targets, seed: int) -> Array:
        changed = change(values, lengths, np.random.default_rng(seed))
        return out_of_fold(_products(changed, lengths, seed), wanted, seed)[0]

    return scores


def _reversed_scores(values: Series, lengths: Lengths, wanted: Targets, seed: int) -> Array:
    """Scores [sample] of reversed samples, by a model that learnt from them as they are.

    Random convolutions that learn from reversed samples are as good as on the samples as they are.
    """
    backwards = values.copy()
    for sample, length in zip(backwards, lengths, strict=True):
        sample[:length] = sample[:length][::-1].copy()
    plain, turned = _features([values, backwards], lengths, seed)
    same = _undirected_products(values, lengths, seed)  # as of the samples backwards
    learnt, asked = (_mixed(gram(plain, form), same) for form in (plain, turned))
    return out_of_fold(learnt, wanted, seed, asked=[asked])[1]


def _horizon_fact(values: Series, lengths: Lengths, wanted: Targets, seed: int, steps: float) -> Fact:
    from advisor.measure.probes.spans import span_products, spans_of

    spans = spans_of(int(np.median(lengths)))
    products = span_products(values, lengths, spans, seed)
    scores = np.stack(
        [out_of_fold(one, wanted, seed, strengths=strength_of(one, wanted, seed))[0] for one in products]
    )
    how = f"the shortest span, of {len(spans)} tried, whose random convolutions and lagged products tell as "
    how += f"much ({wanted.unit}) as those of any longer one, out of fold"
    return horizon_fact(spans, scores, how, steps=steps)


def _products(values: Series, lengths: Lengths, seed: int) -> Array:
    """[sample, sample] products of random convolutions, of lagged products, and of single steps: with what
    needs no order in all forms of a sample, shuffling costs only what order itself tells."""
    convolved = gram(_features([values], lengths, seed)[0])
    return _mixed(convolved, _undirected_products(values, lengths, seed))


def _undirected_products(values: Series, lengths: Lengths, seed: int) -> Array:
    from advisor.measure.probes.spans import kernel_features, lagged_products

    (lagged,) = lagged_products(values, lengths, [int(np.median(lengths))])
    return (lagged + gram(kernel_features(values, lengths, [1], seed)[0])) / 2


def _mixed(directed: Array, undirected: Array) -> Array:
    return (directed + 2 * undirected) / 3


def _features(forms: Sequence[Series], lengths: Lengths, seed: int) -> list[Array]:
    """Per form of padded series [sample, time, channel] its [sample, 2 * kernels] of random convolutions,
    which are scaled to the first form."""
    import torch

    from advisor.measure.probes.kernels import RandomKernels

    values = forms[0]
    network = RandomKernels(values.shape[2], int(np.median(lengths)), kernels=KERNELS, seed=seed).eval()
    varying = lengths.min() != lengths.max()
    network.fit_biases(torch.from_numpy(values), torch.from_numpy(lengths) if varying else None)
    features = []
    with torch.inference_mode():
        for form in forms:
            found = []
            for start in range(0, len(form), CHUNK):
                part = slice(start, start + CHUNK)
                sizes = torch.from_numpy(lengths[part]) if varying else None
                found.append(network(torch.from_numpy(form[part]), sizes).numpy())
            features.append(np.concatenate(found).astype(np.float64))
    return features


def shuffle_time(
    values: Series, lengths: Lengths, rng: np.random.Generator, *, window: int | None = None
) -> Series:
    """Each series [time, channel] with its own steps in random order; padding stays at the end.

    Args:
        window: steps are shuffled within neighbouring windows of so many; in the whole series when None.
    """
    shuffled = values.copy()
    for sample, length in zip(shuffled, lengths, strict=True):
        places = np.arange(length) // (window or max(1, length))
        sample[:length] = sample[np.lexsort((rng.random(length), places))]
    return shuffled


def _padded(series: Sequence[Series]) -> tuple[Series, Lengths]:
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


def _frame_components(clips: Sequence[Series], seed: int) -> list[Series]:
    """Each clip [time, 16, 16] as a series [time, component]."""
    frames = np.nan_to_num(np.concatenate(clips).reshape(sum(len(clip) for clip in clips), -1))
    sample = np.random.default_rng(seed).choice(len(frames), min(len(frames), 4000), replace=False)
    _, vectors = np.linalg.eigh(np.cov(frames[sample].T))
    reduced = (frames - frames.mean(axis=0)) @ vectors[:, -FRAME_FEATURES:]
    return np.split(reduced.astype(np.float32), np.cumsum([len(clip) for clip in clips])[:-1])
