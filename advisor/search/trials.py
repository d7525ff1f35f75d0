"""The fair round and the trials after it: ask Optuna, train, tell Optuna."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import Trial, TrialState

from advisor.errors import TrialError
from advisor.records import Family, TrialRow
from advisor.search import candidates, studies
from advisor.search.budget import LEAST_PART_OF_TRIAL
from advisor.search.candidates import Outcome, Summary, evaluate
from advisor.search.events import TrialDone, TrialProgress, TrialStarted
from advisor.search.state import Setting, State
from advisor.tasks.intervals import paired_gap

RUNNER_UP_EVERY = 4  # of the trials, one goes to a family that is not behind beyond noise


def restore(setting: Setting, state: State) -> None:
    """Takes back what an earlier run in this folder finished; what it left unfinished is queued again."""
    studies.recover(setting.studies)
    found = [
        (trial.user_attrs.get("number", -1), family, trial)
        for family, study in setting.studies.items()
        for trial in study.get_trials(deepcopy=False)
        if trial.state.is_finished()
    ]
    for number, family, trial in sorted(found, key=lambda item: item[0]):
        state.rows.append(studies.row_of(trial, family, number))
        if trial.state is not TrialState.COMPLETE:
            continue
        state.finished[number] = Summary.model_validate_json(trial.user_attrs["summary"])
        if trial.user_attrs.get(studies.PHASE) == "fair_round":
            state.fair_round[family] = number
            state.per_sample[family] = np.load(_per_sample_file(setting, number), allow_pickle=False)


def fair_round(setting: Setting, state: State, seconds: float | None) -> None:
    """Each family's rule's candidate: equal seconds, the same split and seed, nothing pruned."""
    for family in setting.families:
        if family in state.fair_round or (state.rows and setting.budget.left() == 0.0):
            continue
        study = setting.studies[family]
        study.enqueue_trial(
            studies.flat_params(setting.firsts[family], setting.spaces[family]),
            user_attrs={studies.PHASE: "fair_round"},
        )
        run_trial(setting, state, family, seconds, phase="fair_round")


def search(setting: Setting, state: State, seconds: float | None, until: Callable[[], float | None]) -> None:
    """Optuna on what leads, until the trials or the seconds are used up.

    Args:
        until: gives the seconds since the start at which the refit has to begin, None for no limit.
    """
    queue_first_candidates(setting)
    budget = setting.budget
    while budget.trials is None or len(state.rows) < budget.trials:
        end = until()
        left = None if end is None else end - budget.elapsed()
        if left is not None and left < LEAST_PART_OF_TRIAL * _expected_seconds(state, seconds):
            return
        if not state.finished and len(state.rows) >= 2 * len(setting.families) + 3:
            return  # nothing trains here: more of the same will not help
        run_trial(setting, state, next_family(setting, state), seconds, phase="search")


def next_family(setting: Setting, state: State) -> Family:
    """The family that leads; now and then one that is not behind beyond noise."""
    best = state.best(setting.data)
    if best is None:
        return setting.families[0]
    leader = state.finished[best].candidate.family
    rivals = [
        family
        for family in setting.families
        if family != leader and not _behind(setting, state, family, leader)
    ]
    done = sum(row.family == leader for row in state.rows)
    if rivals and done % RUNNER_UP_EVERY == RUNNER_UP_EVERY - 1:
        counts = {family: sum(row.family == family for row in state.rows) for family in rivals}
        fewest = min(rivals, key=counts.__getitem__)
        if counts[fewest] * RUNNER_UP_EVERY <= done + RUNNER_UP_EVERY:
            return fewest
    return leader


def queue_first_candidates(setting: Setting) -> None:
    """Each space's stated first candidates, before the sampler's own."""
    for family, among in setting.spaces.items():
        for space in among:
            base = setting.bases[family][space.architecture]
            for known in space.candidates:
                params = {**base.params, **known.params}
                studies.enqueue(
                    setting.studies[family], base.model_copy(update={"params": params}), among, "search"
                )


def run_trial(setting: Setting, state: State, family: Family, seconds: float | None, *, phase: str) -> None:
    """One trial, from asking to telling; a failure is recorded with its reason and the search goes on."""
    study, number = setting.studies[family], len(state.rows)
    trial = study.ask()
    candidate = studies.suggest(trial, setting.spaces[family], setting.bases[family])
    if phase == "fair_round":
        candidate = setting.firsts[family].model_copy(update={"params": candidate.params})
    for name, value in (("number", number), (studies.PHASE, phase), (studies.CANDIDATE, candidate.to_json())):
        trial.set_user_attr(name, value)
    setting.on_event(TrialStarted(number, candidate, phase))
    start, state_of_trial, reason = time.monotonic(), TrialState.COMPLETE, None
    outcome: Outcome | None = None
    try:
        outcome = evaluate(
            candidate, setting.data, setting.compute, seconds=seconds, seed=setting.options.seed,
            on_report=_reporter(setting, trial, number, prune=phase != "fair_round"),
        )  # fmt: skip
    except optuna.TrialPruned:
        state_of_trial, reason = TrialState.PRUNED, "behind the median of the finished trials"
    except TrialError as error:
        state_of_trial, reason = TrialState.FAIL, str(error)
    except (RuntimeError, ValueError, MemoryError) as error:  # judging it failed, or memory ran out
        state_of_trial, reason = TrialState.FAIL, f"{type(error).__name__}: {str(error)[:200]}"
    except KeyboardInterrupt:
        trial.set_user_attr(studies.REASON, "interrupted")
        raise
    trial.set_user_attr(studies.SECONDS, time.monotonic() - start)
    if reason:
        trial.set_user_attr(studies.REASON, reason)
    if outcome is not None:
        _record(setting, state, family, number, trial, outcome, phase)
    study.tell(trial, outcome.summary.value if outcome else None, state=state_of_trial)
    row = studies.row_of(study.get_trials(deepcopy=False)[trial.number], family, number)
    state.rows.append(row)
    best = state.best(setting.data)
    setting.on_event(TrialDone(row, None if best is None else state.finished[best].value))


def _record(
    setting: Setting, state: State, family: Family, number: int, trial: Trial, outcome: Outcome, phase: str
) -> None:
    """Writes what a resumed search needs, before the trial counts as finished."""
    trial.set_user_attr("summary", outcome.summary.to_json())
    trial.set_user_attr("score", outcome.summary.score.value)
    file = _per_sample_file(setting, number)
    file.parent.mkdir(exist_ok=True)
    np.save(file, outcome.per_sample, allow_pickle=False)
    if outcome.error_quantiles is not None:
        np.save(errors_file(setting, number), outcome.error_quantiles, allow_pickle=False)
    state.keep(number, outcome, setting.data)
    if phase == "fair_round":
        state.fair_round[family] = number
        state.per_sample[family] = outcome.per_sample


def _reporter(setting: Setting, trial: Trial, number: int, *, prune: bool) -> candidates.OnReport:
    def on_report(step: int, fraction: float, value: float) -> None:
        trial.report(value, step)
        setting.on_event(TrialProgress(number, fraction, value))
        if prune and fraction < 1.0 and trial.should_prune():
            raise optuna.TrialPruned

    return on_report


def _behind(setting: Setting, state: State, family: Family, leader: Family) -> bool:
    """Whether a family lost the fair round to the leader beyond noise."""
    if family not in state.per_sample or leader not in state.per_sample:
        return True
    kind = setting.data.kind
    _, (low, _) = paired_gap(
        state.per_sample[leader], state.per_sample[family], kind.aggregate,
        greater_is_better=kind.greater_is_better, block=setting.data.block,
        groups=setting.data.judged_groups,
    )  # fmt: skip
    return low > 0


def _expected_seconds(state: State, seconds: float | None) -> float:
    """What a trial will take: its share, or less where trials end earlier by themselves."""
    taken = [row.seconds for row in state.rows if row.state == "complete"]
    longest = max(taken, default=0.0)
    return longest if seconds is None else min(seconds, longest or seconds)


def _per_sample_file(setting: Setting, number: int) -> Path:
    return setting.run_dir / "trials" / f"{number:05d}.npy"


def errors_file(setting: Setting, number: int) -> Path:
    """Where the quantiles of a forecasting trial's errors lie."""
    return _per_sample_file(setting, number).with_suffix(".errors.npy")


def rows_as_csv(rows: list[TrialRow]) -> str:
    """All trials as a table, one per line; settings as JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("number", "family", "architecture", "state", "value", "seconds", "reason", "params"))
    for row in rows:
        seconds, reason = round(row.seconds, 3), row.reason or ""
        head = (row.number, row.family, row.architecture, row.state, row.value)
        writer.writerow((*head, seconds, reason, json.dumps(row.params)))
    return text.getvalue()
