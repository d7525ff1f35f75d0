"""What is wrong or unusual with the data, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from advisor.decide.label_noise import probe_findings
from advisor.decide.thresholds import (
    FEW_PER_CLASS,
    FEW_SAMPLES,
    IMBALANCE,
    MISSING,
    SURE_TARGET,
    UNSURE_TARGET,
)
from advisor.records import DatasetSpec, Facts, Finding

Severity = Literal["info", "warning", "error"]


def findings(
    spec: DatasetSpec, facts: Facts, skipped: Mapping[str, int], notes: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """All that was found, the worst first.

    Args:
        spec: what a sample is.
        facts: what was measured.
        skipped: how many files or rows were left out, by reason.
        notes: what reading found.
    """
    found = [
        *notes,
        *_skipped(skipped),
        *_readable(facts),
        *_labels(spec, facts),
        *_guessed(spec),
        *_spellings(spec),
        *_classes(facts),
        *_values(facts),
        *_amount(facts),
        *probe_findings(facts),
    ]
    return tuple(sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.severity)))


def _finding(check: str, severity: Severity, count: float, text: str, remedy: str) -> Finding:
    return Finding(check=check, severity=severity, count=round(count), text=text, remedy=remedy)


def _skipped(skipped: Mapping[str, int]) -> list[Finding]:
    return [
        _finding(
            "skipped",
            "warning",
            count,
            f"{count} left out: {reason}",
            "look at them, or leave them out of the data",
        )
        for reason, count in sorted(skipped.items())
        if count
    ]


def _readable(facts: Facts) -> list[Finding]:
    count = facts.value("unreadable_samples") or 0
    if not count:
        return []
    text = f"{count:.0f} of the samples looked at cannot be decoded"
    return [
        _finding("unreadable", "warning", count, text, "repair or remove them; they are skipped in training")
    ]


def _labels(spec: DatasetSpec, facts: Facts) -> list[Finding]:
    is_grid = (
        any(axis.name in ("height", "feature") for axis in spec.input.axes)
        and spec.input.axis("time") is None
    )
    if spec.target is None and is_grid:
        text = "there is nothing to predict: no labels were found"
        return [
            _finding("labels", "error", spec.samples, text, "give labels, or name the target with --target")
        ]
    samples = facts.value("samples") or spec.samples  # of a very large file those that were looked at
    missing = samples - (facts.value("labelled_samples") or samples)
    if missing <= 0:
        return []
    text = f"{missing:.0f} of {samples:.0f} samples have no label"
    return [_finding("labels", "info", missing, text, "they are not used in training or testing")]


def _guessed(spec: DatasetSpec) -> list[Finding]:
    """A target that was guessed, with the columns that it could be as well."""
    target = spec.target
    if target is None or target.confidence >= SURE_TARGET.value:
        return []
    severity: Severity = "warning" if target.confidence < UNSURE_TARGET.value else "info"
    what = "the future of " if target.kind == "future" else ""
    sure = f"{100 * target.confidence:.0f} % sure"
    text = f"the target is guessed: {what}{target.name!r}, {sure} ({target.reason})"
    others = ", ".join(name for name in target.choices if name != target.name) or "another column"
    return [_finding("guessed_target", severity, 1, text, f"name another with --target: {others}")]


def _spellings(spec: DatasetSpec) -> list[Finding]:
    """Class names that differ in capitals, blanks and punctuation only; numbers are left alone."""
    groups: dict[str, list[str]] = {}
    for name in spec.target.class_names if spec.target else ():
        if any(letter.isalpha() for letter in name):
            plain = "".join(letter for letter in name.casefold() if letter.isalnum())
            groups.setdefault(plain, []).append(name)
    mixed = [names for names in groups.values() if len(names) > 1]
    if not mixed:
        return []
    text = f"class names that differ in spelling only: {', '.join(map(repr, mixed[0]))}"
    text += f", and {len(mixed) - 1} more" if len(mixed) > 1 else ""
    return [_finding("mixed_spelling", "warning", len(mixed), text, "give each class one name")]


def _classes(facts: Facts) -> list[Finding]:
    classes, least = facts.value("classes"), facts.value("samples_per_class_min")
    if classes is None or least is None:
        return []
    if classes < 2:
        return [
            _finding(
                "one_class", "error", 1, "all labels are the same", "add samples of at least one more class"
            )
        ]
    found = []
    if least < FEW_PER_CLASS.value:
        severity: Severity = "error" if least < 2 else "warning"
        text = f"the rarest class has {least:.0f} sample(s), fewer than {FEW_PER_CLASS.value:g}"
        found.append(
            _finding("rare_class", severity, least, text, "collect more of it, or merge it with another")
        )
    ratio = facts.value("class_imbalance") or 1
    if ratio > IMBALANCE.value:
        text = (
            f"the largest class has {ratio:.1f} times the samples of the smallest (limit {IMBALANCE.value:g})"
        )
        remedy = "read balanced accuracy and macro F1 beside accuracy"
        found.append(_finding("imbalance", "warning", ratio, text, remedy))
    return found


def _values(facts: Facts) -> list[Finding]:
    found = []
    missing = facts.value("missing_share") or 0
    if missing > 0:
        severity: Severity = "warning" if missing >= MISSING.value else "info"
        text = f"{100 * missing:.2g} % of the values looked at are missing"
        found.append(
            _finding("missing_values", severity, 1, text, "they are filled; check why they are missing")
        )
    for name, what in (
        ("constant_samples", "samples"),
        ("constant_features", "columns"),
        ("constant_channels", "channels"),
    ):
        count = facts.value(name) or 0
        if count:
            text = f"{count:.0f} {what} among those looked at have one value only"
            found.append(_finding(name, "warning", count, text, f"remove {what} that say nothing"))
    copies = facts.value("duplicate_samples") or 0
    if copies:
        text = f"{copies:.0f} samples among those looked at equal another one"
        remedy = "remove them: a copy in training and test makes the score too good"
        found.append(_finding("duplicates", "warning", copies, text, remedy))
    return found


def _amount(facts: Facts) -> list[Finding]:
    samples = facts.value("samples") or 0
    if not 1 < samples < FEW_SAMPLES.value:  # one sample is one long series
        return []
    text = f"{samples:.0f} samples are few (limit {FEW_SAMPLES.value:g}): scores have wide intervals"
    return [
        _finding(
            "few_samples", "warning", samples, text, "collect more, or trust the interval and not the score"
        )
    ]
