"""JSON that holds a graph, values of its nodes over time, or both, as PyTorch Geometric Temporal keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.readers.graph.graph_relations import (
    LATITUDE,
    LEAST_NODES,
    LEAST_STEPS,
    LONGITUDE,
    MOST_NODES,
    PAIRS,
    Edges,
    Matrix,
    Places,
    Relation,
    Values,
    relation_words,
)
from advisor.readers.table import delimited

EDGES = ("edges", "edge_index", "links", "edge_list", "edgelist", "edge_mapping", "graph")
WEIGHTS = ("weights", "edge_weight", "edge_weights", "edge_attr")
MATRICES = ("adj", "adjacency", "adjacency_matrix", "matrix", "A")
NODES = ("nodes", "stations", "sensors", "node_ids", "features")
NAMES = ("id", "name", "node", "station", "sensor", "label", "key")
SERIES = ("y", "values", "series", "data", "x", "X")

Sorted = tuple[list[Values], list[Relation]]


def sort_out(content: Any, file: Path) -> Sorted:
    """Values over time and relations of nodes in what a JSON file holds, as far as it holds any."""
    where = str(file)
    words = relation_words(file.stem)
    if not isinstance(content, dict):
        edges = _edges(content, None, where, words)
        return ([], [edges]) if edges else _of_array(content, where, words)
    lists = _neighbour_lists(content, where, words)
    if lists is not None:
        return [], [lists]
    relations: list[Relation] = []
    numbers = next((content[key] for key in WEIGHTS if key in content), None)
    for key in EDGES:
        found = _edges(content.get(key), numbers, where, words)
        relations += [found] if found else []
    values: list[Values] = []
    for key in MATRICES:
        relations += _of_array(content.get(key), where, words)[1]
    for key in NODES:
        found_values, found_relations = _of_nodes(content.get(key), where)
        values += found_values
        relations += found_relations
    ids = content.get("node_ids")
    names = _in_order(ids)
    for key, value in content.items():
        if key not in (*EDGES, *WEIGHTS, *MATRICES) and isinstance(value, list):
            values += _of_array(value, where, words, names)[0]
    values += [*_of_series(content, where), *_of_steps(content, where)]
    return values, relations


def _edges(value: Any, numbers: Any, where: str, words: frozenset[str]) -> Edges | None:
    """Pairs `[0, 1]`, triples with a number, two rows, or objects with the names of both ends."""
    if isinstance(value, dict):  # one list for each step: the first stands for all
        inner = value.get("edge_index", next(iter(value.values()), None))
        inner = next(iter(inner.values()), None) if isinstance(inner, dict) else inner
        return _edges(inner, None, where, words)
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, dict) for item in value):
        return _edges_of_objects(value, where, words)
    if not all(isinstance(item, list) for item in value):
        return None
    if len(value) == 2 and len(value[0]) == len(value[1]) > 3:  # two rows
        value = [list(pair) for pair in zip(*value, strict=True)]
    ends = all(2 <= len(item) <= 3 for item in value)
    if not ends or any(isinstance(item[-1], (list, dict)) for item in value):
        return None
    if not all(isinstance(cell, (str, int)) for item in value for cell in item[:2]):
        return None
    pairs = np.array([[str(cell) for cell in item[:2]] for item in value], dtype=np.str_)
    own = [item[2] for item in value if len(item) == 3]
    return Edges(where, (pairs,), _vector(own or numbers, len(pairs)), words)


def _neighbour_lists(content: Mapping[str, Any], where: str, words: frozenset[str]) -> Edges | None:
    """`{"a": ["b", "c"]}`, or with weights `{"a": {"b": 0.5}}`: nodes as keys, each with its neighbours."""
    if len(content) < LEAST_NODES or not all(isinstance(value, (list, dict)) for value in content.values()):
        return None
    scalar = (str, int)
    named = [(key, near) for key, value in content.items() for near in value if isinstance(near, scalar)]
    if sum(map(len, content.values())) != len(named) or not named:
        return None
    if not {str(near) for _, near in named} <= content.keys():
        return None
    pairs = np.array([[key, str(near)] for key, near in named], dtype=np.str_)
    numbers = [number for value in content.values() if isinstance(value, dict) for number in value.values()]
    return Edges(where, (pairs,), _vector(numbers, len(pairs)), words)


def _edges_of_objects(value: list[dict[str, Any]], where: str, words: frozenset[str]) -> Edges | None:
    for first, second in PAIRS:
        if all(first in item and second in item for item in value):
            pairs = np.array([[str(item[first]), str(item[second])] for item in value], dtype=np.str_)
            other = next((key for key in value[0] if key not in (first, second)), None)
            numbers = None if other is None else [item.get(other) for item in value]
            words |= relation_words(other or "")
            return Edges(where, (pairs,), _vector(numbers, len(pairs)), words)
    return None


def _vector(numbers: Any, count: int) -> NDArray[np.float64] | None:
    if not isinstance(numbers, list) or len(numbers) != count:
        return None
    try:
        found = np.array(numbers, dtype=np.float64)
    except (ValueError, TypeError):
        return None
    return found if found.ndim == 1 else None


def _of_array(value: Any, where: str, words: frozenset[str], names: tuple[str, ...] | None = None) -> Sorted:
    """A square matrix, or values with steps or nodes first."""
    try:
        array = np.array(value, dtype=np.float64) if isinstance(value, list) else np.zeros(0)
    except (ValueError, TypeError):
        return [], []
    if array.ndim not in (2, 3):
        return [], []
    if array.ndim == 2 and array.shape[0] == array.shape[1] and LEAST_NODES <= len(array) <= MOST_NODES:
        return [], [Matrix(where, array, None, words)]
    ways = [array] if array.ndim == 3 else [array, array.T]
    return [_values(where, names, way) for way in ways if _is_long(way)], []


def _is_long(array: NDArray[np.float64]) -> bool:
    return bool(array.shape[0] >= LEAST_STEPS and array.shape[1] >= LEAST_NODES)


def _values(
    where: str, names: tuple[str, ...] | None, array: NDArray[np.float64], times: Sequence[str] | None = None
) -> Values:
    cube = array.reshape(*array.shape[:2], -1).astype(np.float32)
    fitting = names if names is not None and len(names) == cube.shape[1] else None
    return Values(where, fitting, cube.shape[1], lambda: (cube, times))


def _of_nodes(value: Any, where: str) -> Sorted:
    """Nodes as objects: their places, their series."""
    items = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    if len(items) < LEAST_NODES or not all(isinstance(item, dict) for item in items):
        return [], []
    key = next((key for key in items[0] if key.lower() in NAMES), None)
    names = tuple(str(item.get(key)) for item in items) if key else None
    if key is None and isinstance(value, dict):
        names = tuple(value)
    relations: list[Relation] = []
    at = [next((k for k in items[0] if which.match(k)), None) for which in (LATITUDE, LONGITUDE)]
    if at[0] and at[1]:
        degrees = [[item.get(at[0]), item.get(at[1])] for item in items]
        relations = [Places(where, (names,) if names else (), np.array(degrees, dtype=np.float64))]
    series = next((key for key in SERIES if all(isinstance(item.get(key), list) for item in items)), None)
    values = _of_array([item[series] for item in items], where, frozenset(), names)[0] if series else []
    return values, relations


def _of_steps(content: Mapping[str, Any], where: str) -> list[Values]:
    """Steps as keys, `"0"`, `"1"` or dates, each with the values of all nodes."""
    steps = [key for key in content if key.isdecimal() or delimited.as_times([key]) is not None]
    if len(steps) < LEAST_STEPS:
        return []
    steps.sort(key=lambda key: (len(key), key) if key.isdecimal() else (0, key))
    first = content[steps[0]]
    names: tuple[str, ...] | None = None
    rows: list[Any] = [content[step] for step in steps]
    if isinstance(first, dict):
        key = next((key for key in SERIES if isinstance(first.get(key), list)), None)
        names = None if key else tuple(first)
        rows = [row.get(key) if key else [row.get(name) for name in names or ()] for row in rows]
    found = _of_array(rows, where, frozenset(), names)[0]
    dated = not steps[0].isdecimal()
    times = delimited.as_times(steps) if dated else None
    stamps = None if times is None else [time.isoformat() for time in times]
    if not found:
        return []
    cube, _ = found[0].load()
    return [Values(where, found[0].names, found[0].count, lambda: (cube, stamps))]


def _of_series(content: Mapping[str, Any], where: str) -> list[Values]:
    """Nodes as keys, each with its series."""
    series = {
        key: value for key, value in content.items() if isinstance(value, list) and len(value) >= LEAST_STEPS
    }
    lengths = {len(value) for value in series.values()}
    if len(series) < LEAST_NODES or len(lengths) != 1:
        return []
    found = _of_array(list(series.values()), where, frozenset(), tuple(series))[0]
    return [one for one in found if one.count == len(series)]


def _in_order(ids: Any) -> tuple[str, ...] | None:
    """Names of nodes by the numbers that they have."""
    if not isinstance(ids, dict) or not ids or not all(isinstance(number, int) for number in ids.values()):
        return None
    return tuple(name for name, _ in sorted(ids.items(), key=lambda item: item[1]))
