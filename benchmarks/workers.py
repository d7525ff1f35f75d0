"""Trials that two workers finish beside those that one finishes in the same seconds, on short series.

    ADVISOR_DATA=FOLDER python benchmarks/workers.py [--seconds 120] [--repeats 3] [--sets NAME ...]

One and two take turns, in an order that changes with every repeat, each as a whole command with the same
`--timeout` and seed. A trial counts when it was trained to its end or pruned. Since time can cut a trial
short, epochs of all complete trials are counted too: what was really trained. Goal: a ratio of trials of at
least 1.1 in the median over the sets, never under 0.95. Writes `benchmarks/results/workers.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import optuna
from targets import RESULTS, advisor, as_object, last_words, machine, versions

SETS = ("ucr_gunpoint", "ucr_italypowerdemand", "uea_japanesevowels", "ucr_basicmotions")
GOAL, NEVER_UNDER = 1.1, 0.95
HEAD = (
    "set",
    "trials of one",
    "of two",
    "ratio",
    "epochs of one",
    "of two",
    "ratio",
    "best value of one",
    "of two",
)


@dataclass(frozen=True)
class Run:
    """What one search finished; `value` is the winner's on validation samples."""

    trials: int
    epochs: float
    value: float


def searched(data: Path, workers: int, seconds: int, seed: int) -> Run:
    """One search with so many workers."""
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        code, stdout, stderr, _ = advisor(
            ["search", str(data), "--timeout", str(seconds), "--workers", str(workers), "--seed", str(seed),
             "--json", "--out", str(run)],
            3 * seconds + 120,
        )  # fmt: skip
        if code not in (0, 3):
            raise SystemExit(f"{data.name}, {workers} workers: exit code {code}: {last_words(stderr)}")
        result = as_object(stdout)
        rows = result["trial_rows"]
        return Run(
            trials=sum(row["state"] == "complete" or _given_up(row) for row in rows),
            epochs=epochs_of(run),
            value=float(result["best"]["validation"]["value"]),
        )


def _given_up(row: dict[str, object]) -> bool:
    """Whether its reports ended it, and not the end of the time."""
    return row["state"] == "pruned" and "no time was left" not in str(row["reason"])


def epochs_of(run: Path) -> float:
    """Epochs of all complete trials; of repeated folds those of the first."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{run / 'study.db'}")
    summaries = [
        json.loads(trial.user_attrs["summary"])
        for study in optuna.get_all_study_summaries(storage)
        for trial in optuna.load_study(study_name=study.study_name, storage=storage).get_trials(
            deepcopy=False
        )
        if "summary" in trial.user_attrs
    ]
    storage.engine.dispose()
    return float(sum(one["fitted"]["epochs"] for one in summaries))


def spread(values: list[float], form: str = ".2f") -> str:
    """Median, least and most."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def row_of(name: str, ones: list[Run], twos: list[Run]) -> tuple[list[str], list[float]]:
    """The cells of a set, and its ratios of trials."""
    pairs = list(zip(ones, twos, strict=True))
    trials = [two.trials / one.trials for one, two in pairs]
    epochs = [two.epochs / one.epochs for one, two in pairs]
    cells = [name]
    for form, measure, ratios in (
        (".0f", "trials", trials),
        (".0f", "epochs", epochs),
        (".3f", "value", None),
    ):
        cells += [spread([getattr(run, measure) for run in runs], form) for runs in (ones, twos)]
        cells += [] if ratios is None else [spread(ratios)]
    return cells, trials


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=120, help="the time limit of every search")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sets", nargs="+", default=SETS, metavar="NAME")
    parser.add_argument("--out", type=Path, default=RESULTS / "workers.md", help="where the table is kept")
    options = parser.parse_args()
    place = os.environ.get("ADVISOR_DATA")
    if not place:
        parser.error("ADVISOR_DATA must name the folder of the data sets")
    rows: list[list[str]] = []
    medians: list[float] = []
    least: list[float] = []
    for name in options.sets:
        runs: dict[int, list[Run]] = {1: [], 2: []}
        for repeat in range(options.repeats):
            for workers in (1, 2) if repeat % 2 == 0 else (2, 1):
                runs[workers].append(searched(Path(place) / name, workers, options.seconds, repeat))
                print(f"{name}, {workers}: {runs[workers][-1]}", file=sys.stderr, flush=True)
        cells, ratios = row_of(name, runs[1], runs[2])
        rows.append(cells)
        medians.append(statistics.median(ratios))
        least.append(min(ratios))
    lines = [
        "# Two workers beside one",
        "",
        f"Trials that `advisor search SET --timeout {options.seconds} --workers N --seed S` finished: median "
        f"(least to most) of {options.repeats} seeds, one and two in turns. Written by "
        "`benchmarks/workers.py`.",
        "",
        f"**{statistics.median(medians):.2f} times the trials of one worker in the median over the sets** "
        f"(goal {GOAL}), least of all runs {min(least):.2f} (goal: never under {NEVER_UNDER}). "
        "Epochs: of complete trials, what was really trained, since time can cut a trial short.",
        "",
        f"Machine: {machine()}. Versions: {versions()}.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in (HEAD, ["---"] * len(HEAD), *rows)),
        "",
    ]
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
