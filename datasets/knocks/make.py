"""Writes recordings of two knocks, of varying length, as a TRAIN/TEST pair of `.ts` files.

Two parts of a machine are struck one after the other. A struck part is a damped harmonic oscillator:
x(t) = a * exp(-t / tau) * sin(2 * pi * f * t). Two sensors hear both parts, each louder from the
part it sits on. Which part is struck first is all that tells two of the classes apart.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEPS = (45, 120)  # shortest and longest recording
HIT_STEPS = 20  # least distance between the two knocks, and from the second one to the end
PARTS = {"thump": (0.045, 9.0), "ring": (0.21, 6.0)}  # frequency in cycles per step, decay in steps
GAIN = np.array([[1.0, 0.5], [0.5, 1.0]])  # [part, sensor]
NOISE = 0.12  # standard deviation, where a knock has an amplitude of 0.7 to 1.3
CLASSES = ("thump-thump", "thump-ring", "ring-thump", "ring-ring")
SAMPLES = {"TRAIN": 320, "TEST": 160}

HEADER = """@problemName Knocks
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength false
@classLabel true {classes}
@data
"""


def recording(label: str, generator: np.random.Generator) -> NDArray[np.float64]:
    """One recording, [time, sensor]."""
    steps = int(generator.integers(STEPS[0], STEPS[1] + 1))
    first = int(generator.integers(2, steps - 2 * HIT_STEPS))
    second = int(generator.integers(first + HIT_STEPS, steps - HIT_STEPS + 1))
    values = generator.normal(0.0, NOISE, (steps, 2))
    for part, start in zip(label.split("-"), (first, second), strict=True):
        frequency, decay = PARTS[part]
        time = np.arange(steps - start)
        wave = np.exp(-time / decay) * np.sin(2 * np.pi * frequency * generator.uniform(0.9, 1.1) * time)
        values[start:] += generator.uniform(0.7, 1.3) * wave[:, None] * GAIN[list(PARTS).index(part)]
    return values


def line(values: NDArray[np.float64], label: str) -> str:
    """One line of a `.ts` file: the channels, then the label, parted by colons."""
    channels = (",".join(f"{value:.2f}" for value in channel) for channel in values.T)
    return ":".join([*channels, label])


def make(folder: Path) -> None:
    """Write both files into `folder`; the same files every time."""
    generator = np.random.default_rng(0)
    for part, count in SAMPLES.items():
        labels = generator.permutation(np.resize(CLASSES, count))
        lines = [line(recording(label, generator), label) for label in labels]
        text = HEADER.format(classes=" ".join(CLASSES)) + "\n".join(lines) + "\n"
        (folder / f"Knocks_{part}.ts").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(Path(__file__).parent)
