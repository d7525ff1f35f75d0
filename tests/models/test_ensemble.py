from __future__ import annotations

from pathlib import Path

import pytest
import torch

from advisor import models
from advisor.bundle.export import export_onnx, export_pt2
from advisor.records import Candidate, Family, Signature, Task

SERIES = Signature(
    layout="series", task=Task.CLASSIFICATION, channels=2, length=24, variable_length=True, outputs=3
)
CANDIDATES = (
    Candidate(family=Family.RNN, architecture="gru", params={"hidden": 8}),
    Candidate(family=Family.CNN, architecture="plain", params={"width": 8, "depth": 2}),
)


def test_classes_are_averaged_as_probabilities_and_told_as_logarithms() -> None:
    network = models.build_ensemble(CANDIDATES, (3, 1), SERIES).eval()
    values, lengths = torch.randn(5, 24, 2), torch.tensor([24, 20, 9, 24, 13])
    alone = [torch.softmax(one(values, lengths), dim=-1) for one in network.members]
    wanted = 0.75 * alone[0] + 0.25 * alone[1]
    assert torch.allclose(torch.softmax(network(values, lengths), dim=-1), wanted, atol=1e-6)


def test_numbers_are_averaged_as_they_are() -> None:
    signature = SERIES.model_copy(update={"task": Task.REGRESSION, "outputs": 1})
    network = models.build_ensemble(CANDIDATES, (1, 1), signature).eval()
    values, lengths = torch.randn(5, 24, 2), torch.full((5,), 24)
    wanted = sum(one(values, lengths) for one in network.members) / 2
    assert torch.allclose(network(values, lengths), wanted, atol=1e-6)


@pytest.mark.parametrize(("write", "name"), [(export_onnx, "onnx"), (export_pt2, "pt2")])
def test_it_is_exported_as_any_network(write: object, name: str, tmp_path: Path) -> None:
    network = models.build_ensemble(CANDIDATES, (3, 1), SERIES)
    example = torch.randn(6, 24, 2), torch.tensor([24, 20, 9, 24, 13, 17])
    assert callable(write)
    assert write(network, SERIES, example, tmp_path / f"model.{name}") < 1e-4
