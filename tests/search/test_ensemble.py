from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from advisor import workflow
from advisor.bundle import load, use
from advisor.readers.source import Source
from advisor.records import Inspection, SearchOptions, Task
from advisor.search import events
from advisor.workflow import searching

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROWS = 4_000
RANGES = (
    ("hidden", "int", 96, 128),
    ("layers", "int", 2, 3),
    ("learning_rate", "float", 0.003, 0.02),
    ("dropout", "float", 0.0, 0.02),
    ("weight_decay", "float", 0.0, 0.0001),
    ("max_epochs", "int", 20, 30),
)
SPACE = (
    'family = "mlp"\narchitecture = "mlp"\nabout = "Overfits."\nlayouts = ["table"]\ntasks = ["regression"]\n'
)
PARAMETER = '[parameters.{}]\ntype = "{}"\nlow = {}\nhigh = {}\nreason = "large"\nsource = "test"\n'


@pytest.fixture(scope="module")
def noisy(table: Source) -> Source:
    """Numbers under noise, few to train on: what networks say of them scatters, and their mean less."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(ROWS, 6))
    labels = np.sin(2 * rows[:, 0]) + rows[:, 1] * rows[:, 2] + 0.5 * generator.normal(size=ROWS)
    spec = table.spec.model_copy(update={"samples": ROWS})
    return Source(spec=spec, ids=tuple(map(str, range(ROWS))), read=lambda i: rows[i], labels=labels)


@pytest.fixture(scope="module")
def run_dir(noisy: Source, table_inspection: Inspection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ensemble")
    (place / "mlp.toml").write_text(SPACE + "".join(PARAMETER.format(*one) for one in RANGES))
    options = SearchOptions(
        trials=3, seed=1, split="0.05,0.85,0.1", space=str(place / "mlp.toml"),
        device="cpu", threads=1, precision="float32", gflops=20.0,
    )  # fmt: skip
    inspection = table_inspection.model_copy(update={"task": Task.REGRESSION})
    run_dir = place / "run"
    searching._run(noisy, inspection, options, run_dir, events.ignore, time.monotonic(), 0.0)
    return run_dir


def test_an_ensemble_that_gains_is_taken_and_tested_once(run_dir: Path) -> None:
    result, _ = workflow.report(run_dir)
    assert result.ensemble is not None
    assert result.ensemble.taken
    assert result.ensemble.ci95 is not None
    assert result.ensemble.ci95[0] > 0
    assert sum(one.share for one in result.ensemble.members) == pytest.approx(1)
    assert result.best is not None
    assert result.best.test is not None
    assert result.best.test.looks == 1


def test_the_single_best_stays_available_and_untested(run_dir: Path, tmp_path: Path) -> None:
    result, _ = workflow.report(run_dir)
    assert result.single is not None
    assert result.single.test is None
    workflow.export(run_dir, "bundle", tmp_path / "alone", single=True)
    workflow.export(run_dir, "bundle", tmp_path / "together")
    alone, together = load(tmp_path / "alone"), load(tmp_path / "together")
    assert alone.card.members == ()
    assert alone.card.candidate.params == result.single.params
    assert len(together.card.members) == len(together.card.shares) > 1
    assert "the mean of" in (tmp_path / "together" / "README.md").read_text()


def test_the_bundle_gives_the_reported_score(run_dir: Path, noisy: Source) -> None:
    result, _ = workflow.report(run_dir)
    assert result.best is not None
    assert result.best.test is not None
    again = use.evaluate(load(run_dir), noisy, split=None, own_split=run_dir / "split.csv")
    assert again.score.value == pytest.approx(result.best.test.value, rel=1e-5)
