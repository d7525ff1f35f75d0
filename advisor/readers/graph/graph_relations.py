"""How nodes lie to each other: a matrix, edges or places on the globe, made one matrix of weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]
"""[node, node], 0 where two nodes are no neighbours, larger the nearer; the diagonal is 0."""

LEAST_NODES, LEAST_STEPS = 3, 16
MOST_NODES = 10_000  # a matrix of weights of these has 400 MB
COVERED = 0.8  # share of the series that must have a place or an edge
EARTH_RADIUS = 6371.0  # km, mean radius (IUGG)
DISTANCES = frozenset({"cost", "costs", "dist", "distance", "distances", "length", "km", "meters", "metres"})
FILLED = (
    0.9  # share of pairs with a positive number from which a matrix with an empty diagonal holds distances
)


PAIRS = (
    ("from", "to"), ("source", "target"), ("src", "dst"), ("start", "end"), ("u", "v"), ("i", "j"),
    ("node1", "node2"), ("node_1", "node_2"), ("name_1", "name_2"), ("id_1", "id_2"), ("id1", "id2"),
    ("from_node", "to_node"), ("origin", "destination"), ("src_id", "dst_id"), ("from_id", "to_id"),
    ("sensor1", "sensor2"), ("head", "tail"), ("source_id", "target_id"), ("node_a", "node_b"), ("a", "b"),
    ("sensor_a", "sensor_b"), ("from_sensor", "to_sensor"), ("sensor_1", "sensor_2"), ("id_from", "id_to"),
)  # fmt: skip
"""How the two columns of a list of edges are usually called."""


LATITUDE = re.compile(r"^(lat|latitude|lat_?deg|y_?lat|latitude.*)$", re.I)
LONGITUDE = re.compile(r"^(lon|lng|long|longitude|lon_?deg|x_?lon|longitude.*)$", re.I)


@dataclass(frozen=True)
class Values:
    """Values over time: `load` gives [time, node, channel] and the times as text where there are any."""

    where: str
    names: tuple[str, ...] | None
    count: int
    load: Callable[[], tuple[NDArray[np.float32], Sequence[str] | None]]


@dataclass(frozen=True)
class Matrix:
    """A square table; `labels` are the nodes' names where it has them."""

    where: str
    values: NDArray[np.float64]
    labels: tuple[str, ...] | None
    words: frozenset[str]


@dataclass(frozen=True)
class Edges:
    """Pairs of nodes, by each of the ways in which the file names them, and a number for each pair."""

    where: str
    pairs: tuple[NDArray[np.str_], ...]  # each [edge, 2]
    numbers: NDArray[np.float64] | None
    words: frozenset[str]


@dataclass(frozen=True)
class Places:
    """Latitude and longitude of nodes in degrees, by each of the ways in which the file names them."""

    where: str
    names: tuple[tuple[str, ...], ...]
    degrees: NDArray[np.float64]  # [place, 2]


Relation = Matrix | Edges | Places


def weights(relation: Relation, names: Sequence[str] | None, count: int) -> Weights | None:
    """The weights between `count` nodes, in their order; None where the relation is one of other nodes.

    Args:
        names: of the nodes, where the values have them.
    """
    if not LEAST_NODES <= count <= MOST_NODES:
        return None
    if isinstance(relation, Matrix):
        found = _of_matrix(relation, names, count)
    elif isinstance(relation, Edges):
        found = _of_edges(relation, names, count)
    else:
        found = _of_places(relation, names, count)
    if found is None:
        return None
    found = np.maximum(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), 0)
    np.fill_diagonal(found, 0)
    inner = found[~np.eye(count, dtype=bool)]
    return None if not inner.any() or (inner == inner[0]).all() else found.astype(np.float32)


