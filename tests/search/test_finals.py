"""The best trials again with fresh seeds."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from advisor.records import Candidate, Family, Task
from advisor.search import events
from advisor.search.ending import finals
from advisor.search.ending.outcome import Finished
from advisor.search.state import Again, Setting, State
from advisor.search.workers.executor import Ended
from advisor.tasks import kind_of


def setting(rounds: int = 1) -> Setting:
    data = SimpleNamespace(
        kind=kind_of(Task.CLASSIFICATION),
        by_log_loss=False,
        block=1,
        judged_groups=None,
        rounds=(1,) * rounds,
    )
    return cast(Setting, SimpleNamespace(data=data, executor=SimpleNamespace(workers=1)))


def state(*right: int, params: tuple[int, ...] = ()) -> State:
    """Trials that were right on so many of 100 validation samples and took a second each."""
    found = State()
    for number, count in enumerate(right):
        widths = {"width": params[number] if params else number}
        candidate = Candidate(family=Family.CNN, architecture="plain", params=cast(Any, widths))
        found.finished[number] = cast(
            Any, SimpleNamespace(candidate=candidate, value=count / 100, seconds=1.0)
        )
        found.per_sample[number] = (np.arange(100) < count).astype(float)
    return found


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ((90, 89, 40), [0, 1]),  # the third is behind beyond noise
        ((88, 90, 89, 90), [1, 3, 2]),  # three at most
        ((90, 40), []),  # nobody to be trained against
        ((90,), []),
        ((), []),
    ],
)
def test_who_the_finalists_are(right: tuple[int, ...], expected: list[int]) -> None:
    assert finals.finalists(setting(), state(*right)) == expected


def test_the_same_settings_are_a_finalist_once() -> None:
    assert finals.finalists(setting(), state(90, 90, 89, params=(8, 8, 16))) == [0, 2]


def test_folds_were_trained_with_several_seeds_already() -> None:
    assert finals.finalists(setting(rounds=6), state(90, 89)) == []


@pytest.mark.parametrize(("seconds", "count"), [(None, 3), (12.0, 3), (9.0, 2), (7.0, 0)])
def test_a_quarter_of_the_search_at_most(seconds: float | None, count: int) -> None:
    assert len(finals.affordable(setting(), state(90, 89, 88), seconds)) == count


def test_the_best_mean_wins_over_the_luckiest_seed() -> None:
    found, nothing = state(90, 89), np.zeros(100)
    found.again, found.finalists = {0: [Again(1, 0.80, nothing)], 1: [Again(1, 0.89, nothing)]}, (0, 1)
    assert found.best(setting().data) == 1


def test_a_round_that_was_interrupted_does_not_count() -> None:
    found, nothing = state(90, 89), np.zeros(100)
    found.again = {0: [Again(1, 0.90, nothing), Again(2, 0.1, nothing)], 1: [Again(1, 0.88, nothing)]}
    found.finalists = (0, 1)
    assert found.values(0) == (0.90, 0.90)
    assert found.best(setting().data) == 0


def test_a_trial_that_finishes_after_the_finals_may_win() -> None:
    found, nothing = state(80, 79), np.zeros(100)
    found.again, found.finalists = {0: [Again(1, 0.8, nothing)], 1: [Again(1, 0.8, nothing)]}, (0, 1)
    late = state(80, 79, 99)
    outcome = SimpleNamespace(summary=late.finished[2], per_sample=late.per_sample[2], weights={})
    found.keep(2, cast(Any, outcome), setting().data)
    assert found.best(setting().data) == 2
    assert finals.told(found) == ()


@pytest.mark.parametrize(("how", "left"), [("pruned", (0, 1)), ("failed", (0,))])
def test_a_seed_that_time_ended_is_no_failure(how: Any, left: tuple[int, ...], tmp_path: Path) -> None:
    found, said = state(90, 89), list[str]()
    found.finalists, found.note = (0, 1), lambda text, _: said.append(text)  # type: ignore[method-assign]
    where = cast(Setting, SimpleNamespace(run_dir=tmp_path))
    finals._take_in(where, found, Ended(1, how, 1.0, "why"), 1_000)
    assert found.finalists == left
    assert len(said) == 1


@pytest.mark.parametrize(("workers", "seconds"), [(1, 6.0), (2, 4.0), (3, 3.0)])
def test_finalists_share_the_workers(workers: int, seconds: float) -> None:
    found = state(90, 89, 88)
    for number, taken in enumerate((1.0, 2.0, 3.0)):
        cast(Any, found.finished[number]).seconds = taken
    where = cast(Setting, SimpleNamespace(executor=SimpleNamespace(workers=workers)))
    assert finals.needs(where, found, [0, 1, 2]) == seconds


def test_a_search_says_what_its_finalists_gave(searched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finals, "_is_level", lambda *_: True)
    finished: Finished = searched("run")
    told = finished.result.finalists
    assert len(told) >= 2
    assert {len(one.values) for one in told} == {1 + finals.FRESH_SEEDS}
    assert len({value for one in told for value in one.values}) > len(told)  # other seeds, other values
    assert finished.result.chosen_by == "log loss"
    best = min(told, key=lambda one: float(np.mean(one.values)))
    assert finished.result.best is not None
    assert finished.result.best.trial == best.trial


@pytest.mark.slow
def test_finals_that_were_interrupted_end_as_undisturbed_ones(
    searched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        """Stands for kill -9: nothing in the program expects it."""

    def die(event: events.Event) -> None:
        if isinstance(event, events.TrainedAgain):
            raise KilledError

    monkeypatch.setattr(finals, "_is_level", lambda *_: True)
    undisturbed = searched("undisturbed", trials=3).result
    with pytest.raises(KilledError):
        searched("killed", die, trials=3)
    told: list[int] = []
    result = searched(
        "killed", lambda event: told.append(1) if isinstance(event, events.TrainedAgain) else None, trials=3
    ).result
    assert result.finalists == undisturbed.finalists
    assert result.best.test.value == undisturbed.best.test.value
    assert len(told) == sum(len(one.values) - 1 for one in undisturbed.finalists) - 1
