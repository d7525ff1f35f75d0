"""The program in the README of an export, beside `advisor predict`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor import prepare, workflow
from advisor.bundle import BundleCard, save
from advisor.models import build, first_candidate
from advisor.readers import entire, read
from advisor.readers.source import Source
from advisor.records import Family, Task

ROWS = [
    "size,kind,colour,y",
    *(f"{i % 7 or ''},{'xyz'[i % 4 % 3]},{'rgb'[i % 3]},{i % 5}" for i in range(60)),
]
STEPS = [
    "date,a,b",
    *(f"2026-01-{i // 24 + 1:02d}T{i % 24:02d}:00,{np.sin(i):.4f},{i % 5}" for i in range(400)),
]


def data_of(kind: str, place: Path, bundled: Path) -> Path:
    folders = {"image": "digits", "clip": "moving_digits", "sound": "knocks", "text": "reviews"}
    if kind in folders:
        return bundled / folders[kind]
    (place / "data.csv").write_text("\n".join(ROWS if kind in ("table", "number") else STEPS) + "\n")
    return place / "data.csv"


def bundle_of(source: Source, kind: str, place: Path) -> Path:
    """A bundle with first weights: it is what is done to samples that is compared."""
    task = {"windows": Task.FORECASTING, "number": Task.REGRESSION}.get(kind, Task.CLASSIFICATION)
    split = prepare.make_split(source, task)
    fitted = prepare.fit(source, split, task, horizon=3 if kind == "windows" else None)
    signature = fitted.signature()
    family = Family.MLP if kind in ("table", "number") else Family.HYBRID if kind == "clip" else Family.CNN
    candidate = first_candidate(
        family, signature, samples=50, seconds=0.1, mirror_ok=False, flops_per_second=1e8
    )
    card = BundleCard(
        created="2026-01-01T00:00:00Z", run="test", inputs=source.spec.inputs, candidate=candidate,
        signature=signature, task=task, metric="accuracy", greater_is_better=True, parameters=1,
    )  # fmt: skip
    save(place, card=card, preprocessing=fitted, network=build(candidate, signature, seed=0))
    return place


def sample_of(source: Source, kind: str) -> Any:
    """The first sample, as the README asks for it."""
    found = source.read(0)
    if kind in ("table", "number"):
        return {column.name: found[i] for i, column in enumerate(source.spec.input.columns)}
    return str(found) if kind == "text" else found


def program_in(folder: Path) -> str:
    return (folder / "README.md").read_text().split("```python\n")[1].split("```")[0]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("image", "onnx"), ("clip", "onnx"), ("sound", "onnx"), ("text", "onnx"), ("windows", "onnx"),
        ("table", "onnx"), ("number", "onnx"), ("table", "pt2"),
    ],
)  # fmt: skip
def test_the_program_in_the_readme_answers_as_predict_does(
    kind: str, form: workflow.ExportFormat, tmp_path: Path, bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_of(kind, tmp_path, bundled)
    target = {"table": "colour", "number": "y"}.get(kind)
    source = entire(read(path, target=target))
    bundle = bundle_of(source, kind, tmp_path / "bundle")
    assert source.spec.format == "table" or kind not in ("table", "number")
    workflow.export(bundle, form, tmp_path / "out")
    written = program_in(tmp_path / "out")
    assert "advisor" not in written
    monkeypatch.chdir(tmp_path / "out")
    names: dict[str, Any] = {}
    exec(compile(written, "README.md", "exec"), names)
    answer = names["predict"](sample_of(source, kind))
    os.chdir(tmp_path)
    rows = workflow.predict(bundle, path).rows
    if kind == "windows":
        expected = [row["prediction"] for row in rows]
        np.testing.assert_allclose(answer.ravel(), expected, atol=1e-4)
    elif kind == "number":
        assert answer == pytest.approx(rows[0]["prediction"], abs=1e-4)
    else:
        row = next(row for row in rows if row["id"] == source.ids[0])
        assert answer[1] == pytest.approx(
            {name[2:]: p for name, p in row.items() if name[:2] == "p_"}, abs=1e-4
        )
