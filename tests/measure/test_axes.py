from __future__ import annotations

import numpy as np
import pytest

from advisor.errors import DataError
from advisor.measure import measure
from advisor.measure.shape import axes
from advisor.measure.shape.neighbours import neighbourhoods
from advisor.readers.source import Source


def names(source: Source) -> list[str]:
    named, _ = measure(source, probe=False)
    return [axis.name for axis in named.spec.input.axes]


def test_pictures_without_channel_get_one(source, pictures):
    named, _ = measure(source(list(pictures)), probe=False)
    assert [(axis.name, axis.size) for axis in named.spec.input.axes] == [
        ("height", 14),
        ("width", 12),
        ("channel", 1),
    ]
    np.testing.assert_array_equal(named.read(3)[:, :, 0], pictures[3])


def test_channel_first_pictures_are_turned(source, pictures):
    colour = np.stack([pictures, 0.8 * pictures + 0.2, -pictures], axis=1)
    named, _ = measure(source(list(colour)), probe=False)
    assert named.read(5).shape == (14, 12, 3)
    np.testing.assert_array_equal(named.read(5)[:, :, 1], colour[5, 1])


def test_series_with_unordered_channels_are_no_pictures(source, series):
    assert names(source(list(series))) == ["time", "channel"]


def test_channel_first_series_are_turned(source, series):
    named, _ = measure(source(list(series.transpose(0, 2, 1))), probe=False)
    np.testing.assert_array_equal(named.read(7), series[7])


def test_one_smooth_axis_alone_is_time(source, series):
    assert names(source(list(series[:, :, 0]))) == ["time", "channel"]


def test_columns_without_neighbourhood_are_features(source):
    rows = np.random.default_rng(0).normal(size=(150, 12)).astype(np.float32)
    assert names(source(list(rows))) == ["feature"]


def test_columns_that_are_all_alike_are_features(source):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(150, 1)) + 0.3 * rng.normal(size=(150, 12))
    assert names(source(list(rows.astype(np.float32)))) == ["feature"]


def test_pictures_with_shuffled_pixels_become_rows(source, pictures):
    order = np.random.default_rng(0).permutation(14 * 12)
    shuffled = pictures.reshape(120, -1)[:, order].reshape(pictures.shape)
    named, _ = measure(source(list(shuffled)), probe=False)
    assert [(axis.name, axis.size) for axis in named.spec.input.axes] == [("feature", 168)]
    np.testing.assert_array_equal(named.read(0), shuffled[0].ravel())


def test_blank_borders_do_not_hide_a_picture(source, pictures):
    assert names(source(list(np.pad(pictures, ((0, 0), (6, 6), (6, 6)))))) == ["height", "width", "channel"]


@pytest.mark.parametrize("time", [1, 3])
def test_clips_are_told_wherever_time_is(source, clips, time):
    named, facts = measure(source(list(np.moveaxis(clips, 1, time))), probe=False)
    assert [axis.name for axis in named.spec.input.axes] == ["time", "height", "width", "channel"]
    assert facts.value("time_signs") >= axes.SIGNS
    np.testing.assert_array_equal(named.read(2)[..., 0], clips[2])


def test_a_cube_smooth_in_all_directions_is_a_volume(source):
    rng = np.random.default_rng(1)
    place = np.stack(np.mgrid[0:12, 0:12, 0:12])
    centres = rng.uniform(3, 9, size=(80, 3, 1, 1, 1))
    volumes = np.exp(-((place - centres) ** 2).sum(axis=1) / 8).astype(np.float32)
    assert names(source(list(volumes))) == ["depth", "height", "width", "channel"]


def test_more_than_four_axes_are_refused(source):
    with pytest.raises(DataError, match=r"1 to 4 axes.*found 5"):
        measure(source([np.zeros((2, 2, 2, 2, 2), dtype=np.float32)] * 20))


def test_named_axes_keep_their_names(source, pictures):
    assert names(source(list(pictures), ["time", "channel"])) == ["time", "channel"]


def test_neighbours_correlate_more_than_shuffled_ones(pictures):
    for near in neighbourhoods(pictures):
        assert near.nearer > near.shuffled > 0.5
        assert near.adjacent > near.random_pairs


def test_a_constant_array_has_no_neighbourhood():
    near = neighbourhoods(np.ones((20, 8), dtype=np.float32))[0]
    assert not axes.is_near(near)


def test_noise_twice_as_strong_does_not_hide_a_picture(source, pictures):
    noise = 2 * pictures.std() * np.random.default_rng(0).normal(size=pictures.shape)
    assert names(source(list((pictures + noise).astype(np.float32)))) == ["height", "width", "channel"]


def test_cells_that_hold_only_noise_do_not_hide_a_picture(source, pictures):
    wide = np.pad(pictures, ((0, 0), (7, 7), (6, 6)))
    wide = wide + 0.1 * np.random.default_rng(0).normal(size=wide.shape)
    assert names(source(list(wide.astype(np.float32)))) == ["height", "width", "channel"]


def test_pictures_in_colour_on_a_third_axis_are_a_clip(source):
    rng = np.random.default_rng(0)
    grey = rng.normal(size=(60, 11, 13, 15))
    for axis in (1, 2, 3):
        grey = grey + np.roll(grey, 1, axis) + np.roll(grey, 2, axis)
    colour = grey[..., None] + 0.3 * grey.std() * rng.normal(size=(*grey.shape, 3))
    assert names(source(list(grey.astype(np.float32))))[0] == "depth"
    assert names(source(list((colour[:, :8] + 0).astype(np.float32))))[0] == "time"


def test_what_was_merged_into_columns_says_how_near_it_was_to_an_axis(source, series):
    _, facts = measure(source(list(series)), probe=False)
    assert facts.value("nearer_alike_merged") is None  # one axis of channels is itself
    clips = np.random.default_rng(0).normal(size=(80, 9, 10)).astype(np.float32)
    _, facts = measure(source(list(clips)), probe=False)
    assert facts.value("nearer_alike_merged") < axes.NEARER_ALIKE
