"""What a search was asked, what it tried, and what came of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from advisor.records.base import Record
from advisor.records.data import Family, Structure, Task
from advisor.records.inspection import SplitSummary


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
    """One network of an ensemble, and its share in the mean; one trial may have several, by `seed`."""

    trial: int
    seed: int | None = None
    family: Family
    architecture: str
    share: float


class EnsembleResult(Record):
    """Whether the mean of several networks was taken instead of the best one, or `why` not.

    `gain` over the single best and its interval: on validation samples that had no part in choosing (of one
    trial with several seeds: of the mean of its repeats over each of them).
    """

    taken: bool = False
    why: str = ""
    members: tuple[Member, ...] = ()
    gain: float | None = None
    ci95: tuple[float, float] | None = None
    latency_ms: float | None = None
    single_latency_ms: float | None = None
    parameters: int | None = None

    @property
    def of_one_trial(self) -> bool:
        """Whether its networks differ in their seeds alone."""
        return len({one.trial for one in self.members}) == 1


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
    baselines_left_out: tuple[str, ...] = ()  # for want of time
    beats_baselines: BeatsBaselines | None = None
    cautions: tuple[str, ...] = ()  # why scores may be too good: copies in the test part, a column that tells
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
