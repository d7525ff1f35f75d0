"""What a bundle says of data: predictions, forecasts, and scores where there are labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor import prepare, tasks, training
from advisor.bundle import stamps
from advisor.bundle.store import Bundle
from advisor.errors import DataError, UsageError
from advisor.prepare import WindowValues
from advisor.readers.source import Source
from advisor.records import Evaluation, Score, Task
from advisor.tasks.intervals import QUANTILE_LEVELS, bootstrap
from advisor.tasks.judging import judge
from advisor.tasks.views import Part

CHUNK = 2_048  # samples decoded at once, to bound memory
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Predictions:
    """One row per sample (per step and channel of a forecast), and the samples that were skipped."""

    rows: list[dict[str, Any]]
    unreadable: tuple[str, ...]


def predict(bundle: Bundle, source: Source) -> Predictions:
    """A row for every sample; of one long series, its next `horizon` steps.

    Raises:
        DataError: the samples have another form than those the model was trained on.
    """
    check_form(bundle, source)
    if bundle.card.task is Task.FORECASTING:
        return Predictions(_forecast(bundle, source), ())
    rows: list[dict[str, Any]] = []
    unreadable: list[str] = []
    for chunk in np.array_split(np.arange(len(source)), max(1, -(-len(source) // CHUNK))):
        loaded = prepare.load(source, chunk, bundle.preprocessing)
        outputs = training.predict(bundle.network, loaded.prepared)
        found = tasks.kind_of(bundle.card.task).rows(outputs, bundle.preprocessing)
        rows += [{"id": name, **row} for name, row in zip(loaded.prepared.ids, found, strict=True)]
        unreadable += loaded.unreadable
    return Predictions(rows, tuple(unreadable))


def evaluate(bundle: Bundle, source: Source, *, split: Path | None, own_split: Path | None) -> Evaluation:
    """The score on the test part of `split`; else of the run's own split, where it names these data; else
    on the test part that the data give themselves; else on all labelled samples.

    Raises:
        DataError: no labels, or samples of another form than those the model was trained on.
    """
    check_form(bundle, source)
    indices, part, groups = _samples(bundle, source, split, own_split)
    loaded = prepare.load(source, indices, bundle.preprocessing)
    if not len(loaded.prepared):
        raise DataError(
            f"{source.spec.path}: too short for one forecast window of the model: give more steps"
        )
    samples = Part(loaded.prepared, groups=None if groups is None else groups[loaded.indices])
    return Evaluation(
        model=str(bundle.folder),
        path=source.spec.path,
        part=part,
        metric=bundle.card.metric,
        greater_is_better=bundle.card.greater_is_better,
        score=_score(bundle, samples),
        reported=bundle.card.test,
        unreadable=len(loaded.unreadable),
    )


def check_form(bundle: Bundle, source: Source) -> None:
    """Raises DataError where the axes or the channels are not those of training."""
    trained, given = bundle.card.inputs[0], source.spec.input
    names, found = [axis.name for axis in trained.axes], [axis.name for axis in given.axes]
    if names != found:
        raise DataError(
            f"{source.spec.path}: the model was trained on samples with the axes {', '.join(names)}, "
            f"found {', '.join(found)}: give data of the same form"
        )
    values = bundle.preprocessing.values
    expected = {"series": "channel", "windows": "channel", "table": "feature"}.get(values.kind)
    if expected is None:
        return
    ours, theirs = (
        next(axis.size for axis in spec.axes if axis.name == expected) for spec in (trained, given)
    )
    columns = tuple(column.name for column in given.columns)
    if ours != theirs or (isinstance(values, WindowValues) and columns and columns != values.channel_names):
        raise DataError(
            f"{source.spec.path}: the model was trained on {ours} {expected}s"
            + (f" ({', '.join(values.channel_names)})" if isinstance(values, WindowValues) else "")
            + f", found {theirs}" + (f" ({', '.join(columns)})" if columns else "") + ": give the same ones"
        )  # fmt: skip


def _samples(
    bundle: Bundle, source: Source, split: Path | None, own_split: Path | None
) -> tuple[Indices, str, NDArray[np.str_] | None]:
    """Which samples, what they are, and the groups [sample] of all of the source's."""
    task = bundle.card.task
    if split is not None:
        given = prepare.read_split(split, source, task)
        if not len(given.indices("test")):
            raise UsageError(f"`--split {split}`: no row of it says `test`: name the samples to evaluate")
        return given.indices("test"), f"test part of {split}", given.groups
    if own_split is not None and own_split.is_file():
        try:
            own = prepare.read_split(own_split, source, task)
        except UsageError:  # it lists other samples: these are other data
            own = None
        if own is not None and len(own.indices("test")):
            return own.indices("test"), f"test part of {own_split}", own.groups
    if task is Task.FORECASTING:
        return np.arange(source.spec.input.axes[0].size or 0), "all windows", None
    return *_labelled(source), source.groups


