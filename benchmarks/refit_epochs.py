"""For how many epochs the winner should be trained again.

    ADVISOR_DATA=FOLDER python benchmarks/refit_epochs.py [--sets etth1 ...] [--seeds 0 1 2] [--out FOLDER]

Of each set, `advisor search` with a time limit that cuts trials short. When it has trained its winner again
on all but the test part, the same candidate is trained there once more without a limit, for as many epochs as
the trial had, twice as many, and all that it asks for; each network is judged on the test part. Forecasts are
what the question is about; the other sets say whether what holds for them holds elsewhere. Kept in
`results/refit_epochs.json` after every run; what is there is skipped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import keeping
import numpy as np
from target_table import Row
from targets import RESULTS, machine, versions
from torch import nn

from advisor import training
from advisor.cli import main as advisor
from advisor.search import candidates
from advisor.search import run as search
from advisor.search.data import load_test
from advisor.search.ending import ensemble, refit
from advisor.search.state import Setting, State
from advisor.training import Settings

CASES: dict[str, tuple[str, ...]] = {  # options beside the time limit
    "etth1": ("--horizon", "96", "--target", "all", "--timeout", "120"),
    "beijing_pollution": ("--timeout", "60"),
    "cifar10_folders": ("--timeout", "60"),
    "ag_news": ("--timeout", "60"),
    "uea_japanesevowels": ("--timeout", "60"),
}


def looked_into(setting: Setting, state: State, final: refit.Final) -> Row:
    """What the winner's trial was like, and the test score by epochs of training again."""
    data, trial = setting.data, state.finished[final.number]
    test = load_test(setting.source, setting.split, data.preprocessing, data.memory)
    true = np.asarray(test.prepared.all_targets().numpy())

    def score(network: nn.Module) -> float:
        outputs = training.predict(network, test.prepared, device=setting.compute.device)
        return float(data.kind.aggregate(data.kind.per_sample(data.kind.predictions(outputs), true)))

    own = refit.own_weights(setting, state)
    most = Settings.of(trial.candidate.params).max_epochs
    row: Row = {
        "metric": data.kind.metric,
        "architecture": f"{trial.candidate.family} {trial.candidate.architecture}",
        "epochs": trial.fitted.epochs,
        "most": most,
        "best_fraction": trial.fitted.best_fraction,
        "own": None if own is None or own.number != final.number else score(own.network),
        "by_epochs": {},
    }
    lengths = {max(1, round(times * trial.fitted.epochs)) for times in (1, 2)}
    for epochs in sorted({min(most, length) for length in lengths} | {most}):
        network = candidates.build(trial.candidate, data, setting.options.seed)
        candidates.train_network(
            network, trial.candidate, data.pool, data, setting.compute, seconds=None,
            seed=setting.options.seed, max_epochs=epochs,
        )  # fmt: skip
        row["by_epochs"][str(epochs)] = score(network)
    return row


def measured(name: str, seed: int, answers: Any) -> None:
    """One search in a process of its own; what was found goes into `answers`."""

    def consider(setting: Setting, state: State, final: refit.Final, seconds: float | None) -> Any:
        answers.put(looked_into(setting, state, final))
        return ensemble.NONE

    path = Path(os.environ["ADVISOR_DATA"]) / name
    with TemporaryDirectory() as place, patch.object(search.ensemble, "consider", consider):
        advisor(["search", str(path), *CASES[name], "--seed", str(seed), "--out", str(Path(place) / "run")])


def markdown(results: Row) -> str:
    """The table."""
    lines = [
        "# For how many epochs the winner should be trained again",
        "",
        "Test scores of the winner of one search: its own weights, and the same candidate trained again on "
        "all but the test part for as many epochs as the trial had, twice as many, and all that it asks for. "
        "Best at: how much of its own schedule the trial had done when its best weights were found. Written "
        "by `benchmarks/refit_epochs.py`.",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
        "| set | seed | metric | network | epochs of the trial | best at | own weights | "
        "again, epochs: score |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(results["runs"], key=lambda row: (list(CASES).index(row["set"]), row["seed"])):
        own = "" if row["own"] is None else f"{row['own']:.4f}"
        again = ", ".join(f"{epochs}: {score:.4f}" for epochs, score in row["by_epochs"].items())
        lines.append(
            f"| {row['set']} | {row['seed']} | {row['metric']} | {row['architecture']} | "
            f"{row['epochs']:.1f} of {row['most']} | {row['best_fraction']:.2f} | {own} | {again} |"
        )
    there = {row["set"] for row in results["runs"]}
    commands = [
        f"    advisor search {name} {' '.join(options)} --seed SEED"
        for name, options in CASES.items()
        if name in there
    ]
    return "\n".join([*lines, "", *commands, ""])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    file = arguments.out / "refit_epochs.json"
    results = keeping.begun(file, machine=machine(), versions=versions())
    done = {(row["set"], row["seed"]) for row in results["runs"]}
    for seed in arguments.seeds:
        for name in arguments.sets:
            if (name, seed) in done:
                continue
            processes = multiprocessing.get_context("spawn")
            answers = processes.Queue()
            process = processes.Process(target=measured, args=(name, seed, answers))
            process.start()
            row = {"set": name, "seed": seed, **answers.get(timeout=1_200)}
            process.join()
            results["runs"].append(row)
            keeping.write(file, results)
            keeping.write(arguments.out / "refit_epochs.md", markdown(results))
            print(row, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
