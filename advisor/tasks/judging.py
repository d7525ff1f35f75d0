"""Scoring predictions for a part, of many windows piece by piece.

A window shares nearly all of its values with its neighbours: the forecasts of all side by side take as many
times the memory of the series as the horizon has steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from advisor.prepare import Prepared, Preprocessing
from advisor.tasks.kinds import Array, TaskKind
from advisor.tasks.views import Part

MOST_VALUES = 20_000_000  # forecast at one time: each value is held a few times, in 8 bytes
LEAST_WINDOWS = 1_000  # however long their horizon


def windows_at_once(prepared: Prepared) -> int:
    """Windows whose forecasts are held at one time."""
    assert prepared.window is not None
    _, horizon, channels = prepared.window
    return max(LEAST_WINDOWS, MOST_VALUES // (horizon * len(channels)))


def spread(windows: torch.Tensor, most: int) -> torch.Tensor:
    """`most` of these windows, evenly spaced, or all of them."""
    if len(windows) <= most:
        return windows
    return windows[torch.linspace(0, len(windows) - 1, most, dtype=torch.float64).round().to(torch.int64)]


def judge(
    kind: TaskKind, preprocessing: Preprocessing, predict: Callable[[Part], Array], part: Part
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """What `kind.aggregate` makes the metric of, `[sample]`, and the further metrics.

    Args:
        predict: gives predictions for the samples of a part.
    """
    results = list[NDArray[np.float64]]()
    others = list[dict[str, float]]()
    for piece in _pieces(part):
        predictions, targets = predict(piece), piece.targets()
        results.append(kind.per_sample(predictions, targets))
        others.append(kind.others(predictions, targets, preprocessing))
    sizes = [len(one) for one in results]  # further metrics of windows are means over windows
    means = {name: float(np.average([one[name] for one in others], weights=sizes)) for name in others[0]}
    return np.concatenate(results), others[0] if len(others) == 1 else means


def _pieces(part: Part) -> list[Part]:
    prepared = part.prepared
    if prepared.window is None:
        return [part]
    places = torch.split(torch.arange(len(prepared)), windows_at_once(prepared))
    return [part] if len(places) == 1 else [Part(prepared.select(piece)) for piece in places]
