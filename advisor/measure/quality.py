"""Missing values and constant samples among those looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import Look
from advisor.measure.rows import as_facts
from advisor.records import Fact


def quality_facts(looks: Sequence[Look], asked: int) -> list[Fact]:
    """Facts on samples that were looked at; `asked` is how many were tried to be decoded."""
    count = len(looks)
    rows = [
        (
            "missing_share",
            float(np.mean([seen.missing for seen in looks])),
            "1",
            "share of values that are missing",
        ),
        (
            "unreadable_samples",
            float(asked - count),
            "samples",
            "of those tried, how many could not be decoded",
        ),
    ]
    if looks[0].piece is not None and looks[0].piece.ndim > 1:
        views = [(seen.piece, seen.small) for seen in looks]
        constant = sum(all(_is_constant(part) for part in view if part is not None) for view in views)
        rows.append(("constant_samples", float(constant), "samples", "samples with one value only"))
    return as_facts(rows, count)


def _is_constant(piece: NDArray[np.float32]) -> bool:
    known = piece[np.isfinite(piece)]
    return known.size == 0 or bool(np.all(known == known[0]))


def constant_place_facts(values: NDArray[np.float32], name: str) -> list[Fact]:
    """How many places along the last axis (channels, features) never vary in [sample, *axes]."""
    flat = values.reshape(-1, values.shape[-1])
    known = np.isfinite(flat)
    low = np.where(known, flat, np.inf).min(axis=0)
    high = np.where(known, flat, -np.inf).max(axis=0)
    constant = float(np.sum((low == high) & known.any(axis=0)))
    how = "places along the axis with one value in all samples"
    return as_facts([(f"constant_{name}s", constant, f"{name}s", how)], len(values))


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
