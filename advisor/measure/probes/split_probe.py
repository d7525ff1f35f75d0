"""What would a random split have scored, and what does one score that keeps groups, or time, apart?

One quick model twice, on the same samples and trained on as many: kernel ridge on rows of simple features
(a table's columns, pictures of 16 x 16, series stretched to one length, TF-IDF of words). What is too good
about the score of a random split is what the model learnt of the subject or of the hour, not of the task.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look, choose, look
from advisor.measure.probes.probing import FEWEST, Targets, targets
from advisor.readers.source import Source
from advisor.records import Column, Fact

FOLDS, REPEATS = 3, 2
STRENGTHS = (1e-2, 1e-1, 1.0)  # of the ridge; the one that is best on both splits together is taken
MOST_SAMPLES = 400  # the cost grows with their cube: half a second
STRETCHED = 32  # steps of a series
MOST_KINDS = 32  # values of a column of words that have a feature each
SECONDS = 1.0  # for reading rows of a table
ENOUGH_GROUPS = 30  # more would leave too few samples of each
LEAST_GROUPS = 5  # among the samples looked at

Array = NDArray[np.float64]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Places that are trained on, and places that are predicted."""


def split_facts(source: Source, looks: Sequence[Look], seed: int) -> list[Fact]:
    """Score of a random split, score of one by groups (else by time), and by how much the first is too good,
    each with its 95 % interval; none where nothing says groups or times, or there are too few samples."""
    named = source.possible_groups if source.groups is None else source.groups
    if source.labels is None or (named is None and source.moments is None):
        return []
    if named is not None:
        looks = _of_whole_groups(source, looks, named, seed)
    elif source.moments is not None:
        looks = [seen for seen in looks if np.isfinite(source.moments[seen.index])]
    wanted = targets(source, looks[:MOST_SAMPLES])
    if wanted is None:
        return []
    kept = [looks[place] for place in wanted.kept]
    products = _products(source, kept)
    if products is None:
        return []
    indices = np.array([seen.index for seen in kept])
    if named is None:
        assert source.moments is not None
        return _by_time(products, wanted, source.moments[indices], seed)
    groups = np.unique(named[indices], return_inverse=True)[1]
    if len(np.unique(groups)) < LEAST_GROUPS or len(np.unique(groups)) > len(groups) / 2:
        return []
    return _by_groups(products, wanted, groups, seed)


