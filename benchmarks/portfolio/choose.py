"""Chooses a portfolio of settings from `trainings.json` and says what it is worth on sets left out.

    python benchmarks/portfolio/choose.py [--write]

For each architecture and kind of data, settings are chosen greedily: the rule's come first, then SIZE times
the one that brings the mean distance over the sets down most (Xu, Hoos and Leyton-Brown 2010; Feurer et al.
2022, arXiv:2007.04074). The distance of a setting on a set is 0 for the best of all settings tried there
and 1 for their median or worse; that of a portfolio is the least of its members'. Settings that took over
MOST_COST times the rule's processor time, median over the sets, are not taken.

Leaving one set out at a time, a portfolio is chosen on the others and judged on the one left out. It is
written into `search_spaces` (`--write`) only where that is better than as many settings drawn at random.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from learn import LEARNT, TRAININGS
from numpy.typing import NDArray

from advisor import models, spaces

CHECKOUT = Path(__file__).parent.parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "portfolio.md"
SIZE = 3  # settings beside the rule's; at 120 s a search has about ten trials
MOST_COST = 2.0
LEAST_SETS = 4
BEGIN, END = "# --- written by benchmarks/portfolio/choose.py ---", "# --- until here ---"
ALIKE = {"lstm": ("lstm", "gru", "elman"), "cnn_lstm": ("cnn_lstm", "cnn_gru")}
"""Architectures that take the settings learnt with one of them."""
Distances = NDArray[np.float64]  # [set, setting], the rule's first
Group = tuple[str, str, str]  # architecture, layout, task


def groups() -> dict[Group, tuple[list[str], dict[str, dict[str, Any]], Distances]]:
    """Names of sets, settings by name, and distances, by architecture, layout and task."""
    by_group = defaultdict[Group, dict[str, dict[str, dict[str, Any]]]](lambda: defaultdict(dict))
    for row in json.loads(TRAININGS.read_text()):
        by_group[row["architecture"], row["layout"], row["task"]][row["set"]][row["settings"]] = row
    found = {}
    for group, by_set in by_group.items():
        sets = sorted(by_set)
        settings = {name: row["params"] for name, row in by_set[sets[0]].items()}
        values = np.array([[_value(by_set[one][name]) for name in settings] for one in sets])
        found[group] = (sets, settings, distances(values) + _too_dear(by_set, list(settings)))
    return found


def _value(row: dict[str, Any]) -> float:
    return math.inf if row["value"] is None else float(row["value"])


def _too_dear(by_set: dict[str, dict[str, dict[str, Any]]], settings: list[str]) -> Distances:
    """`[setting]`: infinite where it takes too long."""
    costs = [
        statistics.median(rows[name]["seconds"] / rows["rule"]["seconds"] for rows in by_set.values())
        for name in settings
    ]
    return np.where(np.array(costs) > MOST_COST, math.inf, 0.0)


def distances(values: Distances) -> Distances:
    """`[set, setting]` from 0, the best on the set, to 1, the median or worse."""
    best, middle = values.min(axis=1, keepdims=True), np.median(values, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(values == best, 0.0, (values - best) / (middle - best))
    return np.minimum(1.0, np.nan_to_num(found, nan=1.0, posinf=1.0))


def chosen(table: Distances, candidates: list[int], size: int) -> list[int]:
    """The rule (0), then `size` of the candidates, each the one that helps most."""
    order = [0]
    while len(order) <= size:
        reached = table[:, order].min(axis=1, keepdims=True)
        gains = {one: np.minimum(table[:, [one]], reached).mean() for one in candidates if one not in order}
        if not gains:
            break
        order.append(min(gains, key=gains.__getitem__))
    return order


def left_out(table: Distances, candidates: list[int]) -> list[float]:
    """Mean distance after the rule and 1, 2, … chosen settings, on the set that they were not chosen on."""
    curves = []
    for place in range(len(table)):
        order = chosen(np.delete(table, place, axis=0), candidates, SIZE)
        curves.append([table[place, order[: n + 1]].min() for n in range(len(order))])
    return np.mean(curves, axis=0).tolist()


def at_random(table: Distances, candidates: list[int], draws: int = 2_000) -> list[float]:
    """The same with settings drawn at random."""
    rng = np.random.default_rng(0)
    curves = []
    for _ in range(draws):
        order = [0, *rng.permutation(candidates)[:SIZE].tolist()]
        curves.append([table[:, order[: n + 1]].min(axis=1).mean() for n in range(len(order))])
    return np.mean(curves, axis=0).tolist()


def stated_entry(group: Group, params: dict[str, Any], place: int, sets: list[str], of: str) -> str:
    """One candidate as TOML, within the ranges of the architecture `of`."""
    _, layout, task = group
    known = {one.name: one for one in _space(of).parameters}
    written = ", ".join(f"{name} = {_toml(known[name].nearest(value))}" for name, value in params.items())
    return (
        f'[[candidates]]\nparams = {{ {written} }}\nlayouts = ["{layout}"]\ntasks = ["{task}"]\n'
        f'reason = "choice {place} of the settings that did best together over {len(sets)} sets of data"\n'
        f'source = "{LEARNT}; Feurer et al., JMLR 2022, arXiv:2007.04074"\n'
    )


def _toml(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value)


def _space(architecture: str) -> spaces.Space:
    family = next(family for family, named in models.FAMILIES.items() if architecture in named)
    return spaces.load_space(family, architecture)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="the chosen settings into search_spaces")
    given = parser.parse_args()
    lines = [
        "| architecture | data | sets | rule | rule and stated | rule and 1, 2, 3 learnt | "
        "rule and 1, 2, 3 at random | taken |",
        "|---|---|---|---|---|---|---|---|",
    ]
    entries, curves = defaultdict[str, list[str]](list), list[tuple[float, ...]]()
    for group, (sets, settings, table) in sorted(groups().items()):
        architecture, layout, task = group
        pool = [i for i, name in enumerate(settings) if name.startswith("drawn") and table[0, i] < math.inf]
        stated = [0, *(i for i, name in enumerate(settings) if name.startswith("stated"))]
        if len(sets) < LEAST_SETS:
            continue
        learnt, random = left_out(table, pool), at_random(table, pool)
        taken = learnt[-1] < random[-1]
        if taken:
            for place, one in enumerate(chosen(table, pool, SIZE)[1:], start=1):
                for name in ALIKE.get(architecture, (architecture,)):
                    entries[name].append(stated_entry(group, list(settings.values())[one], place, sets, name))
        shown = [" ".join(f"{value:.2f}" for value in curve[1:]) for curve in (learnt, random)]
        known = np.minimum(table, 1.0)[:, stated].min(axis=1).mean()
        curves.append((table[:, 0].mean(), known, learnt[-1], random[-1]))
        lines.append(
            f"| {architecture} | {layout}, {task} | {len(sets)} | {table[:, 0].mean():.2f} | "
            f"{known:.2f} | {shown[0]} | {shown[1]} | {'yes' if taken else 'no'} |"
        )
    head = [" ".join(part.split()) for part in (__doc__ or "").strip().split("\n\n")[2:]]
    means = np.mean(curves, axis=0)
    overall = (
        f"Mean over these rows: the rule {means[0]:.2f}; with what its space stated {means[1]:.2f}; with "
        f"{SIZE} learnt {means[2]:.2f}; with {SIZE} at random {means[3]:.2f}. Few sets and short trainings: "
        "the order of the rows says more than their second decimal, and whether the settings are as good in "
        "longer trainings was not measured. What is too dear was judged over all sets, those left out too."
    )
    sets_said = f"torch {version('torch')}; sets and where they come from: `benchmarks/portfolio/sets.csv`."
    text = [
        "# A portfolio of settings",
        "",
        *(f"{part}\n" for part in head),
        *lines,
        "",
        overall,
        "",
        sets_said,
        "",
    ]
    RESULTS.write_text("\n".join(text))
    print("\n".join(lines))
    if given.write:
        write(entries)


def write(entries: dict[str, list[str]]) -> None:
    """Puts what was chosen before the other candidates of a space, in place of what an earlier call put."""
    for file in sorted((CHECKOUT / "search_spaces").glob("*/*.toml")):
        text = re.sub(rf"{BEGIN}.*?{END}\n+", "", file.read_text(), flags=re.DOTALL)
        if file.stem in entries:
            learnt = f"{BEGIN}\n" + "\n".join(entries[file.stem]) + f"{END}\n\n"
            parameters, mark, others = text.partition("[[candidates]]")
            text = parameters + learnt + mark + others
        file.write_text(text)


if __name__ == "__main__":
    main()
