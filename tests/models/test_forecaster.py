from __future__ import annotations

import torch

from advisor.models import build
from advisor.records import Candidate, Family, Signature

SIGNATURE = Signature.model_validate(
    {
        "layout": "series", "task": "forecasting", "channels": 3, "length": 12, "variable_length": False,
        "outputs": 2, "horizon": 4, "target_channels": (2, 0),
    }
)  # fmt: skip


def forecaster(**params: bool | int) -> torch.nn.Module:
    candidate = Candidate(family=Family.RNN, architecture="lstm", params={"hidden": 4, **params})
    return build(candidate, SIGNATURE, seed=0).eval()


def test_without_a_highway_it_starts_as_the_last_value() -> None:
    values = torch.randn(2, 12, 3)
    forecast = forecaster(highway=False)(values)
    torch.testing.assert_close(forecast, values[:, -1:, [2, 0]].expand(2, 4, 2))


def test_with_a_highway_it_starts_as_the_mean_of_the_window() -> None:
    values = torch.randn(2, 12, 3)
    forecast = forecaster(highway=True)(values)
    torch.testing.assert_close(forecast, values[:, :, [2, 0]].mean(dim=1, keepdim=True).expand(2, 4, 2))


def test_a_shifted_series_gives_the_shifted_forecast() -> None:
    network, values = forecaster(), torch.randn(2, 12, 3)
    torch.nn.init.normal_(network.linear.weight)
    torch.testing.assert_close(network(values + 5), network(values) + 5, atol=1e-4, rtol=1e-4)


def test_only_the_look_back_is_read() -> None:
    network, values = forecaster(lookback=5), torch.randn(2, 12, 3)
    other = values.clone()
    other[:, :7] = 0
    assert torch.equal(network(values), network(other))


def test_a_shared_encoder_reads_each_channel_alone() -> None:
    network, values = forecaster(shared=True), torch.randn(2, 12, 3)
    torch.nn.init.normal_(network.linear.weight)
    other = values.clone()
    other[:, :, 2] += torch.randn(2, 12)
    assert torch.equal(network(values)[:, :, 1], network(other)[:, :, 1])
    assert not torch.allclose(network(values)[:, :, 0], network(other)[:, :, 0])
