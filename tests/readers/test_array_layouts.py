"""Labels outside of the arrays: in a table, in names of files and of folders; and larger kinds of labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor import readers

RANDOM = np.random.default_rng(0)
CLASSES = np.array(["walk", "run", "sit"])[np.arange(24) % 3]


@pytest.mark.parametrize("name", ["labels.csv", "y.txt"])
def test_a_table_with_a_row_per_sample(tmp_path: Path, name: str) -> None:
    np.save(tmp_path / "data.npy", RANDOM.normal(size=(24, 30)))
    rows = [f"{place},{label}" for place, label in enumerate(CLASSES)] if name.endswith("csv") else CLASSES
    head = ["id,activity"] if name.endswith("csv") else []
    (tmp_path / name).write_text("\n".join([*head, *rows]) + "\n")
    (tmp_path / "README.txt").write_text("one\ntwo\n")
    source = readers.read(tmp_path)
    assert source.labels.tolist() == CLASSES.tolist()


def test_a_table_per_part(tmp_path: Path) -> None:
    for part, count in (("train", 18), ("test", 6)):
        np.save(tmp_path / f"X_{part}.npy", RANDOM.normal(size=(count, 30, 3)))
        (tmp_path / f"y_{part}.txt").write_text("\n".join(CLASSES[:count]) + "\n")
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test, source.spec.target.classes) == (18, 6, 3)


@pytest.mark.parametrize("by", ["folder", "name", "table"])
def test_one_file_per_sample(tmp_path: Path, by: str) -> None:
    steps = RANDOM.integers(20, 30, 24)
    for place, (label, count) in enumerate(zip(CLASSES, steps, strict=True)):
        name = {"folder": f"{label}/{place:03d}", "name": f"{label}_{place:03d}", "table": f"rec{place}"}[by]
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / f"{name}.npy", RANDOM.normal(size=(count, 3)))
    if by == "table":
        rows = [f"rec{place}.npy,{label}" for place, label in reversed(list(enumerate(CLASSES)))]
        (tmp_path / "index.csv").write_text("\n".join(["file,activity", *rows]))
    source = readers.read(tmp_path)
    assert sorted(source.labels.tolist()) == sorted(CLASSES.tolist())
    assert source.spec.input.axes[0].size is None
    assert {np.asarray(source.read(i)).shape[0] for i in range(24)} == set(steps.tolist())
    if by == "table":
        assert source.labels[source.ids.index(next(name for name in source.ids if "rec5" in name))] == "sit"


def test_a_table_that_counts_the_parts_labels_no_samples(tmp_path: Path) -> None:
    for part, count in (("train", 18), ("test", 6)):
        np.savez(tmp_path / f"dots_{part}.npz", images=RANDOM.integers(0, 255, (count, 8, 8), np.uint8))
    rows = ["split,samples,task,classes", "dots_train,18,find,4", "dots_test,6,find,4", "dots_all,24,find,4"]
    (tmp_path / "summary.csv").write_text("\n".join(rows) + "\n")
    source = readers.read(tmp_path)
    assert (len(source), source.labels, source.spec.splits.test) == (24, None, 6)


def test_recordings_beside_their_times_are_series_of_their_own_length(tmp_path: Path) -> None:
    for i in range(60):
        steps = 90 + i
        times, values = np.arange(steps) / 50, np.sin(np.arange(steps) + i)
        np.savez(tmp_path / f"take{i}.npz", times, values)
    rows = [f"take{i},{i % 2}" for i in range(60)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows]) + "\n")
    source = readers.read(tmp_path)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", None), ("channel", 1)]
    assert np.asarray(source.read(0)).min() < 0


def test_one_file_per_class(tmp_path: Path) -> None:
    for name, count in (("cat", 8), ("dog", 12)):
        np.save(tmp_path / f"full_bitmap_{name}.npy", RANDOM.normal(size=(count, 64)))
    source = readers.read(tmp_path)
    assert source.labels.tolist() == ["cat"] * 8 + ["dog"] * 12
    assert len(set(source.ids)) == 20


def test_parts_of_one_array_are_joined(tmp_path: Path) -> None:
    for number in range(3):
        np.save(tmp_path / f"batch_{number}.npy", np.full((5, 4, 4), number))
    source = readers.read(tmp_path)
    assert (len(source), source.labels) == (15, None)
    assert source.read(12)[0, 0] == 2


@pytest.mark.parametrize(
    ("inputs", "labels", "kind"),
    [
        ((20, 16, 12, 3), RANDOM.integers(0, 2, (20, 16, 12)), "mask"),
        ((20, 16, 12, 3), RANDOM.integers(0, 2, (20, 16, 12, 1)).astype(float), "mask"),
        ((20, 50, 3), RANDOM.integers(0, 5, (20, 50)), "tags"),
        ((20, 50, 3), np.tile([1, 1, 0, 1], (20, 1)), "labels"),
        ((20, 12, 7, 2), RANDOM.normal(size=(20, 12, 7, 2)), "future"),
        ((20, 5), RANDOM.normal(size=(20, 2)), "number"),
    ],
)
def test_kinds_of_what_is_predicted(
    tmp_path: Path, inputs: tuple[int, ...], labels: np.ndarray, kind: str
) -> None:
    np.savez(tmp_path / "set.npz", x=RANDOM.normal(size=inputs), y=labels)
    source = readers.read(tmp_path)
    assert (len(source), source.spec.target.kind) == (20, kind)


def test_one_scene_with_a_class_per_pixel(tmp_path: Path) -> None:
    np.save(tmp_path / "scene.npy", RANDOM.normal(size=(20, 18, 40)))
    np.save(tmp_path / "scene_gt.npy", RANDOM.integers(0, 9, (20, 18)))
    source = readers.read(tmp_path)
    assert [axis.name for axis in source.spec.input.axes] == ["height", "width", "channel"]
    assert (len(source), source.spec.target.kind) == (1, "mask")


def test_volumes_called_images_are_not_pictures_with_many_channels(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", images=np.zeros((6, 9, 9, 9)), labels=np.arange(6) % 2)
    assert {axis.name for axis in readers.read(tmp_path).spec.input.axes} == {"unknown"}


def test_a_lying_header_is_told_from_the_size_of_the_file(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((10, 10)))
    path = tmp_path / "x.npy"
    path.write_bytes(path.read_bytes().replace(b"(10, 10)", b"(99, 99)"))
    with pytest.raises(readers.DataError, match="the file is too short for it"):
        readers.read(tmp_path)


def test_parts_by_folder_in_any_spelling(tmp_path: Path) -> None:
    for part, count in (("Train", 12), ("VAL", 4), ("testing", 4)):
        folder = tmp_path / "data" / part
        folder.mkdir(parents=True)
        np.save(folder / "Images.NPY", np.zeros((count, 8, 8)))
        np.save(folder / "labels.npy", np.arange(count) % 2)
    splits = readers.read(tmp_path).spec.splits
    assert (splits.train, splits.validation, splits.test) == (12, 4, 4)
