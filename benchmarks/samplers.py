"""Which sampler finds good settings in few trials? Writes `benchmarks/results/samplers.md`.

    python benchmarks/samplers.py [--seeds 8] [--arms NAME ...]

Of each set in `sampler_trainings.json` a random forest is fitted to what trained settings gave
(Eggensperger et al., AAAI 2015, on such surrogates in place of trainings). A family's study then goes as in
a search: the rule's candidate, one of each other architecture, what the space of the best states, then what
the sampler proposes; trials behind the median are pruned. A trial's value is the forest's, and noise with
the spread of the rule's candidate over seeds.

Regret: of the trial with the best value, how far the forest's value is from the least there is, in units of
the distance between that and the median setting. Every sampler has the same noise and the same first trials.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import warnings
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState
from portfolio import learn
from sampler_trainings import TRAININGS
from sklearn.ensemble import RandomForestRegressor

from advisor import spaces
from advisor.records import Candidate, Family
from advisor.search import policy, studies
from advisor.spaces import Space

RESULTS = Path(__file__).parent / "results" / "samplers.md"
FIGURES = RESULTS.with_suffix(".json")
USUAL = "TPE after 6"
COUNTS = (8, 12, 20)
LEAST_EXPLAINED = 0.1  # a forest that tells less of unseen settings ranks no samplers: shown, not counted
MOST = {"GP": 12}  # trials, where proposals take long
OTHERS = 3_000  # settings drawn to find the least value of a forest
PRUNED_AT = 5
Params = dict[str, Any]
Propose = Callable[[optuna.Study, tuple[Space, ...], int], Params | None]


class Forest:
    """A fitted forest's trees side by side: many times faster than scikit-learn's for one setting."""

    def __init__(self, fitted: RandomForestRegressor) -> None:
        trees = [one.tree_ for one in fitted.estimators_]
        self.roots = np.cumsum([0] + [one.node_count for one in trees[:-1]])
        self.left, self.right = (
            np.concatenate([np.where(getattr(one, side) < 0, -1, getattr(one, side) + root)
                            for one, root in zip(trees, self.roots, strict=True)])
            for side in ("children_left", "children_right")
        )  # fmt: skip
        self.feature = np.concatenate([one.feature for one in trees])
        self.limit = np.concatenate([one.threshold for one in trees])
        self.value = np.concatenate([one.value.ravel() for one in trees])

    def of(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[setting]` of rows `[setting, column]`."""
        rows = rows.astype(np.float32)
        at = np.tile(self.roots, (len(rows), 1))
        here = np.arange(len(rows))[:, None]
        while (inner := self.left[at] >= 0).any():
            goes_left = rows[here, np.where(inner, self.feature[at], 0)] <= self.limit[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)
        return np.asarray(self.value[at].mean(axis=1))


@dataclass(frozen=True)
class Surrogate:
    """What settings of a family give on one set; smaller is better."""

    name: str
    settings: int
    among: tuple[Space, ...]
    bases: dict[str, Candidate]
    forest: Forest
    noise: float
    least: float
    median: float
    explained: float

    def of(self, architecture: str, params: Params) -> float:
        return float(self.forest.of(encoded(self.among, [(architecture, params)]))[0])


def encoded(among: tuple[Space, ...], settings: Iterable[tuple[str, Params]]) -> NDArray[np.float64]:
    """`[setting, column]`: which architecture, then every parameter by name, -1 where it has none."""
    names = sorted({one.name for space in among for one in space.parameters})
    architectures = [space.architecture for space in among]
    rows = []
    for architecture, params in settings:
        space = among[architectures.index(architecture)]
        row = [float(architecture == one) for one in architectures]
        for name in names:
            parameter = space.parameter(name)
            if parameter is None:
                row.append(-1.0)
            elif parameter.type == "categorical":
                row.append(float(parameter.choices.index(params[name])))
            else:
                row.append(float(np.log(params[name]) if parameter.log else params[name]))
        rows.append(row)
    return np.array(rows)


def surrogate(name: str, rows: list[Params]) -> Surrogate:
    """The forest of one set, and the family's spaces and bases."""
    family, layout, task = Family(rows[0]["family"]), rows[0]["layout"], rows[0]["task"]
    rows = [row for row in rows if row["value"] is not None]
    rules = {row["architecture"]: row["params"] for row in rows if row["settings"] == "rule"}
    among = tuple(spaces.load_space(family, one).restricted(layout, task) for one in rules)
    bases = {
        one: Candidate(family=family, architecture=one, params=params, why="the rule's")
        for one, params in rules.items()
    }
    noise = float(np.std([row["value"] for row in rows if row["settings"].startswith("rule, seed")], ddof=1))
    rows = [row for row in rows if not row["settings"].startswith("rule, seed")]
    settings = [(row["architecture"], row["params"]) for row in rows]
    values = np.array([row["value"] for row in rows])
    values = np.minimum(values, 2 * np.median(values) - values.min())  # diverged is diverged
    fitted = RandomForestRegressor(60, min_samples_leaf=2, max_features=0.5, oob_score=True, random_state=0)
    forest = Forest(fitted.fit(encoded(among, settings), values))
    rng = np.random.default_rng(0)
    drawn = [random_setting(among, rng) for _ in range(OTHERS)]
    found = forest.of(encoded(among, drawn + settings))
    least, median = float(found.min()), float(np.median(found[:OTHERS]))
    return Surrogate(
        name, len(rows), among, bases, forest, noise, least, median, float(fitted.oob_score_)
    )  # fmt: skip


