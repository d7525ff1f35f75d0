from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from advisor.bundle import load
from advisor.readers.source import Source
from advisor.records import DatasetSpec, InputSpec, Inspection, Result, SearchOptions, SplitCounts, Task
from advisor.search import ensemble, run
from advisor.search.outcome import Finished
from advisor.workflow.searching import _save_bundle
from tests.search.conftest import INPUTS, PICKS

ROWS = 2_000
OPTIONS = {"trials": 6, "seed": 1, **PICKS}


def noisy(inputs: tuple[InputSpec, ...]) -> Source:
    """A number that hangs on products of columns, under so much noise that every network overfits it."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(ROWS, 6))
    labels = np.sin(2 * rows[:, 0]) + rows[:, 1] * rows[:, 2] + generator.normal(size=ROWS)
    spec = DatasetSpec(
        path="table", format="array", samples=ROWS, inputs=inputs, target=None, splits=SplitCounts(train=ROWS)
    )
    return Source(spec=spec, ids=tuple(map(str, range(ROWS))), read=lambda i: rows[i], labels=labels)
