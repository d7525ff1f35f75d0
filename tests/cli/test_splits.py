"""Groups and times from the command line: what inspection proposes, a search keeps."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor.cli.app import run
from advisor.records import Inspection, Result

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve patients with ten visits each, in no order; a drift of the outcome with the day."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(240):
        day = int(rng.integers(0, 1000))
        values = rng.normal(size=3)
        values[0] += (day - 500) / 300
        outcome = "ill" if values[1] + (day - 500) / 300 + 0.3 * rng.normal() > 0 else "well"
        rows.append([i % 12, datetime(2020, 1, 1) + timedelta(days=day), *values.round(3), outcome])
    rng.shuffle(rows)
    place = tmp_path_factory.mktemp("visits") / "visits.csv"
    with place.open("w", newline="") as file:
        csv.writer(file).writerows([["patient", "day", "a", "b", "c", "outcome"], *rows])
    return place


@pytest.fixture(scope="module")
def searched(visits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("search") / "run"
    code = run(["search", str(visits), "--family", "mlp", "--trials", "1", "--out", str(place)])
    assert code in (0, 3)
    return place


def inspected(capsys: Captured, *arguments: str) -> Inspection:
    assert run(["inspect", *arguments, "--json"]) == 0
    return Inspection.from_json(capsys.readouterr().out)


def parts_of_groups(split: Path) -> Iterator[set[str]]:
    with split.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for group in {row["group"] for row in rows}:
        yield {row["split"] for row in rows if row["group"] == group}


@pytest.mark.slow
def test_groups_are_proposed_and_kept(visits: Path, searched: Path, capsys: Captured) -> None:
    proposed = inspected(capsys, str(visits)).split
    result = Result.from_json((searched / "result.json").read_text())
    assert proposed is not None
    assert result.split is not None
    assert (proposed.kind, proposed.groups, proposed.by) == ("grouped", 12, "patient")
    assert result.split == proposed.model_copy(update={"file": "split.csv"})
    assert all(len(parts) == 1 for parts in parts_of_groups(searched / "split.csv"))


@pytest.mark.slow
def test_a_grouped_split_file_is_taken_back(visits: Path, searched: Path, tmp_path: Path) -> None:
    place = tmp_path / "again"
    given = ["--group", "none", "--split", str(searched / "split.csv"), "--family", "mlp", "--trials", "1"]
    assert run(["search", str(visits), *given, "--out", str(place)]) in (0, 3)
    found = Result.from_json((place / "result.json").read_text())
    assert found.split is not None
    assert (found.split.kind, found.split.groups, found.split.folds) == ("file", 12, 3)


@pytest.mark.slow
def test_the_score_is_measured_again_over_groups(visits: Path, searched: Path, capsys: Captured) -> None:
    assert run(["evaluate", str(searched), str(visits), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["score"]["ci95"] == pytest.approx(found["reported"]["ci95"])


def test_time_is_proposed_where_it_is_named(visits: Path, capsys: Captured) -> None:
    found = inspected(capsys, str(visits), "--time", "day")
    assert found.split is not None
    assert (found.split.kind, found.split.by) == ("time", "day")
    assert "time_order" in {finding.check for finding in found.health}


def test_without_groups_the_drift_says_so(visits: Path, capsys: Captured) -> None:
    found = inspected(capsys, str(visits), "--group", "none")
    assert found.split is not None
    assert found.split.kind == "time"
    assert (
        inspected(capsys, str(visits), "--group", "none", "--time", "none").split.kind  # type: ignore[union-attr]
        == "stratified"
    )


def test_the_split_is_told_on_the_terminal_and_the_page(
    visits: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert run(["inspect", str(visits), "--no-probe", "--html", str(tmp_path / "page.html")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for text in (said, (tmp_path / "page.html").read_text()):
        assert "12 groups by" in text
        assert "each group in one part" in text


def test_a_time_that_is_none_is_refused_with_the_columns(visits: Path, capsys: Captured) -> None:
    assert run(["inspect", str(visits), "--time", "dya"]) == 2
    assert "choose one of patient, day, a, b, c, outcome" in capsys.readouterr().err


@pytest.mark.slow
def test_predictions_do_without_groups_and_times(visits: Path, searched: Path, tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    assert run(["predict", str(searched), str(visits), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 241