def _labelled(source: Source) -> tuple[Indices, str]:
    if source.labels is None:
        raise DataError(f"{source.spec.path}: no labels were found, so there is nothing to compare with")
    numeric = source.labels.dtype.kind == "f"
    usable = np.isfinite(source.labels.astype(float)) if numeric else source.labels.astype(str) != ""
    if source.parts is not None and (usable & (source.parts == "test")).any():
        return np.flatnonzero(usable & (source.parts == "test")), "test part of the data"
    if not usable.any():
        raise DataError(f"{source.spec.path}: no sample has a label, so there is nothing to compare with")
    return np.flatnonzero(usable), "all labelled samples"


def _score(bundle: Bundle, part: Part) -> Score:
    kind = tasks.kind_of(bundle.card.task, bundle.preprocessing)
    per_sample, others = judge(
        kind,
        bundle.preprocessing,
        lambda piece: kind.predictions(training.predict(bundle.network, piece.prepared)),
        part,
    )
    return Score(
        value=float(kind.aggregate(per_sample)),
        ci95=bootstrap(
            per_sample, kind.aggregate, block=bundle.card.signature.horizon or 1, groups=part.groups, seed=42
        ),
        samples=len(per_sample),
        all=others,
    )


# --- forecasts ----------------------------------------------------------------------------------


def _forecast(bundle: Bundle, source: Source) -> list[dict[str, Any]]:
    values = bundle.preprocessing.values
    assert isinstance(values, WindowValues)
    steps = len(np.asarray(source.read(0)))
    if steps < values.lookback:
        raise DataError(
            f"{source.spec.path}: a forecast looks back {values.lookback} steps, found {steps}: give more"
        )
    future = np.arange(steps, steps + values.horizon)  # the window whose forecast lies in these rows
    prepared = prepare.load(source, future, bundle.preprocessing).prepared
    outputs = training.predict(bundle.network, prepared)
    rows = tasks.kind_of(Task.FORECASTING).rows(outputs, bundle.preprocessing)
    names = list(_future_names(source, steps, values.horizon))
    found = [{"id": names[int(row["step"]) - 1], **row} for row in rows]
    if bundle.error_quantiles is not None:
        for level, errors in zip(QUANTILE_LEVELS, bundle.error_quantiles, strict=True):
            bounds = tasks.kind_of(Task.FORECASTING).rows(outputs + errors, bundle.preprocessing)
            for row, bound in zip(found, bounds, strict=True):
                row[f"q{level:g}"] = bound["prediction"]
    return found


def _future_names(source: Source, steps: int, horizon: int) -> Iterator[str]:
    """Timestamps that go on; row numbers where there are none."""
    if source.timestamps is None or len(source.timestamps) < 2:
        return (str(steps + i) for i in range(horizon))
    return stamps.later(source.timestamps, horizon)
