"""Folders of frames, and class folders of pictures, which are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor import readers
from advisor.errors import UnreadableSampleError
from advisor.readers.video import clip_folders, frame_clips

Layout = Callable[[str, int, int], str]


@pytest.fixture
def make(moving: Any, write: Any) -> Callable[..., None]:
    """Writes six clips of each of two classes."""

    def write_clips(root: Path, layout: Layout, *, frames: int = 10) -> None:
        for place, label in enumerate(("boxing", "walking")):
            for clip in range(6):
                for i, frame in enumerate(moving(frames, seed=10 * place + clip)):
                    write(root / layout(label, clip, i), frame)

    return write_clips


LAYOUTS: dict[str, Layout] = {
    "class and clip": lambda label, clip, i: f"{label}/clip_{clip:02d}/frame_{i + 1:04d}.jpg",
    "wrapped, bare numbers": lambda label, clip, i: f"data/{label}/{clip}/{i}.png",
    "subject, class and clip": lambda label, clip, i: f"person{clip % 3}/{label}/take{clip // 3}/{i:03d}.png",
    "subject and class": lambda label, clip, i: f"s{clip}/{label}/{i:05d}.PNG",
    "class in the clip's name": lambda label, clip, i: f"{label}_{clip:02d}/{i:04d}.png",
    "class between numbers": lambda label, clip, i: f"v_{label}_g01_c{clip:02d}/img_{i:05d}.jpg",
    "side by side": lambda label, clip, i: f"{label}/run_{clip}_frame{i}.jpg",
    "side by side in a part": lambda label, clip, i: f"train/{label}/v_{clip:02d}_{i:04d}.png",
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_where_the_class_may_stand(tmp_path: Path, layout: Layout, make: Any) -> None:
    make(tmp_path, layout)
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("frame-folders", 12)
    assert source.labels is not None
    assert sorted(source.labels.tolist()) == ["boxing"] * 6 + ["walking"] * 6
    assert [axis.size for axis in source.spec.input.axes[:3]] == [10, 24, 36]


def test_parts(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"{'Train' if clip < 4 else 'test'}/{label}/{clip}/{i}.png")
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (8, 4)


def test_labels_of_a_table(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"frames/{clip + 6 * (label == 'walking'):03d}/{i}.png")
    rows = [f"{clip:03d},{'walking' if clip >= 6 else 'boxing'}" for clip in range(12)]
    (tmp_path / "labels.csv").write_text("video,action\n" + "\n".join(rows))
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert source.labels.tolist() == ["boxing"] * 6 + ["walking"] * 6


def test_clips_without_labels(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"clip_{clip + 6 * (label == 'walking'):02d}/{i:03d}.png")
    source = readers.read(tmp_path)
    assert (source.spec.format, source.spec.target, source.labels) == ("frame-folders", None, None)


def test_frames_in_order_and_few_of_them(tmp_path: Path, moving: Any, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"{label}/{clip}/{i}.png", frames=12)
    source = readers.read(tmp_path)
    assert np.array_equal(np.asarray(source.read(0))[..., 0], np.stack(moving(12)))
    assert source.read_frames is not None
    assert np.array_equal(np.asarray(source.read_frames(0, 2))[..., 0], np.stack(moving(12))[[0, 11]])
    assert np.asarray(source.read_frames(0, 2, size=16)).shape == (2, 16, 16, 1)


def test_lengths_and_sizes_that_vary(tmp_path: Path, moving: Any, write: Any, make: Any) -> None:
    make(tmp_path, LAYOUTS["class and clip"])
    for i, frame in enumerate(moving(7)):
        write(tmp_path / "boxing" / "clip_99" / f"frame_{i}.jpg", frame[:20])
    assert [axis.size for axis in readers.read(tmp_path).spec.input.axes] == [None, None, 36, 1]


@pytest.mark.parametrize("layout", ["{0}/{1:04d}.png", "{0}/batch_{2}/{1:04d}.png", "{3}/{1:04d}.png"])
def test_pictures_in_any_order_are_no_clips(tmp_path: Path, layout: str, unlike: Any, write: Any) -> None:
    for place, label in enumerate(("cat", "dog")):
        for i, picture in enumerate(unlike(60, seed=place)):
            write(tmp_path / layout.format(label, i, i // 20, place), picture)
    assert frame_clips.sniff(tmp_path) == 0


def test_frames_right_in_class_folders_are_pictures(tmp_path: Path, moving: Any, write: Any) -> None:
    for place, label in enumerate(("fire", "smoke")):
        for i, frame in enumerate(moving(30, seed=place)):
            write(tmp_path / label / f"{i:04d}.png", frame)
    assert frame_clips.sniff(tmp_path) == 0


def test_numbered_names_of_classes_in_several_parts_are_classes(
    tmp_path: Path, moving: Any, write: Any
) -> None:
    for place, label in enumerate(("Apple Red 1", "Apple Red 2", "Banana 1")):
        for i, frame in enumerate(moving(12, seed=place)):
            write(
                tmp_path / "fruits" / ("Test" if i % 4 == 3 else "Training") / label / f"{i}_100.png", frame
            )
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("image-folder", 36)
    assert source.spec.splits.test == 9


def test_clips_counted_anew_in_each_part_are_clips(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"{'test' if label == 'boxing' else 'train'}/clip_{clip}/{i}.png")
    assert readers.read(tmp_path).spec.format == "frame-folders"


def test_a_table_with_windows_paths_describes_pictures(tmp_path: Path, moving: Any, write: Any) -> None:
    rows = []
    for place, label in enumerate(("Apple 1", "Banana 1")):
        for i, frame in enumerate(moving(12, seed=place)):
            write(tmp_path / label / f"{i}_100.png", frame)
            rows.append(f"{label}\\{i}_100.png,{label}\n")
    assert frame_clips.sniff(tmp_path) > 0
    (tmp_path / "labels.csv").write_text("file,class\n" + "".join(rows))
    assert frame_clips.sniff(tmp_path) == 0


def test_numbers_of_classes_with_many_frames_each_are_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moving: Any, write: Any
) -> None:
    monkeypatch.setattr(clip_folders, "MOST_CLASS_NUMBER", 20)
    for place in range(3):
        for i, frame in enumerate(moving(30, seed=place)):
            write(tmp_path / str(place) / f"{i:04d}.png", frame)
    assert frame_clips.sniff(tmp_path) == 0


def test_masks_of_frames_are_no_clips(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"{'images' if label == 'boxing' else 'masks'}/{clip:02d}/{i}.png")
    assert frame_clips.sniff(tmp_path) == 0


def test_damage(tmp_path: Path, make: Any) -> None:
    make(tmp_path, LAYOUTS["class and clip"])
    broken = tmp_path / "boxing" / "clip_00"
    (broken / "frame_0001.jpg").write_bytes(b"x")
    (broken / "notes.txt").write_text("x")
    source = readers.read(tmp_path)
    assert len(np.asarray(source.read(0))) == 9
    assert [one.where for one in source.skipped] == ["boxing/clip_00/notes.txt"]
    for file in broken.glob("*.jpg"):
        file.write_bytes(b"x")
    with pytest.raises(UnreadableSampleError, match="clip_00: none of 10 frames"):
        source.read(0)


def test_new_clips_need_no_labels(tmp_path: Path, make: Any) -> None:
    make(tmp_path, LAYOUTS["class and clip"])
    assert len(readers.read_unlabelled(tmp_path / "boxing", "frame-folders")) == 6
    one = readers.read_unlabelled(tmp_path / "boxing" / "clip_00", "frame-folders")
    assert (len(one), one.labels, one.ids[0]) == (1, None, "clip_00")


def test_ranges_in_a_table_without_header_beside_class_folders(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"{label}/{clip:04d}/img_{i:05d}.jpg")
    rows = [
        f"{label}/{clip:04d} 1 {9 + clip} {place}"
        for place, label in enumerate(("boxing", "walking"))
        for clip in range(6)
    ]
    (tmp_path / "annotations.txt").write_text("\n".join(rows))
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert source.labels.tolist() == ["boxing"] * 6 + ["walking"] * 6


def test_a_table_without_header_goes_before_folders_of_people(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"S{clip:02d}/{10 + clip + 6 * (label == 'walking')}/{i:03d}.png")
    rows = [f"S{clip % 6:02d}/{10 + clip} {clip // 6}" for clip in range(12)]
    (tmp_path / "annotations.txt").write_text("\n".join(rows))
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert sorted(source.labels.tolist()) == ["0"] * 6 + ["1"] * 6


def test_pixels_beside_frames_do_not_name_them(tmp_path: Path, make: Any) -> None:
    make(tmp_path, lambda label, clip, i: f"{label}_{clip}/{i}.png")
    for folder in tmp_path.iterdir():
        (folder / "data.txt").write_text(str(list(range(1000))))
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("frame-folders", 12)


def test_frames_that_are_called_as_their_clip_need_no_likeness(
    tmp_path: Path, unlike: Any, write: Any
) -> None:
    for clip in range(40):
        for i, frame in enumerate(unlike(6, seed=clip)):
            write(
                tmp_path / f"xy{clip % 8 + 1:02d}Cell{clip:05d}" / f"Cell{clip:05d}_frame_{i}.png",
                frame[: 12 + i],
            )
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source), source.labels) == ("frame-folders", 40, None)
    shape = tuple(axis.size for axis in source.spec.input.axes)
    assert shape == np.asarray(source.read(0)).shape == (6, 15, 36, 1)
