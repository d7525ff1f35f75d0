"""From how many samples per class on does a network beat the best simple model? Writes `samples_needed.md`.

    ADVISOR_DATA=DIR python benchmarks/samples_needed.py [--seeds 3] [--only SET ...] [--table]

For each set, a number of samples per class is drawn from the training part, equal for all classes. The first
candidate of each family (`models.first_candidate`) is trained on them for STEPS gradient steps, without a
time limit, and so is every simple baseline of `advisor.tasks`. All are judged by balanced accuracy on other
samples of the training part: those of groups of their own, where there are groups. The test part is never
read. Each seed draws other samples. What is done is kept in `samples_needed.json`, and a second call goes on
from there; `--table` only writes the table again. Sets that lie nowhere are left out.

A family needs n samples per class on a set if its median score over the seeds is at least the best baseline's
median from n on, for every larger number that was tried too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from advisor import models, prepare, training
from advisor.prepare import Preprocessing, Split
from advisor.readers.source import Source
from advisor.records import Candidate, Family, Signature
from advisor.search.data import texts_of
from advisor.tasks import kind_of
from advisor.tasks.baselines import baselines_for
from advisor.tasks.fitting import fit_quietly
from advisor.tasks.views import Part
from advisor.training import Compute, Settings
from advisor.workflow.inspecting import look

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "samples_needed.md"
SIZES = (5, 10, 20, 50, 100, 200, 500, 1_000)  # samples per class
MOST = 2_000  # samples in all
STEPS = 300  # gradient steps of each training
NOMINAL_SECONDS, NOMINAL_SPEED = 5.0, 5e10  # for the sizing rule, which then picks a width that is affordable
JUDGED, LEAST_JUDGED = 50, 5  # held-out samples per class
HELD_GROUPS = 1 / 3
RARE = 0.1  # of the largest class: smaller ones are left out
FAMILIES = {
    "image": (Family.CNN,),
    "series": (Family.CNN, Family.RNN, Family.HYBRID),
    "text": (Family.CNN, Family.RNN),
    "clip": (Family.CNN, Family.HYBRID),
    "table": (Family.MLP,),
}
"""The families that the flowchart can name for a layout, and those that its search tries beside them."""
BUNDLED = ("digits", "knocks", "moving_digits", "reviews")
PUBLIC = (
    "ucr_gunpoint", "ucr_basicmotions", "ucr_italypowerdemand", "uea_japanesevowels", "sms_spam_tsv",
    "titanic", "wine_quality_red", "sign_digits", "dna_binding", "sst2", "fsdd", "mnist_idx",
    "cifar10_folders",
)  # fmt: skip
Rows = list[dict[str, Any]]


def drawn(
    labels: NDArray[np.str_], groups: NDArray[np.str_] | None, size: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Places to train on, `size` of each class, and others to be judged on; None where there are too few."""
    rng = np.random.default_rng([seed, size])
    held = np.zeros(len(labels), dtype=bool)
    if groups is not None:
        names = rng.permutation(np.unique(groups))
        held = np.isin(groups, names[: math.ceil(HELD_GROUPS * len(names))])
    train, judged = list[int](), list[int]()
    for name in np.unique(labels):
        places = rng.permutation(np.flatnonzero((labels == name) & ~held))
        others = places[size:] if groups is None else rng.permutation(np.flatnonzero((labels == name) & held))
        if len(places) < size or len(others) < LEAST_JUDGED:
            return None
        train += places[:size].tolist()
        judged += others[:JUDGED].tolist()
    return np.sort(np.array(train)), np.sort(np.array(judged))


def part(source: Source, indices: NDArray[np.int64], fitted: Preprocessing) -> Part:
    loaded = prepare.load(source, indices, fitted)
    return Part(loaded.prepared, texts_of(source, loaded.indices, fitted))


