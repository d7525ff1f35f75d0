"""Optuna studies, one per family in one storage: asking for candidates and telling how they did."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from advisor import models, spaces
from advisor.records import Candidate, Family, Signature, TrialRow
from advisor.spaces import Space
from advisor.training.loop import REPORTS

STARTUP_TRIALS = 6  # random ones before the tree-structured Parzen estimator has something to model
PRUNER_STARTUP_TRIALS = 3  # finished trials that a median means something over
PRUNER_WARM_UP = round(0.3 * REPORTS)  # reports; earlier ones say little with a warming-up learning rate
ARCHITECTURE = "architecture"
REASON, PHASE, SECONDS, CANDIDATE = "reason", "phase", "seconds", "candidate"
NUMBER, SUMMARY, REJECTED = "number", "summary", "rejected"


def storage_url(run_dir: Path, url: str | None) -> str:
    """The user's storage, or a SQLite file in the run that `optuna-dashboard` opens as it is."""
    return url or f"sqlite:///{run_dir / 'study.db'}"


@contextlib.contextmanager
def opened(url: str) -> Iterator[optuna.storages.RDBStorage]:
    """A storage whose connections are closed at the end."""
    kwargs = {"connect_args": {"factory": LogsAhead}} if url.startswith("sqlite") else None
    storage = optuna.storages.RDBStorage(url, engine_kwargs=kwargs)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


class LogsAhead(sqlite3.Connection):
    """Writes to a log that the file takes over later: a commit waits for no disk.

    A killed process loses nothing, for the log is with the operating system; a loss of power may cost the
    last commits, but never the file (sqlite.org/wal.html). Where a file system has no shared memory for
    it, SQLite stays with its own way.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")


def open_studies(
    storage: optuna.storages.BaseStorage,
    families: tuple[Family, ...],
    *,
    run: str,
    greater_is_better: bool,
) -> dict[Family, optuna.Study]:
    """One study per family, new or continued; new where every trial so far failed, as without memory."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def opened() -> dict[Family, optuna.Study]:
        return {family: _open_study(storage, f"{run}/{family}", greater_is_better) for family in families}

    found = opened()
    ended = [trial.state for study in found.values() for trial in study.get_trials(deepcopy=False)]
    if TrialState.FAIL not in ended or not set(ended) <= {TrialState.FAIL, TrialState.WAITING}:
        return found
    for study in found.values():
        optuna.delete_study(study_name=study.study_name, storage=storage)
    return opened()


def _open_study(storage: optuna.storages.BaseStorage, name: str, greater_is_better: bool) -> optuna.Study:
    return optuna.create_study(
        storage=storage,
        study_name=name,
        load_if_exists=True,
        direction="maximize" if greater_is_better else "minimize",
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=PRUNER_STARTUP_TRIALS, n_warmup_steps=PRUNER_WARM_UP
        ),
    )


def seed_sampler(study: optuna.Study, *seed: str | int, several: bool = False) -> None:
    """A fresh sampler, whose draws depend on this seed and the finished trials alone.

    So what a search proposes after it was killed and resumed is what it would have proposed anyway.

    Args:
        several: trials run at once; what is near those that run is avoided, as if it were known to be bad.
    """
    digest = hashlib.sha256("/".join(map(str, seed)).encode()).digest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `group` is marked experimental
        study.sampler = optuna.samplers.TPESampler(
            seed=int.from_bytes(digest[:4], "big"),
            n_startup_trials=STARTUP_TRIALS,
            multivariate=True,
            group=True,
            constant_liar=several,
        )


def ask(study: optuna.Study, *seed: str | int, several: bool = False) -> Trial:
    """A new trial, or the next of those that were queued."""
    seed_sampler(study, *seed, several=several)
    return study.ask()


def taken_up(study: optuna.Study, unfinished: FrozenTrial, *seed: str | int, several: bool = False) -> Trial:
    """A trial that a killed search left running, as this search's own."""
    seed_sampler(study, *seed, several=several)
    return Trial(study, unfinished._trial_id)


