"""Pictures of every mode, as a person may have them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from advisor import readers
from advisor.errors import UnreadableSampleError
from advisor.readers.pictures import images


def folder_of(tmp_path: Path, *pictures: Image.Image, suffix: str = ".png") -> Path:
    for i, picture in enumerate(pictures):
        path = tmp_path / "ab"[i % 2] / f"{i}{suffix}"
        path.parent.mkdir(exist_ok=True)
        picture.save(path)
    return tmp_path


@pytest.mark.parametrize(
    ("mode", "channels"), [("1", 1), ("L", 1), ("LA", 1), ("P", 3), ("RGB", 3), ("RGBA", 3), ("I;16", 1)]
)
def test_png_modes(tmp_path: Path, mode: str, channels: int) -> None:
    source = readers.read(folder_of(tmp_path, *[Image.new(mode, (5, 3))] * 2))
    sample = np.asarray(source.read(0))
    assert sample.shape == (3, 5, channels)
    assert sample.dtype == np.uint8
    assert [axis.size for axis in source.spec.input.axes] == [3, 5, channels]


def test_cmyk_jpeg_becomes_colour(tmp_path: Path) -> None:
    source = readers.read(
        folder_of(tmp_path, *[Image.new("CMYK", (8, 8), (0, 255, 255, 0))] * 2, suffix=".JPG")
    )
    assert np.asarray(source.read(0)).mean((0, 1)).argmax() == 0  # red


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    values = np.array([[0, 257 * 7, 65535]], dtype=np.uint16)
    source = readers.read(folder_of(tmp_path, *[Image.fromarray(values)] * 2))
    assert np.asarray(source.read(0))[0, :, 0].tolist() == [0, 7, 255]


def test_transparent_pixels_are_white(tmp_path: Path) -> None:
    source = readers.read(folder_of(tmp_path, *[Image.new("RGBA", (2, 2), (0, 0, 0, 0))] * 2))
    assert np.asarray(source.read(0)).min() == 255


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[images.ORIENTATION] = 6
    for label in "ab":
        (tmp_path / label).mkdir()
        Image.new("RGB", (12, 8)).save(tmp_path / label / "x.jpg", exif=exif)
    source = readers.read(tmp_path)
    assert [axis.size for axis in source.spec.input.axes] == [12, 8, 3]
    assert np.asarray(source.read(0)).shape == (12, 8, 3)


def test_a_size_that_varies_is_none(tmp_path: Path) -> None:
    source = readers.read(folder_of(tmp_path, Image.new("L", (4, 4)), Image.new("L", (4, 6))))
    assert [axis.size for axis in source.spec.input.axes] == [None, 4, 1]


def test_one_large_picture_among_many_shows(tmp_path: Path) -> None:
    pictures = [Image.new("L", (4, 4), 9)] * (3 * images.HEADERS)
    pictures[301] = Image.effect_noise((64, 64), 50)
    source = readers.read(folder_of(tmp_path, *pictures))
    assert source.spec.input.axes[0].size is None


def test_one_colour_picture_makes_all_colour(tmp_path: Path) -> None:
    source = readers.read(folder_of(tmp_path, Image.new("L", (4, 4), 7), Image.new("RGB", (4, 4))))
    assert np.asarray(source.read(0)).tolist() == np.full((4, 4, 3), 7).tolist()


def test_a_corrupt_picture_is_skipped_and_counted(tmp_path: Path) -> None:
    path = folder_of(tmp_path, *[Image.new("L", (4, 4))] * 4)
    (path / "a" / "broken.png").write_bytes(b"\x89PNG not a picture at all")
    source = readers.read(path)
    assert len(source) == 4
    assert [skipped.where for skipped in source.skipped] == ["a/broken.png"]


def test_a_picture_cut_short_raises_when_read(tmp_path: Path) -> None:
    path = folder_of(tmp_path, *[Image.effect_noise((32, 32), 50)] * 2)
    file = path / "a" / "0.png"
    file.write_bytes(file.read_bytes()[:200])
    source = readers.read(path)
    with pytest.raises(UnreadableSampleError, match=r"0\.png: cannot be decoded"):
        source.read(0)
    assert images.verify(file)
    assert images.verify(path / "b" / "1.png") is None


def test_a_picture_beyond_the_pixel_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = readers.read(folder_of(tmp_path, *[Image.new("L", (40, 40))] * 2))
    monkeypatch.setattr(images, "MAX_PIXELS", 1_000)
    with pytest.raises(UnreadableSampleError, match="more than 1000"):
        source.read(0)


def test_reading_the_folder_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder_of(tmp_path, *[Image.new("L", (4, 4))] * 4)
    decoded: list[Path] = []
    monkeypatch.setattr(images, "decode", lambda file, channels: decoded.append(file))
    source = readers.read(path)
    assert decoded == []
    source.read(2)
    assert len(decoded) == 1


@pytest.mark.parametrize("where", ["", "a", "a/0.png"])
def test_new_pictures_need_no_labels(tmp_path: Path, where: str) -> None:
    path = folder_of(tmp_path, *[Image.new("L", (4, 4))] * 4)
    source = readers.read_unlabelled(path / where, "image-folder")
    assert len(source) == {"": 4, "a": 2, "a/0.png": 1}[where]
    assert source.labels is None
    assert np.asarray(source.read(0)).shape == (4, 4, 1)


def test_signed_sixteen_bits_keep_what_is_below_zero(tmp_path: Path) -> None:
    values = np.array([[-1000, 0, 1000]], dtype=np.int32)  # Hounsfield units
    source = readers.read(folder_of(tmp_path, *[Image.fromarray(values)] * 2, suffix=".tif"))
    assert np.asarray(source.read(0))[0, :, 0].tolist() == [0, 127, 255]


def test_twelve_bits_fill_the_scale(tmp_path: Path) -> None:
    values = np.array([[0, 2048, 4095]], dtype=np.uint16)
    source = readers.read(folder_of(tmp_path, *[Image.fromarray(values)] * 2))
    assert np.asarray(source.read(0))[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ((0.0, 0.5, 1.0), [0, 127, 255]),
        ((0.0, 100.0, 255.0), [0, 100, 255]),
        ((0.0, 1500.0, 3000.0), [0, 127, 255]),
    ],
)
def test_floats_are_not_clipped_to_white(tmp_path: Path, values: tuple[float, ...], seen: list[int]) -> None:
    picture = Image.fromarray(np.array([values], dtype=np.float32))
    source = readers.read(folder_of(tmp_path, *[picture] * 2, suffix=".tif"))
    assert np.asarray(source.read(0))[0, :, 0].tolist() == seen


def test_half_transparent_pixels_are_mixed_with_white(tmp_path: Path) -> None:
    source = readers.read(folder_of(tmp_path, *[Image.new("RGBA", (2, 2), (0, 0, 0, 128))] * 2))
    assert np.asarray(source.read(0))[0, 0].tolist() == [127, 127, 127]


def test_a_transparent_colour_of_a_palette_is_white(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 2), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    folder_of(tmp_path)
    for label in "ab":
        (tmp_path / label).mkdir()
        picture.save(tmp_path / label / "0.png", transparency=1)
    assert np.asarray(readers.read(tmp_path).read(0)).min() == 255


def test_one_bit_pictures_are_black_and_white(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 255]], dtype=np.uint8)).convert("1")
    source = readers.read(folder_of(tmp_path, *[picture] * 2))
    assert np.asarray(source.read(0))[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_the_first_frame_of_an_animation_counts(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for label in "ab":
        (tmp_path / label).mkdir()
        frames[0].save(tmp_path / label / f"0{suffix}", save_all=True, append_images=frames[1:], duration=100)
    pixel = np.asarray(images.read(tmp_path).read(0))[4, 4]
    assert pixel[0] > 240
    assert pixel[2] < 15


def test_animated_gifs_leave_room_for_clips(tmp_path: Path) -> None:
    frames = [Image.new("L", (8, 8), grey) for grey in (0, 200)]
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(2):
            frames[0].save(tmp_path / label / f"{i}.gif", save_all=True, append_images=frames[1:])
    assert images.sniff(tmp_path) == 2
    for file in tmp_path.rglob("*.gif"):
        frames[0].save(file)
    assert images.sniff(tmp_path) == 4


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("channels", [2, 4, 13])
def test_tiffs_of_many_channels_keep_them(tmp_path: Path, channels: int, compression: str | None) -> None:
    values = np.random.default_rng(0).integers(0, 9_000, (16, 20, channels), dtype=np.uint16)
    for label in "ab":
        (tmp_path / label).mkdir()
        tifffile.imwrite(
            tmp_path / label / "0.tif",
            values,
            photometric="minisblack",
            planarconfig="contig",
            compression=compression,
            predictor=compression is not None,
        )
    source = readers.read(tmp_path)
    assert source.spec.input.dtype == "uint16"
    assert [axis.size for axis in source.spec.input.axes] == [16, 20, channels]
    assert np.array_equal(np.asarray(source.read(0)), values)


def test_channels_stored_one_after_the_other_come_last(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((6, 16, 20)).astype(np.float32)
    for label in "ab":
        (tmp_path / label).mkdir()
        tifffile.imwrite(
            tmp_path / label / "0.tif", values, photometric="minisblack", planarconfig="separate"
        )
    assert np.array_equal(np.asarray(readers.read(tmp_path).read(0)), values.transpose(1, 2, 0))


def test_floats_in_colour_become_eight_bits(tmp_path: Path) -> None:
    values = np.full((4, 5, 3), (0.0, 0.5, 1.0), dtype=np.float32)
    for label in "ab":
        (tmp_path / label).mkdir()
        tifffile.imwrite(tmp_path / label / "0.tif", values, photometric="rgb")
    sample = np.asarray(readers.read(tmp_path).read(0))
    assert sample.dtype == np.uint8
    assert sample[0, 0].tolist() == [0, 127, 255]


def test_a_lying_png_header_is_refused_undecoded(tmp_path: Path) -> None:
    path = folder_of(tmp_path, *[Image.new("L", (4, 4))] * 4)
    data = bytearray((path / "a" / "0.png").read_bytes())
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (path / "a" / "0.png").write_bytes(data)
    source = readers.read(path)
    assert [one.where for one in source.skipped] == ["a/0.png"]
    with pytest.raises(UnreadableSampleError, match="cannot be decoded"):
        images.decode(path / "a" / "0.png", 1)
