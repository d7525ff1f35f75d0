"""What the probe's answers out of fold say of the labels, and of how many there are."""

from __future__ import annotations

from advisor.decide.health.finding import finding
from advisor.decide.thresholds import LABEL_PROBE, LEARNING_GAIN
from advisor.records import Facts, Finding


def probe_findings(facts: Facts) -> list[Finding]:
    """Labels that may be wrong, and whether more samples would help."""
    return [*_doubts(facts), *_amount(facts)]


def _doubts(facts: Facts) -> list[Finding]:
    """Silent where the probe is weak: most of what it doubts is then its own error."""
    doubts, accuracy = facts.get("label_doubts"), facts.value("label_probe_accuracy")
    if doubts is None or not doubts.value or accuracy is None or accuracy < LABEL_PROBE.value:
        return []
    count = round(doubts.value)
    what = "label" if count == 1 else "labels"
    text = f"{count} {what} of the {doubts.samples:,} samples probed may be wrong: a small model that is "
    text += f"right on {100 * accuracy:.0f} % of the others is sure of another class"
    remedy = "look at these samples, and correct or leave out what is wrong"
    return [finding("label_noise", "info", count, text, remedy, doubts.examples)]


def _amount(facts: Facts) -> list[Finding]:
    """Twice the samples brought something: so would more of them."""
    gain, half, whole = (
        facts.get(name) for name in ("learning_gain", "learning_score_half", "learning_score_all")
    )
    if gain is None or half is None or whole is None or (gain.low or 0.0) < LEARNING_GAIN.value:
        return []
    if (facts.value("labelled_samples") or 0) > 2 * whole.samples:  # the set has more than were probed
        return []
    text = f"more samples would help: from half of {whole.samples:,} to all, the probe's score rose from "
    text += f"{half.value:.2f} to {whole.value:.2f} {whole.unit}"
    remedy = "collect or label more, rather than search for longer"
    return [finding("more_samples", "info", whole.samples, text, remedy)]
