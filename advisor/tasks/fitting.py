"""What a baseline is, and what fitting one gives."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

from advisor.records import Signature
from advisor.tasks.kinds import Array
from advisor.tasks.views import Part


@dataclass(frozen=True)
class Fitted:
    """What predicts class codes or values for a Part, and how many samples it was fitted on."""

    predict: Callable[[Part], Array]
    samples: int


@dataclass(frozen=True)
class Baseline:
    """A cheap model; `fit(train, signature, seed)` may use fewer samples than there are."""

    name: str
    how: str
    fit: Callable[[Part, Signature, int], Fitted]


def fit_quietly(baseline: Baseline, train: Part, signature: Signature, seed: int) -> Fitted:
    """Fits one; that an iterative fit stopped early is part of being cheap, not a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return baseline.fit(train, signature, seed)
