"""Fitting the Preprocessing record on training samples, and decoding samples by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from advisor.errors import DataError, UntrainableTaskError
from advisor.prepare import pictures, series, tables, texts
from advisor.prepare.batches import Prepared
from advisor.prepare.memory import Memory, default_limit, human
from advisor.prepare.placing import Form, Placed, place
from advisor.prepare.preprocessing import (
    ClipValues,
    ImageValues,
    Preprocessing,
    SeriesValues,
    TableValues,
    TextValues,
    Values,
    WindowValues,
)
from advisor.prepare.splits import TRAINABLE, Split
from advisor.readers.source import Source
from advisor.records import Task


@dataclass(frozen=True)
class Loaded:
    """Decoded samples, which of the asked-for indices they are, what could not be decoded; and what there is
    to say of where they lie."""

    prepared: Prepared
    indices: NDArray[np.int64]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...] = ()


def fit(
    source: Source,
    split: Split,
    task: Task,
    *,
    target: str | None = None,
    time: str | None = None,
    horizon: int | None = None,
    period: int | None = None,
    max_side: int = 64,
) -> Preprocessing:
    """Everything that is fitted, from the training part only.

    Args:
        target, time: columns that the user named.
        max_side: pictures and frames are shrunk to at most this many pixels a side.
        period: strongest period of one long series, in steps.

    Raises:
        UntrainableTaskError: a task or a kind of data that cannot be trained yet.
    """
    axes: set[str] = {axis.name for axis in source.spec.input.axes}
    if task not in TRAINABLE or "depth" in axes or "node" in axes:
        forms = {"depth": f"{task} of volumes", "node": f"{task} of values at nodes of a graph"}
        what = next((said for axis, said in forms.items() if axis in axes), str(task))
        raise UntrainableTaskError(
            f"`search` cannot train {what} yet: it trains classification and regression of pictures, "
            "series, texts, clips and tables, and forecasting of one long series"
        )
    train = split.indices("train")
    values = _fit_values(source, split, train, task, axes, target, horizon, period, max_side)
    fitted = Preprocessing(format=source.spec.format, task=task, time_name=time, values=values)
    return _with_labels(fitted, source, train)


def load(
    source: Source,
    indices: NDArray[np.int64],
    preprocessing: Preprocessing,
    *,
    memory: Memory | None = None,
) -> Loaded:
    """Decodes these samples; for windows, `indices` are the consecutive rows that the forecasts lie in.

    Samples that cannot be decoded are left out and named in `unreadable`. Pictures, clips and series beyond
    what `memory` lets stay in memory go to a file, or are found there; texts, tables and one long series,
    which their readers hold in memory anyway, do not.

    Raises:
        DataError: not one can be decoded, or the disk has no room for them.
    """
    values = preprocessing.values
    memory = memory or Memory(default_limit())
    if isinstance(values, WindowValues):
        windows = _load_windows(source, indices, values)
        return Loaded(windows, indices, (), _beyond(windows, memory, "the series"))
    prepared, kept, unreadable, notes = _decode(source, indices, preprocessing, memory)
    if not len(kept):
        raise DataError(
            f"{source.spec.path}: none of {len(indices)} samples could be decoded: {unreadable[0]}"
        )
    ids = tuple(source.ids[i] for i in kept.tolist())
    prepared = replace(prepared, ids=ids, targets=_targets(source, kept, preprocessing))
    return Loaded(prepared, kept, unreadable, notes)


def _fit_values(
    source: Source, split: Split, train: NDArray[np.int64], task: Task, axes: set[str],
    target: str | None, horizon: int | None, period: int | None, max_side: int,
) -> Values:  # fmt: skip
    if task is Task.FORECASTING:
        if axes - {"time", "channel"}:
            raise UntrainableTaskError(
                f"`search` cannot train forecasting of fields over time (axes {', '.join(sorted(axes))}) "
                "yet: it forecasts one long series"
            )
        return series.fit_windows(source, split, horizon=horizon, target=target, period=period)
    if {"time", "height"} <= axes:
        return pictures.fit_clips(source, train, max_side)
    if "height" in axes:
        return pictures.fit_images(source, train, max_side)
    if "time" in axes:
        return series.fit_series(source, train)
    if "token" in axes:
        return texts.fit_texts([str(source.read(i)) for i in train.tolist()])
    rows = [np.asarray(source.read(i)) for i in train.tolist()]
    return tables.fit_table(rows, source.spec.input.columns)


def _with_labels(preprocessing: Preprocessing, source: Source, train: NDArray[np.int64]) -> Preprocessing:
    name = source.spec.target.name if source.spec.target else "label"
    if source.labels is None or preprocessing.task is Task.FORECASTING:
        return preprocessing.model_copy(update={"target_name": name})
    labels = source.labels[train]
    if preprocessing.task is Task.CLASSIFICATION:
        return preprocessing.model_copy(
            update={"target_name": name, "class_names": tuple(sorted(set(labels.astype(str).tolist())))}
        )
    numbers = labels.astype(np.float64)
    scale = {"target_mean": float(numbers.mean()), "target_std": float(numbers.std()) or 1.0}
    return preprocessing.model_copy(update={"target_name": name, **scale})


def _targets(source: Source, indices: NDArray[np.int64], preprocessing: Preprocessing) -> torch.Tensor | None:
    if source.labels is None:
        return None
    labels = source.labels[indices]
    if preprocessing.task is Task.REGRESSION:
        numbers = (labels.astype(np.float64) - preprocessing.target_mean) / preprocessing.target_std
        return torch.from_numpy(numbers.astype(np.float32))[:, None]
    codes = {name: code for code, name in enumerate(preprocessing.class_names)}
    unknown = sorted(set(labels.astype(str).tolist()) - set(codes))
    if unknown:
        raise DataError(
            f"{source.spec.path}: the label {unknown[0]!r} is none of the {len(codes)} classes of training "
            f"({', '.join(preprocessing.class_names[:5])}…): check the labels"
        )
    return torch.tensor([codes[str(label)] for label in labels], dtype=torch.int64)


def _load_windows(source: Source, rows: NDArray[np.int64], values: WindowValues) -> Prepared:
    scaled = series.fill_and_standardise(np.asarray(source.read(0)), values.mean, values.std)
    starts = series.window_starts(rows, values)
    return Prepared(
        ids=(),
        values=torch.from_numpy(scaled),
        starts=torch.from_numpy(starts),
        window=(values.lookback, values.horizon, values.target_channels),
    )


def _decode(
    source: Source, indices: NDArray[np.int64], preprocessing: Preprocessing, memory: Memory
) -> tuple[Prepared, NDArray[np.int64], tuple[str, ...], tuple[str, ...]]:
    values = preprocessing.values
    match values:
        case ImageValues():
            shape = (values.height, values.width, values.channels)
            form = Form(shape, np.dtype(np.uint8), lambda i: _picture(source, i, values))
        case ClipValues():
            clip_shape = (values.frames, values.height, values.width, values.channels)
            form = Form(clip_shape, np.dtype(np.uint8), lambda i: _clip(source, i, values))
        case SeriesValues():
            series_shape = (values.length, values.channels)
            form = Form(series_shape, np.dtype(np.float32), lambda i: _series(source, i, values))
        case TextValues():
            tokens, lengths = texts.encode([str(source.read(i)) for i in indices.tolist()], values)
            prepared = Prepared(ids=(), values=torch.from_numpy(tokens), lengths=torch.from_numpy(lengths))
            return prepared, indices, (), _beyond(prepared, memory, "texts as numbers")
        case TableValues():
            features = tables.encode_table([np.asarray(source.read(i)) for i in indices.tolist()], values)
            prepared = Prepared(ids=(), values=torch.from_numpy(features))
            return prepared, indices, (), _beyond(prepared, memory, "rows as numbers")
        case WindowValues():
            raise AssertionError("windows are loaded by _load_windows")
    placed = place(form, indices, memory, key=(preprocessing.to_json(), source.spec.to_json(), indices))
    if isinstance(values, SeriesValues):
        prepared = _padded(placed, values)
    else:
        mean, std = (torch.tensor(numbers).view(-1, 1, 1) for numbers in (values.mean, values.std))
        pixels = placed.values
        if isinstance(pixels, torch.Tensor):
            pixels = pixels.movedim(-1, -3)  # channel before height, no copy
        prepared = Prepared(ids=(), values=pixels, mean=mean, std=std)
    return prepared, placed.kept, placed.unreadable, placed.notes


def _beyond(prepared: Prepared, memory: Memory, what: str) -> tuple[str, ...]:
    """A note where what cannot go to a file is more than the limit lets stay in memory."""
    taken = prepared.values.shape.numel() * prepared.values.dtype.itemsize
    if taken <= memory.resident:
        return ()
    return (
        f"{what} take {human(taken)}, more than a memory limit of {human(memory.limit)} lets stay in memory; "
        "they stay there all the same: only pictures, clips and series go to a file",
    )


def _padded(placed: Placed, values: SeriesValues) -> Prepared:
    lengths = torch.from_numpy(placed.lengths)
    if not values.variable_length:
        return Prepared(ids=(), values=placed.values)
    longest = int(lengths.max()) if len(lengths) else 1
    padded = placed.values
    if isinstance(padded, torch.Tensor):
        padded = padded[:, : max(1, longest)]
    return Prepared(ids=(), values=padded, lengths=lengths.clamp(min=1))


def _series(source: Source, index: int, values: SeriesValues) -> NDArray[np.float32]:
    one = series.read_series(source, index, values.rate)[: values.length]
    return series.standardise(one, values.mean, values.std)


def _picture(source: Source, index: int, values: ImageValues) -> NDArray[np.uint8]:
    return _channels(
        pictures.resize(pictures.as_uint8(np.asarray(source.read(index))), values.height, values.width),
        values.channels,
    )


def _clip(source: Source, index: int, values: ClipValues) -> NDArray[np.uint8]:
    clip = pictures.as_uint8(pictures.frames_of(source, index, values.frames))
    return _channels(pictures.resize_clip(clip, values.frames, values.height, values.width), values.channels)


def _channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Grey made colour or colour made grey, where one file differs from the rest."""
    if pixels.shape[-1] == channels:
        return pixels
    grey = pixels[..., :3].mean(axis=-1, keepdims=True).astype(np.uint8)
    return np.repeat(grey, channels, axis=-1)
