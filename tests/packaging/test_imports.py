"""The command line starts fast: what is heavy is imported by the command that needs it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "optuna", "pandas", "sklearn", "av")


def test_building_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys, typer.main\n"
        "from advisor.cli.app import app\n"
        "typer.main.get_command(app)\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "advisor", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "0.1" in done.stdout
