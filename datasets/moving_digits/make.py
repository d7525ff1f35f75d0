"""Writes clips of a real digit that moves one of four ways, as `train.npz` and `test.npz`.

The picture is a ring along the way of moving: what leaves at one side comes in at the other, and the
digit may start anywhere. A clip that moves right, played backwards, moves left, and both start anywhere
alike, so one frame, or all frames without their order, tell at best the digit and the axis.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

DIGITS = (0, 1, 2, 3, 4)
WAYS = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}  # rows, columns per step
FRAMES, SIDE, DIGIT_SIDE = 8, 20, 8
SPEED = (0.8, 2.2)  # pixels per frame; far below half the ring, so that no motion looks reversed
TRAIN_DIGITS = 0.75  # share of the original digits that is kept for the training clips
CLIPS = {"train": 2000, "test": 500}


def clip(digit: NDArray[np.uint8], way: str, generator: np.random.Generator) -> NDArray[np.uint8]:
    """One clip, [time, height, width], of a digit of [8, 8]."""
    direction = np.array(WAYS[way])
    free = SIDE - DIGIT_SIDE + 1  # places across the way of moving where the digit is whole
    start = np.where(direction != 0, generator.uniform(0, SIDE, 2), generator.integers(0, free, 2))
    steps = np.arange(FRAMES)[:, None] * generator.uniform(*SPEED) * direction
    frames = np.zeros((FRAMES, SIDE, SIDE), np.uint8)
    frames[:, :DIGIT_SIDE, :DIGIT_SIDE] = digit
    for frame, place in zip(frames, np.floor(start + steps).astype(int), strict=True):
        frame[:] = np.roll(frame, place, axis=(0, 1))
    return frames


def make(folder: Path) -> None:
    """Write both files into `folder`; the same arrays every time. No original digit is in both."""
    generator = np.random.default_rng(0)
    ink, names = load_digits(return_X_y=True)
    # The set counts ink from 0 to 16; 15 steps of 17 fill the range of a byte.
    grey = np.round(ink.reshape(-1, DIGIT_SIDE, DIGIT_SIDE) * (15 / 16)).astype(np.uint8) * 17
    originals = {"train": {}, "test": {}}
    for digit in DIGITS:
        rows = generator.permutation(np.flatnonzero(names == digit))
        cut = round(TRAIN_DIGITS * len(rows))
        originals["train"][digit], originals["test"][digit] = rows[:cut], rows[cut:]
    kinds = [(digit, way) for digit in DIGITS for way in WAYS]
    for part, count in CLIPS.items():
        chosen = [kinds[i] for i in generator.permutation(np.resize(np.arange(len(kinds)), count))]
        clips = [
            clip(grey[generator.choice(originals[part][digit])], way, generator) for digit, way in chosen
        ]
        labels = np.array([f"{digit} {way}" for digit, way in chosen])
        np.savez_compressed(folder / f"{part}.npz", clips=np.stack(clips), labels=labels)


if __name__ == "__main__":
    make(Path(__file__).parent)