def random_setting(among: tuple[Space, ...], rng: np.random.Generator) -> tuple[str, Params]:
    space = among[int(rng.integers(len(among)))]
    return space.architecture, {one.name: learn._value(one, rng) for one in space.parameters}


# --- samplers -----------------------------------------------------------------------------------


def optuna_s(make: Callable[[int], optuna.samplers.BaseSampler]) -> Callable[..., None]:
    """In place of `studies.seed_sampler`."""

    def seed_sampler(study: optuna.Study, *seed: str | int, several: bool = False) -> None:
        study.sampler = make(zlib.crc32("/".join(map(str, seed)).encode()))

    return seed_sampler


def tpe(seed: int, startup: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, multivariate=True, group=True)


def known(study: optuna.Study) -> list[tuple[float, FrozenTrial]]:
    """Finished trials with their values, the best first; pruned ones with their last."""
    found = [
        (trial.value if trial.state is TrialState.COMPLETE else trial.intermediate_values[PRUNED_AT], trial)
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    ]
    return sorted(found, key=lambda one: one[0])


def by_gp(study: optuna.Study, among: tuple[Space, ...], seed: int) -> Params:
    """A Gaussian process within the best architecture: its trials in a study of their own."""
    architecture = known(study)[0][1].params[studies.ARCHITECTURE]
    alike = [(value, one) for value, one in known(study) if one.params[studies.ARCHITECTURE] == architecture]
    sampler = optuna.samplers.GPSampler(seed=seed, n_startup_trials=1)
    inner = optuna.create_study(sampler=sampler)
    for value, one in alike:
        distributions = {k: v for k, v in one.distributions.items() if k != studies.ARCHITECTURE}
        params = {name: one.params[name] for name in distributions}
        inner.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=value))
    asked = inner.ask(fixed_distributions=distributions)
    return {studies.ARCHITECTURE: architecture, **asked.params}


def by_neighbour(study: optuna.Study, among: tuple[Space, ...], seed: int, kept: float) -> Params:
    """The best trial's settings, each of which is kept or drawn anew; at least one is drawn."""
    rng = np.random.default_rng(seed)
    best = known(study)[0][1].params
    architecture = best[studies.ARCHITECTURE]
    space = next(one for one in among if one.architecture == architecture)
    found = dict(best)
    anew = rng.random(len(space.parameters)) >= kept
    anew[rng.integers(len(anew))] = True
    for parameter, draw in zip(space.parameters, anew, strict=True):
        if draw:
            found[f"{architecture}.{parameter.name}"] = learn._value(parameter, rng)
    return found


RANDOM = optuna_s(lambda seed: optuna.samplers.RandomSampler(seed=seed))
ARMS: dict[str, tuple[Callable[..., None], Propose | None]] = {
    "random": (RANDOM, None),
    "TPE after 6": (optuna_s(partial(tpe, startup=6)), None),
    "TPE after 10": (optuna_s(partial(tpe, startup=10)), None),
    "GP": (RANDOM, by_gp),
    "near the best, 0.5 kept": (RANDOM, partial(by_neighbour, kept=0.5)),
}
"""What draws by itself, what proposes to it."""


# --- one search ---------------------------------------------------------------------------------


def searched(on: Surrogate, arm: str, seed: int) -> tuple[list[float], float]:
    """Regret after each trial, and seconds per proposal."""
    studies.seed_sampler, propose = ARMS[arm]
    family = on.among[0].family
    study = studies.open_studies(
        optuna.storages.InMemoryStorage(), (family,), run=f"{on.name}", greater_is_better=False
    )[family]
    first = next(iter(on.bases.values()))
    for candidate in (first, *policy.other_architectures(on.among, on.bases)):
        studies.enqueue(study, candidate, on.among, "search")
    stated = False
    noise = np.random.default_rng(seed).normal(0.0, on.noise, max(COUNTS))
    regrets, seconds, best = list[float](), list[float](), (np.inf, np.inf)
    for number in range(MOST.get(arm, max(COUNTS))):
        waiting = bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))
        if not waiting and not stated:
            name, stated = known(study)[0][1].params[studies.ARCHITECTURE], True
            space = next(one for one in on.among if one.architecture == name)
            for candidate in policy.stated(space, on.bases[name]):
                studies.enqueue(study, candidate, on.among, "search")
            waiting = bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))
        start = time.process_time()
        if not waiting and propose is not None:
            study.enqueue_trial(propose(study, on.among, 1000 * seed + number))
        trial = studies.ask(study, seed, number)
        chosen = studies.suggest(trial, on.among, on.bases, seed, number)
        if not waiting:
            seconds.append(time.process_time() - start)
        truth = on.of(chosen.architecture, chosen.params)
        value = truth + noise[number]
        trial.report(value, PRUNED_AT)
        pruned = number > 0 and trial.should_prune()
        if pruned:
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, value)
        best = min(best, (value, truth))
        regrets.append((best[1] - on.least) / (on.median - on.least))
    return [regrets[count - 1] for count in COUNTS if count <= len(regrets)], float(np.mean(seconds))


