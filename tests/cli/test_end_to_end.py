"""A folder in, a tested model out: every command on one small real search."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from advisor.cli.app import run

Captured = pytest.CaptureFixture[str]


def test_a_run_holds_all_that_was_found(searched: Path) -> None:
    files = {place.name for place in searched.iterdir()}
    assert {
        "inspection.json",
        "config.toml",
        "split.csv",
        "study.db",
        "trials.csv",
        "result.json",
        "model",
    } <= files


def test_latest_names_the_run(searched: Path) -> None:
    assert (searched.parent / "latest").resolve() == searched.resolve()


def test_evaluate_gives_the_reported_score_again(searched: Path, series: Path, capsys: Captured) -> None:
    assert run(["evaluate", str(searched), str(series), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    reported = json.loads((searched / "result.json").read_text())["best"]["test"]
    assert found["score"]["value"] == reported["value"]
    assert found["score"]["samples"] == reported["samples"] == 20


def test_evaluate_takes_a_split(searched: Path, series: Path, tmp_path: Path, capsys: Captured) -> None:
    split = tmp_path / "three.csv"
    split.write_text("id,split\ntrain/0,test\ntrain/1,test\ntest/3,test\n")
    run(["evaluate", str(searched), str(series), "--split", str(split), "--json"])
    assert json.loads(capsys.readouterr().out)["score"]["samples"] == 3


def test_report_says_why_and_what_next(searched: Path, capsys: Captured) -> None:
    assert run(["report", str(searched)]) == 0
    shown = capsys.readouterr().out
    for part in ("Why this family", "Did the advice hold", "Families", "Best settings", "advisor predict"):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_predict_writes_a_row_per_sample(searched: Path, series: Path, tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    assert run(["predict", str(searched), str(series / "tiny_TEST.ts"), "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 20
    assert {row["prediction"] for row in rows} <= {"up", "wave"}
    assert float(rows[0]["p_up"]) + float(rows[0]["p_wave"]) == pytest.approx(1)


def test_predict_json_is_one_object(searched: Path, series: Path, capsys: Captured) -> None:
    run(["predict", str(searched), str(series / "tiny_TEST.ts"), "--json"])
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 20


def test_an_unwritable_place_is_one_line_and_nothing_is_left(
    searched: Path, series: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "none" / "predictions.csv"
    assert run(["predict", str(searched), str(series / "tiny_TEST.ts"), "--out", str(out)]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert not out.parent.exists()


def test_data_of_another_form_are_refused(searched: Path, tmp_path: Path, capsys: Captured) -> None:
    place = tmp_path / "two.ts"
    place.write_text("@univariate false\n@classLabel true up wave\n@data\n" + "1,2,3:4,5,6:up\n" * 3)
    assert run(["predict", str(searched), str(place)]) == 1
    assert "was trained on 1 channels, found 2" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["bundle", "onnx", "pt2"])
def test_export_writes_the_form_with_its_card(form: str, searched: Path, tmp_path: Path) -> None:
    out = tmp_path / form
    assert run(["export", str(searched), "--format", form, "--out", str(out)]) == 0
    expected = "weights.safetensors" if form == "bundle" else f"model.{form}"
    assert {place.name for place in out.iterdir()} == {
        expected,
        "bundle.json",
        "preprocessing.json",
        "README.md",
    }


def test_an_exported_bundle_predicts_as_the_run(
    searched: Path, series: Path, tmp_path: Path, capsys: Captured
) -> None:
    run(["export", str(searched), "--format", "bundle", "--out", str(tmp_path / "portable")])
    capsys.readouterr()
    answers = []
    for model in (searched, tmp_path / "portable"):
        run(["predict", str(model), str(series / "tiny_TEST.ts")])
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]


def test_export_never_overwrites(searched: Path, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run(["export", str(searched), "--format", "bundle", "--out", str(tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_run_is_never_overwritten(searched: Path, series: Path, capsys: Captured) -> None:
    assert run(["search", str(series), "--out", str(searched)]) == 2
    assert "--resume" in capsys.readouterr().err


def test_resume_loses_no_trial(searched: Path, series: Path, tmp_path: Path, capsys: Captured) -> None:
    place = tmp_path / "run"
    arguments = ["--family", "cnn", "--trials", "1", "--json"]
    run(["search", str(series), *arguments, "--out", str(place)])
    capsys.readouterr()
    assert run(["search", "--resume", str(place), *arguments]) in (0, 3)
    assert json.loads(capsys.readouterr().out)["trials"]["complete"] == 1


def test_search_without_path_takes_what_was_inspected_last(
    elsewhere: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(elsewhere / "few.npz", x=np.zeros((4, 6, 6, 1), np.float32), y=np.array([0, 1, 0, 1]))
    assert run(["inspect", "few.npz"]) == 0
    assert run(["search"]) == 1
    error = capsys.readouterr().err
    assert f"searching {elsewhere / 'few.npz'}" in error
    assert "at least 12" in error
    assert not (elsewhere / "runs").exists()


def test_a_task_that_cannot_be_trained_still_gets_its_advice(
    elsewhere: Path, series: Path, capsys: Captured
) -> None:
    assert run(["search", str(series), "--task", "tagging", "--json"]) == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["status"], found["task"], found["best"]) == ("failed", "tagging", None)
    assert "cannot train it yet" in printed.err
    assert not (elsewhere / "runs").exists()


def test_ctrl_c_ends_with_what_there_is(series: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    command = [sys.executable, "-m", "advisor", "search", str(series), "--family", "cnn", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--out", str(place)], **pipes) as search:  # type: ignore[call-overload]
        try:
            for line in search.stderr:
                if line.startswith("  trial 0 "):
                    break
            search.send_signal(signal.SIGINT)
            printed, _ = search.communicate(timeout=100)
        finally:
            search.kill()
    assert search.returncode == 130
    found = json.loads(printed)
    assert found["status"] == "interrupted"
    assert found["best"]["test"]["samples"] == 20
    assert json.loads((place / "result.json").read_text()) == found
    assert (place / "model" / "weights.safetensors").is_file()
