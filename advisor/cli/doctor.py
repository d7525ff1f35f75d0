"""`advisor doctor`: what is installed, and what this machine can compute."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib import util
from pathlib import Path

LIBRARIES = (
    "torch",
    "optuna",
    "numpy",
    "pandas",
    "scikit-learn",
    "pydantic",
    "pillow",
    "tokenizers",
    "safetensors",
)
EXTRAS = {
    "audio": ("soundfile",),
    "video": ("av",),
    "volumes": ("nibabel", "tifffile"),
    "onnx": ("onnx", "onnxruntime", "onnxscript"),
    "dashboard": ("optuna_dashboard",),
    "tensorboard": ("tensorboard",),
    "mlflow": ("mlflow",),
}
GIB = 2**30


def command() -> None:
    """Show versions, device, precision, extras, memory and disk."""
    from advisor.report import terminal

    console = terminal.make_console()
    for title, rows in (("Versions", _versions()), ("Computing", _computing()), ("Extras", _extras())):
        terminal.print_pairs(console, title, rows)


def _versions() -> list[tuple[str, str]]:
    from importlib import metadata  # slow to import, and every command imports this file

    from advisor import __version__

    rows = [("advisor", __version__), ("python", f"{platform.python_version()} ({sys.executable})")]
    for library in LIBRARIES:
        try:
            rows.append((library, metadata.version(library)))
        except metadata.PackageNotFoundError:
            rows.append((library, "missing: reinstall advisor"))
    return rows


def _computing() -> list[tuple[str, str]]:
    import torch

    from advisor import training

    compute = training.choose("auto")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    rows = [("system", platform.platform()), ("cores", f"{cores} ({torch.get_num_threads()} torch threads)")]
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none that torch sees"
    rows += [
        ("graphics card", gpu),
        ("device used", compute.device),
        ("precision used", compute.precision),
        ("speed measured", f"{compute.flops_per_second / 1e9:,.0f} GFLOP/s on a small convolution"),
    ]
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        page = os.sysconf("SC_PAGE_SIZE")
        free, total = os.sysconf("SC_AVPHYS_PAGES") * page, os.sysconf("SC_PHYS_PAGES") * page
        rows.append(("memory", f"{free / GIB:.1f} GiB free of {total / GIB:.1f} GiB"))
    disk = shutil.disk_usage(Path.cwd())
    return [*rows, ("disk here", f"{disk.free / GIB:.1f} GiB free of {disk.total / GIB:.1f} GiB")]


def _extras() -> list[tuple[str, str]]:
    rows = []
    for extra, modules in EXTRAS.items():
        missing = [module for module in modules if util.find_spec(module) is None]
        hint = f"not installed: pip install 'architecture-advisor[{extra}]'"
        rows.append((extra, hint if missing else "installed"))
    return rows
