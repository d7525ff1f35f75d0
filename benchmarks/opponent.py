"""The search beside what a competent person writes in an afternoon: same splits, same seconds.

    ADVISOR_DATA=FOLDER python benchmarks/opponent.py --opponent DIR [--tasks NAME ...] [--seeds 0 1 2]
        [--budgets 120] [--out FOLDER]

DIR holds `handwritten.py`, frozen, and `tasks.py`, which says how each set is split. Of each task and seed,
in turn and one at a time: the handwritten program with the budget; `advisor search --timeout` with the same
seconds; and again with a third of the seconds that the handwritten one took, or of the budget where it took
more. Test samples are scored in the task's own metric, from `advisor predict` (of forecasts, from the saved
model on every window), which must agree with what the search reported; neither counts into the seconds.

Kept in `opponent.json` after every run; what is there is skipped, so it can be stopped and gone on with, and
further seeds can be added.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import keeping
import numpy as np
from numpy.typing import NDArray
from opponent_table import kept, markdown
from opponent_tasks import (
    OPTIONS,
    codes_of,
    folder_of,
    forecasts_of,
    load_tasks,
    naive_error,
    scored,
    write_split,
)
from target_table import Row
from targets import CHECKOUT, RESULTS, advisor, as_object, last_words, machine, versions

RUNS = CHECKOUT / "runs" / "opponent"
SAME_SCORE = 1e-4  # relative; forecasts are standardised in another order
WHO = ("opponent", "advisor", "third")
# The program itself, unchanged, but for keeping what it predicts when it has stopped its clock.
KEEPING = """
import runpy, sys
import numpy
import tasks
place = sys.argv.pop(1)
for name in ("score_classes", "score_forecast"):
    def keep(task, prediction, score=getattr(tasks, name)):
        numpy.save(place, prediction)
        return score(task, prediction)
    setattr(tasks, name, keep)
runpy.run_path("handwritten.py", run_name="__main__")
"""


def handwritten(tasks: ModuleType, task: Any, folder: Path, budget: float, seed: int) -> Row:
    """One run of the opponent."""
    arguments = ["--task", task.name, "--budget", f"{budget:g}", "--seed", str(seed)]
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "prediction.npy"
        command = [sys.executable, "-c", KEEPING, str(file), *arguments]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        seconds = time.perf_counter() - start
        found = as_object(done.stdout)
        row: Row = {
            "command": shlex.join(["python", "handwritten.py", *arguments]),
            "seconds": seconds,
            "stated_seconds": found.get("seconds"),
            "notes": found.get("notes"),
        }
        if found.get("value") is None or not file.is_file():
            return row | {"value": None, "faults": [f"no score: {last_words(done.stderr)}"]}
        value, samples = scored(tasks, task, np.load(file))
    faults = [] if abs(value - found["value"]) < SAME_SCORE else [f"says {found['value']}, gives {value}"]
    return row | {"value": value, "samples": kept(samples), "faults": faults}


def searched(
    tasks: ModuleType, task: Any, test: Sequence[str], split: Path, timeout: float, seed: int, out: Path
) -> Row:
    """One search, with its score in the task's metric."""
    path = tasks.DATA / folder_of(task.name)
    shutil.rmtree(out, ignore_errors=True)
    options = [*OPTIONS.get(task.name, ()), "--timeout", f"{timeout:.3g}", "--seed", str(seed)]
    command = ["search", str(path), "--split", str(split), *options, "--json", "--out", str(out)]
    code, stdout, stderr, seconds = advisor(command, 3 * timeout + 120)
    result = as_object(stdout)
    row: Row = {
        "command": shlex.join(["advisor", "search", path.name, "--split", f"{task.name}.csv", *options]),
        "exit_code": code,
        "seconds": seconds,
        "timeout": timeout,
    }
    best = result.get("best") or {}
    if code not in (0, 3) or not best.get("test"):
        return row | {"value": None, "faults": [f"exit code {code}: {last_words(stderr)}"]}
    row |= {
        "architecture": f"{best['family']} {best['architecture']}",
        "family": result["family"],
        "verdict": (result.get("advice") or {}).get("verdict"),
        "beats_baselines": (result.get("beats_baselines") or {}).get("answer"),
        "best_baseline": (result.get("beats_baselines") or {}).get("best_baseline"),
        "split": result["split"],
        "trials": result["trials"],
    }
    try:
        prediction, reported = predicted(task, test, out, path, best["test"])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return row | {"value": None, "faults": [f"no predictions: {error}"]}
    value, samples = scored(tasks, task, prediction)
    row |= {"value": value, "reported": reported, "samples": kept(samples), "faults": []}
    if abs(value - reported) > SAME_SCORE * max(1.0, abs(value)):
        row["faults"].append(f"the search reported {reported}, its predictions give {value}")
    return row


