"""The fair round and the trials after it: ask Optuna, train, tell Optuna."""

from __future__ import annotations

import contextlib
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
from advisor.records import Candidate, Family, TrialRow
from advisor.search import candidates, checkpoints, ensemble, files, limits, policy, studies
from advisor.search.budget import LEAST_PART_OF_TRIAL
from advisor.search.candidates import Outcome, Summary, evaluate
from advisor.search.checkpoints import OfTrial
from advisor.search.events import TrialDone, TrialProgress, TrialStarted
from advisor.search.state import Setting, State
from advisor.search.watchdog import watched

SHRINK_AFTER = 8  # rejected in a row: the next proposal is made smaller instead
MOST_REJECTED = 40  # in a row, which nothing could make small enough


def restore(setting: Setting, state: State) -> None:
    """Takes back what an earlier search in this folder finished, and what it was at when it ended."""
    found = [
        (trial.user_attrs[studies.NUMBER], family, trial)
        for family, study in setting.studies.items()
        for trial in study.get_trials(deepcopy=False)
        if trial.state.is_finished() and studies.NUMBER in trial.user_attrs
    ]
    for number, family, trial in sorted(found, key=lambda item: item[0]):
        checkpoints_of(setting, state, number, "").remove()
        state.rows.append(studies.row_of(trial, family, number))
        fair = trial.user_attrs.get(studies.PHASE) == "fair_round"
        if fair:
            state.fair_tried.add(family)
        if trial.state is not TrialState.COMPLETE:
            continue
        state.finished[number] = Summary.model_validate_json(trial.user_attrs[studies.SUMMARY])
        if fair:
            state.fair_round[family] = number
        with contextlib.suppress(
            OSError, ValueError
        ):  # without it, nothing is said of what it is compared to
            state.per_sample[number] = np.load(_per_sample_file(setting, number), allow_pickle=False)
    best = checkpoints.read(_best_file(setting))
    if best is not None and best["number"] in state.finished:
        state.weights, state.weights_of = best["weights"], best["number"]
    state.unfinished = studies.unfinished(setting.studies)


def fair_round(setting: Setting, state: State) -> None:
    """Each family's rule's candidate: equal seconds, the same split and seed, nothing pruned."""
    for family in setting.families:
        if family in state.fair_tried or (state.rows and setting.budget.left() == 0.0):
            continue
        queued = studies.flat_params(setting.firsts[family], setting.spaces[family])
        if not any(family == one for one, _ in state.unfinished):
            setting.studies[family].enqueue_trial(
                queued, user_attrs={studies.PHASE: "fair_round"}, skip_if_exists=True
            )
        run_trial(setting, state, family, phase="fair_round")


def search(setting: Setting, state: State, until: Callable[[], float | None]) -> None:
    """Optuna on what leads, until the trials or the seconds are used up.

    Args:
        until: gives the seconds since the start at which the refit has to begin, None for no limit.
    """
    policy.queue_first_candidates(setting)
    budget = setting.budget
    while budget.trials is None or policy.trained(state) < budget.trials:
        end = until()
        left = None if end is None else end - budget.elapsed()
        if left is not None and left < LEAST_PART_OF_TRIAL * _expected_seconds(state, setting.trial_seconds):
            return
        if not state.finished and len(state.rows) >= 2 * len(setting.families) + 3:
            return  # nothing trains here: more of the same will not help
        if policy.rejected_in_a_row(state) >= MOST_REJECTED:
            state.note(
                f"{MOST_REJECTED} proposals in a row were beyond the limits: the search ended", setting
            )
            return
        family = state.unfinished[0][0] if state.unfinished else policy.next_family(setting, state)
        run_trial(setting, state, family, phase="search")


def run_trial(setting: Setting, state: State, family: Family, *, phase: str) -> None:
    """One trial, from asking to telling; a failure is recorded with its reason and the search goes on."""
    number = len(state.rows)
    trial, candidate, phase = _proposed(setting, state, family, number, phase)
    if phase == "fair_round":
        state.fair_tried.add(family)
    too_much = setting.excess(candidate)
    if too_much is not None and policy.rejected_in_a_row(state) >= SHRINK_AFTER:
        space = next(one for one in setting.spaces[family] if one.architecture == candidate.architecture)
        smaller = limits.shrunk(candidate, space, setting.excess)
        if smaller is not None:
            candidate, too_much = smaller, None
    for name, value in (
        (studies.NUMBER, number),
        (studies.PHASE, phase),
        (studies.CANDIDATE, candidate.to_json()),
    ):
        trial.set_user_attr(name, value)
    if too_much is not None:
        trial.set_user_attr(studies.REJECTED, True)
        _tell(setting, state, family, number, trial, TrialState.PRUNED, None, too_much)
        return
    setting.on_event(TrialStarted(number, candidate, phase))
    start, state_of_trial, reason = time.monotonic(), TrialState.COMPLETE, None
    seed = setting.options.seed
    saved = checkpoints_of(setting, state, number, f"{candidate.to_json()}; seed {seed}")
    outcome: Outcome | None = None
    try:
        with watched(setting.trial_seconds):
            outcome = evaluate(
                candidate, setting.data, setting.compute, seconds=setting.trial_seconds, seed=seed,
                on_report=_reporter(setting, trial, number, prune=phase != "fair_round"), checkpoints=saved,
            )  # fmt: skip
    except optuna.TrialPruned as pruned:
        state_of_trial, reason = TrialState.PRUNED, str(pruned)
    except TrialError as error:
        state_of_trial, reason = TrialState.FAIL, str(error)
    except (RuntimeError, ValueError, MemoryError) as error:  # judging it failed, or memory ran out
        state_of_trial, reason = TrialState.FAIL, f"{type(error).__name__}: {str(error)[:200]}"
    trial.set_user_attr(studies.SECONDS, outcome.summary.seconds if outcome else time.monotonic() - start)
    if outcome is not None:
        _record(setting, state, family, number, trial, outcome, phase)
        reason = _in_pieces(outcome)
    _tell(setting, state, family, number, trial, state_of_trial, outcome, reason)
    saved.remove()


