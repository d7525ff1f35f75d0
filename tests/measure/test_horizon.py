"""The memory horizon: how many steps back matter."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.measure import measure
from advisor.measure.probes.horizon import decorrelation_fact, forecast_horizon_facts, horizon_fact
from advisor.measure.probes.order import _padded
from advisor.measure.probes.probing import Targets, out_of_fold
from advisor.measure.probes.running import next_letter_facts
from advisor.measure.probes.spans import span_products, spans_of


def regressing(lag: int, steps: int = 3000, seed: int = 0) -> np.ndarray:
    """[time, 1] each value 0.8 times that of so many steps back, and noise."""
    values = np.random.default_rng(seed).normal(size=steps)
    for step in range(lag, steps):
        values[step] += 0.8 * values[step - lag]
    return ((values - values.mean()) / values.std())[:, None]


@pytest.mark.parametrize("lag", [1, 5, 50, 300])
def test_the_lag_of_a_series_lies_within_the_horizon(lag):
    (fact,) = forecast_horizon_facts(regressing(lag), np.ones(1), 20)
    assert fact.low <= lag <= fact.high
    assert lag <= fact.value <= 2 * lag


def test_nothing_is_stated_of_noise():
    assert forecast_horizon_facts(np.random.default_rng(0).normal(size=(2000, 1)), np.ones(1), 20) == []


def test_a_short_series_is_not_asked():
    assert forecast_horizon_facts(regressing(1, steps=20), np.ones(1), 20) == []


def echoing(lag: int, samples: int = 120, steps: int = 160) -> tuple[list[np.ndarray], np.ndarray]:
    """Bumps and dips that come again after the lag, as they were or turned over by class."""
    rng = np.random.default_rng(0)
    codes = np.arange(samples) % 2
    values = 0.2 * rng.normal(size=(samples, steps, 1))
    for sample, code in zip(values, codes, strict=True):
        for place in rng.integers(0, steps - lag - 3, 5):
            sign = rng.choice([-2.0, 2.0])
            sample[place : place + 3] += sign
            sample[place + lag : place + lag + 3] += sign if code else -sign
    return list(values.astype(np.float32)), codes


@pytest.mark.parametrize("lag", [4, 40])
def test_the_lag_of_labelled_series_lies_within_the_horizon(lag):
    samples, codes = echoing(lag)
    values, lengths = _padded(samples)
    wanted = Targets(tuple(range(len(codes))), codes, categories=True)
    spans = spans_of(160)
    products = span_products(values, lengths, spans, 0)
    fact = horizon_fact(spans, np.stack([out_of_fold(one, wanted, 0)[0] for one in products]), "")
    assert fact.low <= lag + 3
    assert fact.high >= lag
    assert lag / 2 <= fact.value <= 2 * (lag + 3)


def test_single_steps_that_tell_all_are_a_horizon_of_one(source):
    rng = np.random.default_rng(0)
    labels = ["high" if place % 2 else "low" for place in range(80)]
    samples = [rng.normal(loc=3.0 * (label == "high"), size=(24, 1)).astype(np.float32) for label in labels]
    _, facts = measure(source(samples, ["time", "channel"], labels), probe_seconds=600)
    assert facts.value("memory_horizon") == 1


def test_steps_that_were_averaged_count_as_many():
    scores = np.tile([[0.5], [0.5], [1.0], [1.0]], (1, 30)) + np.random.default_rng(0).normal(
        0, 1e-3, (4, 30)
    )
    fact = horizon_fact([1, 3, 5, 9], scores, "", steps=4.0)
    assert (fact.value, fact.low, fact.high) == (20, 16, 20)


def test_the_longest_context_tried_leaves_the_end_open():
    scores = np.tile([[0.5], [1.0]], (1, 30))
    assert horizon_fact([1, 3], scores, "").high is None


def test_letters_that_depend_on_the_last_two():
    rng = np.random.default_rng(0)
    letters = [0, 1]
    for _ in range(6000):
        letters.append((letters[-1] + letters[-2]) % 4 if rng.random() < 0.9 else int(rng.integers(4)))
    facts = {fact.name: fact for fact in next_letter_facts(["".join("abcd"[one] for one in letters)], 0)}
    assert facts["memory_horizon"].value == 2


def test_words_in_pairs_have_a_horizon_of_two(source):
    rng = np.random.default_rng(0)
    texts = [
        f"{text} {' '.join(rng.choice(list('abcdef'), 3))}"
        for text in ["not good but bad", "not bad but good"] * 40
    ]
    _, facts = measure(source(texts, labels=["minus", "plus"] * 40), probe_seconds=600)
    assert facts.value("memory_horizon") == 2


def test_the_lag_from_which_a_series_is_noise():
    correlation = np.array([1.0, 0.6, 0.3, 0.05, 0.2])
    (fact,) = decorrelation_fact(correlation, 1000, "it")
    assert fact.value == 3
    assert decorrelation_fact(np.linspace(1.0, 0.5, 50), 1000, "it") == []
