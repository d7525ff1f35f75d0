from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor.errors import UsageError
from advisor.measure.shape.naming import rename_as, rename_like
from advisor.readers import read
from advisor.readers.source import Source


@pytest.fixture
def source(tmp_path: Path) -> Source:
    values = np.arange(6 * 3 * 4 * 5, dtype=np.float32).reshape(6, 3, 4, 5)
    np.savez(tmp_path / "data.npz", x=values, y=np.array([0, 1] * 3))
    return read(tmp_path / "data.npz")


def test_axes_are_sorted_as_later_stages_have_them(source: Source) -> None:
    named = rename_as(source, ["channel", "width", "height"])
    assert [(axis.name, axis.size) for axis in named.spec.input.axes] == [
        ("height", 5),
        ("width", 4),
        ("channel", 3),
    ]
    before, after = np.asarray(source.read(2)), np.asarray(named.read(2))
    assert np.array_equal(after, before.transpose(2, 1, 0))


def test_without_channel_there_is_one(source: Source) -> None:
    named = rename_as(source, ["time", "height", "width"])
    assert np.asarray(named.read(0)).shape == (3, 4, 5, 1)


def test_new_data_are_named_as_those_of_training(source: Source) -> None:
    trained = rename_as(source, ["channel", "height", "width"])
    again = rename_like(source, trained.spec.input)
    assert again.spec.input == trained.spec.input
    assert np.array_equal(np.asarray(again.read(1)), np.asarray(trained.read(1)))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["hight", "width", "channel"], "'hight' is no axis"),
        (["time"], "one name for each"),
        (["time"] * 3, "each once"),
    ],
)
def test_names_that_do_not_fit(names: list[str], message: str, source: Source) -> None:
    with pytest.raises(UsageError, match=message):
        rename_as(source, names)
