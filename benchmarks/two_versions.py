"""The bare training step of this checkout beside that of another; writes `results/two_versions.md`.

    git worktree add ../before COMMIT
    python benchmarks/two_versions.py ../before [--repeats 5]

Of every first candidate of `floor.py`: forward, backward and optimizer on batches that are ready, in bf16
where the processor has it, on all threads. Each version in a process of its own, in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import torch
from floor import cases, per_second, shown
from targets import CHECKOUT, RESULTS, machine, versions

from advisor.training import Compute
from advisor.training.device import cpu_multiplies_bf16

SECONDS, WARM_UP = 0.7, 0.3


def steps_of_this() -> None:
    """Milliseconds a step of every candidate, a line each."""
    compute = Compute("cpu", "bf16" if cpu_multiplies_bf16() else "float32", 1e11)
    for name, family, case in cases(compute):
        step = case.bare()
        per_second(step, WARM_UP)
        batch = case.settings.batch_size
        print(json.dumps([f"{name}, {family}", 1e3 * batch / per_second(step, SECONDS)]), flush=True)


def steps_of(checkout: Path) -> dict[str, float]:
    """The same of another checkout, with this script."""
    done = subprocess.run(
        [sys.executable, __file__, "--this"],
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())


def commit_of(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("other", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--this", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.this:
        steps_of_this()
        return 0
    if given.other is None:
        parser.error("which checkout is the other one?")
    turns = [(steps_of(given.other.resolve()), steps_of(CHECKOUT)) for _ in range(given.repeats)]
    lines = [
        "# Training steps of two versions",
        "",
        f"`python benchmarks/two_versions.py`: commit {commit_of(CHECKOUT)} beside {commit_of(given.other)}.",
        f"Machine: {machine()}, {torch.get_num_threads()} threads. Versions: {versions()}.",
        "",
        "| data, family | ms a step before | now | times as fast |",
        "|---|---|---|---|",
    ]
    for name in turns[0][0]:
        before, now = ([turn[place][name] for turn in turns] for place in (0, 1))
        gains = [one / other for one, other in zip(before, now, strict=True)]
        lines.append(
            f"| {name} | {statistics.median(before):.1f} | {statistics.median(now):.1f} | {shown(gains)} |"
        )
    lines += ["", f"Medians of {given.repeats} turns, of the gains with their range."]
    (RESULTS / "two_versions.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
