"""The families that were not advised, and by which numbers each would have been."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.decide.questions import space_axes, time_axis
from advisor.decide.thresholds import (
    GRAPH_LOCALITY,
    LENGTH_VARIATION,
    NEARER_ALIKE,
    ORDER_DROP,
)
from advisor.records import Alternative, DatasetSpec, Facts, Family, Structure


def alternatives(
    structure: Structure, family: Family, spec: DatasetSpec, facts: Facts
) -> tuple[Alternative, ...]:
    """Two or three, the likeliest first; `why` says the limit and what was measured."""
    reasons = _REASONS[structure](spec, facts)
    return tuple(Alternative(family=other, why=why) for other, why in reasons if other != family)


def _grid(spec: DatasetSpec, facts: Facts) -> list[tuple[Family, str]]:
    axes = space_axes(spec)
    return [
        (
            Family.HYBRID,
            f"would be advised if one axis were time: the {len(axes)} long axes are all of space",
        ),
        (
            Family.RNN,
            f"would be advised if one axis only had a neighbourhood ({_limits()}); {_along(facts, axes)}",
        ),
        (Family.MLP, f"would be advised if no axis had a neighbourhood ({_limits()}); {_along(facts, axes)}"),
    ]


def _sequential(spec: DatasetSpec, facts: Facts) -> list[tuple[Family, str]]:
    axis = time_axis(spec)
    drop, variation = facts.value("order_score_drop"), facts.value(f"size_variation_{axis}")
    lengths = f"{_number(variation)} of the samples differ in length (limit {LENGTH_VARIATION.value:g})"
    order = f"shuffling the order costs {_number(drop)} of score (limit {ORDER_DROP.value:g})"
    return [
        (Family.CNN, f"would be advised at one length and where order matters little: {lengths}; {order}"),
        (Family.RNN, f"would be advised for varying lengths or where order matters: {lengths}; {order}"),
        (
            Family.HYBRID,
            f"would be advised if each step were a picture: there are {len(space_axes(spec))} axes of space",
        ),
    ]


def _clips(spec: DatasetSpec, facts: Facts) -> list[tuple[Family, str]]:
    axes = space_axes(spec)
    if "node" in axes:
        alike = f"locality {GRAPH_LOCALITY.value:g}"
        rnn = f"would be advised if neighbours on the graph were no more alike than others ({alike})"
    else:
        rnn = f"would be advised if frames had no neighbourhood ({_limits()})"
    return [
        (
            Family.CNN,
            "would be advised if no axis were time, or if one frame were enough: a search measures that",
        ),
        (Family.RNN, f"{rnn}; {_along(facts, axes)}"),
    ]


def _table(spec: DatasetSpec, facts: Facts) -> list[tuple[Family, str]]:
    axes = [axis.name for axis in spec.input.axes if axis.name != "channel"]
    return [
        (
            Family.RNN,
            f"would be advised if the columns were steps in time ({_limits()}); {_along(facts, axes)}",
        ),
        (
            Family.CNN,
            f"would be advised if two axes had a neighbourhood ({_limits()}); {_along(facts, axes)}",
        ),
    ]


_REASONS = {
    Structure.GRID: _grid,
    Structure.SEQUENTIAL: _sequential,
    Structure.SPATIOTEMPORAL: _clips,
    Structure.TABLE: _table,
}


def _limits() -> str:
    return f"neighbours more alike than places farther off in {NEARER_ALIKE.value:.0%} of comparisons"


def _along(facts: Facts, axes: Sequence[str]) -> str:
    found = []
    for axis in axes:
        value = facts.value(f"nearer_alike_{axis}")
        found.append(f"{'nothing' if value is None else f'{value:.0%}'} along {axis}")
    return "measured: " + ", ".join(found)


def _number(value: float | None) -> str:
    return "an unknown share" if value is None else f"{value:.2f}"
