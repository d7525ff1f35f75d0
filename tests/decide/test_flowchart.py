from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decide import FLOWCHART, OUTCOMES, START, decide
from advisor.decide.flowchart import walk
from advisor.decide.questions import QUESTIONS
from advisor.decide.thresholds import NEARER_ALIKE, above
from advisor.measure.shape import axes as measured_axes
from advisor.records import Axis, DatasetSpec, Fact, Facts, InputSpec, SplitCounts, TargetSpec, Task

CLIP = (("time", 8), ("height", 16), ("width", 16), ("channel", 1))
PICTURE = (("height", 16), ("width", 16), ("channel", 3))
SERIES = (("time", 50), ("channel", 6))
ROW = (("feature", 9),)
TEXT = (("token", None),)


def spec(axes: Sequence[tuple[str, int | None]], kind: str | None = "category") -> DatasetSpec:
    named = tuple(Axis(name=name, size=size) for name, size in axes)
    return DatasetSpec(
        path="memory",
        format="memory",
        samples=100,
        inputs=(InputSpec(name="value", dtype="float32", axes=named),),
        target=None if kind is None else TargetSpec(name="label", kind=kind),
        splits=SplitCounts(),
    )


def facts(**values: float) -> Facts:
    found = [
        Fact(name=name, value=value, unit="1", how="given", samples=100) for name, value in values.items()
    ]
    return Facts(facts=tuple(found))


def near(*axes: str, adjacent: float = 0.9, nearer: float = 1.0) -> dict[str, float]:
    return {
        name: value
        for axis in axes
        for name, value in ((f"adjacent_correlation_{axis}", adjacent), (f"nearer_alike_{axis}", nearer))
    } | {f"shuffled_nearer_alike_{axis}": 0.6 for axis in axes}


PROBED = {"probe_score": 0.9, "probe_score_shuffled": 0.5, "probe_chance": 0.5, "order_score_drop": 0.4}
EQUAL = {"size_variation_time": 0.0}
VARYING = {"size_variation_time": 0.6}


@pytest.mark.parametrize(
    ("both", "grid", "sequential", "order", "variable", "family"),
    [
        (True, True, True, True, True, "hybrid"),
        (True, True, True, None, False, "hybrid"),
        (False, True, False, False, False, "cnn"),
        (False, False, True, True, False, "rnn"),
        (False, False, True, None, False, "rnn"),
        (False, False, True, False, True, "rnn"),
        (False, False, True, False, False, "cnn"),
        (False, False, False, False, False, "mlp"),
    ],
)
def test_walk(both, grid, sequential, order, variable, family):
    given_answers = {
        "space_and_time": both,
        "grid_like": grid,
        "sequential": sequential,
        "order_matters": order,
        "variable_length": variable,
    }
    assert walk(given_answers).family == family


def test_every_walk_ends():
    for values in itertools.product([True, False, None], repeat=len(QUESTIONS)):
        assert walk(dict(zip(QUESTIONS, values, strict=True))) in OUTCOMES.values()


def test_the_flowchart_reaches_all_questions_and_outcomes():
    reached = {START} | {place for branch in FLOWCHART.values() for place in (branch.yes, branch.no)}
    assert reached == set(QUESTIONS) | set(OUTCOMES)


@pytest.mark.parametrize(
    ("axes", "values", "structure", "family"),
    [
        (PICTURE, near("height", "width"), "grid", "cnn"),
        (PICTURE, near("height", "width", adjacent=0.05, nearer=0.5), "table", "mlp"),
        (PICTURE, near("height", "width", nearer=0.6), "table", "mlp"),
        (CLIP, near("time", "height", "width"), "spatiotemporal", "hybrid"),
        (SERIES, near("time") | EQUAL | PROBED, "sequential", "rnn"),
        (SERIES, near("time") | EQUAL | PROBED | {"order_score_drop": 0.0}, "sequential", "cnn"),
        (SERIES, near("time") | VARYING | PROBED | {"order_score_drop": 0.0}, "sequential", "rnn"),
        (SERIES, near("time") | EQUAL, "sequential", "rnn"),
        (TEXT, {"tokens_per_sample": 12.0, "size_variation_token": 0.9}, "sequential", "rnn"),
        (ROW, near("feature", nearer=0.6), "table", "mlp"),
    ],
)
def test_structure_and_family(axes, values, structure, family):
    decision = decide(spec(axes), facts(**values))
    assert (decision.structure, decision.family) == (structure, family)
    assert decision.family not in [alternative.family for alternative in decision.alternatives]


