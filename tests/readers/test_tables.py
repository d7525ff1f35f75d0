"""Series, texts and plain tables out of delimited files."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import DataError, UsageError
from advisor.readers.table import delimited

WORDS = "the film was long and quite dull but its music and light were a joy to all who came early".split()


def sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(7, 14)))


def sentences(count: int) -> list[str]:
    rng = random.Random(0)
    return [sentence(rng) for _ in range(count)]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def hourly(count: int, form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    return [(datetime(2020, 3, 1) + timedelta(hours=i)).strftime(form) for i in range(count)]


# --- series ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M"]
)
def test_a_series_has_one_sample_and_a_spacing(tmp_path: Path, form: str) -> None:
    rows = [f"{time},{i},{i / 2},calm" for i, time in enumerate(hourly(600, form))]
    source = readers.read(write(tmp_path / "load.csv", "date,load,heat,wind", *rows))
    assert (source.spec.format, len(source), source.spec.time_index) == ("csv-series", 1, "date")
    time = source.spec.input.axes[0]
    assert (time.size, time.spacing, time.unit) == (600, 3600.0, "s")
    assert [column.name for column in source.spec.input.columns] == ["load", "heat"]
    assert np.asarray(source.read(0))[4].tolist() == [4.0, 2.0]
    assert source.timestamps is not None
    assert source.timestamps[1] == "2020-03-01T01:00:00"
    assert [skipped.where for skipped in source.skipped] == ["column wind"]


def test_months_quoted_with_windows_line_ends(tmp_path: Path) -> None:
    months = [f'"{1949 + i // 12}-{i % 12 + 1:02}",{100 + i}' for i in range(24)]
    (tmp_path / "air.csv").write_bytes(("\ufeff" + "\r\n".join(['"Month","Passengers"', *months])).encode())
    source = readers.read(tmp_path)
    assert source.spec.input.columns[0].name == "Passengers"
    assert source.timestamps is not None
    assert source.timestamps[-1] == "1950-12-01T00:00:00"


def test_a_date_spread_over_columns_with_missing_values(tmp_path: Path) -> None:
    rows = [f"{i + 1},2010,1,{1 + i // 24},{i % 24},{'NA' if i == 3 else i},{i}.5" for i in range(48)]
    source = readers.read(write(tmp_path / "air.csv", "No,year,month,day,hour,pm2.5,TEMP", *rows))
    assert source.spec.time_index == "year month day hour"
    assert [column.name for column in source.spec.input.columns] == ["pm2.5", "TEMP"]
    assert np.isnan(np.asarray(source.read(0))[3, 0])
    assert source.spec.input.axes[0].spacing == 3600.0


def test_a_series_from_new_to_old_is_turned(tmp_path: Path) -> None:
    rows = [f"{time},{i}" for i, time in reversed(list(enumerate(hourly(30))))]
    source = readers.read(write(tmp_path / "load.csv", "date,load", *rows))
    assert np.asarray(source.read(0))[:3, 0].tolist() == [0, 1, 2]


def test_uneven_times_out_of_order_are_no_series(tmp_path: Path) -> None:
    rng = random.Random(0)
    times = rng.sample(hourly(4000), 40)
    source = readers.read(
        write(tmp_path / "sales.csv", "date,price", *[f"{t},{i % 7}" for i, t in enumerate(times)])
    )
    assert source.spec.format == "table"


def test_the_target_of_a_series_is_a_channel(tmp_path: Path) -> None:
    path = write(tmp_path / "load.csv", "date,load", *[f"{t},{i}" for i, t in enumerate(hourly(30))])
    target = readers.read(path, target="load").spec.target
    assert target is not None
    assert (target.name, target.kind) == ("load", "future")
    with pytest.raises(UsageError, match=r"`--target laod` is no column .*did you mean 'load'"):
        readers.read(path, target="laod")


# --- texts ----------------------------------------------------------------------------------------


def test_sentences_and_labels_in_three_files(tmp_path: Path) -> None:
    texts = sentences(60)
    for part, start, end in (("train", 0, 40), ("dev", 40, 50), ("test", 50, 60)):
        write(tmp_path / f"{part}.tsv", *[f"{texts[i]}\t{i % 2}" for i in range(start, end)])
    source = readers.read(tmp_path)
    assert source.spec.format == "text-table"
    assert (source.spec.splits.train, source.spec.splits.validation, source.spec.splits.test) == (40, 10, 10)
    assert source.read(41) == texts[41]
    assert source.ids[40] == "validation/0"
    assert source.labels is not None
    assert source.labels[:2].tolist() == ["0", "1"]


def test_quotes_do_not_swallow_lines(tmp_path: Path) -> None:
    texts = sentences(40)
    texts[3] = '"Well, he said ' + texts[3]
    texts[9] = texts[9] + ' and "no'
    lines = [f"{'spam' if i % 4 == 0 else 'ham'}\t{text}" for i, text in enumerate(texts)]
    source = readers.read(write(tmp_path / "sms.tsv", *lines))
    assert len(source) == 40
    assert source.read(3) == texts[3]
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("ham", "spam")


def test_title_and_body_are_read_together(tmp_path: Path) -> None:
    texts = sentences(60)
    lines = [f'"{i % 4 + 1}","{texts[i][:30]} {i}","{texts[-i]}, {i}"' for i in range(60)]
    source = readers.read(write(tmp_path / "news.csv", *lines))
    assert source.spec.format == "text-table"
    assert source.read(5) == f"{texts[5][:30]} 5 {texts[-5]}, 5"
    assert source.spec.target is not None
    assert source.spec.target.classes == 4


def test_texts_over_several_lines_in_quotes(tmp_path: Path) -> None:
    lines = [f'"{text}\nand, more",{"good" if i % 2 else "bad"}' for i, text in enumerate(sentences(30))]
    source = readers.read(write(tmp_path / "reviews.csv", "review,sentiment", *lines))
    assert len(source) == 30
    assert str(source.read(0)).endswith("\nand, more")


@pytest.mark.parametrize(
    "lines",
    [
        ["a lovely film, truly", "dull, and long, alas"],
        ["text", "a lovely film, truly", "dull, and long, alas"],
    ],
)
@pytest.mark.parametrize("name", ["new.csv", "new.tsv", "new.txt"])
def test_new_texts_in_one_column(tmp_path: Path, lines: list[str], name: str) -> None:
    if name.endswith(".txt"):
        lines = lines[-2:]
    source = readers.read_unlabelled(write(tmp_path / name, *lines), "text-table")
    assert [source.read(i) for i in range(len(source))] == lines[-2:]


def test_new_texts_leave_their_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "new.tsv", "text\tlabel", *[f"{text}\tgood" for text in sentences(3)])
    source = readers.read_unlabelled(path, "text-table", target="label")
    assert source.read(0) == sentences(3)[0]
    assert source.labels is None


# --- plain tables ---------------------------------------------------------------------------------


def passengers(count: int = 40) -> list[str]:
    rows = ["PassengerId,Survived,Class,Name,Sex,Age"]
    for i in range(count):
        age = "" if i == 1 else str(20 + i % 30)
        rows.append(
            f'{i + 1},{i % 2},{i % 3 + 1},"Last{i}, Mr. First ""Nick""",{("male", "female")[i % 2]},{age}'
        )
    return rows


