"""A search from data to result: baselines, the fair round, Optuna, the refit, one look at the test."""

from __future__ import annotations

import contextlib
from pathlib import Path

from advisor import interrupt
from advisor.errors import AdvisorError
from advisor.readers.source import Source
from advisor.records import Inspection, SearchOptions
from advisor.search import trials
from advisor.search.baselining import run_baselines
from advisor.search.budget import (
    CUT_SHORT,
    REFIT_MARGIN,
    REFIT_SHARE,
    REFIT_SHARE_CUT,
    Budget,
)
from advisor.search.ending import ensemble, finals, outcome, refit
from advisor.search.ending.outcome import Finished
from advisor.search.events import Observer, ValuesAre
from advisor.search.set_up import set_up
from advisor.search.state import Setting, State
from advisor.search.store import checkpoints, files, lock, provenance


def run(
    source: Source,
    inspection: Inspection,
    options: SearchOptions,
    run_dir: Path,
    on_event: Observer,
    *,
    started: float | None = None,
    used: float = 0.0,
) -> Finished:
    """Searches; Ctrl-C ends it early with what there is. The caller writes the result and the bundle.

    In a folder where a search was begun it goes on with that.

    Args:
        source: with its axes named, as `measure` returns it.
        started: `time.monotonic()` when the command began: the timeout covers the whole command.
        used: seconds of the time limit that were used before.

    Raises:
        UntrainableTaskError, UsageError, DataError: before anything is trained.
        RunError: another search is at work in the folder, or its data have changed.
        AdvisorError: when no candidate could be trained at all.
    """
    budget = Budget.of(options.timeout, options.trials, started, used)
    run_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(interrupt.heard())
        stack.enter_context(lock.held(run_dir))
        files.remove_drafts(run_dir)
        files.remove_drafts(run_dir / checkpoints.FOLDER)
        beat = provenance.Beat(run_dir, on_event, used, budget.start)
        setting, state = set_up(source, inspection, options, run_dir, beat, budget, stack)
        final, together = None, ensemble.NONE
        try:
            with state.phase("baselines", setting):
                run_baselines(setting, state)
            trials.restore(setting, state)
            finals.restore(setting, state)
            _train(setting, state)
            with state.phase("refit", setting):
                final = refit.refit(setting, state, seconds=_refit_seconds(setting, state))
            together = ensemble.consider(setting, state, final, _refit_seconds(setting, state))
        except KeyboardInterrupt:
            interrupt.take()
            setting.executor.close()
            state.interrupted = True
            final = final or refit.own_weights(setting, state)
        except Exception as error:
            if not files.disk_is_full(error) or not state.finished:
                raise
            setting.executor.close()
            state.interrupted = True
            state.note("the disk is full: the search ended with what there is", setting)
            checkpoints.make_room(run_dir)
            final = final or refit.own_weights(setting, state)
        beat.write()
        with interrupt.finishing():
            return outcome.finish(setting, state, final, together)


def _train(setting: Setting, state: State) -> None:
    """The fair round, then the trials."""
    setting.on_event(ValuesAre(setting.data.chosen_by))
    with state.phase("fair_round", setting):
        trials.fair_round(setting, state)
    left, begun = setting.budget.left(), setting.budget.elapsed()

    def of_search() -> float | None:
        """All seconds between the fair round and the refit."""
        return None if left is None else left - _refit_needs(setting, state, left)

    def until() -> float | None:
        seconds = of_search()
        if seconds is None:
            return None
        return begun + seconds - finals.needs(setting, state, finals.affordable(setting, state, seconds))

    def for_finals() -> float | None:
        seconds = of_search()
        return None if seconds is None else begun + seconds - setting.budget.elapsed()

    with state.phase("search", setting):
        trials.search(setting, state, until)
    chosen = finals.affordable(setting, state, of_search())
    if chosen:
        with state.phase("finals", setting):
            finals.hold(setting, state, chosen, for_finals)
    elif finals.finalists(setting, state):
        state.note(finals.NOT_HELD, setting)
    setting.executor.close()  # what follows needs the memory and all threads
    if not state.finished:
        reasons = sorted({row.reason or "" for row in state.rows})
        raise AdvisorError(
            f"no network could be trained: {'; '.join(reasons) or 'there was no time for a single trial'}: "
            f"{_remedy(reasons)}, or see the trials in {setting.run_dir}"
        )


def _remedy(reasons: list[str]) -> str:
    if any("memory" in reason for reason in reasons):
        return "free some memory and go on with `--resume`, set a limit by `--max-parameters`"
    return "give a longer `--timeout`"


def _refit_needs(setting: Setting, state: State, left: float) -> float:
    """Seconds to keep for the refit of what is best so far and for fitting the baselines again."""
    best = state.best(setting.data)
    if best is None:
        return REFIT_SHARE * left
    fitted = state.finished[best].fitted
    share = (REFIT_SHARE_CUT if fitted.fraction < CUT_SHORT else REFIT_SHARE) * left
    whole = REFIT_MARGIN * refit.expected_seconds(state.finished[best], setting.data) + 1.0
    return min(share, whole) + ensemble.planned(setting, state, left) + _second_fits(state)


def _refit_seconds(setting: Setting, state: State) -> float | None:
    left = setting.budget.left()
    return None if left is None else max(setting.budget.least_refit(), left - _second_fits(state))


def _second_fits(state: State) -> float:
    """What fitting the baselines again for the test will take."""
    return 1.2 * sum(one.result.seconds for one in state.baselines)
