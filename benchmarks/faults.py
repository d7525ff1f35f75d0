"""Searches that are killed, run out of disk or out of memory, and then gone on with.

    python benchmarks/faults.py [--kills 20] [--disks 5] [--limits 5] [--seed 0]

On the bundled knocks, small networks and `--trials`, on one thread. Each search is struck at a random
moment: by `kill -9` (up to four times a search, gone on with in between), by a disk (a tmpfs) that something
else fills up when none, one, two or more of its trials have finished, or by a limit on its address space of
little more than what it has. Then `--resume`, with room again, to the end.
What is checked: every trial that was finished in `study.db` is still there, with the same value and the same
time of its end (so it was not trained again); the search ends; and its trials, the winner's scores among
them, are those of an undisturbed search, bit for bit. A trial that memory did not suffice for is an
exception: it may be recorded as failed, or differ in the last digits, and must say so.

Full disks need `unshare` with a mount namespace of its own (Linux). Kept in `results/faults.json` after every
search; what is there is skipped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import resource
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import keeping
from target_table import Row
from targets import CHECKOUT, RESULTS, last_words, machine, versions

Finished = dict[tuple[str, int], tuple[object, ...]]
TRIALS = 6
KILLS_EACH = 4
PAGE = 4_096
MOST_SPARE = 8 * 2**20  # bytes of address space that a search is left when its memory is limited
DISK, BLOCK = 64 * 2**20, 2**20  # bytes of a disk, and those that it is filled with at once
MOST_ROOM = 64 * 2**10  # bytes that are left of it when it is filled
LOOK_EVERY_SECONDS = 0.02  # how many trials have finished
NAMESPACE = "ADVISOR_FAULTS_NAMESPACE"
SPACE = """
family = "cnn"
architecture = "plain"
about = "Small and quickly trained."
layouts = ["series"]
tasks = ["classification"]
"""
PARAMETER = '[parameters.{}]\ntype = "int"\nlow = {}\nhigh = {}\nreason = "quick"\nsource = "faults.py"\n'
RANGES = (("width", 8, 32), ("batch_size", 32, 64), ("max_epochs", 4, 4))
FINISHED = """
SELECT study_name, number, state, value, datetime_complete FROM trials
JOIN studies USING (study_id) LEFT JOIN trial_values USING (trial_id)
WHERE state IN ('COMPLETE', 'PRUNED', 'FAIL')
"""
OPTIONS = (
    f"--family cnn --device cpu --threads 1 --precision float32 --gflops 20 --seed 0 --json --trials {TRIALS}"
)


@dataclass(frozen=True)
class Ended:
    """How a process ended; `struck`: before it had ended by itself."""

    code: int
    struck: bool
    seconds: float
    said: str


def begin(out: Path, space: Path) -> list[str]:
    data = str(CHECKOUT / "datasets" / "knocks")
    return ["search", data, *shlex.split(OPTIONS), "--space", str(space), "--out", str(out)]


def resume(out: Path) -> list[str]:
    return ["search", "--resume", str(out), "--json"]


def command(
    arguments: list[str],
    moment: float | Callable[[], bool] | None = None,
    strike: Callable[[int], None] | None = None,
) -> Ended:
    """Runs `advisor`; after `moment` seconds, or when it is true, calls `strike` with its process number."""
    with TemporaryDirectory() as place, (Path(place) / "stderr").open("w+") as said:
        start = time.perf_counter()
        whole = [sys.executable, "-m", "advisor", *arguments]
        process = subprocess.Popen(whole, stdout=subprocess.DEVNULL, stderr=said)
        struck = False
        if moment is not None and strike is not None:
            if callable(moment):
                while process.poll() is None and not moment():
                    time.sleep(LOOK_EVERY_SECONDS)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(moment)
            if process.poll() is None:
                strike(process.pid)
                struck = True
        code = process.wait()
        said.seek(0)
        return Ended(code, struck, time.perf_counter() - start, said.read())


def finished(run: Path) -> Finished:
    """What each finished trial of a run gave and when it ended, by study and number; read from a copy."""
    with TemporaryDirectory() as place:
        for file in run.glob("study.db*"):
            shutil.copy(file, place)
        with contextlib.closing(sqlite3.connect(Path(place) / "study.db")) as study:
            try:
                rows = study.execute(FINISHED).fetchall()
            except sqlite3.DatabaseError:  # its tables are not there yet, or it was written to meanwhile
                return {}
    return {(name, number): (state, value, end) for name, number, state, value, end in rows}


def said_last(ended: Ended, place: Path) -> str:
    """The last line on stderr, without the folder of this run."""
    return last_words(ended.said).replace(str(place), "...")


def told(run: Path) -> Row:
    """What of a result must be the same: all of its trials but their seconds, and the winner's scores."""
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    trials = [{name: row[name] for name in row if name != "seconds"} for row in result["trial_rows"]]
    best = result["best"]
    scores = [best["trial"], best["validation"]["value"], best["test"]["value"]]
    return {"trials": trials, "best": scores, "status": result["status"]}


