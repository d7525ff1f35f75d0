"""Encodings, gzip, and single lines of text files."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import DataError, UnsafeDataError
from advisor.readers.text import text_files, text_lines

Write = Callable[..., Path]
TEXT = "Größe und Maß\nzweite Zeile\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_encodings(write: Write, encoding: str, name: str) -> None:
    path = write(name, TEXT, encoding) / name
    assert text_files.read_text(path) == TEXT
    assert list(text_lines.index_lines(path).all()) == ["Größe und Maß", "zweite Zeile"]
    assert text_files.sample_lines(path)[0] == ["Größe und Maß", "zweite Zeile"]


def test_one_line_of_another_encoding_does_not_spoil_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("für\n".encode() + "für\n".encode("latin-1"))
    assert list(text_lines.index_lines(path).all()) == ["für", "für"]


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02" * 50, b"\x89PNG\r\n\x1a\n\x00\x00", b"\x80\x04\x95\x10\x00\x00\x00"]
)
def test_bytes_are_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert text_files.sample_lines(path) == ([], [])
    with pytest.raises(DataError, match="is no text"):
        text_files.read_text(path)


def test_a_stray_control_character_is_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a line of an old letter\n" * 20 + b"\x0f\n")
    assert len(text_files.read_text(path)) > 400


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 100_000))
    monkeypatch.setattr(text_files, "MAX_UNPACKED", 10_000)
    with pytest.raises(UnsafeDataError, match="unpacks to more than 10,000 bytes"):
        text_files.read_text(path)


def test_a_damaged_gzip_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a line\n" * 1000)[:40])
    with pytest.raises(DataError, match="cannot be unpacked"):
        text_lines.index_lines(path)


def test_lines_of_a_large_file_are_read_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"line {i}\n" for i in range(1000)))
    monkeypatch.setattr(text_lines, "HELD", 100)
    monkeypatch.setattr(text_lines, "CHUNK", 777)
    lines = text_lines.index_lines(path)
    assert (len(lines), lines[0], lines[999]) == (1000, "line 0", "line 999")


def test_samples_of_a_large_file_reach_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"line {i}\n" for i in range(50_000)))
    head, further = text_files.sample_lines(path)
    assert head[0] == "line 0"
    assert further[-1] == "line 49999"
    assert all(line.startswith("line ") for line in head + further)


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cc", "Cs"])), min_size=1))
def test_lines_are_what_was_written(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_bytes("\n".join(texts).encode())
    stripped = [text.strip().lstrip("\ufeff").strip() for text in texts]
    while stripped and not stripped[-1]:
        stripped.pop()
    found = [line.strip() for line in text_lines.index_lines(path).all()]
    assert found == stripped


@given(st.text(min_size=1, max_size=300), st.integers(1, 50))
def test_pieces_cut_no_letter(tmp_path_factory: pytest.TempPathFactory, text: str, size: int) -> None:
    path = tmp_path_factory.mktemp("pieces") / "a.txt"
    path.write_bytes(("a" + text).replace("\x00", "").encode("utf-8", "ignore"))
    whole = (
        path.read_text("utf-8", "ignore") if b"\r" not in path.read_bytes() else path.read_bytes().decode()
    )
    if text_files.encoding_of(path.read_bytes()) == "utf-8":
        assert all(piece in whole for piece in text_files.pieces(path, 3, size))


def test_names_of_lines() -> None:
    names = text_lines.LineNames(["train", "test"], [0, 3, 5])
    assert list(names) == ["train/0", "train/1", "train/2", "test/0", "test/1"]
    assert (names[-1], names[1:4:2], len(names)) == ("test/1", ["train/1", "test/0"], 5)
    with pytest.raises(IndexError):
        names[5]
