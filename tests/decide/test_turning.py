from __future__ import annotations

import pytest

from advisor.decide.turning import Turn, turns
from advisor.records import Axis, Evidence, Family, InputSpec, Inspection, SplitCounts, Step, Structure, Task


def step(question: str, answer: bool | None, *evidence: tuple[str, float, float]) -> Step:
    return Step.model_validate(
        {
            "question": question, "text": question, "answer": answer, "decisive": True, "confidence": 0.9,
            "evidence": [Evidence(fact=f, value=v, threshold=t) for f, v, t in evidence],
        }
    )  # fmt: skip


def walked(
    grid: bool,
    sequential: bool,
    varies: bool = False,
    order: bool | None = True,
    form: str = "array",
    named: tuple[str, ...] = (),
) -> Inspection:
    steps = (
        step(
            "grid_like",
            grid,
            ("adjacent", 0.9 if grid else 0.1, 0.3),
            ("locality", 0.5 if grid else 0.1, 0.25),
        ),
        step("sequential", sequential, ("time_signs", 3.0 if sequential else 0.0, 1.5)),
        step("space_and_time", grid and sequential),
        step("order_matters", order, ("order_score_drop", 0.4 if order else 0.0, 0.01)),
        step("variable_length", varies, ("size_variation", 0.5 if varies else 0.0, 0.01)),
    )
    inputs = (InputSpec(name="x", dtype="float32", axes=tuple(Axis(name=name) for name in named)),)
    return Inspection(
        path="x", format=form, samples=9, splits=SplitCounts(), inputs=inputs, target=None, flowchart=steps,
        task=Task.CLASSIFICATION, structure=Structure.GRID, family=Family.CNN, order_matters=order,
        variable_length=varies, confidence=0.9, alternatives=(), health=(),
    )  # fmt: skip


def ends(found: tuple[Turn, ...]) -> dict[str, tuple[bool, Structure, Family]]:
    return {
        " ".join(need.fact for need in turn.needs): (turn.below, turn.outcome.structure, turn.outcome.family)
        for turn in found
    }


def test_a_picture_turns_into_a_table_or_a_clip() -> None:
    found = ends(turns(walked(grid=True, sequential=False, order=False)))
    assert found["adjacent"] == (True, Structure.TABLE, Family.MLP)
    assert found["time_signs"] == (False, Structure.SPATIOTEMPORAL, Family.HYBRID)
    assert "order_score_drop" not in found


def test_a_clip_turns_by_either_of_its_parts() -> None:
    found = ends(turns(walked(grid=True, sequential=True)))
    assert found["adjacent"][1:] == (Structure.SEQUENTIAL, Family.RNN)
    assert found["time_signs"][1:] == (Structure.GRID, Family.CNN)


def test_order_decides_only_at_one_length() -> None:
    assert ends(turns(walked(grid=False, sequential=True)))["order_score_drop"] == (
        True, Structure.SEQUENTIAL, Family.CNN,
    )  # fmt: skip
    assert "order_score_drop" not in ends(turns(walked(grid=False, sequential=True, varies=True)))


@pytest.mark.parametrize("order", [True, False, None])
def test_the_nearest_comes_first(order: bool | None) -> None:
    margins = [turn.margin for turn in turns(walked(grid=False, sequential=True, order=order))]
    assert margins == sorted(margins)
    assert margins


def test_what_the_form_says_is_not_turned_by_numbers() -> None:
    assert "adjacent" not in ends(turns(walked(grid=True, sequential=False, form="image-folder")))
    series = turns(walked(grid=False, sequential=True, named=("time", "channel")))
    assert "time_signs" not in ends(series)
