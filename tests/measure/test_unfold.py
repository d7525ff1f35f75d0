from __future__ import annotations

import numpy as np
import pytest

from advisor.errors import UnreadableSampleError
from advisor.measure import measure
from advisor.measure.shape.naming import rename_like
from advisor.measure.shape.unfold import picture_sizes


@pytest.fixture
def squares() -> np.ndarray:
    """[sample, 16, 16] noise that is smooth along both axes."""
    from scipy.ndimage import gaussian_filter

    values = np.random.default_rng(0).normal(size=(150, 24, 24))
    return gaussian_filter(values, (0, 1.5, 1.5))[:, 4:20, 4:20].astype(np.float32)


def test_square_pictures_in_rows(source, squares):
    named, _ = measure(source(list(squares.reshape(150, -1))), probe=False)
    assert [axis.name for axis in named.spec.input.axes] == ["height", "width", "channel"]
    np.testing.assert_array_equal(named.read(3)[..., 0], squares[3])


@pytest.mark.parametrize("last", [True, False])
def test_colours_first_and_last(source, squares, last):
    colour = np.stack([squares, 0.7 * squares, -squares], axis=-1 if last else 1)
    assert picture_sizes(colour.reshape(150, -1)) == ((16, 16, 3) if last else (3, 16, 16))


@pytest.mark.parametrize("kind", ["walk", "period", "noise", "alike"])
def test_series_and_features_of_square_length_stay(kind):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(150, 256))
    rows = {
        "walk": noise.cumsum(axis=1),
        "period": np.sin(np.arange(256) * np.pi / 8 + 6 * rng.random((150, 1))) + 0.3 * noise,
        "noise": noise,
        "alike": noise + rng.normal(size=(150, 1)),
    }[kind]
    assert picture_sizes(rows.astype(np.float32)) is None


def test_new_rows_are_unfolded_as_those_trained_on(source, squares):
    rows = list(squares.reshape(150, -1))
    trained, _ = measure(source(rows), probe=False)
    new = rename_like(source(rows[:1]), trained.spec.input)
    np.testing.assert_array_equal(new.read(0), trained.read(0))
    with pytest.raises(UnreadableSampleError, match="no picture of 16 x 16"):
        rename_like(source([rows[0][:200]]), trained.spec.input).read(0)
