"""The training loop on tiny real networks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from advisor import models
from advisor.errors import TrialError, UsageError
from advisor.prepare import Prepared
from advisor.records import Candidate, Family, Signature, Task
from advisor.tasks import TASKS
from advisor.training import Compute, Fitted, Settings, choose, fit, predict
from advisor.training.loop import one_cycle

KIND = TASKS[Task.CLASSIFICATION]
CPU = Compute("cpu", "float32", 1e10)


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.linear(values)  # type: ignore[no-any-return]


@pytest.fixture
def halves() -> Prepared:
    values = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    return Prepared(tuple(map(str, range(200))), values, targets=(values[:, 0] > 0).long())


def train(network: nn.Module, data: Prepared, **options: object) -> Fitted:
    settings = options.pop("settings", Settings(learning_rate=0.05, max_epochs=20))
    return fit(
        network,
        data,
        kind=KIND,
        settings=settings,  # type: ignore[arg-type]
        compute=CPU,
        seed=0,
        **options,  # type: ignore[arg-type]
    )


def test_it_learns(halves: Prepared) -> None:
    network = Line()
    train(network, halves)
    assert KIND.value(KIND.predictions(predict(network, halves)), halves.targets.numpy()) > 0.95  # type: ignore[union-attr]


def test_the_same_seed_gives_the_same_weights(halves: Prepared) -> None:
    weights = []
    for _ in range(2):
        torch.manual_seed(3)
        network = Line()
        train(network, halves)
        weights.append(network.linear.weight.detach().clone())
    torch.testing.assert_close(weights[0], weights[1], rtol=0, atol=0)


def test_reports_come_at_fixed_fractions(halves: Prepared) -> None:
    fractions: list[float] = []

    def report(fraction: float, outputs: np.ndarray) -> float:  # type: ignore[type-arg]
        fractions.append(fraction)
        return -fraction

    fitted = train(Line(), halves, watch=halves, report=report)
    assert 0 < fitted.report_seconds < fitted.seconds
    assert [math.floor(10 * fraction + 1e-9) for fraction in fractions] == list(range(1, 11))


def test_the_best_weights_are_kept(halves: Prepared) -> None:
    network, values = Line(), iter([0.5, 0.1, *[0.9] * 20])
    seen: list[Tensor] = []

    def report(fraction: float, outputs: np.ndarray) -> float:  # type: ignore[type-arg]
        seen.append(network.linear.weight.detach().clone())
        return next(values)

    fitted = train(network, halves, watch=halves, report=report)
    torch.testing.assert_close(network.linear.weight.detach(), seen[1])
    assert fitted.best_fraction == pytest.approx(0.2, abs=0.05)


def test_it_stops_early_when_nothing_gets_better(halves: Prepared) -> None:
    count = 0

    def report(fraction: float, outputs: np.ndarray) -> float:  # type: ignore[type-arg]
        nonlocal count
        count += 1
        return float(count)

    assert train(Line(), halves, watch=halves, report=report).fraction < 0.9


def test_what_the_report_raises_ends_the_training(halves: Prepared) -> None:
    def report(fraction: float, outputs: np.ndarray) -> float:  # type: ignore[type-arg]
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        train(Line(), halves, watch=halves, report=report)


def test_a_loss_that_is_not_finite_is_a_failed_trial(halves: Prepared) -> None:
    halves.values[:] = float("nan")
    with pytest.raises(TrialError, match="diverged"):
        train(Line(), halves)


def test_seconds_end_a_schedule_before_its_epochs(halves: Prepared) -> None:
    fitted = train(Line(), halves, seconds=0.2, settings=Settings(max_epochs=10**6))
    assert fitted.fraction < 0.5


def test_the_rate_warms_up_and_falls_to_almost_nothing() -> None:
    assert one_cycle(0.0) < one_cycle(0.15) > one_cycle(0.6) > one_cycle(1.0)
    assert one_cycle(1.0) < 0.01


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_a_device_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no CUDA device"):
        choose("cuda")


@pytest.mark.parametrize(
    ("family", "architecture"),
    [
        (family, name)
        for family, named in models.FAMILIES.items()
        for name, architecture in named.items()
        if "clip" in architecture.layouts
    ],
)
def test_clips_train_with_every_architecture(family: Family, architecture: str) -> None:
    clips = torch.randint(0, 255, (8, 4, 1, 8, 8), dtype=torch.uint8)
    data = Prepared(
        tuple("abcdefgh"),
        clips,
        targets=torch.arange(8) % 2,
        mean=torch.full((1, 1, 1), 127.0),
        std=torch.full((1, 1, 1), 70.0),
    )
    signature = Signature(
        layout="clip", task=Task.CLASSIFICATION, height=8, width=8, length=4, variable_length=False, outputs=2
    )
    candidate = Candidate(family=family, architecture=architecture, params={"width": 8, "hidden": 16})
    network = models.build(candidate, signature, seed=0)
    train(network, data, settings=Settings(max_epochs=1, batch_size=4, augment_shift=0.2))
    assert np.isfinite(predict(network, data)).all()
