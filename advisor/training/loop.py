"""The training loop: fits a network within its seconds and keeps its best weights.

It knows nothing of Optuna: it reports how far it is, and whoever listens may raise to stop it. From a
checkpoint it goes on as if it had never stopped: weights, optimizer, random states, clock and best weights
so far are all restored, so that without a time limit the end is the same, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from advisor import interrupt
from advisor.errors import TrialError, out_of_memory
from advisor.prepare import Prepared
from advisor.records import Record
from advisor.tasks import TaskKind, to_numpy
from advisor.tasks.kinds import Array
from advisor.training.crowding import Threads
from advisor.training.device import Compute, free_memory
from advisor.training.memory import keep_freed_memory
from advisor.training.progress import REPORTS, Checkpoint, Clock, Keeper, Report, Saved, Shuffles
from advisor.training.settings import Settings
from advisor.training.steps import Stepper

__all__ = ["REPORTS", "Fitted", "Settings", "fit", "one_cycle", "predict"]

WARM_UP = 0.15  # of the schedule; the rate then falls along a cosine (one cycle, Smith & Topin 2019)
PREDICT_BATCH = 256


class Fitted(Record):
    """How a training went.

    `fraction` is the share of the allowed epochs that was done (1: time was no limit), `best_fraction`
    how far the schedule was when the best weights were found, `best_epochs` after how many epochs.
    `report_seconds`: how much of `seconds` went into looking at validation samples.
    `pieces`: into how many each batch had to be cut, since memory did not suffice for the whole.
    `crowded_seconds`: how long one thread computed instead of several, since other programs took the cores.
    """

    epochs: float
    fraction: float
    seconds: float
    seconds_per_epoch: float
    best_fraction: float = 1.0
    best_epochs: float
    report_seconds: float = 0.0
    pieces: int = 1
    crowded_seconds: float = 0.0


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
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Trains in place; with `watch` samples the weights of the best report are kept.

    Args:
        seconds: the learning rate schedule is stretched over what comes first, these seconds or
            `settings.max_epochs`. Seconds that a checkpoint had used count.
        watch: samples that `report` is called on.
        checkpoint: where the state is kept after a report or an epoch, and what is gone on from.

    Raises:
        TrialError: the loss is no longer finite.
    """
    if compute.device == "cpu":
        keep_freed_memory()
    network.to(compute.device)
    train = train.to(compute.device)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):  # volumes and series have no such layout
            module.to(memory_format=torch.channels_last)
    generator = torch.Generator().manual_seed(seed)
    stepper = Stepper(network, kind, settings, compute, generator)
    batch_size = max(2, min(settings.batch_size, len(train) // 2 or 2))
    total = max(1, settings.max_epochs * math.ceil(len(train) / batch_size))
    clock, shuffles = Clock(total, seconds), Shuffles(train, batch_size, generator)
    # Without a time limit the numbers are to be the same every time.
    threads = Threads(0 if seconds is None else compute.most_threads)
    keeper = Keeper(network, watch, report, lambda net, part: predict(net, part, device=compute.device))
    with _own_randomness(seed, compute):
        saved = None if checkpoint is None else checkpoint.load()
        if saved is not None:
            _restore(saved, stepper, clock, shuffles, keeper, compute)
        while not clock.done and not keeper.exhausted:
            for batch in shuffles.one_pass():
                interrupt.check()
                threads.look()
                loss = stepper.step(batch, settings.learning_rate * one_cycle(clock.fraction()))
                clock.steps += 1
                if clock.steps % 16 == 1 and not math.isfinite(loss.item()):
                    raise TrialError(f"the loss became {loss.item()} after {clock.steps} steps: it diverged")
                reported = keeper.reported
                keeper.report_if_due(clock.fraction())
                if checkpoint is not None and keeper.reported > reported and checkpoint.due():
                    checkpoint.save(_state(stepper, clock, shuffles, keeper, compute))
                if clock.done or keeper.exhausted:
                    break
            if checkpoint is not None and checkpoint.due():
                checkpoint.save(_state(stepper, clock, shuffles, keeper, compute))
        keeper.finish(clock.fraction())
    epochs = clock.steps * batch_size / len(train)
    return Fitted(
        epochs=epochs,
        fraction=clock.steps / total,
        seconds=clock.elapsed(),
        seconds_per_epoch=clock.elapsed() / max(epochs, 1e-9),
        best_fraction=keeper.best_fraction,
        best_epochs=epochs * min(1.0, keeper.best_fraction / max(clock.fraction(), 1e-9)),
        report_seconds=keeper.seconds,
        pieces=stepper.pieces,
        crowded_seconds=threads.crowded_seconds,
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
    """Outputs of every sample in order, in float32: `[sample, ...]`. Out of memory halves the batches."""
    network.to(device).eval()
    prepared = prepared.to(device)
    while True:
        try:
            outputs = [
                network(batch.values, batch.lengths).float() for batch in prepared.in_order(batch_size)
            ]
            return to_numpy(torch.cat(outputs))
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error) or batch_size == 1:
                raise
        batch_size //= 2
        free_memory(Compute(device, "float32", 0.0))


@contextmanager
def _own_randomness(seed: int, compute: Compute) -> Iterator[None]:
    """Dropout draws from torch's global generators: seeded here, and left as they were before."""
    devices = [torch.cuda.current_device()] if compute.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _state(stepper: Stepper, clock: Clock, shuffles: Shuffles, keeper: Keeper, compute: Compute) -> Saved:
    return {
        "network": stepper.network.state_dict(),
        "optimizer": stepper.optimizer.state_dict(),
        "pieces": stepper.pieces,
        "clock": clock.state(),
        "shuffles": shuffles.state(),
        "keeper": keeper.state(),
        "random": torch.get_rng_state(),
        "device_random": torch.cuda.get_rng_state() if compute.device.startswith("cuda") else None,
    }


def _restore(
    saved: Saved, stepper: Stepper, clock: Clock, shuffles: Shuffles, keeper: Keeper, compute: Compute
) -> None:
    stepper.network.load_state_dict(saved["network"])
    stepper.optimizer.load_state_dict(saved["optimizer"])
    stepper.pieces = saved["pieces"]
    clock.restore(saved["clock"])
    shuffles.restore(saved["shuffles"])
    keeper.restore(saved["keeper"])
    torch.set_rng_state(saved["random"])
    if compute.device.startswith("cuda") and saved["device_random"] is not None:
        torch.cuda.set_rng_state(saved["device_random"])
