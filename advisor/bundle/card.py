"""The card of a bundle, as a record and as a README for whoever finds the folder."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from advisor.prepare import Preprocessing
from advisor.records import BaselineResult, Candidate, InputSpec, Record, Score, Signature, SplitSummary, Task

CLASSES_SHOWN = 20


class BundleCard(Record):
    """`bundle.json`: what the model is, what it was scored on, and what it was made with."""

    schema_name: Literal["advisor.bundle/1"] = Field("advisor.bundle/1", alias="schema")
    created: str  # ISO 8601, UTC
    run: str  # name of the run folder
    inputs: tuple[InputSpec, ...]  # of the training data, axes in the order the model reads them
    candidate: Candidate  # of an ensemble the member with the largest share
    members: tuple[Candidate, ...] = ()  # of an ensemble, with their shares in the mean
    shares: tuple[float, ...] = ()
    signature: Signature
    task: Task
    metric: str
    greater_is_better: bool
    parameters: int
    validation: Score | None = None
    test: Score | None = None
    best_baseline: BaselineResult | None = None
    split: SplitSummary | None = None
    cautions: tuple[str, ...] = ()  # why the scores may be too good
    refit: str | None = None
    versions: dict[str, str] = Field(default_factory=dict)


BY_ADVISOR = """\
    advisor predict THIS_FOLDER NEW_FILES --out predictions.csv
    advisor evaluate THIS_FOLDER LABELLED_FILES

New files must have the same form as the training data; scaling, sizes, tokens and labels come from \
`preprocessing.json`. From Python: `advisor.workflow.predict`."""


def readme(card: BundleCard, preprocessing: Preprocessing, use: str = BY_ADVISOR) -> str:
    """Markdown: the model, its scores, how to use it, its limits."""
    sections = [
        f"# {card.candidate.family.upper()} ({card.candidate.architecture}) for {preprocessing.format}",
        _what(card, preprocessing),
        "## Scores",
        _scores(card),
        "## Use",
        use,
        "## Limits",
        _limits(card),
        "## Made with",
        "\n".join(f"- {name} {version}" for name, version in sorted(card.versions.items()))
        or "- versions were not recorded",
    ]
    return "\n\n".join(sections) + "\n"


def _what(card: BundleCard, preprocessing: Preprocessing) -> str:
    shape = " x ".join(f"{axis.name} {axis.size or '(varies)'}" for axis in card.inputs[0].axes)
    lines = [
        f"- Task: {card.task}",
        f"- Input: {shape}",
        *([f"- Ensemble: {_members(card)}"] if card.members else []),
        f"- Parameters: {card.parameters:,}",
        f"- Trained: {card.created}, run `{card.run}`",
    ]
    if card.task is Task.CLASSIFICATION:
        names = preprocessing.class_names
        more = f" and {len(names) - CLASSES_SHOWN} more" if len(names) > CLASSES_SHOWN else ""
        lines.append(f"- Classes ({len(names)}): {', '.join(names[:CLASSES_SHOWN])}{more}")
    if card.signature.horizon:
        lines.append(f"- Forecast: {card.signature.horizon} steps from the last {card.signature.length}")
    return "\n".join(lines)


def _members(card: BundleCard) -> str:
    if all(one == card.members[0] for one in card.members):
        return f"the mean of {len(card.members)} networks that differ in their seeds alone"
    named = ", ".join(
        f"{share:.0%} {one.family.upper()} ({one.architecture})"
        for one, share in zip(card.members, card.shares, strict=True)
    )
    return f"the mean of {len(card.members)} networks: {named}"


def _scores(card: BundleCard) -> str:
    rows = [("validation", card.validation), ("test", card.test)]
    if card.best_baseline:
        rows.append((f"test, best baseline ({card.best_baseline.name})", card.best_baseline.test))
    better = "greater" if card.greater_is_better else "smaller"
    table = "\n".join(
        f"| {name} | {_number(score)} | {_interval(score)} | {score.samples} |"
        for name, score in rows
        if score
    )
    head = "| part | value | 95 % interval | samples |\n|---|---|---|---|"
    return f"{card.metric} ({better} is better)\n\n{head}\n{table}"


def _limits(card: BundleCard) -> str:
    lines = ["- The scores hold for data like the test part; on other data, run `advisor evaluate` first."]
    lines += [f"- The scores may be too good: {one}." for one in card.cautions]
    if card.split:
        split = card.split
        lines.append(
            f"- {split.train} samples to train, {split.validation} to choose, {split.test} to test "
            f"(split: {split.kind})."
        )
    if card.task is Task.FORECASTING:
        lines.append("- Quantiles (`q0.05` to `q0.95`) are the prediction plus errors on validation windows.")
    if card.refit:
        lines.append(f"- Trained again on {card.refit} after the choice was made.")
    return "\n".join(lines)


def _number(score: Score) -> str:
    return f"{score.value:.4g}"


def _interval(score: Score) -> str:
    return "-" if score.ci95 is None else f"{score.ci95[0]:.4g} to {score.ci95[1]:.4g}"
