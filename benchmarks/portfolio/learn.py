"""How well do settings drawn at random do on many sets of data? Writes `trainings.json` for `choose.py`.

    python benchmarks/portfolio/learn.py DIR [--workers 2] [--only SET ...]

DIR holds one folder for each set named in `sets.csv`, which says where they come from. None of them is used
by another benchmark here. On each set every architecture of ARCHITECTURES is trained with

- the settings of the sizing rule (`models.first_candidate`),
- those that its search space states as candidates, and
- DRAWS settings drawn once for all sets. Each differs from the rule's in about half of what the space
  searches, and never in the widths, which the rule fits to the data and the machine.

All get the same number of passes over the data: enough for STEPS gradient steps of the rule's candidate.
They are judged as a search judges trials (`candidates.evaluate`), on a validation part or on two folds. The
test part of a set is never read; of large sets a part is used (MOST_TRAINED, MOST_JUDGED). What is done is
kept, and a second call goes on from there.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import multiprocessing
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from advisor import models, prepare, spaces
from advisor.decide.splitting import is_by_time
from advisor.decide.thresholds import MIRROR_HARMLESS
from advisor.errors import AdvisorError
from advisor.prepare import Split
from advisor.records import Candidate, Facts, Signature, Task
from advisor.search import candidates
from advisor.search.data import SearchData, load
from advisor.spaces import Parameter, Space
from advisor.training import Compute
from advisor.workflow.inspecting import look

HERE = Path(__file__).parent
TRAININGS, SETS = HERE / "trainings.json", HERE / "sets.csv"
ARCHITECTURES = {
    "image": ("resnet", "plain"),
    "series": ("resnet", "plain", "lstm", "cnn_lstm"),
    "text": ("plain", "lstm", "cnn_lstm"),
    "table": ("mlp",),
}
DRAWS = 12
KEPT = 0.5  # of the settings, those of the rule: independent draws of all were seldom any good
STEPS = 200  # gradient steps that the rule's candidate is given
MOST_TRAINED, MOST_JUDGED = 1_000, 500  # samples; of one long series, time steps: MOST_STEPS
MOST_STEPS = 6_000
ROUNDS = 2  # folds, where a set is judged by folds
NOMINAL_SECONDS, NOMINAL_SPEED = 6.0, 5e10  # for the sizing rule
MOST_SECONDS = 40.0  # of one training; what did not get through says so in `fraction`
SIZES = ("width", "hidden", "kernels")  # left to the sizing rule
MAX_SIDE = 64  # pixels
SEED = 0
LEARNT = "benchmarks/results/portfolio.md"  # the source of what `choose.py` wrote
Row = dict[str, Any]


def drawn(space: Space) -> list[dict[str, Any]]:
    """DRAWS settings of a space, the same in every call."""
    rng = np.random.default_rng([zlib.crc32(f"{space.family}/{space.architecture}".encode()), SEED])
    return [dict(_one(space, rng)) for _ in range(DRAWS)]


def _one(space: Space, rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    chosen: dict[str, Any] = {}
    for parameter in space.parameters:
        if parameter.name in SIZES or not spaces.condition_met(parameter, chosen):
            continue
        value = _value(parameter, rng)
        if rng.random() >= KEPT:
            chosen[parameter.name] = value
            yield parameter.name, value


def _value(parameter: Parameter, rng: np.random.Generator) -> Any:
    if parameter.type == "categorical":
        return parameter.choices[int(rng.integers(len(parameter.choices)))]
    assert parameter.low is not None
    assert parameter.high is not None
    if parameter.log:
        value = math.exp(rng.uniform(math.log(parameter.low), math.log(parameter.high)))
        return parameter.nearest(float(f"{value:.2g}"))
    return parameter.nearest(round(rng.uniform(parameter.low, parameter.high), 4))


def reduced(split: Split) -> Split:
    """Fewer samples to train on and to judge by; of one long series the steps that end its parts."""
    parts = split.parts.copy()
    if split.unit == "step":
        rows = np.flatnonzero((parts == "train") | (parts == "validation"))
        parts[rows[:-MOST_STEPS]] = ""
        return replace(split, parts=parts)
    rng = np.random.default_rng(SEED)
    for part, most in (("train", MOST_TRAINED), ("validation", MOST_JUDGED)):
        places: NDArray[np.int64] = rng.permutation(np.flatnonzero(parts == part))
        parts[places[most:]] = ""
    return replace(split, parts=parts)


def read(path: Path) -> tuple[SearchData, bool]:
    """The training and validation samples of a set, and whether mirrored pictures keep their labels."""
    source, inspection = look(path, None, None, None, SEED, probe=False)
    facts = {fact.name: fact.value for fact in inspection.facts}
    timed = is_by_time(Facts(facts=inspection.facts), named=False)
    split = reduced(prepare.make_split(source, inspection.task, seed=SEED, timed=timed))
    period = facts.get("period")
    fitted = prepare.fit(
        source, split, inspection.task, period=round(period) if period else None, max_side=MAX_SIDE
    )
    data = load(source, split, fitted, SEED)
    mirror = facts.get("mirror_score_ratio")
    mirror_ok = mirror is not None and mirror >= MIRROR_HARMLESS.value
    return replace(data, rounds=data.rounds[:ROUNDS]), mirror_ok


def settings_of(space: Space) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is tried, by name: what differs from the rule."""
    yield "rule", {}
    published = [one for one in space.candidates if LEARNT not in one.source]
    for number, stated in enumerate(published):
        yield f"stated {number}", stated.params
    for number, params in enumerate(drawn(space)):
        yield f"drawn {number}", params


