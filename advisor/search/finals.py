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

from advisor.errors import TrialError
from advisor.records import Finalist
from advisor.search import checkpoints, files, policy
from advisor.search.candidates import evaluate
from advisor.search.checkpoints import OfTrial
from advisor.search.state import Again, Setting, State

MOST_FINALISTS = 3
FRESH_SEEDS = 2  # for each, where the time suffices
SEED_STEP = 1_000  # between the seeds of a finalist; folds and rounds use the numbers between
SHARE = 0.25  # of the seconds of the search that may go into the finals


def finalists(setting: Setting, state: State) -> list[int]:
    """Numbers of the best trial and of those that are not behind it beyond noise, the best first."""
    if state.best(setting.data) is None or len(setting.data.rounds) > 1:
        return []
    left, found = set(state.finished), list[int]()
    settings = list[str]()
    while left and len(found) < MOST_FINALISTS:
        number = state.best_among(left, setting.data)
        left.remove(number)
        candidate = state.finished[number].candidate.model_copy(update={"why": ""}).to_json()
        if candidate in settings or (found and not _is_level(setting, state, found[0], number)):
            continue
        settings.append(candidate)
        found.append(number)
    return found if len(found) > 1 else []


def affordable(setting: Setting, state: State, seconds: float | None) -> list[int]:
    """The finalists that can all be trained again within their share of these seconds; none or several."""
    found = finalists(setting, state)
    if seconds is not None:
        while len(found) > 1 and needs(state, found) > SHARE * seconds:
            found.pop()
    return found if len(found) > 1 else []


def needs(state: State, numbers: list[int]) -> float:
    """Seconds for one fresh seed of each."""
    return sum(state.finished[number].seconds for number in numbers)


def hold(setting: Setting, state: State, numbers: list[int], seconds: Callable[[], float | None]) -> None:
    """Trains each of these trials' candidates again, one fresh seed after the other.

    Args:
        seconds: gives what is left for it, None for no limit.
    """
    for fresh in range(1, FRESH_SEEDS + 1):
        left = seconds()
        if left is not None and left < needs(state, numbers):
            return
        for number in numbers:
            if len(state.again.get(number, ())) < fresh:
                _again(setting, state, number, setting.options.seed + fresh * SEED_STEP)


def restore(setting: Setting, state: State) -> None:
    """Takes back what an earlier search in this folder trained again."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        for number, again in json.loads(_file(setting).read_text(encoding="utf-8")).items():
            for one in again:
                per_sample = np.load(_per_sample_file(setting, int(number), one["seed"]), allow_pickle=False)
                state.again.setdefault(int(number), []).append(Again(one["seed"], one["value"], per_sample))


def told(state: State) -> tuple[Finalist, ...]:
    """For the result: each finalist's values over its seeds."""
    return tuple(
        Finalist(
            trial=number,
            family=state.finished[number].candidate.family,
            architecture=state.finished[number].candidate.architecture,
            values=state.values(number),
        )
        for number in state.again
        if number in state.finished
    )


def _again(setting: Setting, state: State, number: int, seed: int) -> None:
    candidate = state.finished[number].candidate
    saved = OfTrial(
        setting.run_dir / checkpoints.FOLDER, f"{number:05d}.again", f"{candidate.to_json()}; seed {seed}",
        lambda text: state.note(text, setting),
    )  # fmt: skip
    try:
        outcome = evaluate(
            candidate, setting.data, setting.compute, seconds=setting.trial_seconds, seed=seed,
            on_report=lambda step, fraction, value: None, checkpoints=saved,
        )  # fmt: skip
    except TrialError as error:
        state.note(f"trial {number} failed when it was trained again ({error})", setting)
        return
    with files.whole(_per_sample_file(setting, number, seed)) as file:
        np.save(file, outcome.per_sample, allow_pickle=False)
    state.again.setdefault(number, []).append(Again(seed, outcome.summary.value, outcome.per_sample))
    kept = {
        str(one): [{"seed": a.seed, "value": a.value} for a in again] for one, again in state.again.items()
    }
    files.write(_file(setting), json.dumps(kept))
    saved.remove()


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
