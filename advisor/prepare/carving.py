"""Which samples go to another part: a share of every class, whole groups, or what comes last in time."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from advisor.records import Part

MANY_GROUPS = 1_000  # at random they share the classes out evenly enough, and in no time
Indices = NDArray[np.int64]


def carve(
    parts: NDArray[np.str_],
    part: Part,
    share: float,
    labels: NDArray[np.str_] | None,
    groups: NDArray[np.str_] | None,
    seed: int,
) -> None:
    """Moves a share of the training samples to `part`, in place; the same share of every class,
    of which at least one sample stays.

    Whole groups, where there are groups and every class is left in training without those.

    Args:
        parts, labels, groups: [sample]; labels only where they are classes.
    """
    pool = np.flatnonzero(parts == "train")
    if not len(pool):
        return
    codes = None if labels is None else np.unique(labels[pool], return_inverse=True)[1]
    if groups is not None:
        splits = group_splits(codes, groups[pool], max(2, round(1 / max(share, 0.01))), seed)
        train, held = splits[0]
        if codes is None or len(set(codes[train].tolist())) == len(set(codes.tolist())):
            parts[pool[held]] = part
            return
    order = stratified_order(codes, len(pool), seed)
    count = max(1, round(share * len(pool)))
    # Every k-th of an order that is sorted by class takes the same share of each class.
    chosen = order[np.floor((np.arange(count) + 0.5) * len(pool) / count).astype(np.int64)]
    if codes is not None:  # what there is one sample of stays: what training never sees cannot be told
        chosen = chosen[np.isin(codes[chosen], np.delete(codes, chosen))]
    parts[pool[chosen]] = part


def in_order(steps: int, shares: tuple[float, ...]) -> NDArray[np.str_]:
    """[step] parts in order of time, from training to test: nothing is predicted from its own future."""
    train, validation, test = (round(share * steps) for share in shares)
    parts = np.full(steps, "", dtype="<U10")
    parts[:train] = "train"
    parts[train : train + validation] = "validation"
    parts[train + validation : train + validation + test] = "test"
    return parts


def by_time(
    moments: NDArray[np.float64], usable: NDArray[np.bool_], shares: tuple[float, ...]
) -> NDArray[np.str_]:
    """[sample] parts by the time of each sample: the latest are the test part, those before them validation.

    Samples of one moment stay together, and those without a time are left out.
    """
    known = usable & np.isfinite(moments)
    order = np.argsort(moments, kind="stable")
    order = order[known[order]]
    parts = np.full(len(moments), "", dtype="<U10")
    sorted_moments = moments[order]
    first = np.searchsorted(sorted_moments, sorted_moments)  # the place where each moment begins
    parts[order] = in_order(len(order), shares)[first]
    return parts


def group_splits(
    labels: Indices | None, groups: NDArray[np.str_], folds: int, seed: int
) -> list[tuple[Indices, Indices]]:
    """Pairs (train, held out) of places, each of which is held out once; no group is in both of a pair."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    groups_there = len(set(groups.tolist()))
    count = min(folds, groups_there)
    if labels is None or groups_there > MANY_GROUPS:
        return list(GroupKFold(count, shuffle=True, random_state=seed).split(groups, groups=groups))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class of fewer groups than folds
        splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        return list(splitter.split(groups, labels, groups))


def stratified_order(labels: Indices | None, count: int, seed: int) -> Indices:
    """A shuffled order; with labels, one class after the other."""
    order = np.random.default_rng(seed).permutation(count)
    return order if labels is None else order[np.argsort(labels[order], kind="stable")]


def tears(parts: NDArray[np.str_], groups: NDArray[np.str_]) -> bool:
    """Whether samples of one group lie in different parts."""
    used = parts != ""
    pairs = set(zip(groups[used].tolist(), parts[used].tolist(), strict=True))
    return len(pairs) > len(set(groups[used].tolist()))
