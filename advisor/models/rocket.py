"""Random kernels and a ridge head, fitted in closed form (Dempster et al. 2020, 2021).

The ridge strength is the one with the least leave-one-out log-loss (classification) or squared error
(regression). For a linear smoother with hat matrix H the leave-one-out residual of sample i is
r_i / (1 - H_ii) (Allen's PRESS; Hastie, Tibshirani, Friedman, ESL 7.10), and with centred features
H = 1/n + U diag(s^2 / (s^2 + alpha)) U^T comes for every alpha from one eigendecomposition.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from advisor.measure.probes.kernels import BIAS_SAMPLES, RandomKernels
from advisor.models.settings import Params, whole
from advisor.records import Signature, Task

ALPHAS = tuple(10.0 ** (power / 2) for power in range(-4, 13))
"""Ridge strengths tried; features are standardised."""

SCALES = tuple(10.0 ** (power / 20) for power in range(-20, 41))
"""Inverse temperatures tried."""

MOST_SAMPLES = 10_000
"""More training samples than these are drawn from at random: the features must fit in memory."""

ClosedFormBatch = tuple[Tensor, Tensor | None, Tensor]


@dataclass(frozen=True)
class Spectrum:
    """Left singular vectors [sample, rank] and squared singular values [rank] of centred features."""

    vectors: Tensor
    values: Tensor


class Rocket(nn.Module):
    """Random kernels, then one linear map; `fit_closed_form` sets that map, no gradient is needed."""

    def __init__(self, signature: Signature, *, kernels: int, seed: int) -> None:
        super().__init__()
        self.kernels = RandomKernels(signature.channels, signature.length, kernels=kernels, seed=seed)
        self.linear = nn.Linear(self.kernels.features, signature.outputs)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[batch, time, channel] -> logits [batch, class], or [batch, 1]."""
        logits: Tensor = self.linear(self.kernels(values, lengths))
        return logits

    @torch.no_grad()
    def fit_closed_form(
        self, batches: Iterable[ClosedFormBatch], *, task: Task, classes: int | None = None
    ) -> dict[str, float]:
        """Fits biases, ridge head and temperature to `(values, lengths, targets)` batches.

        Args:
            task: classification (targets: class codes) or regression (targets: [batch, 1]).
            classes: how many classes there are; the outputs of the network when not given.

        Returns:
            alpha, the leave-one-out score (`leave_one_out_log_loss` and `leave_one_out_accuracy`, or
            `leave_one_out_mse`), `scale` (the inverse temperature), and how many `samples` were used.
        """
        kept = _at_most(list(batches), MOST_SAMPLES, self.kernels.seed)
        self.kernels.fit_biases(*_some(kept, self.kernels.seed))
        features = torch.cat([self.kernels(values, lengths) for values, lengths, _ in kept]).double()
        targets = torch.cat([one for _, _, one in kept]).to(features.device)
        mean, deviation = features.mean(dim=0), features.std(dim=0, correction=0)
        deviation = torch.where(deviation > 1e-6, deviation, 1.0)
        standard = features.sub_(mean).div_(deviation)
        spectrum = _spectrum(standard)
        if task is Task.CLASSIFICATION:
            codes = targets.long()
            wanted = functional.one_hot(codes, classes or self.linear.out_features).double() * 2 - 1
            found = min(
                (_classification_score(spectrum, wanted, codes, alpha) for alpha in ALPHAS), key=_score
            )
        else:
            wanted = targets.double().reshape(len(targets), -1)
            found = min((_regression_score(spectrum, wanted, alpha) for alpha in ALPHAS), key=_score)
        self._fold(standard, spectrum, wanted, mean, deviation, found["alpha"], found["scale"])
        return {**found, "samples": float(len(targets))}

    def _fold(
        self,
        standard: Tensor,
        spectrum: Spectrum,
        wanted: Tensor,
        mean: Tensor,
        deviation: Tensor,
        alpha: float,
        scale: float,
    ) -> None:
        """Writes standardisation, ridge and temperature into the one linear map."""
        centre = wanted.mean(dim=0)
        inner = spectrum.vectors.T @ (wanted - centre) / (spectrum.values + alpha)[:, None]
        weight = (standard.T @ (spectrum.vectors @ inner)).T / deviation  # [class, feature]
        self.linear.weight.copy_(scale * weight)
        self.linear.bias.copy_(scale * (centre - weight @ mean))


