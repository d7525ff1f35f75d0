"""The training loop: fits a network within its seconds and keeps its best weights.

It knows nothing of Optuna: it reports how far it is, and whoever listens may raise to stop it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from advisor import interrupt
from advisor.errors import TrialError
from advisor.prepare import Prepared, augment
from advisor.records import Record
from advisor.tasks import TaskKind, to_numpy
from advisor.tasks.kinds import Array
from advisor.training.device import Compute

REPORTS = 10  # intermediate reports, at fixed fractions of every schedule
WARM_UP = 0.15  # of the schedule; the rate then falls along a cosine (one cycle, Smith & Topin 2019)
GRADIENT_NORM = 1.0  # recurrent nets need a bound (Pascanu et al. 2013); it is harmless to the others
REPORT_SAMPLES = 1_000  # validation samples that intermediate reports are taken on
PATIENCE = 5  # reports without improvement, after half of the schedule
PREDICT_BATCH = 256


@dataclass(frozen=True)
class Settings:
    """What the loop reads of a candidate's params; everything has a default that is sound."""

    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    batch_size: int = 64
    label_smoothing: float = 0.0
    augment_shift: float = 0.0
    augment_flip: bool = False
    mixup: float = 0.0
    max_epochs: int = 40

    @classmethod
    def of(cls, params: dict[str, bool | int | float | str]) -> Settings:
        """The settings among a candidate's params."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__ if name in params})  # type: ignore[arg-type]


class Fitted(Record):
    """How a training went.

    `fraction` is the share of the allowed epochs that was done (1: time was no limit), `best_fraction`
    how far the schedule was when the best weights were found, `best_epochs` after how many epochs.
    """

    epochs: float
    fraction: float
    seconds: float
    seconds_per_epoch: float
    best_fraction: float = 1.0
    best_epochs: float


Report = Callable[[float, Array], float]
"""Called with (fraction done, outputs on the report samples); returns the value, smaller is better."""


def fit(
    network: nn.Module,
    train: Prepared,
    *,
    kind: TaskKind,
    settings: Settings,
    compute: Compute,
    seed: int,
    seconds: float | None = None,
    watch: Prepared | None = None,
    report: Report | None = None,
) -> Fitted:
    """Trains in place; with `watch` samples the weights of the best report are kept.

    Args:
        seconds: the learning rate schedule is stretched over what comes first, these seconds or
            `settings.max_epochs`.
        watch: samples that `report` is called on.

    Raises:
        TrialError: the loss is no longer finite.
    """
    network.to(compute.device)
    train = train.to(compute.device)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):  # volumes and series have no such layout
            module.to(memory_format=torch.channels_last)
    optimizer = _optimizer(network, settings)
    generator = torch.Generator().manual_seed(seed)
    batch_size = max(2, min(settings.batch_size, len(train) // 2 or 2))
    total = max(1, settings.max_epochs * math.ceil(len(train) / batch_size))
    clock = _Clock(total, seconds)
    keeper = _Keeper(network, watch, report, compute)
    while not clock.done and not keeper.exhausted:
        for batch in train.shuffled(batch_size, generator):
            interrupt.check()
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * one_cycle(clock.fraction())
            loss = _step(
                network,
                optimizer,
                batch.values,
                batch.lengths,
                batch.targets,
                kind,
                settings,
                compute,
                generator,
            )
            clock.steps += 1
            if clock.steps % 16 == 1 and not math.isfinite(loss.item()):
                raise TrialError(f"the loss became {loss.item()} after {clock.steps} steps: it diverged")
            keeper.report_if_due(clock.fraction())
            if clock.done or keeper.exhausted:
                break
    keeper.finish(clock.fraction())
    epochs = clock.steps * batch_size / len(train)
    return Fitted(
        epochs=epochs,
        fraction=clock.steps / total,
        seconds=clock.elapsed(),
        seconds_per_epoch=clock.elapsed() / max(epochs, 1e-9),
        best_fraction=keeper.best_fraction,
        best_epochs=epochs * min(1.0, keeper.best_fraction / max(clock.fraction(), 1e-9)),
    )


def one_cycle(fraction: float) -> float:
    """Share of the peak learning rate at this fraction of the schedule."""
    if fraction < WARM_UP:
        return 0.1 + 0.9 * fraction / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (fraction - WARM_UP) / (1 - WARM_UP)))) + 1e-3


@torch.no_grad()
def predict(
    network: nn.Module, prepared: Prepared, *, device: str = "cpu", batch_size: int = PREDICT_BATCH
) -> Array:
    """Outputs of every sample in order, in float32: `[sample, ...]`."""
    network.to(device).eval()
    prepared = prepared.to(device)
    outputs = [network(batch.values, batch.lengths).float() for batch in prepared.in_order(batch_size)]
    return to_numpy(torch.cat(outputs))


def _step(
    network: nn.Module, optimizer: torch.optim.Optimizer, values: Tensor, lengths: Tensor | None,
    targets: Tensor | None, kind: TaskKind, settings: Settings, compute: Compute, generator: torch.Generator,
) -> Tensor:  # fmt: skip
    assert targets is not None
    network.train()
    if (settings.augment_shift or settings.augment_flip) and values.ndim >= 4:
        values = augment(
            values, shift=settings.augment_shift, flip=settings.augment_flip, generator=generator
        )
    if values.ndim == 4:  # pictures; frames of clips are turned where they become pictures
        values = values.contiguous(memory_format=torch.channels_last)
    other, share = None, 1.0
    if settings.mixup and lengths is None and values.is_floating_point():
        gammas = torch._standard_gamma(torch.full((2,), settings.mixup), generator=generator)
        share = float(gammas[0] / gammas.sum())  # Beta distributed (mixup, Zhang et al. 2018)
        order = torch.randperm(len(values), generator=generator).to(values.device)
        values, other = share * values + (1 - share) * values[order], targets[order]
    with compute.autocast():
        outputs = network(values, lengths)
    outputs = outputs.float()
    loss = kind.loss(outputs, targets, settings.label_smoothing)
    if other is not None:
        loss = share * loss + (1 - share) * kind.loss(outputs, other, settings.label_smoothing)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM)
    optimizer.step()
    return loss.detach()


def _optimizer(network: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """AdamW; no decay of biases and scales (Loshchilov & Hutter 2019)."""
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trainable if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=settings.learning_rate, fused=True
    )


class _Clock:
    """How far a schedule is: by steps or by seconds, whichever is further."""

    def __init__(self, total_steps: int, seconds: float | None) -> None:
        self.total_steps, self.seconds = total_steps, seconds
        self.steps, self.start = 0, time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.start

    def fraction(self) -> float:
        by_steps = self.steps / self.total_steps
        by_time = 0.0 if self.seconds is None else self.elapsed() / max(self.seconds, 1e-9)
        return min(1.0, max(by_steps, by_time))

    @property
    def done(self) -> bool:
        return self.fraction() >= 1.0


class _Keeper:
    """Reports at fixed fractions and keeps the weights of the best report."""

    def __init__(
        self, network: nn.Module, watch: Prepared | None, report: Report | None, compute: Compute
    ) -> None:
        self.network, self.report, self.compute = network, report, compute
        self.watch = watch
        if watch is not None and len(watch) > REPORT_SAMPLES:
            chosen = torch.linspace(0, len(watch) - 1, REPORT_SAMPLES).round().to(torch.int64)
            self.watch = watch.select(chosen)
        self.reported, self.best_value, self.best_fraction = 0, math.inf, 1.0
        self.best_report, self.best_weights = 0, dict[str, Tensor]()

    @property
    def exhausted(self) -> bool:
        """No improvement for PATIENCE reports in the second half: early stopping."""
        return self.reported >= REPORTS // 2 and self.reported - self.best_report >= PATIENCE

    def report_if_due(self, fraction: float) -> None:
        if self.watch is None or self.report is None or fraction * REPORTS < self.reported + 1:
            return
        self.reported = int(fraction * REPORTS + 1e-9)
        value = self.report(fraction, predict(self.network, self.watch, device=self.compute.device))
        if not math.isfinite(value):
            raise TrialError(f"the validation loss became {value}: the training diverged")
        if value <= self.best_value:
            self.best_value, self.best_fraction, self.best_report = value, fraction, self.reported
            self.best_weights = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}

    def finish(self, fraction: float) -> None:
        if self.reported < REPORTS and not self.exhausted:
            self.report_if_due(max(fraction, 1.0))
        if self.best_weights:
            self.network.load_state_dict(self.best_weights)
