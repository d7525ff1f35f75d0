"""Sensors on a graph, in the layouts in which they are kept, and folders that only look like them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import readers
from advisor.errors import NoDataError
from advisor.readers.graph import graph_json, graph_series

STEPS, NODES = 60, 7
NAMES = [f"S{i}" for i in range(NODES)]
VALUES = np.random.default_rng(0).normal(50, 9, (STEPS, NODES)).round(3)
EDGES = [(i, (i + 1) % NODES, 0.5) for i in range(NODES)]
RING = np.zeros((NODES, NODES))
for i, j, weight in EDGES:
    RING[i, j] = RING[j, i] = weight
DATES = pandas.date_range("2012-03-01", periods=STEPS, freq="5min")


def wide(names: bool = True, dates: bool = False) -> pandas.DataFrame:
    table = pandas.DataFrame(VALUES, columns=NAMES if names else None)
    if dates:
        table.insert(0, "timestamp", DATES.astype(str))
    return table


def named_edges(*columns: str) -> pandas.DataFrame:
    return pandas.DataFrame([(NAMES[i], NAMES[j], weight) for i, j, weight in EDGES], columns=list(columns))


def numbered_edges(cost: str) -> pandas.DataFrame:
    return pandas.DataFrame(EDGES, columns=["from", "to", cost])


def plain(folder: Path) -> None:
    wide().to_csv(folder / "speed.csv", index=False)
    np.savetxt(folder / "adj.csv", RING, delimiter=",")


def no_header(folder: Path) -> None:
    np.savetxt(folder / "V_7.csv", VALUES, delimiter=",")
    np.savetxt(folder / "W_7.csv", RING, delimiter=",")


def identifiers(folder: Path) -> None:
    """Sensors named by numbers: a header of numbers above numbers."""
    numbers = [str(717000 + 13 * i) for i in range(NODES)]
    wide().set_axis(numbers, axis=1).to_csv(folder / "speed.csv", index=False)
    edges = [(numbers[i], numbers[j], 1 / weight) for i, j, weight in EDGES]
    pandas.DataFrame(edges, columns=["from", "to", "cost"]).to_csv(folder / "distances.csv", index=False)


def labelled_matrix(folder: Path) -> None:
    wide(dates=True).to_csv(folder / "data.csv", index=False)
    order = NAMES[::-1]  # the matrix has its own order
    pandas.DataFrame(RING, NAMES, NAMES).loc[order, order].to_csv(folder / "W.csv")


def semicolons(folder: Path) -> None:
    wide(dates=True).to_csv(folder / "werte.csv", sep=";", decimal=",", index=False)
    named_edges("from", "to", "weight").to_csv(folder / "kanten.csv", sep=";", decimal=",", index=False)


def archive(folder: Path) -> None:
    np.savez(folder / "PEMS.npz", data=np.stack([VALUES, VALUES], axis=-1))
    numbered_edges("cost").to_csv(folder / "PEMS.csv", index=False)


def arrays(folder: Path) -> None:
    np.save(folder / "node_values.npy", VALUES)
    np.save(folder / "adj_mat.npy", RING)


def one_archive(folder: Path) -> None:
    np.savez(folder / "all.npz", speed=VALUES, edge_index=np.array([(i, j) for i, j, _ in EDGES]).T)


def sparse(folder: Path) -> None:
    rows, columns = np.nonzero(RING)
    starts = np.concatenate([[0], np.bincount(rows, minlength=NODES).cumsum()])
    parts = {"indices": columns, "indptr": starts, "data": RING[rows, columns], "shape": RING.shape}
    np.savez(folder / "adj.npz", format=np.bytes_("csr"), **parts)
    np.savetxt(folder / "vel.csv", VALUES, delimiter=",")


def nodes_in_rows(folder: Path) -> None:
    wide().T.rename_axis("sensor").set_axis(DATES.astype(str), axis=1).to_csv(folder / "values.csv")
    np.savetxt(folder / "adj.csv", RING, delimiter=",")


def long(folder: Path) -> None:
    table = wide().rename_axis("timestep").reset_index()
    table = table.melt(id_vars="timestep", var_name="location", value_name="flow")
    table.to_csv(folder / "flow.csv", index=False)
    named_edges("source", "target", "weight").to_csv(folder / "edges.csv", index=False)


def objects(folder: Path) -> None:
    wide(dates=True).to_csv(folder / "speed.csv", index=False)
    edges = [{"source": NAMES[i], "target": NAMES[j], "weight": w} for i, j, w in EDGES]
    (folder / "edges.json").write_text(json.dumps(edges))


def one_json(folder: Path) -> None:
    pairs = [[i, j] for i, j, _ in EDGES]
    content = {"edges": pairs, "node_ids": {name: i for i, name in enumerate(NAMES)}, "FX": VALUES.tolist()}
    (folder / "pox.json").write_text(json.dumps(content))


def json_of_steps(folder: Path) -> None:
    steps = {str(i): {"index": i, "y": VALUES[i].tolist()} for i in range(STEPS)}
    content = {
        "edges": [[i, j] for i, j, _ in EDGES],
        "weights": [0.5] * NODES,
        "time_periods": STEPS,
        **steps,
    }
    (folder / "wiki.json").write_text(json.dumps(content))


def json_of_nodes(folder: Path) -> None:
    nodes = [{"id": name, "y": VALUES[:, i].tolist()} for i, name in enumerate(NAMES)]
    links = [{"source": NAMES[i], "target": NAMES[j], "weight": w} for i, j, w in EDGES]
    (folder / "bus.json").write_text(json.dumps({"nodes": nodes, "links": links}))


def json_lists(folder: Path) -> None:
    series = {name: VALUES[:, i].tolist() for i, name in enumerate(NAMES)}
    (folder / "speed.json").write_text(json.dumps(series))
    near = {name: [NAMES[j] for j in np.flatnonzero(RING[i])] for i, name in enumerate(NAMES)}
    (folder / "neighbours.json").write_text(json.dumps(near))


LAYOUTS = (
    plain, no_header, identifiers, labelled_matrix, semicolons, archive, arrays, one_archive, sparse,
    nodes_in_rows, long, objects, one_json, json_of_steps, json_of_nodes, json_lists,
)  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path: Path, layout: Callable[[Path], None]) -> None:
    layout(tmp_path)
    (tmp_path / "README.txt").write_text("Sensors of a city.\nSee the paper.\n")
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("graph-series", 1)
    assert [axis.name for axis in source.spec.input.axes] == ["time", "node", "channel"]
    assert [axis.size for axis in source.spec.input.axes[:2]] == [STEPS, NODES]
    values = np.asarray(source.read(0))[..., 0]
    assert np.allclose(values, VALUES, atol=1e-3)
    assert source.graph is not None
    assert np.array_equal(source.graph > 0, RING > 0)


def test_times_give_the_step(tmp_path: Path) -> None:
    labelled_matrix(tmp_path)
    source = readers.read(tmp_path)
    assert source.timestamps is not None
    assert source.timestamps[1] == "2012-03-01T00:05:00"
    assert source.spec.input.axes[0].spacing == 300


def test_quantities_of_the_same_nodes_are_channels(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    wide().to_csv(tmp_path / "speed.csv", index=False)
    (2 * wide()).to_csv(tmp_path / "flow.csv", index=False)
    np.savetxt(tmp_path / "graph" / "adj.csv", RING, delimiter=",")
    assert np.asarray(readers.read(tmp_path).read(0)).shape == (STEPS, NODES, 2)


def test_places_make_a_graph(tmp_path: Path) -> None:
    wide(dates=True).to_csv(tmp_path / "temperature.csv", index=False)
    places = pandas.DataFrame({"City": NAMES, "Latitude": 45.0, "Longitude": np.arange(NODES) ** 1.5})
    places.sample(frac=1, random_state=0).to_csv(tmp_path / "cities.csv", index=False)
    graph = readers.read(tmp_path).graph
    assert graph is not None
    assert (np.diff(graph[0, 1:]) < 0).all()  # nearer to the first are those with smaller longitudes


def test_a_distance_is_the_larger_the_less_it_weighs(tmp_path: Path) -> None:
    no_header(tmp_path)
    edges = numbered_edges("cost").assign(cost=np.arange(1.0, NODES + 1))
    (tmp_path / "W_7.csv").unlink()
    edges.to_csv(tmp_path / "distance.csv", index=False)
    graph = readers.read(tmp_path).graph
    assert graph is not None
    assert graph[0, 1] > graph[1, 2] > graph[2, 3] > 0


def test_labels_beside_arrays_are_samples(tmp_path: Path) -> None:
    np.savez(tmp_path / "eeg.npz", X=VALUES[:, :, None].repeat(9, 2), y=np.arange(STEPS) % 2)
    np.save(tmp_path / "adj.npy", RING)
    assert graph_series.sniff(tmp_path) == 0


def test_correlations_of_columns_are_no_graph(tmp_path: Path) -> None:
    wide().to_csv(tmp_path / "data.csv", index=False)
    wide().corr().to_csv(tmp_path / "corr.csv")
    assert graph_series.sniff(tmp_path) == 0


def test_a_table_alone_and_a_graph_of_other_nodes(tmp_path: Path) -> None:
    wide().to_csv(tmp_path / "speed.csv", index=False)
    assert graph_series.sniff(tmp_path) == graph_series.sniff(tmp_path / "speed.csv") == 0
    np.savetxt(tmp_path / "adj.csv", RING[:5, :5], delimiter=",")
    assert graph_series.sniff(tmp_path) == 0
    with pytest.raises(NoDataError, match="no values over time with a graph"):
        graph_series.read(tmp_path)


def test_damaged_files_are_passed_over(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "broken.json").write_text('{"edges": [[')
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "empty.csv").write_bytes(b"")
    assert readers.read(tmp_path).spec.format == "graph-series"


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3)
KEYS = st.sampled_from(["edges", "nodes", "weights", "adj", "y", "0", "1", "2019-01-01"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(JSON)
def test_any_json_is_survived(content: object) -> None:
    values, relations = graph_json.sort_out(content, Path("x.json"))
    assert isinstance(values, list)
    assert isinstance(relations, list)


def test_a_graph_for_each_day_beside_a_row_for_each_place(tmp_path: Path) -> None:
    days = [f"{day:%Y-%m-%d}" for day in pandas.date_range("2020-03-13", periods=30)]
    places = [f"P{i:02d}" for i in range(40)]
    cases = np.random.default_rng(0).integers(0, 99, (40, 30))
    pandas.DataFrame(cases, index=places, columns=days).to_csv(tmp_path / "cases.csv", index_label="name")
    (tmp_path / "graphs").mkdir()
    for day in days:
        edges = [f"{places[i]},{places[(i + 1) % 40]},{i + 1}" for i in range(40)]
        (tmp_path / "graphs" / f"EN_{day}.csv").write_text("\n".join(edges))
    source = readers.read(tmp_path)
    assert (source.spec.format, source.graph is not None and source.graph[0, 1]) == ("graph-series", 1)
    assert [axis.size for axis in source.spec.input.axes] == [30, 40, 1]
    assert np.array_equal(np.asarray(source.read(0))[..., 0], cases.T)
    assert sum("another day" in one.reason for one in source.skipped) == 29
