"""What was measured and what follows from it: facts, findings, steps of the flowchart, the decision."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from advisor.records.base import Record
from advisor.records.data import Family, InputSpec, SplitCounts, Structure, TargetSpec, Task


class Fact(Record):
    """One measured number: what, in which unit, how, on how many samples, how sure.

    `examples` are a few ids (of samples, columns, steps) that it speaks of; they go into the finding.
    """

    name: str
    value: float | None
    unit: str
    how: str
    samples: int
    low: float | None = None
    high: float | None = None
    examples: tuple[str, ...] = Field(default=(), exclude=True)


class Facts(Record):
    """All that was measured on one data set."""

    facts: tuple[Fact, ...]

    def get(self, name: str) -> Fact | None:
        """The fact of that name, or None where it was not measured."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def value(self, name: str) -> float | None:
        """The value of the fact of that name, or None where it was not measured."""
        fact = self.get(name)
        return None if fact is None else fact.value


# --- what the flowchart says --------------------------------------------------------------------


class Evidence(Record):
    """A fact held against a threshold, and where the threshold comes from."""

    fact: str
    value: float | str | bool | None
    threshold: float | None = None
    unit: str = "1"
    source: str = ""


class Step(Record):
    """One question of the flowchart and its answer; `answer` is None where it cannot be measured."""

    question: Literal["grid_like", "sequential", "space_and_time", "order_matters", "variable_length"]
    text: str
    answer: bool | None
    decisive: bool
    confidence: float
    evidence: tuple[Evidence, ...]


class Alternative(Record):
    """A family that was not advised, and when it would be the better choice."""

    family: Family
    why: str


class Reach(Record):
    """Whether the first network of a family reaches the memory horizon, and what it takes.

    All in steps that the network reads, each `stride` steps of the data: frames of sound and of clips are
    further apart. `sees`: the receptive field of its first candidate, or the longest sample where it reads
    all of it one step after the other. `layers`: convolutions that reach; `recurrent_steps`: steps through
    which gradients must come back. `needs`: the same in words.
    """

    family: Family
    architecture: str
    horizon: int
    stride: float
    sees: int
    enough: bool
    layers: int | None = None
    recurrent_steps: int | None = None
    needs: str


class Finding(Record):
    """One thing about the health of the data, with a few examples: ids of samples, columns or steps."""

    check: str
    severity: Literal["info", "warning", "error"]
    count: int
    text: str
    remedy: str
    examples: tuple[str, ...] = ()


class Decision(Record):
    """The walk through the flowchart and where it ended."""

    structure: Structure
    task: Task
    family: Family
    order_matters: bool | None
    variable_length: bool
    confidence: float
    steps: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]


class SplitSummary(Record):
    """How many samples (or steps of a long series) are in each part, and what the split keeps together.

    `file` is None in an inspection, which writes none.
    """

    kind: Literal["given", "grouped", "stratified", "random", "time", "file", "fractions"]
    train: int
    validation: int
    test: int
    file: str | None = "split.csv"
    folds: int | None = None  # below about 500 samples: validation by this many folds
    repeats: int | None = None
    groups: int | None = None  # subjects, speakers, ... of the samples in the three parts
    by: str | None = None  # the column of groups, or of times, that was split by
    copies: int | None = None  # samples in one part with one that they equal; None where not looked for


class Inspection(Record):
    """`advisor inspect --json`: the data set, the decision, the findings and the facts."""

    schema_name: Literal["advisor.inspection/1"] = Field("advisor.inspection/1", alias="schema")
    path: str
    format: str
    samples: int
    splits: SplitCounts
    inputs: tuple[InputSpec, ...]
    target: TargetSpec | None
    task: Task
    structure: Structure
    family: Family
    order_matters: bool | None
    variable_length: bool
    confidence: float
    flowchart: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]
    health: tuple[Finding, ...]
    facts: tuple[Fact, ...] = ()
    split: SplitSummary | None = None  # what `search` would use; None where it cannot train
    reach: tuple[Reach, ...] = ()
    overruled: dict[str, str] = Field(default_factory=dict)  # what options said of the data, by their names


# --- what is trained ----------------------------------------------------------------------------