def test_a_table_of_mixed_columns(tmp_path: Path) -> None:
    source = readers.read(write(tmp_path / "people.csv", *passengers()))
    kinds = {column.name: column.kind for column in source.spec.input.columns}
    assert kinds == {
        "PassengerId": "identifier", "Class": "number", "Name": "identifier", "Sex": "category",
        "Age": "number",
    }  # fmt: skip
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.kind) == ("Survived", "category")
    row = np.asarray(source.read(1))
    assert row[:4].tolist() == [2.0, 2.0, 'Last1, Mr. First "Nick"', "female"]
    assert np.isnan(row[4])


def test_target_overrides_the_guess(tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", *passengers(90))
    target = readers.read(path, target="Age").spec.target
    assert target is not None
    assert (target.name, target.kind) == ("Age", "number")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_numbers_without_a_header(tmp_path: Path, delimiter: str) -> None:
    rng = np.random.default_rng(0)
    lines = [
        delimiter.join([f"{a:.3f}", f"{b:.2f}", str(i % 6 + 3)])
        for i, (a, b) in enumerate(rng.normal(size=(60, 2)))
    ]
    source = readers.read(write(tmp_path / "wine.csv", *lines))
    assert len(source) == 60
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.classes) == ("column2", 6)


def test_decimal_commas_beside_semicolons(tmp_path: Path) -> None:
    source = readers.read(write(tmp_path / "a.csv", "x;y", *[f"{i},5;{i % 2}" for i in range(30)]))
    assert np.asarray(source.read(3)).tolist() == [3.5]


