"""Candidates go into a study and come out as they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from advisor import models
from advisor.records import Candidate, Family, Signature, Task
from advisor.search import studies

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
    study = studies.open_studies(storage, (family,), run="r", greater_is_better=True, seed=0)[family]
    among, rule = studies.spaces_for(family, SIGNATURES[layout]), first(layout, family)
    studies.enqueue(study, rule, among, "fair_round")
    asked = studies.suggest(study.ask(), among, {rule.architecture: rule})
    assert (asked.architecture, asked.params) == (rule.architecture, rule.params)


@pytest.mark.parametrize(("layout", "family"), FITTING)
def test_every_proposal_can_be_built(layout: str, family: Family, storage: BaseStorage) -> None:
    study = studies.open_studies(storage, (family,), run="r", greater_is_better=True, seed=1)[family]
    among = studies.spaces_for(family, SIGNATURES[layout])
    bases = {space.architecture: first(layout, family, space.architecture) for space in among}
    for _ in range(5):
        trial = study.ask()
        models.build(studies.suggest(trial, among, bases), SIGNATURES[layout], seed=0)
        study.tell(trial, 0.5)


def test_an_unfinished_trial_is_queued_again(storage: BaseStorage) -> None:
    opened = studies.open_studies(storage, (Family.MLP,), run="r", greater_is_better=True, seed=0)
    study, among = opened[Family.MLP], studies.spaces_for(Family.MLP, SIGNATURES["table"])
    bases = {"mlp": first("table", Family.MLP)}
    lost = studies.suggest(study.ask(), among, bases)
    again = studies.open_studies(storage, (Family.MLP,), run="r", greater_is_better=True, seed=9)
    assert studies.recover(again) == 1
    assert studies.suggest(again[Family.MLP].ask(), among, bases).params == lost.params
    assert study.get_trials()[0].state is TrialState.FAIL


def test_the_storage_is_one_that_optuna_reads_by_itself(storage: BaseStorage) -> None:
    studies.open_studies(storage, (Family.CNN, Family.RNN), run="r", greater_is_better=True, seed=0)
    names = {summary.study_name for summary in optuna.get_all_study_summaries(storage)}
    assert names == {"r/cnn", "r/rnn"}
