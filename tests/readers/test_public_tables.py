"""Ways in which public tables are written, each met in data that people share."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.records import TargetSpec


def table(path: Path, header: str, rows: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def target_of(source: readers.Source) -> TargetSpec:
    assert source.spec.target is not None
    return source.spec.target


MONTHS = [date(1990 + i // 12, i % 12 + 1, 1) for i in range(60)]


@pytest.mark.parametrize("how", ["%Y %b", "%b %d %Y", "%B %d %Y", "%YM%m", "%b-%Y", "%d-%B-%Y"])
def test_dates_with_names_of_months_are_times(tmp_path: Path, how: str) -> None:
    path = table(
        tmp_path / "sales.csv",
        "when,sold",
        [f"{day.strftime(how)},{100 + i}" for i, day in enumerate(MONTHS)],
    )
    assert readers.read(path).spec.format == "csv-series"


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("year,quarter,gdp", [f"{1960 + i // 4},{i % 4 + 1},{i * 1.1:.1f}" for i in range(60)]),
        ("Week,riders", [f"{1989 + i // 52} W{i % 52 + 1:02d},{i}.5" for i in range(60)]),
        ("Ozone,Month,Day", [f"{i % 7 + i / 9:.2f},{5 + i // 30},{i % 30 + 1}" for i in range(60)]),
    ],
)
def test_parts_of_dates_are_times(tmp_path: Path, header: str, rows: list[str]) -> None:
    assert readers.read(table(tmp_path / "t.csv", header, rows)).spec.format == "csv-series"


def test_numbers_of_rows_are_no_channel(tmp_path: Path) -> None:
    rows = [f'"{i + 1}",{1949 + i},{100 + i % 12}' for i in range(60)]
    source = readers.read(table(tmp_path / "t.csv", '"rownames",time,value', rows))
    assert [column.name for column in source.spec.input.columns] == ["value"]


def test_a_panel_of_years_is_many_series(tmp_path: Path) -> None:
    rows = [
        f"{year},{land},{year % 9 + len(land)}.5" for year in range(1970, 2000) for land in ("Peru", "Mali")
    ]
    source = readers.read(table(tmp_path / "t.csv", "Year,Country,Spending", rows))
    assert (source.spec.format, len(source), target_of(source).kind) == ("table-series", 2, "future")


def test_series_are_told_apart_by_all_columns_of_names(tmp_path: Path) -> None:
    days = [date(2020, 1, 1) + timedelta(days=7 * i) for i in range(12)]
    rows = [
        f"{day},{animal},{state},{i}.5"
        for i, day in enumerate(days)
        for animal in ("sheep", "calves")
        for state in ("North", "South", "East")
    ]
    source = readers.read(table(tmp_path / "t.csv", "Week,Animal,State,Count", rows))
    assert (source.spec.format, len(source)) == ("table-series", 6)


def test_a_label_for_each_step_leaves_a_series(tmp_path: Path) -> None:
    steps = np.cumsum(np.random.default_rng(0).normal(size=400))
    rows = [f"{step:.3f},{i // 100 % 2}" for i, step in enumerate(steps)]
    assert readers.read(table(tmp_path / "t.csv", "data,label", rows)).spec.format == "csv-series"


def test_a_table_sorted_by_its_classes_is_no_series(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(400, 2))
    rows = [f"{a + 9 * (i // 100):.3f},{b + 9 * (i // 100):.3f},{i // 100}" for i, (a, b) in enumerate(noise)]
    assert readers.read(table(tmp_path / "t.csv", "width,length,label", rows)).spec.format == "table"


def test_texts_beside_counts_are_texts(tmp_path: Path) -> None:
    said = "some people say that this is what they wrote on a day like any other"
    rows = [f"{i},3,{i % 4},{3 - i % 4},0,{i % 3},{said} {i}" for i in range(60)]
    source = readers.read(table(tmp_path / "t.csv", ",count,rude,kind,neither,class,tweet", rows))
    assert (source.spec.format, target_of(source).name) == ("text-table", "class")


def test_a_column_of_names_is_no_guess_at_the_target(tmp_path: Path) -> None:
    rows = [f"{i % 17}.5,{i % 5}.25,p{i // 3}" for i in range(600)]
    assert target_of(readers.read(table(tmp_path / "t.csv", "age,height,key", rows))).name == "height"


def test_what_models_are_developed_on_is_the_training_part(tmp_path: Path) -> None:
    for part in ("development", "validation", "test"):
        rows = [f"{i},{i % 7}.5,{'ab'[i % 2]}" for i in range(40)]
        table(tmp_path / "gap" / f"gap-{part}.csv", "a,b,class", rows)
    assert readers.read(tmp_path / "gap").spec.splits.train == 40


def test_a_table_outweighs_the_text_that_tells_of_it(tmp_path: Path) -> None:
    (tmp_path / "wdbc.names.txt").write_text("The data are of two kinds of cells.\n" * 40)
    (tmp_path / "wdbc.data").write_text(
        "".join(f"{i},{'MB'[i % 2]},{i % 9}.5,{i % 5}.25\n" for i in range(300))
    )
    assert readers.read(tmp_path).spec.format == "table"


def test_numbered_files_that_go_on_are_series(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part, count in (("train", 10), ("test", 4)):
        for i in range(count):
            steps = np.cumsum(rng.integers(-1, 2, size=(40 + i, 2)), axis=0) + 60
            table(tmp_path / part / f"tune_{i:03d}.csv", "note0,note1", [f"{a},{b}" for a, b in steps])
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source), source.spec.input.axes[0].size) == ("series-folder", 14, None)


def test_comments_of_tagged_sentences_may_hold_tabs(tmp_path: Path) -> None:
    def sentence(number: int, tagged: bool) -> str:
        words = [f"{i + 1}\twort{i}x{number}" for i in range(8)]
        return "\n".join(
            word + (f"\t{'B-LOC' if i == 2 else 'O'}" if tagged else "") for i, word in enumerate(words)
        )

    for part in ("dev", "test"):
        texts = [f"#\thttp://example.org\t[2009]\n{sentence(number, True)}" for number in range(20)]
        (tmp_path / f"NER-de-{part}.tsv").write_text("\n\n".join(texts) + "\n")
    texts = [sentence(number, False) for number in range(20)]
    (tmp_path / "NER-de-test-unlabeled.tsv").write_text("\n\n".join(texts) + "\n")
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("conll", 40)


def test_series_of_thousands_of_steps_are_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part in ("TRAIN", "TEST"):
        steps = np.cumsum(rng.normal(size=(20, 2_500)), axis=1)
        lines = [
            f"  {i % 2 + 1:.7e}  " + "  ".join(f"{step:.7e}" for step in row) for i, row in enumerate(steps)
        ]
        (tmp_path / f"Pig_{part}.txt").write_text("\n".join(lines) + "\n")
    source = readers.read(tmp_path)
    assert (len(source), source.spec.input.axes[0].size, target_of(source).classes) == (40, 2_500, 2)


def test_rows_that_lie_mixed_are_sorted_and_told_of(tmp_path: Path) -> None:
    rows = [f"{date(2020, 1, 1) + timedelta(days=i)},{i}.5" for i in range(60)]
    rows[10], rows[40] = rows[40], rows[10]
    source = readers.read(table(tmp_path / "t.csv", "date,value", rows))
    assert source.read(0)[:, 0].tolist() == [i + 0.5 for i in range(60)]
    assert [(note.check, note.count) for note in source.notes] == [("unsorted_times", 2)]
