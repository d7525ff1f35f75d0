"""The flowchart as plain data, and the walk through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.decide.alternatives import alternatives
from advisor.decide.questions import QUESTIONS, Answer, Question, answers, time_axis
from advisor.records import DatasetSpec, Decision, Facts, Family, Step, Structure, Task


@dataclass(frozen=True)
class Outcome:
    """Where a walk ends."""

    structure: Structure
    family: Family
    text: str


@dataclass(frozen=True)
class Branch:
    """A question and where each answer leads: another question or an outcome, by name."""

    yes: str
    no: str
    unknown: str


START: Question = "space_and_time"

FLOWCHART: dict[Question, Branch] = {
    "space_and_time": Branch(yes="hybrid", no="grid_like", unknown="grid_like"),
    "grid_like": Branch(yes="grid_cnn", no="sequential", unknown="sequential"),
    "sequential": Branch(yes="variable_length", no="mlp", unknown="mlp"),
    "variable_length": Branch(yes="rnn", no="order_matters", unknown="order_matters"),
    "order_matters": Branch(yes="rnn", no="sequence_cnn", unknown="rnn"),
}

OUTCOMES: dict[str, Outcome] = {
    "hybrid": Outcome(
        Structure.SPATIOTEMPORAL, Family.HYBRID, "a CNN reads each frame, an RNN the sequence of frames"
    ),
    "grid_cnn": Outcome(Structure.GRID, Family.CNN, "convolutions share what they learn between places"),
    "rnn": Outcome(Structure.SEQUENTIAL, Family.RNN, "an RNN reads in order and takes any length"),
    "sequence_cnn": Outcome(
        Structure.SEQUENTIAL, Family.CNN, "order over long spans adds little: convolutions over time will do"
    ),
    "mlp": Outcome(
        Structure.TABLE, Family.MLP, "a plain table; trees (gradient boosting) are usually better there"
    ),
}


def walk(values: Mapping[Question, bool | None]) -> Outcome:
    """Follow the answers from START to an outcome."""
    place: str = START
    while place not in OUTCOMES:
        question = next(name for name in FLOWCHART if name == place)
        branch, answer = FLOWCHART[question], values[question]
        place = branch.unknown if answer is None else branch.yes if answer else branch.no
    return OUTCOMES[place]


def decide(spec: DatasetSpec, facts: Facts, *, task: Task | None = None) -> Decision:
    """Ask all five questions and walk the flowchart.

    The confidence is that of the least sure decisive step: a step is decisive when the opposite
    answer, all others as they are, would end in another structure or family; and no more than that of the
    guess of what is to be predicted, from which the task follows.

    Args:
        spec: with named axes, as `measure` returns it.
        facts: what was measured; missing facts make answers less sure, never impossible.
        task: overrides the task that follows from the target.
    """
    given = answers(spec, facts)
    sure = 1.0 if spec.target is None or task is not None else spec.target.confidence
    outcome = walk({question: answer.value for question, answer in given.items()})
    steps = tuple(_step(question, given) for question in QUESTIONS)
    return Decision(
        structure=outcome.structure,
        task=task or task_of(spec, outcome.structure),
        family=outcome.family,
        order_matters=given["order_matters"].value,
        variable_length=bool(given["variable_length"].value),
        confidence=min(sure, *(step.confidence for step in steps if step.decisive)),
        steps=steps,
        alternatives=alternatives(outcome.structure, outcome.family, spec, facts),
    )


def _step(question: Question, given: Mapping[Question, Answer]) -> Step:
    answer = given[question]
    return Step(
        question=question,
        text=QUESTIONS[question],
        answer=answer.value,
        decisive=_is_decisive(question, given),
        confidence=answer.confidence,
        evidence=answer.evidence,
    )


def _is_decisive(question: Question, given: Mapping[Question, Answer]) -> bool:
    values = {name: answer.value for name, answer in given.items()}
    opposite = {**values, question: not values[question]}
    return walk(values) != walk(opposite)


def task_of(spec: DatasetSpec, structure: Structure) -> Task:
    """The task that follows from the target; without one, from the structure.

    Data without target: a sequence or clips are continued (forecasting), text goes on being written
    (generation); pictures and tables count as classification, and `health` says what is missing.
    """
    if spec.target is not None:
        return _TASKS.get(spec.target.kind) or _text_task(spec)
    if time_axis(spec) == "token":
        return Task.GENERATION
    sequence = structure in (Structure.SEQUENTIAL, Structure.SPATIOTEMPORAL)
    return Task.FORECASTING if sequence else Task.CLASSIFICATION


_TASKS: dict[str, Task] = {
    "category": Task.CLASSIFICATION,
    "number": Task.REGRESSION,
    "future": Task.FORECASTING,
    "mask": Task.SEGMENTATION,
    "boxes": Task.DETECTION,
    "tags": Task.TAGGING,
    "labels": Task.MULTILABEL,
}


def _text_task(spec: DatasetSpec) -> Task:
    """Text to be predicted: from text, from pictures, or from sound and other series."""
    axis = time_axis(spec)
    return Task.TRANSLATION if axis == "token" else Task.TRANSCRIPTION if axis else Task.CAPTIONING
