"""What names of files and folders say of the part that samples belong to."""

from __future__ import annotations

import re

PARTS = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "trainval": "train",
    "val": "validation",
    "valid": "validation",
    "validate": "validation",
    "validation": "validation",
    "dev": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "t10k": "test",
}


"""The part that a word in a file's or folder's name stands for."""


FILLERS = frozenset({"set", "split", "data", "dataset", "images", "image", "img", "imgs", "videos", "clips"})


def part_of(name: str) -> str | None:
    """The part that a whole name stands for: `Train`, `test_set`, `val-images`; None for `training bus`."""
    words = [word for word in _words(name) if word not in FILLERS]
    return PARTS.get(words[0]) if len(words) == 1 else None


def part_within(name: str) -> str | None:
    """The part named by one word of a longer name: `GunPoint_TRAIN`, `seg_test`, `y_val`."""
    found = {PARTS[word] for word in _words(name) if word in PARTS}
    return found.pop() if len(found) == 1 else None


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    words = [word for word in re.split(r"[^0-9a-z]+", spaced.lower()) if word]
    return [
        re.sub(r"(?<=[a-z])(set|data)$", "", word) if word[:2] in ("tr", "te", "va") else word
        for word in words
    ]
