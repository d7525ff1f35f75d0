"""How near training is to what the hardware allows; writes `benchmarks/results/floor.md`.

    python benchmarks/floor.py

For the first candidate of every family on made-up pictures, series, texts, clips, windows and tables:

1. `training.fit` against the bare forward, backward and step of the same network on ready tensors in the
   same precision and with the same threads; texts in the same batches.
2. The same network with all settings that this machine's calibration picked against plain float32 with
   torch's own settings (threads, layout, batch norm, dropout, pooling, optimizer, memory, batches in random
   order), in its own process.
   Where this is under TARGETS, the profile of both.
3. The bare step against the same compiled by `torch.compile`, and what compiling takes.
4. A search of short trials on the bundled digits: all its seconds in the trials but those inside training and
   prediction, per trial, as a share of a trial of 30 s.

What is compared is measured in turn, over and over; ratios are medians over the rounds with their range.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import torch
from floor_profile import least, milliseconds, table

from advisor import models, training
from advisor.models.sizing import example_values
from advisor.prepare import Prepared
from advisor.prepare.batches import Batch
from advisor.records import Candidate, SearchOptions, Signature, Task
from advisor.tasks import TASKS
from advisor.training import Compute, Settings
from advisor.training.memory import keep_freed_memory
from advisor.training.progress import Shuffles
from advisor.training.steps import Stepper, optimizer_of

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "floor.md"
SAMPLES, SECONDS, FLOPS = 5_000, 60.0, 1e11  # what the candidates are sized for
TRIAL_SECONDS = 30.0
BATCHES = 20  # of the data of a case, and ready for the bare step
TARGETS = {("image", "cnn"): 2.5, ("clip", "cnn"): 2.5}  # of two dimensions; RECURRENT for rnn and hybrid
RECURRENT_TARGET = 1.5
COMPILED = {  # one of every kind: compiling takes long
    ("pictures 32 x 32 x 3", "cnn"), ("series 128 x 6", "cnn"), ("series 128 x 6", "rnn"),
    ("series 128 x 6", "hybrid"), ("texts of 20 to 256 tokens", "cnn"), ("a table of 20 columns", "mlp"),
}  # fmt: skip
PLAIN_THREADS = torch.get_num_threads()  # before anything picks others
SIGNATURES = {
    "pictures 32 x 32 x 3": Signature(
        layout="image", task=Task.CLASSIFICATION, variable_length=False, length=1, channels=3, height=32,
        width=32, outputs=10,
    ),
    "series 128 x 6": Signature(
        layout="series", task=Task.CLASSIFICATION, variable_length=False, length=128, channels=6, outputs=6
    ),
    "texts of 20 to 256 tokens": Signature(
        layout="text", task=Task.CLASSIFICATION, variable_length=True, length=256, vocabulary=5_000, outputs=2
    ),
    "clips 10 x 20 x 20": Signature(
        layout="clip", task=Task.CLASSIFICATION, variable_length=False, length=10, height=20, width=20,
        outputs=4,
    ),
    "windows 336 x 7 to 24": Signature(
        layout="series", task=Task.FORECASTING, variable_length=False, length=336, channels=7, horizon=24,
        outputs=7, target_channels=tuple(range(7)), period=24,
    ),
    "a table of 20 columns": Signature(
        layout="table", task=Task.CLASSIFICATION, variable_length=False, length=20, outputs=3
    ),
}  # fmt: skip


def made_up(signature: Signature, samples: int) -> Prepared:
    """Random values of the signature's shape; of windows one long series."""
    generator = torch.Generator().manual_seed(0)
    ids = tuple(map(str, range(samples)))
    if signature.horizon is not None:
        steps = signature.length + signature.horizon
        series = torch.randn(samples + steps, signature.channels, generator=generator)
        window = (signature.length, signature.horizon, signature.target_channels)
        return Prepared(ids, series, starts=torch.arange(samples), window=window)
    targets = torch.randint(signature.outputs, (samples,), generator=generator)
    shape = (samples, *example_values(signature, 1).shape[1:])
    if signature.layout == "text":
        lengths = torch.randint(20, signature.length + 1, (samples,), generator=generator)
        tokens = torch.randint(2, signature.vocabulary or 3, shape, generator=generator)
        tokens = torch.where(torch.arange(signature.length) < lengths[:, None], tokens, 0)
        return Prepared(ids, tokens, lengths=lengths, targets=targets)
    if signature.layout in ("image", "clip"):
        mean = torch.full((signature.channels, 1, 1), 128.0)
        as_decoded = (*shape[:-3], *shape[-2:], shape[-3])
        pixels = torch.randint(256, as_decoded, generator=generator, dtype=torch.uint8).movedim(-1, -3)
        return Prepared(ids, pixels, targets=targets, mean=mean, std=mean / 2)
    return Prepared(ids, torch.randn(shape, generator=generator), targets=targets)


