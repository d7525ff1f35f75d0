"""What every network keeps, for every family, architecture, layout and task that it takes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from advisor.bundle.export import export_onnx
from advisor.models import FAMILIES, architectures, build, families
from advisor.records import Candidate, Family, Signature, Task

CLASSES = 3


def signature(layout: str, **fields: object) -> Signature:
    base = {
        "layout": layout,
        "task": "classification",
        "length": 1,
        "variable_length": False,
        "outputs": CLASSES,
    }
    return Signature.model_validate({**base, **fields})


SIGNATURES = {
    "image": signature("image", channels=3, height=12, width=9),
    "volume": signature("volume", channels=1, depth=6, height=8, width=5),
    "series": signature("series", channels=2, length=20, variable_length=True),
    "series regression": signature("series", channels=2, length=20, task="regression", outputs=1),
    "forecast": signature(
        "series",
        channels=3,
        length=24,
        task="forecasting",
        outputs=2,
        horizon=5,
        target_channels=(0, 2),
        period=6,
    ),
    "text": signature("text", length=15, vocabulary=30, variable_length=True),
    "clip": signature("clip", channels=1, length=5, height=8, width=10),
    "table": signature("table", length=6),
}
SMALL = {
    "width": 8,
    "hidden": 6,
    "layers": 2,
    "embedding": 8,
    "patch": 3,
    "halvings": 2,
    "kernels": 40,
    "dropout": 0.1,
}


@dataclass(frozen=True)
class Case:
    signature: Signature
    family: Family
    architecture: str

    def network(self, seed: int = 0) -> nn.Module:
        candidate = Candidate(family=self.family, architecture=self.architecture, params=SMALL)
        return build(candidate, self.signature, seed=seed)

    def sample(self, batch: int, seed: int = 0) -> tuple[Tensor, Tensor | None]:
        return sample(self.signature, batch, seed)


def sample(of: Signature, batch: int, seed: int = 0) -> tuple[Tensor, Tensor | None]:
    """Random values with zeros beyond random lengths; the first sample is the longest."""
    generator = torch.Generator().manual_seed(seed)
    if of.layout == "text":
        values = torch.randint(1, of.vocabulary or 2, (batch, of.length), generator=generator)
    else:
        shapes = {
            "image": (of.channels, of.height, of.width),
            "volume": (of.channels, of.depth, of.height, of.width),
            "series": (of.length, of.channels),
            "clip": (of.length, of.channels, of.height, of.width),
            "table": (of.length,),
        }
        values = torch.randn(batch, *(int(size or 1) for size in shapes[of.layout]), generator=generator)
    if not of.variable_length:
        return values, None
    lengths = torch.randint(4, of.length + 1, (batch,), generator=generator)
    lengths[0] = of.length
    for row, length in enumerate(lengths.tolist()):
        values[row, length:] = 0
    return values, lengths


def targets(of: Signature, outputs: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    if of.task is Task.CLASSIFICATION:
        return torch.arange(len(outputs)) % CLASSES
    return torch.randn(outputs.shape, generator=generator)


def loss(of: Signature, outputs: Tensor, wanted: Tensor) -> Tensor:
    if of.task is Task.CLASSIFICATION:
        return nn.functional.cross_entropy(outputs, wanted)
    return nn.functional.mse_loss(outputs, wanted)


CASES = {
    f"{name}-{family}-{architecture}": Case(one, family, architecture)
    for name, one in SIGNATURES.items()
    for family in families(one)
    for architecture in architectures(family, one)
}
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
by_gradient = pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if FAMILIES[case.family][case.architecture].fit == "gradient"],
    ids=[name for name, case in CASES.items() if FAMILIES[case.family][case.architecture].fit == "gradient"],
)
varying = pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if case.signature.variable_length],
    ids=[name for name, case in CASES.items() if case.signature.variable_length],
)


def test_every_architecture_is_tested() -> None:
    tested = {(case.family, case.architecture) for case in CASES.values()}
    assert tested == {(family, name) for family, known in FAMILIES.items() for name in known}


@every
def test_outputs_have_the_shape_of_the_task(case: Case) -> None:
    outputs = case.network().eval()(*case.sample(4))
    wanted = (4, 5, 2) if case.signature.task is Task.FORECASTING else (4, case.signature.outputs)
    assert outputs.shape == wanted


@every
def test_the_same_seed_gives_the_same_network_and_leaves_the_global_one_alone(case: Case) -> None:
    before = torch.random.get_rng_state()
    first, second = case.network(seed=3).eval(), case.network(seed=3).eval()
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first(*case.sample(2)), second(*case.sample(2)))


@varying
def test_a_sample_alone_gives_the_answer_it_gives_padded_in_a_batch(case: Case) -> None:
    network = trained_a_little(case).eval()
    values, lengths = case.sample(6)
    assert lengths is not None
    together = network(values, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone = network(values[row : row + 1, :length], torch.tensor([length]))
        torch.testing.assert_close(alone[0], together[row], atol=1e-5, rtol=1e-5)


@varying
def test_what_lies_in_the_padding_changes_nothing_not_even_in_training(case: Case) -> None:
    values, lengths = case.sample(6)
    assert lengths is not None
    other = values.clone()
    for row, length in enumerate(lengths.tolist()):
        other[row, length:] = 7
    answers = []
    for given in (values, other):
        network = case.network().train()
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        torch.manual_seed(0)
        first = network(given, lengths)
        answers.append((first, network.eval()(values, lengths)))
    torch.testing.assert_close(answers[0], answers[1], atol=1e-5, rtol=1e-5)


@varying
def test_samples_of_full_length_need_no_lengths(case: Case) -> None:
    network = case.network().eval()
    values, lengths = sample(case.signature.model_copy(update={"variable_length": False}), 3)
    assert lengths is None
    full = torch.full((3,), case.signature.length)
    torch.testing.assert_close(network(values), network(values, full), atol=1e-5, rtol=1e-5)


@every
def test_batch_mates_change_nothing(case: Case) -> None:
    network = case.network().eval()
    values, lengths = case.sample(5)
    some = network(values[:2], None if lengths is None else lengths[:2])
    torch.testing.assert_close(some, network(values, lengths)[:2], atol=1e-5, rtol=1e-5)


@by_gradient
def test_gradient_reaches_every_parameter(case: Case) -> None:
    network = trained_a_little(case)
    values, lengths = case.sample(6, seed=2)
    network.zero_grad()
    outputs = network(values, lengths)
    loss(case.signature, outputs, targets(case.signature, outputs)).backward()
    untouched = [
        name
        for name, one in network.named_parameters()
        if one.grad is None or not torch.isfinite(one.grad).all() or not one.grad.any()
    ]
    assert untouched == []


@by_gradient
def test_a_few_steps_lower_the_loss(case: Case) -> None:
    losses = losses_of_training(case.network(), case, steps=12)
    assert losses[-1] < losses[0]


@every
def test_weights_can_be_kept_and_put_back(case: Case) -> None:
    network, fresh = trained_a_little(case).eval(), case.network(seed=9).eval()
    fresh.load_state_dict(network.state_dict())
    assert torch.equal(network(*case.sample(3)), fresh(*case.sample(3)))


@every
def test_onnx_gives_the_same_answers_at_other_sizes(case: Case, tmp_path) -> None:
    network = trained_a_little(case)
    assert export_onnx(network, case.signature, case.sample(4, seed=5), tmp_path / "model.onnx") <= 1e-4
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def trained_a_little(case: Case) -> nn.Module:
    network = case.network()
    if FAMILIES[case.family][case.architecture].fit == "closed_form":
        values, lengths = case.sample(20)
        wanted = targets(case.signature, torch.zeros(20, case.signature.outputs))
        network.fit_closed_form([(values, lengths, wanted)], task=case.signature.task)
    else:
        losses_of_training(network, case, steps=2)
    return network


def losses_of_training(network: nn.Module, case: Case, steps: int) -> list[float]:
    torch.manual_seed(0)
    values, lengths = case.sample(6)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    found = []
    for _ in range(steps):
        outputs = network.train()(values, lengths)
        current = loss(case.signature, outputs, targets(case.signature, outputs))
        optimizer.zero_grad()
        current.backward()
        optimizer.step()
        found.append(current.item())
    return found
