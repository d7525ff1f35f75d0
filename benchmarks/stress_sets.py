"""Contents of known structure, made here or bundled with scikit-learn, and what is done to them.

A content is an array [sample, *axes] with the names of its axes and a label per sample. `cases` gives every
content in many disguises, each with the structures that are right for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

NOISES = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Deviation of added Gaussian noise, in deviations of the content (of its column in a table)."""

SIZES = (30, 60, 120, 250, 500, 1000)
"""Samples."""

USUAL = 250
"""Samples where size is not what is asked."""

LEVELS = (2, 4, 16)
"""Values that are left after quantising, by equal shares of the values."""

SCALES = {"micro": (1e-6, 0.0), "mega": (1e6, 0.0), "far from zero": (1.0, 100.0), "negative": (-3.0, -7.0)}
"""Factor and offset, in deviations of the content."""


@dataclass(frozen=True)
class Content:
    """Samples [sample, *axes], the names of these axes, and a label per sample."""

    name: str
    structure: str
    axes: tuple[str, ...]
    values: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """One data set to be written and inspected.

    Attributes:
        group: what is done to the content, such as "noisy".
        detail: how, such as "channel height width".
        level: noise or number of samples, where these are what is asked.
        right: structures that are right.
        samples_at: the axis on disk that counts the samples.
        labelled: whether labels are written beside the values.
    """

    group: str
    detail: str
    content: Content
    right: frozenset[str]
    level: float | None = None
    samples_at: int = 0
    labelled: bool = True

    def write(self, folder: Path) -> None:
        """As `a.npz` with `x` and `y`, or as `a.npy` without labels."""
        values = np.moveaxis(self.content.values, 0, self.samples_at)
        if self.labelled:
            np.savez(folder / "a.npz", x=values, y=self.content.labels)
        else:
            np.save(folder / "a.npy", values)


# --- contents: (random numbers, samples) to a content ----------------------------------------------


def photo_crops(rng: np.random.Generator, samples: int) -> Content:
    """[height, width, channel] crops of two photographs at random places; the label says of which."""
    labels = rng.integers(0, 2, samples)
    crops = [_crop(_photos()[label], rng, 24) for label in labels]
    return Content("photo crops", "grid", ("height", "width", "channel"), np.stack(crops), labels)


