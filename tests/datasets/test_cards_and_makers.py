"""The bundled samples: each has a card that says what is there, and a maker that makes it again."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from advisor import workflow
from advisor.records import Axis, Family, Structure, Task

FOLDER = Path(__file__).parent.parent.parent / "datasets"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
CARD_KEYS = {"name", "title", "description", "source", "licence", "synthetic", "samples", "axes", "expect"}


def card(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name / "card.toml").read_text(encoding="utf-8"))


def data_files(folder: Path) -> dict[str, Path]:
    """The files of a sample by their path in it, without its card and maker."""
    paths = (
        path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".toml", ".py", ".pyc")
    )
    return {str(path.relative_to(folder)): path for path in paths}


def content(path: Path) -> Any:
    """What a file says, whatever the compression library made of its bytes."""
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return np.asarray(picture).tolist()
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return {name: (arrays[name].dtype.str, arrays[name].tobytes()) for name in arrays}
    return path.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_card_is_complete_and_in_the_words_of_the_records(name: str) -> None:
    found = card(name)
    assert set(found) == CARD_KEYS
    assert found["name"] == name
    assert all(Axis(**axis) for axis in found["axes"])
    expected = found["expect"]
    assert {expected["structure"]} <= set(Structure)
    assert {expected["family"]} <= set(Family)
    assert {expected["task"]} <= set(Task)
    sizes_vary = any("size" not in axis for axis in found["axes"])
    assert expected["variable_length"] is sizes_vary


@pytest.mark.parametrize("name", NAMES)
def test_maker_makes_the_files_that_are_there(name: str, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"make_{name}", FOLDER / name / "make.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.make(tmp_path)
    made, there = data_files(tmp_path), data_files(FOLDER / name)
    assert set(made) == set(there)
    different = [path for path in made if content(made[path]) != content(there[path])]
    assert different == []


@pytest.mark.parametrize("name", NAMES)
def test_inspection_finds_what_the_card_says(name: str) -> None:
    found, expected = workflow.inspect(FOLDER / name), card(name)["expect"]
    assert found.structure == expected["structure"]
    assert found.family == expected["family"]
    assert found.task == expected["task"]
    assert found.variable_length is expected["variable_length"]
    assert found.target is not None
    assert found.target.classes == expected["classes"]
    assert found.splits.train == card(name)["samples"]["train"]
    assert found.splits.test == card(name)["samples"]["test"]


@pytest.mark.parametrize("name", NAMES)
def test_no_file_is_too_large_for_a_repository(name: str) -> None:
    assert max(path.stat().st_size for path in data_files(FOLDER / name).values()) < 1_000_000


def test_digits_hold_as_many_pictures_as_the_card_says() -> None:
    for part, count in card("digits")["samples"].items():
        assert len(list((FOLDER / "digits" / part).glob("*/*.png"))) == count


def test_digits_share_no_picture_between_the_parts() -> None:
    names = [{path.name for path in (FOLDER / "digits" / part).glob("*/*.png")} for part in ("train", "test")]
    assert names[0].isdisjoint(names[1])


@pytest.fixture(scope="module")
def clips() -> dict[str, tuple[Any, Any]]:
    """part: clips [sample, time, height, width] and labels [sample]."""
    found = {}
    for part in ("train", "test"):
        with np.load(FOLDER / "moving_digits" / f"{part}.npz", allow_pickle=False) as arrays:
            found[part] = (arrays["clips"], arrays["labels"])
    return found


@pytest.mark.parametrize("part", ["train", "test"])
def test_moving_digits_have_every_class_equally_often(clips: dict[str, tuple[Any, Any]], part: str) -> None:
    counts = np.unique(clips[part][1], return_counts=True)[1]
    assert len(counts) == card("moving_digits")["expect"]["classes"]
    assert counts.sum() == card("moving_digits")["samples"][part]
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(("way", "back"), [("right", "left"), ("down", "up")])
def test_a_frame_does_not_tell_the_way_of_moving(
    clips: dict[str, tuple[Any, Any]], way: str, back: str
) -> None:
    """Where the ink of a first frame lies is alike for both ways: its mean is within 4 standard errors."""
    frames, labels = clips["train"]
    ways = np.array([label.split()[1] for label in labels])
    profiles = [frames[ways == one][:, 0].mean(axis=1 if way == "right" else 2) for one in (way, back)]
    gap = profiles[0].mean(0) - profiles[1].mean(0)
    error = np.sqrt(sum(profile.var(0) / len(profile) for profile in profiles))
    assert (np.abs(gap) < 4 * error).all()


def test_contrasting_reviews_come_in_pairs_of_the_same_words() -> None:
    """So that no model that counts words can tell them apart."""
    labels: dict[tuple[str, ...], set[str]] = {}
    for part in ("train", "test"):
        for row in (FOLDER / "reviews" / f"{part}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            text, label = row.split("\t")
            labels.setdefault(tuple(sorted(text.split())), set()).add(label)
    twins = sum(len(found) == 2 for found in labels.values())
    assert 2 * twins > 0.2 * 2000
