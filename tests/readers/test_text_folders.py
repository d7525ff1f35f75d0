"""Texts that are a file each, in folders of classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import DataError, UnreadableSampleError

from .conftest import sentences  # noqa: TID252 - the folders of tests are no packages

Write = Callable[..., Path]


def fill(write: Write, folder: str, count: int = 6, suffix: str = ".txt", seed: int = 0) -> Path:
    for i, text in enumerate(sentences(count, seed)):
        root = write(f"{folder}/{i}{suffix}", text)
    return root


def labels(source: readers.Source) -> set[str]:
    assert source.labels is not None
    return set(source.labels.tolist())


def test_a_folder_per_class(write: Write) -> None:
    fill(write, "sport")
    source = readers.read(fill(write, "trade", seed=1))
    assert (source.spec.format, len(source), labels(source)) == ("text-folder", 12, {"sport", "trade"})
    assert source.read(0) == sentences(1)[0]
    assert source.ids[0] == "sport/0.txt"
    assert source.spec.input.axes[0].unit is None


def test_parts_and_texts_without_label(write: Write) -> None:
    for folder in ("train/pos", "train/neg", "test/pos", "test/neg", "train/unsup"):
        fill(write, f"aclImdb/{folder}")
    write("aclImdb/README", "About these reviews. " * 200)
    root = write("aclImdb/train/urls_pos.txt", ["http://example.org/1"] * 6)
    source = readers.read(root)
    assert source.spec.splits.model_dump() == {"train": 12, "validation": 0, "test": 12, "unlabelled": 6}
    assert labels(source) == {"pos", "neg", ""}
    assert "aclImdb/train/urls_pos.txt" in [one.where for one in source.skipped]


@pytest.mark.parametrize("suffix", ["", ".7c53336b37003a9286aba55d2945844c", ".TXT", ".md", ".txt.gz"])
def test_suffixes(write: Write, suffix: str) -> None:
    for label in ("rec.sport", "sci.space"):
        root = fill(write, label, suffix=suffix)
    source = readers.read(root)
    assert (len(source), labels(source)) == (12, {"rec.sport", "sci.space"})
    assert isinstance(source.read(0), str)


def test_classes_inside_other_folders_that_repeat_them(write: Write) -> None:
    for batch in ("enron1", "enron2"):
        for label in ("ham", "spam"):
            root = fill(write, f"{batch}/{label}")
    assert labels(readers.read(root)) == {"ham", "spam"}


def test_folders_inside_classes_are_no_classes(write: Write) -> None:
    for label, inner in (("sport", "ball"), ("sport", "ski"), ("trade", "banks"), ("trade", "shops")):
        root = fill(write, f"{label}/{inner}")
    assert labels(readers.read(root)) == {"sport", "trade"}


def test_the_class_in_the_name(write: Write) -> None:
    for label in ("ham", "SPAM"):
        for i, text in enumerate(sentences(12)):
            root = write(f"{label}_{i:03}.txt", text)
    assert labels(readers.read(root)) == {"ham", "spam"}


def test_empty_and_damaged_files(write: Write) -> None:
    fill(write, "a")
    fill(write, "b")
    write("a/empty.txt", b"")
    root = write("b/zz.txt", bytes(range(256)))
    source = readers.read(root)
    assert [(one.where, one.reason) for one in source.skipped] == [("a/empty.txt", "an empty file")]
    with pytest.raises(UnreadableSampleError, match=r"zz\.txt: is no text"):
        source.read(source.ids.index("b/zz.txt"))


def test_a_class_that_training_lacks(write: Write) -> None:
    for folder in ("train/a", "train/b", "test/a", "test/c"):
        root = fill(write, folder)
    with pytest.raises(DataError, match="that training lacks: c"):
        readers.read(root)


def test_numbers_in_text_files_are_no_texts(write: Write) -> None:
    for label in ("train", "val"):
        for i in range(10):
            write(f"labels/{label}/{i}.txt", "0 0.5 0.5 0.1 0.2\n")
    root = write("data.csv", ["a,b", *(f"{i},{i % 2}" for i in range(20))])
    assert readers.read(root).spec.format == "table"


def test_new_texts(write: Write) -> None:
    root = fill(write, "new", 3)
    source = readers.read_unlabelled(root, "text-folder")
    assert (len(source), source.labels) == (3, None)
    assert len(readers.read_unlabelled(root / "new" / "0.txt", "text-folder")) == 1


def test_parts_count_as_numpy(write: Write) -> None:
    for folder in ("Training/a", "Training/b", "TEST/a", "TEST/b"):
        root = fill(write, folder)
    parts = readers.read(root).parts
    assert parts is not None
    assert np.unique(parts).tolist() == ["test", "train"]