def unfinished(studies: Mapping[Family, optuna.Study]) -> list[tuple[Family, FrozenTrial]]:
    """The trials that a killed or interrupted search left running, in their order."""
    found = [
        (family, trial)
        for family, study in studies.items()
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    ]
    return sorted(found, key=lambda item: item[1].user_attrs.get(NUMBER, math.inf))


def spaces_for(family: Family, signature: Signature, override: Space | None = None) -> tuple[Space, ...]:
    """The spaces of the family's architectures that fit this data; a user's file stands for its own alone."""
    if override is not None and override.family is family:
        return (override.restricted(signature.layout, signature.task),)
    return tuple(
        spaces.load_space(family, name).restricted(signature.layout, signature.task)
        for name in models.architectures(family, signature)
    )


def enqueue(study: optuna.Study, candidate: Candidate, among: tuple[Space, ...], phase: str) -> None:
    """Queues a candidate, as far as the space knows its settings."""
    params = flat_params(candidate, among)
    study.enqueue_trial(params, user_attrs={PHASE: phase}, skip_if_exists=True)


def flat_params(candidate: Candidate, among: tuple[Space, ...]) -> dict[str, Any]:
    """A candidate's settings by their names in the study, moved into the ranges of its space."""
    space = next((one for one in among if one.architecture == candidate.architecture), None)
    if space is None:
        return {}
    flat: dict[str, Any] = {ARCHITECTURE: candidate.architecture}
    for parameter in space.parameters:
        if parameter.name in candidate.params:
            flat[f"{space.architecture}.{parameter.name}"] = parameter.nearest(
                candidate.params[parameter.name]
            )
    return flat


def suggest(
    trial: Trial,
    among: tuple[Space, ...],
    bases: Mapping[str, Candidate],
    *seed: str | int,
    several: bool = False,
) -> Candidate:
    """The candidate that the sampler proposes: the base's settings, with what the space searches replaced.

    Names are per architecture (`resnet.width`), since Optuna wants one meaning per name. Every setting has
    a seed of its own, so that a search that is killed between two of them goes on with the same draws.
    """
    _ = trial.relative_params  # drawn together, before any setting is drawn alone
    name = trial.suggest_categorical(ARCHITECTURE, sorted(space.architecture for space in among))
    space = next(one for one in among if one.architecture == name)
    chosen: dict[str, Any] = {}
    for parameter in space.parameters:
        if spaces.condition_met(parameter, chosen):
            seed_sampler(trial.study, *seed, name, parameter.name, several=several)
            chosen[parameter.name] = _suggest_one(trial, f"{name}.{parameter.name}", parameter)
    base = bases[name]
    why = "proposed by the search"
    return Candidate(family=base.family, architecture=name, params={**base.params, **chosen}, why=why)


def _suggest_one(trial: Trial, name: str, parameter: spaces.Parameter) -> Any:
    if parameter.type == "categorical":
        return trial.suggest_categorical(name, list(parameter.choices))
    assert parameter.low is not None
    assert parameter.high is not None
    if parameter.type == "int":
        step = int(parameter.step or 1)
        return trial.suggest_int(name, int(parameter.low), int(parameter.high), step=step, log=parameter.log)
    return trial.suggest_float(name, parameter.low, parameter.high, step=parameter.step, log=parameter.log)


def row_of(trial: FrozenTrial, family: Family, number: int) -> TrialRow:
    """A finished trial as the report shows it."""
    state = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}.get(trial.state, "failed")
    if trial.user_attrs.get(REJECTED):
        state = "rejected"
    candidate = (
        Candidate.model_validate(json.loads(trial.user_attrs[CANDIDATE]))
        if CANDIDATE in trial.user_attrs
        else None
    )
    value = (
        trial.value
        if trial.state is TrialState.COMPLETE
        else trial.intermediate_values.get(trial.last_step or 0)
    )
    return TrialRow.model_validate(
        {
            "number": number,
            "family": family,
            "architecture": candidate.architecture if candidate else "unknown",
            "state": state,
            "value": value,
            "seconds": float(trial.user_attrs.get(SECONDS, 0.0)),
            "params": candidate.params if candidate else {},
            "reason": trial.user_attrs.get(REASON),
        }
    )
