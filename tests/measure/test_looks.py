"""How long samples are looked at."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from advisor.measure.looks import look
from advisor.readers.source import Source
from advisor.records import Axis, DatasetSpec, InputSpec, SplitCounts

AXES = tuple(Axis(name=name, size=4) for name in ("depth", "height", "width", "channel"))  # type: ignore[arg-type]


def slow(seconds: float) -> Source:
    def read(index: int) -> NDArray[np.float32]:
        time.sleep(seconds)
        return np.zeros((4, 4, 4, 4), dtype=np.float32)

    inputs = (InputSpec(name="volume", dtype="float32", axes=AXES),)
    spec = DatasetSpec(
        path="x", format="volume-folder", samples=20, inputs=inputs, target=None, splits=SplitCounts()
    )
    return Source(spec=spec, ids=[str(i) for i in range(20)], read=read)


def test_slow_samples_are_not_waited_for_for_ever() -> None:
    assert len(look(slow(0.5), range(20), 0.1)) == 1


def test_eight_samples_may_take_longer_than_the_time_given() -> None:
    assert len(look(slow(0.02), range(20), 0.15)) >= 8
