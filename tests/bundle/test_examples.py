from __future__ import annotations

from typing import Any

import pytest

from advisor.bundle.examples import EXAMPLES, random_samples
from advisor.records import Signature, Task


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ({"layout": "image", "height": 8, "width": 6, "channels": 3, "length": 1}, (3, 8, 6)),
        ({"layout": "clip", "height": 8, "width": 6, "channels": 1, "length": 5}, (5, 1, 8, 6)),
        ({"layout": "series", "channels": 4, "length": 20, "variable_length": True}, (20, 4)),
        ({"layout": "text", "length": 12, "variable_length": True, "vocabulary": 50}, (12,)),
        ({"layout": "table", "length": 7}, (7,)),
    ],
)
def test_random_samples_have_the_shape_of_the_layout(fields: dict[str, Any], shape: tuple[int, ...]) -> None:
    given = {"task": Task.CLASSIFICATION, "outputs": 2, "variable_length": False, **fields}
    values, lengths = random_samples(Signature.model_validate(given))
    assert tuple(values.shape) == (EXAMPLES, *shape)
    assert (lengths is not None) is given["variable_length"]
    if lengths is not None:
        assert int(lengths.max()) == shape[0]
        assert all(not values[i, length:].any() for i, length in enumerate(lengths.tolist()))
