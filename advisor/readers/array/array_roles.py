"""Which arrays are samples, which labels, and which axis counts the samples, by names and sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.readers.array.stored import Stored, plain_shape
from advisor.readers.labels import one_per_sample

LABELS = frozenset(
    {"y", "label", "labels", "lab", "labs", "target", "targets", "class", "classes", "category", "categories",
     "annotation", "annotations", "truth", "groundtruth", "gt", "mask", "masks", "segmentation",
     "segmentations", "outcome", "outcomes", "ys", "lbl", "lbls"}
)  # fmt: skip
CALLED = frozenset(
    {"activity", "activities", "species", "emotion", "emotions", "digit", "digits", "diagnosis", "genre",
     "genres", "breed", "sentiment", "speaker", "speakers", "gesture", "gestures", "condition", "event",
     "response", "score", "scores", "age", "quality"}
)  # fmt: skip
"""What an array of one value per sample is called after that which it tells."""

MASKS = frozenset({"mask", "masks", "segmentation", "segmentations", "gt", "groundtruth", "truth"})
PICTURES = frozenset({"image", "images", "img", "imgs", "picture", "pictures", "photos", "faces"})
CLIPS = frozenset({"clip", "clips", "video", "videos", "movies", "movie", "frames"})
SERIES = frozenset({"series", "signal", "signals", "waves", "waveforms", "timeseries", "eeg", "ecg", "accel"})
VOLUMES = frozenset({"volume", "volumes", "voxels"})
NAMED = PICTURES | CLIPS | SERIES | VOLUMES
INPUTS = NAMED | frozenset(
    {"x", "xs", "data", "input", "inputs", "samples", "features", "sequences", "texts", "spectra", "values"}
)
FEW_DISTINCT = 256  # different whole numbers at most in a mask or in tags

Kind = Literal["category", "number", "mask", "tags", "labels", "future"]


@dataclass(frozen=True)
class Given:
    """What is given for the samples of a block: one label per sample, or something larger of that kind."""

    kind: Kind | None  # None: what the labels themselves say
    axis: int | None  # of the inputs that counts the samples; None where all of them is one sample
    values: NDArray[np.generic] | None

    @property
    def is_empty(self) -> bool:
        """Whether it says how samples lie and nothing of what is to be predicted."""
        return self.kind is None and self.values is None


@dataclass(frozen=True)
class Block:
    """The samples of one part, which of their axes counts them (None: all is one), and their labels."""

    part: str
    inputs: Stored
    given: Given | None
    labels_where: str = ""

    @property
    def axis(self) -> int | None:
        return 0 if self.given is None else self.given.axis

    @property
    def count(self) -> int:
        return 1 if self.axis is None else self.inputs.shape[self.axis]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample, as it lies in the file."""
        if self.axis is None:
            return self.inputs.shape
        return self.inputs.shape[: self.axis] + self.inputs.shape[self.axis + 1 :]


def inputs_among(stored: Sequence[Stored]) -> Stored | None:
    """The array named as input; else the largest that is not named as labels."""
    candidates = [one for one in stored if not _is_label(one) and math.prod(one.shape) > 1]
    named = [one for one in candidates if set(one.words) & INPUTS]
    return max(named or candidates, key=lambda one: math.prod(one.shape), default=None)


