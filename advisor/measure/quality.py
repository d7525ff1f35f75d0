"""Missing values and constant samples among those looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look
from advisor.measure.rows import as_facts, with_examples
from advisor.records import Fact

EXACT = 2**24  # whole numbers below it are all told apart in float32


def quality_facts(
    looks: Sequence[Look], asked: int, ids: Sequence[str] = (), unreadable: Sequence[str] = ()
) -> list[Fact]:
    """Facts on samples that were looked at.

    Args:
        asked: how many were tried to be decoded.
        ids: [sample] names of all samples, for examples.
        unreadable: names of those that could not be.
    """
    count = len(looks)
    missing = float(np.mean([seen.missing for seen in looks]))
    failed = ("unreadable_samples", float(asked - count), "samples", "of those tried, could not be decoded")
    found = [
        *as_facts([("missing_share", missing, "1", "share of values that are missing")], count),
        with_examples(failed, count, unreadable),
    ]
    if looks[0].piece is not None and looks[0].piece.ndim > 1:
        constant = [seen.index for seen in looks if _shows_one_value(seen)]
        row = ("constant_samples", float(len(constant)), "samples", "samples with one value only")
        found.append(with_examples(row, count, [ids[index] for index in constant] if ids else ()))
    return found


def _shows_one_value(seen: Look) -> bool:
    return all(_is_constant(part) for part in (seen.piece, seen.small) if part is not None)


def _is_constant(piece: NDArray[np.float32]) -> bool:
    known = piece[np.isfinite(piece)]
    return known.size == 0 or bool(np.all(known == known[0]))


def constant_place_facts(values: NDArray[np.float32], name: str, places: Sequence[str] = ()) -> list[Fact]:
    """How many places along the last axis (channels, features) never vary in [sample, *axes]; `places` are
    their names."""
    flat = values.reshape(-1, values.shape[-1])
    known = np.isfinite(flat)
    low = np.where(known, flat, np.inf).min(axis=0)
    high = np.where(known, flat, -np.inf).max(axis=0)
    exact = np.abs(low) < EXACT  # beyond, different numbers such as 100000000001 are equal in float32
    constant = np.flatnonzero((low == high) & known.any(axis=0) & exact)
    row = (f"constant_{name}s", float(len(constant)), f"{name}s", "places along the axis with one value only")
    examples = [places[place] for place in constant.tolist()] if len(places) == flat.shape[1] else ()
    return [with_examples(row, len(values), examples)]


def autocorrelation_fact(pieces: Sequence[NDArray[np.float32]]) -> list[Fact]:
    """Lag-1 autocorrelation in time of series [time, channel], each minus its own mean."""
    found = [value for piece in pieces for value in _autocorrelations(piece)]
    if not found:
        return []
    mean, error = float(np.mean(found)), float(np.std(found) / np.sqrt(len(found)))
    interval = {"low": mean - 1.96 * error, "high": mean + 1.96 * error}
    how = "lag-1 autocorrelation within a series, mean over series and channels"
    return [Fact(name="autocorrelation_time", value=mean, unit="1", how=how, samples=len(pieces), **interval)]


def _autocorrelations(piece: NDArray[np.float32]) -> list[float]:
    if len(piece) < 4:
        return []
    mean = np.nanmean(np.where(np.isfinite(piece).any(axis=0), piece, 0), axis=0)
    centred = np.nan_to_num(piece - mean)
    power = (centred**2).sum(axis=0)
    products = (centred[1:] * centred[:-1]).sum(axis=0)
    return [float(product / total) for product, total in zip(products, power, strict=True) if total > 0]