def _of_matrix(relation: Matrix, names: Sequence[str] | None, count: int) -> NDArray[np.float64] | None:
    if relation.values.shape != (count, count) or np.nanmin(relation.values) < 0:
        return None
    values = relation.values
    if names is not None and relation.labels is not None and set(relation.labels) == set(names):
        order = [relation.labels.index(name) for name in names]
        values = values[np.ix_(order, order)]
    inner = values[~np.eye(count, dtype=bool)]
    filled = not np.diagonal(values).any() and (inner > 0).mean() >= FILLED
    far = bool(relation.words & DISTANCES) or filled
    return np.where(values > 0, nearness(values, inner), 0.0) if far else values


def _of_edges(relation: Edges, names: Sequence[str] | None, count: int) -> NDArray[np.float64] | None:
    for pairs in relation.pairs:
        places = _positions(pairs.ravel(), names, count)
        if places is None:
            continue
        first, second = places.reshape(-1, 2).T
        number = np.ones(len(first)) if relation.numbers is None else relation.numbers
        if relation.words & DISTANCES:
            number = nearness(number, number)
        found = np.zeros((count, count))
        known = (first >= 0) & (second >= 0)
        found[first[known], second[known]] = number[known]
        return np.maximum(found, found.T)
    return None


def _positions(cells: NDArray[np.str_], names: Sequence[str] | None, count: int) -> NDArray[np.int64] | None:
    """The node of each cell, -1 where it is none: by name, by number from 0 or 1, or by their order."""
    distinct = sorted(set(cells.tolist()))
    if names is not None:
        known = {_plain(name): place for place, name in enumerate(names)}
        found = np.array([known.get(_plain(cell), -1) for cell in cells.tolist()])
        if len(set(found.tolist()) - {-1}) >= COVERED * count:
            return found
    try:
        numbers = np.array([int(float(cell)) for cell in cells.tolist()])
    except (ValueError, OverflowError):
        return None
    lowest, highest = int(numbers.min()), int(numbers.max())
    if len(distinct) >= COVERED * count and 0 <= lowest and highest - min(lowest, 1) < count:
        return numbers - (1 if highest == count else 0)
    if len(distinct) == count:  # identifiers, which the values have in ascending order
        return np.searchsorted(np.unique(numbers), numbers)
    return None


def _of_places(relation: Places, names: Sequence[str] | None, count: int) -> NDArray[np.float64] | None:
    order: list[int] | None = None
    for given in relation.names if names is not None else ():
        known = {_plain(name): place for place, name in enumerate(given)}
        found = [known.get(_plain(name), -1) for name in names or ()]
        if sum(place >= 0 for place in found) >= COVERED * count:
            order = found
            break
    if order is None and len(relation.degrees) == count and not _are_words(names):
        order = list(range(count))
    if order is None:
        return None
    kilometres = distances(relation.degrees[order])
    missing = np.array(order) < 0
    kilometres[missing], kilometres[:, missing] = np.nan, np.nan
    return nearness(kilometres, kilometres)


def distances(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """[place, place] great-circle distances in km of latitudes and longitudes [place, 2] (haversine)."""
    latitude, longitude = np.radians(degrees).T
    across = np.sin((latitude[:, None] - latitude) / 2) ** 2
    along = np.sin((longitude[:, None] - longitude) / 2) ** 2
    share = across + np.cos(latitude[:, None]) * np.cos(latitude) * along
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(share, 0, 1))))


def nearness(values: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that fall with distance: `1 / (1 + distance / median)`."""
    known = among[np.isfinite(among) & (among > 0)]
    usual = float(np.median(known)) if len(known) else 1.0
    return np.asarray(1.0 / (1.0 + np.maximum(values, 0) / usual))


def relation_words(name: str, header: Iterable[str] = ()) -> frozenset[str]:
    """Lower-case words of a file's name and of its columns."""
    return frozenset(word for text in (name, *header) for word in re.split(r"[^a-z]+", text.lower()) if word)


def _plain(name: str) -> str:
    """`Sensor 400001` and `400001.0` as they are compared."""
    text = name.strip().lower()
    return text[:-2] if text.endswith(".0") else text


def _are_words(names: Sequence[str] | None) -> bool:
    """Names that would have been found, were the places theirs."""
    return names is not None and any(any(letter.isalpha() for letter in name) for name in names)
