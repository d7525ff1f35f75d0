"""One recording with a file per step, and folders of pictures that are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor import readers
from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers.video import frame_files


@pytest.fixture
def times(moving: Any, write: Any) -> Callable[..., list[Path]]:
    """Writes a file each five minutes from a quarter to three."""

    def make(folder: Path, count: int = 24, suffix: str = ".pgm.gz") -> list[Path]:
        clocks = [divmod(14 * 60 + 45 + 5 * i, 60) for i in range(count)]
        names = [f"20160928{hour:02d}{minute:02d}_rain{suffix}" for hour, minute in clocks]
        return [write(folder / name, frame) for name, frame in zip(names, moving(count), strict=True)]

    return make


def test_packed_frames_with_times(tmp_path: Path, moving: Any, times: Any) -> None:
    times(tmp_path / "20160928")
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("frame-files", 1)
    assert [axis.size for axis in source.spec.input.axes] == [24, 24, 36, 1]
    assert source.spec.input.axes[0].spacing == 300
    assert source.spec.target is not None
    assert source.spec.target.kind == "future"
    assert source.timestamps is not None
    assert source.timestamps[:2] == ["2016-09-28T14:45:00", "2016-09-28T14:50:00"]
    assert np.array_equal(np.asarray(source.read(0))[..., 0], np.stack(moving(24)))


def test_runs_and_evenly_spaced_frames(tmp_path: Path, times: Any) -> None:
    times(tmp_path)
    source = readers.read(tmp_path)
    assert source.read_steps is not None
    assert source.read_frames is not None
    whole = np.asarray(source.read(0))
    assert np.array_equal(np.asarray(source.read_steps(3, 6)), whole[3:6])
    assert np.array_equal(np.asarray(source.read_frames(0, 3)), whole[[0, 12, 23]])
    assert np.asarray(source.read_frames(0, 3, size=8)).shape == (3, 8, 8, 1)


@pytest.mark.parametrize("suffix", [".PNG", ".tif", ".gif", ".jpg"])
def test_counted_frames_of_other_forms(tmp_path: Path, suffix: str, moving: Any, write: Any) -> None:
    for i, frame in enumerate(moving(20)):
        write(tmp_path / f"frame_{i + 95:06d}{suffix}", frame)
    (tmp_path / "README.txt").write_text("a camera")
    source = readers.read(tmp_path)
    assert (source.spec.format, source.timestamps) == ("frame-files", None)
    assert source.spec.input.axes[0].size == 20
    assert [one.where for one in source.skipped] == ["README.txt"]


def test_days_and_parts_are_stretches_of_one_recording(tmp_path: Path, moving: Any, write: Any) -> None:
    for i, frame in enumerate(moving(30)):
        write(tmp_path / "a" / f"201905{i // 10 + 1:02d}" / f"{i % 10:02d}30.png", frame)
        write(tmp_path / "b" / ("train" if i < 20 else "test") / f"{i}.png", frame)
    for layout in "ab":
        source = readers.read(tmp_path / layout)
        assert (source.spec.format, source.spec.input.axes[0].size) == ("frame-files", 30)
        assert np.array_equal(np.asarray(source.read(0))[..., 0], np.stack(moving(30)))


def test_sixteen_bits_stay(tmp_path: Path, moving: Any, write: Any) -> None:
    for i, frame in enumerate(moving(20)):
        write(tmp_path / f"{i:03d}.png", frame.astype(np.uint16) * 40)
    source = readers.read(tmp_path)
    assert source.spec.input.dtype == "float32"
    assert np.asarray(source.read(0)).max() > 255


@pytest.mark.parametrize("name", ["IMG_{:04d}.png", "{:04d}.png"])
def test_pictures_in_any_order_are_no_frames(tmp_path: Path, name: str, unlike: Any, write: Any) -> None:
    for i, picture in enumerate(unlike(60)):
        write(tmp_path / name.format(i + 1), picture)
    assert frame_files.sniff(tmp_path) == 0


def test_evenly_spaced_times_need_no_likeness(tmp_path: Path, unlike: Any, write: Any) -> None:
    for i, picture in enumerate(unlike(28)):
        write(tmp_path / f"cloud_2019-02-{i + 1:02d}.png", picture)
    assert readers.read(tmp_path).spec.format == "frame-files"


def test_class_folders_are_no_recording(tmp_path: Path, moving: Any, write: Any) -> None:
    for i, frame in enumerate(moving(30)):
        write(tmp_path / ("sunny" if i % 2 else "cloudy") / f"201905{i + 1:02d}.png", frame)
    assert frame_files.sniff(tmp_path) == 0


def test_masks_and_slices_are_no_recording(tmp_path: Path, moving: Any, write: Any) -> None:
    for i, frame in enumerate(moving(30)):
        write(tmp_path / "pairs" / "image" / f"{i}.png", frame)
        write(tmp_path / "pairs" / "label" / f"{i}.png", frame)
        write(tmp_path / "volume" / f"slice_{i}.png", frame)
    assert frame_files.sniff(tmp_path / "pairs") == frame_files.sniff(tmp_path / "volume") == 0


def test_frames_with_labels_are_samples_but_an_index_is_no_label(
    tmp_path: Path, moving: Any, write: Any
) -> None:
    for i, frame in enumerate(moving(30)):
        for layout in ("labelled", "indexed", "boxes"):
            write(tmp_path / layout / f"{i:03d}.png", frame)
        (tmp_path / "boxes" / f"{i:03d}.xml").write_text("<annotation/>")
    rows = [f"{i:03d}.png,{{}}" for i in range(30)]
    labels = "\n".join(row.format("ab"[i % 2]) for i, row in enumerate(rows))
    (tmp_path / "labelled" / "labels.csv").write_text("file,label\n" + labels)
    stamps = "\n".join(row.format(f"2019-05-01 06:{i:02d}") for i, row in enumerate(rows))
    (tmp_path / "indexed" / "index.csv").write_text("file,time\n" + stamps)
    found = {layout: frame_files.sniff(tmp_path / layout) for layout in ("labelled", "indexed", "boxes")}
    assert found == {"labelled": 0, "indexed": 30, "boxes": 0}


def test_mixed_sizes_are_no_recording(tmp_path: Path, moving: Any, write: Any) -> None:
    for i, frame in enumerate(moving(20)):
        write(tmp_path / f"{i}.png", frame[: 12 + i % 3])
    assert frame_files.sniff(tmp_path) == 0


def test_damaged_and_empty_frames_are_left_out(tmp_path: Path, times: Any) -> None:
    files = times(tmp_path, suffix=".png")
    files[3].write_bytes(b"")
    files[5].write_bytes(files[5].read_bytes()[:60])
    source = readers.read(tmp_path)
    assert [one.reason for one in source.skipped] == ["an empty file"]
    assert len(np.asarray(source.read(0))) == 22
    for file in files[:10]:
        file.write_bytes(b"x")
    assert source.read_steps is not None
    with pytest.raises(UnreadableSampleError, match="none of 5 frames"):
        source.read_steps(0, 5)


def test_a_packed_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: Any) -> None:
    times(tmp_path)
    source = readers.read(tmp_path)
    monkeypatch.setattr("advisor.readers.video.frame_pictures.MAX_BYTES", 100)
    with pytest.raises(UnreadableSampleError, match="can be decoded"):
        source.read(0)


def test_nothing_that_follows(tmp_path: Path, moving: Any, write: Any) -> None:
    write(tmp_path / "a.png", moving(1)[0])
    with pytest.raises(NoDataError, match="no frames that follow"):
        frame_files.read(tmp_path)


def test_layers_of_the_same_dates_are_channels(tmp_path: Path, moving: Any, write: Any) -> None:
    days = [date(2019, 5, 1) + timedelta(days=5 * i) for i in range(12)]
    for place, layer in enumerate(("B02", "B03", "LAI", "NDVI", "SAVI")):
        for i, (day, frame) in enumerate(zip(days, moving(12, seed=place), strict=True)):
            write(tmp_path / f"{layer}_{day:%Y_%m_%d}.tif", frame[:12] if i in (3, 7) else frame)
            write(tmp_path / f"{layer}_{day:%Y_%m_%d}_shown.png", frame)
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("frame-files", 1)
    assert [axis.size for axis in source.spec.input.axes] == [10, 24, 36, 5]
    assert np.array_equal(
        np.asarray(source.read(0))[..., 3], np.delete(np.stack(moving(12, seed=3)), (3, 7), 0)
    )
    assert source.read_steps is not None
    assert np.asarray(source.read_steps(8, 12)).shape == (2, 24, 36, 5)
    odd = [one for one in source.skipped if one.reason == "of another size than most frames"]
    assert len(odd) == 10


def test_frames_named_with_a_number_each_are_pictures_to_be_asked_about(
    tmp_path: Path, moving: Any, write: Any
) -> None:
    angles = [int(90 + 30 * np.sin(i / 9)) for i in range(150)]
    for i, frame in enumerate(moving(150)):
        write(tmp_path / f"video1_{i:03d}_{angles[i]:03d}.png", frame)
    assert frame_files.sniff(tmp_path) == 0
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.format, source.spec.target.kind) == ("image-files", "number")
    assert source.spec.target.confidence <= 0.5
    assert source.labels is not None
    assert source.labels.tolist() == angles
    assert [note.check for note in source.notes] == ["target_guess"]
