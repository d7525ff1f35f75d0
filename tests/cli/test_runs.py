"""`advisor runs` on the run of this folder's one search."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor import workflow
from advisor.cli.app import run
from advisor.search.store import folder

Captured = pytest.CaptureFixture[str]


def test_runs_are_listed_with_what_they_found(searched: Path, capsys: Captured) -> None:
    assert run(["runs", str(searched.parent)]) == 0
    shown = capsys.readouterr().out
    for part in (searched.name, "CNN", "accuracy", "done"):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_json_says_the_same(searched: Path, capsys: Captured) -> None:
    assert run(["runs", str(searched.parent), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "advisor.runs/1"
    (one,) = found["runs"]
    result = json.loads((searched / folder.RESULT).read_text())
    assert one["test"] == result["best"]["test"]
    assert (one["status"], one["run"]) == ("done", str(searched))


def test_runs_side_by_side(searched: Path, capsys: Captured) -> None:
    assert run(["runs", str(searched), str(searched)]) == 0
    shown = capsys.readouterr().out
    assert "Runs side by side" in shown
    assert "over baseline" in shown
    assert "The same data; greater is better" in shown


def test_an_unfinished_and_a_damaged_run_are_listed_as_such(searched: Path, tmp_path: Path) -> None:
    for name in ("unfinished", "damaged"):
        (tmp_path / name).mkdir()
        (tmp_path / name / folder.INSPECTION).write_text((searched / folder.INSPECTION).read_text())
    (tmp_path / "damaged" / folder.RESULT).write_text("{")
    (tmp_path / "no run").mkdir()
    found, compared = workflow.runs(tmp_path)
    assert not compared
    assert {Path(one.run).name: one.status for one in found} == {
        "unfinished": "unfinished",
        "damaged": "damaged",
    }
    assert all(one.predicted is not None for one in found if one.status == "unfinished")


@pytest.mark.parametrize("name", ["none", "empty"])
def test_no_such_folder_and_an_empty_one(name: str, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["runs", str(tmp_path / name)]) == (1 if name == "none" else 0)
    printed = capsys.readouterr()
    assert "no such folder" in printed.err or "No runs there yet" in printed.out


def test_an_option_that_changes_the_trials_is_refused_for_a_run_that_goes_on(
    searched: Path, capsys: Captured
) -> None:
    assert run(["search", "--resume", str(searched), "--max-parameters", "500"]) == 2
    assert "`--max-parameters 500`: the run" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["5", "5ms", "0.005s", "5000us"])
def test_milliseconds(text: str) -> None:
    from advisor.cli.values import milliseconds

    assert milliseconds("--max-latency", text) == pytest.approx(5)


def test_a_wrong_latency_is_wrong_usage(series: Path, capsys: Captured) -> None:
    assert run(["search", str(series), "--max-latency", "soon"]) == 2
    assert "such as 5ms" in capsys.readouterr().err
