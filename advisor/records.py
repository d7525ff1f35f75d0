"""The frozen records that pass between the stages; all of them go to JSON and back.

Axis glossary (one name for one thing, everywhere):
    batch    samples side by side           time     steps in order
    height   rows of a picture              width    columns of a picture
    depth    slices of a volume             channel  values measured at one place and time
    feature  a column of a table            token    a piece of text
    node     a vertex of a graph            unknown  an axis that only measurement can name
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """Base of every record: frozen, no unknown fields; NaN becomes null in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", populate_by_name=True)

    def to_json(self, indent: int | None = None) -> str:
        """This record as JSON text, by the names of the published schema."""
        return self.model_dump_json(by_alias=True, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote; raises pydantic's ValidationError on anything else."""
        return cls.model_validate_json(text)


class Structure(StrEnum):
    GRID = "grid"
    SEQUENTIAL = "sequential"
    SPATIOTEMPORAL = "spatiotemporal"
    TABLE = "table"


class Family(StrEnum):
    CNN = "cnn"
    RNN = "rnn"
    HYBRID = "hybrid"
    MLP = "mlp"


class Task(StrEnum):
    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"
    FORECASTING = "forecasting"
    SEGMENTATION = "segmentation"
    DETECTION = "detection"
    TAGGING = "tagging"
    GENERATION = "generation"
    TRANSLATION = "translation"
    TRANSCRIPTION = "transcription"
    CAPTIONING = "captioning"


AxisName = Literal[
    "batch", "time", "height", "width", "depth", "channel", "feature", "token", "node", "unknown"
]
Part = Literal["train", "validation", "test"]


# --- what a reader says -------------------------------------------------------------------------


class Axis(Record):
    """One axis of a sample. `size` is None where it varies between samples."""

    name: AxisName
    size: int | None = None
    spacing: float | None = None
    unit: str | None = None


class Column(Record):
    """One column of a table or one channel of a series."""

    name: str
    kind: Literal["number", "category", "text", "time", "identifier"]


class InputSpec(Record):
    """One input of a sample: its name, dtype on disk, and named axes in the order `read` gives.

    Orders that readers return: picture (height, width, channel); volume (depth, height, width,
    channel); series (time, channel); clip (time, height, width, channel); text (token); table row
    (feature). Arrays whose axes only measurement can tell have axes named `unknown`.
    """

    name: str
    dtype: str
    axes: tuple[Axis, ...]
    columns: tuple[Column, ...] = ()
    # Where the axes on disk were named and sorted by measurement or by the user: their order on disk as
    # `axes` has them, and how many of them each of `axes` holds.
    stored_order: tuple[int, ...] = ()
    merged: tuple[int, ...] = ()
    unfolded: tuple[int, ...] = ()  # sizes of the axes that the one axis on disk was split into before that

    def axis(self, name: AxisName) -> Axis | None:
        """The axis of that name, or None."""
        return next((axis for axis in self.axes if axis.name == name), None)


class TargetSpec(Record):
    """What is to be predicted. `class_names` is sorted; empty unless `kind` is category.

    `confidence` is how sure it is that this, and no other of `choices`, is meant; `reason` says why.
    """

    name: str
    kind: Literal["category", "number", "future", "mask", "boxes", "tags", "text", "labels"]
    classes: int | None = None
    class_names: tuple[str, ...] = Field(default=(), exclude=True)
    confidence: float = 1.0
    reason: str = ""
    choices: tuple[str, ...] = ()


class SplitCounts(Record):
    """How many samples the data themselves put in each part."""

    train: int = 0
    validation: int = 0
    test: int = 0
    unlabelled: int = 0


class DatasetSpec(Record):
    """What a data set is, as far as reading it can tell."""

    path: str
    format: str
    samples: int
    inputs: tuple[InputSpec, ...]
    target: TargetSpec | None
    splits: SplitCounts
    time_index: str | None = None  # name of the timestamp column of a long series

    @property
    def input(self) -> InputSpec:
        """The first input: everything so far has exactly one."""
        return self.inputs[0]


# --- what measurement says ----------------------------------------------------------------------


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


# --- what is trained ----------------------------------------------------------------------------


class Candidate(Record):
    """An architecture with its settings, as plain data. `why` says where it came from."""

    family: Family
    architecture: str
    params: dict[str, bool | int | float | str]
    why: str = ""


class Signature(Record):
    """What a network takes and gives; with a Candidate it is all that building one needs.

    `layout` fixes the shape of the prepared values:
        image  [batch, channel, height, width]         volume [batch, channel, depth, height, width]
        series [batch, time, channel]                  clip   [batch, time, channel, height, width]
        text   [batch, token] int64, 0 is padding      table  [batch, feature]
    `outputs`: classes for classification, 1 for regression, target channels for forecasting.
    """

    layout: Literal["image", "volume", "series", "clip", "text", "table"]
    task: Task
    channels: int = 1
    height: int | None = None
    width: int | None = None
    depth: int | None = None
    length: int  # longest (text, series, clip: steps; table: features; image, volume: 1)
    variable_length: bool
    vocabulary: int | None = None
    outputs: int
    horizon: int | None = None  # forecasting: steps ahead
    target_channels: tuple[int, ...] = ()  # forecasting: which input channels are forecast
    period: int | None = None  # forecasting: strongest period in steps, where there is one


# --- what a search says -------------------------------------------------------------------------


class Score(Record):
    """A metric on one part, with its 95 % interval by bootstrap over samples (or blocks)."""

    value: float
    ci95: tuple[float, float] | None = None
    samples: int
    looks: int | None = None  # how often the test part was looked at
    all: dict[str, float] = Field(default_factory=dict)


class BaselineResult(Record):
    name: str
    how: str = ""
    seconds: float = 0.0
    validation: Score | None = None
    test: Score | None = None


class BestModel(Record):
    trial: int | None
    family: Family
    architecture: str
    params: dict[str, bool | int | float | str]
    parameters: int
    seconds_per_epoch: float | None = None
    latency_ms: float | None = None
    validation: Score
    test: Score | None = None
    refit: str | None = None  # on which parts, and how; None when the trial's own weights are kept


class BeatsBaselines(Record):
    answer: Literal["yes", "no", "tied"]
    best_baseline: str
    gap: float
    ci95: tuple[float, float]


class FairRound(Record):
    """What a family's first candidate gave and took; `given`: the seconds for each, None: no limit."""

    value: float | None
    seconds: float
    given: float | None = None
    ci95: tuple[float, float] | None = None
    epochs: float | None = None


class FamilyResult(Record):
    family: Family
    status: Literal["done", "failed", "skipped"]
    trials: int = 0
    fair_round: FairRound | None = None
    best_validation: float | None = None
    seconds: float = 0.0
    architecture: str | None = None
    reason: str | None = None


class Advice(Record):
    """Whether the flowchart's prediction held: the advised family against the best of the others."""

    predicted: Family
    verdict: Literal["confirmed", "contradicted", "undecided", "untested"]
    against: Family | None = None
    gap: float | None = None
    ci95: tuple[float, float] | None = None
    why: str = ""


class TrialCounts(Record):
    complete: int = 0
    pruned: int = 0
    failed: int = 0
    rejected: int = 0  # beyond a limit, and so not trained


class TrialRow(Record):
    """One trial as the report shows it."""

    number: int
    family: Family
    architecture: str
    state: Literal["complete", "pruned", "failed", "rejected"]
    value: float | None
    seconds: float
    params: dict[str, bool | int | float | str] = Field(default_factory=dict)
    reason: str | None = None


class Reproducible(Record):
    """Whether the same command gives the same trials and scores bit for bit, and what keeps it from that."""

    answer: bool
    because: tuple[str, ...] = ()


class TradeOff(Record):
    """A finished trial's score against what it costs; `on_front`: no other is better in all three."""

    trial: int
    family: Family
    architecture: str
    value: float
    latency_ms: float
    parameters: int
    on_front: bool


class Finalist(Record):
    """One of the best trials, and what Optuna compares of it: first its own value, then with fresh seeds."""

    trial: int
    family: Family
    architecture: str
    values: tuple[float, ...]


class Member(Record):
    """One network of an ensemble, and its share in the mean."""

    trial: int
    family: Family
    architecture: str
    share: float


class EnsembleResult(Record):
    """Whether the mean of several trials' networks was taken instead of the best one, or `why` not.

    `gain` over the single best and its interval: on validation samples that had no part in choosing.
    """

    taken: bool = False
    why: str = ""
    members: tuple[Member, ...] = ()
    gain: float | None = None
    ci95: tuple[float, float] | None = None
    latency_ms: float | None = None
    single_latency_ms: float | None = None
    parameters: int | None = None


class Result(Record):
    """`advisor search --json`, and `result.json` of a run."""

    schema_name: Literal["advisor.result/1"] = Field("advisor.result/1", alias="schema")
    run: str
    status: Literal["done", "interrupted", "failed"]
    structure: Structure
    family: Family
    task: Task
    metric: str
    greater_is_better: bool
    chosen_by: str | None = None  # what trials are compared by, "log loss" where samples are few
    best: BestModel | None = None
    baselines: tuple[BaselineResult, ...] = ()
    beats_baselines: BeatsBaselines | None = None
    families: tuple[FamilyResult, ...] = ()
    advice: Advice | None = None
    split: SplitSummary | None = None
    trials: TrialCounts = TrialCounts()
    phases: dict[str, float] = Field(default_factory=dict)
    seconds: float = 0.0
    seed: int = 42
    environment: dict[str, Any] = Field(default_factory=dict)
    trial_rows: tuple[TrialRow, ...] = ()
    trade_off: tuple[TradeOff, ...] = ()  # the best score first
    finalists: tuple[Finalist, ...] = ()
    ensemble: EnsembleResult | None = None
    single: BestModel | None = None  # the best network alone, where `best` is an ensemble; never tested
    reproducible: Reproducible | None = None
    notes: tuple[str, ...] = ()  # what was subsampled, shortened or left out, in plain words


class RunSummary(Record):
    """A run in a list of runs; what it has not found yet is None."""

    run: str
    status: Literal["done", "interrupted", "failed", "running", "unfinished", "damaged"]
    started: str
    path: str | None = None
    task: Task | None = None
    predicted: Family | None = None
    family: Family | None = None
    architecture: str | None = None
    metric: str | None = None
    greater_is_better: bool | None = None
    validation: Score | None = None
    test: Score | None = None
    parameters: int | None = None
    latency_ms: float | None = None
    verdict: str | None = None
    baseline: str | None = None
    gap_to_baseline: float | None = None
    trials: int | None = None
    seconds: float | None = None
    seed: int | None = None
    data: str | None = None  # fingerprint of the samples
    fault: str | None = None


class Evaluation(Record):
    """`advisor evaluate --json`: the score of a bundle on labelled data."""

    schema_name: Literal["advisor.evaluation/1"] = Field("advisor.evaluation/1", alias="schema")
    model: str
    path: str
    part: str  # which samples: "test part of …" or "all samples"
    metric: str
    greater_is_better: bool
    score: Score
    reported: Score | None = None  # the test score that the search reported
    unreadable: int = 0


class SearchOptions(Record):
    """Every option of `advisor search`; the resolved ones are written into the run as config.toml."""

    trials: int | None = None
    timeout: float | None = None  # seconds
    family: str = "auto"
    task: Task | None = None
    target: str | None = None
    horizon: int | None = None
    metric: str | None = None
    split: str = "auto"
    test: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    workers: int | None = None  # trials at once; one by default
    storage: str | None = None
    seed: int = 42
    space: str | None = None
    out: str | None = None
    resume: str | None = None
    axes: str | None = None
    reader: str | None = None
    time: str | None = None
    group: str | None = None
    follow_links: bool = False  # out of the data's folder
    max_parameters: int | None = None
    max_latency: float | None = None  # milliseconds of one sample
    streaming: bool = False  # networks that do not look ahead only
    memory: int | None = None  # bytes that decoded samples may take; a share of the free memory if not given
    cache: str | None = None  # folder for decoded samples beyond it; a temporary file if not given
    tensorboard: str | None = None  # folder for event files
    mlflow: str | None = None  # tracking URI
    threads: int | None = None  # these three are measured where they are not given
    precision: Literal["bf16", "float32"] | None = None
    gflops: float | None = None  # speed that first candidates are sized by
