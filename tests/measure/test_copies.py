from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from advisor.errors import UnsafeDataError
from advisor.measure import measure
from advisor.measure.health.copies import copy_facts, find_copies
from advisor.measure.health.survey import survey


def counts(given) -> dict[str, float | None]:
    found = copy_facts(given, find_copies(given, survey(given, 5.0, 0), 5.0), 10.0)
    names = {
        "duplicate_samples": "exact",
        "near_duplicate_samples": "near",
        "duplicates_across_parts": "across",
        "duplicates_labelled_otherwise": "odd",
    }
    return {names[fact.name]: fact.value for fact in found if fact.name in names and fact.value}


def photo(seed: int, side: int = 96) -> np.ndarray:
    """[height, width, channel] uint8: blobs of all sizes, as photographs have them."""
    rng = np.random.default_rng(seed)
    layers = [
        np.kron(rng.normal(size=(size, size, 3)), np.ones((side // size, side // size, 1))) * (3 / size)
        for size in (3, 6, 12, 24)
    ]
    values = sum(layers)
    return np.clip(128 + 30 * values, 0, 255).astype(np.uint8)


def as_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(file.getvalue())))


def smaller(picture: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((80, 80), Image.Resampling.BILINEAR))


def brighter(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture * 1.1 + 5, 0, 255).astype(np.uint8)


PICTURE = ("height", "width", "channel")


@pytest.mark.parametrize("change", [lambda one: as_jpeg(one, 70), smaller, brighter])
def test_a_picture_saved_again_is_a_near_copy(source, change) -> None:
    pictures = [photo(seed) for seed in range(30)]
    assert counts(source([*pictures, change(pictures[3])], PICTURE)) == {"near": 1}


def test_copies_across_parts_are_told_apart_from_those_within(source) -> None:
    pictures = [photo(seed) for seed in range(30)]
    samples = [*pictures, pictures[0], pictures[1], as_jpeg(pictures[2], 70)]
    parts = ["train"] * 30 + ["train", "test", "test"]
    assert counts(source(samples, PICTURE, ["a", "b"] * 16 + ["b"], parts=parts)) == {
        "exact": 1, "across": 2, "odd": 1,
    }  # fmt: skip


def test_blank_pictures_and_simple_strokes_are_no_near_copies(source) -> None:
    """Upright strokes a little apart, as the ones of handwritten digits, and frames of one grey."""
    rng = np.random.default_rng(0)
    columns, rows = np.meshgrid(np.arange(28), np.arange(28))
    strokes = []
    for _ in range(300):
        middle, lean, width = 14 + rng.normal(), rng.normal() / 8, 2 + rng.random()
        stroke = np.exp(-(((columns - middle - lean * (rows - 14)) / width) ** 2)) * (abs(rows - 14) < 10)
        strokes.append((255 * stroke).astype(np.uint8)[..., None])
    greys = [np.full((28, 28, 1), value // 2, dtype=np.uint8) for value in range(20)]
    assert counts(source([*strokes, *greys], PICTURE)) == {}


def test_rounded_series_are_near_copies_but_among_alike_ones_none_can_be_told(source) -> None:
    rng = np.random.default_rng(0)
    steps = np.arange(60)
    curves = [np.sin(steps / 8 + rng.normal() / 4)[:, None] * rng.uniform(0.5, 2) for _ in range(200)]
    noise = [rng.normal(size=(60, 1)) for _ in range(50)]
    for alike, found in ((curves, {}), (noise, {"near": 1})):
        samples = [one.astype(np.float32) for one in [*alike, np.round(alike[-1], 2)]]
        assert counts(source(samples, ("time", "channel"))) == found


def test_louder_sounds_are_near_copies(source) -> None:
    rng = np.random.default_rng(0)
    loud = [np.repeat(rng.random(20), 200)[:, None] for _ in range(20)]
    waves = [(one * rng.normal(size=(4_000, 1)) / 5).astype(np.float32) for one in loud]
    given = source([*waves, waves[4] * 0.5], ("time", "channel"))
    axes = tuple(
        axis.model_copy(update={"unit": "s", "spacing": 1 / 8000} if axis.name == "time" else {})
        for axis in given.spec.input.axes
    )
    inputs = (given.spec.input.model_copy(update={"axes": axes}),)
    given = replace(given, spec=given.spec.model_copy(update={"inputs": inputs}))
    assert counts(given) == {"near": 1}


WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty twenty-one twenty-two"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A short text.", {"exact": 1}),
        ("a  short text", {"near": 1}),
        (f"{WORDS.capitalize()} and more.", {"near": 1}),
        ("one two three", {}),
        ("the food here was not good today", {}),
        (" ".join(reversed(WORDS.split())), {}),
    ],
)
def test_texts_that_say_the_same(source, text: str, found: dict[str, int]) -> None:
    assert counts(source(["A short text.", WORDS, "the food here was very good today", text])) == found


def test_rows_that_differ_in_their_number_only_are_copies(source) -> None:
    from advisor.records import Column

    rows = [np.array([float(place), place % 40, f"name {place % 40}"], dtype=object) for place in range(42)]
    given = source(rows, ["feature"])
    columns = tuple(
        Column(name=name, kind=kind)
        for name, kind in (("id", "identifier"), ("size", "number"), ("name", "category"))
    )
    inputs = (given.spec.input.model_copy(update={"columns": columns}),)
    assert counts(replace(given, spec=given.spec.model_copy(update={"inputs": inputs}))) == {"exact": 2}


def test_equal_files_are_found_where_no_sample_was_decoded(source, tmp_path) -> None:
    files = [tmp_path / f"{place}.bin" for place in range(6)]
    for place, file in enumerate(files):
        file.write_bytes(bytes(9_000) + bytes([place % 5]) + bytes(9_000))
    given = replace(source([np.eye(2)[..., None]] * 6, PICTURE), files=files)
    assert find_copies(given, [], 5.0).exact == ((0, 5),)
    blank = replace(source([np.zeros((2, 2, 1))] * 6, PICTURE), files=files)
    assert find_copies(blank, [], 5.0).exact == ()


def test_examples_name_both_samples(source) -> None:
    rows = list(np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32))
    _, facts = measure(source([*rows, rows[7]], ["feature"]), probe=False)
    fact = facts.get("duplicate_samples")
    assert fact is not None
    assert fact.examples == ("7 = 30",)


def test_a_sample_that_is_refused_is_left_out(source) -> None:
    """Also one of the test part, which nothing else of inspection reads."""
    rows = list(np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32))
    given = source(rows, ["feature"])

    def read(place: int) -> np.ndarray:
        if place == 3:
            raise UnsafeDataError("too large")
        return rows[place]

    assert len(survey(replace(given, read=read), 5.0, 0)) == 29
