"""How near training on a GPU is to the bare step, and what several small candidates at once bring.

    python benchmarks/gpu.py [--device cuda] [--samples 50000] [--seconds 10] [--timeout 60] [--repeats 3]

1. Made-up pictures of 32 pixels on a residual network of the kind of ResNet-18: samples a second of
   `training.fit`, which takes batches from one tensor and augments them, against forward, backward and
   optimizer on batches that are ready, in turn.
2. `advisor search datasets/digits --timeout` with one, two and four workers on the same device, in turn:
   trials that ended in the same seconds, and epochs.

Writes `benchmarks/results/gpu.md`. With `--device cpu` and few samples it only shows that the script runs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from floor import Case, made_up, shown
from targets import CHECKOUT, RESULTS, advisor, last_words, machine, versions
from workers import epochs_of

from advisor import training
from advisor.models import count_parameters
from advisor.models.sizing import first_candidate
from advisor.records import Candidate, Family, Signature, Task
from advisor.training import Compute

PICTURES = Signature(
    layout="image", task=Task.CLASSIFICATION, variable_length=False, length=1, channels=3, height=32,
    width=32, outputs=10,
)  # fmt: skip
LIKE_RESNET_18 = {"width": 64, "depth": 2}  # 64 to 256 channels, nine residual units in three stages
AHEAD = 16  # steps that may wait for the device, as in the loop, which looks at every 16th loss
WORKERS = (1, 2, 4)


def candidate_of(samples: int) -> Candidate:
    """The rule's candidate with the shape above."""
    found = first_candidate(Family.CNN, PICTURES, samples=samples, seconds=None)
    return found.model_copy(update={"params": found.params | LIKE_RESNET_18})


def per_second(step: Callable[[], int], seconds: float, compute: Compute) -> float:
    """Samples a second, from when the device has nothing to do until it has nothing to do again."""
    _wait(compute)
    start, samples = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        samples += sum(step() for _ in range(AHEAD))
        _wait(compute)
    return samples / (time.perf_counter() - start)


def _wait(compute: Compute) -> None:
    if compute.device != "cpu":
        torch.cuda.synchronize()


def pictures(compute: Compute, samples: int, seconds: float, repeats: int) -> list[str]:
    """Lines about the loop and the bare step."""
    case = Case(PICTURES, candidate_of(samples), compute, training.threads())
    case.data = made_up(PICTURES, samples)
    step = case.bare()
    per_second(step, seconds / 4, compute)
    loops, bares = [], []
    for _ in range(repeats):
        bares.append(per_second(step, seconds, compute))
        loops.append(case.loop(seconds))
    ratios = [loop / bare for loop, bare in zip(loops, bares, strict=True)]
    millions = count_parameters(case.network()) / 1e6
    return [
        f"{samples:,} pictures of 32 x 32 x 3, `cnn resnet` of width {LIKE_RESNET_18['width']} and depth "
        f"{LIKE_RESNET_18['depth']} ({millions:.1f} million parameters), batches of "
        f"{case.settings.batch_size}, {compute.precision}: the loop takes {statistics.median(loops):,.0f} "
        f"samples a second, the bare step {statistics.median(bares):,.0f}: {shown(ratios)}.",
    ]


def searched(device: str, workers: int, seconds: float, seed: int) -> tuple[int, float]:
    """Trials that ended, and epochs, of one search of the bundled digits."""
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        command = [
            "search", str(CHECKOUT / "datasets" / "digits"), "--timeout", f"{seconds:g}", "--seed", str(seed),
            "--device", device, "--workers", str(workers), "--out", str(run),
        ]  # fmt: skip
        code, _, stderr, _ = advisor(command, 3 * seconds + 120)
        if code not in (0, 3):
            raise SystemExit(f"{workers} workers: exit code {code}: {last_words(stderr)}")
        trials = (run / "trials.csv").read_text(encoding="utf-8").splitlines()
        return len(trials) - 1, epochs_of(run)


def at_once(device: str, seconds: float, repeats: int) -> list[str]:
    """Lines of the table of workers."""
    lines = ["| workers | trials | epochs of those that finished |", "|---|---|---|"]
    found: dict[int, list[tuple[int, float]]] = {workers: [] for workers in WORKERS}
    for seed in range(repeats):
        for workers, runs in found.items():
            runs.append(searched(device, workers, seconds, seed))
    for workers, runs in found.items():
        trials, epochs = (list(map(float, column)) for column in zip(*runs, strict=True))
        lines.append(f"| {workers} | {shown(trials)} | {shown(epochs)} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--samples", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--timeout", type=float, default=60.0, help="of each search; 0: none")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "gpu.md")
    given = parser.parse_args()
    compute = training.choose(given.device)
    where = torch.cuda.get_device_name() if given.device == "cuda" else machine()
    lines = [
        "# On a GPU",
        "",
        f"`python benchmarks/gpu.py --device {given.device}`: {where}. Versions: {versions()}.",
        "",
        *pictures(compute, given.samples, given.seconds, given.repeats),
        "",
        *(at_once(given.device, given.timeout, given.repeats) if given.timeout else []),
        "",
        f"Medians of {given.repeats} turns, with their range.",
    ]
    given.out.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
