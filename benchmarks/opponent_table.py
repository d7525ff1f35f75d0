"""What the runs of `opponent.py` say, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray
from target_table import Row, each, numbers, spread

DRAWS = 4_000
GOALS = {"wins": 11, "worse": 0, "third": 8}  # of the 14 tasks
HEADS = (
    "task", "metric", "handwritten", "advisor", "better", "advantage (95 % interval)", "beyond noise",
    "advisor in a third of the time", "seconds: handwritten, advisor, a third",
    "its score reached in a third", "winner", "best baseline beaten",
)  # fmt: skip


def kept(samples: NDArray[np.float64]) -> str | list[float]:
    """Scores per sample as JSON holds them; ones and zeros as bits in hexadecimal, after their count."""
    if set(samples.tolist()) <= {0.0, 1.0}:
        return f"{len(samples)}:{np.packbits(samples.astype(bool)).tobytes().hex()}"
    return [round(value, 6) for value in samples.tolist()]


def opened(samples: str | list[float]) -> NDArray[np.float64]:
    """[sample] what `kept` was given."""
    if isinstance(samples, list):
        return np.array(samples)
    count, bits = samples.split(":")
    unpacked = np.unpackbits(np.frombuffer(bytes.fromhex(bits), np.uint8), count=int(count))
    return unpacked.astype(np.float64)


def advantage(
    ours: Sequence[Row], theirs: Sequence[Row], *, greater_is_better: bool
) -> tuple[float, float, float]:
    """How much better ours is on the mean over seeds, with its 95 % interval.

    Bootstrap over the test samples, paired, and over the seeds of each side, each drawn by itself.
    """
    generator = np.random.default_rng(0)
    sides = [np.stack([opened(row["samples"]) for row in rows]) for rows in (ours, theirs)]
    samples = sides[0].shape[1]
    sign = 1.0 if greater_is_better else -1.0
    draws = []
    for _ in range(DRAWS):
        a, b = (side[generator.integers(len(side), size=len(side))].mean(axis=0) for side in sides)
        draws.append((a - b)[generator.integers(samples, size=samples)].mean())
    low, high = np.quantile(np.array(draws) * sign, [0.025, 0.975])
    return sign * float(sides[0].mean() - sides[1].mean()), float(low), float(high)


def compared(task: str, runs: Sequence[Row]) -> Row | None:
    """The cells of one task, and what they count for; None until both sides have a score."""
    sides = {
        who: [row for row in runs if row["who"] == who and row["value"] is not None]
        for who in ("opponent", "advisor", "third")
    }
    theirs, ours, third = sides["opponent"], sides["advisor"], sides["third"]
    if not theirs or not ours:
        return None
    metric = theirs[0]["metric"]
    greater = metric == "accuracy"
    a, b = median(numbers(ours, "value")), median(numbers(theirs, "value"))
    outcome = "tie" if a == b else "yes" if (a > b) == greater else "no"
    gap, low, high = advantage(ours, theirs, greater_is_better=greater)
    beyond = "worse" if high < 0 else "better" if low > 0 else "within"
    reached, seconds = "-", [[row["seconds"] for row in rows] for rows in (theirs, ours, third)]
    if third:
        c = median(numbers(third, "value"))
        as_good = c >= b if greater else c <= b
        in_time = median(seconds[2]) <= median(seconds[0]) / 3
        reached = "yes" if as_good and in_time else "no" if not as_good else "too late"
    cells = [
        task, metric, spread(numbers(theirs, "value"), 3), spread(numbers(ours, "value"), 3), outcome,
        f"{gap:+.3f} ({low:+.3f} to {high:+.3f})", beyond, spread(numbers(third, "value"), 3),
        ", ".join(f"{median(one):.0f}" if one else "-" for one in seconds), reached,
        each(ours, "architecture"), each(ours, "beats_baselines"),
    ]  # fmt: skip
    return {"cells": cells, "wins": outcome == "yes", "worse": beyond == "worse", "third": reached == "yes"}


def table(budget: float, runs: Sequence[Row]) -> list[str]:
    """The lines of one budget."""
    names = list(dict.fromkeys(row["task"] for row in runs))
    found = [
        one
        for one in (compared(name, [row for row in runs if row["task"] == name]) for name in names)
        if one is not None
    ]
    if not found:
        return []
    wins, worse, third = (sum(one[what] for one in found) for what in GOALS)
    count = len(found)
    return [
        f"## {budget:g} s",
        "",
        f"- A better test score than the handwritten program on **{wins} of {count}** tasks "
        f"(aim: {GOALS['wins']} of 14).",
        f"- Worse beyond noise on **{worse}** (aim: none).",
        f"- Its score reached in at most a third of its time on **{third} of {count}** "
        f"(aim: {GOALS['third']} of 14).",
        "",
        "| " + " | ".join(HEADS) + " |",
        "|" + "---|" * len(HEADS),
        *("| " + " | ".join(one["cells"]) + " |" for one in found),
        "",
    ]


def markdown(results: Row) -> str:
    """Everything that has been run, and how."""
    runs = results["runs"]
    seeds = ", ".join(map(str, sorted({row["seed"] for row in runs})))
    lines = [
        "# Beside what a competent person writes in an afternoon",
        "",
        "`handwritten.py`: 20 trials of Optuna with its median pruner around a plain PyTorch loop, one good "
        "small network for each kind of data, the winner trained again on train and validation. Written "
        "apart from this project, and frozen. Same splits, same seconds, one run at a time, in turn; the "
        f"median and, in brackets, the range over the seeds {seeds}. Seconds are those of the whole command, "
        "the program's start included. Written by `benchmarks/opponent.py`.",
        "",
        "*Better* compares the medians. *Advantage* is the difference of the means over the seeds, in favour "
        "of the advisor where it is above zero; its interval is a bootstrap over the test samples, paired "
        "(of forecasts, over blocks of windows that begin within one horizon; where there is one window, "
        "over its steps, which says little), and over the seeds of each side. *Beyond noise*: the whole "
        "interval lies on one side of zero. *A third*: `--timeout` with a third of the seconds that the "
        "handwritten program took with that seed, at most a third of the budget; *too late* where the score "
        "was reached and the command took longer than a third.",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
    ]
    for budget in sorted({row["budget"] for row in runs}):
        lines += table(budget, [row for row in runs if row["budget"] == budget])
    told = [
        f"- {row['task']}, seed {row['seed']}, {row['who']}: {fault}"
        for row in runs
        for fault in row["faults"]
    ]
    if told:
        lines += ["Faults:", "", *told, ""]
    shown = {_general(row) for row in runs}
    return "\n".join([*lines, "Commands:", "", *(f"    {one}" for one in sorted(shown)), ""])


def _general(row: Row) -> str:
    words = row["command"].split()
    for option, name in (("--seed", "SEED"), ("--timeout", "SECONDS"), ("--budget", "SECONDS")):
        if option in words:
            words[words.index(option) + 1] = name
    return " ".join(words)
