"""Batch norm in folded rows gives what torch's own gives."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from advisor.models.norms import LANES, GridNorm, folds


def grid(shape: tuple[int, ...], seed: int) -> Tensor:
    """Channels side by side, of other means and deviations each."""
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    scale = torch.arange(1, shape[1] + 1)[:, None, None]
    return (values * scale + scale).contiguous(memory_format=torch.channels_last)


def pair(channels: int) -> tuple[GridNorm, nn.BatchNorm2d]:
    """Ours and torch's, with the same weights."""
    ours, theirs = GridNorm(channels), nn.BatchNorm2d(channels)
    for parameter in (theirs.weight, theirs.bias):
        nn.init.normal_(parameter)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


# Folded four and two times, not folded, and places that do not fill the rows.
@pytest.mark.parametrize("shape", [(4, 8, 6, 6), (4, 24, 5, 4), (4, 16, 5, 4), (2, 3, 8, 8), (3, 8, 3, 3)])
def test_values_gradients_and_statistics_are_torchs(shape: tuple[int, int, int, int]) -> None:
    ours, theirs = pair(shape[1])
    values, slope = grid(shape, 0), grid(shape, 1)
    one, other = values.clone().requires_grad_(), values.clone().requires_grad_()
    ours(one).backward(slope)
    theirs(other).backward(slope)
    torch.testing.assert_close(ours(values), theirs(values), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, rtol=1e-4, atol=1e-3)
    for name, found in ours.state_dict().items():
        torch.testing.assert_close(found, theirs.state_dict()[name], rtol=1e-4, atol=1e-5)


def test_half_precision_is_as_near_as_torchs_own() -> None:
    ours, theirs = pair(24)
    values, slope = grid((8, 24, 8, 8), 0), grid((8, 24, 8, 8), 1)
    exact = values.double().requires_grad_()
    nn.functional.batch_norm(
        exact, None, None, theirs.weight.double(), theirs.bias.double(), training=True
    ).backward(slope.double())
    assert exact.grad is not None
    errors = []
    for norm in (ours, theirs):
        half = values.bfloat16().requires_grad_()
        norm(half).backward(slope.bfloat16())
        assert half.grad is not None
        errors.append(float((half.grad.double() - exact.grad).abs().mean() / exact.grad.abs().mean()))
    assert errors[0] < 1.5 * errors[1] < 0.1


def test_what_was_trained_is_used_as_torch_uses_it() -> None:
    ours, theirs = pair(8)
    for norm in (ours, theirs):
        norm(grid((4, 8, 6, 6), 0))
        norm.eval()
    values = grid((2, 8, 6, 6), 1)
    torch.testing.assert_close(ours(values), theirs(values), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("channels", [1, 2, 3, 8, 16, 24, 48, 96])
def test_rows_fill_whole_vectors_and_no_more_than_needed(channels: int) -> None:
    count = folds(channels)
    assert channels * count % LANES == 0
    assert count == 1 or channels * count // 2 % LANES
