"""The five questions, each answered from the axes and the measured facts, with evidence and confidence.

Confidence: a measured answer is as sure as its margin to the threshold (`thresholds.above`). Where
the form on disk already says what an axis is, that counts for half and the measurement for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.decide.thresholds import (
    GRAPH_LOCALITY,
    LENGTH_VARIATION,
    NEARER_ALIKE,
    NEIGHBOUR_CORRELATION,
    ORDER_DROP,
    ORDER_RESOLUTION,
    SAMPLE_ORDER,
    SPACE_AXES,
    TIME_AXES,
    TIME_SIGNS,
    Threshold,
    above,
)
from advisor.records import DatasetSpec, Evidence, Fact, Facts, InputSpec

Question = Literal["grid_like", "sequential", "space_and_time", "order_matters", "variable_length"]

QUESTIONS: dict[Question, str] = {
    "grid_like": "Is the data grid-like (images, 2-D and 3-D structures)?",
    "sequential": "Is it sequential (text, time series, audio)?",
    "space_and_time": "Does it have both spatial and temporal parts?",
    "order_matters": "Does order matter?",
    "variable_length": "Must it take sequences of varying length?",
}

PICTURE_FORMS = frozenset(
    "image-folder image-files video-folder video-file frame-files frame-folders mask-pairs boxes "
    "volume-folder picture-table".split()
)
"""Files that can hold nothing but pictures."""
SOUND_FORMS = ("audio-files",)  # files that can hold nothing but values over time
SURE = 0.99  # no answer is given more: the facts come from a few hundred samples
UNKNOWN = 0.5
UNPROVEN = 0.3  # at most: neighbours that win, but in an order that chance may have made
GRAPH_GIVEN = 0.6  # what measures nothing of its neighbours leaves it at: the files give the nodes a graph
STAMPED = 0.95  # the files give each grid its own time, which no order of unrelated pictures has


@dataclass(frozen=True)
class Answer:
    """One answer; `value` is None where it cannot be measured."""

    value: bool | None
    confidence: float
    evidence: tuple[Evidence, ...]


def answers(spec: DatasetSpec, facts: Facts) -> dict[Question, Answer]:
    """All five, always, in the order of the flowchart's description."""
    grid, sequential = grid_like(spec, facts), is_sequential(spec, facts)
    return {
        "grid_like": grid,
        "sequential": sequential,
        "space_and_time": space_and_time(grid, sequential),
        "order_matters": order_matters(spec, facts),
        "variable_length": variable_length(spec, facts),
    }


def told_by_form(form: str, inputs: InputSpec) -> tuple[Question, ...]:
    """Questions whose yes the form on disk gives: files that are pictures, axes that a reader named time."""
    pictures: tuple[Question, ...] = ("grid_like",) if form in PICTURE_FORMS else ()
    named = not inputs.stored_order and any(axis.name in ("time", "token") for axis in inputs.axes)
    return (*pictures, "sequential") if named else pictures


def space_axes(spec: DatasetSpec) -> list[str]:
    """Names of the axes of space that are longer than one; nodes lie in space where a graph relates them."""
    places = ("depth", "height", "width", "node")
    return [axis.name for axis in spec.input.axes if axis.name in places and axis.size != 1]


def time_axis(spec: DatasetSpec) -> str | None:
    """`time` or `token`, whichever the samples have."""
    return next((axis.name for axis in spec.input.axes if axis.name in ("time", "token")), None)


DRAWN = ("mask", "boxes")  # targets that lie on the places of a picture, and so say that it is one


def grid_like(spec: DatasetSpec, facts: Facts) -> Answer:
    """Two or more axes of space along each of which neighbours are alike, or a graph whose neighbours are."""
    axes = space_axes(spec)
    if "node" in axes:
        return _graph_like(facts)
    counted = _evidence("space_axes", float(len(axes)), SPACE_AXES)
    if len(axes) < SPACE_AXES.value:
        other = next((axis for axis in spec.input.axes if axis.name in ("channel", "feature")), None)
        if other is None or other.size == 1:
            return Answer(False, SURE, (counted,))
        return _no_place(facts, other.name, counted)
    measured = [_neighbourhood(facts, axis) for axis in axes]
    known = [sure for sure, _ in measured if sure is not None]
    evidence = (*(item for _, items in measured for item in items), counted)
    declared = spec.format in PICTURE_FORMS or (spec.target is not None and spec.target.kind in DRAWN)
    if not known or declared:
        return Answer(True, _half_declared(min(known, default=None)), evidence)
    return _either(min(known), evidence)


