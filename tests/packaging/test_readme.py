"""The commands that the README shows are run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent.parent / "README.md"
QUICK = {"inspect", "flowchart", "spaces", "doctor", "--help", "--version"}


def commands() -> list[str]:
    """The lines of the README's shell blocks that call `advisor`, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("advisor ")]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs one command line in a folder that has the bundled samples, as in a checkout."""
    if not (folder / "datasets").exists():
        (folder / "datasets").symlink_to(README.parent / "datasets")
    arguments = [sys.executable, "-m", "advisor", *shlex.split(command)[1:]]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, env=os.environ, check=False)


def test_readme_shows_every_step_from_data_to_prediction() -> None:
    shown = {shlex.split(command)[1] for command in commands()}
    assert {"inspect", "search", "export", "predict"} <= shown


@pytest.mark.parametrize("command", [line for line in commands() if shlex.split(line)[1] in QUICK])
def test_quick_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_all_commands_of_the_readme_run_in_order(tmp_path: Path) -> None:
    for command in commands():
        done = run(command, tmp_path)
        assert done.returncode in (0, 3), f"{command}: {done.returncode}\n{done.stderr}"
    assert len((tmp_path / "runs" / "predictions.csv").read_text(encoding="utf-8").splitlines()) == 401
