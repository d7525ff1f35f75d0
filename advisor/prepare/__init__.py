"""Splits, fitted preprocessing, and batches with lengths."""

from advisor.prepare.batches import Batch, Prepared, augment
from advisor.prepare.loading import TRAINABLE, Loaded, fit, load
from advisor.prepare.preprocessing import Preprocessing, WindowValues
from advisor.prepare.splits import Split, folds, make_split, read_split

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
    "load",
    "make_split",
    "read_split",
]
