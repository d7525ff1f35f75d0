"""Which files are samples, of which class and part; written to disk and walked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.errors import DataError, NoDataError
from advisor.readers import part_names


def picture(path: Path, value: int = 100, size: tuple[int, int] = (6, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train", "train"), ("Training", "train"), ("train_set", "train"), ("TRAINSET", "train"),
        ("val", "validation"), ("Valid", "validation"), ("dev", "validation"),
        ("validation-images", "validation"),
        ("test", "test"), ("testing", "test"), ("test_set", "test"), ("eval", "test"), ("testSet", "test"),
        ("cats", None), ("steam train", None), ("contest", None),
    ],
)  # fmt: skip
def test_part_of_a_folder_name(name: str, part: str | None) -> None:
    assert part_names.part_of(name) == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("GunPoint_TRAIN", "train"),
        ("seg_test", "test"),
        ("t10k-images-idx3-ubyte.gz", "test"),
        ("reviews", None),
    ],
)
def test_part_within_a_file_name(name: str, part: str | None) -> None:
    assert part_names.part_within(name) == part


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "dev", "eval"), ("seg_train", "seg_val", "seg_test")]
)
def test_parts_come_from_folders(tmp_path: Path, names: tuple[str, str, str]) -> None:
    for name, count in zip(names, (3, 2, 1), strict=True):
        for label in "ab":
            for i in range(count):
                picture(tmp_path / name / label / f"{i}.png")
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.validation, source.spec.splits.test) == (6, 4, 2)
    assert source.parts is not None
    assert source.ids[int(np.flatnonzero(source.parts == "test")[0])].startswith(names[2])


def test_a_wrapping_folder_is_walked_through(tmp_path: Path) -> None:
    for label in ("2", "10"):
        picture(tmp_path / "Dataset" / label / "x.png")
    source = readers.read(tmp_path)
    assert list(source.ids) == ["Dataset/2/x.png", "Dataset/10/x.png"]
    assert source.labels is not None
    assert source.labels.tolist() == ["2", "10"]


def test_a_class_called_train_is_a_class_beside_others(tmp_path: Path) -> None:
    for label in ("train", "bus", "tram"):
        picture(tmp_path / label / "x.png")
    source = readers.read(tmp_path)
    assert source.parts is None
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("bus", "train", "tram")


def test_stray_hidden_and_empty_files_are_skipped_and_counted(tmp_path: Path) -> None:
    for label in "ab":
        picture(tmp_path / label / "x.png")
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / ".DS_Store").write_text("")
    (tmp_path / "a" / "notes.txt").write_text("hello")
    (tmp_path / "a" / "Thumbs.db").write_text("x")
    (tmp_path / "b" / "empty.png").touch()
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "x.txt").write_text("x")
    source = readers.read(tmp_path)
    assert len(source) == 2
    assert {skipped.where for skipped in source.skipped} == {
        "readme.txt", ".DS_Store", "a/notes.txt", "a/Thumbs.db", "b/empty.png", "without",
    }  # fmt: skip


def test_pictures_of_a_part_without_class_folders_have_no_label(tmp_path: Path) -> None:
    for label in "ab":
        picture(tmp_path / "train" / label / "x.png")
    picture(tmp_path / "test" / "1.png")
    source = readers.read(tmp_path)
    assert source.spec.splits.unlabelled == 1
    assert source.labels is not None
    assert sorted(source.labels.tolist()) == ["", "a", "b"]
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("a", "b")


def test_a_link_to_a_folder_above_is_not_followed(tmp_path: Path) -> None:
    for label in "ab":
        picture(tmp_path / label / "x.png")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(readers.read(tmp_path)) == 2


def test_labels_that_do_not_match_are_named(tmp_path: Path) -> None:
    for name in ("train/cat", "train/dog", "test/Cats", "test/dog"):
        picture(tmp_path / name / "x.png")
    with pytest.raises(DataError, match=r"test part has 1 label\(s\) that training lacks: Cats"):
        readers.read(tmp_path)


def test_pictures_and_masks_are_no_classes(tmp_path: Path) -> None:
    for name in ("images/a", "images/b", "masks/x", "masks/y"):
        picture(tmp_path / f"{name}.png")
    with pytest.raises(NoDataError, match="images, masks are parts of samples and not classes"):
        readers.read(tmp_path)


def test_digits_of_other_scripts_sort_as_letters(tmp_path: Path) -> None:
    for label in ("a", "b"):
        picture(tmp_path / label / "0¹.png")
    assert len(readers.read(tmp_path)) == 2


@pytest.mark.parametrize("name", ["test-multiple_fruits", "unlabeled"])
def test_a_flat_folder_beside_parts_with_classes_is_no_class(tmp_path: Path, name: str) -> None:
    for part in ("Training", "Test"):
        for label in ("apple", "pear"):
            for i in range(4):
                picture(tmp_path / part / label / f"{i}.png", value=i)
    picture(tmp_path / name / "apple_pear.png")
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert sorted(set(source.labels.tolist())) == ["apple", "pear"]
    assert (source.spec.splits.train, source.spec.splits.test) == (8, 8)
    assert [one.where for one in source.skipped] == [name]
