from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor import workflow
from advisor.bundle import BundleCard, load, save, use
from advisor.errors import DataError
from advisor.models import build, first_candidate
from advisor.prepare.preprocessing import Preprocessing, WindowValues
from advisor.readers import read
from advisor.records import Family, Task

HORIZON, LOOKBACK = 3, 8


@pytest.fixture
def series(tmp_path: Path) -> Path:
    start = datetime(2026, 1, 1)
    steps = np.arange(200)
    rows = [
        f"{(start + timedelta(hours=int(i))).isoformat()},{np.sin(i / 4):.4f},{np.cos(i / 4):.4f}"
        for i in steps
    ]
    path = tmp_path / "series.csv"
    path.write_text("\n".join(["date,a,b", *rows]))
    return path


@pytest.fixture
def bundle(tmp_path: Path, series: Path) -> Path:
    values = WindowValues(
        channel_names=("a", "b"), target_channels=(0, 1), lookback=LOOKBACK, horizon=HORIZON, period=None,
        mean=(0.0, 0.0), std=(1.0, 1.0), naive_error=1.0,
    )  # fmt: skip
    preprocessing = Preprocessing(format="csv-series", task=Task.FORECASTING, values=values)
    source = read(series)
    preprocessing = preprocessing.model_copy(update={"format": source.spec.format})
    signature = preprocessing.signature()
    candidate = first_candidate(
        Family.RNN, signature, samples=100, seconds=1.0, mirror_ok=False, flops_per_second=1e9
    )
    card = BundleCard(
        created="2026-01-01T00:00:00Z", run="test", inputs=source.spec.inputs, candidate=candidate,
        signature=signature, task=Task.FORECASTING, metric="mse", greater_is_better=False, parameters=1,
    )  # fmt: skip
    save(
        tmp_path / "model",
        card=card,
        preprocessing=preprocessing,
        network=build(candidate, signature, seed=0),
    )
    return tmp_path / "model"


def test_a_forecast_goes_on_after_the_end(bundle: Path, series: Path) -> None:
    rows = workflow.predict(bundle, series).rows
    assert [(row["step"], row["channel"]) for row in rows] == [(s, c) for s in (1, 2, 3) for c in ("a", "b")]
    assert rows[0]["id"] == "2026-01-09T08:00:00"
    assert rows[-1]["id"] == "2026-01-09T10:00:00"


def test_quantiles_are_the_prediction_and_past_errors(bundle: Path, series: Path, tmp_path: Path) -> None:
    bare = load(bundle)
    errors = np.stack([np.full((HORIZON, 2), shift, np.float32) for shift in (-2.0, -1.0, 1.0, 2.0)])
    save(tmp_path / "sure", card=bare.card, preprocessing=bare.preprocessing, network=bare.network,
         error_quantiles=errors)  # fmt: skip
    workflow.export(tmp_path / "sure", "bundle", tmp_path / "copy")
    for row in workflow.predict(tmp_path / "copy", series).rows:
        bounds = [row[name] - row["prediction"] for name in ("q0.05", "q0.25", "q0.75", "q0.95")]
        assert bounds == pytest.approx([-2.0, -1.0, 1.0, 2.0], abs=1e-5)


def test_only_the_last_steps_count(bundle: Path, series: Path) -> None:
    lines = series.read_text().splitlines()
    longer, shorter = workflow.predict(bundle, series).rows, series.with_name("tail.csv")
    shorter.write_text("\n".join([lines[0], *lines[-60:]]))
    found = [row["prediction"] for row in workflow.predict(bundle, shorter).rows]
    assert found == pytest.approx([row["prediction"] for row in longer], abs=1e-5)


def test_evaluation_covers_every_window(bundle: Path, series: Path) -> None:
    evaluation = workflow.evaluate(bundle, series)
    assert evaluation.score.samples == 200 - LOOKBACK - HORIZON + 1
    assert evaluation.part == "all windows"


def test_other_channels_are_refused(bundle: Path, series: Path) -> None:
    series.write_text(series.read_text().replace("date,a,b", "date,a,c"))
    with pytest.raises(DataError, match=r"trained on 2 channels \(a, b\), found 2 \(a, c\)"):
        use.check_form(load(bundle), read(series))