def per_second(step: Callable[[], int], seconds: float) -> float:
    """Samples per second of a function that returns how many it took."""
    start, samples = time.perf_counter(), 0
    while samples == 0 or time.perf_counter() - start < seconds:
        samples += step()
    return samples / (time.perf_counter() - start)


class Case:
    """One candidate, ready to be trained in the ways that are compared."""

    def __init__(self, signature: Signature, candidate: Candidate, compute: Compute, threads: int) -> None:
        self.signature, self.candidate = signature, candidate
        self.compute, self.threads = compute, threads
        self.kind = TASKS[signature.task]
        self.settings = Settings.of(candidate.params)
        self.data = made_up(signature, BATCHES * self.settings.batch_size)

    def network(self) -> torch.nn.Module:
        return models.build(self.candidate, self.signature, seed=0)

    def loop(self, seconds: float) -> float:
        """Samples per second of `training.fit`, which is stopped by its clock."""
        torch.set_num_threads(self.threads)
        settings = Settings(**{**vars(self.settings), "max_epochs": 10_000})
        fitted = training.fit(
            self.network(), self.data, kind=self.kind, settings=settings, compute=self.compute, seed=0,
            seconds=seconds,
        )  # fmt: skip
        return fitted.epochs * len(self.data) / fitted.seconds

    def bare(self, *, compiled: bool = False) -> Callable[[], int]:
        """A step of forward, backward and optimizer on batches that are ready, and nothing else."""
        torch.set_num_threads(self.threads)
        keep_freed_memory()
        network = self.network().to(self.compute.device)
        stepper = Stepper(network, self.kind, self.settings, self.compute, torch.Generator().manual_seed(0))
        data = self.data.to(self.compute.device)
        shuffles = Shuffles(data, self.settings.batch_size, torch.Generator().manual_seed(0))
        ready: list[Batch] = []
        for batch in itertools.islice(shuffles.one_pass(), BATCHES):
            values = stepper._mixed(batch)[0]
            ready.append(Batch(values, batch.lengths, batch.targets))
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.to(memory_format=torch.channels_last)
        if compiled:
            network.compile()
        return self._step(network, ready, optimizer_of(network, self.settings), self.compute)

    def plain(self) -> Callable[[], int]:
        """The same training as torch does it unasked: random batches, float32, its own AdamW.

        For a process of its own: what is faster than torch's own layers is taken out for good.
        """
        from advisor.models import blocks, dropout, norms, recurrent

        torch.set_num_threads(PLAIN_THREADS)
        norms.folds = lambda channels: 1
        dropout.Dropout.forward = torch.nn.Dropout.forward  # type: ignore[method-assign]
        blocks.largest = recurrent.largest = lambda values: values.amax(dim=1)  # type: ignore[attr-defined]
        network = self.network()
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        generator = torch.Generator().manual_seed(0)
        compute = Compute("cpu", "float32", 0.0)

        def step() -> int:
            batch = self.data.batch(
                torch.randperm(len(self.data), generator=generator)[: self.settings.batch_size]
            )
            return self._step(network, [batch], optimizer, compute)()

        return step

    def _step(
        self, network: torch.nn.Module, ready: list[Batch], optimizer: torch.optim.Optimizer, compute: Compute
    ) -> Callable[[], int]:
        network.train()
        taken = 0

        def step() -> int:
            nonlocal taken
            batch = ready[taken % len(ready)]
            taken += 1
            assert batch.targets is not None
            optimizer.zero_grad(set_to_none=True)
            with compute.autocast():
                outputs = network(batch.values, batch.lengths)
            self.kind.loss(outputs.float(), batch.targets, self.settings.label_smoothing).backward()
            optimizer.step()
            return len(batch.targets)

        return step


