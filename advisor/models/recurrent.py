"""Recurrent layers in one or both directions that padding cannot change, without packed sequences.

Packed sequences cannot be exported; here the backward direction reads each sample reversed within its
own length instead, so that the first step it sees is the sample's last.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from advisor.models.dropout import Dropout
from advisor.models.rows import largest, taken, valid_steps

Cell = Literal["elman", "lstm", "gru"]
CELLS: dict[Cell, type[nn.RNN | nn.LSTM | nn.GRU]] = {"elman": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Recurrent(nn.Module):
    """Stacked recurrent layers, pooled to their mean, maximum and last states.

    Args:
        inputs: features of each step.
        hidden: units of each direction.
        dropout: between layers.
    """

    def __init__(
        self, cell: Cell, inputs: int, hidden: int, *, layers: int, bidirectional: bool, dropout: float
    ) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        self.width = hidden * directions
        self.features = 3 * self.width
        widths = [inputs] + [self.width] * (layers - 1)
        self.forwards = nn.ModuleList(_layer(cell, width, hidden) for width in widths)
        self.backwards = nn.ModuleList(_layer(cell, width, hidden) for width in widths if bidirectional)
        self.dropout = Dropout(dropout)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, inputs] -> [batch, features]."""
        for place, layer in enumerate(self.forwards):
            values = values if place == 0 else self.dropout(values)
            sides = [layer(values)]
            if self.backwards:
                sides.append(self.backwards[place](reverse(values, lengths)))
            outputs = [side[0] for side in sides]
            if place < len(self.forwards) - 1:  # what is pooled needs no order
                outputs[1:] = [reverse(back, lengths) for back in outputs[1:]]
            values = torch.cat(outputs, dim=2)
        last = [_last(steps, state, lengths) for steps, state in sides]
        return torch.cat([_mean_and_maximum(values, lengths), *last], dim=1)


def reverse(values: Tensor, lengths: Tensor | None) -> Tensor:
    """[batch, time, feature] with each sample's valid steps in reverse; padding stays where it is."""
    if lengths is None:
        return values.flip(1)
    steps = torch.arange(values.shape[1], device=values.device)
    mirrored = lengths[:, None] - 1 - steps
    order = torch.where(mirrored >= 0, mirrored, steps)  # [batch, time]
    if not values.requires_grad or torch.compiler.is_compiling():
        return values.gather(1, order[:, :, None].expand(-1, -1, values.shape[2]))
    batch, time, features = values.shape
    places = order + time * torch.arange(batch, device=values.device)[:, None]
    return taken(values.reshape(batch * time, features), places.flatten()).reshape(values.shape)


def _layer(cell: Cell, inputs: int, hidden: int) -> nn.RNN | nn.LSTM | nn.GRU:
    layer = CELLS[cell](inputs, hidden, batch_first=True)
    for name, weight in layer.named_parameters():
        if name.startswith("weight_hh"):
            for start in range(0, len(weight), hidden):
                nn.init.orthogonal_(weight.detach()[start : start + hidden])  # Saxe et al., ICLR 2014
        if name.startswith("bias"):
            nn.init.zeros_(weight)
        if cell == "lstm" and name.startswith("bias_ih"):
            nn.init.ones_(weight.detach()[hidden : 2 * hidden])  # forget gates open (Jozefowicz et al. 2015)
    return layer


def _last(outputs: Tensor, state: Tensor | tuple[Tensor, Tensor], lengths: Tensor | None) -> Tensor:
    """What a layer says after the last valid step: [batch, time, feature] -> [batch, feature]."""
    if lengths is None:
        hidden = state[0] if isinstance(state, tuple) else state
        return hidden[-1]
    place = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, outputs.shape[2])
    return outputs.gather(1, place)[:, 0]


def _mean_and_maximum(values: Tensor, lengths: Tensor | None) -> Tensor:
    if lengths is None:
        return torch.cat([values.sum(dim=1) / values.shape[1], largest(values)], dim=1)
    mask = valid_steps(lengths, values.shape[1])[:, :, None]
    mean = torch.where(mask, values, 0.0).sum(dim=1) / lengths.clamp(min=1)[:, None].to(values.dtype)
    return torch.cat([mean, largest(torch.where(mask, values, torch.finfo(values.dtype).min))], dim=1)
