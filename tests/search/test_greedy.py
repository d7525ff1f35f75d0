from __future__ import annotations

import numpy as np
import pytest

from advisor.records import Task
from advisor.search.ending import greedy
from advisor.tasks import kind_of
from advisor.tasks.kinds import Array

ROWS, NO_LIMITS = 600, (np.inf, np.inf)


def rows(errors: dict[int, Array], targets: Array, seed: int = 0) -> greedy.Rows:
    """Models of one number, which say the target and their error."""
    samples = np.arange(len(targets))
    said = {model: (targets + error)[:, None] for model, error in errors.items()}
    return greedy.Rows(
        said, targets[:, None], samples, greedy.folds_of(samples, block=1, groups=None, seed=seed)
    )


def noise(count: int, seed: int) -> dict[int, Array]:
    generator = np.random.default_rng(seed)
    return {model: generator.normal(size=ROWS) for model in range(count)}


def judged(found: greedy.Rows, single: int, limits: tuple[float, ...] = NO_LIMITS) -> greedy.Judged:
    kind, costs = kind_of(Task.FORECASTING), {model: (1.0, 10.0 * (1 + model)) for model in found.said}
    return greedy.judge(
        found, single, kind, costs, limits, of_classes=False, block=1, groups=None
    )  # fmt: skip


def test_models_whose_errors_differ_gain_by_being_averaged() -> None:
    found = judged(rows(noise(4, seed=0), np.zeros(ROWS)), single=0)
    assert len(found.picks) == 4
    assert found.ci95[0] > 0.5  # of the error 1 of each about a quarter is left
    assert found.gain == pytest.approx(0.75, abs=0.1)


def test_models_that_all_err_alike_gain_nothing() -> None:
    same = np.random.default_rng(0).normal(size=ROWS)
    found = judged(rows({0: same, 1: same, 2: 3 * same}, np.zeros(ROWS)), single=0)
    assert len(found.picks) == 1
    assert found.gain == pytest.approx(0.0)


@pytest.mark.parametrize("seed", range(4))
def test_luck_is_not_taken_for_gain(seed: int) -> None:
    """The best of guesses at random, chosen and averaged, are no better on samples left out."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 2, size=200)
    samples = np.arange(200)
    said = {model: greedy.form(generator.normal(size=(200, 2)), of_classes=True) for model in range(10)}
    kind = kind_of(Task.CLASSIFICATION)
    hits = {m: float((one.argmax(axis=1) == targets).mean()) for m, one in said.items()}
    found = greedy.judge(
        greedy.Rows(said, targets, samples, greedy.folds_of(samples, block=1, groups=None, seed=seed)),
        max(hits, key=hits.__getitem__), kind, {m: (1.0,) for m in said}, (np.inf,),
        of_classes=True, block=1, groups=None,
    )  # fmt: skip
    assert found.ci95[0] <= 0


@pytest.mark.parametrize(("limits", "most"), [((2.0, np.inf), 2), ((np.inf, 30.0), 2), ((0.5, 1.0), 1)])
def test_no_choice_costs_more_than_the_limits(limits: tuple[float, ...], most: int) -> None:
    found = judged(rows(noise(4, seed=1), np.zeros(ROWS)), single=0, limits=limits)
    assert len(found.picks) == most
    assert found.per_row.shape == (ROWS,)


def test_what_belongs_together_is_never_chosen_and_judged_by() -> None:
    samples = np.repeat(np.arange(100), 2)
    groups = np.array([f"speaker {i // 10}" for i in range(100)])
    by_group = greedy.folds_of(samples, block=1, groups=groups, seed=0)
    assert all(len(set(by_group[np.repeat(groups, 2) == group])) == 1 for group in set(groups))
    in_time = greedy.folds_of(np.arange(100), block=8, groups=None, seed=0)
    assert (np.diff(in_time) >= 0).all()
    assert set(in_time) == set(range(greedy.FOLDS))


def repeats(errors: Array) -> greedy.Rows:
    """One model of one number, several rows `[repeat, sample]` of every sample."""
    samples = np.tile(np.arange(errors.shape[1]), len(errors))
    order = np.random.default_rng(9).permutation(len(samples))  # folds come in any order
    samples, said = samples[order], errors.reshape(-1, 1)[order]
    return greedy.Rows({0: said}, np.zeros_like(said), samples, samples * 0)


def of_repeats(errors: Array) -> greedy.Judged:
    kind = kind_of(Task.FORECASTING)
    return greedy.judge_repeats(repeats(errors), 0, kind, of_classes=False, block=1, groups=None)


def test_repeats_whose_errors_differ_gain_by_being_averaged() -> None:
    found = of_repeats(np.random.default_rng(0).normal(size=(2, ROWS)))
    assert found.gain == pytest.approx(0.5, abs=0.1)  # of the error 1 of each a half is left
    assert found.ci95[0] > 0.3
    assert len(found.per_row) == len(found.outputs) == len(found.targets) == ROWS


def test_repeats_that_all_say_the_same_gain_nothing() -> None:
    found = of_repeats(np.tile(np.random.default_rng(0).normal(size=ROWS), (3, 1)))
    assert found.gain == pytest.approx(0.0)
