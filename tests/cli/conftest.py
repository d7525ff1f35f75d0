"""A small real data set of series, and one real search on it, shared by the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from advisor.cli.app import run

STEPS = 40


def write_ts(path: Path, count: int, seed: int) -> None:
    """Series of one channel: `up` ramps and `wave` sines, with noise."""
    generator = np.random.default_rng(seed)
    lines = [
        "@problemName tiny",
        "@univariate true",
        "@equalLength true",
        "@classLabel true up wave",
        "@data",
    ]
    for i in range(count):
        time = np.linspace(0, 1, STEPS)
        series = (time if i % 2 else np.sin(12 * time)) + generator.normal(0, 0.1, STEPS)
        lines.append(",".join(f"{value:.4f}" for value in series) + (":up" if i % 2 else ":wave"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "tiny"
    write_ts(folder / "tiny_TRAIN.ts", 40, seed=0)
    write_ts(folder / "tiny_TEST.ts", 20, seed=1)
    return folder


@pytest.fixture(scope="session")
def searched(series: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of `advisor search` with one trial."""
    place = tmp_path_factory.mktemp("search") / "runs" / "tiny"
    code = run(["search", str(series), "--family", "cnn", "--trials", "1", "--out", str(place)])
    assert code in (0, 3)
    return place


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A working folder of its own."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
