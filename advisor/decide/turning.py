"""What would have changed the advice: measured values, their limits, and where the walk would then end."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.decide.flowchart import Outcome, walk
from advisor.decide.questions import Question, told_by_form
from advisor.decide.thresholds import SPACE_AXES
from advisor.records import Evidence, Inspection, Step


@dataclass(frozen=True)
class Need:
    """A measured fact that would have to lie on the other side of its limit."""

    fact: str
    value: float
    threshold: float
    unit: str


@dataclass(frozen=True)
class Turn:
    """Were all of `needs` `below` their limits (or, where not `below`, at them), it would end at `outcome`.

    `margin`: the largest distance to a limit, as a share of it; the least margin is the nearest alternative.
    """

    question: Question
    needs: tuple[Need, ...]
    below: bool
    outcome: Outcome
    margin: float


def turns(inspection: Inspection) -> tuple[Turn, ...]:
    """The turns that lead elsewhere, the nearest first. Space and time follow from their two parts.

    A yes needs every one of its facts at or above the limit, so each alone can turn it. A no is turned by
    all that failed together. How many axes there are is no measurement, and turns nothing; nor do numbers
    where the form on disk says the answer, and they only make it more or less sure.
    """
    steps, told = inspection.flowchart, told_by_form(inspection.format, inspection.inputs[0])
    given: dict[Question, bool | None] = {step.question: step.answer for step in steps}
    end, found = walk(given), list[Turn]()
    for step in steps:
        if step.answer is None or step.question in ("space_and_time", *told):
            continue
        other = {**given, step.question: not step.answer}
        other["space_and_time"] = bool(other["grid_like"] and other["sequential"])
        if walk(other) != end:
            found += _turns_of(step, walk(other))
    return tuple(sorted(found, key=lambda turn: turn.margin))


def _turns_of(step: Step, outcome: Outcome) -> list[Turn]:
    needs = [need for evidence in step.evidence for need in _needs(evidence, bool(step.answer))]
    strictest = {need.fact: need for need in sorted(needs, key=lambda need: need.threshold)}
    measured = [need for need in strictest.values() if need.unit != SPACE_AXES.unit]
    if step.answer:
        return [_turn(step, (need,), outcome) for need in measured]
    lacks_axes = step.question == "grid_like" and any(need.unit == SPACE_AXES.unit for need in needs)
    return [_turn(step, tuple(measured), outcome)] if measured and not lacks_axes else []


def _turn(step: Step, needs: tuple[Need, ...], outcome: Outcome) -> Turn:
    margin = max(abs(need.value - need.threshold) / max(abs(need.threshold), 1e-9) for need in needs)
    return Turn(step.question, needs, bool(step.answer), outcome, margin)


def _needs(evidence: Evidence, answer: bool) -> list[Need]:
    """The fact, where it is a number with a limit and speaks for the answer."""
    value, limit = evidence.value, evidence.threshold
    if isinstance(value, bool | str) or value is None or limit is None or (value >= limit) is not answer:
        return []
    return [Need(evidence.fact, value, limit, evidence.unit)]
