"""Which picture goes with which mask, by names alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.readers.name_words import words
from advisor.readers.pictures.pairing import pair, some, unnamed

LAYOUTS = [
    ("images/1.jpg", "masks/1.png"),
    ("image/img7.png", "label/seg0007.png"),
    ("train/imgs/a.png", "train/gt/a.png"),
    ("JPEGImages/2007_01.jpg", "SegmentationClass/2007_01.png"),
    ("PNGImages/Fudan1.png", "PedMasks/Fudan1_mask.png"),
    (
        "leftImg8bit/val/bonn/bonn_0_19_leftImg8bit.png",
        "gtFine/val/bonn/bonn_0_19_gtFine_labelTrainIds.png",
    ),
    ("imagesTr/la_003.nii.gz", "labelsTr/la_003.nii.gz"),
    ("imagesTr/r_001_0000.png", "labelsTr/r_001.png"),
    ("train/0001TP.png", "trainannot/0001TP.png"),
    ("training/images/21_training.tif", "training/1st_manual/21_manual1.gif"),
    ("x_sat.jpg", "x_mask.png"),
    ("img_3.jpg", "img_3_seg.png"),
    ("IMG_3.JPG", "IMG_3_MASK.PNG"),
    ("image_4.png", "mask_4.png"),
    ("benign/benign (1).png", "benign/benign (1)_mask.png"),
    ("images/a.png", "images/a_mask.png"),
    ("x/1.png", "y/1.png"),
    ("photos/cat_1.jpg", "annotations/trimaps/cat_1.png"),
    ("patient1/t2.nii.gz", "patient1/prostate_mask.nii.gz"),
    ("train-volume.tif", "train-labels.tif"),
    ("ISIC_1/ISIC_1.jpg", "ISIC_1_GroundTruth/ISIC_1_segmentation.png"),
]


@pytest.mark.parametrize(("image", "mask"), LAYOUTS)
def test_usual_layouts(image: str, mask: str) -> None:
    assert pair([mask, image]).masks == {image: [mask]}


@pytest.mark.parametrize(("image", "mask"), LAYOUTS[:8])
def test_wrapping_folders_change_nothing(image: str, mask: str) -> None:
    wrapped = [f"masks_2020/data/{name}" for name in (image, mask)]
    assert pair(wrapped).masks == {wrapped[0]: [wrapped[1]]}


def test_pictures_of_parts_with_equal_names_are_kept_apart() -> None:
    names = [f"{part}/{kind}/1.png" for part in ("train", "val") for kind in ("images", "masks")]
    assert pair(names).masks == {f"{part}/images/1.png": [f"{part}/masks/1.png"] for part in ("train", "val")}


def test_all_masks_of_a_picture_are_given_to_it() -> None:
    kinds = [f"gtFine/a_1_gtFine_{kind}.png" for kind in ("color", "instanceIds", "labelIds")]
    assert pair(["leftImg8bit/a_1_leftImg8bit.png", *kinds]).masks == {
        "leftImg8bit/a_1_leftImg8bit.png": kinds
    }


def test_a_folder_of_object_masks_belongs_to_its_one_picture() -> None:
    names = ["t/ab/images/ab.png", "t/ab/masks/77.png", "t/ab/masks/9c.png", "t/cd/images/cd.png"]
    assert pair(names).masks == {"t/ab/images/ab.png": ["t/ab/masks/9c.png", "t/ab/masks/77.png"]}


def test_one_mask_serves_all_modalities() -> None:
    names = [f"B_1/B_1_{kind}.nii.gz" for kind in ("flair", "t1", "t1ce", "seg")]
    assert set(pair(names).masks) == set(names[:3])


def test_who_is_left_alone_is_told() -> None:
    pairs = pair(["images/1.png", "images/2.png", "masks/2.png", "masks/3.png"])
    assert (pairs.lone_images, pairs.lone_masks) == (["images/1.png"], ["masks/3.png"])


@pytest.mark.parametrize(
    "names",
    [
        ("with_mask/1.png", "without_mask/1.png"),
        ("cat/1.png", "dog/1.png"),
        ("labels/1.png", "masks/1.png"),
    ],
)
def test_no_pairs_where_all_or_none_are_masks(names: tuple[str, ...]) -> None:
    assert pair(names).masks == {}


def test_unnamed_folders_are_paired_both_ways() -> None:
    ways = unnamed([f"{folder}/{i}.png" for folder in "AB" for i in range(3)])
    assert [list(way.masks) for way in ways] == [
        ["A/0.png", "A/1.png", "A/2.png"],
        ["B/0.png", "B/1.png", "B/2.png"],
    ]


def test_an_unnamed_suffix_pairs_files() -> None:
    names = [f"Image_{i}L{ending}" for i in range(9) for ending in (".jpg", "_1stHO.png")]
    (way,) = unnamed(names)
    assert way.masks["Image_3L.jpg"] == ["Image_3L_1stHO.png"]


def test_three_folders_of_equal_names_are_classes() -> None:
    assert unnamed([f"{folder}/{i}.png" for folder in "ABC" for i in range(3)]) == []


def test_a_choice_of_names_keeps_partners_together() -> None:
    names = [f"{folder}/{i}.png" for folder in ("images", "masks") for i in range(1_000)]
    chosen = some(names, 100)
    assert 100 <= len(chosen) < 200
    assert len(pair(chosen).masks) * 2 == len(chosen)


@given(st.lists(st.text(min_size=1, max_size=30).filter(lambda name: "/" not in name), max_size=8))
def test_any_names_are_given_once(bare: list[str]) -> None:
    names = sorted({f"{('images', 'masks', 'x')[i % 3]}/{name}.png" for i, name in enumerate(bare)})
    pairs = pair(names)
    told = [*pairs.masks, *pairs.lone_images, *pairs.lone_masks]
    assert sorted({*told, *(mask for masks in pairs.masks.values() for mask in masks)}) == names
    assert len(told) == len(set(told))


@given(st.text(max_size=60))
def test_words_have_no_separators(name: str) -> None:
    assert all(word and "_" not in word and " " not in word for word in words(name))
