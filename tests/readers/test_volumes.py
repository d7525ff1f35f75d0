"""Volumes: NIfTI and TIFF stacks, with classes, with labels, with time, and hostile ones."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from advisor import readers
from advisor.errors import MissingExtraError, NoDataError, UnreadableSampleError
from advisor.readers.pictures import nifti, tiffs, volumes
from advisor.records import Axis

RNG = np.random.default_rng(0)


def scan(*shape: int) -> NDArray[np.int16]:
    return RNG.integers(0, 1000, shape or (6, 5, 4), dtype=np.int16)


def save(path: Path, values: NDArray[np.generic], affine: NDArray[np.float64] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4) if affine is None else affine), path)  # type: ignore[no-untyped-call]
    return path


def axes(path: Path) -> list[tuple[str, int | None]]:
    return [(axis.name, axis.size) for axis in readers.read(path).spec.input.axes]


def test_voxels_come_as_depth_height_width_channel(tmp_path: Path) -> None:
    values = scan(6, 5, 4)
    save(tmp_path / "a.nii.gz", values)
    source = readers.read(tmp_path / "a.nii.gz")
    assert axes(tmp_path / "a.nii.gz") == [("depth", 4), ("height", 5), ("width", 6), ("channel", 1)]
    assert np.array_equal(np.asarray(source.read(0))[..., 0], values.T)
    assert source.spec.input.dtype == "int16"


def test_axes_mean_the_same_however_a_scan_was_stored(tmp_path: Path) -> None:
    values = scan(6, 5, 4)
    turned = np.flip(values, 0).transpose(2, 1, 0)  # superior, anterior, left
    affine = np.array([[0.0, 0, -1, 5], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    save(tmp_path / "a.nii", values)
    save(tmp_path / "b.nii", turned, affine)
    source = readers.read(tmp_path)
    assert np.array_equal(np.asarray(source.read(0)), np.asarray(source.read(1)))
    assert [axis.size for axis in source.spec.input.axes] == [4, 5, 6, 1]


def test_spacing_comes_from_the_header(tmp_path: Path) -> None:
    save(tmp_path / "a.nii.gz", scan(), np.diag([1.0, 1.5, 3.0, 1.0]))
    assert readers.read(tmp_path).spec.input.axes[0] == Axis(name="depth", size=4, spacing=3.0, unit="mm")


def test_scaled_values_are_scaled(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.full((4, 4, 4), 10, dtype=np.int16), np.eye(4))  # type: ignore[no-untyped-call]
    image.header.set_slope_inter(0.5, -3)
    data = bytearray(image.to_bytes())
    data[112:120] = struct.pack("<ff", 0.5, -3)
    (tmp_path / "a.nii").write_bytes(data)
    source = readers.read(tmp_path / "a.nii")
    assert (source.spec.input.dtype, np.asarray(source.read(0)).max()) == ("float32", 2.0)


def test_class_folders_are_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for label in ("AD", "CN"):
            for i in range(3):
                save(tmp_path / part / label / f"{i}.nii.gz", scan(5 + i, 5, 4))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("AD", "CN")
    assert (source.spec.splits.train, source.spec.splits.test) == (6, 6)
    assert source.spec.input.axes[2] == Axis(name="width", size=None, spacing=1.0, unit="mm")


def test_folders_of_subjects_are_no_classes(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / f"sub-{i}" / "anat" / f"sub-{i}_T1w.nii.gz", scan())
        save(tmp_path / f"sub-{i}" / "anat" / f"sub-{i}_T2w.nii.gz", scan())
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-0\t30\n")
    source = readers.read(tmp_path)
    assert source.spec.target is None
    assert len(source) == 8


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("imagesTr/{}.nii.gz", "labelsTr/{}.nii.gz"),
        ("p{}.nii", "p{}_seg.nii"),
        ("p{0}/p{0}_t1.nii.gz", "p{0}/p{0}_mask.nii.gz"),
    ],
)
def test_volumes_of_labels_are_masks(tmp_path: Path, image: str, label: str) -> None:
    for i in range(4):
        save(tmp_path / image.format(i), scan(6 + i, 5, 4))
        save(tmp_path / label.format(i), (scan(6 + i, 5, 4) % 3).astype(np.uint8))
    save(tmp_path / "imagesTs" / "9.nii.gz", scan())
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes, len(source)) == ("mask", 3, 4)
    assert [one.reason for one in source.skipped] == ["a volume without labels"]


def test_many_volumes_on_a_fourth_axis_are_time(tmp_path: Path) -> None:
    save(tmp_path / "bold.nii.gz", scan(5, 5, 4, 12))
    assert axes(tmp_path) == [("time", 12), ("depth", 4), ("height", 5), ("width", 5), ("channel", 1)]


def test_few_volumes_on_a_fourth_axis_are_channels(tmp_path: Path) -> None:
    save(tmp_path / "modalities.nii.gz", scan(5, 5, 4, 4))
    assert axes(tmp_path) == [("depth", 4), ("height", 5), ("width", 5), ("channel", 4)]
    assert np.asarray(readers.read(tmp_path).read(0)).shape == (4, 5, 5, 4)


def test_a_step_in_seconds_makes_few_volumes_time(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(scan(5, 5, 4, 3), np.eye(4))  # type: ignore[no-untyped-call]
    image.header.set_zooms((1, 1, 1, 2.5))
    image.header.set_xyzt_units("mm", "sec")
    nibabel.save(image, tmp_path / "a.nii.gz")  # type: ignore[no-untyped-call]
    assert readers.read(tmp_path).spec.input.axes[0] == Axis(name="time", size=3, spacing=2.5, unit="s")


def test_a_header_that_promises_too_much_is_refused_before_unpacking(tmp_path: Path) -> None:
    data = bytearray(nibabel.Nifti1Image(scan(), np.eye(4)).to_bytes())  # type: ignore[no-untyped-call]
    data[42:48] = struct.pack("<hhh", 30_000, 30_000, 30_000)
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(bytes(data)))
    with pytest.raises(UnreadableSampleError, match="27,000,000,000,000 voxels"):
        nifti.decode(tmp_path / "a.nii.gz")


@pytest.mark.parametrize("keep", [10, 300, 400])
def test_a_volume_cut_short_is_unreadable(tmp_path: Path, keep: int) -> None:
    path = save(tmp_path / "a.nii", scan())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnreadableSampleError, match=r"a\.nii: "):
        nifti.decode(path)


def test_mutated_headers_give_a_volume_or_an_error(tmp_path: Path) -> None:
    whole = save(tmp_path / "a.nii", scan()).read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, 348, 3):
            data[place] = int(rng.integers(0, 256))
        (tmp_path / "b.nii").write_bytes(data)
        try:
            shape = nifti.header(tmp_path / "b.nii").shape
            assert nifti.decode(tmp_path / "b.nii").shape == shape
        except UnreadableSampleError:
            continue


def test_damaged_volumes_are_skipped(tmp_path: Path) -> None:
    for label in "ab":
        for i in range(3):
            save(tmp_path / label / f"{i}.nii.gz", scan())
    (tmp_path / "a" / "bad.nii.gz").write_bytes(b"no volume")
    (tmp_path / "a" / "empty.nii.gz").write_bytes(b"")
    source = readers.read(tmp_path)
    assert len(source) == 6
    assert {one.where for one in source.skipped} == {"a/bad.nii.gz", "a/empty.nii.gz"}


def test_only_damaged_volumes_raise(tmp_path: Path) -> None:
    (tmp_path / "bad.nii.gz").write_bytes(b"no volume")
    with pytest.raises(NoDataError, match="none of 1 volumes can be read"):
        readers.read(tmp_path)


def stack(path: Path, values: NDArray[np.generic], **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, values, photometric="minisblack", **options)
    return path


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_tiff_stacks_are_volumes(tmp_path: Path, compression: str | None) -> None:
    values = RNG.integers(0, 60_000, (7, 9, 8), dtype=np.uint16)
    for label in "ab":
        for i in range(3):
            stack(tmp_path / label / f"{i}.TIF", values, compression=compression)
    source = readers.read(tmp_path)
    assert source.spec.format == volumes.FORMAT
    assert source.spec.input.dtype == "uint16"
    assert np.array_equal(np.asarray(source.read(0))[..., 0], values)


def test_pages_of_other_compressions_come_by_pillow(tmp_path: Path) -> None:
    pages = [Image.effect_noise((8, 9), 50) for _ in range(5)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    source = readers.read(tmp_path / "a.tif")
    assert np.array_equal(np.asarray(source.read(0))[3, ..., 0], np.asarray(pages[3]))


def test_tiff_stacks_with_labels_are_masks(tmp_path: Path) -> None:
    for i in range(3):
        stack(tmp_path / "raw" / f"{i}.tif", RNG.integers(0, 255, (5, 8, 8), dtype=np.uint8))
        stack(tmp_path / "labels" / f"{i}.tif", RNG.integers(0, 2, (5, 8, 8), dtype=np.uint8))
    source = readers.read(tmp_path)
    assert source.spec.format == volumes.FORMAT
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes) == ("mask", 2)


def test_time_in_a_tiff_header_is_time(tmp_path: Path) -> None:
    values = RNG.integers(0, 255, (6, 8, 8), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, imagej=True, metadata={"axes": "TYX"})
    assert tiffs.layout(tmp_path / "a.tif").shape == (6, 1, 8, 8, 1)
    tifffile.imwrite(
        tmp_path / "b.tif", values, imagej=True, metadata={"axes": "ZYX", "spacing": 2.0, "unit": "um"}
    )
    assert tiffs.layout(tmp_path / "b.tif").shape == (1, 6, 8, 8, 1)
    assert tiffs.layout(tmp_path / "b.tif").spacing == pytest.approx(0.002)


def test_single_tiff_pages_stay_pictures(tmp_path: Path) -> None:
    for label in "ab":
        stack(tmp_path / label / "0.tif", RNG.integers(0, 255, (8, 8), dtype=np.uint8))
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_a_deflate_bomb_stays_within_its_page(tmp_path: Path) -> None:
    path = stack(tmp_path / "a.tif", np.zeros((3, 16, 16), dtype=np.uint8), compression="zlib")
    with tifffile.TiffFile(path) as file:
        places = [file.pages[0].tags[name] for name in ("StripOffsets", "StripByteCounts")]  # type: ignore[union-attr]
    bomb = zlib.compress(b"\1" * 50_000_000)
    data = bytearray(path.read_bytes())
    for tag, value in zip(places, (len(data), len(bomb)), strict=True):
        size = {3: 2, 4: 4}[int(tag.dtype)]
        data[tag.valueoffset : tag.valueoffset + size] = value.to_bytes(size, "little")
    data += bomb
    path.write_bytes(data)
    values = tiffs.read(path)
    assert (values.shape, int(values[0, 0].min())) == ((1, 3, 16, 16, 1), 1)


def test_a_tiff_header_that_promises_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stack(tmp_path / "a.tif", np.zeros((3, 16, 16), dtype=np.uint8))
    monkeypatch.setattr(tiffs, "MAX_BYTES", 700)
    with pytest.raises(UnreadableSampleError, match="768 bytes, more than 700"):
        tiffs.read(path)


def test_mutated_tiffs_give_a_stack_or_an_error(tmp_path: Path) -> None:
    whole = stack(tmp_path / "a.tif", np.zeros((3, 8, 8), dtype=np.uint8), compression="zlib").read_bytes()
    rng = np.random.default_rng(2)
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.integers(4, len(data), 2):
            data[place] = int(rng.integers(0, 256))
        (tmp_path / "b.tif").write_bytes(data)
        try:
            assert tiffs.read(tmp_path / "b.tif").ndim == 5
        except UnreadableSampleError:
            continue


@pytest.mark.parametrize(("library", "name"), [("nibabel", "a.nii"), ("tifffile", "a.tif")])
def test_a_missing_library_says_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, name: str
) -> None:
    pages = [Image.new("L", (8, 8), i) for i in range(5)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    save(tmp_path / "a.nii", scan())
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(MissingExtraError, match=r"architecture-advisor\[volumes\]"):
        readers.read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "pages", "axis"),
    [("cell_movie.tif", 12, "time"), ("a.tif", 200, "time"), ("a.tif", 12, "depth")],
)
def test_pages_of_a_movie_are_time(tmp_path: Path, name: str, pages: int, axis: str) -> None:
    tifffile.imwrite(tmp_path / name, np.zeros((pages, 16, 20), np.uint8), photometric="minisblack")
    sizes = {axis.name: axis.size for axis in readers.read(tmp_path).spec.input.axes}
    assert sizes[axis] == pages
