from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from advisor.readers.source import Source
from advisor.records import Axis, DatasetSpec, InputSpec, SplitCounts, TargetSpec


def make_source(
    samples: Sequence[Any],
    names: Sequence[str] | None = None,
    labels: Sequence[Any] | None = None,
    kind: str = "category",
    parts: Sequence[str] | None = None,
) -> Source:
    """A source of samples in memory; axes are `unknown` where no names are given."""
    if isinstance(samples[0], str):
        axes = (Axis(name="token"),)
    else:
        shapes = [{sample.shape[place] for sample in samples} for place in range(samples[0].ndim)]
        given = names or ["unknown"] * samples[0].ndim
        axes = tuple(
            Axis(name=name, size=min(sizes) if len(sizes) == 1 else None)
            for name, sizes in zip(given, shapes, strict=True)
        )
    target = TargetSpec(name="label", kind=kind) if labels is not None or kind == "future" else None
    spec = DatasetSpec(
        path="memory",
        format="memory",
        samples=len(samples),
        inputs=(InputSpec(name="value", dtype="float32", axes=axes),),
        target=target,
        splits=SplitCounts(),
    )
    return Source(
        spec=spec,
        ids=[str(place) for place in range(len(samples))],
        read=lambda place: samples[place],
        labels=None if labels is None else np.array(labels, dtype=float if kind == "number" else object),
        parts=None if parts is None else np.array(parts),
    )


@pytest.fixture
def source() -> Callable[..., Source]:
    return make_source


def smooth(shape: tuple[int, ...], axes: Sequence[int], seed: int = 0) -> np.ndarray:
    """Noise, smoothed along the axes."""
    values = np.random.default_rng(seed).normal(size=shape)
    for axis in axes:
        values = values + np.roll(values, 1, axis) + np.roll(values, 2, axis) + np.roll(values, 3, axis)
    return values.astype(np.float32)


@pytest.fixture
def pictures() -> np.ndarray:
    """[sample, height, width] smooth along both axes."""
    return smooth((120, 14, 12), (1, 2))


@pytest.fixture
def series() -> np.ndarray:
    """[sample, time, channel] smooth in time, channels independent."""
    return smooth((120, 30, 7), (1,))


@pytest.fixture
def clips() -> np.ndarray:
    """[sample, time, height, width]: a blob of random place that moves by one column per frame."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:16, 0:16]
    tops, lefts, ways = rng.integers(3, 12, 80), rng.integers(5, 10, 80), rng.choice([-1, 1], 80)
    frames = [
        [np.exp(-((rows - top) ** 2 + (columns - left - way * step) ** 2) / 4) for step in range(6)]
        for top, left, way in zip(tops, lefts, ways, strict=True)
    ]
    return np.array(frames, dtype=np.float32)
