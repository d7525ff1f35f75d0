from __future__ import annotations

import csv
import io

import pytest

from advisor.cli.predict import as_csv, formula_in

HARMFUL = "=cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", [HARMFUL, "@SUM(1)", "+1+1", "-2+3", "a,b", 'q"q', "new\nline", "-1.5"])
def test_names_and_labels_are_written_as_they_are(cell: str) -> None:
    rows = [{"id": cell, "prediction": cell, f"p_{cell}": 0.5}]
    (found,) = csv.DictReader(io.StringIO(as_csv(rows)))
    assert found == {"id": cell, "prediction": cell, f"p_{cell}": "0.5"}


@pytest.mark.parametrize(
    ("label", "told"), [(HARMFUL, True), ("@SUM(1)", True), ("-2+3", True), ("-1.5", False), ("a", False)]
)
def test_a_formula_is_told_of_and_a_number_is_none(label: str, told: bool) -> None:
    assert formula_in([{"id": "1.png", "prediction": label, "p": -0.5}]) == (label if told else None)