def _of_whole_groups(
    source: Source, looks: Sequence[Look], named: NDArray[np.str_], seed: int
) -> Sequence[Look]:
    """Samples of few groups rather than few samples of each, or little could be learnt of a group.

    Rows of a table are quickly read: any may be taken; of other forms those looked at.
    """
    rows = source.spec.input.axis("feature") is not None
    known = choose(source, seed) if rows else np.array([seen.index for seen in looks])
    names, codes = np.unique(named[known], return_inverse=True)
    turns = np.random.default_rng(seed).permutation(len(names))[codes]
    order = np.argsort(turns, kind="stable")
    within = np.arange(len(order)) - np.searchsorted(turns[order], turns[order])  # 0, 1, ... of each group
    most = -(-MOST_SAMPLES // min(len(names), ENOUGH_GROUPS))
    places = order[within < most][:MOST_SAMPLES]
    return look(source, known[places], SECONDS) if rows else [looks[place] for place in places]


def _by_groups(products: Array, wanted: Targets, groups: NDArray[np.int64], seed: int) -> list[Fact]:
    everywhere = np.arange(len(groups))
    naive, proposed = _averaged(
        products,
        wanted,
        everywhere,
        [random_folds(len(groups), seed + repeat) for repeat in range(REPEATS)],
        [group_folds(groups, seed + repeat) for repeat in range(REPEATS)],
    )
    how = f"kernel ridge in {FOLDS} folds, each group in one"
    return _facts(naive, proposed, groups, wanted.unit, how)


def _by_time(products: Array, wanted: Targets, moments: Array, seed: int) -> list[Fact]:
    """Only the last third is predicted: from all before it, and from as many at random."""
    order = np.argsort(moments, kind="stable")
    cut = int(np.searchsorted(moments[order], moments[order[len(order) * (FOLDS - 1) // FOLDS]]))
    past, future = order[:cut], order[cut:]
    if min(len(past), len(future)) < FEWEST // 2 or len(np.unique(wanted.values[past])) < 2:
        return []
    naive, proposed = _averaged(
        products,
        wanted,
        future,
        [random_folds(len(order), seed + repeat) for repeat in range(REPEATS)],
        [[(past, future)]],
    )
    how = "kernel ridge on the last third in time, from what was before it"
    return _facts(naive, proposed, np.arange(len(future)), wanted.unit, how)


def random_folds(count: int, seed: int) -> list[Fold]:
    """Folds of samples at random."""
    fold = np.random.default_rng(seed).permutation(count) % FOLDS
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS)]


def group_folds(groups: NDArray[np.int64], seed: int) -> list[Fold]:
    """Folds of whole groups at random, each group where there are the fewest samples so far."""
    sizes = np.bincount(groups)
    fold_of, filled = np.zeros(len(sizes), dtype=np.int64), np.zeros(FOLDS)
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold_of[group] = filled.argmin()
        filled[fold_of[group]] += sizes[group]
    fold = fold_of[groups]
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS)]


def _averaged(
    products: Array, wanted: Targets, asked: NDArray[np.int64], *plans: Sequence[Sequence[Fold]]
) -> list[Array]:
    """[asked] scores under each plan, averaged over its repeats, with the strength that suits all best."""
    found = [
        [
            np.mean([_scores(products, wanted, folds, strength)[asked] for folds in plan], axis=0)
            for plan in plans
        ]
        for strength in STRENGTHS
    ]
    best = max(
        found, key=lambda scores: sum(float(np.mean(_balanced(wanted, asked) * one)) for one in scores)
    )
    weights = _balanced(wanted, asked)
    return [weights * one for one in best]


def _scores(products: Array, wanted: Targets, folds: Sequence[Fold], strength: float) -> Array:
    """[sample] 1 where the class is right; of numbers one minus the squared error over the variance."""
    outputs = np.zeros((len(products), int(wanted.values.max()) + 1 if wanted.categories else 1))
    for train, held in folds:
        goal, weights = _goals(wanted, train)
        root = np.sqrt(weights)
        inner = products[np.ix_(train, train)] * np.outer(root, root)
        dual = np.linalg.solve(inner + strength * np.eye(len(train)), (goal * root[:, None]))
        outputs[held] = products[np.ix_(held, train)] @ (dual * root[:, None])
    if wanted.categories:
        return np.asarray(outputs.argmax(axis=1) == wanted.values, dtype=np.float64)
    error = (outputs[:, 0] + wanted.values.mean() - wanted.values) ** 2
    return np.asarray(1.0 - error / wanted.values.var())


def _goals(wanted: Targets, train: NDArray[np.int64]) -> tuple[Array, Array]:
    """[train, output] codes of -1 and 1 per class, or the centred number; and [train] weights by class."""
    values = wanted.values[train]
    if not wanted.categories:
        return (values - wanted.values.mean())[:, None], np.ones(len(train))
    counts = np.bincount(values, minlength=int(wanted.values.max()) + 1)
    codes = np.where(values[:, None] == np.arange(len(counts)), 1.0, -1.0)
    return codes, len(train) / (np.count_nonzero(counts) * counts[values])


def _balanced(wanted: Targets, asked: NDArray[np.int64]) -> Array:
    """[asked] weights that make the mean of scores the balanced accuracy; ones for numbers."""
    if not wanted.categories:
        return np.ones(len(asked))
    values = wanted.values[asked]
    counts = np.bincount(values)
    return np.asarray(len(asked) / (np.count_nonzero(counts) * counts[values]))


def _facts(naive: Array, proposed: Array, clusters: NDArray[np.int64], unit: str, how: str) -> list[Fact]:
    rows = (
        ("split_score_naive", naive, f"kernel ridge in {FOLDS} folds of samples at random"),
        ("split_score_proposed", proposed, how),
        ("split_score_gap", naive - proposed, "the first minus the second, on the same samples"),
    )
    found = []
    for name, scores, said in rows:
        low, high = cluster_interval(scores, clusters)
        value = float(scores.mean())
        found.append(
            Fact(name=name, value=value, unit=unit, how=said, samples=len(scores), low=low, high=high)
        )
    return found


def cluster_interval(values: Array, clusters: NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of a mean of values [sample] that are alike within clusters [sample].

    The usual variance of a ratio of sums over G clusters, with Student's t of G - 1 degrees of freedom.
    """
    from scipy.special import stdtrit

    codes = np.unique(clusters, return_inverse=True)[1]
    count, mean = int(codes.max()) + 1, float(values.mean())
    sums = np.bincount(codes, weights=values - mean)
    error = float(np.sqrt(count / (count - 1) * (sums**2).sum())) / len(values)
    reach = float(stdtrit(count - 1, 0.975)) * error
    return mean - reach, mean + reach


# --- one row of features for each sample ----------------------------------------------------------


def _products(source: Source, looks: Sequence[Look]) -> Array | None:
    """[sample, sample] kernel of the samples; None for forms without quick features."""
    axes = source.spec.input
    if axes.axis("token") is not None:
        return _text_products([seen.text or "" for seen in looks])
    if axes.axis("feature") is not None:
        rows = [np.asarray(source.read(seen.index), dtype=object) for seen in looks]
        features = table_features(np.stack(rows), axes.columns)
    else:
        smalls = [seen.small for seen in looks if seen.small is not None]
        if len(smalls) < len(looks):
            return None
        features = np.stack([_row_of(small) for small in smalls])
    return None if not features.shape[1] else _gauss(features)


def table_features(rows: NDArray[np.object_], columns: Sequence[Column]) -> Array:
    """[row, feature]: columns of numbers as they are, of words as 0 and 1; others are left out."""
    found: list[Array] = []
    for place, column in enumerate(columns):
        if column.kind == "number":
            numbers = np.array([_number(cell) for cell in rows[:, place]])
            known = np.isfinite(numbers)
            middle = float(np.median(numbers[known])) if known.any() else 0.0
            found.append(np.where(known, numbers, middle)[:, None])
        elif column.kind == "category":
            words = np.array([str(cell) for cell in rows[:, place]])
            kinds, counts = np.unique(words, return_counts=True)
            usual = kinds[np.argsort(-counts, kind="stable")][:MOST_KINDS]
            found.append((words[:, None] == usual).astype(np.float64))
    return np.concatenate(found, axis=1) if found else np.zeros((len(rows), 0))


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _row_of(small: NDArray[np.float32]) -> Array:
    """Pictures as they are; series, sounds and clips stretched to STRETCHED steps, and how much they vary."""
    values = np.nan_to_num(small.astype(np.float64))
    if small.ndim == 3 and small.shape[0] == small.shape[1] and small.shape[2] <= 4:
        return values.ravel()
    flat = values.reshape(len(values), -1)
    places = np.linspace(0, len(flat) - 1, STRETCHED)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, len(flat) - 1)
    share = (places - below)[:, None]
    stretched = (1 - share) * flat[below] + share * flat[above]
    change = np.abs(np.diff(flat, axis=0)).mean(axis=0) if len(flat) > 1 else np.zeros(flat.shape[1])
    return np.concatenate([stretched.ravel(), flat.mean(axis=0), flat.std(axis=0), change])


def _gauss(features: Array) -> Array:
    """Gaussian kernel of standardised features, as wide as the median distance, plus one (an intercept)."""
    deviation = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(deviation > 1e-9, deviation, np.inf)
    squares = (scaled**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares - 2 * scaled @ scaled.T, 0)
    width = float(np.median(distances)) or 1.0
    return np.asarray(np.exp(-distances / width) + 1.0)


def _text_products(texts: Sequence[str]) -> Array | None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        vectors = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+").fit_transform(texts)
    except ValueError:  # not one word
        return None
    return np.asarray((vectors @ vectors.T).toarray() + 1.0)
