"""Tables in the odd ways that public data come in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import UnsafeDataError
from advisor.readers.source import Source
from advisor.readers.table.sparse_rows import table_of

RNG = np.random.default_rng(0)


def read(path: Path, text: str) -> Source:
    path.write_text(text)
    return readers.read(path)


def test_sparse_rows(tmp_path: Path) -> None:
    lines = [f"{'+1' if i % 2 else '-1'} 1:{i / 60:.2f} 3:{i % 7} 6:1" for i in range(60)]
    source = read(tmp_path / "heart", "\n".join(["1", *lines]))
    assert source.spec.format == "table"
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("-1", "1")
    assert source.spec.input.axis("feature").size == 6


def test_sparse_rows_are_not_filled_beyond_a_limit() -> None:
    with pytest.raises(UnsafeDataError, match="cells"):
        table_of("1 1:1\n1 999999999:1")


def test_parts_within_one_json_file(tmp_path: Path) -> None:
    def rows(count: int) -> list[list[str]]:
        return [[f"please tell me about number {i}", ("rain", "sun")[i % 2]] for i in range(count)]

    parts = {"val": rows(10), "oos_val": rows(6), "train": rows(40), "oos_test": rows(8)}
    source = read(tmp_path / "data_full.json", json.dumps(parts))
    assert source.spec.format == "text-table"
    splits = source.spec.splits
    assert (splits.train, splits.validation, splits.test) == (40, 16, 8)


def test_a_long_preface_and_dates_without_names(tmp_path: Path) -> None:
    preface = [f"# note {i}" for i in range(72)] + ["#   date   average"]
    values = [f"{1990 + i // 12}  {i % 12 + 1}  {1990 + i / 12:.3f}  {350 + i * 0.1:.2f}" for i in range(120)]
    source = read(tmp_path / "co2.txt", "\n".join([*preface, *values]))
    assert source.spec.format == "csv-series"
    assert source.timestamps is not None
    assert source.timestamps[13] == "1991-02-01T00:00:00"


def test_years_of_two_digits(tmp_path: Path) -> None:
    days = [f"61  1 {day:2d} {10 + RNG.normal():.2f} {8 + RNG.normal():.2f}" for day in range(1, 32)]
    source = read(tmp_path / "wind.data", "\n".join(["Yr Mo Dy   RPT   VAL", *days]))
    assert source.spec.time_index == "Yr Mo Dy"
    assert source.timestamps is not None
    assert source.timestamps[0] == "1961-01-01T00:00:00"


def test_names_between_tabs_are_a_table(tmp_path: Path) -> None:
    rows = [
        "\t".join([("young", "old")[i % 2], ("low", "high")[i // 2 % 2], ("yes", "no")[i % 3 > 0]])
        for i in range(24)
    ]
    assert read(tmp_path / "lenses.txt", "\n".join(rows)).spec.format == "table"


def test_counts_that_end_at_night_are_no_label(tmp_path: Path) -> None:
    hours = 400 * np.exp(-(((np.arange(48) - 20) / 12) ** 2)) + 1
    waves = np.sin(RNG.uniform(0, 6, (90, 1)) + np.arange(48) / 5)
    rows = np.round(hours * (1 + 0.4 * waves))
    source = read(tmp_path / "inflow.csv", "\n".join(",".join(f"{v:.0f}" for v in row) for row in rows))
    assert source.spec.target is not None
    assert source.spec.target.kind == "future"


def test_channels_that_repeat_their_label(tmp_path: Path) -> None:
    steps = np.cumsum(RNG.normal(size=(3, 30, 40)), axis=2)
    for axis, table in zip("xyz", steps, strict=True):
        rows = [" ".join([str(i % 3 + 1), *(f"{v:.3f}" for v in row)]) for i, row in enumerate(table)]
        (tmp_path / f"{axis}left.txt").write_text("\n".join(rows))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("1", "2", "3")
    assert [axis.size for axis in source.spec.input.axes] == [40, 3]


def test_many_classes_of_two_samples(tmp_path: Path) -> None:
    series = np.cumsum(RNG.normal(size=(60, 50)), axis=1)
    rows = ["\t".join([str(i // 2 + 1), *(f"{v:.4f}" for v in row)]) for i, row in enumerate(series)]
    source = read(tmp_path / "Pig_TRAIN.tsv", "\n".join(rows))
    assert source.spec.target is not None
    assert source.spec.target.classes == 30


def test_what_was_found_in_a_text_is_no_table_of_features(tmp_path: Path) -> None:
    wishes = ["book a room", "cancel the taxi", "when is breakfast", "please call me a doctor now"]
    records = [
        {
            "text": f"{wishes[i % 4]} for number {i}",
            "intents": ["book", "room"]
            if i % 4 == 0
            else [["cancel"], ["when", "food"], ["call"]][i % 4 - 1],
            "slots": {f"slot{i % 7}": {"text": str(i), "span": [1, 2]}} if i % 2 else {},
        }
        for i in range(60)
    ]
    (tmp_path / "a.json").write_text(json.dumps(records))
    source = readers.read(tmp_path / "a.json")
    assert source.spec.format == "text-table"
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.kind) == ("intents", "labels")
    assert source.spec.target.classes == 6


def test_records_by_name_of_which_some_lack_a_key(tmp_path: Path) -> None:
    records = {f"house{i}": {"rooms": i % 5, "area": 7.5 * i, "price": 9 * i} for i in range(40)}
    del records["house7"]["area"]
    records["house9"]["garden"] = 1
    (tmp_path / "a.json").write_text(json.dumps(records))
    source = readers.read(tmp_path / "a.json")
    assert len(source) == 40
    assert source.spec.target is not None
    assert source.spec.target.name == "price"
