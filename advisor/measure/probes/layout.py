"""Pictures: does the layout tell the class, the texture, or the colours alone? Random convolutions and ridge
on pictures as they are, with patches in random order (texture stays, layout goes) and with pixels in random
order (only the values stay); each picture in an order of its own.

The share of positive outputs and their maximum, as in MiniRocket, over the whole picture and over each of
4 x 4 parts of it, so that a linear model can see where things are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.clock import Clock
from advisor.measure.looks import Look
from advisor.measure.probes.amount import learning_facts
from advisor.measure.probes.doubts import doubt_facts
from advisor.measure.probes.probing import Array, Targets, gram, interval, mean_fact, out_of_fold, targets
from advisor.measure.rows import as_facts
from advisor.readers.source import Source
from advisor.records import Fact

KERNELS = 64
TAPS = 3
PARTS = 4  # per side: patches that are shuffled, and parts of a picture that are told apart
DETAIL = 32  # most pixels per side of the central part, which is read at full resolution
REPEATS = 3
CHUNK = 128

Pictures = NDArray[np.float32]
_Orders = Callable[[int, int, np.random.Generator], NDArray[np.int64]]


def layout_facts(source: Source, looks: Sequence[Look], clock: Clock, seed: int) -> list[Fact]:
    """Scores of the three forms, `layout_score_drop` (patches shuffled) and `texture_score_drop` (pixels
    shuffled on top), what more samples would bring, and which labels may be wrong; none without labels.
    """
    looks = [seen for seen in looks if seen.small is not None and seen.piece is not None]
    wanted = targets(source, looks)
    if wanted is None:
        return []
    looks = [looks[place] for place in wanted.kept]
    forms = [
        whole for whole in (_standard([seen.small for seen in looks]), _details(looks)) if whole is not None
    ]
    how = f"{KERNELS} random {TAPS} x {TAPS} convolutions on 16 x 16 pictures and on their central {DETAIL} "
    how += "pixels, pooled over the whole and 16 parts, ridge, out of fold"
    start = time.monotonic()
    products = _products(forms, seed)
    scores: dict[str, list[Array]] = {"": [out_of_fold(products, wanted, seed)[0]]}
    once = time.monotonic() - start
    facts = learning_facts(products, scores[""][0], wanted, seed, how)
    ids = [source.ids[seen.index] for seen in looks]
    facts += doubt_facts(products, wanted, ids, seed, how)
    if interval(scores[""][0])[0] <= wanted.chance or not clock.allows("layout and texture", 2 * once):
        return [*facts, *clock.facts()]
    for repeat in range(REPEATS):
        again = seed + repeat
        if repeat and time.monotonic() + 3 * once > clock.end:
            break
        if repeat:
            scores[""].append(out_of_fold(_products(forms, again), wanted, again)[0])
        for name, places in (("patches", _patch_orders), ("pixels", _pixel_orders)):
            changed = [_rearranged(form, places, again) for form in forms]
            scores.setdefault(name, []).append(out_of_fold(_products(changed, again), wanted, again)[0])
    return [
        *_score_facts({name: np.stack(found) for name, found in scores.items()}, wanted, how),
        *facts,
        *clock.facts(),
    ]


def _score_facts(scores: dict[str, Array], wanted: Targets, how: str) -> list[Fact]:
    kept, patches, pixels = scores[""], scores["patches"], scores["pixels"]
    unit = wanted.unit
    rows = [
        (
            f"grid_probe_score_{name}_shuffled",
            float(scores[name].mean()),
            unit,
            f"the same with {name} shuffled",
        )
        for name in ("patches", "pixels")
    ]
    rows.append(("grid_probe_chance", wanted.chance, unit, "score of guessing"))
    return [
        mean_fact("grid_probe_score", kept, unit, how),
        *as_facts(rows, kept.shape[1]),
        mean_fact(
            "layout_score_drop", kept - patches, unit, f"what it costs to shuffle {PARTS} x {PARTS} patches"
        ),
        mean_fact(
            "texture_score_drop", patches - pixels, unit, "what it costs to shuffle pixels and not patches"
        ),
    ]


def _details(looks: Sequence[Look]) -> Pictures | None:
    """[sample, height, width, channel] of the central pixels, as many as all have; None where few."""
    pieces = [seen.piece for seen in looks if seen.piece is not None]
    sides = [min(DETAIL, *(piece.shape[axis] for piece in pieces)) // PARTS * PARTS for axis in (0, 1)]
    if min(sides) < 2 * PARTS:
        return None
    starts = [[(piece.shape[axis] - sides[axis]) // 2 for axis in (0, 1)] for piece in pieces]
    return _standard(
        [
            piece[top : top + sides[0], left : left + sides[1]]
            for piece, (top, left) in zip(pieces, starts, strict=True)
        ]
    )


def _standard(pictures: Sequence[Pictures | None]) -> Pictures:
    """[sample, height, width, channel] with mean 0 and deviation 1 per channel, zero where missing."""
    stacked = np.stack([picture for picture in pictures if picture is not None])
    known = np.isfinite(stacked)
    axes = (0, 1, 2)
    mean = np.mean(stacked, axis=axes, where=known, keepdims=True) if known.any() else 0.0
    deviation = np.std(stacked, axis=axes, where=known, keepdims=True) if known.any() else np.ones(1)
    scaled = (stacked - mean) / np.where(deviation > 0, deviation, 1)
    return np.asarray(np.where(known, scaled, 0), dtype=np.float32)


def _patch_orders(height: int, width: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """[place] of each pixel in a picture whose patches are in random order."""
    places = np.arange(height * width).reshape(PARTS, height // PARTS, PARTS, width // PARTS)
    patches = places.transpose(0, 2, 1, 3).reshape(PARTS * PARTS, height // PARTS, width // PARTS)
    mixed = rng.permutation(patches).reshape(PARTS, PARTS, height // PARTS, width // PARTS)
    return np.asarray(mixed.transpose(0, 2, 1, 3).reshape(-1))


def _pixel_orders(height: int, width: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """[place] of each pixel in a picture whose pixels are in random order."""
    return rng.permutation(height * width)


def _rearranged(pictures: Pictures, places: _Orders, seed: int) -> Pictures:
    """Every picture with its pixels in an order of its own."""
    rng = np.random.default_rng(seed)
    count, height, width, channels = pictures.shape
    flat = pictures.reshape(count, height * width, channels)
    return np.stack([one[places(height, width, rng)] for one in flat]).reshape(pictures.shape)


def _products(forms: Sequence[Pictures], seed: int) -> Array:
    """[sample, sample] products, the mean over forms of one picture at several scales."""
    return np.asarray(np.mean([gram(_features(form, seed)) for form in forms], axis=0))


def _features(pictures: Pictures, seed: int) -> Array:
    """[sample, feature] of pictures [sample, height, width, channel]."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(pictures.shape[3] * TAPS * TAPS, KERNELS)).astype(np.float32)
    weight /= np.sqrt(pictures.shape[3])
    biases: Pictures | None = None
    found = []
    for start in range(0, len(pictures), CHUNK):
        outputs = _convolved(pictures[start : start + CHUNK], weight)
        if biases is None:
            flat = outputs.reshape(-1, KERNELS)
            biases = flat[rng.integers(0, len(flat), KERNELS), np.arange(KERNELS)]
        parts = _parts(outputs)
        positive = (parts > biases).mean(axis=(2, 4), dtype=np.float32)  # [sample, part, part, kernel]
        greatest = parts.max(axis=(2, 4))
        pooled = [positive, greatest, positive.mean(axis=(1, 2)), greatest.max(axis=(1, 2))]
        found.append(np.concatenate([one.reshape(len(outputs), -1) for one in pooled], axis=1))
    return np.concatenate(found).astype(np.float64)


def _convolved(pictures: Pictures, weight: Pictures) -> Pictures:
    """[sample, height, width, kernel], zeros around the pictures."""
    margin = TAPS // 2
    padded = np.pad(pictures, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (TAPS, TAPS), axis=(1, 2))
    return np.asarray(views.reshape(*pictures.shape[:3], -1) @ weight)


def _parts(outputs: Pictures) -> Pictures:
    """[sample, part, row, part, column, kernel] of [sample, height, width, kernel]."""
    count, height, width, kernels = outputs.shape
    return outputs.reshape(count, PARTS, height // PARTS, PARTS, width // PARTS, kernels)