@pytest.mark.parametrize(
    ("kind", "axes", "task"),
    [
        ("category", ROW, "classification"),
        ("number", ROW, "regression"),
        ("future", SERIES, "forecasting"),
        ("mask", PICTURE, "segmentation"),
        ("boxes", PICTURE, "detection"),
        ("tags", TEXT, "tagging"),
        ("labels", PICTURE, "multilabel"),
        ("text", TEXT, "translation"),
        ("text", SERIES, "transcription"),
        ("text", PICTURE, "captioning"),
        (None, CLIP, "forecasting"),
        (None, TEXT, "generation"),
    ],
)
def test_task_follows_from_the_target(kind, axes, task):
    assert decide(spec(axes, kind), facts(**near("height", "width"))).task == task


def test_a_given_task_is_kept():
    assert decide(spec(ROW), facts(), task="regression").task == "regression"


def test_order_is_not_measured_where_the_probe_learnt_nothing():
    values = PROBED | {"probe_score": 0.5, "order_score_drop": 0.0}
    assert decide(spec(SERIES), facts(**near("time"), **EQUAL, **values)).order_matters is None


@pytest.mark.parametrize(
    ("low", "high", "answer"), [(-0.2, 0.15, None), (0.1, 0.5, True), (-0.02, 0.02, False)]
)
def test_few_samples_cannot_show_that_order_does_not_matter(low, high, answer):
    drop = Fact(
        name="order_score_drop", value=(low + high) / 2, unit="1", how="", samples=9, low=low, high=high
    )
    known = facts(**near("time"), probe_score=0.9, probe_chance=0.5)
    assert decide(spec(SERIES), Facts(facts=(*known.facts, drop))).order_matters is answer


def test_only_answers_that_change_the_outcome_are_decisive():
    steps = decide(spec(TEXT), facts(size_variation_token=0.9, **PROBED)).steps
    assert {step.question for step in steps if step.decisive} == {"grid_like", "sequential", "space_and_time"}


def test_confidence_grows_with_the_margin():
    near_limit = decide(spec(PICTURE), facts(**near("height", "width", nearer=0.87)))
    far = decide(spec(PICTURE), facts(**near("height", "width")))
    assert 0.5 < near_limit.confidence < 0.7 < far.confidence


def test_a_wide_interval_makes_less_sure():
    assert above(0.05, NEARER_ALIKE, error=0.5) > above(0.05, NEARER_ALIKE)


def test_why_not_the_other_family_has_numbers():
    why = decide(spec(SERIES), facts(**near("time"), **EQUAL, **PROBED)).alternatives[0].why
    assert "0.40" in why
    assert "limit 0.01" in why


def test_a_weakly_ordered_axis_loses_the_grid():
    values = near("height", "width") | {"shuffled_nearer_alike_width": 1.0}
    assert decide(spec(PICTURE), facts(**values)).structure == "table"


def test_naming_axes_and_deciding_use_the_same_limits():
    assert measured_axes.NEARER_ALIKE == NEARER_ALIKE.value


FACT_NAMES = [
    *(f"{kind}_{axis}" for kind in ("adjacent_correlation", "nearer_alike", "shuffled_nearer_alike")
      for axis in ("time", "height", "width", "channel", "feature")),
    *(f"size_variation_{axis}" for axis in ("time", "token")),
    "time_signs", "labelled_samples", "tokens_per_sample", "classes", *PROBED,
]  # fmt: skip


@given(
    axes=st.sampled_from([CLIP, PICTURE, SERIES, ROW, TEXT]),
    values=st.dictionaries(st.sampled_from(FACT_NAMES), st.floats(-1e6, 1e6) | st.floats(-1, 1)),
    kind=st.sampled_from(["category", "number", "future", "text", None]),
)
def test_any_facts_lead_to_five_answers_with_evidence(axes, values, kind):
    decision = decide(spec(axes, kind), facts(**values))
    assert [step.question for step in decision.steps] == list(QUESTIONS)
    assert all(step.evidence for step in decision.steps)
    assert all(0 <= step.confidence <= 1 for step in decision.steps)
    assert 0 <= decision.confidence <= 1


@pytest.mark.parametrize(("form", "structure"), [("image-folder", "grid"), ("array", "table")])
def test_files_that_can_only_hold_pictures_stay_a_grid_with_less_confidence(form, structure):
    noise = facts(**near("height", "width", adjacent=0.05, nearer=0.5))
    decided = decide(spec(PICTURE).model_copy(update={"format": form}), noise)
    assert decided.structure == structure
    assert form == "array" or decided.confidence < 0.6


def test_the_decision_is_no_surer_than_the_target_it_stands_on() -> None:
    sure = spec(ROW, "number")
    assert sure.target is not None
    guessed = sure.model_copy(update={"target": sure.target.model_copy(update={"confidence": 0.5})})
    far = facts(**near("feature", adjacent=0.0, nearer=0.5))
    assert decide(sure, far).confidence > 0.9
    assert decide(guessed, far).confidence == 0.5
    assert decide(guessed, far, task=Task.REGRESSION).confidence > 0.9
