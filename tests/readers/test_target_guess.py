"""Which column is taken for the target, and how sure that is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from advisor import readers
from advisor.records import TargetSpec

KINDS = {
    "word": lambda i, rng: "xyz"[i % 3],
    "few": lambda i, rng: i % 3,
    "codes": lambda i, rng: (800, 1000, 1600)[i % 3],
    "real": lambda i, rng: f"{rng.random():.4f}",
    "count": lambda i, rng: rng.randint(1, 60),
    "id": lambda i, rng: i * 977 + 13,
    "same": lambda i, rng: "eor",
    "dates": lambda i, rng: (f"2026-01-{i % 9 + 10}", f"{i % 9 + 10}/01/2026", f"{i % 9 + 10}.01.26")[i % 3],
}


def guess(path: Path, header: str | None, *columns: str) -> TargetSpec:
    rng = random.Random(0)
    rows = [",".join(str(KINDS[kind](i, rng)) for kind in columns) for i in range(120)]
    path.write_text("\n".join([*([header] if header else []), *rows]) + "\n")
    target = readers.read(path).spec.target
    assert target is not None
    return target


@pytest.mark.parametrize(
    ("header", "columns", "name", "kind", "least"),
    [
        ("a,target,b", ("real", "few", "word"), "target", "category", 0.95),
        ("a,Class,b", ("real", "word", "few"), "Class", "category", 0.95),
        ("id,a,b,class_label,c", ("id", "real", "real", "few", "few"), "class_label", "category", 0.9),
        ("a,b,kind", ("real", "real", "word"), "kind", "category", 0.9),
        ("a,kind,booked", ("real", "word", "dates"), "kind", "category", 0.9),
        ("a,kind,end", ("real", "word", "same"), "kind", "category", 0.9),
        ("a,b,size", ("real", "word", "real"), "size", "number", 0.85),
        ("a,b,y", ("real", "real", "real"), "y", "number", 0.95),
        (None, ("few", "real", "real"), "column0", "category", 0.8),
        (None, ("codes", "real", "real"), "column2", "number", 0.8),
        (None, ("word", "real", "count"), "column2", "number", 0.8),
        (None, ("id", "word", "real", "real"), "column1", "category", 0.8),
        (None, ("real", "real", "few"), "column2", "category", 0.9),
    ],
)
def test_guesses(
    tmp_path: Path, header: str | None, columns: tuple[str, ...], name: str, kind: str, least: float
) -> None:
    target = guess(tmp_path / "a.csv", header, *columns)
    assert (target.name, target.kind) == (name, kind)
    assert target.confidence >= least
    assert target.reason


def test_a_direction_is_no_target(tmp_path: Path) -> None:
    assert guess(tmp_path / "a.csv", "x,y,z,size", "real", "real", "real", "real").name == "size"


def test_where_it_cannot_be_told_the_guess_is_unsure(tmp_path: Path) -> None:
    target = guess(tmp_path / "a.csv", "a,b,c,id", "few", "word", "real", "id")
    assert target.confidence == 0.5
    assert target.choices == ("a", "b", "c")


def test_a_named_target_is_no_guess(tmp_path: Path) -> None:
    guess(tmp_path / "a.csv", "a,b,kind", "real", "few", "word")
    target = readers.read(tmp_path, target="b").spec.target
    assert target is not None
    assert (target.name, target.confidence) == ("b", 1.0)


def test_labels_with_a_stop_in_one_part(tmp_path: Path) -> None:
    rows = [f"{i}.5,{i % 7},{'<=50K' if i % 3 else '>50K'}" for i in range(60)]
    (tmp_path / "adult_train.csv").write_text("\n".join(rows[:40]))
    (tmp_path / "adult_test.csv").write_text("\n".join(f"{row}." for row in rows[40:]))
    target = readers.read(tmp_path).spec.target
    assert target is not None
    assert target.class_names == ("<=50K", ">50K")


def test_several_labels_beside_a_text(tmp_path: Path) -> None:
    rng = random.Random(0)
    words = "the film was long and quite dull but its music came early to us all".split()
    rows = [f"{' '.join(rng.choices(words, k=9))},{i % 2},{i % 3 % 2}" for i in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["comment,rude,wrong", *rows]))
    target = readers.read(tmp_path).spec.target
    assert target is not None
    assert (target.kind, target.classes) == ("labels", 2)
