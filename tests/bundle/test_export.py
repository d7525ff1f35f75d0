from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from advisor.bundle.export import export_onnx, export_pt2, without_elman
from advisor.errors import ExportMismatchError, MissingExtraError
from advisor.models import build
from advisor.records import Candidate, Family, Signature

SERIES = Signature(
    layout="series", task="classification", channels=2, length=20, variable_length=True, outputs=3
)
IMAGE = SERIES.model_copy(update={"layout": "image", "variable_length": False, "height": 8, "width": 8})
LENGTHS = torch.tensor([20, 7, 5, 13])


def recurrent(cell: str) -> nn.Module:
    """The hard case: masked, in both directions, stacked, behind patches, free batch and length."""
    params = {"hidden": 8, "layers": 2, "bidirectional": True, "patch": 3}
    return build(Candidate(family=Family.RNN, architecture=cell, params=params), SERIES, seed=0)


def samples() -> tuple[Tensor, Tensor]:
    values = torch.randn(4, 20, 2, generator=torch.Generator().manual_seed(0))
    inside = torch.arange(20) < LENGTHS[:, None]
    return torch.where(inside[:, :, None], values, 0.0), LENGTHS


def onnx_answers(path: Path, values: Tensor, lengths: Tensor | None) -> Tensor:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = {"values": values.numpy()}
    if lengths is not None:
        given["lengths"] = lengths.numpy()
    assert [one.name for one in session.get_inputs()] == list(given)
    return torch.from_numpy(session.run(None, given)[0])


@pytest.mark.parametrize("cell", ["lstm", "gru", "elman"])
def test_an_onnx_file_takes_any_batch_and_length(cell: str, tmp_path: Path) -> None:
    network = recurrent(cell)
    assert export_onnx(network, SERIES, samples(), tmp_path / "model.onnx") <= 1e-4
    values, lengths = torch.randn(9, 41, 2), torch.randint(1, 42, (9,))
    found = onnx_answers(tmp_path / "model.onnx", values, lengths)
    torch.testing.assert_close(found, network.eval()(values, lengths), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("cell", ["lstm", "elman"])
def test_a_torch_program_takes_any_batch_and_length(cell: str, tmp_path: Path) -> None:
    network = recurrent(cell)
    assert export_pt2(network, SERIES, samples(), tmp_path / "model.pt2") <= 1e-4
    values, lengths = torch.randn(9, 41, 2), torch.randint(1, 42, (9,))
    found = torch.export.load(tmp_path / "model.pt2").module()(values, lengths)
    torch.testing.assert_close(found, network.eval()(values, lengths), atol=1e-5, rtol=1e-4)


def test_where_lengths_do_not_vary_there_is_one_input(tmp_path: Path) -> None:
    network = build(Candidate(family=Family.CNN, architecture="plain", params={"width": 8}), IMAGE, seed=0)
    values = torch.randn(1, 2, 8, 8)
    export_onnx(network, IMAGE, (values, None), tmp_path / "model.onnx")
    more = torch.randn(5, 2, 8, 8)
    torch.testing.assert_close(
        onnx_answers(tmp_path / "model.onnx", more, None), network.eval()(more), atol=1e-5, rtol=1e-4
    )


def test_the_network_itself_is_left_as_it_was(tmp_path: Path) -> None:
    network = recurrent("elman").train()
    export_onnx(network, SERIES, samples(), tmp_path / "model.onnx")
    assert network.training
    assert any(isinstance(module, nn.RNN) for module in network.modules())


class FrozenTime(nn.Module):
    """Remembers how long its example was, as a careless export does."""

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        means = torch.stack([values[:, step] for step in range(int(values.shape[1]))]).sum(dim=0)
        return means @ torch.ones(2, 3) + torch.arange(3) * lengths[:, None]


class Moody(nn.Module):
    """Gives another answer whenever it is not being traced."""

    def forward(self, values: Tensor) -> Tensor:
        return values.flatten(1)[:, :3] * (1.0 if torch.jit.is_tracing() else -1.0)


def test_a_frozen_time_axis_is_found_out_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ExportMismatchError, match=r"model\.onnx, batch \d"):
        export_onnx(FrozenTime(), SERIES, samples(), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_already_there_survives_a_failed_export(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_text("the earlier one")
    with pytest.raises(ExportMismatchError, match="differ by 2 of the largest"):
        export_onnx(Moody(), IMAGE, (torch.randn(4, 2, 8, 8), None), tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_text() == "the earlier one"


def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.bundle.export.find_spec", lambda name: None)
    assert importlib.util.find_spec("torch") is not None
    with pytest.raises(MissingExtraError, match=r"`onnx`.*architecture-advisor\[onnx\]"):
        export_onnx(recurrent("lstm"), SERIES, samples(), tmp_path / "model.onnx")


def test_a_gru_stands_in_for_an_elman_layer() -> None:
    layer = nn.Sequential(nn.RNN(3, 5, batch_first=True))
    values = torch.randn(2, 7, 3)
    torch.testing.assert_close(without_elman(layer)[0](values)[0], layer[0](values)[0], atol=1e-6, rtol=1e-6)
