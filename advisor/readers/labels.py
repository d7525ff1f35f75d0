"""Labels as they lie in files, made into class names or numbers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UsageError
from advisor.records import SplitCounts, TargetSpec

NO_COLUMN = "label"  # the target's name where no column gives it one
LEAST_PER_CLASS = 3  # samples per distinct integer, on average; fewer make it a number and not a class
MAX_CLASSES_OF_NUMBERS = 1_000  # distinct integers in an array of labels
MAX_CLASSES_OF_COLUMN = 20  # distinct integers in a table's column, where most integers are counts


def one_per_sample(values: NDArray[np.generic], where: str) -> NDArray[np.generic]:
    """[sample] texts or numbers as they are stored; one-hot rows become class numbers.

    Raises:
        DataError: an array that has not one label per sample.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.dtype.kind in "buif" and bool(np.isin(values, (0, 1)).all()):
        if bool((values.sum(axis=1) == 1).all()):
            values = values.argmax(axis=1)
    if values.ndim != 1 or values.dtype.kind not in "buifSU":
        raise DataError(
            f"{where}: labels of type {values.dtype} and shape {values.shape} cannot be read: "
            "give one text or number per sample"
        )
    return (
        np.strings.decode(values.astype(np.bytes_), "utf-8", "replace")
        if values.dtype.kind == "S"
        else values
    )


def from_array(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """[sample] class names (objects) or numbers (float64) of what `one_per_sample` gave."""
    if values.dtype.kind == "U":
        return values.astype(object)
    return as_labels(values.astype(np.float64), MAX_CLASSES_OF_NUMBERS)


def as_labels(numbers: NDArray[np.float64], most: int) -> NDArray[np.generic]:
    """Few distinct integers become class names (`"3"`), anything else stays a number."""
    known = numbers[np.isfinite(numbers)]
    distinct = np.unique(known)
    whole = bool((distinct == np.round(distinct)).all())
    few = len(distinct) <= 2 or (len(distinct) <= most and len(distinct) * LEAST_PER_CLASS <= len(known))
    if not (whole and (few or _are_codes(known, distinct))):
        return numbers
    return np.array(
        [str(int(value)) if np.isfinite(value) else "" for value in numbers.tolist()], dtype=object
    )


def _are_codes(known: NDArray[np.float64], distinct: NDArray[np.float64]) -> bool:
    """Whole numbers without a gap from 0 or 1 on, each as often as the next, and more than once: numbers of
    classes, of which there are many with few samples."""
    counts = np.unique(known, return_counts=True)[1]
    gapless = distinct[0] in (0, 1) and distinct[-1] - distinct[0] + 1 == len(distinct)
    return bool(gapless and counts.min() >= 2 and counts.max() == counts.min())


def label_name(target: str | None) -> str:
    """What labels are called that stand in no column; raises UsageError where the user names a column."""
    if target not in (None, NO_COLUMN):
        raise UsageError(
            f"`--target {target}`: the labels of these data stand in no column, but in the names of folders, "
            "or beside the values: leave `--target` out"
        )
    return NO_COLUMN


def target_spec(name: str, labels: NDArray[np.generic]) -> TargetSpec:
    """What `labels` are: category with its sorted names, or number."""
    kind: Literal["category", "number"] = "number" if labels.dtype.kind == "f" else "category"
    names = () if kind == "number" else tuple(sorted(set(labels.tolist()) - {""}))
    return TargetSpec(name=name, kind=kind, classes=len(names) or None, class_names=names)


def spelled_alike(labels: Sequence[str], parts: Sequence[str]) -> list[str]:
    """Labels of other parts as training spells them, where they differ in case, spaces, `-` or `_` only."""
    known = {label for label, part in zip(labels, parts, strict=True) if label and part == "train"}
    plain: dict[str, str] = {}
    for label in sorted(known):
        plain[_plain(label)] = "" if _plain(label) in plain else label  # two of training stay two
    return [label if not label or label in known else plain.get(_plain(label)) or label for label in labels]


def _plain(label: str) -> str:
    return re.sub(r"[\s_.]+|-(?!$)", "", label.casefold())  # a sign at the end tells: `HER2-`


def check_labels(where: Path, labels: Collection[str], parts: Collection[str]) -> None:
    """Raises DataError when the validation or test part has classes that training lacks."""
    by_part: dict[str, set[str]] = {}
    for label, part in zip(labels, parts, strict=True):
        if label:
            by_part.setdefault(part, set()).add(label)
    known = by_part.get("train")
    if not known:
        return
    for part in ("validation", "test"):
        strange = sorted(by_part.get(part, set()) - known)
        if strange:
            near = difflib.get_close_matches(strange[0].lower(), [name.lower() for name in known], n=1)
            hint = f" (near {near[0]!r})" if near else ""
            raise DataError(
                f"{where}: the {part} part has {len(strange)} label(s) that training lacks: "
                f"{', '.join(strange[:5])}{hint}; training has "
                f"{', '.join(sorted(known)[:5])}: make the names equal"
            )


def parts_array(parts: list[str]) -> NDArray[np.str_] | None:
    """[sample] parts; None unless at least training and one other part are given."""
    named = set(parts) - {""}
    return np.array(parts, dtype="<U10") if "train" in named and len(named) > 1 else None


def split_counts(parts: NDArray[np.str_] | None, labels: NDArray[np.generic] | None) -> SplitCounts:
    """How many samples the data put in each part, and how many have no label."""
    missing = 0
    if labels is not None:
        missing = int(np.isnan(labels).sum()) if labels.dtype.kind == "f" else int((labels == "").sum())
    count = {
        name: 0 if parts is None else int((parts == name).sum()) for name in ("train", "validation", "test")
    }
    return SplitCounts(**count, unlabelled=missing)


def label_array(labels: list[str]) -> NDArray[np.object_]:
    """[sample] class names as objects; "" where there is none."""
    return np.array(labels, dtype=object)
