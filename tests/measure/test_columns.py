from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.measure import measure
from advisor.measure.health.ranges import mark_facts
from advisor.measure.quality import constant_place_facts
from advisor.records import Column

RNG = np.random.default_rng(0)
LABELS = ["yes" if value > 0.3 else "no" for value in RNG.normal(size=200)]
NUMBERS = RNG.normal(size=200)


def best(source, column, labels, kind: str, column_kind: str = "number") -> tuple[float, tuple[str, ...]]:
    """The best score of one column beside one of noise."""
    rows = [
        np.array([value, noise], dtype=object)
        for value, noise in zip(column, RNG.normal(size=200), strict=True)
    ]
    given = source(rows, ["feature"], labels, kind=kind)
    columns = (Column(name="told", kind=column_kind), Column(name="noise", kind="number"))
    inputs = (given.spec.input.model_copy(update={"columns": columns}),)
    _, facts = measure(replace(given, spec=given.spec.model_copy(update={"inputs": inputs})), probe=False)
    fact = facts.get("best_column_score")
    assert fact is not None
    return fact.value, fact.examples


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([f"it was {label}" for label in LABELS], "category"),
        ([float(label == "yes") for label in LABELS], "number"),
        ([1.0 if label == "yes" else float("nan") for label in LABELS], "number"),  # known afterwards only
    ],
    ids=["another name", "a number", "missing for one class"],
)
def test_columns_that_hold_the_class_are_named(source, column, kind: str) -> None:
    score, names = best(source, column, LABELS, "category", kind)
    assert score == 1
    assert names == ("told (1)",)


def test_long_numbers_are_not_taken_for_one_value() -> None:
    values = (10**11 + np.arange(50, dtype=np.float64)).astype(np.float32)[:, None]
    assert constant_place_facts(values, "feature")[0].value == 0
    assert constant_place_facts(np.ones((50, 1), np.float32), "feature")[0].value == 1


def test_numbers_in_another_unit_are_named(source) -> None:
    score, names = best(source, 32 + 1.8 * NUMBERS, NUMBERS, "number")
    assert score > 0.9999
    assert [name.split()[0] for name in names] == ["told"]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([float(label == "yes") + noise for label, noise in zip(LABELS, NUMBERS, strict=True)], "number"),
        ([f"name {place}" for place in range(200)], "category"),
        ([float(place) for place in range(200)], "identifier"),
    ],
    ids=["a good column", "names of rows", "a numbering"],
)
def test_columns_that_only_help_are_not(source, column, kind: str) -> None:
    score, names = best(source, column, sorted(LABELS) if kind == "identifier" else LABELS, "category", kind)
    assert score < 0.97
    assert names == ()


@pytest.mark.parametrize(
    ("values", "mark", "found"),
    [
        (NUMBERS, -999.0, True),
        (NUMBERS, 1e20, True),
        (np.arange(200.0) * 50, 9_999.0, False),  # among the others
        (NUMBERS, -500.0, False),  # far out, but no mark
    ],
)
def test_marks_of_missing_values_stand_far_outside(values, mark: float, found: bool) -> None:
    column = np.append(values, [mark] * 5)[:, None]
    (fact,) = mark_facts(column, ["height"])
    assert fact.value == float(found)
    assert fact.examples == ((f"height: {mark:g} (5 times)",) if found else ())


def test_infinite_values_are_counted_apart_from_missing_ones(source, series) -> None:
    samples = list(series[:30])
    samples[3] = samples[3].copy()
    samples[3][2, 1] = -np.inf
    samples[4] = samples[4].copy()
    samples[4][2, 1] = np.nan
    _, facts = measure(source(samples, ["time", "channel"]), probe=False)
    fact = facts.get("infinite_samples")
    assert fact is not None
    assert (fact.value, fact.examples) == (1, ("3",))


def test_infinite_cells_of_a_table_are_counted(tmp_path) -> None:
    from advisor import readers

    rows = [
        f"{place},{'inf' if place == 3 else '' if place == 4 else place / 7},{place % 2}"
        for place in range(60)
    ]
    (tmp_path / "rows.csv").write_text("\n".join(["size,weight,label", *rows]))
    _, facts = measure(readers.read(tmp_path / "rows.csv"), probe=False)
    assert facts.value("infinite_samples") == 1
    assert (facts.value("missing_share") or 0) == pytest.approx(1 / 120)


def test_a_long_series_tells_its_infinite_steps_and_its_marks(source, series) -> None:
    values = np.concatenate(list(series))[:2_000]
    values[[5, 9]] = np.inf
    values[40:60, 2] = -9_999
    _, facts = measure(source([values], ["time", "channel"], kind="future"), probe=False)
    examples = {name: facts.get(name).examples for name in ("infinite_samples", "marked_columns")}
    assert examples == {
        "infinite_samples": ("step 5", "step 9"),
        "marked_columns": ("channel 2: -9999 (20 times)",),
    }
