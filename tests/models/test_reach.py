"""`decide.reach` states sizes of our networks, which it may not import: here the two are held together."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from advisor.decide import reach
from advisor.measure.probes.kernels import KERNEL_LENGTH, RandomKernels
from advisor.models import build, sizing
from advisor.models.cnn import series_blocks
from advisor.prepare import pictures, series
from advisor.records import Candidate, Family, Signature, Task


def seen_by_one(blocks: nn.Module, values: Tensor) -> int:
    """Steps along the last axis that the middle output depends on."""
    for parameter in blocks.parameters():
        nn.init.constant_(parameter, 0.1)  # all positive, so that no step is cut off
    values = values.requires_grad_()
    outputs = blocks.eval()(values)[0]  # [1, channel, time]
    outputs[0, 0, outputs.shape[-1] // 2].backward()
    assert values.grad is not None
    touched = values.grad[0].abs().sum(dim=0).nonzero()
    return int(touched.max() - touched.min() + 1)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("length", [200, 500, 1000])
def test_the_receptive_field_of_the_residual_network(length, depth):
    blocks, _ = series_blocks("resnet", 2, length, 4, depth)
    seen = seen_by_one(blocks, torch.rand(1, 2, length))
    assert seen == min(length, reach.receptive_field(reach.resnet_layers(length, depth)))


@pytest.mark.parametrize("length", [8, 24, 150, 700])
def test_the_widest_random_kernel(length):
    widest = RandomKernels(1, length, kernels=20).dilations[-1]
    assert reach.rocket_field(length) == 1 + (KERNEL_LENGTH - 1) * widest


def signature(layout: str, length: int, task: Task = Task.CLASSIFICATION, **more: int) -> Signature:
    return Signature(layout=layout, task=task, length=length, variable_length=False, outputs=2, **more)


@pytest.mark.parametrize("length", [12, 100, 300, 2000])
def test_first_candidates_shorten_as_stated(length):
    one = signature("series", length)
    rnn = sizing.first_candidate(Family.RNN, one, samples=200, seconds=10)
    hybrid = sizing.first_candidate(Family.HYBRID, one, samples=200, seconds=10)
    network = build(hybrid, one, seed=0)
    strided = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d)]
    assert rnn.params["patch"] == reach.patch_of(length)
    assert len(strided) == reach.halvings_of(length)


def test_forecasts_are_patched_by_the_period():
    one = signature("series", 96, Task.FORECASTING, horizon=24, period=24, target_channels=(0,))
    rnn = sizing.first_candidate(Family.RNN, one, samples=200, seconds=10)
    assert rnn.params["patch"] == reach.patch_of(96, period=24, is_forecast=True)


def test_which_network_is_first_and_how_much_is_read():
    one = signature("series", 100)
    assert sizing.first_architecture(Family.CNN, one, reach.ROCKET_SAMPLES) == "rocket"
    assert sizing.first_architecture(Family.CNN, one, reach.ROCKET_SAMPLES + 1) == "resnet"
    assert (series.MAX_LENGTH, series.MOST_FRAMES) == (reach.MOST_STEPS, reach.MOST_SOUND_FRAMES)
    assert pictures.MAX_FRAMES == reach.MOST_FRAMES
    assert (series.HORIZONS_BACK, series.PERIODS_BACK) == (reach.HORIZONS_BACK, reach.PERIODS_BACK)


@pytest.mark.parametrize("frames", [6, 16])
def test_layers_over_the_frames_of_a_clip(frames):
    one = signature("clip", frames, channels=1, height=8, width=8)
    candidate = Candidate(family=Family.CNN, architecture="resnet", params={"width": 4, "depth": 1})
    network = build(candidate, one, seed=0)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv3d | nn.MaxPool3d)]
    stated = [kernel for kernel, _ in reach.clip_layers(frames, 1)]
    sizes = [one.kernel_size for one in layers]
    assert [size if isinstance(size, int) else size[0] for size in sizes] == stated
