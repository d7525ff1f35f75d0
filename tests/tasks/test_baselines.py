"""Every baseline fits, predicts in the right form, and beats guessing where it should."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from advisor.prepare import Prepared
from advisor.records import Signature, Task
from advisor.tasks.baselines import CLASSIFICATION, FORECASTING, REGRESSION, baselines_for
from advisor.tasks.fitting import Baseline, fit_quietly
from advisor.tasks.views import Part, stretched

COUNT = 80


def samples(layout: str) -> Part:
    """Two classes that differ in level, in any layout."""
    generator = torch.Generator().manual_seed(0)
    targets = torch.arange(COUNT) % 2
    shape = {"image": (1, 8, 8), "clip": (4, 1, 8, 8), "series": (12, 2), "table": (5,), "text": (6,)}[layout]
    noise = torch.rand((COUNT, *shape), generator=generator)
    values = noise + targets.view(-1, *[1] * len(shape))
    ids = tuple(map(str, range(COUNT)))
    texts = tuple(
        f"it was {'good' if target else 'bad'} on day {i}" for i, target in enumerate(targets.tolist())
    )
    lengths = torch.randint(6, 13, (COUNT,), generator=generator) if layout == "series" else None
    if layout in ("image", "clip"):
        values = (values * 100).to(torch.uint8)
    return Part(Prepared(ids, values, lengths, targets), texts if layout == "text" else None)


def signature(layout: str, task: Task) -> Signature:
    return Signature.model_validate(
        {"layout": layout, "task": task, "length": 12, "variable_length": False, "outputs": 2}
    )


@pytest.mark.parametrize(
    ("layout", "baseline"),
    [(layout, one) for layout, several in CLASSIFICATION.items() for one in several],
    ids=lambda value: getattr(value, "name", value),
)
def test_classifiers(layout: str, baseline: Baseline) -> None:
    part = samples(layout)
    fitted = fit_quietly(baseline, part, signature(layout, Task.CLASSIFICATION), 0)
    accuracy = (fitted.predict(part) == part.targets()).mean()
    assert accuracy >= (0.5 if baseline.name == "majority" else 0.9)


@pytest.mark.parametrize(
    ("layout", "baseline"),
    [(layout, one) for layout, several in REGRESSION.items() for one in several],
    ids=lambda value: getattr(value, "name", value),
)
def test_regressors(layout: str, baseline: Baseline) -> None:
    part = samples(layout)
    numbers = part.prepared.targets.float()[:, None]  # type: ignore[union-attr]
    part = Part(Prepared(part.prepared.ids, part.prepared.values, part.prepared.lengths, numbers), part.texts)
    fitted = fit_quietly(baseline, part, signature(layout, Task.REGRESSION), 0)
    predictions = fitted.predict(part)
    assert predictions.shape == (COUNT, 1)
    error = float(((predictions - part.targets()) ** 2).mean())
    assert error <= (0.26 if baseline.name == "mean" else 0.15)


@pytest.fixture
def sine() -> tuple[Part, Signature]:
    values = torch.sin(torch.arange(600) * 2 * torch.pi / 12)[:, None]
    starts = torch.arange(0, 500)
    prepared = Prepared(tuple(map(str, range(500))), values, starts=starts, window=(24, 6, (0,)))
    known = Signature(
        layout="series",
        task=Task.FORECASTING,
        length=24,
        variable_length=False,
        outputs=1,
        horizon=6,
        target_channels=(0,),
        period=12,
    )
    return Part(prepared), known


@pytest.mark.parametrize("baseline", FORECASTING, ids=lambda one: one.name)
def test_forecasters(baseline: Baseline, sine: tuple[Part, Signature]) -> None:
    part, known = sine
    error = float(((baseline.fit(part, known, 0).predict(part) - part.targets()) ** 2).mean())
    assert error < (2.0 if baseline.name == "last_value" else 1e-3)


def test_a_fit_says_how_many_samples_it_saw() -> None:
    part = samples("table")
    for baseline in baselines_for(signature("table", Task.CLASSIFICATION)):
        assert fit_quietly(baseline, part, signature("table", Task.CLASSIFICATION), 0).samples == COUNT


def test_predictions_are_class_codes() -> None:
    part = samples("series")
    for baseline in CLASSIFICATION["series"]:
        found = fit_quietly(baseline, part, signature("series", Task.CLASSIFICATION), 0).predict(part)
        assert set(np.unique(found)) <= {0, 1}


def test_series_of_varying_length_have_as_many_features_in_every_part() -> None:
    parts = [
        Part(Prepared(ids=(), values=torch.randn(3, longest, 2), lengths=torch.tensor([2, 3, longest])))
        for longest in (5, 90)
    ]
    assert len({stretched(part).shape for part in parts}) == 1
