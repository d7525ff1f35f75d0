"""What a search does on a machine whose cores other programs use too: is the number of threads well picked?

    python benchmarks/busy.py [--seconds 30] [--repeats 3]

Beside as many programs that only compute as `--busy` says, searches of bundled samples take turns: with the
threads that are picked, with one, and with all. What counts is the epochs that were trained. Writes
`benchmarks/results/busy.md`.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from targets import CHECKOUT, RESULTS, advisor, last_words, machine, versions
from workers import epochs_of, spread

SETS = ("digits", "reviews")
COMPUTE = "while True: sum(range(1000))"
PICKED = re.compile(r"computing with \w+ on (\d+) thread")


@contextmanager
def busy(programs: int) -> Iterator[None]:
    """Meanwhile so many programs use a core each."""
    running = [subprocess.Popen([sys.executable, "-c", COMPUTE]) for _ in range(programs)]
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
        f"| set | other programs | threads picked | epochs so | with one thread | with {cores} |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for programs in options.busy:
        for name in SETS:
            found: dict[int | None, list[tuple[float, int]]] = {None: [], 1: [], cores: []}
            with busy(programs):
                for repeat in range(options.repeats):
                    for threads, runs in found.items():
                        runs.append(searched(name, options.seconds, repeat, threads))
                        print(
                            f"{name}, {programs} others, {threads}: {runs[-1]}", file=sys.stderr, flush=True
                        )
            picked = ", ".join(str(threads) for _, threads in found[None])
            epochs = [spread([epochs for epochs, _ in runs], ".0f") for runs in found.values()]
            lines.append(f"| {name} | {programs} | {picked} | {' | '.join(epochs)} |")
            ratios = [
                one[0] / max(other[0], 0.1) for one, other in zip(found[None], found[cores], strict=True)
            ]
            print(f"{name}: {statistics.median(ratios):.1f} times all threads", file=sys.stderr)
    (RESULTS / "busy.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
