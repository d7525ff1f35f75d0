from __future__ import annotations

from pathlib import Path

from advisor.readers.file_copies import equal_files


def write(folder: Path, contents: list[bytes]) -> list[Path]:
    files = [folder / f"{place}.bin" for place in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return files


def test_files_of_one_size_are_told_apart_by_what_is_between_their_ends(tmp_path: Path) -> None:
    ends = bytes(9_000)
    files = write(tmp_path, [ends + b"a" + ends, ends + b"b" + ends, ends + b"a" + ends, b"short", b"", b""])
    assert equal_files(files, 5.0) == ([[0, 2]], set(range(6)))


def test_what_there_was_no_time_for_is_not_compared(tmp_path: Path) -> None:
    assert equal_files(write(tmp_path, [b"same", b"same"]), -1.0) == ([], set())


def test_files_that_are_gone_are_no_copies(tmp_path: Path) -> None:
    groups, _ = equal_files([tmp_path / "gone", tmp_path / "lost"], 5.0)
    assert groups == []
