"""What a search does on a machine whose cores other programs use too: is the number of threads well picked?

    python benchmarks/busy.py [--seconds 30] [--repeats 3]

Beside as many programs that only compute as `--busy` says, all the time or from a third of the search to two,
searches of bundled samples take turns: with the threads that are picked, with one, and with all. What counts
is the epochs that were trained. And beside none, one and as many programs as there are cores: which share of
their time all threads wait for a core while they train. Writes `benchmarks/results/busy.md`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from floor import cases, per_second
from targets import CHECKOUT, RESULTS, advisor, last_words, machine, versions
from workers import epochs_of, spread

from advisor.training import Compute
from advisor.training.crowding import waited_seconds

SETS = ("digits", "reviews")
WAITING = {("pictures", "cnn"), ("series", "rnn"), ("texts", "rnn"), ("a", "mlp")}
COMPUTE = """
import sys, time
time.sleep(float(sys.argv[1]))
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    sum(range(1000))
"""
PICKED = re.compile(r"computing with \w+ on (\d+) thread")


@contextmanager
def busy(programs: int, start: float, seconds: float) -> Iterator[None]:
    """After `start` seconds so many programs use a core each, for so many seconds."""
    command = [sys.executable, "-c", COMPUTE, str(start), str(seconds)]
    running = [subprocess.Popen(command) for _ in range(programs)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def searched(name: str, seconds: int, seed: int, threads: int | None) -> tuple[float, int]:
    """Epochs that a search trained, and its threads."""
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        given = [] if threads is None else ["--threads", str(threads)]
        arguments = [
            "search",
            str(CHECKOUT / "datasets" / name),
            "--timeout",
            str(seconds),
            "--seed",
            str(seed),
        ]
        code, _, stderr, _ = advisor([*arguments, *given, "--out", str(run)], 3 * seconds + 120)
        if code not in (0, 3):
            raise SystemExit(f"{name}: exit code {code}: {last_words(stderr)}")
        told = PICKED.search(stderr)
        return epochs_of(run), threads or (int(told[1]) if told else 0)


def waiting(cores: int, seconds: float = 2.0) -> list[str]:
    """Lines of the table: the share of their time that all threads wait for a core, and samples a second."""
    torch.set_num_threads(cores)
    lines = ["| trained, beside | waited | samples a second | with one thread |", "|---|---|---|---|"]
    for name, family, case in cases(Compute("cpu", "bf16", 1e11)):
        if (name.split()[0], family) not in WAITING:
            continue
        step = case.bare()
        for programs in sorted({0, 1, cores}):
            with busy(programs, 0.0, 60.0):
                torch.set_num_threads(cores)
                per_second(step, seconds / 4)
                start, before = time.monotonic(), waited_seconds()
                speed = per_second(step, seconds)
                share = (waited_seconds() - before) / cores / (time.monotonic() - start)
                torch.set_num_threads(1)
                alone = per_second(step, seconds)
            lines.append(f"| {name}, {family}, {programs} | {share:.2f} | {speed:,.0f} | {alone:,.0f} |")
    return lines


def main() -> int:
    cores = os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=int, default=30, help="the time limit of every search")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, cores], help="other programs")
    options = parser.parse_args()
    lines = [
        "# The number of threads on a busy machine",
        "",
        f"Epochs of the complete trials of `advisor search datasets/SET --timeout {options.seconds}`: median "
        f"(least to most) of {options.repeats} seeds, in turns. Written by `benchmarks/busy.py`.",
        "",
        f"Machine: {machine()}. Versions: {versions()}.",
        "",
        f"| set | other programs | threads at first | epochs so | with one thread | with {cores} |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    third = options.seconds / 3
    times = {"": (0.0, 4.0 * options.seconds), f", from {third:.0f} s to {2 * third:.0f} s": (third, third)}
    for programs, (when, at) in itertools.product(options.busy, times.items()):
        if when and not programs:
            continue
        for name in SETS:
            found: dict[int | None, list[tuple[float, int]]] = {None: [], 1: [], cores: []}
            for repeat in range(options.repeats):
                for threads, runs in found.items():
                    with busy(programs, *at):
                        runs.append(searched(name, options.seconds, repeat, threads))
                    print(
                        f"{name}, {programs} others{when}, {threads}: {runs[-1]}", file=sys.stderr, flush=True
                    )
            picked = ", ".join(str(threads) for _, threads in found[None])
            epochs = [spread([epochs for epochs, _ in runs], ".0f") for runs in found.values()]
            lines.append(f"| {name} | {programs}{when} | {picked} | {' | '.join(epochs)} |")
            ratios = [
                one[0] / max(other[0], 0.1) for one, other in zip(found[None], found[cores], strict=True)
            ]
            print(f"{name}: {statistics.median(ratios):.1f} times all threads", file=sys.stderr)
    lines += ["", f"All {cores} threads while other programs compute:", "", *waiting(cores)]
    (RESULTS / "busy.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
