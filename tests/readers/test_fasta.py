"""Strings of letters in FASTA files and in tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import readers
from advisor.errors import UnsafeDataError
from advisor.readers.text.fasta import header_labels

from .conftest import letters  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]
STRINGS = letters(40)


def fasta(strings: Sequence[str], header: Callable[[int], str] = lambda i: f"s{i}") -> list[str]:
    return [line for i, one in enumerate(strings) for line in (f">{header(i)}", one[:20], one[20:])]


@pytest.mark.parametrize(
    "header",
    [
        lambda i: f"seq{i}|{i % 2}",
        lambda i: f"seq{i} {i % 2}",
        lambda i: f"seq{i} length=30 class={i % 2}",
        lambda i: f"{'pos' if i % 2 else 'neg'}_{i}",
        lambda i: f"P{i}|{i % 2}|training",
    ],
)
def test_labels_in_headers(write: Write, header: Callable[[int], str]) -> None:
    source = readers.read(write("all.fasta", fasta(STRINGS, header)))
    assert source.spec.target is not None
    assert (source.spec.format, len(source), source.spec.target.classes) == ("fasta", 40, 2)
    assert source.read(5) == STRINGS[5]
    assert (source.spec.input.axes[0].size, source.spec.input.axes[0].unit) == (30, "letter")


@pytest.mark.parametrize(
    "names", [("positive.fa", "negative.fa"), ("enzyme/a.faa", "other/b.faa"), ("x.fa.gz", "y.fa.gz")]
)
def test_a_file_per_class(write: Write, names: tuple[str, str]) -> None:
    write(names[0], fasta(STRINGS[:25]))
    source = readers.read(write(names[1], fasta(STRINGS[25:])))
    assert source.labels is not None
    assert sorted(source.labels.tolist().count(label) for label in set(source.labels.tolist())) == [15, 25]


def test_files_that_are_parts(write: Write) -> None:
    write("train.fasta", fasta(STRINGS, lambda i: f"s{i}|{i % 2}"))
    source = readers.read(write("test.fasta", fasta(STRINGS[:12], lambda i: f"s{i}|{i % 2}")))
    assert (source.spec.splits.train, source.spec.splits.test) == (40, 12)
    assert source.labels is not None
    assert set(source.labels.tolist()) == {"0", "1"}


def test_parts_in_headers(write: Write) -> None:
    header = lambda i: f"s{i}|{i % 2}|{'testing' if i > 29 else 'training'}"  # noqa: E731
    assert readers.read(write("all.fasta", fasta(STRINGS, header))).spec.splits.test == 10


def test_a_label_per_line_of_a_file_beside(write: Write) -> None:
    write("README.txt", "Strings of letters. " * 50)
    write("labels.txt", ["yes", "no"] * 20)
    source = readers.read(write("sequences.fasta", fasta(STRINGS)))
    assert source.labels is not None
    assert source.labels[:3].tolist() == ["yes", "no", "yes"]


def test_database_headers_hold_no_label(write: Write) -> None:
    header = lambda i: f"{'sp' if i % 2 else 'tr'}|P{i:05}|X{i}_HUMAN A protein OS=Homo sapiens PE={i % 3}"  # noqa: E731
    assert readers.read(write("uniprot.fasta", fasta(STRINGS, header))).spec.target is None


def test_small_letters_are_the_same_letters(write: Write) -> None:
    source = readers.read(write("a.fa", fasta([one.lower() for one in STRINGS], lambda i: f"{i}|{i % 2}")))
    assert source.read(0) == STRINGS[0]


def test_new_records(write: Write) -> None:
    source = readers.read_unlabelled(write("new.fa", fasta(STRINGS[:3])), "fasta")
    assert (len(source), source.labels, source.read(2)) == (3, None, STRINGS[2])


@given(st.lists(st.text(max_size=30), min_size=1, max_size=30))
def test_labels_of_any_headers_are_one_per_record(headers: list[str]) -> None:
    found = header_labels(headers)
    assert found is None or len(found) == len(headers)


@pytest.mark.parametrize("name", ["genes.csv", "genes.txt"])
def test_a_column_of_letters(write: Write, name: str) -> None:
    comma = "," if name.endswith("csv") else "\t"
    rows = [
        comma.join(("id", "sequence", "class")),
        *(comma.join((f"g{i}", s, str(i % 2))) for i, s in enumerate(STRINGS)),
    ]
    source = readers.read(write(name, rows))
    assert (source.spec.format, source.read(3)) == ("text-table", STRINGS[3])
    assert (source.spec.input.axes[0].size, source.spec.input.axes[0].unit) == (30, "letter")


def test_columns_parted_by_commas_and_aligned_by_tabs(write: Write) -> None:
    rows = [f"{'+-'[i % 2]},S{i},\t\t{one.lower()}" for i, one in enumerate(STRINGS)]
    source = readers.read(write("promoters.data", rows))
    assert source.spec.target is not None
    assert (source.spec.target.classes, source.read(1)) == (2, STRINGS[1].lower())


def test_names_of_people_are_no_sequences(write: Write) -> None:
    names = [
        "Alexandria",
        "Maximilian",
        "Bartholomew",
        "Josephine",
        "Quentinus",
        "Wilhelmina",
        "Zachariah",
    ] * 3
    rows = [
        "surname,age,paid",
        *(f"{name}{'abcdefghijklmnopqrstuvwxyz'[i]},{20 + i},{i % 2}" for i, name in enumerate(names)),
    ]
    assert readers.read(write("people.csv", rows)).spec.format == "table"


def test_a_larger_pickle_and_two_test_files_beside_letters(write: Write) -> None:
    write("cache.pkl", b"\x80\x04" + b"." * 20_000)
    for name in ("train", "test_old", "test_new"):
        root = write(f"{name}.fasta", fasta(STRINGS, lambda i: f"s{i} {('rRNA', 'tRNA')[i % 2]}"))
    source = readers.read(root)
    assert source.labels is not None
    assert (source.spec.format, set(source.labels.tolist())) == ("fasta", {"rRNA", "tRNA"})


def test_a_note_beside_a_larger_pickle_is_no_data(write: Write) -> None:
    write("arrays.pkl", b"\x80\x04" + b"." * 20_000)
    with pytest.raises(UnsafeDataError, match="only a pickle loader"):
        readers.read(write("notes.txt", ["these arrays were made on a rainy day in May"] * 60))