def _graph_like(facts: Facts) -> Answer:
    """Whether the nodes lie in space: a graph that is given says so, unless nodes are alike and its
    neighbours no more so than by nearly any other naming of the nodes."""
    edges = Evidence(fact="graph_edges", value=facts.value("graph_edges"), unit="edges")
    locality, adjacent = facts.value("locality_node"), facts.value("adjacent_correlation_node")
    if locality is None or adjacent is None:
        return Answer(False, 0.9, (edges,))
    sure = above(locality, GRAPH_LOCALITY)
    evidence = [_evidence("locality_node", locality, GRAPH_LOCALITY), edges]
    shuffled, attainable = (facts.value(f"{name}_correlation_node") for name in ("shuffled", "attainable"))
    if shuffled is None or adjacent > shuffled:
        beaten = True
    else:
        evidence.append(_evidence("attainable_correlation_node", attainable, GRAPH_LOCALITY))
        beaten, sure = above(attainable or 0.0, GRAPH_LOCALITY) < 0.5, 0.0
    if shuffled is not None:
        chance = "95 % of random namings of the nodes"
        evidence.append(
            Evidence(fact="adjacent_correlation_node", value=adjacent, threshold=shuffled, source=chance)
        )
    if beaten and (shuffled is not None or sure >= 0.5):
        return Answer(True, max(GRAPH_GIVEN, _half_declared(sure)), tuple(evidence))
    return Answer(False, _half_declared(0.5 - sure), tuple(evidence))  # though the data have a graph


def is_sequential(spec: DatasetSpec, facts: Facts) -> Answer:
    """An axis of time or of tokens."""
    axis = time_axis(spec)
    counted = _evidence("time_axes", float(axis is not None), TIME_AXES)
    if axis == "token":
        tokens = facts.get("tokens_per_sample")
        seen = [Evidence(fact=tokens.name, value=tokens.value, unit=tokens.unit)] if tokens else []
        return Answer(True, SURE, (counted, *seen))
    if axis is None:
        return _not_sequential(spec, facts, counted)
    sure, evidence = _neighbourhood(facts, "time")
    drop = _order_drop(facts)
    if drop is not None:  # order that matters shows time as well as neighbours do
        sure = max(sure or 0.0, above(drop.value or 0.0, ORDER_DROP, _error(drop)))
    signs, shown = _time_signs(facts)
    if signs is not None:
        return Answer(True, min(SURE, signs), (counted, *shown, *evidence))
    if spec.time_index is not None and len(space_axes(spec)) >= SPACE_AXES.value:
        stamps = Evidence(fact="time_index", value=spec.time_index, unit="name")
        return Answer(True, max(STAMPED, _half_declared(sure)), (counted, stamps, *evidence))
    confidence = _half_declared(sure)
    if spec.format in SOUND_FORMS:  # a hiss is sound too
        confidence = max(confidence, _half_declared(None))
    follows, shown = _follows(spec, facts)
    return Answer(True, min(follows, confidence), (counted, *shown, *evidence))


def _not_sequential(spec: DatasetSpec, facts: Facts, counted: Evidence) -> Answer:
    if len(space_axes(spec)) >= SPACE_AXES.value:
        sure, evidence = _time_signs(facts)
        follows, shown = _follows(spec, facts)
        return Answer(False, min(follows, SURE if sure is None else 1 - sure), (counted, *shown, *evidence))
    return _no_place(facts, "feature", counted)


