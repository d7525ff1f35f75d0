"""Two files whose lines belong together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor import readers
from advisor.errors import DataError, UsageError

from .conftest import letters, sentences, translations  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]
ENGLISH = sentences(60)
GERMAN = translations(ENGLISH)


def target(source: readers.Source) -> tuple[str, int | None]:
    assert source.spec.target is not None
    return source.spec.target.kind, source.spec.target.classes


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("train.en", "train.de"),
        ("train.en.gz", "train.de.gz"),
        ("europarl-v7.de-en.en", "europarl-v7.de-en.de"),
        ("small_vocab_en", "small_vocab_fr"),
        ("src.txt", "tgt.txt"),
        ("en/corpus.txt", "de/corpus.txt"),
        ("English.txt", "German.txt"),
        ("one.txt", "two.txt"),
    ],
)
def test_translations(write: Write, first: str, second: str) -> None:
    write(first, ENGLISH)
    source = readers.read(write(second, GERMAN))
    assert (source.spec.format, target(source)) == ("aligned-lines", ("text", None))
    assert (len(source), source.read(7), source.labels) == (60, ENGLISH[7], None)


def test_parts_by_name_and_by_folder(write: Write) -> None:
    for part, count in (("train", 40), ("val", 20), ("test_2016_flickr", 10), ("test_2017_mscoco", 11)):
        write(f"{part}.en", ENGLISH[:count])
        root = write(f"{part}.de", GERMAN[:count])
    assert readers.read(root).spec.splits.model_dump() == {
        "train": 40, "validation": 20, "test": 21, "unlabelled": 0,
    }  # fmt: skip


def test_names_of_samples_differ_between_folders(write: Write) -> None:
    for part in ("train", "test"):
        write(f"{part}/source.txt", ENGLISH)
        root = write(f"{part}/target.txt", GERMAN)
    source = readers.read(root)
    assert len(set(source.ids)) == len(source) == 120
    assert source.ids[0] in ("train/source/0", "test/source/0")


def test_files_with_different_numbers_of_lines(write: Write) -> None:
    write("train.en", ENGLISH)
    root = write("train.de", GERMAN[:-1])
    with pytest.raises(DataError, match=r"train\.en: has 60 lines and train\.de 59: give as many lines"):
        readers.read(root)


def test_books_in_two_languages_are_running_text(write: Write) -> None:
    write("en.txt", sentences(200))
    assert readers.read(write("de.txt", sentences(70, seed=3))).spec.format == "running-text"


def test_lists_beside_do_not_count(write: Write) -> None:
    write("train.en", ENGLISH)
    write("train.de", GERMAN)
    write("vocab.en", sorted(set(" ".join(ENGLISH).split())))
    root = write("README.txt", sentences(60, seed=9))
    assert len(readers.read(root)) == 60


@pytest.mark.parametrize(
    "names", [("sequences.txt", "labels.txt"), ("X_train.txt", "y_train.txt"), ("a.txt", "b.txt")]
)
def test_letters_with_labels(write: Write, names: tuple[str, str]) -> None:
    write(names[0], letters(60))
    source = readers.read(write(names[1], [str(i % 2) for i in range(60)]))
    assert target(source) == ("category", 2)
    axis = source.spec.input.axes[0]
    assert (axis.name, axis.size, axis.unit) == ("token", 30, "letter")
    assert source.labels is not None
    assert source.labels[:3].tolist() == ["0", "1", "0"]


def test_one_hot_lines_are_classes(write: Write) -> None:
    write("texts.txt", ENGLISH)
    source = readers.read(write("labels.txt", ["1 0 0", "0 1 0", "0 0 1"] * 20))
    assert target(source) == ("category", 3)


def test_numbers_are_predicted_as_numbers(write: Write) -> None:
    write("reviews.txt", ENGLISH)
    source = readers.read(write("scores.txt", [f"{i * 0.37:.2f}" for i in range(60)]))
    assert target(source) == ("number", None)


def test_tags_word_by_word(write: Write) -> None:
    for part in ("train", "test"):
        write(f"{part}/seq.in", ENGLISH)
        write(f"{part}/seq.out", [" ".join("B-A" if w == "dog" else "O" for w in s.split()) for s in ENGLISH])
        root = write(f"{part}/label", ["ask", "tell"] * 30)
    assert target(readers.read(root)) == ("tags", 2)
    assert target(readers.read(root, target="label")) == ("category", 2)
    with pytest.raises(UsageError, match="`--target colour` is no file beside"):
        readers.read(root, target="colour")


def test_a_tag_per_letter(write: Write) -> None:
    strings = letters(60, size=None)
    write("x.txt", strings)
    source = readers.read(write("y.txt", [s.translate(str.maketrans("ACGT", "HHCC")) for s in strings]))
    assert target(source) == ("tags", 2)


def test_numbers_are_left_to_other_readers(write: Write) -> None:
    write("X_train.txt", ["1.0 2.0 3.0"] * 40)
    root = write("y_train.txt", ["1", "2"] * 20)
    assert readers.texts.sniff(root) == 0


def test_new_sequences(write: Write) -> None:
    root = write("new.txt", letters(3))
    source = readers.read_unlabelled(root / "new.txt", "aligned-lines")
    assert (len(source), source.labels, source.read(2)) == (3, None, letters(3)[2])