class Elsewhere:
    """A step of the case in a process of its own: "plain", or "compiled" with nothing in the cache.

    `seconds`: by how much the first pass over the batches took longer than the second: what compiling takes.
    """

    def __init__(self, case: Case, way: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.process = context.Process(target=_serve, args=(there, case, way), daemon=True)
        self.process.start()
        there.close()  # so that a process that fails is not waited for
        self.seconds: float = self.connection.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.join()

    def per_second(self, seconds: float) -> float:
        self.connection.send(seconds)
        found: float = self.connection.recv()
        return found

    def milliseconds(self) -> dict[str, float]:
        self.connection.send(None)
        found: dict[str, float] = self.connection.recv()
        return found


def _serve(connection: Any, case: Case, way: str) -> None:
    """Answers how many samples a second come out of so many seconds, or with the profile."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        step = case.plain() if way == "plain" else case.bare(compiled=True)
        times = [time.perf_counter()]
        for _ in range(2):
            for _ in range(BATCHES):
                step()
            times.append(time.perf_counter())
        connection.send(times[1] - times[0] - (times[2] - times[1]))
        while True:
            seconds = connection.recv()
            connection.send(milliseconds(step) if seconds is None else per_second(step, seconds))


def shown(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def cases(compute: Compute) -> list[tuple[str, str, Case]]:
    """The data, the family, and its first candidate where that is trained by gradients."""
    found = []
    for name, signature in SIGNATURES.items():
        for family in models.families(signature):
            candidate = models.first_candidate(
                family, signature, samples=SAMPLES, seconds=SECONDS, flops_per_second=FLOPS
            )
            if models.FAMILIES[family][candidate.architecture].fit == "gradient":
                found.append((name, str(family), Case(signature, candidate, compute, training.threads())))
    return found


def families(all_cases: list[tuple[str, str, Case]], repeats: int, seconds: float) -> list[str]:
    """Lines of the table of all candidates, and of the profiles of those under their target."""
    lines = [
        "| data | family | batch | loop against bare step | against plain float32 |",
        "|---|---|---|---|---|",
    ]
    profiles = []
    for name, family, case in all_cases:
        bare, floors, gains = case.bare(), list[float](), list[float]()
        with Elsewhere(case, "plain") as plain:
            for _ in range(repeats):
                floor = per_second(bare, seconds)
                ours = case.loop(seconds)
                floors.append(ours / floor)
                gains.append(ours / plain.per_second(seconds))
            target = RECURRENT_TARGET if family in ("rnn", "hybrid") else 0.0
            if statistics.median(gains) < TARGETS.get((case.signature.layout, family), target):
                seen = [(milliseconds(bare), plain.milliseconds()) for _ in range(2 * repeats)]
                mine, theirs = zip(*seen, strict=True)
                profiles += ["", *table(f"{name}, {family}", least(mine), least(theirs))]
        row = (name, f"{family} `{case.candidate.architecture}`", case.candidate.params["batch_size"])
        lines.append(f"| {' | '.join(map(str, row))} | {shown(floors)} | {shown(gains)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return lines + (
        [
            "",
            f"Below their target; where a step spends its time, least of {2 * repeats} rounds in turn:",
            *profiles,
        ]
        if profiles
        else []
    )


def compiling(all_cases: list[tuple[str, str, Case]], repeats: int, seconds: float) -> list[str]:
    """Lines of the table of `torch.compile`."""
    lines = [
        "| data | family | compiled against our step | seconds to compile | repaid after |",
        "|---|---|---|---|---|",
    ]
    for name, family, case in all_cases:
        if (name, family) not in COMPILED:
            continue
        bare = case.bare()
        with Elsewhere(case, "compiled") as compiled:
            gains = []
            for _ in range(repeats):
                ours = per_second(bare, seconds)
                gains.append(compiled.per_second(seconds) / ours)
        gain = statistics.median(gains)
        repaid = f"{compiled.seconds * gain / (gain - 1):.0f} s" if gain > 1 else "never"
        lines.append(
            f"| {name} | {family} `{case.candidate.architecture}` | {shown(gains)} | {compiled.seconds:.0f} "
            f"| {repaid} |"
        )
        print(lines[-1], file=sys.stderr, flush=True)
    return lines


def own_cost(trials: int) -> list[str]:
    """Lines about what a search takes beside training and prediction."""
    from advisor.search import candidates
    from advisor.workflow import search

    spent = {"training": 0.0, "reports": 0.0}

    def timed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                spent[name] += time.perf_counter() - start

        return call

    def train(*arguments: Any, **options: Any) -> Any:
        if options.get("report") is not None:  # the refit has nobody to report to
            options["report"] = timed(options["report"], "reports")
        return timed_train(*arguments, **options)

    timed_train = timed(candidates.train_network, "training")
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(candidates, "train_network", train),
        patch.object(training, "predict", timed(training.predict, "training")),
    ):
        result = search(CHECKOUT / "datasets" / "digits", SearchOptions(trials=trials, out=f"{folder}/run"))
    counted = len(result.trial_rows)
    phases = sum(result.phases.get(name, 0.0) for name in ("fair_round", "search", "finals", "refit"))
    each = (phases - spent["training"] + spent["reports"]) / max(1, counted)
    return [
        f"A search of {counted} trials on the bundled digits: {1e3 * each:.0f} ms a trial outside training "
        f"and prediction, {each / TRIAL_SECONDS:.2%} of a trial of {TRIAL_SECONDS:.0f} s."
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.8, help="of each measurement")
    parser.add_argument(
        "--threads", type=int, help="instead of what is picked: for a machine with other work"
    )
    parser.add_argument("--only", default="", help="data whose name begins so")
    parser.add_argument("--trials", type=int, default=8, help="of the search")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    compute = training.choose("cpu", threads=given.threads)
    all_cases = [case for case in cases(compute) if case[0].startswith(given.only)]
    print(compute.picked, file=sys.stderr, flush=True)
    lines = [
        "# Training against the floor",
        "",
        f"`python benchmarks/floor.py`, {date.today()}, torch {torch.__version__}, Python "
        f"{platform.python_version()}, {os.cpu_count()} cores ({processor()}).",
        "",
        f"Picked on this machine: {compute.picked}.",
        "",
        *families(all_cases, given.repeats, given.seconds),
        "",
        f"Medians of {given.repeats} rounds in turn, with their range. Loop: `training.fit` without reports; "
        "bare step: forward, backward and optimizer on batches that are ready, same precision and threads. "
        f"Plain: float32, {PLAIN_THREADS} threads, torch's own layout, batch norm, dropout, maximum and "
        "optimizer, memory as the C library has it, batches in random order made in the same way, not "
        "augmented; in a process of its own.",
        "",
        *compiling(all_cases, given.repeats, given.seconds),
        "",
        "Compiled: the same bare step by `torch.compile` (Inductor) with an empty cache, in a process of its "
        "own; repaid after: seconds of training after which what was gained is what compiling took.",
        "",
        *own_cost(given.trials),
    ]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def processor() -> str:
    """Its name, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


if __name__ == "__main__":
    sys.exit(main())
