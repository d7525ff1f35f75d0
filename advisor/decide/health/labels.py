"""What is to be predicted: labels that are missing, rare, uneven or written in several ways."""

from __future__ import annotations

from advisor.decide.health.finding import Severity, finding
from advisor.decide.thresholds import FEW_PER_CLASS, IMBALANCE, NUMBERED_CLASSES, SURE_TARGET, UNSURE_TARGET
from advisor.records import DatasetSpec, Facts, Finding


def labels(spec: DatasetSpec, facts: Facts) -> list[Finding]:
    """No labels where there must be some, and samples without one."""
    is_grid = (
        any(axis.name in ("height", "feature") for axis in spec.input.axes)
        and spec.input.axis("time") is None
    )
    if spec.target is None and is_grid:
        text = "there is nothing to predict: no labels were found"
        return [
            finding("labels", "error", spec.samples, text, "give labels, or name the target with --target")
        ]
    samples = facts.value("samples") or spec.samples  # of a very large file those that were looked at
    known = facts.get("labelled_samples")
    missing = samples - ((known.value if known else None) or samples)
    if known is None or missing <= 0:
        return []
    text = f"{missing:.0f} of {samples:.0f} samples have no label"
    remedy = "they are not used in training or testing"
    return [finding("labels", "info", missing, text, remedy, known.examples)]


def guessed(spec: DatasetSpec) -> list[Finding]:
    """A target that was guessed, with the columns that it could be as well."""
    target = spec.target
    if target is None or target.confidence >= SURE_TARGET.value:
        return []
    severity: Severity = "warning" if target.confidence < UNSURE_TARGET.value else "info"
    what = "the future of " if target.kind == "future" else ""
    sure = f"{100 * target.confidence:.0f} % sure"
    text = f"the target is guessed: {what}{target.name!r}, {sure} ({target.reason})"
    others = ", ".join(name for name in target.choices if name != target.name) or "another column"
    return [finding("guessed_target", severity, 1, text, f"name another with --target: {others}")]


def spellings(spec: DatasetSpec) -> list[Finding]:
    """Class names that differ in capitals, blanks and punctuation only; numbers are left alone, and signs at
    the end tell names apart (`HER2+`, `HER2-`)."""
    groups: dict[str, list[str]] = {}
    for name in spec.target.class_names if spec.target else ():
        if any(letter.isalpha() for letter in name):
            plain = "".join(letter for letter in name.casefold() if letter.isalnum())
            sign = name[-1] if name[-1] in "+-" else ""
            groups.setdefault(plain + sign, []).append(name)
    mixed = [names for names in groups.values() if len(names) > 1]
    if not mixed:
        return []
    text = f"class names that differ in spelling only: {', '.join(map(repr, mixed[0]))}"
    text += f", and {len(mixed) - 1} more" if len(mixed) > 1 else ""
    return [finding("mixed_spelling", "warning", len(mixed), text, "give each class one name")]


def odd_names(spec: DatasetSpec) -> list[Finding]:
    """One class with a word for a name among classes that are numbers: a mark for "no label", or an error."""
    names = spec.target.class_names if spec.target else ()
    words = [name for name in names if not _is_number(name)]
    if len(words) != 1 or len(names) <= NUMBERED_CLASSES.value:
        return []
    text = f"all classes are numbers but {words[0]!r}"
    remedy = "if it stands for a missing label, leave the cell empty"
    return [finding("odd_class", "info", 1, text, remedy, words)]


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def classes(facts: Facts) -> list[Finding]:
    """One class only, rare classes and classes of unequal size."""
    count, rarest = facts.value("classes"), facts.get("samples_per_class_min")
    least = None if rarest is None else rarest.value
    if count is None or rarest is None or least is None:
        return []
    if count < 2:
        return [
            finding(
                "one_class", "error", 1, "all labels are the same", "add samples of at least one more class"
            )
        ]
    found = []
    if least < FEW_PER_CLASS.value:
        severity: Severity = "error" if least < 2 else "warning"
        text = f"the rarest class has {least:.0f} sample(s), fewer than {FEW_PER_CLASS.value:g}"
        remedy = "collect more of it, or merge it with another"
        found.append(finding("rare_class", severity, least, text, remedy, rarest.examples))
    imbalance = facts.get("class_imbalance")
    ratio = imbalance.value or 1 if imbalance is not None else 1
    if imbalance is not None and ratio > IMBALANCE.value:
        text = (
            f"the largest class has {ratio:.1f} times the samples of the smallest (limit {IMBALANCE.value:g})"
        )
        remedy = "read balanced accuracy and macro F1 beside accuracy"
        found.append(finding("imbalance", "warning", ratio, text, remedy, imbalance.examples))
    return found
