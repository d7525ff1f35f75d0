"""Few samples: the mean of the best network with several seeds is handed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from advisor.models import Ensemble
from advisor.readers.source import Source
from advisor.records import Inspection, SearchOptions
from advisor.search import events
from advisor.search.ending.outcome import Finished
from advisor.search.run import run

FEW = 120

Searching = Callable[..., Finished]


@pytest.fixture
def few(table: Source, table_inspection: Inspection, space_file: Path, tmp_path: Path) -> Searching:
    """Searches the first rows of the table, so few that candidates are judged over repeated folds."""
    spec = table.spec.model_copy(update={"samples": FEW})
    assert table.labels is not None
    source = Source(spec=spec, ids=table.ids[:FEW], read=table.read, labels=table.labels[:FEW])

    def go(name: str = "run", **options: object) -> Finished:
        chosen = {
            "trials": 2, "seed": 1, "space": str(space_file),
            "device": "cpu", "threads": 1, "precision": "float32", "gflops": 20.0, **options,
        }  # fmt: skip
        return run(
            source, table_inspection, SearchOptions.model_validate(chosen), tmp_path / name, events.ignore
        )

    return go


def test_the_best_network_is_handed_over_as_the_mean_of_several_seeds(few: Searching) -> None:
    finished = few()
    found = finished.result.ensemble
    assert found is not None
    assert found.taken, found.why
    assert len({one.trial for one in found.members}) == 1
    assert len({one.seed for one in found.members}) == len(found.members) > 2
    assert isinstance(finished.network, Ensemble)
    first, second = (next(iter(one.parameters())) for one in finished.network.members[:2])
    assert not torch.equal(first, second)
    assert finished.result.single is not None
    assert finished.result.best is not None
    assert finished.result.best.parameters == len(found.members) * finished.result.single.parameters


def test_the_same_seed_gives_the_same_members(few: Searching) -> None:
    first, second = few("first"), few("second")
    assert first.network is not None
    assert second.network is not None
    for name, weights in first.network.state_dict().items():
        np.testing.assert_array_equal(weights.numpy(), second.network.state_dict()[name].numpy())


def test_as_many_as_the_limit_of_parameters_allows(few: Searching) -> None:
    limit = 2.5 * few("free", trials=1).result.single.parameters  # type: ignore[union-attr]
    found = few("limited", trials=1, max_parameters=int(limit)).result
    assert found.ensemble is not None
    assert found.ensemble.taken, found.ensemble.why
    assert len(found.ensemble.members) == 2
    assert found.best is not None
    assert found.best.parameters <= limit


def test_none_where_one_alone_fills_the_limit(few: Searching) -> None:
    alone = few("free", trials=1).result.single
    assert alone is not None
    found = few("limited", trials=1, max_parameters=alone.parameters).result
    assert found.ensemble is not None
    assert not found.ensemble.taken
    assert "neither limits nor time allow" in found.ensemble.why
