from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.measure import measure
from advisor.measure.long_clip import FILMED, is_long_clip
from advisor.readers.source import Source

AXES = ["time", "height", "width", "channel"]


@pytest.fixture
def field() -> np.ndarray:
    """[time, height, width, channel]: a wave that runs along the width, with noise."""
    rng = np.random.default_rng(0)
    step, row, column = np.ogrid[0:300, 0:24, 0:40]
    wave = np.sin(0.5 * step - 0.3 * column + 0.2 * row) + 0.3 * rng.normal(size=(300, 24, 40))
    return wave.astype(np.float32)[..., None]


def clip(source, values: np.ndarray) -> Source:
    return replace(source([values], AXES, kind="future"), read_steps=lambda start, stop: values[start:stop])


def test_a_field_has_neighbours_in_space_and_time(source, field):
    _, facts = measure(clip(source, field))
    for axis in ("height", "width", "time"):
        assert facts.value(f"adjacent_correlation_{axis}") > 0.5
    assert facts.value("order_score_drop") > 0.1
    assert facts.value("size_time") == 300


def test_shuffled_places_and_steps_have_none(source, field):
    rng = np.random.default_rng(1)
    shuffled = field[rng.permutation(300)][:, rng.permutation(24)][:, :, rng.permutation(40)]
    _, facts = measure(clip(source, shuffled))
    assert abs(facts.value("adjacent_correlation_time")) < 0.1
    assert facts.value("locality_height") < 0.25
    assert facts.value("order_score_drop") < 0.01


def test_the_last_part_is_never_looked_at(source, field):
    asked = []

    def read_steps(start: int, stop: int) -> np.ndarray:
        asked.append(stop)
        return field[start:stop]

    measure(replace(source([field], AXES, kind="future"), read_steps=read_steps))
    assert max(asked) == 180


def test_a_source_that_gives_whole_frames_only(source, field):
    plain = source([field], AXES, kind="future")
    assert is_long_clip(plain)
    _, facts = measure(plain)
    assert facts.value("adjacent_correlation_width") > 0.5


def test_places_that_are_never_measured_do_no_harm(source, field):
    field[:, np.random.default_rng(2).random((24, 40)) < 0.4] = np.nan
    _, facts = measure(clip(source, field))
    assert facts.value("adjacent_correlation_time") > 0.5
    assert facts.value("missing_share") == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("steps", [2, 7, 17, 24])
def test_short_ones_give_what_they_can(source, field, steps):
    _, facts = measure(clip(source, field[:steps]))
    assert facts.value("adjacent_correlation_height") > 0.5


def test_a_field_that_never_changes_still_has_space(source, field):
    _, facts = measure(clip(source, np.repeat(field[:1], 40, axis=0)))
    assert facts.value("locality_width") > 0.25


def test_steps_that_cannot_be_decoded_are_left_out(source, field):
    def read_steps(start: int, stop: int) -> np.ndarray:
        if start == 0:
            raise UnreadableSampleError("the first steps are damaged")
        return field[start:stop]

    good = replace(source([field], AXES, kind="future"), read_steps=read_steps)
    assert measure(good)[1].value("adjacent_correlation_time") > 0.5
    with pytest.raises(NoDataError, match="readable time steps"):
        measure(replace(good, read_steps=lambda start, stop: read_steps(0, 1)))


def test_of_a_film_few_steps_are_decoded(source, field):
    film = np.tile(field, (4, 1, 1, 1))
    asked = []

    def read_steps(start: int, stop: int) -> np.ndarray:
        asked.append(stop)
        return film[start:stop]

    made = replace(clip(source, film), read_steps=read_steps, read_frames=lambda i, count: film[:count])
    measure(made)
    assert max(asked) == FILMED
