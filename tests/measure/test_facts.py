from __future__ import annotations

import numpy as np
import pytest

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.measure import measure


def test_samples_per_class_and_imbalance(source):
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    _, facts = measure(source(list(rows), ["feature"], ["a"] * 30 + ["b"] * 8 + [""] * 2), probe=False)
    assert facts.value("labelled_samples") == 38
    assert facts.value("samples_per_class_min") == 8
    assert facts.value("class_imbalance") == pytest.approx(30 / 8)


def test_lengths_that_vary_are_measured(source):
    samples = [np.zeros((10 + place % 5, 2), dtype=np.float32) for place in range(50)]
    _, facts = measure(source(samples, ["time", "channel"]), probe=False)
    assert facts.value("size_variation_time") == pytest.approx(0.8)
    assert (facts.value("size_time_min"), facts.value("size_time_max")) == (10, 14)


def test_missing_values_are_a_share(source):
    rows = np.ones((20, 4), dtype=np.float32)
    rows[:, 1] = np.nan
    _, facts = measure(source(list(rows), ["feature"]), probe=False)
    assert facts.value("missing_share") == 0.25


def test_words_are_not_missing_numbers(source):
    rows = [np.array(["red", 1.5, None], dtype=object) for _ in range(12)]
    _, facts = measure(source(rows, ["feature"]), probe=False)
    assert facts.value("missing_share") == pytest.approx(1 / 3)


def test_duplicates_and_constants_are_counted(source, series):
    samples = [*series[:20], series[0], np.full_like(series[0], 3)]
    _, facts = measure(source(samples, ["time", "channel"]), probe=False)
    assert (facts.value("duplicate_samples"), facts.value("constant_samples")) == (1, 1)


def test_text_is_counted_in_words(source):
    _, facts = measure(source(["one two three", "one two"] * 10), probe=False)
    assert facts.value("tokens_per_sample") == 2.5
    assert facts.value("distinct_token_share") == pytest.approx(3 / 50)


def test_lag_one_autocorrelation_of_smooth_series(source, series):
    _, facts = measure(source(list(series), ["time", "channel"]), probe=False)
    assert facts.value("autocorrelation_time") == pytest.approx(0.68, abs=0.05)


def test_unreadable_samples_are_left_out_and_counted(source, series):
    samples = list(series[:30])
    given = source(samples, ["time", "channel"])

    def read(place: int) -> np.ndarray:
        if place == 4:
            raise UnreadableSampleError("broken")
        return samples[place]

    object.__setattr__(given, "read", read)
    _, facts = measure(given, probe=False)
    assert facts.value("unreadable_samples") == 1


def test_test_samples_change_no_fact(source, series):
    """They are read to find copies, and for nothing else."""
    parts = ["test" if place % 2 else "train" for place in range(len(series))]
    odd = [one if place % 2 == 0 else np.append(one * 1e6, one, 0) for place, one in enumerate(series)]
    odd[1][0] = np.inf
    labels = ["a", "b"] * 60
    usual, other = (
        measure(source(given, ["time", "channel"], labels, parts=parts), probe_seconds=0)[1]
        for given in (list(series), odd)
    )
    assert usual == other


def test_nothing_readable_is_an_error(source, series):
    given = source(list(series), ["time", "channel"])

    def read(place: int) -> np.ndarray:
        raise UnreadableSampleError("broken")

    object.__setattr__(given, "read", read)
    with pytest.raises(NoDataError, match="at least one readable sample"):
        measure(given)


def test_same_seed_same_facts(source, series):
    given = source(list(series), labels=["a", "b"] * 60)
    assert measure(given, seed=3, probe_seconds=0)[1] == measure(given, seed=3, probe_seconds=0)[1]


def test_lengths_that_barely_differ_count_as_one(source):
    series = [np.zeros((16_000 + 10 * place, 1), dtype=np.float32) for place in range(12)]
    facts = measure(source(series, ("time", "channel")), probe=False)[1]
    assert facts.value("size_variation_time") == 0
    assert facts.value("size_time_max") == 16_110


def test_samples_that_are_blank_in_the_middle_only_are_neither_constant_nor_alike(source):
    series = [np.zeros((4_000, 1), dtype=np.float32) for _ in range(12)]
    for place, one in enumerate(series):
        one[:100] = place + 1
    facts = measure(source(series, ("time", "channel")), probe=False)[1]
    assert (facts.value("constant_samples"), facts.value("duplicate_samples")) == (0, 0)


def test_many_series_of_one_season_show_time(source):
    """Each on its own: what all share at a step says nothing of one step and the next."""
    rng = np.random.default_rng(0)
    season = np.sin(np.arange(120) / 4)[:, None]
    samples = [(season + 0.2 * rng.normal(size=(120, 1))).astype(np.float32) for _ in range(9)]
    _, facts = measure(source(samples, ["time", "channel"], kind="future"))
    assert (facts.value("adjacent_correlation_time") or 0) > 0.7
    assert (facts.value("period") or 0) == pytest.approx(25, abs=1)
    assert (facts.value("order_score_drop") or 0) > 0.1
