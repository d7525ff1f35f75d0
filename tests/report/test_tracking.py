from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from advisor.errors import MissingExtraError, UsageError
from advisor.records import (
    BestModel,
    Candidate,
    Family,
    Inspection,
    Result,
    Score,
    SearchOptions,
    Structure,
    Task,
    TrialRow,
)
from advisor.report.tracking import TRACKERS, Tracker, first_line, tracked
from advisor.search import events
from advisor.search.candidates import Summary
from advisor.training import Fitted

CANDIDATE = Candidate(family=Family.CNN, architecture="resnet", params={"width": 8, "augment_flip": False})
SCORE = Score(value=0.9, samples=50, all={"macro_f1": 0.8})
SUMMARY = Summary(
    candidate=CANDIDATE, value=0.9, score=SCORE, parameters=700, seconds=3.0, latency_ms=0.5,
    fitted=Fitted(epochs=4, fraction=1, seconds=3, seconds_per_epoch=1, best_epochs=4),
)  # fmt: skip


def row(state: str, number: int, value: float | None) -> TrialRow:
    return TrialRow.model_validate(
        {
            "number": number, "family": "cnn", "architecture": "resnet", "state": state, "value": value,
            "seconds": 3.0, "params": CANDIDATE.params, "reason": "diverged" if value is None else None,
        }
    )  # fmt: skip


def a_search(run: Path, inspection: Inspection, options: SearchOptions) -> list[events.Event]:
    """One trial that finishes, one that fails, and the result."""
    best = BestModel(
        trial=0, family=Family.CNN, architecture="resnet", params={}, parameters=700,
        validation=SCORE, test=Score(value=0.7, samples=20),
    )  # fmt: skip
    result = Result(
        run=str(run), status="done", structure=Structure.GRID, family=Family.CNN, task=Task.CLASSIFICATION,
        metric="accuracy", greater_is_better=True, best=best,
    )  # fmt: skip
    return [
        events.RunStarted(run, inspection, options),
        events.ValuesAre("accuracy"),
        events.TrialStarted(0, CANDIDATE, "fair_round"),
        events.TrialProgress(0, 0.5, 0.6),
        events.TrialProgress(0, 1.0, 0.9),
        events.TrialDone(row("complete", 0, 0.9), 0.9, SUMMARY),
        events.TrialStarted(1, CANDIDATE, "search"),
        events.TrialDone(row("failed", 1, None), 0.9),
        events.TrialDone(row("rejected", 2, None), 0.9),
        events.RunDone(result),
    ]


def follow(options: SearchOptions, run: Path, inspection: Inspection) -> list[events.Event]:
    """Lets the trackers of the options follow that search; what else was told."""
    seen: list[events.Event] = []
    with tracked(options, seen.append, 0.0) as observe:
        for event in a_search(run, inspection, options):
            observe(event)
    return [event for event in seen if isinstance(event, events.Note)]


class Full:
    """A sink whose disk fills up at the second event."""

    def __init__(self) -> None:
        self.taken: list[events.Event] = []

    def on_event(self, event: events.Event) -> None:
        self.taken.append(event)
        if len(self.taken) == 2:
            raise OSError(28, "No space left on device")

    def close(self) -> None:
        raise AssertionError("it failed before")


class Slow:
    """A sink that waits for a server for ever."""

    def __init__(self) -> None:
        self.end = threading.Event()

    def on_event(self, event: events.Event) -> None:
        self.end.wait()

    def close(self) -> None:
        return None


def test_a_tracker_that_fails_says_so_once_and_is_left_alone() -> None:
    sink, told = Full(), list[events.Event]()
    tracker = Tracker("mlflow", sink, told.append)
    for i in range(6):
        tracker(events.Note(str(i)))
    tracker.close(10)
    assert len(sink.taken) == 2
    assert told == [
        events.Note("`--mlflow`: No space left on device; it is left alone from here on", in_result=False)
    ]


def test_a_server_that_hangs_does_not_hold_the_search() -> None:
    sink, told = Slow(), list[events.Event]()
    tracker = Tracker("mlflow", sink, told.append)
    for event in (events.Note("a"), events.Note("b")):
        tracker(event)
    tracker.close(0.05)
    sink.end.set()
    assert [event.text for event in told if isinstance(event, events.Note)] == [
        "`--mlflow`: it did not take everything in time; it is left alone from here on"
    ]


def test_no_password_is_told() -> None:
    error = RuntimeError("request to https://me:secret@server:5000/api failed with exception Pool(...)\nmore")
    assert first_line(error) == "request to https://server:5000/api failed"


@pytest.mark.parametrize(
    ("option", "module"), [("tensorboard", "torch.utils.tensorboard"), ("mlflow", "mlflow")]
)
def test_a_missing_library_is_named_with_what_mends_it(
    option: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'architecture-advisor\[{option}\]'"):
        TRACKERS[option]("anywhere")


def test_tensorboard_has_curves_settings_and_scores(tmp_path: Path, inspection: Inspection) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    options = SearchOptions(tensorboard=str(tmp_path / "logs"))
    assert follow(options, tmp_path / "mine", inspection) == []
    found = EventMultiplexer().AddRunsFromDirectory(str(tmp_path / "logs"))
    found.Reload()
    assert set(found.Runs()) == {"mine", "mine/trial-00000-cnn-resnet", "mine/trial-00001-cnn-resnet"}
    trial = "mine/trial-00000-cnn-resnet"
    curve = [(one.step, round(one.value, 4)) for one in found.Scalars(trial, "validation/accuracy")]
    assert curve == [(50, 0.6), (100, 0.9)]
    assert found.Scalars(trial, "trial/macro_f1")[0].value == pytest.approx(0.8)
    assert b"width" in found.SummaryMetadata(trial, "_hparams_/session_start_info").plugin_data.content
    assert found.Scalars("mine", "test/accuracy")[0].value == pytest.approx(0.7)


@pytest.mark.filterwarnings("ignore")  # of libraries that MLflow imports
def test_mlflow_has_a_run_with_one_nested_in_it_per_trial(
    tmp_path: Path, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)  # MLflow keeps artifacts where it is called
    run = tmp_path / "mine"
    (run / "model").mkdir(parents=True)
    (run / "model" / "bundle.json").write_text("{}")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert follow(SearchOptions(mlflow=uri), run, inspection) == []
    assert follow(SearchOptions(mlflow=uri, resume=str(run)), run, inspection) == []
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("advisor").experiment_id
    runs = {one.info.run_name: one for one in client.search_runs([experiment])}
    assert set(runs) == {"mine", "trial 0 cnn resnet", "trial 1 cnn resnet"}
    parent, trial, failed = (runs[name] for name in ("mine", "trial 0 cnn resnet", "trial 1 cnn resnet"))
    assert [parent.info.status, trial.info.status, failed.info.status] == ["FINISHED", "FINISHED", "FAILED"]
    assert trial.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert trial.data.params["width"] == "8"
    curve = client.get_metric_history(trial.info.run_id, "accuracy")
    assert sorted((one.step, one.value) for one in curve) == [(50, 0.6), (100, 0.9)]
    assert parent.data.metrics["test/accuracy"] == 0.7
    names = {one.path for one in client.list_artifacts(parent.info.run_id)}
    assert names == {"report.txt", "model"}
    with pytest.raises(UsageError, match="cannot be used"):
        TRACKERS["mlflow"]("nonsense://server")
