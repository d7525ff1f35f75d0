"""The stated rule that gives each family's first candidate from the data and the seconds there are.

The rule, in order:
1. Architecture: cnn is `rocket` for classifying or regressing up to ROCKET_SAMPLES series, `plain` for
   texts, else `resnet`; rnn is `lstm`; hybrid is `cnn_lstm`; mlp is `mlp`.
2. Passes over the data: at least as many as give GRADIENT_STEPS steps, within the layout's bounds PASSES.
   Small data needs many passes to take enough steps; texts overfit after few.
3. Batch size: the power of two nearest to samples / BATCHES_PER_PASS, within 16 to 128.
4. Width: the widest of WIDTHS whose training fits the seconds,

       passes * samples * (BACKWARD * flops / flops_per_second / EFFICIENCY[family] + overhead) <= seconds

   where flops is what one sample costs forwards, counted layer by layer (twice the multiplications of
   convolutions, linear and recurrent layers), BACKWARD = 3 counts the backward pass as twice the forward
   pass (Kaplan et al. 2020, section 2.1), and no wider than DATA_WIDTHS allows for so few samples. If
   even the narrowest does not fit, it is taken. `max_epochs` is then as many passes as fit the seconds,
   up to the layout's upper bound.
5. Regularisation: more dropout and label smoothing for texts and for fewer samples (Srivastava et al.
   2014; Szegedy et al. 2016); pictures are shifted by an eighth (He et al. 2016: 4 pixels of 32).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from advisor.models.families import FAMILIES
from advisor.models.settings import Params
from advisor.records import Candidate, Family, Signature, Task

ROCKET_SAMPLES = 4_000
ROCKET_KERNELS = 2_000  # half a second for a few hundred series; Dempster et al. take 10,000
GRADIENT_STEPS = 500
PASSES: dict[str, tuple[int, int]] = {
    "image": (4, 60),
    "volume": (6, 60),
    "clip": (6, 60),
    "series": (8, 150),
    "text": (5, 8),
    "table": (8, 150),
}
FORECAST_PASSES = (4, 15)
LOOKBACKS = (96, 192, 336, 512)
"""Look-backs of the search space, in steps; the rule takes the whole window, as far as they reach."""
BATCHES_PER_PASS = 40
LEAST_BATCH, MOST_BATCH = 16, 128
BACKWARD = 3.0
EFFICIENCY: dict[Family, float] = {Family.CNN: 0.7, Family.RNN: 0.3, Family.HYBRID: 0.5, Family.MLP: 1.0}
"""Share of `flops_per_second` reached: the products of recurrent steps are small and wait for each other."""
OVERHEAD = 2e-5
"""Seconds per sample and pass that no arithmetic explains: batching, norms, the optimiser."""
WIDTHS = (8, 16, 24, 32, 48, 64, 96)
DATA_WIDTHS = ((300, 32), (3_000, 64), (10**9, 96))
"""(fewer samples than, widest): a network with far more weights than data only memorises sooner."""
UNLIMITED_SECONDS = 600.0
RATE, PICTURE_RATE = 2e-3, 4e-3
"""Peak learning rates of AdamW. Of 2e-3 to 8e-3 tried on 3,000 small photos for 40 s, 4e-3 did best, one seed
each: a hint, no proof. Recurrent networks are less patient with high rates."""
FEW_SAMPLES = 1_000
PATCHED_LENGTH = 128
"""Series with more steps than this are read in patches, so that the RNN takes about this many steps:
gradients through several hundred steps fade (Bengio et al. 1994), and time grows with the steps."""


def first_candidate(
    family: Family,
    signature: Signature,
    *,
    samples: int,
    seconds: float | None,
    mirror_ok: bool = False,
    flops_per_second: float = 5e10,
    architecture: str | None = None,
) -> Candidate:
    """The first candidate of a family, by the rule above.

    Args:
        samples: training samples (windows, for forecasting).
        seconds: time that its training may take; UNLIMITED_SECONDS when None.
        mirror_ok: whether a mirrored picture keeps its label.
        flops_per_second: what this machine reaches in float32 (measured by whoever asks).
        architecture: this one of the family, instead of the one that step 1 names.
    """
    architecture = architecture or first_architecture(family, signature, samples)
    if FAMILIES[family][architecture].fit == "closed_form":
        params: dict[str, Any] = {"kernels": ROCKET_KERNELS}
        why = f"{samples} series: random kernels with a ridge head are fitted in closed form"
        return Candidate(family=family, architecture=architecture, params=params, why=why)
    seconds = UNLIMITED_SECONDS if seconds is None else seconds
    batch = _batch_size(samples)
    least, most = _passes(signature, samples, batch)
    widest = next(width for limit, width in DATA_WIDTHS if samples < limit)
    widths = [width for width in WIDTHS if width <= widest]

    def pass_seconds(width: int) -> float:
        flops = forward_flops(family, architecture, signature, _shape(family, signature, width))
        return samples * (BACKWARD * flops / flops_per_second / EFFICIENCY[family] + OVERHEAD)

    affordable = bisect.bisect_right(widths, seconds / least, key=pass_seconds)
    width = widths[max(0, affordable - 1)]
    one_pass = pass_seconds(width)
    fitting = max(1, min(most, int(seconds / one_pass)))
    training = _training(family, signature, samples, mirror_ok)
    params = {**_shape(family, signature, width), **training, "batch_size": batch, "max_epochs": most}
    why = (
        f"{samples} samples, {seconds:.0f} s: a pass with width {width} takes about {one_pass:.1f} s, "
        f"which leaves time for {fitting} passes"
    )
    return Candidate(family=family, architecture=architecture, params=params, why=why)


def first_architecture(family: Family, signature: Signature, samples: int) -> str:
    """Step 1 of the rule."""
    if family is Family.CNN:
        if FAMILIES[family]["rocket"].takes(signature) and samples <= ROCKET_SAMPLES:
            return "rocket"
        return "plain" if signature.layout == "text" else "resnet"
    return {Family.RNN: "lstm", Family.HYBRID: "cnn_lstm", Family.MLP: "mlp"}[family]


def forward_flops(family: Family, architecture: str, signature: Signature, params: Params) -> float:
    """Floating-point operations of one sample, forwards, counted in one pass over zeros."""
    total = 0.0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        nonlocal total
        out = output if isinstance(output, Tensor) else output[0]
        weights = sum(one.numel() for name, one in module.named_parameters() if name.startswith("weight"))
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            total += 2 * weights * out.shape[0] * out[0, 0].numel()
        elif isinstance(module, nn.Linear):
            total += 2 * weights * (out.numel() // out.shape[-1])
        else:
            total += 2 * weights * out.shape[0] * out.shape[1]

    with torch.random.fork_rng(devices=[]):  # first weights are drawn: leave the caller's randomness alone
        network = FAMILIES[family][architecture].build(signature, params).eval()
    counted = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, nn.RNN, nn.LSTM, nn.GRU)
    for module in network.modules():
        if isinstance(module, counted):
            module.register_forward_hook(count)
    with torch.no_grad():
        network(example_values(signature, 1))
    return total


def example_values(signature: Signature, batch: int) -> Tensor:
    """Zeros of the shape that the signature's layout says, at its full length."""
    height, width = signature.height or 1, signature.width or 1
    match signature.layout:
        case "text":
            return torch.zeros(batch, signature.length, dtype=torch.int64)
        case "image":
            shape: tuple[int, ...] = (signature.channels, height, width)
        case "volume":
            shape = (signature.channels, signature.depth or 1, height, width)
        case "series":
            shape = (signature.length, signature.channels)
        case "clip":
            shape = (signature.length, signature.channels, height, width)
        case "table":
            shape = (signature.length,)
    return torch.zeros(batch, *shape)


