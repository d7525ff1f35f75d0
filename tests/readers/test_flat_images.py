"""Pictures whose folders are not their classes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.readers.pictures import flat_images
from advisor.readers.source import Source


def pictures(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 4), len(name)).save(folder / name)


def labels_of(source: Source) -> list[object]:
    assert source.labels is not None
    return [label for _, label in sorted(zip(source.ids, source.labels.tolist(), strict=True))]


def test_labels_in_the_names(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{label}.{i}.png" for label in ("cat", "dog") for i in range(3)))
    (tmp_path / "README.txt").write_text("cats and dogs")
    source = readers.read(tmp_path)
    assert (source.spec.format, labels_of(source)) == (flat_images.FORMAT, ["cat"] * 3 + ["dog"] * 3)
    assert [note.check for note in source.notes] == ["target_guess"]
    assert np.asarray(source.read(0)).shape == (4, 6, 1)


def test_a_test_part_without_labels_in_its_names(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"train/{label}.{i}.png" for label in ("cat", "dog") for i in range(9)))
    pictures(tmp_path, *(f"test1/{i}.png" for i in range(9)))
    source = readers.read(tmp_path)
    assert labels_of(source) == [""] * 9 + ["cat"] * 9 + ["dog"] * 9
    assert source.spec.splits.unlabelled == 9


def test_parts_are_folders_and_labels_names(tmp_path: Path) -> None:
    for part in ("seg_train", "seg_test"):
        pictures(tmp_path, *(f"{part}/{label}_{i}.png" for label in ("cat", "dog") for i in range(4)))
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (8, 8)


@pytest.mark.parametrize("where", ["labels.csv", "images/labels.csv"])
def test_labels_in_a_table(tmp_path: Path, where: str) -> None:
    pictures(tmp_path, *(f"images/{i}.png" for i in range(12)))
    rows = "".join(f"{i},{'cat' if i % 2 else 'dog'}\n" for i in range(10))
    (tmp_path / where).write_text("id,what\n" + rows + "77,cat\n")
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.classes) == ("what", 2)
    assert source.spec.splits.unlabelled == 2
    assert [one.where for one in source.skipped] == [f"{where}, row 10"]
    assert {note.check for note in source.notes} == {"files_without_row", "target_guess"}


def test_a_table_for_each_part(tmp_path: Path) -> None:
    for part, count in (("train", 8), ("test", 4)):
        pictures(tmp_path, *(f"{part}/{i:04d}.png" for i in range(count)))
        rows = "".join(f"{i:04d}.png,{'ab'[i % 2]}\n" for i in range(count))
        (tmp_path / part / "metadata.csv").write_text("file_name,label\n" + rows)
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (8, 4)
    assert labels_of(source) == ["a", "b"] * 6


def test_numbers_in_a_table_are_regression(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{i}.png" for i in range(8)))
    (tmp_path / "a.csv").write_text("picture,price\n" + "".join(f"{i}.png,{i}.5\n" for i in range(8)))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.kind == "number"
    assert labels_of(source) == [i + 0.5 for i in range(8)]


def test_captions_are_named_but_not_read(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"Images/{i}.jpg" for i in range(8)))
    rows = (f"{i}.jpg,A dog number {i} runs over the {n} field .\n" for i in range(8) for n in ("wet", "dry"))
    (tmp_path / "captions.txt").write_text("image,caption\n" + "".join(rows))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.labels, len(source)) == ("text", None, 8)


def test_pictures_without_any_label(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"photos/IMG_{i}.png" for i in range(6)))
    source = readers.read(tmp_path)
    assert (source.spec.target, source.labels, len(source)) == (None, None, 6)


def test_class_folders_are_left_to_the_reader_of_class_folders(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{label}/{i}.png" for label in ("cat", "dog") for i in range(4)))
    assert flat_images.sniff(tmp_path) == 0
    rows = "".join(f"{label}/{i}.png,{label}\n" for label in ("cat", "dog") for i in range(4))
    (tmp_path / "index.csv").write_text("file,label\n" + rows)
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_a_table_that_says_another_thing_than_the_folders(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{i % 3:02d}/{i}.png" for i in range(18)))
    rows = "".join(f"{i % 3:02d}/{i}.png,{'cat' if i % 2 else 'dog'}\n" for i in range(18))
    (tmp_path / "index.csv").write_text("file,label\n" + rows)
    assert set(labels_of(readers.read(tmp_path))) == {"cat", "dog"}


def test_illustrations_are_no_data(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"plot{i}.png" for i in range(6)))
    (tmp_path / "data.csv").write_text("a,b\n" + "".join(f"{i / 7},{i % 2}\n" for i in range(400)))
    assert readers.read(tmp_path).spec.format == "table"


def test_masks_are_no_classes(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{folder}/{i}.png" for folder in ("images", "masks") for i in range(4)))
    assert flat_images.sniff(tmp_path) == 0


def test_new_pictures(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"x/{i}.png" for i in range(3)))
    assert len(readers.read_unlabelled(tmp_path, flat_images.FORMAT)) == 3


def test_links_to_nothing_loops_and_pipes_are_passed_by(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{label}_{i}.png" for label in ("cat", "dog") for i in range(4)))
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "cat_9.png")
    os.mkfifo(tmp_path / "labels.csv")
    (tmp_path / "folder.png").mkdir()
    assert len(readers.read(tmp_path)) == 8
