"""Where and how to compute: device, precision and memory layout by what the hardware does well."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from advisor.errors import UsageError

CALIBRATION_SECONDS = 0.2
OUT_OF_MEMORY = ("out of memory", "DefaultCPUAllocator", "can't allocate", "Cannot allocate", "bad_alloc")


@dataclass(frozen=True)
class Compute:
    """Device, autocast precision ("bf16" or "float32"), and measured speed in FLOP/s of a small conv."""

    device: str
    precision: str
    flops_per_second: float

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
) -> Compute:
    """The device asked for, or a GPU where there is one; bf16 where the hardware multiplies in it.

    A processor without AMX or AVX-512 BF16 emulates bf16 and is slower for it.

    Args:
        threads, precision, gflops: what an earlier search picked and measured; found out where None.

    Raises:
        UsageError: CUDA asked for and not there.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            "`--device cuda`: torch sees no CUDA device: use `--device cpu`, or see `advisor doctor`"
        )
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if precision is None:
        bf16 = torch.cuda.is_bf16_supported() if device == "cuda" else cpu_multiplies_bf16()
    else:
        bf16 = precision == "bf16"
    if threads is not None:
        torch.set_num_threads(threads)
    elif device == "cpu":
        torch.set_num_threads(_faster_threads(bf16))
    if gflops is None:
        # Rounded, so that it can be written down and used again.
        gflops = float(f"{measure_flops(device, bf16) / 1e9:.3g}")
    return Compute(device, "bf16" if bf16 else "float32", 1e9 * gflops)


def threads() -> int:
    """How many threads a step is shared out to."""
    return torch.get_num_threads()


def out_of_memory(error: BaseException) -> bool:
    """Whether memory did not suffice, on whatever device; not every allocator has an error of its own."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(sign in str(error) for sign in OUT_OF_MEMORY)


def free_memory(compute: Compute) -> None:
    """Gives back what lies unused in the allocator of a GPU."""
    if compute.device != "cpu":
        torch.cuda.empty_cache()


def _faster_threads(bf16: bool) -> int:
    """The faster of one thread and one per core.

    Threads that wait for each other lose to a single one as soon as another program needs a core.
    """
    speeds: dict[int, float] = {}
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        speeds[threads] = measure_flops("cpu", bf16)
    return max(speeds, key=speeds.__getitem__)


def cpu_multiplies_bf16() -> bool:
    """Whether the processor has bf16 dot products (AVX-512 BF16 or AMX)."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def measure_flops(device: str, bf16: bool) -> float:
    """FLOP/s of forward and backward of a 3 x 3 convolution with 32 channels: what sizing reckons with."""
    compute = Compute(device, "bf16" if bf16 else "float32", 0.0)
    convolution = torch.nn.Conv2d(32, 32, 3, padding=1).to(device).to(memory_format=torch.channels_last)
    values = torch.randn(32, 32, 16, 16, device=device).to(memory_format=torch.channels_last).requires_grad_()
    flops = 3 * 2 * 32 * 32 * 9 * 32 * 16 * 16

    def step() -> None:
        with compute.autocast():
            convolution(values).sum().backward()
        if device != "cpu":
            torch.cuda.synchronize()

    step()
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < CALIBRATION_SECONDS:
        step()
        done += 1
    return done * flops / (time.perf_counter() - start)


def describe(compute: Compute) -> dict[str, object]:
    """For the result: what the run computed on."""
    name = torch.cuda.get_device_name() if compute.device == "cuda" else (os.cpu_count() or 1)
    return {
        "device": compute.device,
        "hardware": str(name) if compute.device == "cuda" else f"{name} cores",
        "precision": compute.precision,
        "threads": torch.get_num_threads(),
        "measured_gflops": round(compute.flops_per_second / 1e9, 1),
    }
