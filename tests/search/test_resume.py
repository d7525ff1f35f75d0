"""A search that dies goes on as if it had not, and the same seed gives the same search."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.errors import RunError
from advisor.readers.source import Source
from advisor.records import Result
from advisor.search import events
from advisor.search.ending.outcome import Finished
from advisor.search.store import checkpoints, provenance

Searched = Callable[..., Finished]


class KilledError(BaseException):
    """Stands for kill -9: nothing in the program expects it."""


def killed_at(moment: type[events.Event], count: int) -> events.Observer:  # type: ignore[valid-type]
    seen = 0

    def on_event(event: events.Event) -> None:
        nonlocal seen
        seen += isinstance(event, moment)
        if isinstance(event, moment) and seen == count:
            raise KilledError

    return on_event


def trials_of(result: Result) -> list[tuple[object, ...]]:
    """All that a trial is and gave, but for its seconds."""
    return [
        (row.number, row.family, row.state, row.value, json.dumps(row.params), row.reason)
        for row in result.trial_rows
    ]


def found(result: Result) -> tuple[object, ...]:
    assert result.best is not None
    assert result.best.test is not None
    return (trials_of(result), result.best.trial, result.best.validation, result.best.test.value)


def test_the_same_seed_gives_the_same_trials_and_scores(searched: Searched) -> None:
    first, second = (searched(name, trials=2).result for name in ("first", "second"))
    assert found(first) == found(second)
    assert len(first.trial_rows) == 2
    assert first.reproducible is not None
    assert first.reproducible.answer


def test_another_seed_gives_others(searched: Searched) -> None:
    first, second = (searched(f"of {seed}", seed=seed, trials=1).result for seed in (1, 2))
    assert trials_of(first) != trials_of(second)


slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        (events.TrialProgress, 25),
        pytest.param(events.TrialStarted, 1, marks=slow),
        pytest.param(events.TrialProgress, 4, marks=slow),
        pytest.param(events.TrialDone, 2, marks=slow),
        pytest.param(events.TrialStarted, 8, marks=slow),  # when the sampler has something to model
        pytest.param(events.PhaseStarted, 5, marks=slow),  # the finals
        pytest.param(events.PhaseStarted, 6, marks=slow),  # the refit
        pytest.param(events.PhaseStarted, 7, marks=slow),  # the test
    ],
)
def test_a_killed_search_ends_as_an_undisturbed_one(
    moment: type[events.Event],  # type: ignore[valid-type]
    count: int,
    searched: Searched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "LARGEST_SHARE", 1e9)
    trials = 4 if count == 25 else 8
    undisturbed = searched("undisturbed", trials=trials).result
    with pytest.raises(KilledError):
        searched("killed", killed_at(moment, count), trials=trials)
    assert found(searched("killed", trials=trials).result) == found(undisturbed)


def test_a_trial_goes_on_from_its_checkpoint(
    searched: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "LARGEST_SHARE", 1e9)
    with pytest.raises(KilledError):
        searched("killed", killed_at(events.TrialProgress, 8), trials=1)
    assert (tmp_path / "killed" / "trials" / "00000.training.pt").is_file()
    reports: list[float] = []

    def watch(event: events.Event) -> None:
        if isinstance(event, events.TrialProgress):
            reports.append(event.fraction)

    searched("killed", watch, trials=1)
    assert reports
    assert min(reports) > 0.65
    assert not list((tmp_path / "killed" / "trials").glob("0*.pt"))


def test_a_damaged_checkpoint_counts_as_none(searched: Searched, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        searched("killed", killed_at(events.TrialProgress, 5), trials=2)
    (tmp_path / "killed" / "trials").mkdir(exist_ok=True)
    (tmp_path / "killed" / "trials" / "00000.training.pt").write_bytes(b"PK\x03\x04 half of it")
    assert trials_of(searched("killed", trials=2).result) == trials_of(searched("whole", trials=2).result)


def test_a_full_disk_costs_the_checkpoint_and_not_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.files, "whole", full)
    told: list[str] = []
    file = checkpoints.File(tmp_path / "one.pt", "", told.append)
    file.save({})
    assert not file.due()
    assert "No space left" in told[0]


def test_other_data_are_refused(searched: Searched, table: Source, tmp_path: Path) -> None:
    searched("run", trials=1)
    record = provenance.read(tmp_path / "run")
    assert record is not None
    other = record.data.model_copy(update={"samples": "0", "count": 5})
    provenance.write(tmp_path / "run", record.model_copy(update={"data": other}))
    with pytest.raises(RunError, match="the data have changed since the run began"):
        searched("run", trials=2)


def test_the_run_says_what_it_was_made_with(searched: Searched, tmp_path: Path) -> None:
    searched("run", trials=1)
    record = provenance.read(tmp_path / "run")
    assert record is not None
    assert record.data.count == 600
    assert record.picks["threads"] == 1
    assert {"torch", "optuna", "python", "hardware"} <= set(record.environment)
    assert record.test_looks == 1


def test_a_second_look_at_the_test_is_counted(searched: Searched) -> None:
    searched("run", trials=1)
    best = searched("run", trials=2).result.best
    assert best is not None
    assert best.test is not None
    assert best.test.looks == 2