def differences(run: Path, undisturbed: Row) -> tuple[list[str], int]:
    """How a run's result differs, and how many of its trials memory changed and say so."""
    if not (run / "result.json").is_file():
        return ["no result"], 0
    now = told(run)
    limited = [row["number"] for row in now["trials"] if "memory" in (row["reason"] or "")]
    if limited:  # what comes after them was proposed in the light of them
        same = now["trials"][: limited[0]] == undisturbed["trials"][: limited[0]]
        return [] if same else ["the trials before differ"], len(limited)
    pairs = zip(now["trials"], undisturbed["trials"], strict=False)
    wrong = [f"trial {a['number']} differs" for a, b in pairs if a != b]
    if len(now["trials"]) != len(undisturbed["trials"]):
        wrong.append(f"{len(now['trials'])} trials, not {len(undisturbed['trials'])}")
    if now["best"] != undisturbed["best"]:
        wrong.append(f"the winner is {now['best']}, not {undisturbed['best']}")
    return wrong + ([] if now["status"] == "done" else [f"status {now['status']}"]), 0


def lost(before: Finished, after: Finished) -> list[str]:
    """Finished trials that are gone or were trained again."""
    return [f"trial {name} was finished and is not" for name in before if before[name] != after.get(name)]


def brought_to_an_end(run: Path, space: Path, before: Finished, undisturbed: Row) -> Row:
    """Resumes a run that was struck, and what is then wrong; where it had not begun it is begun."""
    begun = (run / "config.toml").is_file()
    place = run if begun else run.with_name(f"{run.name}-again")
    ended = command(resume(run) if begun else begin(place, space))
    faults = lost(before, finished(place))
    if ended.code not in (0, 3):
        faults.append(f"resumed, it ends with {ended.code}: {said_last(ended, place.parent)}")
    different, limited = differences(place, undisturbed)
    return {"faults": faults + different, "limited": limited, "resumed": ended.code in (0, 3)}


def killed(place: Path, space: Path, chance: random.Random, undisturbed: Row, most: int) -> Row:
    """One search, killed up to `most` times."""
    run, moments, faults = place / "run", list[float](), list[str]()
    whole = undisturbed["seconds"]
    for attempt in range(3 * most):
        arguments = resume(run) if (run / "config.toml").is_file() else begin(run, space)
        if run.exists() and arguments[1] != "--resume":  # killed before there was anything to go on with
            run = place / f"run-{attempt}"
            arguments = begin(run, space)
        before = finished(run)
        moment = chance.uniform(0.1, 0.8) * whole
        ended = command(arguments, moment, lambda number: os.kill(number, 9))
        faults += lost(before, finished(run))
        if not ended.struck:
            break
        moments.append(round(moment, 1))
        if len(moments) == most:
            break
    if ended.struck:
        row = brought_to_an_end(run, space, finished(run), undisturbed)
    else:
        different, limited = differences(run, undisturbed)
        row = {"faults": different, "limited": limited, "resumed": ended.code in (0, 3)}
    return row | {"hits": len(moments), "moments": moments, "faults": faults + row["faults"]}


def filled(place: Path, space: Path, chance: random.Random, undisturbed: Row, number: int) -> Row:
    """One search whose disk something else fills, which is then taken away."""
    wanted, room = number % TRIALS, chance.randrange(MOST_ROOM)
    disk = place / "disk"
    disk.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk))
    run, filling, at_strike = disk / "run", disk / "of-something-else", Finished()

    def due() -> bool:
        return (run / "study.db").is_file() and len(finished(run)) >= wanted

    def strike(process: int) -> None:
        at_strike.update(finished(run))
        with filling.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while (left := shutil.disk_usage(disk).free - room) > 0:
                file.write(bytes(min(left, BLOCK)))

    try:
        ended = command(begin(run, space), due, strike)
        faults = [] if "Traceback" not in ended.said else ["a traceback"]
        if ended.code not in (0, 1, 3, 130):
            faults.append(f"it ends with {ended.code}")
        filling.unlink(missing_ok=True)
        before, noticed = finished(run), re.search("disk.*full|No space left", ended.said) is not None
        row: Row = {
            "room": room,
            "code": ended.code,
            "said": said_last(ended, place),
            "finished": len(before),
        }
        row |= brought_to_an_end(run, space, before, undisturbed)
        faults += lost(at_strike, before)
        return row | {"hits": int(noticed), "faults": faults + row["faults"]}
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def limited(place: Path, space: Path, chance: random.Random, undisturbed: Row) -> Row:
    """One search whose address space may grow no further from some moment on."""
    run = place / "run"
    moment = chance.uniform(0.1, 0.9) * undisturbed["seconds"]
    spare = chance.randrange(MOST_SPARE)

    def strike(number: int) -> None:
        status = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
        size = re.search(r"VmSize:\s+(\d+) kB", status)
        if size:
            most = int(size[1]) * 1024 + spare
            resource.prlimit(number, resource.RLIMIT_AS, (most, most))

    ended = command(begin(run, space), moment, strike)
    before = finished(run)
    row: Row = {"code": ended.code, "said": said_last(ended, place), "finished": len(before)}
    row |= {"hits": int(ended.struck), "moments": [round(moment, 1)], "spare": spare}
    if ended.code in (0, 3):
        different, count = differences(run, undisturbed)
        return row | {"faults": different, "limited": count, "resumed": True}
    return row | brought_to_an_end(run, space, before, undisturbed)


