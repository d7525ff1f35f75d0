"""The best trials once more with fresh seeds, so that the winner is not the one with the luckiest seed.

Where candidates are judged over repeated folds each was trained with several seeds already, and nothing is
added. The time limit decides how many there are: all of them get the same seeds and the same seconds.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.records import Finalist
from advisor.search import policy
from advisor.search.events import TrainedAgain
from advisor.search.state import Again, Setting, State
from advisor.search.store import checkpoints, files
from advisor.search.workers.executor import Ended, Job

MOST_FINALISTS = 3
FRESH_SEEDS = 2  # for each, where the time suffices
SEED_STEP = 1_000  # between the seeds of a finalist; folds and rounds use the numbers between
OUT_OF_TIME = "no time was left"
NOT_HELD = "the best trials are level, and no time was left to train them again with fresh seeds"
SHARE = 0.25  # of the seconds of the search that may go into the finals


def finalists(setting: Setting, state: State) -> list[int]:
    """Numbers of the best trial and of those that are not behind it beyond noise, the best first."""
    if len(setting.data.rounds) > 1:
        return []
    found, settings = list[int](), list[str]()
    for number in state.ranked(setting.data):
        candidate = state.finished[number].candidate.model_copy(update={"why": ""}).to_json()
        if candidate in settings or (found and not _is_level(setting, state, found[0], number)):
            continue
        settings.append(candidate)
        found.append(number)
        if len(found) == MOST_FINALISTS:
            break
    return found if len(found) > 1 else []


def affordable(setting: Setting, state: State, seconds: float | None) -> list[int]:
    """The finalists that can all be trained again within their share of these seconds; none or several.

    Those that an earlier search in this folder began with, where no trial has finished since.
    """
    found = list(state.finalists) or finalists(setting, state)
    if seconds is not None and not state.finalists:
        while len(found) > 1 and needs(setting, state, found) > SHARE * seconds:
            found.pop()
    return found if len(found) > 1 else []


def needs(setting: Setting, state: State, numbers: list[int]) -> float:
    """Seconds for one fresh seed of each, with as many at once as there are workers."""
    busy = [0.0] * setting.executor.workers
    for number in numbers:
        busy[busy.index(min(busy))] += state.finished[number].seconds
    return max(busy)


def hold(setting: Setting, state: State, numbers: list[int], seconds: Callable[[], float | None]) -> None:
    """Trains each of these trials' candidates again, one fresh seed after the other.

    Args:
        seconds: gives what is left for it, None for no limit.
    """
    state.finalists = tuple(numbers)
    for fresh in range(1, FRESH_SEEDS + 1):
        waiting = [number for number in state.finalists if len(state.again.get(number, ())) < fresh]
        left = seconds()
        if left is not None and left < needs(setting, state, waiting):
            return
        _all_again(setting, state, waiting, setting.options.seed + fresh * SEED_STEP)


def restore(setting: Setting, state: State) -> None:
    """Takes back what an earlier search in this folder trained again."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        kept = json.loads(_file(setting).read_text(encoding="utf-8"))
        for number, again in kept.items():
            for one in again:
                per_sample = np.load(_per_sample_file(setting, int(number), one["seed"]), allow_pickle=False)
                state.again.setdefault(int(number), []).append(Again(one["seed"], one["value"], per_sample))
        state.finalists = tuple(int(number) for number in kept if int(number) in state.finished)


def told(state: State) -> tuple[Finalist, ...]:
    """For the result: each finalist's values over its seeds."""
    return tuple(
        Finalist(
            trial=number,
            family=state.finished[number].candidate.family,
            architecture=state.finished[number].candidate.architecture,
            values=state.values(number),
        )
        for number in (state.finalists if state.fresh_seeds() else ())
    )


def _all_again(setting: Setting, state: State, numbers: list[int], seed: int) -> None:
    """Trains these with one fresh seed, as many at once as there are workers."""
    executor, folder = setting.executor, setting.run_dir / checkpoints.FOLDER
    waiting, running = list(numbers), dict[int, Job]()

    def on_note(text: str) -> None:
        state.note(text, setting)

    while waiting or running:
        while waiting and executor.has_room(on_note):
            number = waiting.pop(0)
            candidate = state.finished[number].candidate
            running[number] = Job(number, candidate, setting.trial_seconds, seed, folder, again=True)
            executor.begin(running[number])
        ended = executor.next_ended(_never_ended, on_note, setting.budget.left, OUT_OF_TIME)
        _take_in(setting, state, ended, seed)
        running.pop(ended.number).checkpoints(on_note).remove()


def _never_ended(number: int, step: int, fraction: float, value: float) -> None:
    """None of them is pruned."""


def _take_in(setting: Setting, state: State, ended: Ended, seed: int) -> None:
    """Keeps what a finalist gave with a fresh seed; one that failed with it is none any more.

    Where it was time that ended it, that seed counts for none of the finalists.
    """
    number, outcome = ended.number, ended.outcome
    if outcome is None and ended.state == "pruned":
        state.note("no time was left to train all finalists with as many fresh seeds", setting)
        return
    if outcome is None:
        state.finalists = tuple(one for one in state.finalists if one != number)
        state.note(f"trial {number} failed when it was trained again ({ended.reason})", setting)
    else:
        with files.whole(_per_sample_file(setting, number, seed)) as file:
            np.save(file, outcome.per_sample, allow_pickle=False)
        again = state.again.setdefault(number, [])
        again.append(Again(seed, outcome.summary.value, outcome.per_sample))
    kept = {
        str(one): [{"seed": each.seed, "value": each.value} for each in state.again.get(one, ())]
        for one in state.finalists
    }
    files.write(_file(setting), json.dumps(kept))
    if outcome is not None:
        setting.on_event(TrainedAgain(number, outcome.summary.candidate, seed, outcome.summary.value))


def _is_level(setting: Setting, state: State, first: int, second: int) -> bool:
    """Whether the first is not ahead of the second beyond noise."""
    if first not in state.per_sample or second not in state.per_sample:
        return False
    return not policy.is_behind(setting, state, second, first)


def averaged(state: State, number: int) -> NDArray[np.float64]:
    """`[sample]` what a trial gave, averaged over its seeds."""
    each = [state.per_sample[number], *(one.per_sample for one in state.again.get(number, ()))]
    return np.asarray(np.mean(each, axis=0))


def _file(setting: Setting) -> Path:
    return setting.run_dir / checkpoints.FOLDER / "again.json"


def _per_sample_file(setting: Setting, number: int, seed: int) -> Path:
    return setting.run_dir / checkpoints.FOLDER / f"{number:05d}.again.{seed}.npy"