def _proposed(
    setting: Setting, state: State, family: Family, number: int, phase: str
) -> tuple[Trial, Candidate, str]:
    """The trial, its candidate and its phase: the one that an earlier search was at, or a new one."""
    study, among, bases = setting.studies[family], setting.spaces[family], setting.bases[family]
    seed = (setting.options.seed, str(family), number)
    place = next((i for i, (one, _) in enumerate(state.unfinished) if one == family), None)
    if place is None:
        trial = studies.ask(study, *seed)
    else:
        _, before = state.unfinished.pop(place)
        trial = studies.taken_up(study, before, *seed)
        phase = before.user_attrs.get(studies.PHASE, "search")
    candidate = studies.suggest(trial, among, bases, *seed)
    if phase == "fair_round":
        candidate = setting.firsts[family].model_copy(update={"params": candidate.params})
    return trial, candidate, phase


def _tell(
    setting: Setting,
    state: State,
    family: Family,
    number: int,
    trial: Trial,
    state_of_trial: TrialState,
    outcome: Outcome | None,
    reason: str | None,
) -> None:
    """Tells Optuna how the trial ended, and whoever watches."""
    study = setting.studies[family]
    if reason:
        trial.set_user_attr(studies.REASON, reason)
    study.tell(trial, outcome.summary.value if outcome else None, state=state_of_trial)
    row = studies.row_of(study.get_trials(deepcopy=False)[trial.number], family, number)
    state.rows.append(row)
    best = state.best(setting.data)
    summary = None if outcome is None else outcome.summary
    setting.on_event(TrialDone(row, None if best is None else state.finished[best].value, summary))


def _in_pieces(outcome: Outcome) -> str | None:
    fitted = outcome.summary.fitted
    if fitted.pieces == 1:
        return None
    return f"memory did not suffice for its batches: each was taken in {fitted.pieces} pieces"


def _record(
    setting: Setting, state: State, family: Family, number: int, trial: Trial, outcome: Outcome, phase: str
) -> None:
    """Writes what a resumed search needs, before the trial counts as finished."""
    trial.set_user_attr(studies.SUMMARY, outcome.summary.to_json())
    trial.set_user_attr("score", outcome.summary.score.value)
    with files.whole(_per_sample_file(setting, number)) as file:
        np.save(file, outcome.per_sample, allow_pickle=False)
    if outcome.error_quantiles is not None:
        with files.whole(errors_file(setting, number)) as file:
            np.save(file, outcome.error_quantiles, allow_pickle=False)
    state.keep(number, outcome, setting.data)
    ensemble.keep(setting, state, number, outcome)
    if state.weights_of == number:
        best = checkpoints.File(_best_file(setting), "best", lambda text: state.note(text, setting))
        best.save({"number": number, "weights": state.weights})
    if phase == "fair_round":
        state.fair_round[family] = number


def _reporter(setting: Setting, trial: Trial, number: int, *, prune: bool) -> candidates.OnReport:
    warm_up = 1 if len(setting.data.rounds) > 1 else policy.WARM_UP_REPORTS
    finished = [
        policy.Curve(one.intermediate_values, one.value)
        for study in setting.studies.values()
        for one in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if one.value is not None
    ]
    reported = set(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values)

    def on_report(step: int, fraction: float, value: float) -> None:
        if step not in reported:  # a trial that is gone on with may come to a report again
            trial.report(value, step)
        setting.on_event(TrialProgress(number, fraction, value))
        if not prune or fraction >= 1.0:
            return
        greater = candidates.greater_is_better(setting.data)
        if policy.is_hopeless(step, value, finished, greater_is_better=greater, warm_up=warm_up):
            raise optuna.TrialPruned("could no longer be expected to reach the best")
        if trial.should_prune():
            raise optuna.TrialPruned("behind the median of the finished trials")

    return on_report


def _expected_seconds(state: State, seconds: float | None) -> float:
    """What a trial will take: its share, or less where trials end earlier by themselves."""
    taken = [row.seconds for row in state.rows if row.state == "complete"]
    longest = max(taken, default=0.0)
    return longest if seconds is None else min(seconds, longest or seconds)


def checkpoints_of(setting: Setting, state: State, number: int, of: str) -> OfTrial:
    """Where the state of a trial is kept while it trains."""
    folder = setting.run_dir / checkpoints.FOLDER
    return OfTrial(folder, f"{number:05d}", of, lambda text: state.note(text, setting))


def _best_file(setting: Setting) -> Path:
    return setting.run_dir / checkpoints.FOLDER / "best.pt"


def _per_sample_file(setting: Setting, number: int) -> Path:
    return setting.run_dir / checkpoints.FOLDER / f"{number:05d}.npy"


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
