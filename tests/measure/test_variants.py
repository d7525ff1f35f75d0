"""What the probes say beside the order of all steps: close range, direction, layout, amount, labels."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.measure import measure
from advisor.measure.clock import Clock
from advisor.measure.probes.amount import learning_facts
from advisor.measure.probes.doubts import doubt_facts
from advisor.measure.probes.probing import Targets, gram, interval, out_of_fold

PLENTY = 600.0


def bumps(shapes: dict[str, list[float]], count: int = 60) -> tuple[list[np.ndarray], list[str]]:
    """Series of 48 steps with the shape of their class anywhere, under noise."""
    rng = np.random.default_rng(0)
    labels = [list(shapes)[place % len(shapes)] for place in range(count)]
    samples = 0.2 * rng.normal(size=(count, 48, 1)).astype(np.float32)
    for sample, label in zip(samples, labels, strict=True):
        shape = shapes[label]
        start = rng.integers(0, 48 - len(shape))
        sample[start : start + len(shape), 0] += np.array(shape)
    return list(samples), labels


def test_order_at_close_range_is_told_from_the_course(source):
    close = bumps({"up": [1, 2, 3, 4], "down": [4, 3, 2, 1]})
    course = bumps({"early": [3] * 18 + [0] * 20, "late": [0] * 20 + [3] * 18})
    drops = [
        measure(source(samples, ["time", "channel"], labels), probe_seconds=PLENTY)[1].get(
            "order_drop_shuffled_locally"
        )
        for samples, labels in (close, course)
    ]
    assert drops[0].low > 0.2
    assert drops[1].high < 0.2


def test_direction_is_told_by_asking_backwards(source):
    directed = bumps({"up": [1, 2, 3, 4], "down": [4, 3, 2, 1]})
    symmetric = bumps({"hill": [1, 3, 3, 1], "valley": [3, 1, 1, 3]})
    drops = [
        measure(source(samples, ["time", "channel"], labels), probe_seconds=PLENTY)[1].get(
            "order_drop_reversed"
        )
        for samples, labels in (directed, symmetric)
    ]
    assert drops[0].value > 0.8
    assert abs(drops[1].value) < 0.1


def test_without_time_the_rest_is_left_out_and_said(source):
    samples, labels = bumps({"up": [1, 2, 3, 4], "down": [4, 3, 2, 1]})
    _, facts = measure(source(samples, ["time", "channel"], labels), probe_seconds=0)
    assert facts.get("order_score_drop") is not None
    assert facts.get("memory_horizon") is None
    assert "memory horizon, shuffled locally, reversed" in facts.get("probes_left_out").how


def test_a_clock_says_what_it_left_out():
    clock = Clock(end=0.0)
    assert not clock.allows("this", 1.0)
    assert clock.facts()[0].how.endswith("for: this")


def stripes_or_places(count: int, *, texture: bool) -> tuple[list[np.ndarray], list[str]]:
    """Stripes that lie or stand anywhere; or a light patch above a dark one, or the other way round."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:32, 0:32]
    labels = ["one" if place % 2 else "two" for place in range(count)]
    pictures = 0.4 * rng.normal(size=(count, 32, 32, 1)).astype(np.float32)
    for picture, label in zip(pictures, labels, strict=True):
        if texture:
            along = rows if label == "one" else columns
            picture[:, :, 0] += np.sin(np.pi * along / 2 + rng.uniform(0, 6))
        else:
            sign = 1.5 if label == "one" else -1.5
            picture[:8] += sign
            picture[24:] -= sign
    return list(pictures), labels


@pytest.mark.parametrize(
    ("texture", "tells", "tells_nothing"), [(True, "texture", "layout"), (False, "layout", None)]
)
def test_texture_and_layout_are_told_apart(source, texture, tells, tells_nothing):
    samples, labels = stripes_or_places(80, texture=texture)
    made = source(samples, ["height", "width", "channel"], labels)
    _, facts = measure(made, probe_seconds=PLENTY)
    assert facts.get(f"{tells}_score_drop").low > 0.2
    if tells_nothing:
        assert facts.get(f"{tells_nothing}_score_drop").low < 0.01


def blobs(count: int, dimensions: int, distance: float) -> tuple[np.ndarray, Targets]:
    """Products of two classes of points so far apart, and the classes."""
    rng = np.random.default_rng(0)
    codes = np.arange(count) % 2
    points = rng.normal(size=(count, dimensions))
    points[:, 0] += distance * codes
    return gram(points), Targets(tuple(range(count)), codes, categories=True)


@pytest.mark.parametrize(("dimensions", "helps"), [(200, True), (2, False)])
def test_whether_more_samples_help(dimensions, helps):
    products, wanted = blobs(480, dimensions, 4.0)
    (kept,) = out_of_fold(products, wanted, 0)
    facts = {fact.name: fact for fact in learning_facts(products, kept, wanted, 0, "ridge")}
    assert (facts["learning_gain"].low > 0.01) is helps
    assert facts["learning_score_all"].value == kept.mean()


def test_flipped_labels_are_doubted():
    products, clean = blobs(400, 3, 8.0)
    flipped = np.random.default_rng(1).choice(400, 20, replace=False)
    codes = clean.values.copy()
    codes[flipped] = 1 - codes[flipped]
    names = [str(place) for place in range(400)]
    doubts, accuracy = doubt_facts(products, Targets(clean.kept, codes, True), names, 0, "ridge")
    assert 15 <= doubts.value <= 20
    assert {int(name) for name in doubts.examples} < set(flipped.tolist())
    assert accuracy.value > 0.9


def test_clean_labels_are_not_doubted():
    products, wanted = blobs(400, 3, 8.0)
    doubts, _ = doubt_facts(products, wanted, [""] * 400, 0, "ridge")
    assert doubts.value == 0


def test_an_interval_over_seeds_is_wider_where_they_differ():
    differing = np.add.outer([0.0, 1.0, 2.0], np.arange(50.0))
    same = np.tile(differing.mean(axis=0), (3, 1))
    assert np.ptp(interval(differing)) > np.ptp(interval(same))
