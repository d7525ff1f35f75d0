"""Blocks that compute in another layout than torch's own give what torch's own would."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from advisor.models.blocks import ConvUnit, StepsConvolution, pool
from advisor.models.norms import StepsNorm
from advisor.models.recurrent import reverse
from advisor.models.rows import largest, valid_steps


def reference_norm(values: Tensor, norm: nn.BatchNorm1d, lengths: Tensor) -> Tensor:
    """By the formula, in float64."""
    mask = valid_steps(lengths, values.shape[2])[:, None].double()
    mean = (values * mask).sum(dim=(0, 2)) / mask.sum()
    centred = values - mean[:, None]
    variance = (centred.square() * mask).sum(dim=(0, 2)) / mask.sum()
    normal = centred * torch.rsqrt(variance + norm.eps)[:, None]
    return (normal * norm.weight.double()[:, None] + norm.bias.double()[:, None]) * mask


@pytest.mark.parametrize("shape", [(4, 16, 24), (4, 3, 9), (1, 5, 7), (6, 4, 1), (3, 1, 8)])
@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize("ragged", [True, False])
def test_norm_and_its_gradients_are_those_of_the_formula(
    shape: tuple[int, int, int], channels_last: bool, ragged: bool
) -> None:
    batch, channels, time = shape
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(1, time + 1, (batch,), generator=generator) if ragged else None
    every = torch.full((batch,), time) if lengths is None else lengths
    if int(every.sum()) < 2:
        pytest.skip("one value has no variance")
    values = torch.randn(batch, time, channels, generator=generator).transpose(1, 2)
    values = values if channels_last else values.contiguous()
    norm = StepsNorm(channels)
    nn.init.normal_(norm.weight, generator=generator)
    slope = torch.randn(shape, generator=generator)
    ours, theirs = values.detach().requires_grad_(), values.double().detach().requires_grad_()
    found = norm(ours, lengths)
    found.backward(slope)
    assert norm.weight.grad is not None
    of_weight, norm.weight.grad = norm.weight.grad, None
    expected = reference_norm(theirs, norm, every)
    expected.backward(slope.double())
    for one, other in ((found, expected), (ours.grad, theirs.grad), (of_weight, norm.weight.grad)):
        assert one is not None
        assert other is not None
        torch.testing.assert_close(one.double(), other.double(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (5, 1), (5, 2), (7, 3)])
def test_convolution_and_its_gradients_are_torchs(kernel: int, stride: int) -> None:
    ours = StepsConvolution(3, 4, kernel, stride=stride, padding=kernel // 2, bias=False)
    theirs = nn.Conv1d(3, 4, kernel, stride=stride, padding=kernel // 2, bias=False)
    theirs.load_state_dict(ours.state_dict())
    values = torch.randn(2, 3, 20)
    one, other = values.clone().requires_grad_(), values.clone().requires_grad_()
    ours(one).square().sum().backward()
    theirs(other).square().sum().backward()
    torch.testing.assert_close(ours(one), theirs(other))
    torch.testing.assert_close(one.grad, other.grad)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)


def test_the_gradient_of_a_reversal_is_reversed() -> None:
    lengths = torch.tensor([3, 5, 1])
    values, slope = torch.randn(3, 5, 2, requires_grad=True), torch.randn(3, 5, 2)
    found = reverse(values, lengths)
    found.backward(slope)
    assert torch.equal(found[0, :3], values[0, :3].flip(0))
    assert torch.equal(found[0, 3:], values[0, 3:])
    assert values.grad is not None
    torch.testing.assert_close(values.grad, reverse(slope, lengths))


def test_the_largest_step_gets_the_gradient() -> None:
    values = torch.tensor([[[1.0, 9.0], [3.0, -2.0], [3.0, 5.0]]], requires_grad=True)
    found = largest(values)
    found.backward(torch.tensor([[1.0, 2.0]]))
    assert found.tolist() == [[3.0, 9.0]]
    assert values.grad is not None
    assert values.grad.sum(dim=1).tolist() == [[1.0, 2.0]]
    assert float(values.grad[0, 0, 1]) == 2.0
    torch.testing.assert_close(largest(values.detach()), found)


@pytest.mark.parametrize("shape", [(3, 4, 7), (3, 4, 5, 6), (3, 4, 2, 5, 6)])
def test_pooling_is_mean_and_maximum_of_all_places(shape: tuple[int, ...]) -> None:
    values = torch.randn(shape)
    expected = torch.cat([values.flatten(2).mean(dim=2), values.flatten(2).amax(dim=2)], dim=1)
    torch.testing.assert_close(pool(values), expected)
    torch.testing.assert_close(pool(values.requires_grad_()), expected)


def test_pooling_counts_valid_steps_alone() -> None:
    values = torch.tensor([[[1.0, 3.0, 0.0, 0.0]], [[4.0, 1.0, 1.0, 2.0]]])
    assert pool(values, torch.tensor([2, 4])).tolist() == [[2.0, 3.0], [2.0, 4.0]]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_a_strided_unit_of_one_place_leaves_no_stride_to_the_convolution(dimensions: int) -> None:
    """oneDNN writes beyond its memory in the gradient of such a convolution."""
    unit = ConvUnit(dimensions, 3, 4, kernel=1, stride=2, activation=False).eval()
    values = torch.randn(2, 3, *(7, 6, 5)[:dimensions])
    convolution = (functional.conv1d, functional.conv2d, functional.conv3d)[dimensions - 1]
    expected = convolution(values, unit.convolution.weight, stride=2)
    torch.testing.assert_close(unit(values)[0], expected, rtol=1e-3, atol=1e-4)
    assert set(unit.convolution.stride) == {1}