def _batch_size(samples: int) -> int:
    power = round(math.log2(max(1.0, samples / BATCHES_PER_PASS)))
    return max(LEAST_BATCH, min(MOST_BATCH, 1 << power))


def _passes(signature: Signature, samples: int, batch: int) -> tuple[int, int]:
    """Passes that the width must leave time for, and the most that are ever made."""
    least, most = FORECAST_PASSES if signature.task is Task.FORECASTING else PASSES[signature.layout]
    return max(least, min(most, round(GRADIENT_STEPS * batch / max(1, samples)))), most


def _shape(family: Family, signature: Signature, width: int) -> dict[str, Any]:
    """The settings that decide what the network computes."""
    shape: dict[str, Any] = SHAPES[family](signature, width)
    if signature.layout == "text":
        shape |= {"embedding": 64, "word_dropout": 0.2}
    if signature.task is Task.FORECASTING:
        lookback = next((steps for steps in LOOKBACKS if steps >= signature.length), LOOKBACKS[-1])
        shape |= {"highway": True, "shared": True, "lookback": lookback}
    return shape


def _cnn_shape(signature: Signature, width: int) -> dict[str, Any]:
    return {"width": width, "depth": 1}


def _rnn_shape(signature: Signature, width: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"hidden": 2 * width, "layers": 1, "bidirectional": True}
    if signature.layout == "series":
        shape["patch"] = _patch(signature)
    return shape


def _hybrid_shape(signature: Signature, width: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"hidden": 2 * width, "layers": 1, "bidirectional": True}
    if signature.layout == "clip":  # every step is a picture, so both halves are kept small
        return {**shape, "hidden": 32 * max(1, width // 32), "width": 8 * max(1, width // 32)}
    halvings = math.ceil(math.log2(max(2.0, signature.length / PATCHED_LENGTH)))
    return {**shape, "width": width, "halvings": min(4, halvings)}


def _mlp_shape(signature: Signature, width: int) -> dict[str, Any]:
    return {"hidden": 4 * width, "layers": 2}


SHAPES: dict[Family, Callable[[Signature, int], dict[str, Any]]] = {
    Family.CNN: _cnn_shape,
    Family.RNN: _rnn_shape,
    Family.HYBRID: _hybrid_shape,
    Family.MLP: _mlp_shape,
}


def _patch(signature: Signature) -> int:
    """Steps per patch: half a period for forecasting where there is one, else by PATCHED_LENGTH."""
    if signature.task is Task.FORECASTING and signature.period is not None:
        return max(1, min(64, signature.period // 2))
    return min(64, -(-signature.length // PATCHED_LENGTH))


def _training(family: Family, signature: Signature, samples: int, mirror_ok: bool) -> dict[str, Any]:
    """The settings that the training loop reads."""
    text, pictures = signature.layout == "text", signature.layout in ("image", "clip")
    few = samples < FEW_SAMPLES
    training: dict[str, Any] = {
        "learning_rate": PICTURE_RATE if pictures and family is not Family.RNN else RATE,
        "weight_decay": 0.05 if text else 0.01,
        "dropout": 0.5 if text else 0.3 if few else 0.1,
    }
    if signature.task is Task.CLASSIFICATION:
        training["label_smoothing"] = 0.1 if text or few else 0.05
        if not text:
            training["mixup"] = 0.0
    if pictures:
        training |= {"augment_shift": 0.125, "augment_flip": mirror_ok}
    return training
