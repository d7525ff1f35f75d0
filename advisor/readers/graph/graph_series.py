"""Sensors on a graph: values over time beside a matrix, a list of edges or the places of the sensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import NoDataError
from advisor.readers import folders
from advisor.readers.graph import graph_files, graph_relations
from advisor.readers.graph.graph_relations import Relation, Values, Weights
from advisor.readers.labels import split_counts
from advisor.readers.series.series_times import spacing_of
from advisor.readers.source import Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "graph-series"


@dataclass(frozen=True)
class Network:
    """Values whose nodes the weights relate; several `values` are the channels of the same nodes."""

    values: tuple[Values, ...]
    relation: Relation
    weights: Weights


def sniff(path: Path) -> int:
    """How many files there are beside values over time and a graph of the same nodes; 0 is not this form."""
    files = graph_files.data_files(path)
    if not files or _network(files) is None:
        return 0
    return min(len(graph_files.all_files(path)), folders.SNIFF_ENOUGH)


def read(path: Path, *, target: str | None = None) -> Source:
    """One sample (time, node, channel) float32 with the weights between its nodes in `graph`.

    Raises:
        NoDataError: no values, or no graph of the same nodes.
    """
    files = graph_files.data_files(path)
    network = _network(files)
    if network is None:
        raise NoDataError(
            f"{path}: holds no values over time with a graph of the same nodes: give a column for each node, "
            "and a square matrix or a list of edges"
        )
    loaded = [one.load() for one in network.values]
    steps = min(len(values) for values, _ in loaded)
    values = np.concatenate([found[:steps] for found, _ in loaded], axis=-1)
    times = next((stamps for _, stamps in loaded if stamps is not None), None)
    used = {one.where.partition(":")[0] for one in (*network.values, network.relation)}
    skipped = [Skipped(file.name, "not used") for file in files if str(file) not in used]
    days = [file for file in graph_files.all_files(path) if file not in files]
    skipped += [Skipped(file.name, "of another day than the graph that is used") for file in days]
    return series_source(path, FORMAT, values, times, network.weights, target, skipped)


def series_source(
    path: Path,
    form: str,
    values: NDArray[np.float32],
    times: Sequence[str] | None,
    weights: Weights | None,
    target: str | None,
    skipped: Sequence[Skipped],
) -> Source:
    """One long series of nodes [time, node, channel], to be continued."""
    spacing = spacing_of(times) if times is not None else None
    axes = (
        Axis(name="time", size=values.shape[0], spacing=spacing, unit="s" if spacing else None),
        Axis(name="node", size=values.shape[1]),
        Axis(name="channel", size=values.shape[2]),
    )
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=form,
            samples=1,
            inputs=(InputSpec(name="series", dtype="float32", axes=axes),),
            target=TargetSpec(name=target or "all", kind="future"),
            splits=split_counts(None, None),
            time_index="time" if times is not None else None,
        ),
        ids=[path.name],
        read=lambda i: values.copy(),
        skipped=tuple(skipped),
        timestamps=times,
        graph=weights,
    )


def _network(files: Sequence[Path]) -> Network | None:
    """The largest values that a relation fits, and all others of the same steps and nodes."""
    found, relations = graph_files.sort_out(files)
    if not relations:
        return None
    for values in found:
        for relation in relations:
            if relation.where == values.where and len(files) > 1 and len(found) > 1:
                continue
            weights = graph_relations.weights(relation, values.names, values.count)
            if weights is not None:
                alike = [one for one in found if _is_beside(one, values)]
                return Network((values, *alike), relation, weights)
    return None


def _is_beside(other: Values, values: Values) -> bool:
    """Another quantity of the same nodes: a file of its own with the same names."""
    return other.where != values.where and other.names is not None and other.names == values.names