def predicted(
    task: Any, test: Sequence[str], run: Path, path: Path, reported: Row
) -> tuple[NDArray[Any], float]:
    """What the saved model says of the test part, and the score that the search reported for it.

    Raises:
        ValueError: `advisor predict` failed.
    """
    if task.kind == "forecast":
        forecasts, unit = forecasts_of(task, run, path)
        is_mase = task.metric == "mase"
        return forecasts, reported["all"]["mae"] * unit / naive_error(task.extra) if is_mase else reported[
            "value"
        ]
    file = run / "predictions.csv"
    code, _, stderr, _ = advisor(["predict", str(run), str(path), "--out", str(file)], 600)
    if code:
        raise ValueError(last_words(stderr))
    return codes_of(task, test, file), reported["value"]


def measured(
    who: str, tasks: ModuleType, task: Any, folder: Path, budget: float, seed: int, rows: Sequence[Row]
) -> Row:
    """One run of one of the three."""
    if who == "opponent":
        return handwritten(tasks, task, folder, budget, seed)
    split = RUNS / "splits" / f"{task.name}.csv"
    test = write_split(tasks, task, split)
    timeout = budget
    if who == "third":
        theirs = [row["seconds"] for row in rows if row["who"] == "opponent"]
        timeout = min(budget, *theirs) / 3
    return searched(tasks, task, test, split, timeout, seed, RUNS / f"{task.name}-{budget:g}-{seed}-{who}")


def write(place: Path, results: Row) -> None:
    """Both files."""
    keeping.write(place / "opponent.json", results)
    keeping.write(place / "opponent.md", markdown(results))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--opponent", type=Path, required=True, metavar="DIR")
    parser.add_argument("--tasks", nargs="+", metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--budgets", nargs="+", type=float, default=[120.0])
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the two files are kept")
    parser.add_argument("--again", action="store_true", help="run also what has a result already")
    options = parser.parse_args()
    data = os.environ.get("ADVISOR_DATA")
    if not data:
        parser.error("ADVISOR_DATA must name the folder of the data sets")
    tasks = load_tasks(options.opponent.resolve(), Path(data).resolve())
    unknown = set(options.tasks or ()) - set(tasks.TASKS)
    if unknown:
        parser.error(f"no such task: {', '.join(sorted(unknown))}; choose from {', '.join(tasks.TASKS)}")
    results = keeping.begun(options.out / "opponent.json", machine=machine(), versions=versions())
    for budget in options.budgets:
        for seed in options.seeds:
            for name in options.tasks or tasks.TASKS:
                task = None
                for who in WHO:
                    key = {"task": name, "who": who, "budget": budget, "seed": seed}
                    done = [row for row in results["runs"] if key.items() <= row.items()]
                    if done and done[0]["value"] is not None and not options.again:
                        continue
                    task = task or tasks.load(name)
                    same = [
                        row
                        for row in results["runs"]
                        if (row["task"], row["budget"], row["seed"]) == (name, budget, seed)
                    ]
                    row = key | {"metric": task.metric}
                    row |= measured(who, tasks, task, options.opponent.resolve(), budget, seed, same)
                    results["runs"] = [one for one in results["runs"] if one not in done] + [row]
                    write(options.out, results)
                    print(
                        f"{name} seed {seed} {who}: {row['value']} in {row['seconds']:.0f} s {row['faults']}",
                        flush=True,
                    )
    write(options.out, results)
    print(options.out / "opponent.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
