"""Runs the searches whose figures the README quotes, one at a time, and writes a table of them.

    ADVISOR_DATA=FOLDER python benchmarks/targets.py [--only NAME ...] [--seeds 0 1 2] [--timeout 120]

Each search is followed by an evaluation of the saved model on the test part, which must give the same
score, and by an export to ONNX, which must give the same answers; neither counts into the seconds.
Results are kept in `benchmarks/results/targets.json` after every run, and runs that are there are
skipped, so it can be stopped and started again. The set of moving digits is the bundled one; the others
lie in the folder that ADVISOR_DATA names.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import keeping
from target_table import TARGETS, Row, Target, markdown

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results"
RUNS = CHECKOUT / "runs" / "targets"
LATE = {"share": 0.05, "seconds": 5.0}  # how far over its timeout a command may be: the larger one
SAME_SCORE = 1e-6
EXPORT_LIMIT = 1e-4  # of the largest logit
FIELDS = (
    "schema run status structure family task metric greater_is_better best baselines beats_baselines "
    "families advice split trials phases seconds seed environment"
).split()
SPATIOTEMPORAL_BASELINES = 0.60  # what models of one frame or of a bag of frames may reach


def advisor(arguments: Sequence[str], limit: float) -> tuple[int, str, str, float]:
    """Exit code, stdout, stderr and seconds of one command; 124 when it was stopped at `limit`."""
    start = time.perf_counter()
    try:
        command = [sys.executable, "-m", "advisor", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
        code, out, error = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        code, out, error = 124, "", f"stopped after {limit:.0f} s"
    return code, out, error, time.perf_counter() - start


def last_words(stderr: str) -> str:
    """The last line of stderr, without the folders of this machine."""
    line = (stderr.strip().splitlines() or ["nothing on stderr"])[-1]
    for folder in (os.environ.get("ADVISOR_DATA"), str(CHECKOUT), str(Path.home())):
        line = line.replace(folder, "...") if folder else line
    return line


def as_object(text: str) -> Row:
    """The one JSON object that the text is, or an empty one."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def measure(target: Target, path: Path, seed: int, timeout: float) -> Row:
    """One search with all that is checked about it."""
    out = RUNS / f"{target.name}-{seed}"
    shutil.rmtree(out, ignore_errors=True)
    options = ["--timeout", f"{timeout:g}", "--seed", str(seed), *target.options]
    search = ["search", str(path), *options, "--json", "--out", str(out)]
    code, stdout, stderr, seconds = advisor(search, 3 * timeout + 60)
    result = as_object(stdout)
    command = shlex.join(["advisor", "search", target.name, *options])
    row: Row = {"name": target.name, "seed": seed, "command": command, "exit_code": code, "seconds": seconds}
    if not result:
        return {**row, "faults": [f"no result: {last_words(stderr)}"]}
    row |= summary(result)
    row |= evaluated(out, path, row["test"])
    row |= exported(out)
    return {**row, "faults": faults(target, result, row, timeout)}


def summary(result: Row) -> Row:
    """What is kept of a result."""
    best = result.get("best") or {}
    baselines = {
        one["name"]: one["test"]["value"] for one in result.get("baselines") or [] if one.get("test")
    }
    better = max if result.get("greater_is_better") else min
    strongest = better(baselines, key=lambda name: baselines[name]) if baselines else None
    advice, beats = result.get("advice") or {}, result.get("beats_baselines") or {}
    test = best.get("test") or {}
    return {
        "structure": result.get("structure"),
        "family": result.get("family"),
        "metric": result.get("metric"),
        "best_family": best.get("family"),
        "architecture": best.get("architecture"),
        "parameters": best.get("parameters"),
        "test": test.get("value"),
        "test_ci95": test.get("ci95"),
        "test_samples": test.get("samples"),
        "looks": test.get("looks"),
        "baselines": baselines,
        "strongest_baseline": strongest,
        "strongest_baseline_test": baselines.get(strongest) if strongest else None,
        "verdict": advice.get("verdict"),
        "against": advice.get("against"),
        "beats_baselines": beats.get("answer"),
        "trials": result.get("trials"),
        "stated_seconds": result.get("seconds"),
        "missing_fields": [name for name in FIELDS if name not in result],
        "schema": result.get("schema"),
    }


def evaluated(run: Path, path: Path, reported: float | None) -> Row:
    """What `advisor evaluate` says of the saved model on the test part."""
    code, stdout, stderr, _ = advisor(
        ["evaluate", str(run), str(path), "--split", str(run / "split.csv"), "--json"], 600
    )
    found = as_object(stdout)
    score = (found.get("score") or {}).get("value")
    same = score is not None and reported is not None and abs(score - reported) <= SAME_SCORE
    return {
        "evaluate_exit_code": code,
        "evaluate_score": score,
        "evaluate_same": same,
        "evaluate_said": last_words(stderr) if code else None,
    }


