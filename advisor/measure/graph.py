"""One long series of many nodes (sensors, stations), and whether neighbours on their graph are alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError
from advisor.measure.looks import look, numbers
from advisor.measure.probes.series import CHANNELS, LONGEST, series_facts
from advisor.measure.quality import quality_facts
from advisor.measure.rows import as_facts
from advisor.measure.sizes import size_facts
from advisor.readers.source import Source
from advisor.records import Fact

Array = NDArray[np.float64]

LOOKED_AT = 0.6
"""Share of the steps, from the first, that is looked at: no usual test part by time begins earlier."""

STEPS = 4_000
"""Steps by which nodes are compared; correlations are then known to 0.02 or better."""

NODES = 2_000
"""Nodes that are compared, the first ones: their correlations take 16 MB."""

NEAREST = 3
"""Neighbours of each node that are compared with it: in a matrix without zeros all are neighbours."""

SHUFFLES = 200
FEWEST_NODES = 5
"""Of four nodes only 24 namings exist: none can be told from chance."""


def is_node_series(source: Source) -> bool:
    """Whether the data are one series of nodes (time, node, channel) that is to be continued."""
    kind = source.spec.target.kind if source.spec.target else None
    names = [axis.name for axis in source.spec.input.axes]
    return len(source) == 1 and kind in (None, "future") and names == ["time", "node", "channel"]


def node_series_facts(source: Source, seconds: float, seed: int, *, probe: bool) -> list[Fact]:
    """Sizes, missing values, neighbours in time and on the graph, period, and whether order matters.

    Raises:
        NoDataError: the series cannot be read.
    """
    looks = look(source, [0], seconds)
    if not looks:
        raise NoDataError(f"`a readable series`: {source.spec.path} could not be decoded; check the files")
    sample = np.asarray(source.read(0))
    steps = min(LONGEST, max(min(len(sample), 100), int(LOOKED_AT * len(sample))))
    values = numbers(sample[:steps]).astype(np.float64)
    return [
        *size_facts(source, looks),
        *quality_facts(looks, 1),
        *series_facts(some_courses(values), seed, probe=probe),
        *graph_facts(values[:STEPS], source.graph, seed),
    ]


def some_courses(values: Array) -> Array:
    """[time, course] of a few nodes spread over all, with gaps filled by interpolation."""
    flat = values.reshape(len(values), -1)
    known = np.flatnonzero(np.isfinite(flat).mean(axis=0) > 0.5)
    chosen = (
        known[np.linspace(0, len(known) - 1, min(len(known), CHANNELS)).astype(int)] if len(known) else []
    )
    places = np.arange(len(flat))
    courses = [
        np.interp(places, np.flatnonzero(np.isfinite(column)), column[np.isfinite(column)])
        for column in flat[:, chosen].T
    ]
    return np.stack(courses, axis=1) if courses else flat[:, :0]


def graph_facts(values: Array, graph: NDArray[np.float32] | None, seed: int) -> list[Fact]:
    """How alike a node's nearest are beyond what all nodes share, against other namings of the nodes.

    Args:
        values: [time, node, channel].
    """
    nodes = values.shape[1]
    if graph is None:
        how = "nothing says which nodes are neighbours"
        return as_facts([("graph_edges", 0.0, "edges", how)], nodes)
    kept = graph[:NODES, :NODES]
    edges = as_facts(
        [("graph_edges", float(np.count_nonzero(graph)), "edges", "counted by the reader")], nodes
    )
    channels = np.stack([own_correlations(channel) for channel in np.moveaxis(values[:, :NODES], 2, 0)])
    counts = np.isfinite(channels).sum(axis=0)
    correlations = np.where(counts > 0, np.nansum(channels, axis=0) / np.maximum(counts, 1), np.nan)
    near = nearest(kept)
    lively = np.isfinite(correlations)
    apart = ~np.eye(len(kept), dtype=bool)
    if not (near & lively).any():
        return edges
    correlations = np.nan_to_num(correlations)
    adjacent = float(correlations[near].mean())
    random_pairs = float(correlations[apart].mean())
    rows = [
        (
            "adjacent_correlation_node",
            adjacent,
            "1",
            f"correlation of each node with its {NEAREST} nearest, what all nodes share taken off",
        ),
        ("random_pair_correlation_node", random_pairs, "1", "the same of any two nodes"),
        (
            "locality_node",
            (adjacent - random_pairs) / max(1.0 - random_pairs, 1e-6),
            "1",
            "(adjacent - random pairs) / (1 - random pairs)",
        ),
    ]
    if nodes >= FEWEST_NODES:
        chance = f"95 % of {SHUFFLES} random namings of the nodes stay below"
        rows.append(("shuffled_correlation_node", _shuffled(correlations, near, seed), "1", chance))
        attained = f"correlation, in the later half of the steps, with the {NEAREST} most alike before"
        rows.append(("attainable_correlation_node", _attainable(values[:, :NODES]), "1", attained))
    return [*edges, *as_facts(rows, nodes)]


def own_correlations(courses: Array) -> Array:
    """[node, node] correlations of [time, node] once the mean of all standardised nodes is taken off."""
    own = _standard(_standard(courses) - _standard(courses).mean(axis=1, keepdims=True))
    found: Array = own.T @ own / len(own)
    silent = ~own.any(axis=0)
    found[silent], found[:, silent] = np.nan, np.nan
    return found


def _standard(courses: Array) -> Array:
    """Mean 0 and deviation 1 in time; 0 where missing, and for nodes that never change."""
    known = np.isfinite(courses)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, courses - np.where(known, courses, 0).sum(axis=0) / count, 0)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    return np.asarray(np.where(deviation > 1e-9, centred / np.maximum(deviation, 1e-9), 0))


def nearest(graph: NDArray[np.float32]) -> NDArray[np.bool_]:
    """[node, node] which are among a node's nearest, ties included."""
    few = min(NEAREST, graph.shape[1])
    limits = -np.partition(-graph, few - 1, axis=1)[:, few - 1 : few]
    return (graph > 0) & (graph >= limits)


def _shuffled(correlations: Array, near: NDArray[np.bool_], seed: int) -> float:
    first, second = np.nonzero(near)
    rng = np.random.default_rng(seed)
    means = []
    for _ in range(SHUFFLES):
        names = rng.permutation(len(correlations))
        means.append(float(correlations[names[first], names[second]].mean()))
    return float(np.quantile(means, 0.95))


def _attainable(values: Array) -> float:
    """Correlation of each node with its likest, which are told by other steps than those it is measured on:
    about that of neighbours on a graph that fits, and that of any two nodes where no two are alike.

    Args:
        values: [time, node, channel].
    """
    half = len(values) // 2
    found = []
    for channel in np.moveaxis(values, 2, 0):
        before, after = (np.nan_to_num(own_correlations(part)) for part in (channel[:half], channel[half:]))
        np.fill_diagonal(before, -np.inf)
        few = min(NEAREST, len(before) - 1)
        likest = np.argpartition(-before, few - 1, axis=1)[:, :few]
        found.append(float(np.take_along_axis(after, likest, axis=1).mean()))
    return float(np.mean(found))
