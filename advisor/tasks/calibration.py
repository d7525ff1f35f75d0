"""Log loss that does not depend on how sure of itself a network was trained to be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.tasks.kinds import LEAST_PROBABILITY, Array

MOST = 10.0
"""Logits are multiplied or divided by at most this. Without a bound a network that errs nowhere on these
samples would be given no loss at all, and ties could not be told apart."""
SCALES = np.geomspace(1 / MOST, MOST, 49)  # one step changes a scale by a tenth


def calibrated_log_loss(logits: Sequence[Array], targets: Sequence[Array]) -> float:
    """Mean log loss in nats over all samples, at the one temperature that makes it least.

    Label smoothing, mixup and a ridge head leave networks less sure, or surer, than they are right. One
    temperature for all samples (Guo et al., "On calibration of modern neural networks", ICML 2017) takes that
    out, so that candidates are compared by how well they tell the classes apart.

    Args:
        logits: per part, `[sample, class]`; parts may have been left out of different trainings.
        targets: per part, class codes `[sample]`.
    """
    scores = np.concatenate([_centred(part) for part in logits])
    true = np.concatenate([part.astype(np.int64) for part in targets])
    return min(_mean_loss(scores * scale, true) for scale in SCALES)


def _centred(logits: Array) -> NDArray[np.float64]:
    return np.asarray(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))


def _mean_loss(scores: NDArray[np.float64], true: NDArray[np.int64]) -> float:
    """`scores` at most 0, the greatest of every row 0."""
    chosen = scores[np.arange(len(true)), true] - np.log(np.exp(scores).sum(axis=-1))
    return float(-np.maximum(chosen, math.log(LEAST_PROBABILITY)).mean())
