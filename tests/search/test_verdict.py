"""The verdict on the advice, and the network against the baselines: truth tables."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.records import Family, Task
from advisor.search.ending.verdict import advice, beats_baselines
from advisor.tasks import TASKS

KIND = TASKS[Task.CLASSIFICATION]
GOOD, FAIR, POOR = (np.array([1.0] * right + [0.0] * (100 - right)) for right in (95, 93, 50))


@pytest.mark.parametrize(
    ("rnn", "cnn", "hybrid", "verdict", "against"),
    [
        (GOOD, POOR, POOR, "confirmed", Family.CNN),
        (POOR, GOOD, POOR, "contradicted", Family.CNN),
        (POOR, POOR, GOOD, "contradicted", Family.HYBRID),
        (GOOD, GOOD, POOR, "undecided", Family.CNN),
        (GOOD, None, POOR, "confirmed", Family.HYBRID),
        (GOOD, None, None, "untested", None),
        (None, GOOD, POOR, "untested", None),
    ],
)
def test_verdicts(rnn, cnn, hybrid, verdict, against) -> None:  # type: ignore[no-untyped-def]
    found = {Family.RNN: rnn, Family.CNN: cnn, Family.HYBRID: hybrid}
    outcome = advice(Family.RNN, {family: one for family, one in found.items() if one is not None}, KIND)
    assert (outcome.verdict, outcome.against) == (verdict, against)


def test_the_gap_is_the_advised_family_s_advantage() -> None:
    outcome = advice(Family.RNN, {Family.RNN: GOOD, Family.CNN: POOR}, KIND)
    assert outcome.gap == pytest.approx(0.45)
    assert outcome.ci95 is not None
    assert outcome.ci95[0] < 0.45 < outcome.ci95[1]


def test_too_few_samples_say_nothing() -> None:
    outcome = advice(Family.RNN, {Family.RNN: GOOD[:29], Family.CNN: POOR[:29]}, KIND)
    assert outcome.verdict == "untested"
    assert "29 validation samples" in outcome.why


@pytest.mark.parametrize(
    ("network", "answer"), [(np.ones(100), "yes"), (GOOD, "tied"), (FAIR, "no"), (POOR, "no")]
)
def test_against_the_best_baseline(network: np.ndarray, answer: str) -> None:  # type: ignore[type-arg]
    outcome = beats_baselines(network, {"majority": POOR, "ridge": FAIR}, KIND)
    assert outcome.best_baseline == "ridge"
    assert outcome.answer == answer


def test_where_smaller_is_better_the_baseline_with_the_smallest_error_is_the_best() -> None:
    errors = {"mean": np.full(50, 2.0), "ridge": np.full(50, 1.0)}
    outcome = beats_baselines(np.full(50, 0.5), errors, TASKS[Task.FORECASTING])
    assert (outcome.best_baseline, outcome.answer) == ("ridge", "yes")


def test_groups_that_err_together_leave_the_verdict_open() -> None:
    groups = np.array([f"s{i // 20}" for i in range(120)])
    better = (groups == "s0") | (groups == "s3")  # on two of six speakers only
    found = {Family.RNN: np.where(better, 1.0, 0.5), Family.CNN: np.full(120, 0.5)}
    assert advice(Family.RNN, found, KIND).verdict == "confirmed"
    assert advice(Family.RNN, found, KIND, groups=groups).verdict == "undecided"
    assert beats_baselines(found[Family.RNN], {"a": found[Family.CNN]}, KIND, groups=groups).answer == "tied"


@pytest.mark.parametrize(("count", "said"), [(1, "one group"), (3, "3 groups only"), (6, "")])
def test_few_groups_are_said(count: int, said: str) -> None:
    groups = np.array([f"s{i % count}" for i in range(100)])
    outcome = advice(Family.RNN, {Family.RNN: GOOD, Family.CNN: POOR}, KIND, groups=groups)
    assert said in outcome.why
    assert bool(outcome.why) == bool(said)
