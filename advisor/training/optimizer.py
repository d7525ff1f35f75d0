"""AdamW that does not load torch's compiler.

The methods of torch's optimizers are wrapped so that `torch.compile` leaves them alone; the first call of any
imports the whole compiler for that, two to three seconds that a search of ten does not have. Nothing is
compiled here: the same methods are used without their wrappings, and compute the same, bit for bit.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from advisor.training.settings import Settings

_step = inspect.unwrap(torch.optim.AdamW.step)


class AdamW(torch.optim.AdamW):
    """As torch's own.

    Attributes:
        grad_scale: what a fused step divides the gradients by, as `torch.amp.GradScaler` has it; None: by 1.
    """

    grad_scale: Tensor | None = None

    add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Optimizer.zero_grad)
    state_dict = inspect.unwrap(torch.optim.Optimizer.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.Optimizer.load_state_dict)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        return _step(self, closure)


def optimizer_of(network: nn.Module, settings: Settings) -> AdamW:
    """AdamW; no decay of biases and scales (Loshchilov & Hutter 2019)."""
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trainable if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return AdamW([group for group in groups if group["params"]], lr=settings.learning_rate, fused=True)
