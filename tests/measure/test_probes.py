from __future__ import annotations

import numpy as np
import pytest

from advisor.measure import measure
from advisor.measure.probes.order import shuffle_time


def rising_and_falling(count: int = 80) -> tuple[list[np.ndarray], list[str]]:
    """Series with the same values, rising or falling: only their order tells the class."""
    rng = np.random.default_rng(0)
    labels = ["up" if place % 2 else "down" for place in range(count)]
    rises = [np.sort(rng.normal(size=(24, 1)), axis=0).astype(np.float32) for _ in labels]
    return [rise if label == "up" else rise[::-1] for rise, label in zip(rises, labels, strict=True)], labels


def test_order_that_tells_the_class_is_found(source):
    samples, labels = rising_and_falling()
    drop = measure(source(samples, ["time", "channel"], labels), probe_seconds=0)[1].get("order_score_drop")
    assert drop is not None
    assert drop.low > 0.2


def test_order_that_tells_nothing_costs_nothing(source):
    rng = np.random.default_rng(0)
    labels = ["high" if place % 2 else "low" for place in range(80)]
    samples = [rng.normal(loc=3.0 * (label == "high"), size=(24, 1)).astype(np.float32) for label in labels]
    drop = measure(source(samples, ["time", "channel"], labels), probe_seconds=0)[1].get("order_score_drop")
    assert drop is not None
    assert drop.low <= 0.01


def test_numbers_are_probed_by_r_squared(source):
    samples, labels = rising_and_falling()
    values = [1.0 if label == "up" else -1.0 for label in labels]
    _, facts = measure(source(samples, ["time", "channel"], values, kind="number"), probe_seconds=0)
    assert facts.get("order_score_drop").unit == "R2"
    assert facts.value("order_score_drop") > 0.3


@pytest.mark.parametrize("labels", [None, ["a"] * 80, [str(place) for place in range(80)]])
def test_without_usable_labels_order_is_not_measured(source, labels):
    samples, _ = rising_and_falling()
    _, facts = measure(source(samples, ["time", "channel"], labels), probe_seconds=0)
    assert facts.get("order_score_drop") is None


def test_word_order_is_found(source):
    words = ["not good but bad", "not bad but good"] * 40
    rng = np.random.default_rng(0)
    texts = [f"{text} {' '.join(rng.choice(list('abcdef'), 3))}" for text in words]
    _, facts = measure(source(texts, labels=["minus", "plus"] * 40))
    assert facts.get("order_score_drop").low > 0.1


def test_clips_whose_direction_is_the_class(source, clips):
    columns = clips.max(axis=2).argmax(axis=2)
    rightward = [clip if way[-1] > way[0] else clip[::-1] for clip, way in zip(clips, columns, strict=True)]
    labels = ["left" if place % 2 else "right" for place in range(len(clips))]
    samples = [clip[::-1] if label == "left" else clip for clip, label in zip(rightward, labels, strict=True)]
    _, facts = measure(source(samples, labels=labels), probe_seconds=0)
    assert facts.get("order_score_drop").low > 0.2


def test_shuffling_keeps_the_padding_and_the_steps():
    values = np.arange(20, dtype=np.float32).reshape(2, 5, 2) + 1
    values[1, 3:] = 0
    shuffled = shuffle_time(values, np.array([5, 3]), np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(shuffled, axis=1), np.sort(values, axis=1))
    np.testing.assert_array_equal(shuffled[1, 3:], 0)


def handed(count: int, *, flips: bool) -> tuple[list[np.ndarray], list[str]]:
    """Bright left or right halves (a flip swaps the classes) or bright and dark pictures (it does not)."""
    rng = np.random.default_rng(0)
    labels = ["one" if place % 2 else "two" for place in range(count)]
    pictures = rng.normal(size=(count, 20, 20, 1)).astype(np.float32)
    for picture, label in zip(pictures, labels, strict=True):
        half = slice(None) if flips else slice(0, 10)
        picture[:, half] += 2.0 * (label == "one")
        if not flips:
            picture[:, 10:] += 2.0 * (label == "two")
    return list(pictures), labels


@pytest.mark.parametrize(("flips", "low", "high"), [(True, 0.9, 1.1), (False, -1.2, 0.1)])
def test_mirror_ratio_tells_whether_flips_do_harm(source, flips, low, high):
    samples, labels = handed(80, flips=flips)
    _, facts = measure(source(samples, ["height", "width", "channel"], labels))
    assert low <= facts.value("mirror_score_ratio") <= high


def long_series(source, values: np.ndarray):
    return measure(source([values.astype(np.float32)], ["time", "channel"], kind="future"))[1]


def test_the_period_of_a_long_series_is_found_under_trend_and_noise(source):
    steps = np.arange(600)
    values = np.sin(2 * np.pi * steps / 24) + 0.01 * steps + 0.2 * np.random.default_rng(0).normal(size=600)
    assert long_series(source, values[:, None]).value("period") == 24


def test_noise_has_no_period_and_no_order(source):
    facts = long_series(source, np.random.default_rng(0).normal(size=(600, 1)))
    assert facts.get("period") is None
    assert facts.value("order_score_drop") < 0.1


def test_the_next_value_of_a_wave_needs_the_order_of_the_last(source):
    wave = np.sin(2 * np.pi * np.arange(600) / 24)[:, None]
    assert long_series(source, wave).get("order_score_drop").low > 0.5
