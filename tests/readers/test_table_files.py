"""Tables in every form of file, packed or not, and which of several belong together."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor import readers
from advisor.errors import DataError, NoDataError, UnsafeDataError
from advisor.readers.table import json_rows, packed, table_files
from advisor.readers.table.table_rows import read_rows

ROWS = [{"age": i % 40, "size": i * 1.5, "label": "yes" if i % 3 else "no"} for i in range(60)]
CSV = "age,size,label\n" + "\n".join(f"{row['age']},{row['size']},{row['label']}" for row in ROWS) + "\n"


def lines_of(rows: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, rows))


def check(path: Path, samples: int = 60) -> None:
    source = readers.read(path)
    assert len(source) == samples
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("no", "yes")
    assert np.asarray(source.read(3)).tolist() == [3.0, 4.5]


# --- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        ROWS,
        {"data": ROWS, "version": 2},
        {name: [row[name] for row in ROWS] for name in ROWS[0]},
        {name: {str(i): row[name] for i, row in enumerate(ROWS)} for name in ROWS[0]},
        {"columns": list(ROWS[0]), "data": [list(row.values()) for row in ROWS]},
        [list(ROWS[0]), *(list(row.values()) for row in ROWS)],
    ],
    ids=["records", "nested", "columns", "columns by index", "split", "rows"],
)
def test_json(tmp_path: Path, value: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    check(tmp_path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "A.JSONL"])
def test_json_lines(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(lines_of(ROWS))
    check(tmp_path)


def test_a_bad_line_of_json_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines_of(ROWS) + '\n{"age": 3, "si')
    source = readers.read(tmp_path)
    assert [(skipped.where, skipped.reason) for skipped in source.skipped] == [
        ("a.jsonl, line 61", "a line that is no JSON")
    ]


def test_objects_within_a_record_become_columns(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        lines_of([{"x": {"a": i, "b": 2 * i}, "label": i % 2} for i in range(9)])
    )
    assert read_rows(tmp_path).header == ("x.a", "x.b", "label")


def test_parts_in_one_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"train": ROWS[:40], "test": ROWS[40:]}))
    assert readers.read(tmp_path).spec.splits.test == 20


@pytest.mark.parametrize(
    "value",
    [{"images": ROWS, "annotations": ROWS}, {"name": "me", "scripts": {"a": "b"}}, ["a", {"b": 1}], 3, {}],
)
def test_other_json_is_no_table(tmp_path: Path, value: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert table_files.find(tmp_path) == []


def test_json_nested_too_deeply(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"a\.json: is (nested too deeply|no JSON)"):
        json_rows.parse(tmp_path / "a.json", (tmp_path / "a.json").read_bytes())
    assert table_files.find(tmp_path) == []


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_arrow_files(tmp_path: Path, suffix: str) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(ROWS)
    frame["blob"] = [b"x"] * 60
    getattr(frame, {".parquet": "to_parquet", ".feather": "to_feather"}[suffix])(tmp_path / f"a{suffix}")
    check(tmp_path)
    assert readers.read(tmp_path).skipped[0].where == "column blob"


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more PAR1")
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read"):
        readers.read(tmp_path)


@pytest.mark.parametrize("name", ["iris.data", "iris.txt", "iris.dat", "iris"])
def test_numbers_in_files_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\n".join(f"{i}.5 {i * 3 % 7} {i % 2}" for i in range(30)))
    (tmp_path / "README.txt").write_text("These are numbers, of which\nnothing is known, or said.\n" * 5)
    assert len(readers.read(tmp_path)) == 30


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"one, {i} and three\nfour {i}, five, and six\n" for i in range(30)),
        "a line of words\nanother one\n" * 20,
        "\0\1\2" * 90,
        "",
    ],
)
def test_prose_is_no_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert table_files.find(tmp_path) == []


# --- packed ---------------------------------------------------------------------------------------


def test_gzip(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    check(tmp_path)


def test_a_zip_is_read_in_memory(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("data/train.csv", CSV)
        archive.writestr("data/test.csv", CSV)
        archive.writestr("__MACOSX/data/._train.csv", CSV)
        archive.writestr("../evil.csv", CSV)
    check(tmp_path, 120)
    assert list(tmp_path.rglob("*.csv")) == []


@pytest.mark.parametrize("name", ["../evil.csv", "/evil.csv", "a/../../evil.csv"])
def test_a_path_that_leads_out_of_a_zip_is_not_read(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, CSV)
    with pytest.raises(NoDataError):
        readers.read(tmp_path)


def test_a_damaged_gzip(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode())[:60])
    with pytest.raises(DataError, match=r"a\.csv\.gz: cannot be unpacked .*: fetch the file again"):
        readers.read(tmp_path)


@pytest.mark.parametrize("form", ["zip", "gz"])
def test_a_bomb_is_refused(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 2**21)
    monkeypatch.setattr(table_files, "WHOLE_BELOW", 2**20)
    monkeypatch.setattr(table_files, "HEAD_BYTES", 2**19)
    if form == "gz":
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 2**20))
    else:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", b"1,2\n" * 2**20)
    with pytest.raises(UnsafeDataError, match=r"larger than .*2,097,152 bytes unpacked"):
        readers.read(tmp_path)


# --- several files --------------------------------------------------------------------------------


def test_labels_in_a_second_table_joined_by_id(tmp_path: Path) -> None:
    order = list(range(60))
    random.Random(0).shuffle(order)
    (tmp_path / "train.csv").write_text("id,a,b\n" + "\n".join(f"{i},{i}.5,{i % 7}" for i in range(60)))
    (tmp_path / "train_labels.csv").write_text("id,kind\n" + "\n".join(f"{i},{'xy'[i % 2]}" for i in order))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.name == "kind"
    assert source.labels is not None
    assert source.labels[:4].tolist() == ["x", "y", "x", "y"]


def test_labels_in_a_second_table_row_by_row(tmp_path: Path) -> None:
    for part, count in (("train", 40), ("test", 20)):
        folder = tmp_path / part
        folder.mkdir()
        (folder / f"X_{part}.txt").write_text("\n".join(f"{i}.5 {i * 31 % 17} {i % 7}" for i in range(count)))
        (folder / f"y_{part}.txt").write_text("\n".join(str(i % 2 + 1) for i in range(count)))
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (40, 20)
    assert source.labels is not None
    assert source.labels[:3].tolist() == ["1", "2", "1"]


def test_labels_that_fit_no_row(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_text("a,b\n" + "\n".join(f"{i}.5,{i % 7}" for i in range(60)))
    (tmp_path / "y.csv").write_text("kind\n" + "\n".join("ab"[i % 2] for i in range(50)))
    with pytest.raises(DataError, match=r"y\.csv: has 50 rows for 60 samples"):
        readers.read(tmp_path)


def test_parts_of_any_spelling_in_folders(tmp_path: Path) -> None:
    for place in ("wrap/Training/a.csv", "wrap/VAL/a.csv", "wrap/test/a.csv"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(CSV)
    splits = readers.read(tmp_path).spec.splits
    assert (splits.train, splits.validation, splits.test) == (60, 60, 60)


def test_a_column_of_parts(tmp_path: Path) -> None:
    rows = [
        f"{i}.5,{i % 3},{'Training' if i < 40 else 'PublicTest' if i < 50 else 'PrivateTest'}"
        for i in range(60)
    ]
    (tmp_path / "a.csv").write_text("x,label,Usage\n" + "\n".join(rows))
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (40, 20)
    assert [column.name for column in source.spec.input.columns] == ["x"]


def test_pieces_of_one_table(tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"part-{i:04}.csv").write_text(CSV)
    source = readers.read(tmp_path)
    assert len(source) == 180
    assert len(set(source.ids)) == 180


def test_made_up_answers_of_a_contest_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(CSV)
    (tmp_path / "test.csv").write_text("age,size\n1,2.5\n3,4.5\n")
    (tmp_path / "sample_submission.csv").write_text("label\nyes\nyes\n")
    source = readers.read(tmp_path)
    assert source.spec.splits.unlabelled == 2
    assert ("sample_submission.csv", "not a table of this data set") in [
        (skipped.where, skipped.reason) for skipped in source.skipped
    ]


def test_junk_beside_a_table(tmp_path: Path) -> None:
    (tmp_path / "data.CSV").write_text(CSV)
    for name in (".hidden.csv", "codebook.csv"):
        (tmp_path / name).write_text("variable,meaning\nage,years\n")
    (tmp_path / "LICENSE").write_text("MIT License\n\nCopyright, me\n")
    check(tmp_path)


def test_one_table_in_two_forms_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "a.jsonl").write_text(lines_of(ROWS))
    check(tmp_path)


# --- very large files -----------------------------------------------------------------------------


def test_of_a_large_file_a_sample_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "WHOLE_BELOW", 2**16)
    monkeypatch.setattr(table_files, "HEAD_BYTES", 2**14)
    monkeypatch.setattr(table_files, "PIECE_BYTES", 2**9)
    rng = random.Random(0)
    lines = [f"{rng.random():.6f},{rng.random():.6f},{'low' if i < 4_000 else 'high'}" for i in range(8_000)]
    (tmp_path / "a.csv").write_text("a,b,kind\n" + "\n".join(lines) + "\n")
    source = readers.read(tmp_path)
    assert source.spec.samples == 8_000
    assert len(source) < 2_000
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("high", "low")  # which lie in different halves
    assert "of 8,000 rows a sample" in source.skipped[-1].reason
    whole = readers.entire(source)
    assert len(whole) == 8_000
    assert np.asarray(whole.read(7_999)).tolist() == [float(cell) for cell in lines[-1].split(",")[:2]]
