"""The sets that are searched, what is aimed at on each, and the table of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One data set, the advice that is right for it, and the score that is aimed at (None: end to end).

    `verdict` is the one that is needed; `agrees` needs one that does not deny that the winner won.
    """

    name: str
    structure: str
    families: tuple[str, ...]
    goal: float | None
    options: tuple[str, ...] = ()
    greater_is_better: bool = True
    bundled: bool = False
    verdict: str | None = None


ANY_OF_SEQUENCE = ("rnn", "cnn")
FORECAST = ("--horizon", "96", "--target", "all", "--split", "8640,2880,2880")
TARGETS = (
    Target("mnist_idx", "grid", ("cnn",), 0.990),
    Target("cifar10_folders", "grid", ("cnn",), 0.58),
    Target("sign_digits", "grid", ("cnn",), 0.85),
    Target("uea_japanesevowels", "sequential", ("rnn",), 0.97),
    Target("ucr_gunpoint", "sequential", ANY_OF_SEQUENCE, 0.98, verdict="agrees"),
    Target("ucr_basicmotions", "sequential", ANY_OF_SEQUENCE, 0.97),
    Target("sst2", "sequential", ("rnn",), 0.78),
    Target("etth1", "sequential", ("rnn",), 0.43, options=FORECAST, greater_is_better=False),
    Target("moving_digits", "spatiotemporal", ("hybrid",), 0.90, bundled=True, verdict="confirmed"),
    Target("fight_clips_mp4", "spatiotemporal", ("hybrid",), None),
)


def spread(values: Sequence[float], digits: int) -> str:
    """The median and, where there are several values, the least and greatest."""
    if not values:
        return "-"
    middle = f"{median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def each(rows: Sequence[Row], key: str) -> str:
    """The values of all runs; once where they are the same."""
    values = ["-" if row.get(key) is None else str(row[key]) for row in rows]
    return values[0] if len(set(values)) == 1 else " / ".join(values)


def reached(target: Target, rows: Sequence[Row]) -> str:
    """Whether the median is at the goal and no run has a fault."""
    tests = numbers(rows, "test")
    if any(row["faults"] for row in rows) or len(tests) < len(rows):
        return "no (faults)"
    if target.goal is None:
        return "yes"
    at_goal = median(tests) >= target.goal if target.greater_is_better else median(tests) <= target.goal
    return "yes" if at_goal else "no"


def numbers(rows: Sequence[Row], key: str) -> list[float]:
    """The values that are there."""
    return [row[key] for row in rows if row.get(key) is not None]


def table_line(target: Target, rows: Sequence[Row]) -> str:
    """One line of the table, for all seeds of one set."""
    sign = ">=" if target.greater_is_better else "<="
    cells = [
        target.name,
        f"{each(rows, 'structure')}, {each(rows, 'family')}",
        spread(numbers(rows, "test"), 3),
        "end to end" if target.goal is None else f"{sign} {target.goal}",
        f"{each(rows, 'best_family')} {each(rows, 'architecture')}",
        f"{spread(numbers(rows, 'strongest_baseline_test'), 3)} {each(rows, 'strongest_baseline')}",
        each(rows, "beats_baselines"),
        each(rows, "verdict"),
        each(rows, "exit_code"),
        spread([row["seconds"] for row in rows], 1),
        "yes" if all(row.get("evaluate_same") for row in rows) else "no",
        max((f"{value:.1e}" for value in numbers(rows, "export_difference")), key=float, default="-"),
        reached(target, rows),
    ]
    return "| " + " | ".join(cells) + " |"


def markdown(results: Row) -> str:
    """The table of all sets that have been run, and how it was made."""
    heads = (
        "set | advice | test score | aim | winner | strongest baseline | beaten | verdict | exit code | "
        "seconds | evaluate agrees | ONNX difference | reached"
    )
    seeds = ", ".join(map(str, sorted({row["seed"] for row in results["runs"]})))
    lines = [
        "# Searches on ten sets",
        "",
        f"One run at a time; the median and, in brackets, the range over the seeds {seeds}. Accuracy, but "
        "mean squared error of standardised values for etth1. Written by `benchmarks/targets.py`.",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
        f"| {heads} |",
        "|" + "---|" * len(heads.split(" | ")),
    ]
    told: list[str] = []
    for target in TARGETS:
        rows = [row for row in results["runs"] if row["name"] == target.name]
        if rows:
            lines.append(table_line(target, rows))
            told += [
                f"- {target.name}, seed {row['seed']}: {fault}" for row in rows for fault in row["faults"]
            ]
    commands = sorted(
        {row["command"].replace(f"--seed {row['seed']}", "--seed SEED") for row in results["runs"]}
    )
    lines += ["", "Commands:", "", *(f"    {command}" for command in commands)]
    if told:
        lines += ["", "Faults:", "", *told]
    return "\n".join(lines) + "\n"
