"""Cheap forecasters: what a network on one long series has to beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from advisor.records import Signature
from advisor.tasks.estimators import BYTES_PER_CELL, MAX_CELLS
from advisor.tasks.fitting import Fitted
from advisor.tasks.kinds import Array
from advisor.tasks.views import Part

PENALTIES = tuple(10.0**power for power in range(6))


def _windows(part: Part, places: torch.Tensor | None = None) -> tuple[Array, Array]:
    """Look-backs `[window, lookback, target channel]` and targets `[window, horizon, target channel]`."""
    prepared = part.prepared
    assert prepared.window is not None
    batch = prepared.batch(torch.arange(len(prepared)) if places is None else places)
    assert batch.targets is not None
    return np.asarray(batch.values[..., list(prepared.window[2])].numpy()), np.asarray(batch.targets.numpy())


def _by_chunks(forecast: Callable[[Array], Array]) -> Callable[[Part], Array]:
    """Forecasts for all windows of a part, from the look-backs of few at a time."""

    def predict(part: Part) -> Array:
        chunks = torch.split(torch.arange(len(part.prepared)), _at_once(part, MAX_CELLS))
        return np.concatenate([forecast(_windows(part, chunk)[0]) for chunk in chunks])

    return predict


def _at_once(part: Part, cells: int) -> int:
    """Windows that hold so many values, the look-back's of all channels included."""
    assert part.prepared.window is not None
    steps = sum(part.prepared.window[:2])
    return max(100, cells // (steps * part.prepared.values.shape[1]))


def last_value(train: Part, signature: Signature, seed: int) -> Fitted:
    horizon = signature.horizon or 1
    predict = _by_chunks(lambda past: np.repeat(past[:, -1:], horizon, axis=1))
    return Fitted(predict, len(train.prepared))


def seasonal_naive(train: Part, signature: Signature, seed: int) -> Fitted:
    period = min(signature.period or 1, signature.length)
    rows = signature.length - period + np.arange(signature.horizon or 1) % period
    return Fitted(_by_chunks(lambda past: past[:, rows]), len(train.prepared))


def ridge_on_lags(train: Part, signature: Signature, seed: int) -> Fitted:
    """One linear map from look-back to horizon for all channels, after the last value is taken off.

    This is NLinear (Zeng et al. 2023) solved in closed form; the penalty is chosen on the last fifth. Of more
    windows than MAX_CELLS values hold, every second, third, ... is taken.
    """
    cells = MAX_CELLS if train.memory is None else min(MAX_CELLS, train.memory // BYTES_PER_CELL)
    step = -(-len(train.prepared) // _at_once(train, cells))
    past, future = _windows(train, torch.arange(0, len(train.prepared), step))
    held_out = max(1, len(past) // 5)
    gap = -(-(signature.horizon or 1) // step)  # windows just before the held-out ones share their targets
    fits = {
        penalty: _solve(past[: -held_out - gap], future[: -held_out - gap], penalty)
        for penalty in PENALTIES
        if len(past) > held_out + gap
    }
    errors = {
        penalty: float(((_apply(past[-held_out:], weights) - future[-held_out:]) ** 2).mean())
        for penalty, weights in fits.items()
    }
    weights = _solve(past, future, min(errors, key=errors.__getitem__, default=1.0))
    return Fitted(_by_chunks(lambda some: _apply(some, weights)), len(past))


def _solve(past: Array, future: Array, penalty: float) -> Array:
    """Ridge weights `[lookback, horizon]` by the normal equations."""
    centred = (past - past[:, -1:]).transpose(0, 2, 1).reshape(-1, past.shape[1]).astype(np.float64)
    wanted = (future - past[:, -1:]).transpose(0, 2, 1).reshape(-1, future.shape[1]).astype(np.float64)
    gram = centred.T @ centred + penalty * np.eye(past.shape[1])
    return np.asarray(np.linalg.solve(gram, centred.T @ wanted))


def _apply(past: Array, weights: Array) -> Array:
    last = past[:, -1:]
    return np.asarray(
        ((past - last).transpose(0, 2, 1) @ weights).transpose(0, 2, 1) + last, dtype=np.float32
    )
