"""Where and how to compute: device, precision and memory layout by what the hardware does well."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from advisor.errors import UsageError
from advisor.training.calibration import MOST_SECONDS, Choice, calibrate, convolution_flops
from advisor.training.memory import keep_freed_memory


@dataclass(frozen=True)
class Compute:
    """Device, autocast precision ("bf16" or "float32"), and measured speed in FLOP/s of a small conv.

    `picked` says in a line what was chosen and what it was compared with. `most_threads`: with a time limit
    so many threads are taken where other programs leave the cores for them; 0: their number stays as it is.
    """

    device: str
    precision: str
    flops_per_second: float
    picked: str = "as given"
    most_threads: int = 0

    @contextlib.contextmanager
    def autocast(self) -> Iterator[None]:
        """Half precision in the forward pass, where it pays."""
        if self.precision == "bf16":
            with torch.autocast(self.device.split(":")[0], dtype=torch.bfloat16):
                yield
        else:
            yield


def choose(
    device: str = "auto",
    *,
    threads: int | None = None,
    precision: str | None = None,
    gflops: float | None = None,
    seconds: float = MOST_SECONDS,
) -> Compute:
    """The device asked for, or a GPU where there is one; what computes fastest there, by a calibration.

    A processor without AMX or AVX-512 BF16 emulates bf16 and is slower for it: not even tried there.

    Args:
        threads, precision, gflops: what an earlier search picked and measured; found out where None.
        seconds: that the calibration may take.

    Raises:
        UsageError: CUDA asked for and not there.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            "`--device cuda`: torch sees no CUDA device: use `--device cpu`, or see `advisor doctor`"
        )
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    kept = "; freed memory is kept" if device == "cpu" and keep_freed_memory() else ""
    if device == "cpu" and (threads is None or precision is None):
        calibration = calibrate(_choices(threads, precision), seconds)
        picked, text = calibration.choice, calibration.text
        most_threads = picked.threads if threads is None else 0
        measured = calibration.flops_per_second
    else:
        if precision is None:
            precision = "bf16" if torch.cuda.is_bf16_supported() else "float32"
        picked, measured = Choice(threads or torch.get_num_threads(), precision), None
        most_threads = 0
        torch.set_num_threads(picked.threads)
        text = f"{picked}, as given" if device == "cpu" else str(precision)
    if gflops is None:
        # Rounded, so that it can be written down and used again.
        gflops = float(f"{(measured or convolution_flops(device, picked.precision)) / 1e9:.3g}")
    return Compute(device, picked.precision, 1e9 * gflops, text + kept, most_threads)


def _choices(threads: int | None, precision: str | None) -> list[Choice]:
    """What is worth timing on this processor; float32 on all its threads comes last.

    Threads that wait for each other lose to a single one as soon as another program needs a core.
    """
    counts = sorted({1, torch.get_num_threads()}) if threads is None else [threads]
    bf16 = ["bf16"] if cpu_multiplies_bf16() else []
    precisions = [*bf16, "float32"] if precision is None else [precision]
    return [Choice(count, one) for count in counts for one in precisions]


def threads() -> int:
    """How many threads a step is shared out to."""
    return torch.get_num_threads()


def free_memory(compute: Compute) -> None:
    """Gives back what lies unused in the allocator of a GPU."""
    if compute.device != "cpu":
        torch.cuda.empty_cache()


def cpu_multiplies_bf16() -> bool:
    """Whether the processor has bf16 dot products (AVX-512 BF16 or AMX)."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def describe(compute: Compute) -> dict[str, object]:
    """For the result: what the run computed on."""
    name = torch.cuda.get_device_name() if compute.device == "cuda" else (os.cpu_count() or 1)
    return {
        "device": compute.device,
        "hardware": str(name) if compute.device == "cuda" else f"{name} cores",
        "precision": compute.precision,
        "threads": torch.get_num_threads(),
        "measured_gflops": round(compute.flops_per_second / 1e9, 1),
        "picked": compute.picked,
    }