def scores(
    source: Source, split: Split, train: NDArray[np.int64], judged: NDArray[np.int64], task: Any, seed: int
) -> dict[str, Any]:
    """Balanced accuracy of each family's first candidate and of the best baseline, with its name."""
    parts = np.full(len(split.parts), "", dtype=split.parts.dtype)
    parts[train] = "train"
    fitted = prepare.fit(source, replace(split, parts=parts), task)
    kind, signature = kind_of(task, fitted), fitted.signature()
    learnt, asked = part(source, train, fitted), part(source, judged, fitted)

    def score(predictions: NDArray[Any]) -> float:
        return round(kind.others(predictions, asked.targets(), fitted)["balanced_accuracy"], 4)

    simple = {
        one.name: score(fit_quietly(one, learnt, signature, seed).predict(asked))
        for one in baselines_for(signature)
    }
    best = max(simple, key=lambda name: simple[name])
    found: dict[str, Any] = {"baseline": simple[best], "best_baseline": best, "layout": signature.layout}
    for family in FAMILIES[signature.layout]:
        start = time.monotonic()
        network = trained(family, signature, learnt, kind, seed)
        outputs = training.predict(network, asked.prepared)
        found[family.value] = score(kind.predictions(outputs))
        found[f"{family.value}_seconds"] = round(time.monotonic() - start, 2)
    return found