def undisturbed_search(place: Path, space: Path) -> Row:
    """What the others are compared with, and its seconds."""
    ended = command(begin(place, space))
    if ended.code not in (0, 3):
        raise SystemExit(f"the undisturbed search failed: {last_words(ended.said)}")
    return told(place) | {"seconds": ended.seconds}


def markdown(results: Row) -> str:
    heads = (
        "fault | searches | struck | nothing lost, all resumed, all equal | changed by memory, and said so"
    )
    lines = [
        "# Searches that are struck down and gone on with",
        "",
        "Written by `benchmarks/faults.py`, which says what is checked. Each search is `advisor search "
        f"datasets/knocks {OPTIONS}` with a space of small networks; undisturbed it takes "
        f"{results['undisturbed_seconds']:.0f} s.",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
        f"| {heads} |",
        "|" + "---|" * len(heads.split(" | ")),
    ]
    for kind, name in (("kills", "`kill -9`"), ("disks", "full disk"), ("limits", "limited memory")):
        rows = [row for row in results["runs"] if row["kind"] == kind]
        if rows:
            good = sum(not row["faults"] and row["resumed"] for row in rows)
            changed = sum(row["limited"] for row in rows)
            struck = sum(row["hits"] for row in rows)
            lines.append(f"| {name} | {len(rows)} | {struck} | {good} of {len(rows)} | {changed} trials |")
    told_of = [
        f"- {row['kind']} {row['number']}: {fault}" for row in results["runs"] for fault in row["faults"]
    ]
    ends = [
        f"- {row['kind']} {row['number']}: exit code {row['code']}, trials finished: {row['finished']}: "
        f"{row['said']}"
        for row in results["runs"]
        if "said" in row
    ]
    lines += ["", "How full disks and limits ended:", "", *ends] if ends else []
    return "\n".join([*lines, *(["", "Faults:", "", *told_of] if told_of else []), ""])


def write(place: Path, results: Row) -> None:
    keeping.write(place / "faults.json", results)
    keeping.write(place / "faults.md", markdown(results))


def enter_namespace() -> None:
    """Starts this program again where it may mount, and where what it mounts goes with it."""
    if NAMESPACE not in os.environ:
        os.environ[NAMESPACE] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--map-root-user", sys.executable, *sys.argv])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--disks", type=int, default=5)
    parser.add_argument("--limits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the two files are kept")
    options = parser.parse_args()
    if options.disks:
        enter_namespace()
    results = keeping.begun(options.out / "faults.json", machine=machine(), versions=versions())
    with TemporaryDirectory() as name:
        folder = Path(name)
        space = folder / "space.toml"
        space.write_text(SPACE + "".join(PARAMETER.format(*one) for one in RANGES), encoding="utf-8")
        undisturbed = undisturbed_search(folder / "undisturbed", space)
        results.setdefault("undisturbed_seconds", undisturbed["seconds"])  # of the first runs that are kept
        print(f"undisturbed: {undisturbed['seconds']:.1f} s", flush=True)
        for kind, wanted in (("kills", options.kills), ("disks", options.disks), ("limits", options.limits)):
            for number in range(2 * wanted):
                rows = [row for row in results["runs"] if row["kind"] == kind]
                left = wanted - sum(row["hits"] for row in rows)
                if left <= 0:
                    break
                if number in {row["number"] for row in rows}:
                    continue
                chance = random.Random(f"{options.seed}/{kind}/{number}")
                given = (folder / f"{kind}-{number}", space, chance, undisturbed)
                if kind == "kills":
                    row = killed(*given, min(KILLS_EACH, left))
                else:
                    row = filled(*given, number) if kind == "disks" else limited(*given)
                results["runs"].append({"kind": kind, "number": number, "seed": options.seed, **row})
                write(options.out, results)
                print(kind, number, f"struck {row['hits']}", row.get("said", ""), row["faults"], flush=True)
    write(options.out, results)
    print(options.out / "faults.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
