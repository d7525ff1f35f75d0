"""Splits, fitted preprocessing, and batches with lengths.

What needs torch is imported when it is first asked for: inspection proposes a split and needs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from advisor.prepare.splits import (
    TRAINABLE,
    Split,
    folds,
    is_trainable,
    make_split,
    proposed_split,
    read_split,
)

if TYPE_CHECKING:
    from advisor.prepare.batches import Batch, Prepared, augment
    from advisor.prepare.loading import Loaded, fit, load
    from advisor.prepare.preprocessing import Preprocessing, WindowValues

__all__ = [
    "TRAINABLE",
    "Batch",
    "Loaded",
    "Prepared",
    "Preprocessing",
    "Split",
    "WindowValues",
    "augment",
    "fit",
    "folds",
    "is_trainable",
    "load",
    "make_split",
    "proposed_split",
    "read_split",
]

_MODULES = {
    "batches": ("Batch", "Prepared", "augment"),
    "loading": ("Loaded", "fit", "load"),
    "preprocessing": ("Preprocessing", "WindowValues"),
}


def __getattr__(name: str) -> Any:
    """The names of the modules that need torch (PEP 562)."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"advisor.prepare.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
