"""What is to be predicted: how many samples of each class there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.measure.rows import as_facts
from advisor.readers.source import Source
from advisor.records import Fact


def label_facts(source: Source) -> list[Fact]:
    """Samples, labelled ones, and for categories the samples per class (all parts together)."""
    total = len(source)
    facts = as_facts([("samples", total, "samples", "counted by the reader")], total)
    if source.labels is None or source.spec.target is None:
        return facts
    known = source.labels[is_labelled(source.labels)]
    facts += as_facts([("labelled_samples", len(known), "samples", "samples with a label")], total)
    if source.spec.target.kind == "category" and len(known):
        facts += _class_facts(known.astype(str))
    elif source.spec.target.kind == "number" and len(known):
        row = ("distinct_targets", len(np.unique(known)), "values", "different targets")
        facts += as_facts([row], len(known))
    return facts


def is_labelled(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """[sample] whether there is a label: not an empty string, not NaN."""
    if labels.dtype.kind == "f":
        finite: NDArray[np.bool_] = np.isfinite(labels)
        return finite
    return np.array([str(label) not in ("", "nan", "None") for label in labels], dtype=bool)


def _class_facts(labels: NDArray[np.str_]) -> list[Fact]:
    _, counts = np.unique(labels, return_counts=True)
    rows = [
        ("classes", float(len(counts)), "classes", "different labels"),
        ("samples_per_class_min", float(counts.min()), "samples", "samples of the rarest class"),
        ("samples_per_class_median", float(np.median(counts)), "samples", "samples of the median class"),
        ("class_imbalance", float(counts.max() / counts.min()), "1", "largest class over smallest class"),
    ]
    return as_facts(rows, len(labels))