def test_a_test_file_without_the_target_is_unlabelled(tmp_path: Path) -> None:
    write(
        tmp_path / "train.csv",
        "id,a,b,outcome",
        *[f"{i},{i % 7},{i % 5}.5,{'yes' if i % 2 else 'no'}" for i in range(30)],
    )
    write(tmp_path / "test.csv", "id,a,b", *[f"{i},1,2.5" for i in range(30, 35)])
    source = readers.read(tmp_path)
    assert source.spec.splits.unlabelled == 5
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("no", "yes")


def test_rows_of_another_width_are_counted(tmp_path: Path) -> None:
    lines = [f"{i},{i % 3},{i % 2}" for i in range(30)]
    lines[4] = "1,2,3,4"
    source = readers.read(write(tmp_path / "a.csv", "a,b,label", *lines))
    assert [(skipped.where, skipped.reason) for skipped in source.skipped] == [
        ("a.csv, record 5", "has 4 cells where the others have 3")
    ]
    assert source.ids[4] == "a/5"


def test_of_several_tables_the_largest_is_read_with_those_of_its_columns(tmp_path: Path) -> None:
    rows = [f"{i / 7:.3f},{i % 2}" for i in range(60)]
    write(tmp_path / "all.csv", "a,label", *rows[:40])
    write(tmp_path / "few.csv", "a,label", *rows[:10])
    write(tmp_path / "more.csv", "a,label", *rows[40:])
    write(tmp_path / "other.csv", "c,d", "1,2")
    source = readers.read(tmp_path)
    assert len(source) == 60
    assert {skipped.where for skipped in source.skipped} == {"few.csv", "other.csv"}


def test_labels_that_do_not_match(tmp_path: Path) -> None:
    for part, names in (("train", "ab"), ("test", "ac")):
        write(tmp_path / f"{part}.csv", "x,label", *[f"{i}.5,{names[i % 2]}" for i in range(20)])
    with pytest.raises(DataError, match=r"1 label\(s\) that training lacks: c"):
        readers.read(tmp_path)


def test_a_new_table_keeps_its_columns_with_and_without_the_target(tmp_path: Path) -> None:
    full = readers.read(write(tmp_path / "people.csv", *passengers()))
    again = readers.read_unlabelled(tmp_path / "people.csv", "table", target="Survived")
    assert [c.name for c in again.spec.input.columns] == [c.name for c in full.spec.input.columns]
    assert again.labels is None


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("a", ["1", "2.5", "NA", "-3e2"] * 9, "number"),
        ("id", [str(i * 7) for i in range(30)], "identifier"),
        ("column0", [str(i) for i in range(30)], "identifier"),
        ("load", [str(i) for i in range(30)], "number"),
        ("a", [str(i % 5) for i in range(30)], "number"),
        ("a", ["red", "green", ""] * 9, "category"),
        ("a", [f"ticket {i}" for i in range(30)], "identifier"),
        ("a", sentences(30), "text"),
        ("when", hourly(30), "time"),
        ("date", [f"202001{i:02}" for i in range(1, 31)], "time"),
    ],
)
def test_kinds_of_columns(name: str, cells: list[str], kind: str) -> None:
    assert delimited.kind_of(name, cells) == kind