def _crop(photo: NDArray[np.float32], rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    row, column = (int(rng.integers(0, size - side)) for size in photo.shape[:2])
    return photo[row : row + side, column : column + side]


@cache
def _photos() -> tuple[NDArray[np.float32], ...]:
    from sklearn.datasets import load_sample_images

    return tuple(image.astype(np.float32) for image in load_sample_images().images)


def textures(rng: np.random.Generator, samples: int) -> Content:
    """[height, width] noise smoothed along both axes, along one of them more; the label says which."""
    labels = rng.integers(0, 2, samples)
    spreads = [(0.0, 1.0, 2.0) if label else (0.0, 2.0, 1.0) for label in labels]
    values = [_smooth(rng.normal(size=(20, 22)), spread[1:]) for spread in spreads]
    return Content("textures", "grid", ("height", "width"), np.stack(values), labels)


def digits(rng: np.random.Generator, samples: int) -> Content:
    """[height, width] of 8 x 8: the handwritten digits bundled with scikit-learn."""
    from sklearn.datasets import load_digits

    found = load_digits()
    chosen = rng.permutation(len(found.images))[:samples]
    values = found.images[chosen].astype(np.float32)
    return Content("digits", "grid", ("height", "width"), values, found.target[chosen].astype(np.int64))


def volumes(rng: np.random.Generator, samples: int) -> Content:
    """[depth, height, width] a ball of random place and size in noise; the label says if it is hollow."""
    labels = rng.integers(0, 2, samples)
    place = np.stack(np.mgrid[0:12, 0:14, 0:16]).astype(float)
    centres = rng.uniform(4, 9, size=(samples, 3, 1, 1, 1))
    radii = rng.uniform(2.5, 4.5, size=(samples, 1, 1, 1))
    distance = np.sqrt(((place - centres) ** 2).sum(axis=1))
    inside = np.where(labels[:, None, None, None] == 1, np.abs(distance - radii) < 1, distance < radii)
    noise = 0.15 * rng.normal(size=inside.shape)
    axes = ("depth", "height", "width")
    return Content("volumes", "grid", axes, (inside + noise).astype(np.float32), labels)


def autoregressions(rng: np.random.Generator, samples: int) -> Content:
    """[time, channel] AR(1) of coefficient 0.7 or 0.9, channels independent; the label says which."""
    labels = rng.integers(0, 2, samples)
    coefficient = np.where(labels == 1, 0.9, 0.7)[:, None]
    values = rng.normal(size=(samples, 60, 3))
    for step in range(1, 60):
        values[:, step] = coefficient * values[:, step - 1] + np.sqrt(1 - coefficient**2) * values[:, step]
    return Content("autoregressions", "sequential", ("time", "channel"), values.astype(np.float32), labels)


def oscillations(rng: np.random.Generator, samples: int) -> Content:
    """[time, channel] waves of random phase and a period of about 18 or 24 steps; the label says which."""
    labels = rng.integers(0, 2, samples)
    periods = np.where(labels == 1, 24, 18) * rng.uniform(0.9, 1.1, samples)
    phases = rng.uniform(0, 2 * np.pi, size=(samples, 1, 2))
    steps = np.arange(70)[None, :, None]
    values = np.sin(2 * np.pi * steps / periods[:, None, None] + phases) + 0.2 * rng.normal(
        size=(samples, 70, 2)
    )
    return Content("oscillations", "sequential", ("time", "channel"), values.astype(np.float32), labels)


def beats(rng: np.random.Generator, samples: int) -> Content:
    """[time] one or two smooth pulses at random places, with noise; the label says how many."""
    labels = rng.integers(0, 2, samples)
    steps = np.arange(90)
    places = rng.uniform(10, 80, size=(samples, 2, 1))
    pulses = np.exp(-((steps - places) ** 2) / 18)
    values = pulses[:, 0] + labels[:, None] * pulses[:, 1] + 0.1 * rng.normal(size=(samples, 90))
    return Content("beats", "sequential", ("time",), values.astype(np.float32), labels)


def moving_discs(rng: np.random.Generator, samples: int) -> Content:
    """[time, height, width] a disc that moves one way; the label says which of four."""
    labels = rng.integers(0, 4, samples)
    way = np.array([(0, 1), (0, -1), (1, 0), (-1, 0)])[labels]
    starts = rng.uniform(6, 12, size=(samples, 2)) - 5 * way
    place = np.stack(np.mgrid[0:18, 0:18]).astype(float)
    steps = np.arange(12)[None, :, None]
    centres = starts[:, None] + steps * way[:, None]
    distance = ((place - centres[..., None, None]) ** 2).sum(axis=2)
    values = np.exp(-distance / 8) + 0.05 * rng.normal(size=distance.shape)
    axes = ("time", "height", "width")
    return Content("moving discs", "spatiotemporal", axes, values.astype(np.float32), labels)


def drifting_photos(rng: np.random.Generator, samples: int) -> Content:
    """[time, height, width, channel] a window that glides over a photograph; the label says which way."""
    labels = rng.integers(0, 2, samples)
    clips = []
    for label in labels:
        wide = _crop(_photos()[int(rng.integers(0, 2))], rng, 40)
        frames = [wide[step : step + 16, step : step + 20] for step in range(0, 20, 2)]
        clips.append(frames if label else frames[::-1])
    values = np.array(clips, dtype=np.float32)
    return Content(
        "drifting photos", "spatiotemporal", ("time", "height", "width", "channel"), values, labels
    )


def drifting_textures(rng: np.random.Generator, samples: int) -> Content:
    """[time, height, width] textures that drift left or right and slowly change; the label says where to."""
    labels = rng.integers(0, 2, samples)
    clips = []
    for label in labels:
        wide = _smooth(rng.normal(size=(14, 18, 40)), (1.5, 1.5, 1.5))
        frames = [wide[step, :, 2 * step : 2 * step + 14] for step in range(13)]
        clips.append(frames if label else [frame[:, ::-1] for frame in frames])
    values = np.array(clips, dtype=np.float32)
    return Content("drifting textures", "spatiotemporal", ("time", "height", "width"), values, labels)


def tumours(rng: np.random.Generator, samples: int) -> Content:
    """[feature] thirty measurements of cells: the breast cancer table bundled with scikit-learn."""
    from sklearn.datasets import load_breast_cancer

    return _table("tumours", load_breast_cancer(), rng, samples)


def wines(rng: np.random.Generator, samples: int) -> Content:
    """[feature] thirteen measurements: the wine table bundled with scikit-learn."""
    from sklearn.datasets import load_wine

    return _table("wines", load_wine(), rng, samples)


def factors(rng: np.random.Generator, samples: int) -> Content:
    """[feature] thirty columns that hang on four hidden factors, each in its own unit; the label on one."""
    hidden = rng.normal(size=(samples, 4))
    values = hidden @ rng.normal(size=(4, 30)) + rng.normal(size=(samples, 30))
    values = values * np.exp(rng.normal(size=30)) + rng.normal(size=30)
    return Content(
        "factors", "table", ("feature",), values.astype(np.float32), (hidden[:, 0] > 0).astype(int)
    )


def answers(rng: np.random.Generator, samples: int) -> Content:
    """[feature] twenty yes or no and graded answers of a questionnaire; the label says who tends to yes."""
    tendency = rng.normal(size=(samples, 1))
    values = tendency * rng.uniform(0, 1.5, size=20) + rng.normal(size=(samples, 20))
    graded = np.round(np.clip(values + 3, 1, 5))
    mixed = np.where(np.arange(20) % 3 == 0, values > 0, graded)
    return Content(
        "answers", "table", ("feature",), mixed.astype(np.float32), (tendency[:, 0] > 0).astype(int)
    )


def _table(name: str, found: object, rng: np.random.Generator, samples: int) -> Content:
    values, labels = found.data, found.target  # type: ignore[attr-defined]
    chosen = rng.permutation(len(values))[:samples]
    return Content(name, "table", ("feature",), values[chosen].astype(np.float32), labels[chosen])


def _smooth(noise: Array, spreads: Sequence[float]) -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    smoothed = gaussian_filter(noise, spreads)
    return np.asarray(smoothed / smoothed.std(), dtype=np.float32)


CONTENTS: tuple[Callable[[np.random.Generator, int], Content], ...] = (
    photo_crops, textures, digits, volumes,
    autoregressions, oscillations, beats,
    moving_discs, drifting_photos, drifting_textures,
    tumours, wines, factors, answers,
)  # fmt: skip


# --- what is done to them --------------------------------------------------------------------------


def cases(seed: int) -> Iterator[Case]:
    """Every content in every disguise."""
    for number, make in enumerate(CONTENTS):
        rng = np.random.default_rng([seed, number])
        content = make(rng, USUAL)
        yield from _permuted(content)
        yield from _scaled(content)
        yield from _quantised(content)
        yield from _shuffled(content, rng)
        for noise in NOISES:
            yield _case("noisy", f"noise {noise:g}", with_noise(content, noise, rng), level=noise)
        for size in SIZES:
            made = make(np.random.default_rng([seed, number, size]), size)
            if len(made.values) == size:  # the bundled tables end somewhere
                yield _case("size", f"{size} samples", made, level=size)


def _case(group: str, detail: str, content: Content, **other: object) -> Case:
    return Case(group, detail, content, frozenset({content.structure}), **other)  # type: ignore[arg-type]


def _permuted(content: Content) -> Iterator[Case]:
    """The axes of a sample in every order; and samples first, second and last, with labels and without."""
    places = range(len(content.axes))
    for order in itertools.permutations(places):
        yield _case("permuted", " ".join(content.axes[place] for place in order), _reordered(content, order))
    for axis in range(1, len(content.axes) + 1):
        yield _case("permuted", f"samples at {axis}", content, samples_at=axis)
    for axis in range(len(content.axes) + 1):
        yield _case("unlabelled", f"samples at {axis}", content, samples_at=axis, labelled=False)


def _reordered(content: Content, order: Sequence[int]) -> Content:
    values = content.values.transpose(0, *(place + 1 for place in order))
    return replace(content, values=values, axes=tuple(content.axes[place] for place in order))


def _scaled(content: Content) -> Iterator[Case]:
    for name, (factor, offset) in SCALES.items():
        values = content.values * factor + offset * abs(factor) * _deviation(content)
        yield _case("scaled", name, replace(content, values=values.astype(np.float32)))


def _quantised(content: Content) -> Iterator[Case]:
    """To steps of equal width within 2.5 deviations of the mean."""
    middle, deviation = content.values.mean(axis=_own_units(content)), _deviation(content)
    for levels in LEVELS:
        share = (content.values - middle) / (5 * deviation) + 0.5
        codes = np.clip(np.floor(share * levels), 0, levels - 1).astype(np.uint8)
        yield _case("quantised", f"{levels} levels", replace(content, values=codes))


def _own_units(content: Content) -> int | None:
    """The columns of a table have units of their own."""
    return 0 if content.structure == "table" else None


def _deviation(content: Content) -> NDArray[np.float32]:
    return np.asarray(content.values.std(axis=_own_units(content)), dtype=np.float32)


def with_noise(content: Content, noise: float, rng: np.random.Generator) -> Content:
    """With Gaussian noise, of each column by itself where these are those of a table."""
    values = content.values + noise * _deviation(content) * rng.normal(size=content.values.shape)
    return replace(content, values=values.astype(np.float32))


def _shuffled(content: Content, rng: np.random.Generator) -> Iterator[Case]:
    """Every non-empty set of axes, each by one order for all samples. What is left says what is right."""
    ordered = [place for place, name in enumerate(content.axes) if name not in ("channel", "feature")]
    for count in range(1, len(ordered) + 1):
        for places in itertools.combinations(ordered, count):
            values = content.values
            for place in places:
                values = np.take(values, rng.permutation(values.shape[place + 1]), axis=place + 1)
            left = [content.axes[place] for place in ordered if place not in places]
            detail = " and ".join(content.axes[place] for place in places)
            yield Case("shuffled", detail, replace(content, values=values), structures_left(left))
    if not ordered:
        values = content.values[:, rng.permutation(content.values.shape[1])]
        yield _case("shuffled", "feature", replace(content, values=values))


def structures_left(axes: Sequence[str]) -> frozenset[str]:
    """What data with only these ordered axes may be called, where nothing else names them.

    One ordered axis is a sequence, whichever it was. Two are a grid; time and one axis of space as well,
    for the picture of a spectrogram is just that.
    """
    return frozenset({{0: "table", 1: "sequential", 2: "grid", 3: "grid"}[len(axes)]})
