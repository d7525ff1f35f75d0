"""What a random split would have scored beside one that keeps groups, or time, apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from advisor.measure import measure
from advisor.measure.health.origins import origin_facts
from advisor.measure.looks import choose, look
from advisor.measure.probes.split_probe import cluster_interval, group_folds, split_facts
from advisor.readers.source import Source
from advisor.records import Column, Facts

SUBJECTS, EACH = 24, 10
Make = Callable[..., Source]


def source_of(make: Make, rows: NDArray[np.float64], labels: NDArray[np.generic], **given: object) -> Source:
    """A table of numbers."""
    kind = "number" if labels.dtype.kind == "f" else "category"
    source = make([row.astype(object) for row in rows], ["feature"], labels, kind)
    first = source.spec.inputs[0]
    columns = tuple(Column(name=f"c{i}", kind="number") for i in range(rows.shape[1]))
    spec = source.spec.model_copy(update={"inputs": (first.model_copy(update={"columns": columns}),)})
    return replace(source, spec=spec, **given)  # type: ignore[arg-type]


def subjects(make: Make, *, leak: bool, series: bool = False, number: bool = False) -> Source:
    """Each subject has an offset of its own and mostly one class; or neither, and the class shows itself."""
    rng = np.random.default_rng(3)
    who = np.repeat(np.arange(SUBJECTS), EACH)
    own = rng.integers(0, 2, SUBJECTS)[who]
    classes = np.where(rng.random(len(who)) < 0.9, own, 1 - own) if leak else rng.integers(0, 2, len(who))
    values = rng.normal(size=(len(who), 5))
    values += 3 * rng.normal(size=(SUBJECTS, 5))[who] if leak else 0
    values[:, 0] += 0 if leak else 1.5 * classes
    labels = classes + 0.1 * rng.normal(size=len(who)) if number else np.array(["no", "yes"])[classes]
    groups = np.array([f"s{i}" for i in who])
    if series:
        samples = [np.repeat(row[None], 12, axis=0) + 0.3 * rng.normal(size=(12, 5)) for row in values]
        return replace(make(samples, ["time", "channel"], labels), groups=groups)
    return source_of(make, values, labels.astype(float if number else object), groups=groups)


def probed(source: Source) -> Facts:
    """The facts of the probe alone."""
    looks = look(source, choose(source, 0), 5.0)
    return Facts(facts=tuple([*origin_facts(source, 0), *split_facts(source, looks, 0)]))


def gap(found: Facts) -> tuple[float, float, float]:
    fact = found.get("split_score_gap")
    assert fact is not None
    assert fact.value is not None
    assert fact.low is not None
    assert fact.high is not None
    return fact.low, fact.value, fact.high


@pytest.mark.parametrize("form", ["table", "series", "number"])
def test_what_a_model_learnt_of_the_subject_is_too_good(source: Make, form: str) -> None:
    found = probed(subjects(source, leak=True, series=form == "series", number=form == "number"))
    naive, honest = (found.value(f"split_score_{name}") for name in ("naive", "proposed"))
    assert naive is not None
    assert honest is not None
    assert naive > honest + 0.2
    assert gap(found)[0] > 0.05
    assert gap(found)[1] == pytest.approx(naive - honest)


def test_subjects_that_do_not_leak_make_no_difference(source: Make) -> None:
    found = measure(subjects(source, leak=False))[1]
    low, value, high = gap(found)
    assert abs(value) < 0.05
    assert low < 0.02 < 0.2 > high
    assert (found.value("split_score_proposed") or 0) > 0.65


def rows_in_time(make: Make, *, drift: bool, sort: bool = False) -> Source:
    """A class by two columns; which of them tells it, and how often it is true, may change with time."""
    rng = np.random.default_rng(1)
    moments = np.sort(rng.random(600)) if sort else rng.random(600)
    values = rng.normal(size=(600, 4))
    angle = 2.5 * moments if drift else np.zeros(600)
    truth = values[:, 0] * np.cos(angle) + values[:, 1] * np.sin(angle) + (moments - 0.5) * drift
    return source_of(
        make, values, np.where(truth > 0, "a", "b").astype(object), moments=moments, moment_name="when"
    )


def test_a_drift_is_found_and_what_knowing_the_future_is_worth(source: Make) -> None:
    found = probed(rows_in_time(source, drift=True))
    drift = found.get("target_drift")
    assert drift is not None
    assert (drift.low or 0) > 0.01
    assert gap(found)[0] > 0.02
    assert 0.4 < (found.value("rows_in_time_order") or 0) < 0.6


def test_without_drift_time_makes_no_difference(source: Make) -> None:
    found = probed(rows_in_time(source, drift=False, sort=True))
    assert abs(found.value("target_drift") or 0) < 0.02
    assert gap(found)[0] < 0.02
    assert found.value("rows_in_time_order") == 1.0


def test_drift_is_measured_without_the_probe(source: Make) -> None:
    found = measure(rows_in_time(source, drift=True), probe=False)[1]
    assert found.get("target_drift") is not None
    assert found.get("split_score_gap") is None


def test_too_few_groups_are_not_compared(source: Make) -> None:
    many = subjects(source, leak=True)
    few = replace(many, groups=np.where(np.asarray(many.groups) < "s2", "a", "b"))
    assert probed(few).get("split_score_gap") is None


@pytest.mark.parametrize("seed", range(3))
def test_no_group_is_on_both_sides_of_a_fold(seed: int) -> None:
    groups = np.random.default_rng(seed).integers(0, 7, 90)
    held = [held for train, held in group_folds(groups, seed) if not set(groups[train]) & set(groups[held])]
    assert sorted(np.concatenate(held).tolist()) == list(range(90))


def test_the_interval_of_clusters_is_that_of_their_means_where_they_are_constant() -> None:
    means = np.array([0.1, 0.4, 0.5, 0.9])
    low, high = cluster_interval(np.repeat(means, 30), np.repeat(np.arange(4), 30))
    error = means.std(ddof=1) / 2
    assert (low + high) / 2 == pytest.approx(means.mean())
    assert high - low == pytest.approx(
        2 * 3.182446 * error, rel=1e-4
    )  # Student's t, three degrees of freedom