def labels_for(inputs: Stored, stored: Sequence[Stored], target: str | None) -> tuple[Stored, Given] | None:
    """The array named as labels that fits the samples; else a vector as long as these, as
    `numpy.savez(file, x, y)` gives.

    Raises:
        DataError: arrays are named as labels and none of them fits.
    """
    others = [one for one in stored if one is not inputs]
    named = [one for one in others if _is_label(one)]
    if target is not None:
        named = [one for one in others if target.lower() in (one.name.lower(), *one.words)] or named
    fitting = [(one, given) for one in named if (given := _fitted(inputs, one)) is not None]
    if fitting:  # a list of three classes fits the colours of a picture, and labels fit the samples
        return max(fitting, key=lambda found: inputs.shape[found[1].axis or 0])
    worth_a_word = [one for one in named if len(one.shape) and math.prod(one.shape) > 1]
    if worth_a_word and len(inputs.shape) > 1 and not set(worth_a_word[0].words) & {"classes", "names"}:
        one = worth_a_word[0]
        raise DataError(
            f"{one.where}: {max(one.shape)} labels for samples of shape {inputs.shape} in {inputs.where}: "
            "one label per sample is needed"
        )
    called = [one for one in others if len(plain_shape(one.shape)) == 1 and set(one.words) & CALLED]
    fits = [(one, given) for one in called if (given := _fitted(inputs, one)) is not None]
    if fits:
        return fits[0]
    unnamed = [one for one in others if plain_shape(one.shape) == inputs.shape[:1] and "arr" in one.words]
    given = _fitted(inputs, unnamed[0]) if unnamed else None
    return (unnamed[0], given) if given is not None else None


def _is_label(one: Stored) -> bool:
    """By the last of its words that is one of input or of labels: `images/labels`, `train_labels_x`."""
    role = next((word for word in reversed(one.words) if word in LABELS | INPUTS), "")
    return role in LABELS


def _fitted(inputs: Stored, one: Stored) -> Given | None:
    """How an array fits the samples; None where it does not."""
    shape = plain_shape(one.shape)
    if not shape:
        return None
    if len(shape) == 1:
        axis = _axis_of(inputs.shape, shape[0])
        if axis is None or one.dtype.kind not in "biufSU":
            return None
        return Given(None, axis, one_per_sample(one.whole().reshape(shape), one.where))
    if one.dtype.kind not in "biuf":
        return None
    if len(shape) == 2 and shape == inputs.shape[:2] and len(inputs.shape) == 3 and set(one.words) & MASKS:
        return Given("mask", None, None)
    if len(shape) == 2 and shape[0] not in inputs.shape and shape[1] in inputs.shape:
        return _rows(inputs, one, one.whole().reshape(shape).T)
    axis = _axis_of(inputs.shape, shape[0])
    if axis is None:
        return None
    if len(shape) == 2:
        return _rows(inputs, one, one.whole().reshape(shape))
    sample = inputs.shape[:axis] + inputs.shape[axis + 1 :]
    inside = all(sample.count(size) >= shape[1:].count(size) for size in shape[1:])
    is_mask = inside and (set(one.words) & MASKS or has_few_values(one))
    return Given("mask" if is_mask else "future", axis, None)


def _rows(inputs: Stored, one: Stored, rows: NDArray[np.generic]) -> Given | None:
    """Of [sample, several]: one-hot classes, several labels each, a tag per step, or several numbers."""
    axis = _axis_of(inputs.shape, len(rows))
    if axis is None:
        return None
    binary = bool(np.isin(rows, (0, 1)).all())
    if binary and bool((rows.sum(axis=1) == 1).all()):
        return Given(None, axis, rows.argmax(axis=1))
    steps = inputs.shape[:axis] + inputs.shape[axis + 1 :]
    numbers = rows.astype(np.float64)
    whole = bool(np.isfinite(numbers).all()) and bool((numbers == np.round(numbers)).all())
    few = len(set(numbers[:1000].ravel().tolist())) <= FEW_DISTINCT
    if whole and few and rows.shape[1] == max(steps, default=0):
        return Given("tags", axis, None)
    return Given("labels" if binary else "number", axis, None)


def has_few_values(one: Stored) -> bool:
    """Whether the first of a mask's pixels are whole numbers, and few different ones."""
    first = np.asarray(one.load()[tuple(slice(0, 64) for _ in one.shape)])
    if first.dtype.kind == "f" and not bool((first == np.round(first)).all()):
        return False
    return len(np.unique(first)) <= FEW_DISTINCT // 4


def _axis_of(shape: tuple[int, ...], count: int) -> int | None:
    """The axis as long as the labels: the first, else the last, else whichever it is."""
    order = [0, len(shape) - 1, *range(len(shape))]
    return next((axis for axis in order if shape and shape[axis] == count), None)