def _no_place(facts: Facts, axis: str, counted: Evidence) -> Answer:
    """That the places along this axis have no order, nor along any of those that were merged into it."""
    sure, evidence = _neighbourhood(facts, axis)
    merged, shown = _neighbourhood(facts, "merged")
    if merged is not None:
        return Answer(False, min(SURE, 1 - merged), (counted, *shown))
    return Answer(False, _half_declared(None if sure is None else 1 - sure), (counted, *evidence))


def _follows(spec: DatasetSpec, facts: Facts) -> tuple[float, tuple[Evidence, ...]]:
    """How sure it is that the axis taken for samples, or for the steps of the one sample, is just that."""
    value = facts.value("sample_axis_autocorrelation")
    if value is None:
        return SURE, ()
    sure = above(value, SAMPLE_ORDER)
    evidence = _evidence("sample_axis_autocorrelation", value, SAMPLE_ORDER)
    return min(SURE, sure if spec.samples == 1 else 1 - sure), (evidence,)


def space_and_time(grid: Answer, sequential: Answer) -> Answer:
    """A grid at every step of a sequence."""
    both = bool(grid.value and sequential.value)
    named = [("grid_like", grid), ("sequential", sequential)]
    evidence = tuple(Evidence(fact=name, value=answer.value, unit="answer") for name, answer in named)
    if both:
        return Answer(True, min(grid.confidence, sequential.confidence), evidence)
    return Answer(False, max(answer.confidence for _, answer in named if not answer.value), evidence)


def order_matters(spec: DatasetSpec, facts: Facts) -> Answer:
    """Whether a quick model loses score when each sample's steps are shuffled."""
    if time_axis(spec) is None:
        return Answer(False, SURE, (_evidence("time_axes", 0.0, TIME_AXES),))
    drop = facts.get("order_score_drop")
    if drop is None or drop.value is None:
        return Answer(None, UNKNOWN, (_evidence("order_score_drop", None, ORDER_DROP), _why_unasked(facts)))
    evidence = (
        _evidence("order_score_drop", drop.value, ORDER_DROP, unit=drop.unit),
        Evidence(fact="probe_score", value=facts.value("probe_score"), unit=drop.unit),
        Evidence(fact="probe_score_shuffled", value=facts.value("probe_score_shuffled"), unit=drop.unit),
        Evidence(fact="probe_chance", value=facts.value("probe_chance"), unit=drop.unit, source="guessing"),
    )
    if _order_drop(facts) is None or _is_blurred(drop):
        return Answer(None, UNKNOWN, evidence)
    return _either(above(drop.value, ORDER_DROP, _error(drop)), (*evidence, *_what_order_tells(facts, drop)))


def _what_order_tells(facts: Facts, drop: Fact) -> tuple[Evidence, ...]:
    """The memory horizon, what other changes of order cost, and all that in a few words."""
    others = ("memory_horizon", "order_drop_shuffled_locally", "order_drop_reversed")
    seen = [fact for fact in map(facts.get, others) if fact is not None]
    shown = [Evidence(fact=fact.name, value=fact.value, unit=fact.unit) for fact in seen]
    costs = {fact.name: (fact.low or 0.0) >= ORDER_DROP.value for fact in (drop, *seen)}
    if not costs["order_score_drop"]:
        return tuple(shown)
    said = []
    if "order_drop_shuffled_locally" in costs:
        fine = costs["order_drop_shuffled_locally"]
        said.append(
            "which follows which at close range" if fine else "the rough course, not close neighbours"
        )
    if "order_drop_reversed" in costs:
        forwards = costs["order_drop_reversed"]
        said.append("the direction" if forwards else "backwards as well as forwards")
    told = [Evidence(fact="order_tells", value="; ".join(said), unit="answer")] if said else []
    return (*shown, *told)


def _why_unasked(facts: Facts) -> Evidence:
    if facts.get("probe_left_out"):
        return Evidence(
            fact="probe_left_out", value=True, source="`--no-probe`: whether order matters is not known"
        )
    labelled = facts.value("labelled_samples")
    return Evidence(fact="labelled_samples", value=labelled, unit="samples", source="too few to probe order")


