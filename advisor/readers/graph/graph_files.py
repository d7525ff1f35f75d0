"""Which files of a folder hold values over time, and which say how the nodes lie to each other."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError
from advisor.readers import folders
from advisor.readers.array import array_files
from advisor.readers.array.stored import Stored
from advisor.readers.graph import graph_json, graph_tables, graph_windows, grids
from advisor.readers.graph.graph_relations import (
    LEAST_NODES,
    LEAST_STEPS,
    MOST_NODES,
    Edges,
    Matrix,
    Relation,
    Values,
    relation_words,
)
from advisor.readers.graph.graph_tables import EDGE_WORDS

MOST_FILES = 24  # a graph and its values are few files; more are samples or stations
MOST_DATED = 2_000  # the same with a graph for each day: five years
DATE = re.compile(r"(19|20)\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])")
ARRAYS = frozenset({".npy", ".npz", ".h5", ".hdf5", ".hdf"})
MAX_JSON_BYTES = 64 * 2**20  # of one file, which takes ten times that in memory
LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes", "gt", "mask", "masks"})

Sorted = tuple[list[Values], list[Relation]]


def data_files(path: Path) -> list[Path]:
    """Tables, arrays and JSON of a folder, of graphs that lie there for each day the first; none where there
    are more than a graph needs."""
    found = all_files(path)
    if len(found) > MOST_FILES:
        days: dict[tuple[Path, str], Path] = {}
        for file in found:
            days.setdefault((file.parent, DATE.sub("", file.name)), file)
        found = list(days.values())
    return found if len(found) <= MOST_FILES else []


def all_files(path: Path) -> list[Path]:
    """Tables, arrays and JSON of a folder, up to MOST_DATED."""
    return [path] if path.is_file() else files_of(path, grids.SUFFIXES | ARRAYS | {".json"}, MOST_DATED)


def files_of(path: Path, suffixes: Collection[str], most: int) -> list[Path]:
    """Up to `most` files below a folder with one of these suffixes, by folder; links to folders are left."""
    found: list[Path] = []
    if not folders.has_any(path, suffixes):
        return found
    waiting = [path]
    while waiting and len(found) < most:
        try:
            shown = folders.visible(waiting.pop())
        except NoDataError:
            continue
        found += [Path(e.path) for e in shown if folders.suffix(e.name) in suffixes and e.is_file()]
        inner = [Path(entry.path) for entry in shown if entry.is_dir(follow_symlinks=False)]
        waiting += inner[::-1]
    return found[:most]


def sort_out(files: Sequence[Path]) -> Sorted:
    """Values and relations among the files; nothing where none holds a relation, or one holds labels."""
    few = files if len(files) > 1 else []  # one table alone has no graph beside it
    heads = {file: found for file in few if (found := grids.head(file)) is not None}
    relations = {file: one for file, head in heads.items() if (one := _relation(head)) is not None}
    values: list[Values] = []
    others: list[Relation] = []
    for file in files:
        stored = _stored(file)
        if stored is None:
            return [], []
        values += stored[0]
        others += stored[1]
    if not relations and not others:
        return [], []
    windows = graph_windows.values(files)
    if windows is not None:
        return [windows], [*relations.values(), *others]
    for file, head in heads.items():
        values += [] if file in relations else graph_tables.values(head)
    return values, [*relations.values(), *others]


def _relation(head: grids.Head) -> Relation | None:
    """What a table relates; a damaged one nothing."""
    try:
        return graph_tables.relation(head)
    except DataError:
        return None


def _stored(file: Path) -> Sorted | None:
    """What an array file or a JSON file holds; a damaged one nothing. None where it holds labels."""
    suffix = folders.suffix(file.name)
    try:
        if suffix in ARRAYS:
            return _of_arrays(file)
        return _of_json(file) if suffix == ".json" else ([], [])
    except DataError:
        return [], []


def _of_arrays(file: Path) -> Sorted | None:
    stored, _ = array_files.stored_arrays(file)
    by_name = {one.where.rpartition(":")[2]: one for one in stored}
    if {"indices", "indptr", "shape", "data"} <= set(by_name):
        matrix = _sparse(by_name, file)
        return [], [] if matrix is None else [matrix]
    if any(set(one.words) & LABELS and len(one.shape) == 1 and "offsets" not in one.words for one in stored):
        return None
    values: list[Values] = []
    relations: list[Relation] = []
    columns = next((one for one in stored if "columns" in one.words and len(one.shape) == 1), None)
    for one in stored:
        words = frozenset(one.words) | relation_words(file.stem)
        if one.dtype.kind not in "fiub" or set(one.words) & LABELS:
            continue
        if len(one.shape) == 2 and one.shape[0] == one.shape[1] and LEAST_NODES <= one.shape[0] <= MOST_NODES:
            relations.append(Matrix(one.where, np.array(one.load(), dtype=np.float64), None, words))
        elif len(one.shape) == 2 and 2 in one.shape and words & (EDGE_WORDS | {"index"}):
            pairs = np.asarray(one.load())
            pairs = pairs if one.shape[1] == 2 else pairs.T
            relations.append(Edges(one.where, (pairs.astype(np.str_),), None, words))
        elif len(one.shape) in (2, 3) and one.dtype.kind != "b":
            values += _array_values(one, columns)
    return values, relations


def _array_values(one: Stored, columns: Stored | None) -> list[Values]:
    """Steps first or nodes first: which it is the graph tells; nodes are called as the columns of a frame."""
    if columns is not None and one.shape[1:] == columns.shape:
        names = tuple(np.asarray(columns.load()).astype(str).tolist())
        load = functools.partial(_load_array, one, 0, 1)
        return [Values(one.where, names, len(names), load)] if len(names) >= LEAST_NODES else []
    found = []
    for steps, nodes in ((0, 1), (1, 0)):
        if one.shape[steps] >= LEAST_STEPS and one.shape[nodes] >= LEAST_NODES:
            load = functools.partial(_load_array, one, steps, nodes)
            found.append(Values(one.where, None, one.shape[nodes], load))
    if len(one.shape) == 3 and one.shape[0] >= LEAST_STEPS and one.shape[2] >= LEAST_NODES:
        found.append(Values(one.where, None, one.shape[2], functools.partial(_load_array, one, 0, 2)))
    return found


def _load_array(one: Stored, steps: int, nodes: int) -> tuple[NDArray[np.float32], None]:
    values = np.moveaxis(np.asarray(one.load()), (steps, nodes), (0, 1)).astype(np.float32)
    return values.reshape(*values.shape[:2], -1), None


def _sparse(by_name: dict[str, Stored], file: Path) -> Matrix | None:
    """A matrix in rows or columns of `scipy.sparse.save_npz`; a list of weights need not tell them apart."""
    rows, columns = (int(size) for size in np.asarray(by_name["shape"].load()))
    starts, places, numbers = (np.asarray(by_name[name].load()) for name in ("indptr", "indices", "data"))
    if rows != columns or not LEAST_NODES <= rows <= MOST_NODES or len(starts) != rows + 1:
        return None
    owners = np.repeat(np.arange(rows), np.diff(starts))
    outside = places.min(initial=0) < 0 or places.max(initial=0) >= rows
    if not len(owners) == len(places) == len(numbers) or outside:
        raise DataError(f"{file}: is no sparse matrix: its parts do not match: write it again")
    values = np.zeros((rows, rows))
    values[owners, places] = numbers
    return Matrix(str(file), values, None, relation_words(file.stem))


def _of_json(file: Path) -> Sorted:
    if file.stat().st_size > MAX_JSON_BYTES:
        return [], []
    try:
        content = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file}: is no JSON, or damaged ({error}): fetch it again") from error
    return graph_json.sort_out(content, file)
