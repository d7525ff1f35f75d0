"""What is tried next, and what is given up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import models, spaces
from advisor.models.sizing import first_architecture
from advisor.records import Candidate, Family, Signature, Task
from advisor.search import policy, studies
from advisor.search.policy import Curve
from advisor.search.state import Setting, State
from advisor.tasks import kind_of

SERIES = Signature.model_validate(
    {
        "layout": "series",
        "task": Task.CLASSIFICATION,
        "channels": 1,
        "length": 40,
        "variable_length": True,
        "outputs": 3,
    }
)
FAMILIES = (Family.RNN, Family.CNN, Family.HYBRID)
RIGHT = {"good": 90, "alike": 88, "bad": 20}  # of 100 validation samples


def setting() -> Setting:
    found = {family: studies.spaces_for(family, SERIES) for family in FAMILIES}
    data = SimpleNamespace(
        kind=kind_of(Task.CLASSIFICATION), by_log_loss=False, block=1, judged_groups=None, rounds=(1,)
    )
    return cast(Setting, SimpleNamespace(families=FAMILIES, spaces=found, data=data))


def state(*tried: tuple[Family, str, str]) -> State:
    """After these trials: family, architecture, how good it was."""
    found = State()
    for number, (family, architecture, how) in enumerate(tried):
        per_sample = (np.arange(100) < RIGHT[how]).astype(float)
        row = SimpleNamespace(family=family, architecture=architecture, state="complete")
        candidate = Candidate(family=family, architecture=architecture, params={})
        found.rows.append(cast(Any, row))
        found.finished[number] = cast(
            Any, SimpleNamespace(candidate=candidate, value=float(per_sample.mean()))
        )
        found.per_sample[number] = per_sample
    return found


FAIR = {Family.RNN: "lstm", Family.CNN: "rocket", Family.HYBRID: "cnn_lstm"}


@pytest.mark.parametrize(
    ("rnn", "cnn", "hybrid", "expected"),
    [
        ("alike", "alike", "good", Family.RNN),  # none behind: the advised one first
        ("bad", "alike", "good", Family.CNN),
        ("bad", "bad", "good", Family.HYBRID),
        ("good", "bad", "bad", Family.RNN),
    ],
)
def test_after_the_fair_round(rnn: str, cnn: str, hybrid: str, expected: Family) -> None:
    how = {Family.RNN: rnn, Family.CNN: cnn, Family.HYBRID: hybrid}
    fair = [(family, FAIR[family], how[family]) for family in FAMILIES]
    assert policy.next_family(setting(), state(*fair)) is expected


def test_each_architecture_of_what_is_not_behind_comes_before_a_second_of_the_leader() -> None:
    tried = [
        (Family.RNN, "lstm", "alike"),
        (Family.CNN, "rocket", "alike"),
        (Family.HYBRID, "cnn_lstm", "good"),
    ]
    order = {
        family: [
            space.architecture for space in setting().spaces[family] if space.architecture != FAIR[family]
        ]
        for family in FAMILIES
    }
    turns = []
    while any(order.values()):
        family = policy.next_family(setting(), state(*tried))
        turns.append(family)
        tried.append((family, order[family].pop(0), "alike"))
    assert turns == [Family.RNN, Family.CNN, Family.HYBRID, Family.RNN, Family.CNN]


@pytest.mark.parametrize("layout", ["series", "text", "image", "clip"])
def test_every_architecture_is_among_the_first(layout: str) -> None:
    signature = SERIES.model_copy(update={"layout": layout, "height": 8, "width": 8, "vocabulary": 50})
    for family in models.families(signature):
        among = studies.spaces_for(family, signature)
        names = [space.architecture for space in among]
        first = first_architecture(family, signature, 100)
        bases = {
            name: models.first_candidate(family, signature, samples=100, seconds=5.0, architecture=name)
            for name in [first, *(name for name in names if name != first)]
        }
        found = [one.architecture for one in policy.other_architectures(among, bases)]
        assert sorted(found) == sorted(set(names) - {first})


@pytest.mark.parametrize("best", ["lstm", "gru"])
def test_what_is_stated_for_the_best_architecture_is_queued_once_all_were_tried(best: str) -> None:
    bases = {
        name: models.first_candidate(Family.RNN, SERIES, samples=100, seconds=5.0, architecture=name)
        for name in ("lstm", "gru", "elman")
    }
    opened = studies.open_studies(
        optuna.storages.InMemoryStorage(), (Family.RNN,), run="r", greater_is_better=True
    )
    now = cast(
        Setting, SimpleNamespace(**vars(setting()), studies=opened, bases={Family.RNN: bases})
    )  # fmt: skip
    tried = [(Family.RNN, name, "good" if name == best else "alike") for name in bases]

    def queued(after: State) -> list[str]:
        policy.queue_stated(now, after, Family.RNN)
        return [
            trial.system_attrs["fixed_params"][studies.ARCHITECTURE] for trial in opened[Family.RNN].trials
        ]

    assert queued(state(*tried[:2])) == []
    expected = [best] * len(spaces.load_space(Family.RNN, best).restricted("series", SERIES.task).candidates)
    assert queued(state(*tried)) == expected
    assert queued(state(*tried)) == expected


CURVES = [Curve({3: 0.5, 6: 0.7}, 0.8), Curve({3: 0.6, 6: 0.8}, 0.9), Curve({3: 0.7, 6: 0.85}, 0.88)]


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        (3, 0.31, False),  # 0.3 was gained from here on
        (3, 0.29, True),
        (6, 0.71, False),
        (6, 0.69, True),
        (2, 0.0, False),  # too early
        (4, 0.0, False),  # nothing to compare with
    ],
)
def test_what_is_given_up(step: int, value: float, expected: bool) -> None:
    found = policy.is_hopeless(step, value, CURVES, greater_is_better=True, warm_up=3)
    mirrored = [Curve({at: -v for at, v in one.reported.items()}, -one.final) for one in CURVES]
    assert found is expected
    assert policy.is_hopeless(step, -value, mirrored, greater_is_better=False, warm_up=3) is expected


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8), st.integers(0, 7))
def test_no_finished_trial_would_have_been_given_up(pairs: list[tuple[float, float]], which: int) -> None:
    curves = [Curve({5: reported}, final) for reported, final in pairs]
    best = max(curves, key=lambda curve: curve.final)
    assert not policy.is_hopeless(5, best.reported[5], curves, greater_is_better=True, warm_up=3)


def test_two_finished_trials_are_too_few_to_judge_by() -> None:
    assert not policy.is_hopeless(6, 0.0, CURVES[:2], greater_is_better=True, warm_up=3)