def build(signature: Signature, params: Params) -> Rocket:
    """Params: kernels; and `kernel_seed`, the seed of their draw."""
    return Rocket(signature, kernels=whole(params, "kernels", 2000), seed=whole(params, "kernel_seed", 0))


def leave_one_out(spectrum: Spectrum, wanted: Tensor, alpha: float) -> Tensor:
    """[sample, output]: what ridge fitted to all other samples says of each sample."""
    count, centre = len(wanted), wanted.mean(dim=0)
    shrink = spectrum.values / (spectrum.values + alpha)
    fitted = centre + spectrum.vectors @ (shrink[:, None] * (spectrum.vectors.T @ (wanted - centre)))
    hat = 1 / count + spectrum.vectors.square() @ shrink
    return wanted - (wanted - fitted) / (1 - hat).clamp(min=1e-9)[:, None]


def _spectrum(standard: Tensor) -> Spectrum:
    """Of [sample, feature], through whichever of the two Gram matrices is smaller."""
    count, features = standard.shape
    if count <= features:
        values, vectors = torch.linalg.eigh(standard @ standard.T)
    else:
        values, right = torch.linalg.eigh(standard.T @ standard)
        vectors = standard @ right / values.clamp(min=1e-12).sqrt()
    kept = values > values.max() * 1e-10
    return Spectrum(vectors[:, kept], values[kept])


def _classification_score(
    spectrum: Spectrum, wanted: Tensor, codes: Tensor, alpha: float
) -> dict[str, float]:
    decisions = leave_one_out(spectrum, wanted, alpha)
    # The rule of succession keeps the scale finite where every sample is right.
    smoothing = wanted.shape[1] / (len(wanted) + wanted.shape[1])
    losses = [
        float(functional.cross_entropy(decisions * scale, codes, label_smoothing=smoothing))
        for scale in SCALES
    ]
    best = min(range(len(SCALES)), key=losses.__getitem__)
    accuracy = float((decisions.argmax(dim=1) == codes).double().mean())
    return {
        "alpha": alpha,
        "scale": SCALES[best],
        "leave_one_out_log_loss": losses[best],
        "leave_one_out_accuracy": accuracy,
    }


def _regression_score(spectrum: Spectrum, wanted: Tensor, alpha: float) -> dict[str, float]:
    error = float((leave_one_out(spectrum, wanted, alpha) - wanted).square().mean())
    return {"alpha": alpha, "scale": 1.0, "leave_one_out_mse": error}


def _score(found: dict[str, float]) -> float:
    value = found.get("leave_one_out_log_loss", found.get("leave_one_out_mse", math.inf))
    return value if math.isfinite(value) else math.inf


def _at_most(batches: list[ClosedFormBatch], most: int, seed: int) -> list[ClosedFormBatch]:
    """The batches, each thinned at random by the same share, so that at most `most` samples remain."""
    total = sum(len(targets) for _, _, targets in batches)
    if total <= most:
        return batches
    generator = torch.Generator().manual_seed(seed)
    kept = []
    for values, lengths, targets in batches:
        chosen = torch.randperm(len(targets), generator=generator)[: len(targets) * most // total]
        chosen = chosen.to(values.device)
        kept.append((values[chosen], None if lengths is None else lengths[chosen], targets[chosen]))
    return kept


def _some(batches: list[ClosedFormBatch], seed: int) -> tuple[Tensor, Tensor | None]:
    """Up to BIAS_SAMPLES samples drawn from all batches, padded to one length, in random order."""
    generator = torch.Generator().manual_seed(seed)
    places = [(number, row) for number, (_, _, targets) in enumerate(batches) for row in range(len(targets))]
    chosen = [places[i] for i in torch.randperm(len(places), generator=generator)[:BIAS_SAMPLES].tolist()]
    values = nn.utils.rnn.pad_sequence([batches[number][0][row] for number, row in chosen], batch_first=True)
    if batches[0][1] is None:
        return values, None
    return values, torch.stack(
        [lengths[row] for number, row in chosen if (lengths := batches[number][1]) is not None]
    )
