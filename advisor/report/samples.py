"""A few samples of the data as pictures, curves, texts or rows, ready to be laid into a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.measure.looks import choose, numbers
from advisor.readers.source import Sample, Source

SHOWN = 8  # samples; of different classes as far as there are so many
TRIED = 400  # samples whose labels are looked at to find different classes
SIDE = 160  # pixels of the longer side of a picture
FRAMES = 4  # frames of a clip or slices of a volume that are shown side by side
CURVES, POINTS = 6, 400  # channels and steps of a series that are drawn
LETTERS = 400  # of a text
COLUMNS = 12  # of a row of a table
AUDIBLE = 1 / 1_000  # seconds between steps below which a series is sound, and drawn as a spectrogram
WINDOW, HOP = 256, 128  # steps of a spectrogram's window, and between two of them

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Shown:
    """One sample. `pictures`: data URLs; `curves`: "x,y x,y" within 100 x 40; `cells`: name and value."""

    kind: Literal["picture", "curves", "text", "row"]
    name: str
    label: str
    shape: str
    pictures: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    text: str = ""
    cells: tuple[tuple[str, str], ...] = ()


def shown_samples(source: Source, seed: int) -> tuple[Shown, ...]:
    """Up to SHOWN samples, none of the test part; those that cannot be decoded are left out."""
    found = []
    for index in _of_many_classes(source, choose(source, seed)[:TRIED]):
        try:
            sample = source.read_frames(index, FRAMES) if source.read_frames else source.read(index)
        except UnreadableSampleError:
            continue
        found.append(_shown(source, index, sample))
        if len(found) == SHOWN:
            break
    return tuple(found)


def _of_many_classes(source: Source, order: NDArray[np.int64]) -> list[int]:
    """The order with one sample of every class first."""
    if source.labels is None or source.labels.dtype.kind == "f":
        return [int(index) for index in order]
    seen: set[str] = set()
    first, later = list[int](), list[int]()
    for index in order:
        label = str(source.labels[index])
        (later if label in seen else first).append(int(index))
        seen.add(label)
    labels = source.labels
    return [*sorted(first, key=lambda index: str(labels[index])), *later]


def _shown(source: Source, index: int, sample: Sample) -> Shown:
    name = str(source.ids[index])
    label = "" if source.labels is None else str(source.labels[index])
    if isinstance(sample, str):
        text = sample[:LETTERS] + ("…" if len(sample) > LETTERS else "")
        return Shown("text", name, label, f"{len(sample):,} letters", text=text)
    axes = [axis.name for axis in source.spec.input.axes]
    shape = " x ".join(f"{size:,}" for size in sample.shape)
    if axes == ["feature"]:
        return Shown("row", name, label, shape, cells=_cells(source, sample))
    values = numbers(sample)
    if axes == ["time", "channel"]:
        spacing = source.spec.input.axes[0].spacing
        if spacing is not None and spacing < AUDIBLE and source.spec.input.axes[0].unit == "s":
            return Shown("picture", name, label, shape, pictures=(_spectrogram(values),))
        return Shown("curves", name, label, shape, curves=_curves(values))
    if "node" in axes:
        return Shown("picture", name, label, shape, pictures=(_heat(values.reshape(len(values), -1).T),))
    if axes[-1] != "channel" or values.ndim not in (3, 4):
        return Shown("row", name, label, shape, cells=_cells(source, sample.ravel()))
    frames = [values] if values.ndim == 3 else list(values[_spread(len(values), FRAMES)])
    low, high = _range(values)
    return Shown("picture", name, label, shape, pictures=tuple(_picture(one, low, high) for one in frames))


def _cells(source: Source, sample: NDArray[np.generic]) -> tuple[tuple[str, str], ...]:
    names = [column.name for column in source.spec.input.columns] or [str(i) for i in range(len(sample))]
    cells = list(zip(names, (_cell(value) for value in sample.ravel()), strict=False))
    more = [("…", f"{len(cells) - COLUMNS} more")] if len(cells) > COLUMNS else []
    return (*cells[:COLUMNS], *more)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


def _spread(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _range(values: Array) -> tuple[float, float]:
    """The values that are drawn black and white: all of 8 bits, else the first and last hundredth."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    if known.min() >= 0 and 1 < known.max() <= 255 and bool((known == np.round(known)).all()):
        return 0.0, 255.0
    low, high = np.quantile(known[:: max(1, known.size // 100_000)], [0.01, 0.99])
    return float(low), float(max(high, low + 1e-9))


def _picture(values: Array, low: float, high: float) -> str:
    """[height, width, channel] as PNG; grey but for three or four channels."""
    from PIL import Image

    stride = max(1, max(values.shape[:2]) // SIDE)
    small = np.nan_to_num(values[::stride, ::stride])
    channels = small[..., :3] if small.shape[2] in (3, 4) else small.mean(axis=2, keepdims=True)
    bytes_ = (np.clip((channels - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)
    picture = Image.fromarray(bytes_[..., 0] if bytes_.shape[2] == 1 else bytes_)
    scale = SIDE / max(picture.size)
    if scale > 1:  # small pictures are shown with visible pixels
        picture = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.NEAREST
        )
    return _data_url(picture)


def _data_url(picture: object) -> str:
    from PIL import Image

    assert isinstance(picture, Image.Image)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _heat(values: Array) -> str:
    """[row, column] as a map of greys, wide enough to be seen."""
    step = max(1, values.shape[1] // (3 * SIDE))
    part = values[: 3 * SIDE, ::step]
    low, high = _range(part)
    return _picture(part[..., None], low, high)


def _spectrogram(values: Array) -> str:
    """[time, channel] of sound: decibels by time and frequency, low ones below."""
    from scipy.signal import stft

    wave = np.nan_to_num(values.mean(axis=1))
    window = min(WINDOW, len(wave))
    _, _, spectrum = stft(wave, nperseg=window, noverlap=window - max(1, window // 2))
    decibels = 20 * np.log10(np.abs(spectrum) + 1e-6)
    decibels = np.maximum(decibels, decibels.max() - 80)
    return _heat(decibels[::-1].astype(np.float32))


def _curves(values: Array) -> tuple[str, ...]:
    """[time, channel] as points within 100 x 40, each channel on a scale of its own."""
    places = _spread(len(values), POINTS)
    shown = values[places, :CURVES]
    across = np.linspace(0, 100, len(places))
    return tuple(_points(across, column) for column in shown.T)


def _points(across: NDArray[np.float64], column: Sequence[float] | Array) -> str:
    heights = np.asarray(column, dtype=np.float64)
    known = np.isfinite(heights)
    if not known.any():
        return ""
    low, high = heights[known].min(), heights[known].max()
    scaled = 38 - 36 * (heights - low) / (high - low) if high > low else np.full(len(heights), 20.0)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across[known], scaled[known], strict=True))
