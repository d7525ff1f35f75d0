"""Columns that say who or what a sample comes from, in tables and in tables of labels beside files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.errors import UsageError
from advisor.readers.labelling.group_columns import find
from advisor.readers.source import Source

COUNT = 60
WORDS = "the film was long and quite dull but its music and light were a joy".split()


def write(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    lines = [",".join(map(str, row)) for row in ([header, *rows])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(path: Path, name: str = "subject", form: str = "s{}", groups: int = 10) -> Source:
    """Rows of three numbers and a class, in the order of who they come from."""
    rng = np.random.default_rng(0)
    rows = [
        [form.format(i * groups // COUNT), *rng.normal(size=3).round(3), "yn"[i % 2]] for i in range(COUNT)
    ]
    return readers.read(write(path, [name, "height", "weight", "pulse", "answer"], rows))


def count(source: Source) -> int:
    assert source.groups is not None
    return len(set(source.groups.tolist()))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("subject", "s{}"),
        ("Subject", "{}"),
        ("patient_id", "{}"),
        ("PatientID", "p{}"),
        ("subject#", "{}"),
        ("source_speaker", "anna{}"),
        ("user id", "u{}"),
        ("session", "s0{}"),
        ("session_no", "{}"),
        ("DeviceId", "{}"),
        ("id", "{}"),
    ],
)
def test_a_column_that_is_called_so_and_repeats_is_one_of_groups(
    tmp_path: Path, name: str, form: str
) -> None:
    source = table(tmp_path / "a.csv", name, form)
    assert (source.group_name, count(source)) == (name, 10)
    assert source.spec.target is not None
    assert source.spec.target.name == "answer"
    kinds = {column.name: column.kind for column in source.spec.input.columns}
    assert kinds[name] == "identifier"  # and no feature
    assert [note.check for note in source.notes] == ["groups"]


@pytest.mark.parametrize(
    ("name", "form", "groups"),
    [
        ("colour", "c{}", 10),
        ("num_users", "{}", 10),
        ("users", "{}", 10),
        ("session", "{}", 10),  # as well the number of sessions
        ("device", "phone", 10),
        ("age_group", "{}0-39", 10),
        ("run", "{}.5", 10),
        ("subject", "s{}", 4),  # too few to share out
        ("subject", "s{}", 50),  # hardly two rows each
    ],
)
def test_other_columns_are_none(tmp_path: Path, name: str, form: str, groups: int) -> None:
    assert table(tmp_path / "a.csv", name, form, groups).groups is None


def test_who_it_is_may_be_what_is_asked(tmp_path: Path) -> None:
    rows = [[f"s{i % 6}", i % 6, i, i * i] for i in range(60)]
    source = readers.read(write(tmp_path / "a.csv", ["subject", "label", "x", "y"], rows))
    assert source.groups is None


def test_people_go_before_things() -> None:
    columns = [[f"h{i % 6}" for i in range(60)], [str(i // 3) for i in range(60)]]
    found = find(["site", "patient"], columns.__getitem__, [0, 1], None)
    assert found is not None
    assert found[0] == 1


def test_the_last_column_is_not_the_target_where_it_says_who_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [[*rng.normal(size=3).round(3), "yn"[i % 2], i % 10] for i in range(COUNT)]
    source = readers.read(write(tmp_path / "a.csv", ["a", "b", "c", "answer", "subject"], rows))
    assert source.spec.target is not None
    assert source.spec.target.name == "answer"
    assert count(source) == 10


def test_series_below_one_another_are_grouped_by_subject(tmp_path: Path) -> None:
    rows = [
        [f"p{i % 6}", i, step, "walk" if i % 2 else "sit", np.sin(step / (1 + i % 2))]
        for i in range(24)
        for step in range(20)
    ]
    source = readers.read(write(tmp_path / "a.csv", ["patient", "recording", "step", "label", "x"], rows))
    assert (len(source), source.spec.input.axes[0].name) == (24, "time")
    assert (source.group_name, count(source)) == ("patient", 6)


def test_a_series_in_each_row_has_its_group_beside_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    steps = np.arange(30)
    rows = [
        [*np.sin(steps / (3 + i % 2) + rng.uniform(0, 6)).round(3), "ab"[i % 2], i % 8] for i in range(COUNT)
    ]
    source = readers.read(write(tmp_path / "a.csv", [*(f"t{i}" for i in steps), "kind", "user"], rows))
    assert source.spec.input.axes[0].name == "time"
    assert source.spec.target is not None
    assert (source.spec.target.name, source.group_name, count(source)) == ("kind", "user", 8)


def test_texts_have_their_author_beside_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [[" ".join(rng.choice(WORDS, 9)), "pn"[i % 2], f"u{i % 9}"] for i in range(COUNT)]
    source = readers.read(write(tmp_path / "a.csv", ["text", "mood", "user"], rows))
    assert source.spec.input.axis("token") is not None
    assert (source.group_name, count(source)) == ("user", 9)


def pictures(root: Path, form: str) -> list[str]:
    names = [form.format(i, kind="ab"[i % 2]) for i in range(24)]
    for i, name in enumerate(names):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), 10 * i, np.uint8)).save(file)
    return names


def test_a_table_of_labels_names_the_patients(tmp_path: Path) -> None:
    names = pictures(tmp_path, "{0:03}.png")
    rows = [[name, f"p{i % 6}", "ab"[i % 2]] for i, name in enumerate(names)]
    write(tmp_path / "labels.csv", ["file", "patient_id", "finding"], rows)
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.name == "finding"
    assert (source.group_name, count(source)) == ("patient_id", 6)
    assert source.groups is not None
    assert source.groups[[source.ids.index("007.png"), source.ids.index("013.png")]].tolist() == ["p1", "p1"]


def test_a_column_or_none_is_named_by_the_user(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", "village", "v{}")
    source = readers.read(tmp_path, group="village")
    assert (source.group_name, count(source)) == ("village", 10)
    table(tmp_path / "a.csv", "subject", "s{}")
    source = readers.read(tmp_path, group="none")
    assert source.groups is None
    assert source.spec.input.columns[0].kind == "category"  # a feature again


@pytest.mark.parametrize(
    ("name", "message"), [("subjct", "did you mean 'subject'"), ("answer", "to be predicted")]
)
def test_a_group_that_is_none_is_refused(tmp_path: Path, name: str, message: str) -> None:
    table(tmp_path / "a.csv")
    with pytest.raises(UsageError, match=message):
        readers.read(tmp_path, group=name)


def test_a_piece_of_the_names_may_be_named(tmp_path: Path) -> None:
    for i in range(60):
        file = tmp_path / f"{i % 2}_{['ann', 'bob', 'cid', 'dan', 'eve'][i % 5]}_{i}.png"
        Image.fromarray(np.full((8, 8), i, np.uint8)).save(file)
    source = readers.read(tmp_path)
    assert (source.groups, source.possible_name) == (None, "name2")
    source = readers.read(tmp_path, group="name2")
    assert (source.group_name, count(source), source.possible_groups) == ("name2", 5, None)
    with pytest.raises(UsageError, match="name2 \\(ann, bob"):
        readers.read(tmp_path, group="speaker")


def test_a_row_that_says_nothing_is_a_group_alone(tmp_path: Path) -> None:
    rows = [["" if i in (3, 9) else f"s{i % 6}", i, i * i % 7, "yn"[i % 2]] for i in range(60)]
    source = readers.read(write(tmp_path / "a.csv", ["subject", "x", "y", "answer"], rows))
    assert count(source) == 8


@pytest.mark.parametrize("name", ["groups", "subjects", "patient_id"])
def test_an_array_beside_samples_and_labels_says_who_it_is(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(0)
    arrays = {"X": rng.normal(size=(60, 5)), "y": np.arange(60) % 2, name: np.arange(60) // 6}
    np.savez(tmp_path / "a.npz", **arrays)
    source = readers.read(tmp_path / "a.npz")
    assert count(source) == 10
    assert source.group_name == name.replace("_", " ")


def test_arrays_of_each_part_are_put_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {}
    for part, start in (("train", 0), ("test", 6)):
        arrays[f"X_{part}"] = rng.normal(size=(36, 5))
        arrays[f"y_{part}"] = np.arange(36) % 2
        arrays[f"subject_{part}"] = np.arange(36) // 6 + start
    np.savez(tmp_path / "a.npz", **arrays)
    assert count(readers.read(tmp_path / "a.npz")) == 12


def test_class_folders_have_their_patients_in_a_table(tmp_path: Path) -> None:
    names = pictures(tmp_path, "{kind}/{0:03}.png")
    rows = [[name, f"p{i % 6}", 20 + i] for i, name in enumerate(names)]
    write(tmp_path / "metadata.csv", ["file", "patient", "age"], rows)
    source = readers.read(tmp_path)
    assert source.spec.format == "image-folder"
    assert (source.group_name, count(source)) == ("patient", 6)
