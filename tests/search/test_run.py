"""Whole searches on tiny real data: baselines, fair round, trials, refit, test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from advisor.errors import AdvisorError, UsageError
from advisor.readers.source import Source
from advisor.records import (
    Axis,
    DatasetSpec,
    Family,
    InputSpec,
    Inspection,
    SearchOptions,
    SplitCounts,
    Structure,
    Task,
)
from advisor.search import events, short
from advisor.search.ending.outcome import Finished
from advisor.search.run import run

COUNT = 90
ROWS = 700  # enough for one validation part instead of folds, whose trials report as they learn


@pytest.fixture
def source() -> Source:
    """Noisy waves of two frequencies."""
    generator = np.random.default_rng(0)
    steps = np.arange(40)
    waves = [np.sin(steps * (0.3 + 0.3 * (i % 2)) + generator.uniform(0, 6)) for i in range(COUNT)]
    series = [(wave + 0.1 * generator.normal(size=40))[:, None] for wave in waves]
    axes = (Axis(name="time", size=40), Axis(name="channel", size=1))
    spec = DatasetSpec(
        path="waves",
        format="array",
        samples=COUNT,
        inputs=(InputSpec(name="x", dtype="float64", axes=axes),),
        target=None,
        splits=SplitCounts(train=COUNT),
    )
    labels = np.array(["slow", "fast"] * (COUNT // 2), dtype=object)
    return Source(spec=spec, ids=tuple(map(str, range(COUNT))), read=lambda i: series[i], labels=labels)


@pytest.fixture
def inspection(source: Source) -> Inspection:
    return Inspection(
        path="waves",
        format="array",
        samples=COUNT,
        splits=source.spec.splits,
        inputs=source.spec.inputs,
        target=None,
        task=Task.CLASSIFICATION,
        structure=Structure.SEQUENTIAL,
        family=Family.RNN,
        order_matters=True,
        variable_length=False,
        confidence=0.9,
        flowchart=(),
        alternatives=(),
        health=(),
    )


Searching = Callable[..., Finished]


@pytest.fixture
def searching(source: Source, inspection: Inspection, tmp_path: Path) -> Searching:
    def go(on_event: events.Observer = events.ignore, **options: object) -> Finished:
        chosen = SearchOptions.model_validate({"timeout": 12.0, "trials": 4, "seed": 1, **options})
        return run(source, inspection, chosen, tmp_path / "run", on_event)

    return go


def test_a_search_gives_a_network_that_beats_guessing(searching: Searching, tmp_path: Path) -> None:
    finished = searching(timeout=25.0, trials=3)
    result = finished.result
    assert result.status == "done"
    assert result.best is not None
    assert result.best.test is not None
    assert result.best.test.looks == 1
    assert result.best.test.value > 0.8
    assert {family.family for family in result.families} == {Family.RNN, Family.CNN, Family.HYBRID}
    assert {baseline.name for baseline in result.baselines} >= {"majority", "ridge"}
    assert result.advice is not None
    assert result.advice.predicted is Family.RNN
    assert len(result.trial_rows) <= 3
    assert (tmp_path / "run" / "inspection.json").is_file()
    assert len((tmp_path / "run" / "split.csv").read_text().splitlines()) == COUNT + 1


def test_without_time_for_equal_seconds_what_is_sure_to_be_trained_comes_first(
    searching: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(short, "check_read_in_time", lambda budget: None)  # however busy the machine is
    result = searching(timeout=0.5, trials=None).result
    assert result.best is not None
    assert result.best.architecture == "rocket"
    assert result.best.test is not None
    assert result.best.test.value > 0.9
    assert len([note for note in result.notes if "3 families equal seconds" in note]) == 1
    assert sum("left out" in note for note in result.notes) <= 1  # all baselines in one
    assert sum("validation samples too" in note for note in result.notes) <= 1


def test_one_family_alone_has_no_challenger(searching: Searching) -> None:
    result = searching(family="cnn").result
    assert [family.family for family in result.families] == [Family.CNN]
    assert result.advice is not None
    assert result.advice.verdict == "untested"


def test_a_family_that_does_not_fit_is_refused(searching: Searching) -> None:
    with pytest.raises(UsageError, match="`--family mlp`"):
        searching(family="mlp")


def test_streaming_says_what_it_rules_out_and_searches_the_rest(searching: Searching) -> None:
    result = searching(streaming=True, trials=1, timeout=5.0).result
    assert [family.family for family in result.families] == [Family.RNN]
    assert result.best is not None
    assert result.best.params["bidirectional"] is False
    (note,) = (one for one in result.notes if "`--streaming` rules out" in one)
    assert "hybrid cnn_lstm, cnn_gru" in note


def test_an_interrupt_ends_with_what_there_is(searching: Searching) -> None:
    def interrupt(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted) and event.number == 1:
            raise KeyboardInterrupt

    result = searching(interrupt).result
    assert result.status == "interrupted"
    assert result.best is not None
    assert result.best.test is not None


def test_a_resumed_search_keeps_what_was_finished(searching: Searching) -> None:
    first = searching(trials=1).result
    second = searching(trials=2).result
    assert second.trial_rows[0] == first.trial_rows[0]
    assert len(second.trial_rows) >= 2


def test_a_failing_trial_is_recorded_and_the_search_goes_on(
    searching: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor import models

    build = models.build

    def failing(candidate, signature, *, seed):  # type: ignore[no-untyped-def]
        if candidate.family is Family.HYBRID:
            raise RuntimeError("no such kernel")
        return build(candidate, signature, seed=seed)

    monkeypatch.setattr(models, "build", failing)
    result = searching(trials=4).result
    hybrid = next(family for family in result.families if family.family is Family.HYBRID)
    assert hybrid.status == "failed"
    assert "no such kernel" in (hybrid.reason or "")
    assert result.best is not None


def test_when_nothing_can_be_trained_it_says_why(
    searching: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor import models

    def failing(candidate, signature, *, seed):  # type: ignore[no-untyped-def]
        raise RuntimeError("broken")

    monkeypatch.setattr(models, "build", failing)
    with pytest.raises(AdvisorError, match="broken"):
        searching()


@pytest.mark.slow
@pytest.mark.timeout(600)  # about two minutes on an idle machine
def test_thirty_trials_prune_some(inspection: Inspection, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(ROWS, 8))
    names = np.where(np.sin(3 * rows[:, 0]) + rows[:, 1] * rows[:, 2] > 0, "yes", "no").astype(object)
    inputs = (InputSpec(name="x", dtype="float64", axes=(Axis(name="feature", size=8),)),)
    spec = DatasetSpec(
        path="table", format="array", samples=ROWS, inputs=inputs, target=None, splits=SplitCounts(train=ROWS)
    )
    source = Source(spec=spec, ids=tuple(map(str, range(ROWS))), read=lambda i: rows[i], labels=names)
    advised = inspection.model_copy(update={"samples": ROWS, "inputs": inputs, "family": Family.MLP})
    result = run(source, advised, SearchOptions(trials=30, seed=1), tmp_path / "run", events.ignore).result
    assert result.trials.complete + result.trials.pruned + result.trials.failed == 30
    assert result.trials.pruned >= 3
    whole = [row.seconds for row in result.trial_rows if row.state == "complete"]
    pruned = [row.seconds for row in result.trial_rows if row.state == "pruned"]
    assert np.median(pruned) < np.median(whole)
