"""One step of the optimizer, in pieces where memory does not suffice for the whole batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from advisor.errors import out_of_memory
from advisor.prepare import augment
from advisor.prepare.batches import Batch
from advisor.tasks import TaskKind
from advisor.training.device import Compute, free_memory
from advisor.training.optimizer import optimizer_of
from advisor.training.settings import Settings

GRADIENT_NORM = 1.0  # recurrent nets need a bound (Pascanu et al. 2013); it is harmless to the others


class Stepper:
    """Takes steps. Out of memory halves the pieces of a batch, whose gradients then add up.

    Attributes:
        pieces: how many pieces a batch is taken in; the gradient is that of the whole batch, but the
            statistics of batch norm are those of a piece.
    """

    def __init__(
        self,
        network: nn.Module,
        kind: TaskKind,
        settings: Settings,
        compute: Compute,
        generator: torch.Generator,
    ) -> None:
        self.network, self.kind, self.settings = network, kind, settings
        self.compute, self.generator = compute, generator
        self.optimizer = optimizer_of(network, settings)
        self.parameters = list(network.parameters())
        self.pieces = 1

    def step(self, batch: Batch, rate: float) -> Tensor:
        """The loss of the batch, before the step; raises what torch does when one piece is too large."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if not self.network.training:  # a report came between
            self.network.train()
        values, other, share = self._mixed(batch)
        while True:
            try:
                loss = self._backward(batch, values, other, share)
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error) or len(values) // (2 * self.pieces) < 2:
                    raise
            # Only here has the error let go of the tensors that its frames hold.
            self.pieces *= 2
            self.optimizer.zero_grad(set_to_none=True)
            free_memory(self.compute)
        norm = total_norm([one.grad for one in self.parameters if one.grad is not None])
        self.optimizer.grad_scale = norm.clamp(min=GRADIENT_NORM) / GRADIENT_NORM  # the step divides by it
        self.optimizer.step()
        return loss

    def _mixed(self, batch: Batch) -> tuple[Tensor, Tensor | None, float]:
        """Values after augmentation and mixup, the other half's targets, and the share of its own."""
        settings, values = self.settings, batch.values
        if (settings.augment_shift or settings.augment_flip) and values.ndim >= 4:
            values = augment(
                values, shift=settings.augment_shift, flip=settings.augment_flip, generator=self.generator
            )
        if values.ndim == 4:  # pictures; frames of clips are turned where they become pictures
            values = values.contiguous(memory_format=torch.channels_last)
        if not settings.mixup or batch.lengths is not None or not values.is_floating_point():
            return values, None, 1.0
        assert batch.targets is not None
        gammas = torch._standard_gamma(torch.full((2,), settings.mixup), generator=self.generator)
        share = float(gammas[0] / gammas.sum())  # Beta distributed (mixup, Zhang et al. 2018)
        order = torch.randperm(len(values), generator=self.generator).to(values.device)
        return share * values + (1 - share) * values[order], batch.targets[order], share

    def _backward(self, batch: Batch, values: Tensor, other: Tensor | None, share: float) -> Tensor:
        """Gradients of the whole batch, piece by piece; returns the mean loss."""
        assert batch.targets is not None
        self.optimizer.zero_grad(set_to_none=True)
        pieces = max(1, min(self.pieces, len(values) // 2))
        places = torch.arange(len(values)).tensor_split(pieces)
        total = torch.zeros((), device=values.device)
        for place in places:
            here = slice(int(place[0]), int(place[-1]) + 1)
            lengths = None if batch.lengths is None else batch.lengths[here]
            with self.compute.autocast():
                outputs = self.network(values[here], lengths)
            outputs = outputs.float()
            loss = self.kind.loss(outputs, batch.targets[here], self.settings.label_smoothing)
            if other is not None:
                mixed = self.kind.loss(outputs, other[here], self.settings.label_smoothing)
                loss = share * loss + (1 - share) * mixed
            if pieces > 1:
                loss = loss * (len(place) / len(values))
            loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach()
        return total


def total_norm(gradients: Sequence[Tensor]) -> Tensor:
    """Euclidean norm of all of them together, a scalar.

    On a processor by scalar products: torch's own norms took a tenth of the step of a small network.
    """
    if any(one.device.type != "cpu" for one in gradients):
        return nn.utils.get_total_norm(gradients)
    return torch.stack([torch.dot(flat, flat) for flat in map(_flat, gradients)]).sum().sqrt()


def _flat(gradient: Tensor) -> Tensor:
    """All values in some order, not copied where they lie together."""
    if gradient.ndim == 4 and gradient.is_contiguous(memory_format=torch.channels_last):
        gradient = gradient.permute(0, 2, 3, 1)
    return gradient.flatten()
