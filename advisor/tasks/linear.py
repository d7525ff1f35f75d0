"""Baselines in plain numpy: there at once, where scikit-learn takes a second or two to import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.tasks.kinds import Array

RIDGE_PENALTIES = tuple(10.0**power for power in range(-3, 6))
FEW_SAMPLES, FEW_FEATURES = 2_000, 5_000  # up to which the penalty of a classifier is chosen

Matrix = NDArray[np.float64]


@dataclass
class Constant:
    """Says the most frequent class, or the mean."""

    of_classes: bool
    value: Any = 0

    def fit(self, seen: Array, targets: Array) -> Constant:
        if self.of_classes:
            classes, counts = np.unique(targets, return_counts=True)
            self.value = classes[counts.argmax()]
        else:
            self.value = np.mean(targets, dtype=np.float64)
        return self

    def predict(self, seen: Array) -> Array:
        return np.full(len(seen), self.value)


@dataclass
class Ridge:
    """Ridge on standardised features; of classes by one output each, -1 or 1.

    Of several penalties the one with the least squared leave-one-out error is taken, which ridge gives in
    closed form (Golub, Heath & Wahba 1979).
    """

    of_classes: bool
    penalties: Sequence[float]

    def fit(self, seen: Array, targets: Array) -> Ridge:
        self.mean, deviation = seen.mean(axis=0, dtype=np.float64), seen.std(axis=0, dtype=np.float64)
        self.scale = np.where(deviation > 1e-12, deviation, 1.0)
        values = (seen - self.mean) / self.scale
        wanted: Matrix
        if self.of_classes:
            self.classes = np.unique(targets)
            wanted = np.where(targets[:, None] == self.classes, 1.0, -1.0)
        else:
            wanted = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
        self.centre = wanted.mean(axis=0)
        self.weights = _weights(values, wanted - self.centre, self.penalties)
        return self

    def predict(self, seen: Array) -> Array:
        outputs = ((seen - self.mean) / self.scale) @ self.weights + self.centre
        found: Array = self.classes[outputs.argmax(axis=1)] if self.of_classes else outputs[:, 0]
        return found


def _weights(values: Matrix, wanted: Matrix, penalties: Sequence[float]) -> Matrix:
    """`[feature, output]` for centred values, through whichever of the two Gram matrices is smaller."""
    count, features = values.shape
    gram = values @ values.T if count <= features else values.T @ values
    if len(penalties) == 1:
        gram[np.diag_indices_from(gram)] += penalties[0]
        if count <= features:
            return np.asarray(values.T @ np.linalg.solve(gram, wanted))
        return np.asarray(np.linalg.solve(gram, values.T @ wanted))
    squares, vectors = np.linalg.eigh(gram)
    kept = squares > squares.max(initial=0.0) * 1e-12
    squares, vectors = squares[kept], vectors[:, kept]
    left = vectors if count <= features else values @ vectors / np.sqrt(squares)
    along, leverages = left.T @ wanted, left**2
    penalty = min(penalties, key=lambda one: _left_out_error(left, leverages, along, squares, wanted, one))
    inner = along / (squares + penalty)[:, None]
    if count <= features:
        return np.asarray(values.T @ (left @ inner))
    return np.asarray(vectors @ (np.sqrt(squares)[:, None] * inner))


def _left_out_error(
    left: Matrix, leverages: Matrix, along: Matrix, squares: Matrix, wanted: Matrix, penalty: float
) -> float:
    """Mean squared error of every sample by the ridge of all others, the intercept included."""
    shrink = squares / (squares + penalty)
    residual = wanted - left @ (shrink[:, None] * along)
    hat = leverages @ shrink + 1 / len(wanted)
    return float(((residual / np.maximum(1 - hat, 1e-9)[:, None]) ** 2).mean())


def majority(samples: int, features: int, seed: int) -> Constant:
    return Constant(of_classes=True)


def mean_value(samples: int, features: int, seed: int) -> Constant:
    return Constant(of_classes=False)


def ridge_classifier(samples: int, features: int, seed: int) -> Ridge:
    few = samples <= FEW_SAMPLES and features <= FEW_FEATURES
    return Ridge(True, RIDGE_PENALTIES if few else (float(features),))


def ridge(samples: int, features: int, seed: int) -> Ridge:
    return Ridge(False, RIDGE_PENALTIES)