def trained(family: Family, signature: Signature, learnt: Part, kind: Any, seed: int) -> torch.nn.Module:
    """The family's first candidate, trained for STEPS steps or in closed form."""
    samples, compute = len(learnt.prepared), Compute("cpu", "float32", NOMINAL_SPEED)
    candidate: Candidate = models.first_candidate(
        family, signature, samples=samples, seconds=NOMINAL_SECONDS, flops_per_second=NOMINAL_SPEED
    )
    network = models.build(candidate, signature, seed=seed)
    if models.is_closed_form(candidate):
        batches = ((one.values, one.lengths, one.targets) for one in learnt.prepared.in_order(256))
        network.fit_closed_form(batches, task=signature.task, classes=signature.outputs)  # type: ignore[operator]
        return network
    settings = Settings.of(candidate.params)
    batch = max(2, min(settings.batch_size, samples // 2))
    passes = math.ceil(STEPS / math.ceil(samples / batch))
    settings = replace(settings, max_epochs=passes)
    training.fit(network, learnt.prepared, kind=kind, settings=settings, compute=compute, seed=seed)
    return network


def run(name: str, path: Path, seed: int, done: Rows) -> None:
    """Adds the rows of one set and seed, those already there left out."""
    source, inspection = look(path, None, None, None, 0, probe=False)
    split = prepare.make_split(source, inspection.task)
    pool = np.flatnonzero(split.parts != "test")
    pool = pool[split.parts[pool] != ""]
    if source.labels is None or inspection.task.value != "classification":
        print(f"{name}: {inspection.task}, left out", flush=True)
        return
    labels = source.labels[pool].astype(str)
    names, counts = np.unique(labels, return_counts=True)
    pool = pool[np.isin(labels, names[counts >= RARE * counts.max()])]
    labels = source.labels[pool].astype(str)
    groups = None if split.groups is None else split.groups[pool].astype(str)
    known = {(one["set"], one["size"], one["seed"]) for one in done}
    for size in SIZES:
        places = drawn(labels, groups, size, seed)
        if places is None or size * len(set(labels.tolist())) > MOST or (name, size, seed) in known:
            continue
        start = time.monotonic()
        found = scores(source, split, pool[places[0]], pool[places[1]], inspection.task, seed)
        done.append(
            {"set": name, "size": size, "seed": seed, "classes": len(set(labels.tolist())),
             "judged": len(places[1]), **found}
        )  # fmt: skip
        RESULTS.with_suffix(".json").write_text(json.dumps(done, indent=0) + "\n")
        print(f"{name} {size} {seed}: {time.monotonic() - start:.1f} s {found}", flush=True)


# --- the table -------------------------------------------------------------------------------------


def medians(rows: Rows, who: str) -> dict[int, float]:
    """Median score over the seeds by samples per class."""
    by_size = defaultdict[int, list[float]](list)
    for row in rows:
        if who in row:
            by_size[row["size"]].append(row[who])
    return {size: statistics.median(values) for size, values in sorted(by_size.items())}


def needed(network: dict[int, float], baseline: dict[int, float]) -> float:
    """The least number from which on the network is at or above the baseline; infinite where it never is."""
    least = math.inf
    for size in sorted(network, reverse=True):
        if network[size] < baseline[size]:
            break
        least = size
    return least


def middle(found: Mapping[str, tuple[float, int]]) -> tuple[int, bool]:
    """The median over the sets, and whether it is more than that: of a set on which the family never got
    there, it is only known that it needs more than was tried."""
    bounds = sorted(
        (most, True) if math.isinf(need) else (round(need), False) for need, most in found.values()
    )
    return bounds[len(bounds) // 2]


def needs_of(rows: Rows) -> dict[tuple[str, str], dict[str, tuple[float, int]]]:
    """By family and kind of data (texts, or all else): what each set needs, and the most that was tried."""
    found = defaultdict[tuple[str, str], dict[str, tuple[float, int]]](dict)
    for name in dict.fromkeys(row["set"] for row in rows):
        mine = [row for row in rows if row["set"] == name]
        kind = "texts" if mine[0]["layout"] == "text" else "all else"
        for family in (one.value for one in Family):
            if curve := medians(mine, family):
                found[family, kind][name] = (needed(curve, medians(mine, "baseline")), max(curve))
    return found


def table(rows: Rows) -> list[str]:
    """The learning curves, what each family needs on each set, and the median over the sets."""
    found = needs_of(rows)
    sets = list(dict.fromkeys(row["set"] for row in rows))
    lines = ["## Learning curves", "", "Median balanced accuracy over the seeds.", ""]
    lines += ["| set | classes | what | " + " | ".join(map(str, SIZES)) + " | needs |"]
    lines += ["|---" * (len(SIZES) + 4) + "|"]
    for name in sets:
        mine = [row for row in rows if row["set"] == name]
        baseline = medians(mine, "baseline")
        for who in ("baseline", *(family.value for family in Family)):
            curve = medians(mine, who)
            if not curve:
                continue
            need = needed(curve, baseline)
            cells = [f"{curve[size]:.3f}" if size in curve else "" for size in SIZES]
            said = "" if who == "baseline" else f"over {max(curve)}" if math.isinf(need) else f"{need:g}"
            lines.append(f"| {name} | {mine[0]['classes']} | {who} | " + " | ".join(cells) + f" | {said} |")
    lines += ["", "## What a family needs", ""]
    lines += ["| family | data | sets | samples per class, median over the sets | never got there on |"]
    lines += ["|---|---|---|---|---|"]
    for (family, kind), needs in found.items():
        least, more = middle(needs)
        never = [f"{name} (up to {most})" for name, (need, most) in needs.items() if math.isinf(need)]
        said = f"more than {least}" if more else f"{least}"
        lines.append(f"| {family} | {kind} | {len(needs)} | {said} | {', '.join(never) or 'none'} |")
    return lines


def write(rows: Rows) -> None:
    head = (__doc__ or "").strip().split("\n\n")
    text = [
        "# Samples per class that a network needs",
        "",
        " ".join(" ".join(head[2:3]).split()),
        "",
        " ".join(" ".join(head[3:4]).split()),
        "",
        f"{len({row['set'] for row in rows})} sets, {len({row['seed'] for row in rows})} seeds, "
        f"{STEPS} steps, at most {MOST:,} samples, one thread; torch {version('torch')}, "
        f"Python {sys.version.split()[0]}.",
        "",
        *table(rows),
    ]
    RESULTS.write_text("\n".join(text) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="these sets")
    parser.add_argument("--table", action="store_true", help="write the table of what is there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    kept = RESULTS.with_suffix(".json")
    rows: Rows = json.loads(kept.read_text()) if kept.exists() else []
    places = {name: CHECKOUT / "datasets" / name for name in BUNDLED}
    if "ADVISOR_DATA" in os.environ:
        places |= {name: Path(os.environ["ADVISOR_DATA"]) / name for name in PUBLIC}
    for seed, (name, path) in product(range(0 if options.table else options.seeds), places.items()):
        if path.exists() and name in (options.only or places):
            run(name, path, seed, rows)
    write(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
