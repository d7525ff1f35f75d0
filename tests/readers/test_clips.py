"""Clips encoded here, small, and decoded again."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import MissingExtraError, UnreadableSampleError
from advisor.readers import video

av = pytest.importorskip("av")


def write_clip(path: Path, frames: int, *, height: int = 32, width: int = 48, codec: str = "mpeg4") -> None:
    """Grey frames that grow lighter: frame i has the level 2 * i."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(frames):
            level = np.full((height, width, 3), 2 * i, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(level, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label in ("fall", "rise"):
        for i in range(2):
            write_clip(tmp_path / label / f"{i}.mp4", 40)
    return tmp_path


def test_a_folder_of_clips(folder: Path) -> None:
    source = readers.read(folder)
    assert (source.spec.format, len(source)) == ("video-folder", 4)
    assert [axis.size for axis in source.spec.input.axes] == [40, 32, 48, 3]
    assert source.spec.input.axes[0].spacing == pytest.approx(0.1)
    assert source.labels is not None
    assert source.labels.tolist() == ["fall", "fall", "rise", "rise"]
    clip = np.asarray(source.read(0))
    assert (clip.shape, clip.dtype) == ((40, 32, 48, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".avi", ".mov", ".mkv"])
def test_containers(tmp_path: Path, suffix: str) -> None:
    for label in "ab":
        write_clip(tmp_path / label / f"x{suffix}", 6)
    assert np.asarray(readers.read(tmp_path).read(1)).shape[0] == 6


def test_evenly_spaced_frames(folder: Path) -> None:
    source = readers.read(folder)
    assert source.read_frames is not None
    few = np.asarray(source.read_frames(0, 4))
    assert np.array_equal(few, np.asarray(source.read(0))[[0, 13, 26, 39]])


def test_frames_are_made_smaller_while_decoding(folder: Path) -> None:
    source = readers.read(folder)
    assert source.read_frames is not None
    few = np.asarray(source.read_frames(0, 4, size=16))
    assert few.shape == (4, 16, 16, 3)
    assert np.abs(few.mean((1, 2, 3)) - [0, 26, 52, 78]).max() < 4


def test_seeking_gives_the_frames_that_decoding_gives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "rise" / "0.mp4"
    in_order = video.decode_frames(path, 5)
    monkeypatch.setattr(video, "SEEK_BEYOND", 1)
    assert np.array_equal(video.decode_frames(path, 5), in_order)


def test_a_short_clip_gives_all_its_frames(tmp_path: Path) -> None:
    write_clip(tmp_path / "x.mp4", 3)
    assert len(video.decode_frames(tmp_path / "x.mp4", 8)) == 3


def test_sizes_and_lengths_that_vary(folder: Path) -> None:
    write_clip(folder / "rise" / "odd.mp4", 7, height=64)
    assert [axis.size for axis in readers.read(folder).spec.input.axes] == [None, None, 48, 3]


def test_a_corrupt_clip_is_skipped_and_counted(folder: Path) -> None:
    (folder / "rise" / "broken.mp4").write_bytes(b"nothing of the kind" * 9)
    source = readers.read(folder)
    assert len(source) == 4
    assert [skipped.where for skipped in source.skipped] == ["rise/broken.mp4"]
    with pytest.raises(UnreadableSampleError, match="cannot be decoded"):
        video.decode(folder / "rise" / "broken.mp4")


def test_a_clip_beyond_the_limit_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MAX_BYTES", 20_000)
    with pytest.raises(UnreadableSampleError, match="more than 20,000 bytes"):
        video.decode(folder / "rise" / "0.mp4")


def test_new_clips_need_no_labels(folder: Path) -> None:
    assert len(readers.read_unlabelled(folder / "rise", "video-folder")) == 2
    assert readers.read_unlabelled(folder / "rise" / "0.mp4", "video-folder").labels is None


def test_without_pyav_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"architecture-advisor\[video\]"):
        readers.read(folder)
