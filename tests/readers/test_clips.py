"""Clips encoded here, small, and decoded again."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import readers
from advisor.errors import MissingExtraError, UnreadableSampleError
from advisor.readers.video import clips, video

av = pytest.importorskip("av")


def write_clip(
    path: Path, frames: int, *, height: int = 32, width: int = 48, codec: str = "mpeg4", rate: int = 10
) -> None:
    """Grey frames that grow lighter: frame i has the level 2 * i."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
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


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".webm", "libvpx"), (".m4v", "mpeg4"), (".MPG", "mpeg1video"), (".flv", "flv")]
)
def test_lengths_of_other_containers(tmp_path: Path, suffix: str, codec: str) -> None:
    for label in "ab":
        write_clip(tmp_path / label / f"x{suffix}", 12, codec=codec, rate=25)
    source = readers.read(tmp_path)
    assert source.spec.input.axes[0].size == 12
    assert source.read_frames is not None
    few = np.asarray(source.read_frames(0, 3)).mean((1, 2, 3))
    assert few[0] < few[1] < few[2]


def write_gif(path: Path, frames: int) -> None:
    """Grey squares that grow lighter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = [Image.new("L", (32, 24), 20 * i) for i in range(frames)]
    pictures[0].save(path, save_all=frames > 1, append_images=pictures[1:], duration=80)


def test_gifs_that_move_are_clips_and_others_are_not(tmp_path: Path) -> None:
    for label in "ab":
        for i in range(2):
            write_gif(tmp_path / "moving" / label / f"{i}.gif", 5 + i)
            write_gif(tmp_path / "still" / label / f"{i}.gif", 1)
    source = readers.read(tmp_path / "moving")
    assert (source.spec.format, source.spec.input.axes[0].size) == ("video-folder", None)
    assert np.asarray(source.read(1)).shape == (6, 24, 32, 3)
    assert clips.sniff(tmp_path / "still") == 0


def test_flat_clips_with_labels_in_their_names_or_in_a_table(tmp_path: Path) -> None:
    for i in range(6):
        label = "Archery" if i % 2 else "Bowling"
        write_clip(tmp_path / "named" / f"v_{label}_g01_c{i:02d}.avi", 3)
        write_clip(tmp_path / "listed" / "videos" / f"{i}.mp4", 3)
    rows = "".join(f"{i}.mp4,{'Archery' if i % 2 else 'Bowling'}\n" for i in range(6))
    (tmp_path / "listed" / "labels.csv").write_text("file,action\n" + rows)
    for layout in ("named", "listed"):
        source = readers.read(tmp_path / layout)
        assert source.labels is not None
        by_take = sorted(zip(source.ids, source.labels.tolist(), strict=True), key=lambda item: item[0][-6:])
        assert [label for _, label in by_take] == ["Bowling", "Archery"] * 3


def test_one_file_is_one_long_clip_read_in_runs(tmp_path: Path) -> None:
    write_clip(tmp_path / "x.mp4", 40)
    source = readers.read(tmp_path / "x.mp4")
    assert (source.spec.format, len(source), source.spec.input.axes[0].size) == ("video-file", 1, 40)
    assert source.spec.target is not None
    assert source.spec.target.kind == "future"
    assert source.read_steps is not None
    whole = np.asarray(source.read(0))
    for start, stop in ((0, 10), (10, 15), (30, 40), (0, 2)):
        assert np.array_equal(np.asarray(source.read_steps(start, stop)), whole[start:stop])
