"""Trains settings drawn from the search spaces on a few sets: the table that `samplers.py` compares on.

    python benchmarks/sampler_trainings.py DIR [--settings 150] [--only SET ...]

DIR holds one folder for each of CASES but diabetes, which is scikit-learn's and is written into it; none of
them is in the portfolio, whose settings are among those compared. Of every architecture of the family the
rule's and the stated settings are trained, then drawn ones: half of them anywhere in the space, half with
about half of the rule's settings kept. All get the passes that STEPS gradient steps of the rule's candidate
take, and are judged on a validation part or two folds; the test part is never read. What is done is kept in
`results/sampler_trainings.json`, and a second call goes on.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from portfolio import learn
from sklearn.datasets import load_diabetes

from advisor import models, prepare
from advisor.decide.splitting import is_by_time
from advisor.decide.thresholds import MIRROR_HARMLESS
from advisor.records import Candidate, Facts, Family
from advisor.search import studies
from advisor.search.data import SearchData, load
from advisor.spaces import Space
from advisor.workflow.inspecting import look

TRAININGS = Path(__file__).parent / "results" / "sampler_trainings.json"
CASES = (
    ("diabetes", Family.MLP),
    ("titanic", Family.MLP),
    ("wine_quality_red", Family.MLP),
    ("ucr_italypowerdemand", Family.RNN),
)
STEPS = 100  # of the rule's candidate
MAX_SIDE = 16  # pixels
SEED, SEEDS = 0, 7  # and as many more of the rule's settings, which say how much chance there is
Params = dict[str, Any]


def write_bundled(folder: Path) -> None:
    """The table that comes with scikit-learn, as a CSV file."""
    if not (folder / "diabetes").exists():
        (folder / "diabetes").mkdir(parents=True)
        load_diabetes(as_frame=True).frame.to_csv(folder / "diabetes" / "diabetes.csv", index=False)


def read(path: Path) -> tuple[SearchData, bool]:
    """The training and validation samples of a set, and whether mirrored pictures keep their labels."""
    source, inspection = look(path, None, None, None, SEED, probe=False)
    facts = {fact.name: fact.value for fact in inspection.facts}
    timed = is_by_time(Facts(facts=inspection.facts), named=False)
    split = learn.reduced(prepare.make_split(source, inspection.task, seed=SEED, timed=timed))
    data = load(source, split, prepare.fit(source, split, inspection.task, max_side=MAX_SIDE), SEED)
    mirror = facts.get("mirror_score_ratio")
    data = replace(data, rounds=data.rounds[: learn.ROUNDS])
    return data, mirror is not None and mirror >= MIRROR_HARMLESS.value


def spaces_and_bases(
    data: SearchData, family: Family, *, mirror_ok: bool
) -> tuple[list[Space], dict[str, Candidate]]:
    """The spaces that are trained by gradient steps, and the rule's candidate of each; its choice first."""

    def of(architecture: str | None) -> Candidate:
        return models.first_candidate(
            family, data.signature, samples=len(data.rounds[0].train), seconds=learn.NOMINAL_SECONDS,
            mirror_ok=mirror_ok, flops_per_second=learn.NOMINAL_SPEED, architecture=architecture,
        )  # fmt: skip

    among = [
        space
        for space in studies.spaces_for(family, data.signature)
        if not models.is_closed_form(of(space.architecture))
    ]
    first = of(None).architecture
    names = sorted((space.architecture for space in among), key=lambda name: name != first)
    return among, {name: of(name) for name in names}


def settings_of(among: list[Space], bases: dict[str, Candidate], count: int) -> list[tuple[str, str, Params]]:
    """Architecture, what the settings are, and those the space searches; the same in every call."""
    by_name = {space.architecture: space for space in among}
    found = list[tuple[str, str, Params]]()
    for name, base in bases.items():
        space = by_name[name]
        stated = [{**base.params, **one.params} for one in space.candidates]
        for said, params in [("rule", base.params), *((f"stated {i}", one) for i, one in enumerate(stated))]:
            found.append((name, said, {p.name: p.nearest(params[p.name]) for p in space.parameters}))
        if base is bases[next(iter(bases))]:
            found += [(name, f"rule, seed {seed}", found[0][2]) for seed in range(1, 1 + SEEDS)]
    rng = np.random.default_rng(SEED)
    for number in range(count):
        name = list(bases)[number % len(bases)]
        kept = rng.random(len(by_name[name].parameters)) < (learn.KEPT if number // len(bases) % 2 else 0.0)
        params = {
            one.name: one.nearest(bases[name].params[one.name]) if keep else learn._value(one, rng)
            for one, keep in zip(by_name[name].parameters, kept, strict=True)
        }
        found.append((name, f"drawn {number}", params))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--settings", type=int, default=150)
    parser.add_argument("--only", nargs="*", default=[name for name, _ in CASES])
    parser.add_argument("--out", type=Path, default=TRAININGS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    write_bundled(given.data)
    rows: list[Params] = json.loads(given.out.read_text()) if given.out.is_file() else []
    done = {(row["set"], row["architecture"], row["settings"]) for row in rows}
    waiting = list[tuple[int, str, Family, SearchData, Candidate, str, Params]]()
    for name, family in CASES:
        if name not in given.only:
            continue
        data, mirror_ok = read(given.data / name)
        among, bases = spaces_and_bases(data, family, mirror_ok=mirror_ok)
        for number, (architecture, said, params) in enumerate(settings_of(among, bases, given.settings)):
            if (name, architecture, said) not in done:
                waiting.append((number, name, family, data, bases[architecture], said, params))
    for number, name, family, data, base, said, params in sorted(waiting, key=lambda one: one[0]):
        epochs = round(learn.passes(base, data.signature, len(data.rounds[0].train)) * STEPS / learn.STEPS)
        settings = {**base.params, **params, "max_epochs": max(2, epochs)}
        learn.SEED = int(said.rsplit(" ", 1)[1]) if "seed" in said else SEED
        row = learn.judged(base.model_copy(update={"params": settings}), data)
        rows.append(
            {"set": name, "layout": data.signature.layout, "task": data.task.value, "family": family.value,
             "architecture": base.architecture, "settings": said, "params": params, **row}
        )  # fmt: skip
        print(number, name, said, row["value"], row["seconds"], flush=True)
        lines = ",\n".join(json.dumps(row) for row in rows)
        given.out.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