def interval(values: NDArray[np.float64], of: Callable[..., Any]) -> str:
    """`0.42 (0.38 to 0.45)`: of all searches, and its 95 % bootstrap interval; seeds drawn within sets."""
    rng = np.random.default_rng(0)
    seeds = values.shape[1]
    drawn = [
        of(np.take_along_axis(values, rng.integers(seeds, size=values.shape), axis=1)) for _ in range(2_000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{of(values):.2f} ({low:.2f} to {high:.2f})"


def table(sets: list[Surrogate], found: dict[str, Any]) -> str:
    """The page of results."""
    counts = [one.explained >= LEAST_EXPLAINED for one in sets]
    usual = np.array(found[USUAL]["regrets"])[counts]
    after, less = [f"regret after {one}" for one in COUNTS], [f"less {USUAL}, {one}" for one in COUNTS]
    head = ["sampler", "seeds", *after, *less, "seconds a proposal"]
    rows = [head, ["---"] * len(head)]
    for arm, one in found.items():
        regrets = np.array(one["regrets"])[counts]
        seeds, counted = regrets.shape[1:]
        medians = [interval(regrets[:, :, i], np.median) for i in range(counted)]
        gaps = [interval(regrets[:, :, i] - usual[:, :seeds, i], np.mean) for i in range(counted)]
        blank = [""] * (len(COUNTS) - counted)
        gaps = [""] * counted if arm == USUAL else gaps
        rows.append([arm, str(seeds), *medians, *blank, *gaps, *blank, f"{one['seconds']:.3f}"])
    kinds = [["set", "family", "settings trained", "variance explained", "noise"], ["---"] * 5] + [
        [one.name, str(one.among[0].family), str(one.settings), f"{one.explained:.2f}",
         f"{one.noise / (one.median - one.least):.2f}"] for one in sets
    ]  # fmt: skip
    lines = [
        "# Samplers", "", *(f"| {' | '.join(cells)} |" for cells in rows), "",
        f"Regret of the trial that a search would choose: 0 is the best setting there is, 1 the median one; "
        f"median over {sum(counts)} sets and the seeds with its 95 % bootstrap interval (seeds drawn "
        f"within sets). Then the mean difference to {USUAL}, the same seeds and first trials in pairs: below "
        "zero is better. Seconds of processor time, one thread.", "",
        *(f"| {' | '.join(cells)} |" for cells in kinds), "",
        "Explained: share of the variance between settings that the forest tells of settings it was not "
        f"fitted to; sets with less than {LEAST_EXPLAINED:g} are not counted. "
        "Noise: the spread of the rule's candidate over seeds, in units of regret.", "",
        *([f"Not run: {', '.join(set(ARMS) - set(found))}.", ""] if set(found) < set(ARMS) else []),
        f"Written by `python benchmarks/samplers.py`; Python {platform.python_version()}, "
        f"optuna {version('optuna')}, scikit-learn {version('scikit-learn')}, {os.cpu_count()} cores.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--arms", nargs="*", default=list(ARMS))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    by_set = defaultdict[str, list[Params]](list)
    for row in json.loads(TRAININGS.read_text()):
        by_set[row["set"]].append(row)
    sets = [surrogate(name, rows) for name, rows in sorted(by_set.items())]
    for arm in given.arms:
        gave = [[searched(one, arm, seed) for seed in range(given.seeds)] for one in sets]
        regrets = [[regret for regret, _ in of_set] for of_set in gave]
        seconds = float(np.mean([each for of_set in gave for _, each in of_set]))
        found = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
        found[arm] = {"regrets": np.round(regrets, 4).tolist(), "seconds": round(seconds, 4)}
        FIGURES.write_text(json.dumps(found))
        print(arm, np.mean(regrets, axis=1).round(2).tolist(), round(seconds, 3), flush=True)
    found = json.loads(FIGURES.read_text())
    RESULTS.write_text(table(sets, {arm: found[arm] for arm in ARMS if arm in found}), encoding="utf-8")


if __name__ == "__main__":
    main()
