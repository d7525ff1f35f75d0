"""How much of the data a baseline sees where time is short."""

from __future__ import annotations

import pytest
import torch

from advisor.prepare import Prepared
from advisor.records import Signature, Task
from advisor.search.baselining import CELLS_AT_ONCE, CELLS_PER_SECOND, _within
from advisor.tasks.baselines import baselines_for
from advisor.tasks.estimators import BYTES_PER_CELL
from advisor.tasks.views import Part

PICTURES = Signature.model_validate(
    {"layout": "image", "task": Task.CLASSIFICATION, "channels": 1, "length": 1, "height": 8, "width": 8,
     "variable_length": False, "outputs": 2}
)  # fmt: skip
BASELINES = {one.name: one for one in baselines_for(PICTURES)}


@pytest.mark.parametrize(
    ("name", "cells"), [("ridge", CELLS_AT_ONCE), ("logistic_regression", CELLS_PER_SECOND)]
)
def test_what_solves_one_system_of_equations_sees_more(name: str, cells: int) -> None:
    part = Part(Prepared(ids=("a",), values=torch.zeros(1, 1, 8, 8)), None)
    assert _within(part, BASELINES[name], 2.0).memory == 2 * cells * BYTES_PER_CELL
    assert _within(part, BASELINES[name], None).memory is None
