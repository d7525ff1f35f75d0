"""Masks kept as arrays, beside pictures or beside arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from advisor import readers
from advisor.readers.pictures import mask_pairs

RNG = np.random.default_rng(0)
COUNT, SIZE = 12, (24, 32)


def photo() -> np.ndarray:
    return RNG.integers(0, 256, (*SIZE, 3), dtype=np.uint8)


def mask(classes: int) -> np.ndarray:
    return np.tile((np.arange(SIZE[1]) * classes // SIZE[1]).astype(np.uint8), (SIZE[0], 1))


def write(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".npz":
        np.savez(path, mask=values)
    else:
        savemat(path, {"found": {"Segmentation": values, "Edges": np.zeros((3, 1))}})


@pytest.mark.parametrize("place", ["masks/{}.npy", "masks/{}.npz", "cls/{}.mat", "{}.npy", "{}_mask.npy"])
def test_masks_of_pictures_may_be_arrays(tmp_path: Path, place: str) -> None:
    for i in range(COUNT):
        picture = tmp_path / ("img" if "/" in place else "") / f"p{i}.jpg"
        picture.parent.mkdir(exist_ok=True)
        Image.fromarray(photo()).save(picture)
        write(tmp_path / place.format(f"p{i}"), mask(3))
    source = readers.read(tmp_path)
    assert source.spec.format == mask_pairs.FORMAT
    assert len(source) == COUNT
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.spec.target.classes) == ("mask", 3)


@pytest.mark.parametrize("values", [RNG.normal(size=SIZE) * 5, RNG.normal(size=64)])
def test_measures_beside_pictures_are_no_masks(tmp_path: Path, values: np.ndarray) -> None:
    (tmp_path / "rgb").mkdir()
    for i in range(COUNT):
        Image.fromarray(photo()).save(tmp_path / "rgb" / f"{i}.jpg")
        write(tmp_path / "depth" / f"{i}.npy", values)
    assert mask_pairs.sniff(tmp_path) == 0


@pytest.mark.parametrize(("picture", "found"), [("images/{}.npy", "masks/{}.npy"), ("{}_x.npy", "{}_y.npy")])
def test_pictures_and_masks_of_one_name_are_a_sample_each(tmp_path: Path, picture: str, found: str) -> None:
    for i in range(COUNT):
        write(tmp_path / picture.format(i), photo())
        write(tmp_path / found.format(i), mask(2))
    source = readers.read(tmp_path)
    assert (len(source), np.shape(source.read(3))) == (COUNT, (*SIZE, 3))
    assert source.spec.target is not None
    assert source.spec.target.kind == "mask"