def exported(run: Path) -> Row:
    """What `advisor export` says of the difference between the ONNX model and the trained one."""
    code, _, stderr, _ = advisor(["export", str(run), "--format", "onnx", "--out", str(run / "onnx")], 600)
    told = re.search(r"differs by at most ([0-9.e+-]+) from the trained model", stderr)
    difference = float(told.group(1)) if told else None
    said_last = last_words(stderr) if code else None
    return {"export_exit_code": code, "export_difference": difference, "export_said": said_last}


def faults(target: Target, result: Row, row: Row, timeout: float) -> list[str]:
    """Everything about one run that is not as it should be, whatever its score."""
    found = [f"field `{name}` is missing" for name in row["missing_fields"]]
    if row["schema"] != "advisor.result/1":
        found.append(f"schema {row['schema']!r}")
    if row["exit_code"] not in (0, 3):
        found.append(f"exit code {row['exit_code']}")
    allowed = timeout + max(LATE["share"] * timeout, LATE["seconds"])
    if row["seconds"] > allowed:
        found.append(f"{row['seconds']:.1f} s, over {allowed:.0f} s")
    if row["structure"] != target.structure or row["family"] not in target.families:
        found.append(f"advice {row['structure']}, {row['family']}")
    if row["test"] is not None and row["exit_code"] != honest_exit_code(target, row):
        found.append(f"exit code {row['exit_code']} hides how the baselines did")
    if not fitting_verdict(target, row):
        found.append(f"verdict {row['verdict']}, won by {row['best_family']}")
    if not row["evaluate_same"]:
        found.append(f"evaluate gives {row['evaluate_score']}, the search {row['test']}")
    difference = row["export_difference"]
    if row["export_exit_code"] != 0 or difference is None or difference > EXPORT_LIMIT:
        found.append(f"export: exit code {row['export_exit_code']}, difference {difference}")
    if target.structure == "spatiotemporal" and target.bundled:
        high = {name: value for name, value in row["baselines"].items() if value > SPATIOTEMPORAL_BASELINES}
        found += [f"baseline {name} reaches {value:.3f}" for name, value in high.items()]
    return found


def fitting_verdict(target: Target, row: Row) -> bool:
    """Whether the verdict is the one that is needed."""
    if target.verdict == "agrees":
        denied = "contradicted" if row["best_family"] == row["family"] else "confirmed"
        return bool(row["verdict"] not in (denied, None))
    return target.verdict in (None, row["verdict"])


def honest_exit_code(target: Target, row: Row) -> int:
    """3 when the strongest baseline's test score is at least the network's, else 0."""
    baseline, network = row["strongest_baseline_test"], row["test"]
    if baseline is None:
        return 0
    as_good = baseline >= network if target.greater_is_better else baseline <= network
    return 3 if as_good else 0


def machine() -> str:
    """Processor, cores and memory; half precision in hardware makes convolutions twice as fast."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    file = Path("/proc/cpuinfo")
    cpu = file.read_text(encoding="utf-8") if file.is_file() else ""
    name = re.search(r"model name\s*: (.+)", cpu)
    bf16 = ", bf16 in hardware" if re.search(r"\b(avx512_bf16|amx_bf16)\b", cpu) else ""
    processor = f"{name[1]}{bf16}" if name else platform.machine()
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, {platform.system()}"


def versions() -> str:
    """Of what decides about the figures."""
    libraries = ("architecture-advisor", "torch", "optuna", "numpy", "scikit-learn")
    return ", ".join(
        [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in libraries)]
    )


def write(results: Row) -> None:
    """Both files, each whole or not at all."""
    keeping.write(RESULTS / "targets.json", results)
    keeping.write(RESULTS / "targets.md", markdown(results))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=[target.name for target in TARGETS], metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--again", action="store_true", help="run also what has a result already")
    options = parser.parse_args()
    data = os.environ.get("ADVISOR_DATA")
    chosen = [target for target in TARGETS if not options.only or target.name in options.only]
    if not data and not all(target.bundled for target in chosen):
        parser.error("ADVISOR_DATA must name the folder of the data sets (or: --only moving_digits)")
    file = RESULTS / "targets.json"
    results = keeping.begun(file, machine=machine(), versions=versions())
    for seed in options.seeds:
        for target in chosen:
            done = [row for row in results["runs"] if (row["name"], row["seed"]) == (target.name, seed)]
            if done and not options.again:
                continue
            path = (CHECKOUT / "datasets" if target.bundled else Path(data or "")) / target.name
            row = measure(target, path, seed, options.timeout)
            results["runs"] = [one for one in results["runs"] if one not in done] + [row]
            write(results)
            print(
                f"{target.name} seed {seed}: {row.get('test')} in {row['seconds']:.0f} s {row['faults']}",
                flush=True,
            )
    print(RESULTS / "targets.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
