"""The program in a process of its own, and the makers of small valid data sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
sys.path.insert(0, str(HERE))  # the scripts here import one another

from nursery import Outcome, Run  # noqa: E402


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    home = tmp_path_factory.mktemp("home")
    quiet = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(CHECKOUT),
        "HOME": str(home),
    }
    command = [sys.executable, str(HERE / "nursery.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **quiet}
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def run(nursery: subprocess.Popen[str]) -> Run:
    """Runs a command of the program; its Outcome."""

    def run_one(*arguments: str | Path) -> Outcome:
        assert nursery.stdin
        assert nursery.stdout
        nursery.stdin.write(json.dumps([os.fspath(one) for one in arguments]) + "\n")
        nursery.stdin.flush()
        found: dict[str, Any] = json.loads(nursery.stdout.readline())
        return Outcome(**found)

    return run_one


@pytest.fixture
def inspect(run: Run) -> Run:
    """Inspects a path; the Outcome, checked."""
    return lambda path, *options: run("inspect", path, "--json", "--no-probe", *options).check()
