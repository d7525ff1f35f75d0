from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import workflow
from advisor.decide import FLOWCHART
from advisor.readers.source import Sample, Source
from advisor.records import Axis, Column, DatasetSpec, Finding, InputSpec, Inspection, SplitCounts
from advisor.report import page, samples


def source_of(sample: Sample, axes: list[Axis], columns: tuple[Column, ...] = ()) -> Source:
    inputs = (InputSpec(name="x", dtype="float32", axes=tuple(axes), columns=columns),)
    spec = DatasetSpec(
        path="x", format="x", samples=3, inputs=inputs, target=None, splits=SplitCounts(train=3)
    )
    labels = np.array(["a", "<b>", "a"], dtype=object)
    return Source(spec=spec, ids=("0", "1", "2"), read=lambda i: sample, labels=labels)


def axes(*names: str, spacing: float | None = None) -> list[Axis]:
    return [Axis.model_validate({"name": n, "spacing": spacing, "unit": "s"}) for n in names]


@pytest.mark.parametrize(
    ("sample", "named", "kind", "pictures"),
    [
        (np.ones((9, 12, 3), np.uint8), axes("height", "width", "channel"), "picture", 1),
        (np.ones((6, 9, 12, 1), np.float32), axes("time", "height", "width", "channel"), "picture", 4),
        (np.ones((5, 9, 12, 1), np.int16), axes("depth", "height", "width", "channel"), "picture", 4),
        (np.ones((30, 7, 2), np.float32), axes("time", "node", "channel"), "picture", 1),
        (np.ones((4000, 1), np.float32), axes("time", "channel", spacing=1 / 8000), "picture", 1),
        (np.ones((50, 2), np.float32), axes("time", "channel"), "curves", 0),
        (np.array([1.5, np.nan]), axes("feature"), "row", 0),
        ("a <b>bold</b> text", axes("token"), "text", 0),
    ],
)
def test_every_kind_of_sample_is_shown(sample: Sample, named: list[Axis], kind: str, pictures: int) -> None:
    shown = samples.shown_samples(source_of(sample, named), seed=0)
    assert len(shown) == 3
    assert {one.label for one in shown[:2]} == {"a", "<b>"}  # different classes come first
    assert shown[0].kind == kind
    assert len(shown[0].pictures) == pictures


def test_a_picture_keeps_its_colours() -> None:
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 200
    shown = samples.shown_samples(source_of(red, axes("height", "width", "channel")), seed=0)
    data = base64.b64decode(shown[0].pictures[0].partition(",")[2])
    assert Image.open(io.BytesIO(data)).getpixel((5, 5)) == (200, 0, 0)


def test_curves_leave_out_missing_values() -> None:
    series = np.array([[0.0], [np.nan], [1.0]], np.float32)
    shown = samples.shown_samples(source_of(series, axes("time", "channel")), seed=0)
    assert shown[0].curves == ("0.0,38.0 100.0,2.0",)


def test_the_page_needs_nothing_from_outside_and_escapes_the_data(inspection: Inspection) -> None:
    shown = samples.shown_samples(source_of("a <script>alert(1)</script>", axes("token")), seed=0)
    html = page.render(inspection, shown)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r'(src|href)="(?!data:)', html)


def test_the_walked_path_is_lit(inspection: Inspection) -> None:
    drawing = page.draw(inspection)
    assert sum(not box.is_outcome for box in drawing.boxes) == len(FLOWCHART)
    assert [box.title for box in drawing.boxes if box.lit and box.is_outcome] == ["CNN"]


def test_inspecting_as_a_page_gives_the_same_inspection(tmp_path: Path) -> None:
    rows = [f"{i % 7},{i % 3},{i % 2}" for i in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,label", *rows]))
    inspection, html = workflow.inspect_as_page(tmp_path, probe=False)
    assert inspection == workflow.inspect(tmp_path, probe=False)
    assert "MLP" in html


def test_examples_of_findings_are_escaped(inspection: Inspection) -> None:
    found = Finding(check="x", severity="info", count=1, text="one", remedy="two", examples=("<b>.png",))
    html = page.render(inspection.model_copy(update={"health": (found,)}), ())
    assert "such as &lt;b&gt;.png" in html
