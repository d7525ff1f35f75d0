"""What is to be predicted: how many samples of each class there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.measure.rows import as_facts, with_examples
from advisor.readers.source import Source
from advisor.records import Fact


def label_facts(source: Source) -> list[Fact]:
    """Samples, labelled ones, and for categories the samples per class (all parts together)."""
    total = len(source)
    facts = as_facts([("samples", total, "samples", "counted by the reader")], total)
    if source.labels is None or source.spec.target is None:
        return facts
    labelled = is_labelled(source.labels)
    known = source.labels[labelled]
    without = (str(source.ids[place]) for place in np.flatnonzero(~labelled).tolist())
    row = ("labelled_samples", float(len(known)), "samples", "samples with a label; examples are without")
    facts.append(with_examples(row, total, without))
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
    names, counts = np.unique(labels, return_counts=True)
    order = np.argsort(counts, kind="stable")
    sizes = [f"{names[place]} ({counts[place]:,})" for place in order]
    total = len(labels)
    classes, median, ratio = float(len(counts)), float(np.median(counts)), float(counts.max() / counts.min())
    rarest = ("samples_per_class_min", float(counts.min()), "samples", "samples of the rarest class")
    return [
        *as_facts([("classes", classes, "classes", "different labels")], total),
        with_examples(rarest, total, sizes),
        *as_facts([("samples_per_class_median", median, "samples", "samples of the median class")], total),
        with_examples(
            ("class_imbalance", ratio, "1", "largest class over smallest class"), total, (sizes[-1], sizes[0])
        ),
    ]
