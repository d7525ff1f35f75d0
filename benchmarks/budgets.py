"""Whether `--timeout` is kept: the wall time of whole commands against their limit, over different sets.

    ADVISOR_DATA=FOLDER python benchmarks/budgets.py [--quick] [--out FOLDER]

None may be over by more than the larger of 5 % and 5 s. The wall time includes the program's start. `--quick`
takes those of up to 30 s. Kept in `results/budgets.json` after every run; what is there is skipped.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import keeping
from advice import OPTIONS
from target_table import Row
from targets import LATE, RESULTS, advisor, as_object, last_words, machine, versions

QUICK = 30  # seconds
# Every kind of data under short limits, where the fixed costs weigh most, and the larger sets under all.
LIMITS = {
    20: ("mnist_idx", "sst2", "fight_clips_mp4", "uea_japanesevowels"),
    30: ("etth1", "cifar10_folders", "titanic"),
    45: ("ag_news", "ucr_gunpoint"),
    60: ("fsdd", "airline_passengers"),
    90: ("sign_digits", "beijing_pollution"),
    120: ("mnist_idx", "sms_spam_tsv"),
    180: ("etth1", "dna_binding"),
    240: ("cifar10_folders",),
    300: ("fight_clips_mp4", "sst2"),
}


def allowed(limit: float) -> float:
    """Seconds that a command with this timeout may take."""
    return limit + max(LATE["share"] * limit, LATE["seconds"])


def measured(data: Path, name: str, limit: int) -> Row:
    """One search."""
    with TemporaryDirectory() as place:
        arguments = [
            "search", str(data / name), *OPTIONS.get(name, ()), "--timeout", str(limit), "--seed", "0",
            "--json", "--out", str(Path(place) / "run"),
        ]  # fmt: skip
        code, stdout, stderr, seconds = advisor(arguments, 3 * limit + 120)
    result = as_object(stdout)
    row: Row = {"set": name, "limit": limit, "seconds": seconds, "exit_code": code}
    row |= {"stated_seconds": result.get("seconds"), "phases": result.get("phases"), "faults": []}
    if code not in (0, 3):
        row["faults"].append(f"exit code {code}: {last_words(stderr)}")
    if seconds > allowed(limit):
        row["faults"].append(f"{seconds:.1f} s, over {allowed(limit):.0f} s")
    return row


def markdown(results: Row) -> str:
    """The table."""
    runs = sorted(results["runs"], key=lambda row: (row["limit"], row["set"]))
    kept = sum(not row["faults"] for row in runs)
    shares = [row["seconds"] / row["limit"] for row in runs]
    lines = [
        "# Whether time limits are kept",
        "",
        f"**{kept} of {len(runs)}** commands ended within their `--timeout` and the larger of 5 % and 5 s; "
        f"they took {min(shares):.2f} to {max(shares):.2f} of it. `advisor search SET --timeout LIMIT --seed "
        "0`, one at a time, the program's start included. Written by `benchmarks/budgets.py`.",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
        "| set | limit, s | took, s | over by, s | may take, s | longest phases, s | kept |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in runs:
        longest = sorted((row["phases"] or {}).items(), key=lambda one: -one[1])[:3]
        cells = [
            row["set"], str(row["limit"]), f"{row['seconds']:.1f}", f"{row['seconds'] - row['limit']:+.1f}",
            f"{allowed(row['limit']):.0f}", ", ".join(f"{name} {value:.0f}" for name, value in longest),
            "; ".join(row["faults"]) or "yes",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help=f"only limits of up to {QUICK} s")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the two files are kept")
    parser.add_argument("--again", action="store_true", help="run also what has a result already")
    options = parser.parse_args()
    place = os.environ.get("ADVISOR_DATA")
    if not place:
        parser.error("ADVISOR_DATA must name the folder of the data sets")
    file = options.out / "budgets.json"
    results = keeping.begun(file, machine=machine(), versions=versions())
    wanted = [
        (name, limit)
        for limit, names in LIMITS.items()
        for name in names
        if limit <= QUICK or not options.quick
    ]
    for name, limit in wanted:
        done = [row for row in results["runs"] if (row["set"], row["limit"]) == (name, limit)]
        if not done or options.again:
            row = measured(Path(place), name, limit)
            results["runs"] = [one for one in results["runs"] if one not in done] + [row]
            keeping.write(file, results)
            print(f"{name}: {row['seconds']:.1f} s of {limit} {row['faults']}", flush=True)
        keeping.write(options.out / "budgets.md", markdown(results))
    print(options.out / "budgets.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