def variable_length(spec: DatasetSpec, facts: Facts) -> Answer:
    """Whether samples differ in their number of steps or tokens."""
    axis = time_axis(spec)
    if axis is None:
        return Answer(False, SURE, (_evidence("time_axes", 0.0, TIME_AXES),))
    name = f"size_variation_{axis}"
    variation = facts.value(name)
    if variation is None:
        declared = next(found.size for found in spec.input.axes if found.name == axis)
        return Answer(declared is None, UNKNOWN, (_evidence(name, None, LENGTH_VARIATION),))
    sizes = [f"size_{axis}_min", f"size_{axis}", f"size_{axis}_max"]
    seen = (Evidence(fact=size, value=facts.value(size), unit="steps") for size in sizes if facts.get(size))
    return _either(above(variation, LENGTH_VARIATION), (_evidence(name, variation, LENGTH_VARIATION), *seen))


def _order_drop(facts: Facts) -> Fact | None:
    """The drop, unless the probe did not learn anything that order could have spoilt."""
    drop, score, chance = (facts.get(name) for name in ("order_score_drop", "probe_score", "probe_chance"))
    if drop is None or drop.value is None or score is None or score.value is None:
        return None
    lowest = score.value if score.low is None else score.low
    return drop if chance is None or chance.value is None or lowest > chance.value else None


def _is_blurred(drop: Fact) -> bool:
    """Whether the interval is too wide to say that order does not matter, and does not show that it does."""
    lowest = drop.value if drop.low is None else drop.low
    return 1.96 * _error(drop) > ORDER_RESOLUTION.value and (lowest or 0.0) < ORDER_DROP.value


def _neighbourhood(facts: Facts, axis: str) -> tuple[float | None, tuple[Evidence, ...]]:
    """How sure it is that neighbours along the axis are more alike than places farther off."""
    adjacent, nearer = facts.value(f"adjacent_correlation_{axis}"), facts.value(f"nearer_alike_{axis}")
    if adjacent is None:
        return None, ()
    if nearer is None:  # one long series, or an axis too short to tell its order from chance
        alike = _evidence(f"adjacent_correlation_{axis}", adjacent, NEIGHBOUR_CORRELATION)
        unordered = axis in ("channel", "feature")
        return (0.0 if unordered else above(adjacent, NEIGHBOUR_CORRELATION)), (alike,)
    evidence = _evidence(f"nearer_alike_{axis}", nearer, NEARER_ALIKE)
    shuffled, sure = facts.value(f"shuffled_nearer_alike_{axis}"), above(nearer, NEARER_ALIKE)
    if shuffled is None:
        return sure, (evidence,)
    beaten = Evidence(
        fact=f"nearer_alike_{axis}", value=nearer, threshold=shuffled, source="99 % of shuffled axes"
    )
    return (sure if nearer > shuffled else min(sure, UNPROVEN)), (evidence, beaten)


def _time_signs(facts: Facts) -> tuple[float | None, tuple[Evidence, ...]]:
    """How sure it is that one of three long axes is time; None where files or the axes say it all."""
    signs = facts.value("time_signs")
    if signs is None:
        return None, ()
    return above(signs, TIME_SIGNS), (_evidence("time_signs", signs, TIME_SIGNS),)


def _evidence(fact: str, value: float | None, threshold: Threshold, unit: str | None = None) -> Evidence:
    return Evidence(
        fact=fact,
        value=value,
        threshold=threshold.value,
        unit=unit or threshold.unit,
        source=threshold.source,
    )


def _error(fact: Fact) -> float:
    return 0.0 if fact.low is None or fact.high is None else (fact.high - fact.low) / (2 * 1.96)


def _either(sure: float, evidence: tuple[Evidence, ...]) -> Answer:
    """Yes or no, whichever is the surer."""
    return Answer(sure >= 0.5, min(SURE, max(sure, 1 - sure)), evidence)


def _half_declared(sure: float | None) -> float:
    """Confidence in what the axes' names say, given how sure the measurement is of the same."""
    return min(SURE, 0.5 + 0.5 * sure) if sure is not None else 0.9
