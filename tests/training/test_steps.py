"""One step of training."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from advisor.prepare.batches import Batch
from advisor.records import Task
from advisor.tasks import TASKS
from advisor.training import Compute, Settings
from advisor.training.steps import GRADIENT_NORM, Stepper, total_norm


class Scaled(nn.Module):
    """A linear layer whose gradients grow with `scale`."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.linear, self.scale = nn.Linear(3, 1), scale

    def forward(self, values: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        found: torch.Tensor = self.scale * self.linear(values)
        return found


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_steps_are_those_of_torchs_optimizer_on_clipped_gradients(scale: float) -> None:
    torch.manual_seed(0)
    ours, theirs = Scaled(scale), Scaled(scale)
    theirs.load_state_dict(ours.state_dict())
    kind, settings = TASKS[Task.REGRESSION], Settings(weight_decay=0.0)
    stepper = Stepper(ours, kind, settings, Compute("cpu", "float32", 1.0), torch.Generator())
    optimizer = torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=0.0)
    for _ in range(3):
        batch = Batch(torch.randn(8, 3), None, torch.randn(8, 1))
        stepper.step(batch, 0.01)
        optimizer.zero_grad()
        assert batch.targets is not None
        kind.loss(theirs(batch.values), batch.targets, settings.label_smoothing).backward()
        nn.utils.clip_grad_norm_(theirs.parameters(), GRADIENT_NORM)
        optimizer.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_the_norm_is_torchs_whatever_the_layout() -> None:
    torch.manual_seed(0)
    picture = torch.randn(4, 3, 5, 5).to(memory_format=torch.channels_last)
    gradients = [torch.randn(7), picture, torch.randn(6, 4).T, torch.randn(2, 3, 4)[:, ::2]]
    torch.testing.assert_close(total_norm(gradients), nn.utils.get_total_norm(gradients))


def test_the_norm_of_gradients_that_are_not_numbers_is_none() -> None:
    assert total_norm([torch.ones(3), torch.tensor([1.0, torch.nan])]).isnan()
