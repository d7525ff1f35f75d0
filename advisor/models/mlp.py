"""Fully connected layers for the rows of a table."""

from __future__ import annotations

from torch import Tensor, nn

from advisor.models.dropout import Dropout
from advisor.models.settings import Params, number, whole
from advisor.records import Signature


class TableEncoder(nn.Module):
    """Layers of Linear, batch norm, ReLU and dropout: [batch, feature] -> [batch, hidden]."""

    def __init__(self, inputs: int, hidden: int, *, layers: int, dropout: float) -> None:
        super().__init__()
        self.features = hidden
        parts: list[nn.Module] = []
        for place in range(layers):
            width = inputs if place == 0 else hidden
            parts += [nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), Dropout(dropout)]
        self.layers = nn.Sequential(*parts)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, feature] -> [batch, hidden]."""
        features: Tensor = self.layers(values)
        return features


def encode(signature: Signature, params: Params) -> TableEncoder:
    """Params: hidden, layers, dropout."""
    return TableEncoder(
        signature.length,
        whole(params, "hidden", 64),
        layers=whole(params, "layers", 2),
        dropout=number(params, "dropout", 0.1),
    )
