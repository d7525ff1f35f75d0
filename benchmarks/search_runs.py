"""Two things about the search itself, on bundled samples; writes `benchmarks/results/search_runs.md`.

    python benchmarks/search_runs.py

1. A run of up to 30 trials on the digits, cut by its time: how many the pruner ended early, and what they
   took beside the others.
2. The moving digits read without their order, by the two architectures that are blind to it: what one frame,
   and what the bag of all frames, can tell. The label needs both the digit and its way of moving.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "search_runs.md"
TRIALS = 30
BLIND = ("single_frame", "frames")


def search(out: Path, name: str, *options: str) -> dict[str, Any]:
    """The result of one search on a bundled sample."""
    command = [sys.executable, "-m", "advisor", "search", str(CHECKOUT / "datasets" / name), *options]
    done = subprocess.run(
        [*command, "--json", "--out", str(out)], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def pruning(folder: Path) -> list[str]:
    """Lines about the run of 30 trials."""
    options = ("--trials", str(TRIALS), "--timeout", "5m", "--family", "cnn", "--seed", "0")
    search(folder / "digits", "digits", *options)
    rows = json.loads((folder / "digits" / "result.json").read_text())["trial_rows"]
    lines = [f"`advisor search datasets/digits {' '.join(options)}`", ""]
    lines += ["| state | trials | median seconds | median validation accuracy |", "|---|---|---|---|"]
    for state in ("complete", "pruned", "failed"):
        among = [row for row in rows if row["state"] == state]
        if among:
            seconds = statistics.median(row["seconds"] for row in among)
            values = [row["value"] for row in among if row["value"] is not None]
            accuracy = f"{statistics.median(values):.3f}" if values else "-"
            lines.append(f"| {state} | {len(among)} | {seconds:.1f} | {accuracy} |")
    return lines


def blindness(folder: Path) -> list[str]:
    """Lines about the networks that do not see the order of frames."""
    lines = ["| architecture | test accuracy | 95 % interval |", "|---|---|---|"]
    for name in BLIND:
        space = CHECKOUT / "search_spaces" / "cnn" / f"{name}.toml"
        options = ("--family", "cnn", "--space", str(space), "--timeout", "60", "--seed", "0")
        test = search(folder / name, "moving_digits", *options)["best"]["test"]
        low, high = test["ci95"]
        lines.append(f"| {name} | {test['value']:.3f} | {low:.3f} to {high:.3f} |")
    command = "advisor search datasets/moving_digits --family cnn --space search_spaces/cnn/NAME.toml"
    return [f"`{command} --timeout 60 --seed 0`", "", *lines]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        versions = ", ".join(f"{package} {version(package)}" for package in ("torch", "optuna"))
        lines = [
            "# Pruning, and what order-blind networks can tell",
            "",
            f"Written by `benchmarks/search_runs.py`. {os.cpu_count()} cores, {versions}.",
            "",
            *(
                "## Up to 30 trials on the bundled digits, as far as five minutes reach",
                "",
                *pruning(folder),
                "",
            ),
            *("## Moving digits without their order", "", *blindness(folder), ""),
        ]
        RESULTS.write_text("\n".join(lines))
        print("\n".join(lines))


if __name__ == "__main__":
    main()