def passes(base: Candidate, signature: Signature, samples: int) -> int:
    """Enough for STEPS steps with the rule's batch size, within the bounds of the rule."""
    batch = int(base.params["batch_size"])
    most = int(base.params["max_epochs"])
    least = 2 if signature.task is Task.FORECASTING else 4
    return max(least, min(most, round(STEPS * batch / samples)))


def train_all(name: str, path: Path) -> list[Row]:
    """Every setting of every architecture on one set."""
    torch.set_num_threads(1)
    data, mirror_ok = read(path)
    rows = list[Row]()
    for architecture in ARCHITECTURES[data.signature.layout]:
        family = next(one for one, named in models.FAMILIES.items() if architecture in named)
        space = spaces.load_space(family, architecture).restricted(data.signature.layout, data.task)
        samples = len(data.rounds[0].train)
        base = models.first_candidate(
            family, data.signature, samples=samples, seconds=NOMINAL_SECONDS, mirror_ok=mirror_ok,
            flops_per_second=NOMINAL_SPEED, architecture=architecture,
        )  # fmt: skip
        epochs = passes(base, data.signature, samples)
        for said, params in settings_of(space):
            settings = {**base.params, **params, "max_epochs": epochs}
            rows.append(
                {"set": name, "layout": data.signature.layout, "task": data.task.value,
                 "architecture": architecture, "settings": said, "params": params, "samples": samples,
                 "epochs": epochs, **judged(base.model_copy(update={"params": settings}), data)}
            )  # fmt: skip
    return rows


def judged(candidate: Candidate, data: SearchData) -> Row:
    """Value (smaller is better) and seconds of processor time of one training."""
    start = time.process_time()
    try:
        outcome = candidates.evaluate(
            candidate, data, Compute("cpu", "float32", NOMINAL_SPEED),
            seconds=MOST_SECONDS, seed=SEED, on_report=lambda step, fraction, value: None,
        )  # fmt: skip
    except AdvisorError as error:
        return {"value": None, "seconds": round(time.process_time() - start, 2), "error": str(error)[:100]}
    sign = -1.0 if candidates.greater_is_better(data) else 1.0
    return {
        "value": round(sign * outcome.summary.value, 5),
        "seconds": round(time.process_time() - start, 2),
        "fraction": round(outcome.summary.fitted.fraction, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    with SETS.open(newline="", encoding="utf-8") as file:
        names = [row["set"] for row in csv.DictReader(file)]
    rows: list[Row] = json.loads(TRAININGS.read_text()) if TRAININGS.is_file() else []
    done = {row["set"] for row in rows}
    waiting = [one for one in names if one not in done and (not given.only or one in given.only)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.workers, mp_context=context) as pool:
        running = {pool.submit(train_all, name, given.data / name): name for name in waiting}
        for future in as_completed(running):
            error = future.exception()
            if error is not None:
                print(f"{running[future]}: {type(error).__name__}: {error}", flush=True)
                continue
            rows += future.result()
            lines = ",\n".join(json.dumps(row) for row in rows)
            TRAININGS.write_text(f"[\n{lines}\n]\n")
            seconds = sum(row["seconds"] for row in future.result())
            print(f"{running[future]}: {len(future.result())} trainings, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
