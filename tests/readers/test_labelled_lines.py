"""A text per line, with its label beside it or in the name of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import readers
from advisor.readers.text.labelled_lines import parser_of

from .conftest import letters, sentences  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]
TEXTS = sentences(60)


def labelled(form: str) -> list[str]:
    return [
        form.format(label=("joy", "fear")[i % 2], number=i % 2, text=text) for i, text in enumerate(TEXTS)
    ]


@pytest.mark.parametrize(
    "form",
    [
        "{text};{label}",
        "{text}@{label}",
        "{label}|{text}",
        "{label} ::: {text}",
        "__label__{label} {text}",
        "{number} {text}",
        "{label}\t{text}",
        "{text}\t{number}",
    ],
)
@pytest.mark.parametrize("name", ["train.txt", "SMSSpamCollection", "train.label.gz"])
def test_labels_in_the_line(write: Write, form: str, name: str) -> None:
    source = readers.read(write(name, labelled(form)))
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes, len(source)) == ("category", 2, 60)
    assert source.read(2) == TEXTS[2]


def test_coarse_labels_of_questions(write: Write) -> None:
    lines = [f"{('DESC:manner', 'HUM:ind', 'HUM:gr')[i % 3]} {text}" for i, text in enumerate(TEXTS)]
    source = readers.read(write("train_5500.label", lines))
    assert source.labels is not None
    assert set(source.labels.tolist()) == {"DESC", "HUM"}


def test_parts_are_files(write: Write) -> None:
    for part in ("train", "val", "test"):
        root = write(f"{part}.txt", labelled("{text};{label}"))
    assert readers.read(root).spec.splits.model_dump() == {
        "train": 60, "validation": 60, "test": 60, "unlabelled": 0,
    }  # fmt: skip


def test_lines_without_label_are_left_out(write: Write) -> None:
    lines = labelled("{text};{label}")
    lines[10] = "nothing beside it"
    source = readers.read(write("train.txt", lines))
    assert (len(source), source.skipped[0].where) == (59, "train.txt, line 11")


@pytest.mark.parametrize(
    "names", [("rt-polarity.pos", "rt-polarity.neg"), ("positive.txt", "negative.txt.gz")]
)
def test_opposites(write: Write, names: tuple[str, str]) -> None:
    write(names[0], TEXTS)
    source = readers.read(write(names[1], sentences(60, seed=4)))
    assert source.labels is not None
    assert (len(source), len(set(source.labels.tolist()))) == (120, 2)


def test_a_file_of_names_per_language(write: Write) -> None:
    write("names/English.txt", [f"Smith{'aeiou'[i % 5]}n" for i in range(40)])
    source = readers.read(write("names/German.txt", [f"Muell{'aeiou'[i % 5]}r" for i in range(35)]))
    assert source.labels is not None
    assert set(source.labels.tolist()) == {"english", "german"}
    assert source.spec.input.axes[0].unit == "letter"


def test_letters_in_a_file_per_class(write: Write) -> None:
    write("pos.txt", letters(30))
    source = readers.read(write("neg.txt", letters(25, seed=1)))
    assert (len(source), source.spec.input.axes[0].size) == (55, 30)


@pytest.mark.parametrize("form", ["{text}", "SPEAKER: {text}", "chapter, {text}"])
def test_running_text_has_no_labels(form: str) -> None:
    assert parser_of([form.format(text=text) for text in TEXTS]) is None


def test_numbered_lines_have_no_labels() -> None:
    assert parser_of([f"{1 + i % 20} {text}" for i, text in enumerate(TEXTS)]) is None


@given(st.lists(st.text(max_size=60), max_size=50))
def test_no_lines_make_it_fail(lines: list[str]) -> None:
    parse = parser_of(lines)
    assert parse is None or any(parse(line.strip()) for line in lines)


def test_sentence_pairs_between_tabs(write: Write) -> None:
    lines = [
        f"{a}\t{b}\tCC-BY 2.0 (France) Attribution: tatoeba.org #{i}"
        for i, (a, b) in enumerate(zip(TEXTS, TEXTS, strict=True))
    ]
    write("_about.txt", "About these sentences. " * 20)
    source = readers.read(write("deu.txt", lines))
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.read(1)) == ("text", TEXTS[1])


def test_numbers_behind_the_mark_are_predicted_as_numbers(write: Write) -> None:
    for part, start in (("train", 0), ("test", 500)):
        root = write(
            f"{part}.txt",
            [f"__label__{(start + 7 * i) / 1000:.3f}\t{text}" for i, text in enumerate(sentences(40, start))],
        )
    source = readers.read(root)
    assert source.spec.target is not None
    assert (source.spec.format, source.spec.target.kind) == ("labelled-lines", "number")
    assert (source.read(1), source.labels is not None and source.labels[41]) == (sentences(40, 500)[1], 0.007)


def test_several_labels_behind_marks_of_which_training_lacks_some(write: Write) -> None:
    for part, first in (("train", 0), ("valid", 30)):
        lines = [f"__label__tag{first + i} __label__food {text}" for i, text in enumerate(TEXTS[:40])]
        root = write(f"cooking.{part}.txt", lines)
    source = readers.read(root)
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes, len(source)) == ("labels", 71, 80)
    assert source.read(0) == TEXTS[0]
