"""Dropout by bytes."""

from __future__ import annotations

import pytest
import torch

from advisor.models.dropout import LEVELS, Dropout, random_bytes


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_share_is_dropped_and_the_mean_stays(share: float) -> None:
    torch.manual_seed(0)
    found = Dropout(share)(torch.ones(1_000, 100))
    assert float((found == 0).float().mean()) == pytest.approx(share, abs=0.005)
    assert float(found.mean()) == pytest.approx(1, abs=0.01)


def test_the_gradient_is_dropped_where_the_values_are() -> None:
    values = torch.ones(50, 7, requires_grad=True)
    found = Dropout(0.3)(values)
    found.sum().backward()
    assert torch.equal(values.grad, found.detach())  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.999, 1.0])
def test_shares_that_a_byte_cannot_tell_are_torchs(share: float) -> None:
    torch.manual_seed(0)
    found = Dropout(share)(torch.ones(200, 100))
    assert float((found == 0).float().mean()) == pytest.approx(share, abs=0.002)


def test_nothing_is_dropped_when_not_training() -> None:
    values = torch.randn(5, 5)
    assert torch.equal(Dropout(0.5).eval()(values), values)


def test_the_seed_decides() -> None:
    found = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        found.append(Dropout(0.5)(torch.ones(9, 9)))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_every_byte_is_as_likely_and_neighbours_are_independent() -> None:
    torch.manual_seed(0)
    bytes_ = random_bytes(torch.Size((512, 1_001))).flatten().to(torch.int64)
    expected = len(bytes_) / LEVELS
    chi_squared = float(((bytes_.bincount(minlength=LEVELS) - expected) ** 2 / expected).sum())
    assert chi_squared < LEVELS - 1 + 5 * (2 * (LEVELS - 1)) ** 0.5
    for step in (1, 2, 4, 8):
        pairs = torch.stack([bytes_[:-step], bytes_[step:]]).float()
        assert abs(float(torch.corrcoef(pairs)[0, 1])) < 5 / len(bytes_) ** 0.5
