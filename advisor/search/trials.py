"""The fair round and the trials after it: ask Optuna, train, tell Optuna."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from optuna.trial import Trial, TrialState

from advisor.records import Candidate, Family, TrialRow
from advisor.search import limits, policy, short, studies
from advisor.search.budget import LEAST_PART_OF_TRIAL
from advisor.search.candidates import Outcome, Summary, greater_is_better
from advisor.search.ending import ensemble
from advisor.search.events import TrialDone, TrialProgress, TrialStarted
from advisor.search.state import Running, Setting, State
from advisor.search.store import checkpoints, files
from advisor.search.store.checkpoints import OfTrial
from advisor.search.workers.executor import Ended, Job, Left

SHRINK_AFTER = 8  # rejected in a row: the next proposal is made smaller instead
HOPELESS = "could no longer be expected to reach the best"
BEHIND = "behind the median of the finished trials"
OUT_OF_TIME = "ended before it was done, since no time was left for trials"
STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
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
        OfTrial(setting.run_dir / checkpoints.FOLDER, f"{number:05d}", "", _unheard).remove()
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
    """Each family's rule's candidate: equal seconds and threads, the same split and seed, nothing pruned.

    Where time is too short for that, one network after the other as long as there is time for it.
    """
    waiting = [family for family in setting.families if family not in state.fair_tried]
    waiting = short.fair_order(setting, state, waiting)

    def choose() -> tuple[Family, str] | None:
        if not waiting:
            return None
        left = setting.budget.left()
        if (state.rows or state.running) and left is not None:
            if left < LEAST_PART_OF_TRIAL * (setting.trial_seconds or 0.0):
                return None
        family = waiting.pop(0)
        queued = studies.flat_params(setting.firsts[family], setting.spaces[family])
        if not any(family == one for one, _ in state.unfinished):
            setting.studies[family].enqueue_trial(
                queued, user_attrs={studies.PHASE: "fair_round"}, skip_if_exists=True
            )
        return family, "fair_round"

    _work(setting, state, choose, lambda: setting.budget.left() if state.finished else None)


def search(setting: Setting, state: State, until: Callable[[], float | None]) -> None:
    """Optuna on what leads, until the trials or the seconds are used up.

    Args:
        until: gives the seconds since the start at which the refit has to begin, None for no limit.
    """
    policy.queue_architectures(setting)
    budget = setting.budget

    def left() -> float | None:
        end = until()
        return None if end is None else end - budget.elapsed()

    def choose() -> tuple[Family, str] | None:
        if budget.trials is not None and policy.trained(state) + len(state.running) >= budget.trials:
            return None
        seconds = left()
        expected = _expected_seconds(state, setting.trial_seconds)
        if seconds is not None and seconds < LEAST_PART_OF_TRIAL * expected:
            return None
        if not state.finished and len(state.rows) >= 2 * len(setting.families) + 3:
            return None  # nothing trains here: more of the same will not help
        if policy.rejected_in_a_row(state) >= MOST_REJECTED:
            state.note(
                f"{MOST_REJECTED} proposals in a row were beyond the limits: the search ended", setting
            )
            return None
        if state.unfinished:
            return state.unfinished[0][0], "search"
        family = policy.next_family(setting, state)
        policy.queue_stated(setting, state, family)
        return family, "search"

    def left_to_end() -> float | None:
        """A trial may end as much too late as it may begin."""
        seconds = left()
        late = (1 - LEAST_PART_OF_TRIAL) * (setting.trial_seconds or 0.0)
        return None if seconds is None else seconds + late

    _work(setting, state, choose, left_to_end)


def _work(
    setting: Setting, state: State, choose: Callable[[], tuple[Family, str] | None], left: Left
) -> None:
    """Keeps the executor at work until nothing is chosen any more and what runs has ended.

    Args:
        choose: gives the next trial's family and phase.
    """
    executor = setting.executor

    def on_note(text: str) -> None:
        state.note(text, setting)

    def on_report(number: int, step: int, fraction: float, value: float) -> str | None:
        return _reported(setting, state, TrialProgress(number, fraction, value), step)

    try:
        while True:
            while executor.has_room(on_note) and (chosen := choose()) is not None:
                _begin(setting, state, *chosen)
            if not state.running:
                return
            _end(setting, state, executor.next_ended(on_report, on_note, left, OUT_OF_TIME))
    finally:
        state.rows.sort(key=lambda row: row.number)  # several at once end in any order


def _begin(setting: Setting, state: State, family: Family, phase: str) -> None:
    """Asks for a trial and begins it; one that is beyond the limits ends at once."""
    number, trial, candidate, phase = _proposed(setting, state, family, phase)
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
    folder = setting.run_dir / checkpoints.FOLDER
    job = Job(number, candidate, setting.trial_seconds, setting.options.seed, folder)
    reported = set(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values)
    state.running[number] = Running(family, job, phase, trial, reported, _curves(setting))
    setting.executor.begin(job)


def _reported(setting: Setting, state: State, progress: TrialProgress, step: int) -> str | None:
    """Passes on what a trial reports; why it is to end, if it is."""
    running = state.running[progress.number]
    if step not in running.reported:  # a trial that is gone on with may come to a report again
        running.trial.report(progress.value, step)
    setting.on_event(progress)
    if running.phase == "fair_round" or progress.fraction >= 1.0:
        return None
    hopeless = policy.is_hopeless(
        step, progress.value, running.curves, greater_is_better=greater_is_better(setting.data),
        warm_up=1 if len(setting.data.rounds) > 1 else policy.WARM_UP_REPORTS,
    )  # fmt: skip
    if hopeless:
        return HOPELESS
    return BEHIND if running.trial.should_prune() else None


def _curves(setting: Setting) -> list[policy.Curve]:
    """Of all finished trials."""
    return [
        policy.Curve(one.intermediate_values, one.value)
        for study in setting.studies.values()
        for one in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if one.value is not None
    ]


def _end(setting: Setting, state: State, ended: Ended) -> None:
    """Records how a trial ended; a failure has its reason, and the search goes on."""
    running, outcome, reason = state.running.pop(ended.number), ended.outcome, ended.reason
    family, trial = running.family, running.trial
    trial.set_user_attr(studies.SECONDS, ended.seconds)
    if outcome is not None:
        _record(setting, state, family, ended.number, trial, outcome, running.phase)
        reason = _in_pieces(outcome)
    _tell(setting, state, family, ended.number, trial, STATES[ended.state], outcome, reason)
    running.job.checkpoints(_unheard).remove()


def _proposed(
    setting: Setting, state: State, family: Family, phase: str
) -> tuple[int, Trial, Candidate, str]:
    """Number, trial, candidate and phase: of the trial that an earlier search was at, or of a new one."""
    study, among, bases = setting.studies[family], setting.spaces[family], setting.bases[family]
    number, several = _next_number(state), setting.executor.workers > 1
    place = next((i for i, (one, _) in enumerate(state.unfinished) if one == family), None)
    before = None if place is None else state.unfinished.pop(place)[1]
    if before is not None:
        number, phase = (
            before.user_attrs.get(studies.NUMBER, number),
            before.user_attrs.get(studies.PHASE, "search"),
        )
    seed = (setting.options.seed, str(family), number)
    if before is None:
        trial = studies.ask(study, *seed, several=several)
    else:
        trial = studies.taken_up(study, before, *seed, several=several)
    candidate = studies.suggest(trial, among, bases, *seed, several=several)
    if phase == "fair_round":
        candidate = setting.firsts[family].model_copy(update={"params": candidate.params})
    return number, trial, candidate, phase


def _next_number(state: State) -> int:
    """One more than that of any trial, also of those that an earlier search was at."""
    taken = [row.number for row in state.rows] + list(state.running)
    taken += [trial.user_attrs.get(studies.NUMBER, -1) for _, trial in state.unfinished]
    return 1 + max(taken, default=-1)


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


def _expected_seconds(state: State, seconds: float | None) -> float:
    """What a trial will take: its share, or less where trials end earlier by themselves."""
    taken = [row.seconds for row in state.rows if row.state == "complete"]
    longest = max(taken, default=0.0)
    return longest if seconds is None else min(seconds, longest or seconds)


def _unheard(text: str) -> None:
    """Of a checkpoint that is removed there is nothing to tell."""


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
