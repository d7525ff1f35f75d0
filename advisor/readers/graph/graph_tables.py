"""Tables of values over time, of edges, of weights and of places, each told by its first rows."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.readers import folders
from advisor.readers.graph import grids
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
from advisor.readers.graph.grids import Head
from advisor.readers.table import delimited

MAX_MATRIX_BYTES = 256 * 2**20  # 5,000 nodes squared
MAX_LIST_BYTES = 32 * 2**20  # a million edges
EDGE_WORDS = frozenset(
    {"edge", "edges", "edgelist", "graph", "link", "links", "adj", "adjacency", "network", "neighbors",
     "neighbours", "connections", "distance", "distances", "graphs", "networks"}
)  # fmt: skip
WEIGHTED = 3  # columns of a list of edges with weights
FOLDER_WORDS = frozenset({"graphs", "networks", "edges"})  # what a folder of graphs is called
TIMES = re.compile(r"^(day|hour|week|month|year|step|t|index|)$|date|time", re.I)
"""Columns that say when, and a nameless one, which numbers the rows."""

NODES = re.compile(
    r"^(node|sensor|station|location|detector|segment|site|loc|link|road)(_?(id|no|name|code))?$", re.I
)


def relation(head: Head) -> Relation | None:
    """The edges, places or weights that a table holds.

    Raises:
        DataError: rows that do not fit together.
    """
    words = relation_words(head.path.stem, head.header or ())
    words |= relation_words(head.path.parent.name) & FOLDER_WORDS
    if words & EDGE_WORDS and head.header is not None and _is_an_edge(head.header):
        head = replace(head, header=None, rows=(head.header, *head.rows))
    size = head.path.stat().st_size
    pairs = _pair_columns(head, words)
    places = _place_columns(head)
    if (pairs or places) and size > MAX_LIST_BYTES:
        return None
    if pairs:
        return _edges(head, pairs, words)
    if places:
        return _places(head, places)
    return _matrix(head, words) if size <= MAX_MATRIX_BYTES else None


def values(head: Head) -> list[Values]:
    """What a table may hold: a row for each step and node, or a column or a row for each node."""
    long = _long_columns(head)
    return [_long(head, *long)] if long else _wide(head)


def _pair_columns(head: Head, words: frozenset[str]) -> list[tuple[int, int]]:
    """The columns of nodes of a list of edges."""
    if head.width > 6:
        return []
    names = [name.strip().lower().replace(" ", "_") for name in head.header or ()]
    found = [(names.index(a), names.index(b)) for a, b in PAIRS if a in names and b in names]
    if found or not words & EDGE_WORDS or head.width > 3:
        return found
    whole = all(cell.lstrip("-").isdigit() for row in head.rows for cell in row[:2])
    return [(0, 1)] if (whole or _names_both(head)) and len(head.rows) > 1 else []


def _is_an_edge(header: Sequence[str]) -> bool:
    """Whether a first row of words, `B,C,3`, ends in a number, which is no name of a column."""
    return len(header) == WEIGHTED and delimited.as_numbers(header[2:]) is not None


def _names_both(head: Head) -> bool:
    """Whether two columns of words hold some of the same, before a column of numbers: `B,C,3`."""
    first, second = ({row[i] for row in head.rows} for i in (0, 1))
    words = not head.is_numeric(0) and not head.is_numeric(1)
    return head.width == WEIGHTED and words and head.is_numeric(2) and bool(first & second)


def _edges(head: Head, pairs: list[tuple[int, int]], words: frozenset[str]) -> Edges:
    table = grids.load(head)
    used = {column for pair in pairs for column in pair}
    numbers = [i for i in range(head.width) if i not in used and head.is_numeric(i)]
    cells = [table.iloc[:, list(pair)].astype(str).to_numpy(dtype=np.str_) for pair in pairs]
    number = table.iloc[:, numbers[0]].to_numpy(dtype=np.float64) if numbers else None
    return Edges(str(head.path), tuple(cells), number, words)


def _place_columns(head: Head) -> tuple[int, int] | None:
    found = [
        next((i for i, name in enumerate(head.header or ()) if which.match(name.strip())), None)
        for which in (LATITUDE, LONGITUDE)
    ]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _places(head: Head, columns: tuple[int, int]) -> Places:
    """Once for each station, where a table gives it several times."""
    table = grids.load(head)
    degrees = table.iloc[:, list(columns)].apply(_as_number).to_numpy(dtype=np.float64)
    known = np.isfinite(degrees).all(axis=1)
    names = [tuple(table.iloc[:, i].astype(str)[known]) for i in range(head.width) if i not in columns]
    return Places(str(head.path), tuple(names), degrees[known])


def _as_number(column: Any) -> Any:
    import pandas

    return pandas.to_numeric(column, errors="coerce")


def _matrix(head: Head, words: frozenset[str]) -> Matrix | None:
    """A square table of numbers, with or without names in its first row and column."""
    first = tuple(row[0] for row in head.rows)
    labelled = head.header is not None and head.header[1 : 1 + len(first)] == first[: head.width - 1]
    size = head.width - 1 if labelled else head.width
    if not LEAST_NODES <= size <= MOST_NODES or len(head.numeric()) < size:
        return None
    if grids.count_rows(head, size + 1) != size:
        return None
    table = grids.load(head)
    values = table.iloc[:, 1:] if labelled else table
    names = tuple(head.header[1:] if labelled else head.header) if head.header is not None else None
    return Matrix(str(head.path), values.to_numpy(dtype=np.float64), names, words)


def _long_columns(head: Head) -> tuple[int, int, list[int]] | None:
    """Columns of time, node and values of a table with a row for each step and node."""
    names = [name.strip() for name in head.header or ()]
    time = next((i for i, name in enumerate(names) if TIMES.search(name)), None)
    node = next((i for i, name in enumerate(names) if NODES.match(name)), None)
    if time is None or node is None or head.width > 12:
        return None
    values = [i for i in head.numeric() if i not in (time, node)]
    return (time, node, values) if values else None


def _long(head: Head, time: int, node: int, channels: list[int]) -> Values:
    table = grids.load(head)
    nodes = table.iloc[:, node].astype(str)
    distinct = sorted(set(nodes), key=folders.natural)

    def load() -> tuple[NDArray[np.float32], Sequence[str] | None]:
        rows = table.assign(node=nodes)
        wide = [
            rows.pivot_table(index=table.columns[time], columns="node", values=table.columns[i])
            for i in channels
        ]
        values = np.stack([one.reindex(columns=distinct).to_numpy(dtype=np.float32) for one in wide], axis=-1)
        return values, _iso_times([str(cell) for cell in wide[0].index])

    return Values(str(head.path), tuple(distinct), len(distinct), load)


def _wide(head: Head) -> list[Values]:
    """A column for each node; or a row for each, where there are more columns than rows."""
    header = [name.strip() for name in head.header or ()]
    times = [i for i, name in enumerate(header) if TIMES.search(name) or NODES.match(name)]
    times += [i for i in range(head.width) if i not in times and not head.is_numeric(i)]
    counted = [str(i) for i in range(len(head.rows))]
    counter = head.header is None and [row[0] for row in head.rows] == counted
    columns = [i for i in range(head.width) if i not in times and not (counter and i == 0)]
    if len(columns) < LEAST_NODES:
        return []
    all_names = head.names
    names = tuple(all_names[i] for i in columns) if head.header is not None else None
    found = []
    dated = head.header is not None and _iso_times([head.header[i] for i in columns]) is not None
    if not dated and grids.count_rows(head, LEAST_STEPS) >= LEAST_STEPS:
        load = functools.partial(_load_wide, head, columns, times)
        found.append(Values(str(head.path), names, len(columns), load))
    return [*found, *_rows_as_nodes(head, columns, times)]


def _load_wide(
    head: Head, columns: list[int], times: list[int]
) -> tuple[NDArray[np.float32], Sequence[str] | None]:
    table = grids.load(head)
    values = table.iloc[:, columns].apply(_as_number).to_numpy(dtype=np.float32)
    stamps = (_iso_times(table.iloc[:, i].astype(str).tolist()) for i in times)
    return values[..., None], next((found for found in stamps if found is not None), None)


def _rows_as_nodes(head: Head, columns: list[int], words: list[int]) -> list[Values]:
    if head.width < LEAST_STEPS:
        return []
    stamps = None if head.header is None else _iso_times([head.header[i] for i in columns])
    most = head.width - 1 if stamps is None else MOST_NODES
    rows = grids.count_rows(head, most + 1)
    if not LEAST_NODES <= rows <= most:
        return []

    def load() -> tuple[NDArray[np.float32], Sequence[str] | None]:
        values = grids.load(head).iloc[:, columns].apply(_as_number).to_numpy(dtype=np.float32)
        return values.T[..., None], stamps

    names = tuple(row[words[0]] for row in head.rows) if words and len(head.rows) == rows else None
    if words and stamps is not None:
        names = tuple(grids.load(head).iloc[:, words[0]].astype(str))
    return [Values(str(head.path), names, rows, load)]


def _iso_times(cells: list[str]) -> list[str] | None:
    """ISO 8601 of cells that are times in ascending order, else None."""
    times = delimited.as_times(cells)
    if times is None:
        return None
    stamps = [time.isoformat() for time in times]
    return stamps if all(a < b for a, b in itertools.pairwise(stamps)) else None
