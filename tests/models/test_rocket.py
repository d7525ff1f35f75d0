from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from advisor.measure.probes.kernels import RandomKernels
from advisor.models.rocket import Rocket, Spectrum, leave_one_out
from advisor.records import Signature, Task


def waves(samples: int, length: int = 40, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Noisy sines of random phase; the class is how fast they swing."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.arange(samples) % 2
    phase = torch.rand(samples, 1, generator=generator) * 6.28
    steps = torch.arange(length) * (0.4 + 0.5 * codes[:, None])
    noise = 0.3 * torch.randn(samples, length, generator=generator)
    return (torch.sin(steps + phase) + noise)[:, :, None], codes


def rocket(task: Task = Task.CLASSIFICATION, outputs: int = 2, kernels: int = 100) -> Rocket:
    signature = Signature(layout="series", task=task, length=40, variable_length=True, outputs=outputs)
    return Rocket(signature, kernels=kernels, seed=0)


@pytest.mark.parametrize("samples", [30, 300])
def test_it_learns_classes_whether_samples_or_features_are_more(samples: int) -> None:
    network, (values, codes) = rocket(), waves(samples)
    network.fit_closed_form([(values, None, codes)], task=Task.CLASSIFICATION)
    unseen, wanted = waves(100, seed=1)
    assert (network(unseen).argmax(dim=1) == wanted).float().mean() >= 0.97


def test_probabilities_are_calibrated_not_just_ordered() -> None:
    values, codes = waves(400)
    flipped = torch.rand(400, generator=torch.Generator().manual_seed(2)) < 0.2
    codes = torch.where(flipped, 1 - codes, codes)
    network = rocket()
    network.fit_closed_form([(values, None, codes)], task=Task.CLASSIFICATION)
    confidence = network(waves(200, seed=1)[0]).softmax(dim=1).amax(dim=1).mean()
    assert 0.7 < confidence < 0.9  # a fifth of the labels are wrong


def test_it_learns_numbers() -> None:
    values, _ = waves(200)
    wanted = values.square().mean(dim=1)
    network = rocket(Task.REGRESSION, outputs=1)
    found = network.fit_closed_form([(values[:150], None, wanted[:150])], task=Task.REGRESSION)
    error = (network(values[150:]) - wanted[150:]).square().mean()
    assert error < 0.3 * wanted[150:].var()
    assert found["leave_one_out_mse"] < 0.3 * wanted[:150].var()


def test_batches_padded_to_different_lengths_are_one_data_set() -> None:
    values, codes = waves(60)
    lengths = torch.tensor([25, 40] * 30)
    values = torch.where((torch.arange(40) < lengths[:, None])[:, :, None], values, 0.0)
    short, long = values[:, :25][lengths == 25], values[lengths == 40]
    batches = [
        (short, lengths[lengths == 25], codes[lengths == 25]),
        (long, lengths[lengths == 40], codes[lengths == 40]),
    ]
    network = rocket()
    assert network.fit_closed_form(batches, task=Task.CLASSIFICATION)["samples"] == 60
    assert network(values, lengths).shape == (60, 2)


def test_leave_one_out_is_what_leaving_each_out_gives() -> None:
    random = np.random.default_rng(0)
    features, wanted = random.normal(size=(15, 6)), random.normal(size=(15, 2))
    centred = torch.from_numpy(features - features.mean(axis=0))
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    kept = values > 1e-9
    found = leave_one_out(Spectrum(vectors[:, kept], values[kept]), torch.from_numpy(wanted), 2.0)
    np.testing.assert_allclose(
        found.numpy(), cross_val_predict(Ridge(alpha=2.0), features, wanted, cv=LeaveOneOut()), atol=1e-9
    )


def test_kernels_span_the_series_and_fill_the_count() -> None:
    kernels = RandomKernels(3, 100, kernels=101, seed=1)
    assert kernels.dilations == (1, 2, 4, 8)
    assert kernels(torch.randn(2, 100, 3)).shape == (2, 202)


def test_shares_lie_between_none_and_all() -> None:
    kernels = RandomKernels(1, 30, kernels=50)
    values = torch.randn(8, 30, 1)
    kernels.fit_biases(values)
    shares = kernels(values)[:, :50]
    assert 0 <= shares.min() < shares.max() <= 1


def test_fitted_biases_do_not_care_for_the_scale_of_the_data() -> None:
    values = torch.randn(20, 30, 1, generator=torch.Generator().manual_seed(0))
    shares = []
    for scale in (1.0, 100.0):
        kernels = RandomKernels(1, 30, kernels=200)
        kernels.fit_biases(values * scale)
        shares.append(kernels(values * scale)[:, :200])
    assert (shares[0] - shares[1]).abs().mean() < 0.005


def test_a_series_shorter_than_a_kernel_gives_finite_features() -> None:
    kernels = RandomKernels(2, 64, kernels=20)
    assert kernels(torch.randn(3, 2, 2), torch.tensor([2, 1, 1])).isfinite().all()
