"""Folders that are listed once for all readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers import folders, sample_folders


def names(path: Path) -> list[str]:
    return [entry.name for entry in folders.visible(path)]


def test_a_folder_is_listed_once_and_anew_afterwards(tmp_path: Path) -> None:
    (tmp_path / "1.png").touch()
    with folders.listed_once():
        assert names(tmp_path) == ["1.png"]
        (tmp_path / "2.png").touch()
        assert names(tmp_path) == ["1.png"]
    assert names(tmp_path) == ["1.png", "2.png"]


@pytest.mark.parametrize("given", [("2.png", "10.png"), ("02.png", "10.png"), ("a2", "a10", "b1")])
def test_numbers_sort_by_value(tmp_path: Path, given: tuple[str, ...]) -> None:
    for name in given:
        (tmp_path / name).touch()
    assert names(tmp_path) == list(given)


@pytest.mark.parametrize(("suffixes", "found"), [({".csv", ".png"}, True), ({".csv"}, False)])
def test_any_file_at_any_depth(tmp_path: Path, suffixes: set[str], found: bool) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.PNG").touch()
    assert folders.has_any(tmp_path, suffixes) is found
    with folders.listed_once():
        assert folders.has_any(tmp_path, suffixes) is found


@pytest.mark.parametrize("root", [".", "data"])
def test_paths_below_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    monkeypatch.chdir(tmp_path)
    place = Path(root, "class")
    place.mkdir(parents=True)
    (place / "1.png").write_bytes(b"1")
    found = sample_folders.flat_files(Path(root), {".png"}, "pictures")
    assert folders.relative(Path(root), found.files) == ["class/1.png"]
