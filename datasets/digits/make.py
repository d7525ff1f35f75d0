"""Writes the digits of scikit-learn as one PNG per picture: `train/<digit>/` and `test/<digit>/`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

TRAIN_PER_CLASS = 100
TEST_PER_CLASS = 40
GREY_LEVELS = 16  # the set counts ink in steps of 0 to 16


def make(folder: Path) -> None:
    """Write both parts into `folder`; the same files every time."""
    pictures, labels = load_digits(return_X_y=True)
    grey = np.round(pictures.reshape(-1, 8, 8) * (255 / GREY_LEVELS)).astype(np.uint8)
    order = np.random.default_rng(0).permutation(len(labels))
    for digit in range(10):
        chosen = order[labels[order] == digit]
        parts = {"train": chosen[:TRAIN_PER_CLASS], "test": chosen[TRAIN_PER_CLASS:][:TEST_PER_CLASS]}
        for part, rows in parts.items():
            place = folder / part / str(digit)
            place.mkdir(parents=True, exist_ok=True)
            for row in rows:
                Image.fromarray(grey[row]).save(place / f"{row:04d}.png", optimize=True)


if __name__ == "__main__":
    make(Path(__file__).parent)
