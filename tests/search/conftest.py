"""A small real table and a small space of networks for it, so that a whole search takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from advisor.readers.source import Source
from advisor.records import (
    Axis,
    DatasetSpec,
    Family,
    InputSpec,
    Inspection,
    SearchOptions,
    SplitCounts,
    Structure,
    Task,
)
from advisor.search import events
from advisor.search.ending.outcome import Finished
from advisor.search.run import run

ROWS = 600  # enough for one validation part instead of folds, whose trials report as they learn
INPUTS = (InputSpec(name="x", dtype="float64", axes=(Axis(name="feature", size=6),)),)
SPACE = """
family = "mlp"
architecture = "mlp"
about = "Small and quickly trained."
layouts = ["table"]
tasks = ["classification"]
"""
PARAMETER = """
[parameters.{}]
type = "{}"
low = {}
high = {}
reason = "quick"
source = "test"
"""
RANGES = (
    ("hidden", "int", 8, 64),
    ("layers", "int", 1, 2),
    ("learning_rate", "float", 0.001, 0.02),
    ("dropout", "float", 0.0, 0.5),
    ("max_epochs", "int", 2, 4),
)
PICKS = {"device": "cpu", "threads": 1, "precision": "float32", "gflops": 20.0}

Table = Callable[..., Finished]


@pytest.fixture(scope="session")
def table() -> Source:
    """Rows whose label hangs on two products of columns."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(ROWS, 6))
    labels = np.where(np.sin(2 * rows[:, 0]) + rows[:, 1] * rows[:, 2] > 0, "yes", "no").astype(object)
    spec = DatasetSpec(
        path="table", format="array", samples=ROWS, inputs=INPUTS, target=None, splits=SplitCounts(train=ROWS)
    )
    return Source(spec=spec, ids=tuple(map(str, range(ROWS))), read=lambda i: rows[i], labels=labels)


@pytest.fixture(scope="session")
def table_inspection() -> Inspection:
    return Inspection(
        path="table", format="array", samples=ROWS, splits=SplitCounts(train=ROWS), inputs=INPUTS,
        target=None, task=Task.CLASSIFICATION, structure=Structure.TABLE, family=Family.MLP,
        order_matters=None, variable_length=False, confidence=0.9, flowchart=(), alternatives=(), health=(),
    )  # fmt: skip


@pytest.fixture(scope="session")
def space_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("space") / "mlp.toml"
    place.write_text(SPACE + "".join(PARAMETER.format(*one) for one in RANGES))
    return place


@pytest.fixture
def searched(table: Source, table_inspection: Inspection, space_file: Path, tmp_path: Path) -> Table:
    """Searches the table in the folder of that name."""

    def go(name: str, on_event: events.Observer = events.ignore, **options: object) -> Finished:
        chosen = {"trials": 8, "seed": 1, "space": str(space_file), **PICKS, **options}
        return run(table, table_inspection, SearchOptions.model_validate(chosen), tmp_path / name, on_event)

    return go
