"""A search whose samples lie in a file, and one whose windows are too many to be held at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from advisor import prepare
from advisor.readers.source import Source
from advisor.records import (
    Axis,
    DatasetSpec,
    Family,
    InputSpec,
    Inspection,
    SearchOptions,
    SplitCounts,
    Structure,
    Task,
)
from advisor.search import events
from advisor.search.data import SearchData, load
from advisor.search.ending.outcome import Finished
from advisor.search.run import run
from advisor.search.store import provenance
from advisor.tasks import judging
from advisor.tasks.views import Part

COUNT, SIDE = 700, 8
INPUTS = (
    InputSpec(
        name="image",
        dtype="uint8",
        axes=(Axis(name="height", size=SIDE), Axis(name="width", size=SIDE), Axis(name="channel", size=1)),
    ),
)
SPACE = """
family = "cnn"
architecture = "plain"
about = "Small and quickly trained."
layouts = ["image"]
tasks = ["classification"]

[parameters.max_epochs]
type = "int"
low = 2
high = 3
reason = "quick"
source = "test"
"""


def pictures() -> Source:
    generator = np.random.default_rng(0)
    labels = np.array(["dark", "light"] * (COUNT // 2), dtype=object)
    pixels = generator.integers(0, 150, (COUNT, SIDE, SIDE, 1), dtype=np.uint8)
    pixels[labels == "light"] += 80
    spec = DatasetSpec(
        path="pictures", format="array", samples=COUNT, inputs=INPUTS, target=None,
        splits=SplitCounts(train=COUNT),
    )  # fmt: skip
    return Source(spec=spec, ids=tuple(map(str, range(COUNT))), read=lambda i: pixels[i], labels=labels)


def searched(folder: Path, name: str, on_event: events.Observer = events.ignore) -> Finished:
    inspection = Inspection(
        path="pictures", format="array", samples=COUNT, splits=SplitCounts(train=COUNT), inputs=INPUTS,
        target=None, task=Task.CLASSIFICATION, structure=Structure.GRID, family=Family.CNN,
        order_matters=None, variable_length=False, confidence=0.9, flowchart=(), alternatives=(), health=(),
    )  # fmt: skip
    space = folder / "plain.toml"
    space.write_text(SPACE)
    options = SearchOptions(
        trials=1, family="cnn", space=str(space), seed=1, device="cpu", threads=1, precision="float32",
        gflops=0.05, memory=8_000, cache=str(folder / "cache"),
    )  # fmt: skip
    return run(pictures(), inspection, options, folder / name, on_event)


class KilledError(BaseException):
    """Stands for kill -9."""


def test_a_search_on_samples_in_a_file_dies_and_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    reports = 0

    def killed(event: events.Event) -> None:
        nonlocal reports
        reports += isinstance(event, events.TrialProgress)
        if reports == 4:
            raise KilledError

    with pytest.raises(KilledError):
        searched(tmp_path, "killed", killed)
    resumed = searched(tmp_path, "killed").result
    whole = searched(tmp_path, "whole").result
    assert resumed.best is not None
    assert whole.best is not None
    assert resumed.best.validation == whole.best.validation
    assert resumed.best.test is not None
    assert resumed.best.test.value > 0.9
    said = " ".join(whole.notes)
    assert "8 kB" in said
    assert "decoded by an earlier search" in said
    assert "saw" in said  # the baselines, fewer samples
    assert len(list((tmp_path / "cache").iterdir())) == 2  # the pool and the test part, not twice
    record = provenance.read(tmp_path / "whole")
    assert record is not None
    assert record.picks["memory"] == 8_000


def forecasting(steps: int) -> SearchData:
    values = np.random.default_rng(0).normal(size=(steps, 2)).cumsum(axis=0)
    axes = (Axis(name="time", size=steps), Axis(name="channel", size=2))
    spec = DatasetSpec(
        path="series", format="array", samples=1, target=None, splits=SplitCounts(train=1),
        inputs=(InputSpec(name="x", dtype="float64", axes=axes),),
    )  # fmt: skip
    source = Source(spec=spec, ids=("0",), read=lambda i: values)
    split = prepare.make_split(source, Task.FORECASTING)
    return load(source, split, prepare.fit(source, split, Task.FORECASTING, horizon=5), 0)


def test_scores_of_windows_in_pieces_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    data = forecasting(600)
    kind, pool, preprocessing = data.kind, data.pool, data.preprocessing

    def forecast(part: Part) -> np.ndarray:
        return 0.5 * part.targets()

    whole, all_of = judging.judge(kind, preprocessing, forecast, Part(pool))
    monkeypatch.setattr(judging, "LEAST_WINDOWS", 1)
    monkeypatch.setattr(judging, "MOST_VALUES", 5 * 2 * 37)
    pieces, of_pieces = judging.judge(kind, preprocessing, forecast, Part(pool))
    np.testing.assert_array_equal(whole, pieces)
    assert of_pieces == pytest.approx(all_of)


def test_candidates_are_judged_on_so_many_windows_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "LEAST_WINDOWS", 20)
    monkeypatch.setattr(judging, "MOST_VALUES", 0)
    data = forecasting(600)
    judged = data.rounds[0].validation
    assert len(judged) == 20
    assert torch.equal(judged, judged.unique())
    assert "on 20 of " in data.notes[0]
    assert data.targets_of(judged).shape == (20, 5, 2)
