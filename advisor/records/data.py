"""What lies in the folder: structures, tasks, axes, columns, and the description of a data set."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from advisor.records.base import Record


class Structure(StrEnum):
    GRID = "grid"
    SEQUENTIAL = "sequential"
    SPATIOTEMPORAL = "spatiotemporal"
    TABLE = "table"


class Family(StrEnum):
    CNN = "cnn"
    RNN = "rnn"
    HYBRID = "hybrid"
    MLP = "mlp"


class Task(StrEnum):
    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"
    FORECASTING = "forecasting"
    SEGMENTATION = "segmentation"
    DETECTION = "detection"
    TAGGING = "tagging"
    GENERATION = "generation"
    TRANSLATION = "translation"
    TRANSCRIPTION = "transcription"
    CAPTIONING = "captioning"


AxisName = Literal[
    "batch", "time", "height", "width", "depth", "channel", "feature", "token", "node", "unknown"
]
Part = Literal["train", "validation", "test"]


# --- what a reader says -------------------------------------------------------------------------


class Axis(Record):
    """One axis of a sample. `size` is None where it varies between samples."""

    name: AxisName
    size: int | None = None
    spacing: float | None = None
    unit: str | None = None


class Column(Record):
    """One column of a table or one channel of a series."""

    name: str
    kind: Literal["number", "category", "text", "time", "identifier"]


class InputSpec(Record):
    """One input of a sample: its name, dtype on disk, and named axes in the order `read` gives.

    Orders that readers return: picture (height, width, channel); volume (depth, height, width,
    channel); series (time, channel); clip (time, height, width, channel); text (token); table row
    (feature). Arrays whose axes only measurement can tell have axes named `unknown`.
    """

    name: str
    dtype: str
    axes: tuple[Axis, ...]
    columns: tuple[Column, ...] = ()
    # Where the axes on disk were named and sorted by measurement or by the user: their order on disk as
    # `axes` has them, and how many of them each of `axes` holds.
    stored_order: tuple[int, ...] = ()
    merged: tuple[int, ...] = ()
    unfolded: tuple[int, ...] = ()  # sizes of the axes that the one axis on disk was split into before that

    def axis(self, name: AxisName) -> Axis | None:
        """The axis of that name, or None."""
        return next((axis for axis in self.axes if axis.name == name), None)


class TargetSpec(Record):
    """What is to be predicted. `class_names` is sorted; empty unless `kind` is category.

    `confidence` is how sure it is that this, and no other of `choices`, is meant; `reason` says why.
    """

    name: str
    kind: Literal["category", "number", "future", "mask", "boxes", "tags", "text", "labels"]
    classes: int | None = None
    class_names: tuple[str, ...] = Field(default=(), exclude=True)
    confidence: float = 1.0
    reason: str = ""
    choices: tuple[str, ...] = ()


class SplitCounts(Record):
    """How many samples the data themselves put in each part."""

    train: int = 0
    validation: int = 0
    test: int = 0
    unlabelled: int = 0


class DatasetSpec(Record):
    """What a data set is, as far as reading it can tell."""

    path: str
    format: str
    samples: int
    inputs: tuple[InputSpec, ...]
    target: TargetSpec | None
    splits: SplitCounts
    time_index: str | None = None  # name of the timestamp column of a long series

    @property
    def input(self) -> InputSpec:
        """The first input: everything so far has exactly one."""
        return self.inputs[0]


# --- what measurement says ----------------------------------------------------------------------
