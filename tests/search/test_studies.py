"""Candidates go into a study and come out as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.trial import Trial, TrialState

from advisor import models
from advisor.records import Candidate, Family, Signature, Task
from advisor.search import studies
from advisor.spaces import Parameter, Space

SIGNATURES = {
    layout: Signature.model_validate(
        {
            "layout": layout,
            "task": Task.CLASSIFICATION,
            "channels": 1,
            "height": 8,
            "width": 8,
            "length": 12,
            "variable_length": layout in ("series", "text"),
            "vocabulary": 50,
            "outputs": 3,
        }
    )
    for layout in ("image", "series", "text", "clip", "table")
}
FITTING = [(layout, family) for layout, known in SIGNATURES.items() for family in models.families(known)]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[BaseStorage]:
    with studies.opened(studies.storage_url(tmp_path, None)) as storage:
        yield storage


def first(layout: str, family: Family, architecture: str | None = None) -> Candidate:
    return models.first_candidate(
        family, SIGNATURES[layout], samples=5_000, seconds=5.0, architecture=architecture
    )


@pytest.mark.parametrize(("layout", "family"), FITTING)
def test_the_rule_s_candidate_is_asked_for_as_it_is(
    layout: str, family: Family, storage: BaseStorage
) -> None:
    study = studies.open_studies(storage, (family,), run="r", greater_is_better=True)[family]
    among, rule = studies.spaces_for(family, SIGNATURES[layout]), first(layout, family)
    studies.enqueue(study, rule, among, "fair_round")
    asked = studies.suggest(study.ask(), among, {rule.architecture: rule})
    assert (asked.architecture, asked.params) == (rule.architecture, rule.params)


@pytest.mark.parametrize(("layout", "family"), FITTING)
def test_every_proposal_can_be_built(layout: str, family: Family, storage: BaseStorage) -> None:
    study = studies.open_studies(storage, (family,), run="r", greater_is_better=True)[family]
    among = studies.spaces_for(family, SIGNATURES[layout])
    bases = {space.architecture: first(layout, family, space.architecture) for space in among}
    for number in range(5):
        trial = studies.ask(study, 1, number)
        models.build(studies.suggest(trial, among, bases, 1, number), SIGNATURES[layout], seed=0)
        study.tell(trial, 0.5)


@pytest.mark.parametrize("stop_at", [0, 1, 4, 99])
@pytest.mark.parametrize("finished", [0, 8])  # before and after the sampler has something to model
def test_what_is_proposed_does_not_depend_on_where_a_search_was_killed(
    stop_at: int, finished: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    among, bases = studies.spaces_for(Family.MLP, SIGNATURES["table"]), {"mlp": first("table", Family.MLP)}
    proposed = []
    for kill in (False, True):
        with studies.opened(studies.storage_url(tmp_path, f"sqlite:///{tmp_path}/{kill}.db")) as storage:
            study = studies.open_studies(storage, (Family.MLP,), run="r", greater_is_better=True)[Family.MLP]
            for number in range(finished):
                trial = studies.ask(study, number)
                studies.suggest(trial, among, bases, number)
                study.tell(trial, number % 3)
            trial = studies.ask(study, finished)
            if kill:
                _killed_while_suggesting(trial, among, bases, finished, stop_at, monkeypatch)
                again = studies.open_studies(storage, (Family.MLP,), run="r", greater_is_better=True)
                ((family, left),) = studies.unfinished(again)
                trial = studies.taken_up(again[family], left, finished)
            proposed.append(studies.suggest(trial, among, bases, finished).params)
    assert proposed[0] == proposed[1]


def _killed_while_suggesting(
    trial: Trial,
    among: tuple[Space, ...],
    bases: dict[str, Candidate],
    seed: int,
    stop_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done, suggest_one = 0, studies._suggest_one

    def stopping(trial: Trial, name: str, parameter: Parameter) -> object:
        nonlocal done
        if done == stop_at:
            raise KeyboardInterrupt
        done += 1
        return suggest_one(trial, name, parameter)

    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(studies, "_suggest_one", stopping)
        studies.suggest(trial, among, bases, seed)


@pytest.mark.parametrize(
    ("states", "kept"),
    [
        ((TrialState.FAIL, TrialState.FAIL), False),
        ((TrialState.FAIL, TrialState.COMPLETE), True),
        ((TrialState.PRUNED,), True),
        ((), True),
    ],
)
def test_a_study_of_which_nothing_came_begins_anew(
    states: tuple[TrialState, ...], kept: bool, storage: BaseStorage
) -> None:
    def opened() -> optuna.Study:
        return studies.open_studies(storage, (Family.MLP,), run="r", greater_is_better=True)[Family.MLP]

    study = opened()
    for state in states:
        study.tell(study.ask(), 0.5 if state is TrialState.COMPLETE else None, state=state)
    study.enqueue_trial({"mlp.hidden": 8})
    assert len(opened().get_trials()) == (len(states) + 1 if kept else 0)


def test_the_storage_is_one_that_optuna_reads_by_itself(storage: BaseStorage) -> None:
    studies.open_studies(storage, (Family.CNN, Family.RNN), run="r", greater_is_better=True)
    names = {summary.study_name for summary in optuna.get_all_study_summaries(storage)}
    assert names == {"r/cnn", "r/rnn"}
