from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.decide.questions import answers
from advisor.measure import measure
from advisor.measure.graph import nearest
from advisor.readers.source import Source

AXES = ["time", "node", "channel"]
STEPS, NODES = 400, 30


@pytest.fixture
def ring() -> np.ndarray:
    """[node, node] of a ring."""
    graph = np.zeros((NODES, NODES), dtype=np.float32)
    places = np.arange(NODES)
    graph[places, (places + 1) % NODES] = graph[(places + 1) % NODES, places] = 1
    return graph


@pytest.fixture
def diffusing(ring: np.ndarray) -> np.ndarray:
    """[time, node, channel]: each step a node keeps half of its value and takes some of its neighbours'; a
    rhythm that all share lies on top."""
    rng = np.random.default_rng(0)
    values = np.zeros((STEPS, NODES))
    for step in range(1, STEPS):
        values[step] = 0.5 * values[step - 1] + 0.2 * ring @ values[step - 1] + rng.normal(size=NODES)
    return (values + 5 * np.sin(np.arange(STEPS) / 6)[:, None])[..., None].astype(np.float32)


def on(source, values: np.ndarray, graph: np.ndarray | None) -> Source:
    return replace(source([values], AXES, kind="future"), graph=graph)


def grid_like(found: Source, facts) -> tuple[bool | None, float]:
    answer = answers(found.spec, facts)["grid_like"]
    return answer.value, answer.confidence


def test_neighbours_on_the_graph_are_alike(source, diffusing, ring):
    found, facts = measure(on(source, diffusing, ring))
    assert facts.value("locality_node") > 0.2
    assert facts.value("adjacent_correlation_node") > facts.value("shuffled_correlation_node")
    assert grid_like(found, facts)[0] is True
    assert answers(found.spec, facts)["space_and_time"].value is True


def test_a_graph_of_other_neighbours_is_no_space(source, diffusing, ring):
    order = np.random.default_rng(1).permutation(NODES)
    found, facts = measure(on(source, diffusing, ring[np.ix_(order, order)]))
    assert abs(facts.value("locality_node")) < 0.1
    value, confidence = grid_like(found, facts)
    assert value is False
    assert confidence < 0.8  # the data have a graph after all
    assert answers(found.spec, facts)["sequential"].value is True


def test_without_a_graph_nothing_is_a_neighbour(source, diffusing):
    found, facts = measure(on(source, diffusing, None))
    assert (facts.value("graph_edges"), facts.value("locality_node")) == (0, None)
    assert grid_like(found, facts)[0] is False


def test_what_all_share_is_no_likeness(source, ring):
    rng = np.random.default_rng(2)
    shared = np.sin(np.arange(STEPS) / 6)[:, None, None] + 0.1 * rng.normal(size=(STEPS, NODES, 1))
    _, facts = measure(on(source, shared, ring))
    assert abs(facts.value("adjacent_correlation_node")) < 0.1


def test_silent_nodes_gaps_and_idle_channels_do_no_harm(source, diffusing, ring):
    broken = np.concatenate([diffusing, np.ones_like(diffusing)], axis=-1)
    broken[:, 3] = 7
    broken[np.random.default_rng(3).random(broken.shape) < 0.1] = np.nan
    _, facts = measure(on(source, broken, ring))
    assert facts.value("locality_node") > 0.15
    assert facts.value("missing_share") == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("steps", [2, 8, 17])
def test_short_ones_give_what_they_can(source, diffusing, ring, steps):
    _, facts = measure(on(source, diffusing[:steps], ring))
    assert facts.value("size_node") == NODES


def test_the_nearest_of_a_full_matrix_and_ties():
    weights = np.array([[0, 5, 4, 3, 2], [1, 0, 1, 1, 1]], dtype=np.float32)
    assert nearest(weights).tolist() == [[False, True, True, True, False], [True, False, True, True, True]]


def test_a_graph_is_kept_where_no_nodes_are_alike(source, ring):
    noise = np.random.default_rng(3).normal(size=(STEPS, NODES, 1)).astype(np.float32)
    found, facts = measure(on(source, noise, ring))
    assert abs(facts.value("attainable_correlation_node")) < 0.1  # nothing here could have refuted it
    value, confidence = grid_like(found, facts)
    assert value is True
    assert confidence < 0.7
