"""Everything that is fitted to the training split, as one frozen record.

Training, evaluate, export and predict read this record and nothing else, so they cannot disagree.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from advisor.records import Record, Signature, Task


class ImageValues(Record):
    """Pictures resized to one size; `mean` and `std` per channel, in pixel values 0 to 255."""

    kind: Literal["image"] = "image"
    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


class ClipValues(Record):
    """Clips of `frames` evenly spaced frames of one size; scaling as for pictures."""

    kind: Literal["clip"] = "clip"
    frames: int
    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


class SeriesValues(Record):
    """Series standardised per channel; missing values become the mean; cut after `length` steps.

    Sound with `rate` samples per second is first turned into the loudness of bands of frequency.
    """

    kind: Literal["series"] = "series"
    channels: int
    length: int
    variable_length: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]
    rate: float | None = None


class TextValues(Record):
    """Texts cut into tokens by a tokenizer learnt on the training split (its JSON is kept here)."""

    kind: Literal["text"] = "text"
    tokenizer: str
    vocabulary: int
    length: int


class TableColumn(Record):
    """One column: numbers are filled with the median and standardised, categories one-hot."""

    name: str
    position: int
    categories: tuple[str, ...] | None = None  # None: a number
    median: float = 0.0
    mean: float = 0.0
    std: float = 1.0
    flags_missing: bool = False  # a further feature that says "was missing"

    @property
    def width(self) -> int:
        """How many features this column becomes."""
        return 1 + self.flags_missing if self.categories is None else len(self.categories)


class TableValues(Record):
    kind: Literal["table"] = "table"
    columns: tuple[TableColumn, ...]

    @property
    def features(self) -> int:
        return sum(column.width for column in self.columns)


class WindowValues(Record):
    """Windows of one long series: `lookback` steps in, `horizon` steps of the targets out.

    `mean` and `std` per channel are those of the training rows; outputs are in these units.
    `naive_error` is the mean absolute error, in these units, of repeating the last period (or the last
    value) one step ahead within the training rows: the denominator of MASE (Hyndman & Koehler 2006).
    """

    kind: Literal["windows"] = "windows"
    channel_names: tuple[str, ...]
    target_channels: tuple[int, ...]
    lookback: int
    horizon: int
    period: int | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    naive_error: float


Values = Annotated[
    ImageValues | ClipValues | SeriesValues | TextValues | TableValues | WindowValues,
    Field(discriminator="kind"),
]


class Preprocessing(Record):
    """What happens to a sample and its label before the network sees them."""

    format: str
    task: Task
    class_names: tuple[str, ...] = ()
    target_name: str = "label"
    time_name: str | None = None  # the column of times, where the user named one
    target_mean: float = 0.0  # regression: targets are standardised for training
    target_std: float = 1.0
    values: Values

    def signature(self) -> Signature:
        """What a network for these values takes and gives."""
        outputs = len(self.class_names) if self.task is Task.CLASSIFICATION else 1
        values = self.values
        match values:
            case ImageValues():
                return Signature(
                    layout="image",
                    task=self.task,
                    channels=values.channels,
                    height=values.height,
                    width=values.width,
                    length=1,
                    variable_length=False,
                    outputs=outputs,
                )
            case ClipValues():
                return Signature(
                    layout="clip",
                    task=self.task,
                    channels=values.channels,
                    height=values.height,
                    width=values.width,
                    length=values.frames,
                    variable_length=False,
                    outputs=outputs,
                )
            case SeriesValues():
                return Signature(
                    layout="series",
                    task=self.task,
                    channels=values.channels,
                    length=values.length,
                    variable_length=values.variable_length,
                    outputs=outputs,
                )
            case TextValues():
                return Signature(
                    layout="text",
                    task=self.task,
                    length=values.length,
                    variable_length=True,
                    vocabulary=values.vocabulary,
                    outputs=outputs,
                )
            case TableValues():
                return Signature(
                    layout="table",
                    task=self.task,
                    length=values.features,
                    variable_length=False,
                    outputs=outputs,
                )
            case WindowValues():
                return Signature(
                    layout="series",
                    task=self.task,
                    channels=len(values.channel_names),
                    length=values.lookback,
                    variable_length=False,
                    outputs=len(values.target_channels),
                    horizon=values.horizon,
                    target_channels=values.target_channels,
                    period=values.period,
                )
