"""From an encoder's features to the outputs of a task."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from advisor.models.blocks import Encoder
from advisor.models.dropout import Dropout
from advisor.models.settings import Params, number, switch, whole
from advisor.records import Signature, Task


class FeatureHead(nn.Module):
    """An encoder and a linear head: logits [batch, class], or [batch, 1] for regression."""

    def __init__(self, encoder: nn.Module, features: int, outputs: int, *, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = Dropout(dropout)
        self.linear = nn.Linear(features, outputs)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Values as the layout says -> [batch, outputs]."""
        logits: Tensor = self.linear(self.dropout(self.encoder(values, lengths)))
        return logits


class Forecaster(nn.Module):
    """Every target's future: its last value, plus a linear highway, plus what the encoder adds.

    The last value of the look-back is taken from each channel and added back (NLinear; Zeng et al., AAAI
    2023; compare RevIN, Kim et al., ICLR 2022). The highway is one linear map from the look-back to the
    horizon, shared by all channels (the autoregressive part of LSTNet, Lai et al., SIGIR 2018). The
    encoder's map starts at zero, so it only has to learn what the highway cannot say.

    Args:
        encoder: module from [batch, lookback, channel] to [batch, features].
        lookback: steps of the window that are read, counted from its end.
        targets: which channels are forecast.
        shared: the encoder reads each target channel as a series of its own, with the same weights
            (channel independence; Nie et al., ICLR 2023); else it reads all channels at once.
    """

    def __init__(
        self,
        encoder: nn.Module,
        features: int,
        *,
        lookback: int,
        horizon: int,
        targets: tuple[int, ...],
        highway: bool,
        shared: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.encoder, self.shared = encoder, shared
        self.lookback, self.horizon, self.targets = lookback, horizon, list(targets)
        self.dropout = Dropout(dropout)
        self.linear = nn.Linear(features, horizon if shared else horizon * len(targets))
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.highway = nn.Linear(lookback, horizon) if highway else None
        if self.highway is not None:
            nn.init.constant_(self.highway.weight, 1 / lookback)  # DLinear's start: the window's mean
            nn.init.zeros_(self.highway.bias)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, channel] standardised -> [batch, horizon, target channel]."""
        values = values[:, -self.lookback :]
        last = values[:, -1:]
        centred = values - last
        targets = centred[:, :, self.targets].transpose(1, 2)  # [batch, target, lookback]
        steps = self._encoded(centred, targets)  # [batch, target, horizon]
        if self.highway is not None:
            steps = steps + self.highway(targets)
        return steps.transpose(1, 2) + last[:, :, self.targets]

    def _encoded(self, centred: Tensor, targets: Tensor) -> Tensor:
        """What the encoder adds: [batch, target, horizon]."""
        series = targets.flatten(0, 1)[:, :, None] if self.shared else centred
        steps: Tensor = self.linear(self.dropout(self.encoder(series)))
        return steps.reshape(-1, len(self.targets), self.horizon)


def encoder_signature(signature: Signature, params: Params) -> Signature:
    """What the encoder itself reads: for forecasting, the look-back, of one channel where shared."""
    if signature.task is not Task.FORECASTING:
        return signature
    lookback = min(whole(params, "lookback", signature.length), signature.length)
    channels = 1 if switch(params, "shared", True) else signature.channels
    return signature.model_copy(update={"length": lookback, "channels": channels})


def with_head(encoder: Encoder, signature: Signature, params: Params) -> nn.Module:
    """The whole network: an encoder for `encoder_signature(...)` and the task's head."""
    assert isinstance(encoder, nn.Module)
    dropout = number(params, "dropout", 0.1)
    if signature.task is not Task.FORECASTING:
        return FeatureHead(encoder, encoder.features, signature.outputs, dropout=dropout)
    assert signature.horizon is not None
    return Forecaster(
        encoder,
        encoder.features,
        lookback=encoder_signature(signature, params).length,
        horizon=signature.horizon,
        targets=signature.target_channels,
        highway=switch(params, "highway", True),
        shared=switch(params, "shared", True),
        dropout=dropout,
    )


def count_parameters(network: nn.Module) -> int:
    """Numbers that a network holds, trained ones and fixed ones (buffers that are not counters)."""
    trained = sum(parameter.numel() for parameter in network.parameters())
    fixed = sum(buffer.numel() for buffer in network.buffers() if torch.is_floating_point(buffer))
    return trained + fixed
