"""Pictures with masks, in the layouts people keep them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from advisor import readers
from advisor.errors import DataError, NoDataError
from advisor.readers.pictures import mask_pairs
from advisor.readers.pictures.masks import appearance, count_classes

Pixels = NDArray[np.uint8]


def photo(seed: int, size: tuple[int, int] = (24, 32)) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def mask(*values: int, size: tuple[int, int] = (24, 32)) -> Pixels:
    """Stripes of these values."""
    columns = np.array(values, dtype=np.uint8)[np.arange(size[1]) * len(values) // size[1]]
    return np.tile(columns, (size[0], 1))


def save(path: Path, pixels: NDArray[np.generic]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def pairs(root: Path, count: int = 4, images: str = "images", masks: str = "masks") -> Path:
    for i in range(count):
        save(root / images / f"{i}.jpg", photo(i))
        save(root / masks / f"{i}.png", mask(0, 255))
    return root


def test_pairs_are_segmentation(tmp_path: Path) -> None:
    source = readers.read(pairs(tmp_path))
    assert source.spec.format == mask_pairs.FORMAT
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes) == ("mask", 2)
    assert list(source.ids) == [f"images/{i}.jpg" for i in range(4)]
    assert np.asarray(source.read(0)).shape == (24, 32, 3)


def test_parts_come_from_folders(tmp_path: Path) -> None:
    pairs(tmp_path / "Train", 4)
    pairs(tmp_path / "valid", 2)
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.validation) == (4, 2)


def test_parts_come_from_lists(tmp_path: Path) -> None:
    pairs(tmp_path, 4)
    (tmp_path / "train.txt").write_text("images/0.jpg masks/0.png\n1\n2.jpg\n")
    (tmp_path / "test.txt").write_text("3\n../../elsewhere\n")
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (3, 1)


def test_what_is_unpaired_is_skipped(tmp_path: Path) -> None:
    pairs(tmp_path)
    save(tmp_path / "images" / "odd.jpg", photo(9))
    save(tmp_path / "masks" / "lone.png", mask(0, 255))
    (tmp_path / "masks" / ".hidden.png").write_bytes(b"")
    source = readers.read(tmp_path)
    assert len(source) == 4
    assert {(one.where, one.reason) for one in source.skipped} == {
        ("images/odd.jpg", "a picture without mask"),
        ("masks/lone.png", "a mask without picture"),
    }


def test_unnamed_folders_are_told_by_their_values(tmp_path: Path) -> None:
    source = readers.read(pairs(tmp_path, images="b", masks="a"))
    assert source.ids[0] == "b/0.jpg"
    assert source.spec.format == mask_pairs.FORMAT


def test_classes_of_photographs_with_equal_names_stay_classes(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / "mask" / f"{i}.png", photo(i))
        save(tmp_path / "no mask" / f"{i}.png", photo(i + 10))
        save(tmp_path / "face" / f"{i}.png", photo(i + 20))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("face", "mask", "no mask")


def test_two_classes_of_drawings_stay_classes(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / "0" / f"{i}.png", mask(0, 255, 0))
        save(tmp_path / "1" / f"{i}.png", mask(255, 0, 255))
    assert readers.read(tmp_path).spec.format == "image-folder"


def test_a_mask_among_many_pictures_is_no_set_of_pairs(tmp_path: Path) -> None:
    for label in "ab":
        for i in range(12):
            save(tmp_path / label / f"{i}.png", photo(i))
    save(tmp_path / "a" / "3_mask.png", mask(0, 255))
    assert mask_pairs.sniff(tmp_path) == 0


def test_folders_of_pictures_and_masks_that_do_not_pair_say_so(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / "images" / f"{'abcd'[i]}.png", photo(i))
        save(tmp_path / "labels" / f"{'wxyz'[i]}.png", photo(i))
    with pytest.raises(NoDataError, match="images, labels are parts of samples and not classes"):
        readers.read(tmp_path)


def test_new_pictures_cannot_be_predicted_on_yet(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'mask-pairs' cannot be read"):
        readers.read_unlabelled(pairs(tmp_path), mask_pairs.FORMAT)


@pytest.mark.parametrize(
    ("values", "classes"),
    [((0, 1), 2), ((0, 255), 2), ((0, 1, 2, 255), 3), ((0, 80, 160, 255), 4), ((0, 1, 2, 3), 4)],
)
def test_classes_are_counted(tmp_path: Path, values: tuple[int, ...], classes: int) -> None:
    save(tmp_path / "m.png", mask(*values))
    assert count_classes([tmp_path / "m.png"], lambda path: np.asarray(Image.open(path))) == classes


def test_colours_are_classes() -> None:
    colours = np.stack([mask(0, 128, 0), mask(0, 0, 128), mask(0, 0, 0)], axis=-1)
    assert count_classes([Path("m")], lambda _: colours) == 3


def test_soft_edges_leave_a_mask_binary() -> None:
    soft = mask(0, 255, size=(24, 400))
    soft[:, 199] = 100
    assert count_classes([Path("m")], lambda _: soft) == 2


def test_numbered_objects_are_no_classes() -> None:
    objects = np.arange(24 * 32, dtype=np.uint16).reshape(24, 32)
    assert count_classes([Path("m")], lambda _: objects) is None


def test_masks_look_unlike_photographs() -> None:
    assert appearance(mask(0, 3, 5)).is_mask
    assert not appearance(photo(0)).is_mask
    assert not appearance(photo(0)[..., 0]).is_mask


def test_each_name_in_two_forms_in_folders_of_kinds(tmp_path: Path) -> None:
    for kind in ("Crack", "Free"):
        for i in range(4):
            save(tmp_path / kind / "Imgs" / f"exp{i}_num_{i}.jpg", photo(i))
            save(
                tmp_path / kind / "Imgs" / f"exp{i}_num_{i}.png",
                mask(*((0, 255) if kind == "Crack" else (0,))),
            )
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == ("mask-pairs", 8)


def test_pictures_in_two_forms_are_no_pairs(tmp_path: Path) -> None:
    for kind in ("cat", "dog"):
        for i in range(4):
            for form in ("jpg", "png"):
                save(tmp_path / kind / f"{i}.{form}", photo(i))
    assert readers.read(tmp_path).spec.format == "image-folder"
