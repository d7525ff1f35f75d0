"""What the advice is worth: a search on every set that can be trained, and what the prediction came to.

    ADVISOR_DATA=FOLDER python benchmarks/advice.py [--sets NAME ...] [--seeds 0] [--timeout 60]
        [--out FOLDER]

Writes `docs/advice.md` (or, with `--out`, there). What is said in it is computed from the results alone:
where another family is ahead beyond noise, where nothing is decided, where a simple baseline is as good.
Every result is kept in `results/advice.json` at once, and what is there is skipped.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import keeping
from target_table import FORECAST, Row
from targets import CHECKOUT, RESULTS, advisor, as_object, last_words, machine, versions

# What a set has to be told that its files do not say.
OPTIONS = {"etth1": FORECAST, "beijing_pollution": ("--target", "pm2.5", "--horizon", "24")}
NOT_TRAINED = 1  # exit code
VERDICTS = ("confirmed", "undecided", "contradicted", "untested")


def measured(data: Path, name: str, seed: int, timeout: float) -> Row:
    """One search, or why the set cannot be trained."""
    options = [*OPTIONS.get(name, ()), "--timeout", f"{timeout:g}", "--seed", str(seed)]
    row: Row = {"set": name, "seed": seed, "command": shlex.join(["advisor", "search", name, *options])}
    with TemporaryDirectory() as place:
        arguments = ["search", str(data / name), *options, "--json", "--out", str(Path(place) / "run")]
        code, stdout, stderr, seconds = advisor(arguments, 3 * timeout + 120)
    result = as_object(stdout)
    row |= {"exit_code": code, "seconds": seconds, "task": result.get("task")}
    advice, best = result.get("advice") or {}, result.get("best")
    row |= {"structure": result.get("structure"), "family": result.get("family")}
    if not best:
        notes = result.get("notes") or []
        return row | {"trained": False, "why": notes[0] if notes else last_words(stderr)}
    beats = result.get("beats_baselines") or {}
    return row | {
        "trained": True,
        "metric": result["metric"],
        "verdict": advice.get("verdict"),
        "against": advice.get("against"),
        "gap": advice.get("gap"),
        "ci95": advice.get("ci95"),
        "why": advice.get("why"),
        "fair_round": {
            one["family"]: (one["fair_round"] or {}).get("value") for one in result.get("families", [])
        },
        "best_family": best["family"],
        "architecture": best["architecture"],
        "test": (best.get("test") or {}).get("value"),
        "beats_baselines": beats.get("answer"),
        "best_baseline": beats.get("best_baseline"),
        "baseline_gap": beats.get("gap"),
        "baseline_ci95": beats.get("ci95"),
        "split": result.get("split"),
    }


def gap(row: Row, value: str = "gap", interval: str = "ci95") -> str:
    """A difference with its interval."""
    if row.get(value) is None:
        return "-"
    low, high = row[interval]
    return f"{row[value]:+.3f} ({low:+.3f} to {high:+.3f})"


def line(row: Row) -> str:
    """One line of the table."""
    rounds = ", ".join(
        f"{family} {'-' if value is None else format(value, '.3f')}"
        for family, value in sorted(row["fair_round"].items())
    )
    cells = [
        row["set"], f"{row['structure']}, {row['task']}", row["family"], row["verdict"],
        row["against"] or "-", gap(row), f"{row['metric']}: {rounds}",
        f"{row['best_family']} {row['architecture']}",
        f"{row['test']:.3f}" if row["test"] is not None else "-",
        f"{row['beats_baselines'] or '-'}, {row['best_baseline'] or '-'}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def listed(rows: Sequence[Row], say: Callable[[Row], str]) -> list[str]:
    """One line each, or that there is none."""
    return [f"- {say(row)}." for row in rows] or ["- none"]


def of_seed(row: Row, rows: Sequence[Row]) -> str:
    """The name of a set, with the seed where there are several."""
    several = len({one["seed"] for one in rows}) > 1
    return f"{row['set']} (seed {row['seed']})" if several else str(row["set"])


def findings(rows: Sequence[Row]) -> list[str]:
    """What the flowchart got wrong, and what stays open, in sentences."""
    by = {verdict: [row for row in rows if row["verdict"] == verdict] for verdict in VERDICTS}
    moved = [row for row in rows if row["best_family"] != row["family"]]
    beaten = [row for row in rows if row["beats_baselines"] == "no"]
    tied = [row for row in rows if row["beats_baselines"] == "tied"]

    def baseline(row: Row) -> str:
        name = f"{of_seed(row, rows)}: {row['best_baseline'].replace('_', ' ')}"
        return f"{name}; the network's advantage is {gap(row, 'baseline_gap', 'baseline_ci95')}"

    def compared(row: Row) -> str:
        rest = f"; {row['why']}" if row["why"] else ""
        return f"{of_seed(row, rows)}: {row['family']} against {row['against']}, {gap(row)}{rest}"

    counts = ", ".join(f"{verdict} on {len(by[verdict])}" for verdict in VERDICTS)
    return [
        "## What the flowchart gets wrong",
        "",
        f"Of {len(rows)} searches the advice was {counts}.",
        "",
        "Wrong, in the time given: another family was ahead of the advised one beyond noise:",
        "",
        *listed(by["contradicted"], compared),
        "",
        "Not decided: the families are within noise of each other:",
        "",
        *listed(by["undecided"], compared),
        "",
        "Not tested:",
        "",
        *listed(by["untested"], lambda row: f"{of_seed(row, rows)}: {row['why']}"),
        "",
        "Confirmed:",
        "",
        *listed(by["confirmed"], compared),
        "",
        "The winner after tuning is of another family than the advised one:",
        "",
        *listed(
            moved,
            lambda row: (
                f"{of_seed(row, rows)}: {row['best_family']} {row['architecture']}, advised {row['family']}"
            ),
        ),
        "",
        "A simple baseline's test score is at least the network's, so no deep network is needed:",
        "",
        *listed(beaten, baseline),
        "",
        "The network is ahead of the best baseline, but within noise:",
        "",
        *listed(tied, baseline),
    ]


def markdown(results: Row) -> str:
    """The page."""
    trained = [row for row in results["runs"] if row["trained"]]
    refused = list({row["set"]: row for row in results["runs"] if not row["trained"]}.values())
    heads = (
        "set | what | advised | verdict | against | gap (95 % interval) | fair round | winner | test score | "
        "baseline beaten, the best"
    )
    seeds = ", ".join(map(str, sorted({row["seed"] for row in results["runs"]})))
    return "\n".join(
        [
            "# What the advice is worth",
            "",
            "Before any training `advisor search` writes down which family the flowchart advises. Then "
            "every family is trained for equal seconds with the settings of its own sizing rule, and the "
            "verdict compares them on the validation samples. The gap is the advised family's advantage in "
            "the metric over the challenger that decided, above zero where the advice is ahead. A verdict "
            "speaks of what can be trained in the time given, and with several challengers one of them is "
            f"sooner ahead by chance. Seeds {seeds}; written by `benchmarks/advice.py`.",
            "",
            f"Machine: {results['machine']}. Versions: {results['versions']}.",
            "",
            *findings(trained),
            "",
            "## All sets",
            "",
            f"| {heads} |",
            "|" + "---|" * len(heads.split(" | ")),
            *(line(row) for row in trained),
            "",
            "Not trained:",
            "",
            *listed(
                refused,
                lambda row: f"{row['set']} ({row['structure']}, {row['task']}): {row['why'].rstrip('.')}",
            ),
            "",
            "Commands:",
            "",
            *(f"    {row['command']}" for row in results["runs"]),
            "",
        ]
    )


def write(results: Row, kept: Path, page: Path) -> None:
    keeping.write(kept / "advice.json", results)
    keeping.write(page / "advice.md", markdown(results))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--out", type=Path, help="where both files are kept")
    parser.add_argument("--again", action="store_true", help="run also what has a result already")
    options = parser.parse_args()
    place = os.environ.get("ADVISOR_DATA")
    if not place:
        parser.error("ADVISOR_DATA must name the folder of the data sets")
    data, kept, page = Path(place), options.out or RESULTS, options.out or CHECKOUT / "docs"
    results = keeping.begun(kept / "advice.json", machine=machine(), versions=versions())
    for seed in options.seeds:
        for name in options.sets or sorted(one.name for one in data.iterdir() if one.is_dir()):
            done = [row for row in results["runs"] if (row["set"], row["seed"]) == (name, seed)]
            if done and not options.again:
                continue
            row = measured(data, name, seed, options.timeout)
            results["runs"] = [one for one in results["runs"] if one not in done] + [row]
            write(results, kept, page)
            print(
                f"{name} seed {seed}: {row.get('verdict') or row['why']} in {row['seconds']:.0f} s",
                flush=True,
            )
    write(results, kept, page)
    print(page / "advice.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
