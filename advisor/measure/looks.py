"""Which samples are measured, and what is kept of each: never more than a small part of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.measure import sound
from advisor.readers.source import Sample, Source
from advisor.readers.text.letters import is_by_letter

LONGEST_SIDE = {1: 512, 2: 128, 3: 64, 4: 64}
"""Longest side of the central piece that is kept, by number of axes: 64 places show all there is to
see of neighbours."""

MOST_VALUES = 16_384
"""And most values of a piece: 256 of them are then 17 MB, standardised in half a second."""

FRAMES = 16
"""Frames looked at in each clip, evenly spaced where the reader can do that."""

SIDE = 16
"""Side of the small picture that the probes read; enough to tell most classes apart."""

PATIENCE = 3
"""How many times the given time the first eight samples may take: whole-body scans take a second each."""

GIVE_UP = 10.0
"""Seconds after which no more are tried where none was readable: a damaged one may take a second as well."""

STEPS = 512
"""Longest series the order probe reads; longer ones are averaged over blocks of steps."""


@dataclass(frozen=True)
class Look:
    """What is kept of sample `index`.

    Attributes:
        shape: the whole sample's shape; (tokens,) for a text.
        piece: its central part at full resolution, as float32 with the axes of the spec; None for text.
        small: what the probes read, by the axes: picture [16, 16, channel], clip [time, 16, 16],
            series [time, channel], sound [frame, band], else None.
        missing: share of missing values.
        content: per axis how much the means of its slices differ (see `content_variation`).
        text: the text itself.
    """

    index: int
    shape: tuple[int, ...]
    piece: NDArray[np.float32] | None
    small: NDArray[np.float32] | None
    missing: float
    content: tuple[float, ...] = ()
    text: str | None = None


def choose(source: Source, seed: int) -> NDArray[np.int64]:
    """Indices of the samples that may be measured, in random order: never those of the test part."""
    allowed = np.arange(len(source))
    if source.parts is not None and np.any(source.parts != "test"):
        allowed = allowed[source.parts != "test"]
    return np.random.default_rng(seed).permutation(allowed)


def look(source: Source, indices: Sequence[int] | NDArray[np.int64], seconds: float) -> list[Look]:
    """Decode those samples until the time is spent; unreadable ones are left out.

    At least eight are read where these take no more than PATIENCE times that long; of readable ones one,
    unless none is found within GIVE_UP seconds.
    """
    start = time.monotonic()
    end, last = start + seconds, start + PATIENCE * seconds
    names = tuple(axis.name for axis in source.spec.input.axes)
    letters = is_by_letter(source.spec.input.axis("token"))
    rate = sound.sampling_rate(source.spec.input)
    found: list[Look] = []
    for index in indices:
        if time.monotonic() > (end if len(found) >= 8 else last if found else start + GIVE_UP):
            break
        try:
            sample = read_sample(source, int(index))
        except UnreadableSampleError:
            continue
        found.append(_keep(int(index), sample, names, letters=letters, rate=rate))
    return found


def read_sample(source: Source, index: int) -> Sample:
    """Sample `index`, of a clip a few frames; raises UnreadableSampleError."""
    if source.read_frames is None:
        return source.read(index)
    return source.read_frames(index, FRAMES)


def _keep(index: int, sample: Sample, names: tuple[str, ...], *, letters: bool, rate: float | None) -> Look:
    if isinstance(sample, str):
        tokens = sample if letters else sample.split()
        return Look(index, (len(tokens),), None, None, float(not tokens), text=sample)
    part = central(sample)
    content = content_variation(sample) if sample.ndim >= 3 else ()
    return Look(index, sample.shape, numbers(part), _small(sample, names, rate), _missing(part), content)


def content_variation(sample: NDArray[np.generic]) -> tuple[float, ...]:
    """Per axis the deviation of the means of its slices, in deviations of all values of the sample.

    In a clip the same things stay in view, so that the means of its frames barely differ; slices
    along space cut through different things.
    """
    strides = tuple(slice(None, None, max(1, size // 64)) for size in sample.shape)
    values = np.nan_to_num(numbers(sample[strides]))
    whole = max(float(values.std()), 1e-12)
    axes = range(values.ndim)
    means = (values.mean(axis=tuple(other for other in axes if other != axis)) for axis in axes)
    return tuple(float(mean.std()) / whole for mean in means)


def central(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """The central part, within `LONGEST_SIDE` and `MOST_VALUES`."""
    longest = LONGEST_SIDE.get(values.ndim, 32)
    while longest > 8 and np.prod(np.minimum(values.shape, longest)) > MOST_VALUES:
        longest -= 4
    starts = [max(0, (size - longest) // 2) for size in values.shape]
    return values[tuple(slice(start, start + longest) for start in starts)]


def numbers(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """As float32; what is no number, or infinite, becomes NaN."""
    if values.dtype.kind in "biuf":
        found = values.astype(np.float32)
    else:
        found = np.array([_number(value) for value in values.ravel()], dtype=np.float32).reshape(values.shape)
    found[~np.isfinite(found)] = np.nan
    return found


def _missing(values: NDArray[np.generic]) -> float:
    """Share of values that are NaN, None or empty."""
    if values.dtype.kind in "biu" or not values.size:
        return 0.0
    if values.dtype.kind == "f":
        return float(np.isnan(values).mean())
    absent = [value is None or str(value).strip().lower() in ("", "nan") for value in values.ravel()]
    return float(np.mean(absent))


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _small(
    sample: NDArray[np.generic], names: tuple[str, ...], rate: float | None
) -> NDArray[np.float32] | None:
    if rate is not None:
        bands = sound.band_energies(numbers(sample), rate)
        return bands if len(bands) <= sound.FRAMES else block_means(bands, sound.FRAMES)
    if names == ("time", "channel"):
        series = numbers(sample)
        return series if len(series) <= STEPS else block_means(series, STEPS)
    if names == ("height", "width", "channel"):
        return shrink(sample)
    if names == ("time", "height", "width", "channel"):
        steps = np.linspace(0, len(sample) - 1, min(len(sample), 2 * FRAMES)).round().astype(int)
        return np.stack([shrink(sample[step]).mean(axis=-1) for step in steps])
    return None


def shrink(picture: NDArray[np.generic]) -> NDArray[np.float32]:
    """Block means of a picture [height, width, channel] on a 16 x 16 grid (nearest where smaller)."""
    stride = max(1, min(picture.shape[:2]) // (4 * SIDE))
    rows = block_means(numbers(picture[::stride, ::stride]), SIDE)
    return block_means(rows.swapaxes(0, 1), SIDE).swapaxes(0, 1)


def block_means(values: NDArray[np.float32], blocks: int) -> NDArray[np.float32]:
    """Means of so many blocks along the first axis; repeats the nearest where there are fewer places."""
    size = len(values)
    if size < blocks:
        return values[(np.arange(blocks) * size) // blocks]
    edges = np.linspace(0, size, blocks + 1).astype(int)
    sums = np.add.reduceat(values, edges[:-1], axis=0)
    counts = np.diff(edges).reshape(-1, *[1] * (values.ndim - 1))
    return (sums / counts).astype(np.float32)
