"""Tables whose columns stand in another order than in training, or lack some."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from advisor import prepare, workflow
from advisor.bundle import BundleCard, save
from advisor.errors import DataError, RunError
from advisor.models import build, first_candidate
from advisor.readers import entire, read
from advisor.records import Family, Task

NAMES = ("size", "weight", "kind", "label")
ROWS = tuple((str(i % 7), str(i * 37 % 11), "xyz"[i * i % 3], "ab"[i % 2]) for i in range(60))


def table(names: tuple[str, ...], place: Path, *, header: bool = True) -> Path:
    """The columns of these names in this order; those that are unknown hold ones."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([names] if header else [])
    for row in ROWS:
        writer.writerow([dict(zip(NAMES, row, strict=True)).get(name, "1") for name in names])
    place.write_text(text.getvalue())
    return place


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    source = entire(read(table(NAMES, folder / "rows.csv"), target="label"))
    fitted = prepare.fit(source, prepare.make_split(source, Task.CLASSIFICATION), Task.CLASSIFICATION)
    signature = fitted.signature()
    candidate = first_candidate(
        Family.MLP, signature, samples=50, seconds=0.1, mirror_ok=False, flops_per_second=1e8
    )
    card = BundleCard(
        created="2026-01-01T00:00:00Z", run="test", inputs=source.spec.inputs, candidate=candidate,
        signature=signature, task=Task.CLASSIFICATION, metric="accuracy", greater_is_better=True,
        parameters=1,
    )  # fmt: skip
    save(folder / "model", card=card, preprocessing=fitted, network=build(candidate, signature, seed=0))
    return folder / "model"


@pytest.mark.parametrize(
    "names", [("kind", "size", "weight"), ("weight", "more", "kind", "label", "size"), NAMES]
)
def test_columns_are_found_by_their_names(names: tuple[str, ...], bundle: Path, tmp_path: Path) -> None:
    expected = workflow.predict(bundle, table(NAMES[:3], tmp_path / "new.csv")).rows
    assert len({row["p_a"] for row in expected}) > 5
    assert workflow.predict(bundle, table(names, tmp_path / "new.csv")).rows == expected


def test_a_test_score_holds_with_the_columns_in_another_order(bundle: Path, tmp_path: Path) -> None:
    scores = [
        workflow.evaluate(bundle, table(names, tmp_path / "new.csv")).score.value
        for names in (NAMES, NAMES[::-1])
    ]
    assert scores[0] == scores[1]


def test_a_missing_column_is_named(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"lacks 'kind', which .* \(found size, weight, other\)"):
        workflow.predict(bundle, table(("size", "weight", "other"), tmp_path / "new.csv"))


def test_without_a_header_places_count(bundle: Path, tmp_path: Path) -> None:
    named = workflow.predict(bundle, table(NAMES[:3], tmp_path / "new.csv")).rows
    assert workflow.predict(bundle, table(NAMES[:3], tmp_path / "new.csv", header=False)).rows == named


def test_a_category_that_looks_like_a_number_stays_the_same() -> None:
    from advisor.prepare.tables import _name

    assert [_name(cell) for cell in (1.0, 2.5, "1", float("nan"), None)] == ["1", "2.5", "1", "", ""]


def test_an_export_for_other_programs_is_no_damaged_bundle(bundle: Path, tmp_path: Path) -> None:
    workflow.export(bundle, "pt2", tmp_path / "out")
    with pytest.raises(RunError, match=r"holds model\.pt2, which is for other programs"):
        workflow.predict(tmp_path / "out", tmp_path)
