"""Running text, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor import readers
from advisor.errors import NoDataError

from .conftest import sentences  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]
BOOK = ". ".join(sentences(400))


@pytest.mark.parametrize("name", ["input.txt", "text8", "book.md", "deep/down/Book.TXT", "input.txt.gz"])
def test_one_long_text(write: Write, name: str) -> None:
    source = readers.read(write(name, BOOK))
    assert (source.spec.format, source.spec.target, len(source)) == ("running-text", None, 1)
    assert source.read(0) == BOOK


def test_the_file_itself(write: Write) -> None:
    assert readers.read(write("input.txt", BOOK) / "input.txt").spec.format == "running-text"


def test_parts(write: Write) -> None:
    for part in ("train", "valid", "test"):
        root = write(f"wiki/wiki.{part}.tokens", BOOK)
    assert readers.read(root).spec.splits.model_dump() == {
        "train": 1, "validation": 1, "test": 1, "unlabelled": 0,
    }  # fmt: skip


def test_several_books(write: Write) -> None:
    for name in ("Hamlet.txt", "macbeth.txt", "README.txt", "cover.jpg"):
        root = write(name, BOOK[: 5000 if name.endswith("txt") else 90])
    source = readers.read(root)
    assert list(source.ids) == ["Hamlet.txt", "macbeth.txt"]


def test_pieces_do_not_read_the_rest(write: Write) -> None:
    source = readers.read(write("input.txt", BOOK))
    assert source.read_pieces is not None
    pieces = source.read_pieces(0, 3, 100)
    assert [len(piece) for piece in pieces] == [100, 100, 100]
    assert BOOK.startswith(pieces[0])
    assert BOOK.endswith(pieces[2])


@pytest.mark.parametrize("name", ["README.txt", "LICENSE", "classes.txt", "vocab.txt", "requirements.txt"])
def test_what_lies_beside_data_is_no_data(write: Write, name: str) -> None:
    with pytest.raises(NoDataError, match="nothing here can be read"):
        readers.read(write(name, BOOK))


def test_a_short_note_is_no_data(write: Write) -> None:
    with pytest.raises(NoDataError, match="nothing here can be read"):
        readers.read(write("notes.txt", "Measured in May."))


def test_notes_do_not_outweigh_a_table(write: Write) -> None:
    write("notes.txt", BOOK[:3000])
    write("more.txt", BOOK[:3000])
    root = write("data.csv", ["a,b,y", *(f"{i},{i * 7 % 5},{i % 2}" for i in range(2000))])
    assert readers.read(root).spec.format == "table"


def test_words_about_numbers_are_no_data(write: Write) -> None:
    write("how_it_was_measured.txt", BOOK[:3000])
    root = write("X_train.txt", ["1.5 2.5 3.5"] * 2000)
    assert readers.texts.sniff(root) == 0


def test_a_named_pipe_is_not_opened(tmp_path: Path, write: Write) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.txt")
    assert len(readers.read(write("input.txt", BOOK))) == 1


def test_links_that_lead_back_are_not_followed(tmp_path: Path, write: Write) -> None:
    write("deep/input.txt", BOOK)
    (tmp_path / "deep" / "loop").symlink_to(tmp_path)
    assert len(readers.read(tmp_path)) == 1
