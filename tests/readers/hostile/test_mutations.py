"""Ten thousand mutated files, of every form, end in an answer or in a refusal that names the data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from seeds import SEEDS

HERE = Path(__file__).parent
EACH = -(-10_000 // len(SEEDS))
BATCH_SECONDS = 600  # a process that takes longer stands still
MOST_FAULTS = 5  # of one form, after which it is given up
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parents[2])}


def faults_of(form: str, count: int) -> list[str]:
    """What went wrong, each with the command that does it again; a crash of the process is one fault."""
    found: list[str] = []
    first = 0
    while first < count and len(found) < MOST_FAULTS:
        command = [sys.executable, str(HERE / "mutate.py"), form, str(first), str(count - first)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **ENVIRONMENT}
        )
        try:
            out, _ = process.communicate(timeout=BATCH_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
        told = [json.loads(line) for line in out.splitlines() if line.endswith("}")]
        again = f"{sys.executable} {HERE / 'mutate.py'} {form}"
        found += [f"{again} {one['at']} 1: {one['fault']}" for one in told if "fault" in one]
        last = told[-1] if told else {"at": first}
        if "done" in last:
            return found
        found.append(f"{again} {last['at']} 1: ended with {process.returncode}")
        first = int(last["at"]) + 1
    return found


@pytest.mark.slow
@pytest.mark.timeout(2 * BATCH_SECONDS)
@pytest.mark.parametrize("form", SEEDS)
def test_mutated_files(form: str) -> None:
    faults = faults_of(form, EACH)
    assert not faults, "\n".join(faults)


def test_a_fault_is_told_with_its_number(tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import advisor.workflow as w\ndef inspect(path, probe): raise KeyError\nw.inspect = inspect\n"
    )
    done = subprocess.run(
        [sys.executable, str(HERE / "mutate.py"), "csv", "3", "1"], capture_output=True, text=True,
         check=True,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ENVIRONMENT['PYTHONPATH']}"},
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["at"] for one in told if "KeyError" in one.get("fault", "")] == [3]
