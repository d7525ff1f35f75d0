"""What the mean of several seeds gains over one network where samples are few.

    ADVISOR_DATA=FOLDER python benchmarks/seeds.py [--seeds 0 1] [--timeout 20] [--out FOLDER]

Public sets cut down to some hundred samples to train and choose by, so that the rest is a large test part.
A short search draws the parts, so large or small; what it would choose by is then trained on as well, in
repeated folds. Of each set, `advisor search` with the time limit; then its model and the single best beside
it, which differ in nothing but the further seeds, are measured by `advisor evaluate` on the test part. Kept
in `results/seeds.json` after every run; what is there is skipped.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import keeping
from target_table import Row
from targets import RESULTS, advisor, as_object, last_words, machine, versions

PARTS = {  # of train, validation and test
    "wine_quality_red": "0.05,0.05,0.9",
    "titanic": "0.08,0.08,0.84",
    "sign_digits": "0.05,0.05,0.9",
    "fsdd": "0.04,0.04,0.92",
    "sms_spam_tsv": "0.02,0.02,0.96",
    "dna_binding": "0.04,0.04,0.92",
    "mnist_idx": "0.002,0.002,0.996",
    "ucr_italypowerdemand": "0.03,0.03,0.94",
    "uea_japanesevowels": "0.1,0.1,0.8",
    "sst2": "0.02,0.02,0.96",
}


def measured(path: Path, parts: str, timeout: float, seed: int) -> Row:
    """One search, and both of its models on the test part."""
    with TemporaryDirectory() as place:
        run, drawn, split = Path(place) / "run", Path(place) / "drawn", Path(place) / "split.csv"
        command = ["search", str(path), "--split", parts, "--timeout", "5", "--seed", str(seed)]
        code, _, stderr, _ = advisor([*command, "--out", str(drawn)], 120)
        if code not in (0, 3):
            return {"faults": [f"exit code {code}: {last_words(stderr)}"]}
        split.write_text((drawn / "split.csv").read_text().replace(",validation", ",train"))
        options = ["--split", str(split), "--timeout", f"{timeout:g}", "--seed", str(seed)]
        command = ["search", str(path), *options, "--json", "--out", str(run)]
        code, stdout, stderr, _ = advisor(command, 3 * timeout + 120)
        if code not in (0, 3):
            return {"faults": [f"exit code {code}: {last_words(stderr)}"]}
        result = as_object(stdout)
        found = result.get("ensemble") or {}
        row: Row = {
            "architecture": f"{result['best']['family']} {result['best']['architecture']}",
            "metric": result["metric"],
            "members": len(found.get("members") or ()),
            "taken": bool(found.get("taken")),
            "why": found.get("why"),
            "stated_gain": found.get("gain"),
            "latency_ms": found.get("latency_ms"),
            "single_latency_ms": found.get("single_latency_ms"),
            "split": result["split"],
            "faults": [],
        }
        if not row["taken"]:
            return row
        for name, model in (("mean", run), ("single", run / "single")):
            command = ["evaluate", str(model), str(path), "--split", str(run / "split.csv"), "--json"]
            code, stdout, stderr, _ = advisor(command, 600)
            if code != 0:
                row["faults"].append(f"{name}: exit code {code}: {last_words(stderr)}")
                continue
            row[name] = as_object(stdout)["score"]
    return row


def markdown(results: Row) -> str:
    """The table."""
    runs = results["runs"]
    taken = [row for row in runs if row.get("mean") and row.get("single")]
    gains = [row["mean"]["value"] - row["single"]["value"] for row in taken]
    middle = f"by {statistics.median(gains):+.4f} accuracy in the median" if gains else ""
    better, worse = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    lines = [
        "# One network or the mean of several seeds, where samples are few",
        "",
        f"Of {len(runs)} searches {len(taken)} handed over a mean; on the test part it was better than its "
        f"first member alone in {better}, worse in {worse}, {middle} ({min(gains, default=0):+.4f} to "
        f"{max(gains, default=0):+.4f}). `advisor search SET --split PARTS --timeout "
        f"{results['timeout']} --seed SEED`; written by `benchmarks/seeds.py`.",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
        "| set | seed | to train and choose by | test | network | seeds | one alone | their mean | gain | "
        "stated before | ms a sample: alone, mean |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(runs, key=lambda row: (row["set"], row["seed"])):
        name = f"{row['set']} | {row['seed']}"
        if row not in taken:
            why = row.get("why") or row["faults"]
            lines.append(f"| {name} | | | {row.get('architecture', '')} | | | | {why} | | |")
            continue
        split, mean, single = row["split"], row["mean"]["value"], row["single"]["value"]
        pool = sum(split[part] for part in ("train", "validation") if split.get(part))
        lines.append(
            f"| {name} | {pool} | {row['mean']['samples']} | {row['architecture']} | {row['members']} | "
            f"{single:.4f} | {mean:.4f} | {mean - single:+.4f} | {row['stated_gain']:+.4f} | "
            f"{row['single_latency_ms']:.2g}, {row['latency_ms']:.2g} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--timeout", type=float, default=20.0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    data = Path(os.environ["ADVISOR_DATA"])
    file = arguments.out / "seeds.json"
    results = keeping.begun(file, machine=machine(), versions=versions()) | {"timeout": arguments.timeout}
    done = {(row["set"], row["seed"]) for row in results["runs"]}
    for seed in arguments.seeds:
        for name, parts in PARTS.items():
            if (name, seed) in done:
                continue
            row = {"set": name, "seed": seed, **measured(data / name, parts, arguments.timeout, seed)}
            results["runs"].append(row)
            keeping.write(file, results)
            keeping.write(arguments.out / "seeds.md", markdown(results))
            print(row, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
