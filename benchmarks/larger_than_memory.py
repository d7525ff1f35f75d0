"""Training on a set of twice a memory limit against training with all of it in memory; writes
`benchmarks/results/larger_than_memory.md`.

    python benchmarks/larger_than_memory.py [--megabytes 400] [--steps 3000] [--rounds 3] [--seconds 35]

Makes a set of pictures (.npy, with labels in a second file), and trains one fixed network on it for as many
steps, in turn: decoded in memory, and decoded into a file with a limit of half the size of the set. Each
training is a process of its own; its memory is the peak of its resident memory less what it took before any
data were touched, and less what the same steps took on a handful of samples (network, optimizer, libraries).
Where others use the machine, the threads that train wait for cores and the two speeds tell nothing of
reading; the time of the processor per sample does, in part.

At the end three `advisor search` of SECONDS each: with an ample limit, with that one, and of a twentieth of
the set. Their memory is the peak of what all processes of the search hold, a page that several share counted
once (Linux, `Pss` of /proc); what a search takes beyond the one of the small set is taken by data.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "larger_than_memory.md"
SIDE, CHANNELS, CLASSES, BATCH = 32, 3, 10, 64
HANDFUL = 4 * BATCH
MODES = ("memory", "file", "handful")
SMALL_SHARE = 20  # a search of one part in so many is what others are measured against
LOOK_EVERY = 0.2  # s


def make(folder: Path, megabytes: int) -> int:
    """Pictures with a bright square whose place tells the class; returns how many."""
    import numpy as np

    count = megabytes * 1_000_000 // (SIDE * SIDE * CHANNELS)
    generator = np.random.default_rng(0)
    labels = generator.integers(0, CLASSES, count)
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (count, SIDE, SIDE, CHANNELS))
    for start in range(0, count, 10_000):
        stop = min(count, start + 10_000)
        images[start:stop] = generator.integers(0, 160, (stop - start, SIDE, SIDE, CHANNELS), dtype=np.uint8)
        for i in range(start, stop):
            row, column = divmod(int(labels[i]), 5)
            images[i, 4 + 14 * row : 12 + 14 * row, 6 * column : 6 * column + 7] += 90
    images.flush()
    np.save(folder / "labels.npy", labels)
    return count


def train(mode: str, folder: Path, cache: Path, limit: int, steps: int) -> dict[str, Any]:
    """One training in this process; seconds of its second half, once all is warm."""
    import numpy as np
    import torch

    from advisor import prepare, readers, training
    from advisor.prepare.memory import Memory
    from advisor.records import Task
    from advisor.tasks import kind_of
    from advisor.training import Settings

    source = readers.read(folder)
    split = prepare.make_split(source, Task.CLASSIFICATION)
    indices = np.sort(split.indices("train"))
    if mode == "handful":
        indices = indices[:HANDFUL]
    fitted = prepare.fit(source, split, Task.CLASSIFICATION)
    before = peak(forget=True)  # to find copies, splitting had the whole file mapped for a while
    start = time.perf_counter()
    memory = Memory(limit, cache, "benchmark") if mode == "file" else Memory(1 << 60)
    loaded = prepare.load(source, indices, fitted, memory=memory)
    decoding = time.perf_counter() - start
    data = loaded.prepared.select(torch.arange(len(loaded.prepared)))
    assert data.in_file == (mode == "file")
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(CHANNELS, 16, 3, 2, 1), torch.nn.BatchNorm2d(16), torch.nn.ReLU(),
        torch.nn.Conv2d(16, 32, 3, 2, 1), torch.nn.BatchNorm2d(32), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(512, CLASSES),
    )  # fmt: skip
    adapter = WithLengths(network)
    epochs = max(1, round(steps * BATCH / len(data)))
    begun, working = time.perf_counter(), time.process_time()
    done = training.fit(
        adapter.module, data, kind=kind_of(Task.CLASSIFICATION), seed=0,
        settings=Settings(batch_size=BATCH, max_epochs=epochs),
        compute=training.Compute("cpu", "float32", 1e9),
    )  # fmt: skip
    seconds, working = time.perf_counter() - begun, time.process_time() - working
    return {
        "mode": mode, "samples": len(data), "decoding": decoding, "peak": peak() - before,
        "speed": done.epochs * len(data) / seconds, "work": working / (done.epochs * len(data)),
    }  # fmt: skip


class WithLengths:
    """A plain network behind the call that the loop makes, `network(values, lengths)`."""

    def __init__(self, network: Any) -> None:
        import torch

        class Module(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = network

            def forward(self, values: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
                found: torch.Tensor = self.inner(values)
                return found

        self.module = Module()


def peak(*, forget: bool = False) -> int:
    """Bytes of the largest resident memory of this program, since the last call that was to forget it.

    `getrusage` would not do: it starts from the memory of the program that started this one (Linux).
    """
    if forget:  # https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
        Path("/proc/self/clear_refs").write_text("5")
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("/proc/self/status does not say VmHWM; this benchmark runs on Linux")


def in_process(*arguments: object) -> dict[str, Any]:
    """What one training prints, in a process of its own."""
    command = [sys.executable, __file__, "--one", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKOUT)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def search(folder: Path, cache: Path, limit: int, seconds: int, out: Path) -> dict[str, Any]:
    """The result of a whole search with the limit, with the peak of what its processes hold."""
    command = [
        sys.executable, "-m", "advisor", "search", str(folder), "--timeout", str(seconds),
        "--memory", str(limit), "--cache", str(cache), "--family", "cnn", "--seed", "0",
        "--json", "--out", str(out),
    ]  # fmt: skip
    errors, most = out.with_suffix(".log"), 0
    with errors.open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, cwd=CHECKOUT)
        while process.poll() is None:
            most = max(most, sum(map(held, family_of(process.pid))))
            time.sleep(LOOK_EVERY)
    if process.returncode not in (0, 3):
        raise SystemExit(errors.read_text())
    found: dict[str, Any] = json.loads((out / "result.json").read_text())
    return {**found, "peak": most, "limit": limit}


def family_of(process: int) -> list[int]:
    """The process and all that it started, and those started."""
    found = [process]
    for one in found:  # grows meanwhile
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, children.read_text().split())
    return found


def held(process: int) -> int:
    """Bytes of memory that a process holds, its share of what it shares; 0 where it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def of_searches(found: dict[str, dict[str, Any]], cache: Path) -> list[str]:
    """A table of searches, those of the large set against that of the small one; and what they said."""
    lines = [
        "| `advisor search` of | limit | trials | test | peak of all its processes, MB | taken by data, MB |",
        "|---|---|---|---|---|---|",
    ]
    least = found["a small part"]["peak"]
    for text, one in found.items():
        test, beyond = one["best"]["test"], f"{(one['peak'] - least) / 1e6:.0f}"
        lines.append(
            f"| {text} | {one['limit'] / 1e6:,.0f} MB | {one['trials']['complete']} | "
            f"{one['metric']} {test['value']:.3f} on {test['samples']:,} | {one['peak'] / 1e6:,.0f} | "
            f"{'-' if one['peak'] == least else beyond} |"
        )
    notes = [note.replace(str(cache), "CACHE") for note in found["the set, limited"]["notes"]]
    return [*lines, "", "The limited search said:", "", *(f"- {note}" for note in notes)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=35)
    parser.add_argument("--no-search", action="store_true")
    parser.add_argument("--one", nargs=5)
    given = parser.parse_args()
    if given.one:
        mode, folder, cache, limit, steps = given.one
        print(json.dumps(train(mode, Path(folder), Path(cache), int(limit), int(steps))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name, "pictures"), Path(name, "cache")
        folder.mkdir()
        count, limit = make(folder, given.megabytes), given.megabytes * 1_000_000 // 2
        found: dict[str, list[dict[str, Any]]] = {mode: [] for mode in MODES}
        for _ in range(given.rounds):
            for mode in MODES:
                found[mode].append(in_process(mode, folder, cache, limit, given.steps))
        searched = list[str]()
        if not given.no_search:
            small = Path(name, "small")
            small.mkdir()
            make(small, given.megabytes // SMALL_SHARE)
            ran = {
                text: search(place, cache, most, given.seconds, Path(name, f"search{number}"))
                for number, (text, place, most) in enumerate((
                    ("a small part", small, 1 << 40),
                    ("the set, limited", folder, limit),
                    ("the set, all in memory", folder, 1 << 40),
                ))
            }  # fmt: skip
            searched = of_searches(ran, cache)
    rest = statistics.median(one["peak"] for one in found["handful"])
    ratios = [a["speed"] / b["speed"] for a, b in zip(found["file"], found["memory"], strict=True)]
    lines = [
        "# A set of twice the memory limit",
        "",
        f"Written by `benchmarks/larger_than_memory.py`. {os.cpu_count()} cores, torch {version('torch')}; "
        f"{count:,} pictures of {SIDE} x {SIDE} pixels, {given.megabytes} MB decoded; limit "
        f"{limit / 1e6:.0f} MB; batches of {BATCH}; {given.rounds} rounds, in turn; every training is a "
        "process of its own.",
        "",
        "| samples | samples/s, median | lowest to highest | processor time a sample, µs | decoding, s | "
        "peak memory for data, MB |",
        "|---|---|---|---|---|---|",
    ]
    for mode, text in (("memory", "in memory"), ("file", "in a file, read in shuffled blocks")):
        speeds = sorted(one["speed"] for one in found[mode])
        taken = max(one["peak"] for one in found[mode]) - rest
        decoding, work = (statistics.median(one[of] for one in found[mode]) for of in ("decoding", "work"))
        lines.append(
            f"| {text} | {statistics.median(speeds):,.0f} | {speeds[0]:,.0f} to {speeds[-1]:,.0f} | "
            f"{1e6 * work:.0f} | {decoding:.1f} | {taken / 1e6:.0f} |"
        )
    within = max(one["peak"] for one in found["file"]) - rest <= limit
    lines += [
        "",
        f"Speed in a file against in memory: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}); at least 0.7 is wanted. Memory for data stayed "
        f"{'within' if within else 'BEYOND'} the limit. Taken off the peaks: {rest / 1e6:.0f} MB that the "
        f"same network takes on {HANDFUL} samples. The file is found again after the first round.",
        "",
        *searched,
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
