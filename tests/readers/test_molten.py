"""Tables with one measurement a row, and tables of deals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advisor import readers

RNG = np.random.default_rng(0)
CASES, STEPS, CHANNELS = 20, 25, ("x", "y", "z")


def waves(case: str, channel: str, time: str) -> pd.DataFrame:
    rows = [
        (i, name, step, round(np.sin(step / (3 + i % 2) + i) + place, 3), "ab"[i % 2])
        for i in range(CASES)
        for place, name in enumerate(CHANNELS)
        for step in range(STEPS)
    ]
    return pd.DataFrame(rows, columns=[case, channel, time, "value", "label"])


@pytest.mark.parametrize("names", [("sample", "channel", "time"), ("case_id", "dim_id", "reading_id")])
def test_channels_below_one_another_come_to_lie_side_by_side(tmp_path: Path, names: tuple[str, ...]) -> None:
    waves(*names).to_csv(tmp_path / "long.csv", index=False)
    source = readers.read(tmp_path)
    assert len(source) == CASES
    assert np.shape(source.read(0)) == (STEPS, len(CHANNELS))
    assert source.spec.target is not None
    assert source.spec.target.name == "label"


def test_variables_over_dates_are_channels_of_one_series(tmp_path: Path) -> None:
    days = pd.date_range("2020-01-01", periods=60).strftime("%Y-%m-%d")
    wide = pd.DataFrame({"date": days, "heat": RNG.random(60).cumsum(), "rain": RNG.random(60).cumsum()})
    wide.melt(id_vars="date").to_csv(tmp_path / "data.csv", index=False)
    source = readers.read(tmp_path)
    assert [(axis.name, axis.size) for axis in source.spec.input.axes] == [("time", 60), ("channel", 2)]


def test_values_given_twice_stay_as_they_are(tmp_path: Path) -> None:
    twice = pd.concat([waves("sample", "channel", "time")] * 2)
    twice.to_csv(tmp_path / "long.csv", index=False)
    assert readers.read(tmp_path).spec.samples != CASES


def test_rows_of_orders_are_no_steps_of_what_was_bought(tmp_path: Path) -> None:
    count = 600
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 300, count), unit="D")
    orders = pd.DataFrame(
        {
            "Order ID": np.arange(count) // 2,
            "Order Date": days.strftime("%m/%d/%Y"),
            "Product Name": [f"chair {i}" for i in RNG.integers(0, 60, count)],
            "Quantity": RNG.integers(1, 9, count),
            "Sales": RNG.lognormal(3, 1, count).round(2),
        }
    )
    orders.to_csv(tmp_path / "orders.csv", index=False)
    assert readers.read(tmp_path).spec.format == "table"
