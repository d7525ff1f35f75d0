"""What computes fastest on this processor: how many threads, and which precision.

One small training step of each kind of layer is timed with every choice, in turn, so that what else the
machine does meanwhile falls on all alike. Where other programs take cores, threads wait for each other at
every step and are many times slower than one, but for moments (`benchmarks/results/busy.md`): several
are taken only where cores were there for them.
"""

from __future__ import annotations

import contextlib
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

ROUNDS, SLICE = 3, 0.03  # measurements of every layer with every choice, and the seconds of each
MOST_SECONDS = 1.5  # what is not timed by then, on a machine with other work, is not chosen
RECEIVED = 0.75
"""Share of the time of several threads that cores were there for; with less, other programs use the cores.
Measured on two cores: alone 0.99, beside one program 0.61 to 0.67, beside two 0.48 to 0.50."""

CONVOLUTION = "conv2d"
CONVOLUTION_FLOPS = 3 * 2 * 32 * 32 * 9 * 32 * 16 * 16  # forward and backward of one step


@dataclass(frozen=True)
class Choice:
    """Threads, and "bf16" or "float32"."""

    threads: int
    precision: str

    def __str__(self) -> str:
        return f"{self.precision} on {self.threads} thread{'s' if self.threads > 1 else ''}"


@dataclass(frozen=True)
class Calibration:
    """The fastest choice, its FLOP/s in convolutions, and in a line what it was compared with."""

    choice: Choice
    flops_per_second: float
    text: str


def calibrate(choices: list[Choice], seconds: float = MOST_SECONDS) -> Calibration:
    """The choice with the highest speed over the kinds of layers (geometric mean). Sets the threads.

    Args:
        choices: the last is what the others are compared with in the text.
        seconds: less than MOST_SECONDS makes each measurement shorter, in proportion.
    """
    steps = _steps()
    measured: dict[Choice, dict[str, list[float]]] = {
        choice: {kind: [] for kind in steps} for choice in choices
    }
    each = SLICE * min(1.0, seconds / MOST_SECONDS)
    start = time.perf_counter()
    wanted = given = 0.0  # seconds of several threads, and those that cores were there for
    for turn in range(ROUNDS * len(choices)):
        choice = choices[turn % len(choices)]
        torch.set_num_threads(choice.threads)
        for kind, step in steps.items():
            if turn == 0 or time.perf_counter() - start < seconds:
                wall, used = time.perf_counter(), time.process_time()
                measured[choice][kind].append(_per_second(step, choice.precision, each=each))
                if choice.threads > 1:
                    wanted += choice.threads * (time.perf_counter() - wall)
                    given += time.process_time() - used
    speeds = {
        choice: {kind: statistics.median(found or [0.0]) for kind, found in kinds.items()}
        for choice, kinds in measured.items()
    }
    alone = [one for one in choices if one.threads == 1] if given < RECEIVED * wanted else []
    best = max(alone or choices, key=lambda one: math.prod(speeds[one].values()))
    torch.set_num_threads(best.threads)
    usual = choices[-1]
    flops = speeds[best][CONVOLUTION] * CONVOLUTION_FLOPS
    if not all(speeds[usual].values()):
        return Calibration(best, flops, f"{best}; no time to compare")
    gains = ", ".join(f"{kind} {speeds[best][kind] / speeds[usual][kind]:.1f}" for kind in steps)
    text = str(best) if best == usual else f"{best}; against {usual} times as fast: {gains}"
    text += "; other programs use the cores" if alone else ""
    return Calibration(best, flops, text)


def convolution_flops(device: str, precision: str) -> float:
    """FLOP/s of forward and backward of a 3 x 3 convolution with 32 channels: what sizing reckons with."""
    step = _steps(device)[CONVOLUTION]
    speed = statistics.median(_per_second(step, precision, device) for _ in range(ROUNDS))
    return speed * CONVOLUTION_FLOPS


def _steps(device: str = "cpu") -> dict[str, Callable[[], Tensor]]:
    """Per kind of layer a forward pass that gives one number; without drawing from the caller's generator."""
    with torch.random.fork_rng(devices=[]):
        convolution = nn.Conv2d(32, 32, 3, padding=1).to(device).to(memory_format=torch.channels_last)
        lstm = nn.LSTM(32, 64, batch_first=True).to(device)
        linear = nn.Linear(256, 256).to(device)
        grid = torch.randn(32, 32, 16, 16, device=device).to(memory_format=torch.channels_last)
        series, rows = torch.randn(32, 32, 32, device=device), torch.randn(512, 256, device=device)
    for values in (grid, series, rows):
        values.requires_grad_()
    return {
        CONVOLUTION: lambda: convolution(grid).sum(),
        "lstm": lambda: lstm(series)[0].sum(),
        "linear": lambda: linear(rows).sum(),
    }


def _per_second(
    step: Callable[[], Tensor], precision: str, device: str = "cpu", *, each: float = SLICE
) -> float:
    bf16 = torch.autocast(device.split(":")[0], dtype=torch.bfloat16)

    def once() -> None:
        with bf16 if precision == "bf16" else contextlib.nullcontext():
            result = step()
        result.backward()  # type: ignore[no-untyped-call]
        if device != "cpu":
            torch.cuda.synchronize()

    once()
    start, done = time.perf_counter(), 0
    while done == 0 or time.perf_counter() - start < each:
        once()
        done += 1
    return done / (time.perf_counter() - start)
