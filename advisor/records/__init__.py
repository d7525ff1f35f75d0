"""The frozen records that pass between the stages; all of them go to JSON and back.

Axis glossary (one name for one thing, everywhere):
    batch    samples side by side           time     steps in order
    height   rows of a picture              width    columns of a picture
    depth    slices of a volume             channel  values measured at one place and time
    feature  a column of a table            token    a piece of text
    node     a vertex of a graph            unknown  an axis that only measurement can name
"""

from __future__ import annotations

from advisor.records.base import Record
from advisor.records.data import (
    Axis,
    AxisName,
    Column,
    DatasetSpec,
    Family,
    InputSpec,
    Part,
    SplitCounts,
    Structure,
    TargetSpec,
    Task,
)
from advisor.records.inspection import (
    Alternative,
    Decision,
    Evidence,
    Fact,
    Facts,
    Finding,
    Inspection,
    Reach,
    SplitSummary,
    Step,
)
from advisor.records.search import (
    Advice,
    BaselineResult,
    BeatsBaselines,
    BestModel,
    Candidate,
    EnsembleResult,
    Evaluation,
    FairRound,
    FamilyResult,
    Finalist,
    Member,
    Reproducible,
    Result,
    RunSummary,
    Score,
    SearchOptions,
    Signature,
    TradeOff,
    TrialCounts,
    TrialRow,
)

__all__ = [
    "Advice",
    "Alternative",
    "Axis",
    "AxisName",
    "BaselineResult",
    "BeatsBaselines",
    "BestModel",
    "Candidate",
    "Column",
    "DatasetSpec",
    "Decision",
    "EnsembleResult",
    "Evaluation",
    "Evidence",
    "Fact",
    "Facts",
    "FairRound",
    "Family",
    "FamilyResult",
    "Finalist",
    "Finding",
    "InputSpec",
    "Inspection",
    "Member",
    "Part",
    "Reach",
    "Record",
    "Reproducible",
    "Result",
    "RunSummary",
    "Score",
    "SearchOptions",
    "Signature",
    "SplitCounts",
    "SplitSummary",
    "Step",
    "Structure",
    "TargetSpec",
    "Task",
    "TradeOff",
    "TrialCounts",
    "TrialRow",
]
