"""Moving whole steps about: what the gathers of torch do, with gradients that are gathers too.

The gradient of an index is in general a slow sum, for an index may name a place twice. Here none does.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Taken(torch.autograd.Function):
    """Rows `[row, feature]` at `places`, each named at most once."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.count = len(rows)
        return rows.index_select(0, places)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        return gradient.new_zeros(ctx.count, gradient.shape[1]).index_copy_(0, places, gradient), None


class _Put(torch.autograd.Function):
    """`count` rows that are zero but at `places`."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor, count: int) -> Tensor:
        ctx.save_for_backward(places)
        return rows.new_zeros(count, rows.shape[1]).index_copy_(0, places, rows)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (places,) = ctx.saved_tensors
        return gradient.index_select(0, places), None, None


def taken(rows: Tensor, places: Tensor) -> Tensor:
    """The rows of [row, feature] at these places, none of which is named twice."""
    found: Tensor = _Taken.apply(rows, places)
    return found


def put(rows: Tensor, places: Tensor, count: int) -> Tensor:
    """[count, feature] with the rows at these places and zeros elsewhere."""
    found: Tensor = _Put.apply(rows, places, count)
    return found
