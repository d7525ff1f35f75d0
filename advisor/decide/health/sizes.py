"""How many samples there are, how long they are, and which are of an odd size."""

from __future__ import annotations

from advisor.decide.health.finding import finding, share
from advisor.decide.thresholds import (
    CROPPING_LOSS,
    FEW_SAMPLES,
    LONG_SAMPLE,
    LONG_SOUND,
    LONGEST_OVER_MOST,
    OUTLIER_SHARE,
    PADDING_WASTE,
)
from advisor.records import Fact, Facts, Finding


def amount(facts: Facts) -> list[Finding]:
    """So few samples that no score will be known well."""
    samples = facts.value("samples") or 0
    if not 1 < samples < FEW_SAMPLES.value:  # one sample is one long series
        return []
    text = f"{samples:.0f} samples are few (limit {FEW_SAMPLES.value:g}): scores have wide intervals"
    return [
        finding(
            "few_samples", "warning", samples, text, "collect more, or trust the interval and not the score"
        )
    ]


def outliers(facts: Facts) -> list[Finding]:
    """Samples far larger or smaller than the others, where they are few."""
    fact = facts.get("size_outliers")
    if fact is None or not fact.value or share(fact) > OUTLIER_SHARE.value:
        return []
    text = f"{fact.value:,.0f} of {fact.samples:,} samples are far larger or smaller than the others"
    remedy = "look at them: cut off, joined, or from elsewhere?"
    return [finding("size_outliers", "info", fact.value, text, remedy, fact.examples)]


def lengths(facts: Facts) -> list[Finding]:
    """Lengths that vary: their quantiles, what padding wastes and cropping loses, and what to do."""
    waste, bucketed, loss = (
        facts.value(name) or 0.0 for name in ("padding_waste", "padding_waste_bucketed", "cropping_loss")
    )
    if waste < PADDING_WASTE.value:
        return []
    found = [facts.get(f"length_{name}") for name in ("min", "q05", "q50", "q95", "max")]
    least, low, median, high, most = map(_length, found)
    unit = found[0].unit if found[0] else ""
    text = (
        f"lengths vary from {least} to {most} {unit} (5 % below {low}, half below {median}, 95 % below "
        f"{high}): {100 * waste:.0f} % of random batches is padding, {100 * bucketed:.0f} % if they are of "
        f"like length; cropping to {high} {unit} loses {100 * loss:.1f} % of the values"
    )
    advice = [*_shorten(facts, loss, f"{high} {unit}"), _batches(waste, bucketed)]
    samples = found[0].samples if found[0] else 0
    return [finding("lengths", "info", samples, text, ", and ".join(advice))]


def _length(fact: Fact | None) -> str:
    if fact is None or fact.value is None:
        return "?"
    return f"{fact.value:.2g}" if fact.unit == "s" else f"{fact.value:,.0f}"


def _shorten(facts: Facts, loss: float, high: str) -> list[str]:
    """Windows of what is long, and a crop where a few samples are much longer than all others."""
    median = facts.get("length_q50")
    longest, most = facts.value("length_max") or 0.0, facts.value("length_q95") or 0.0
    limit = LONG_SOUND if median is not None and median.unit == "s" else LONG_SAMPLE
    if median is not None and (median.value or 0.0) > limit.value:
        return [f"cut windows of at most {limit.value:,.0f} {median.unit}"]
    if loss <= CROPPING_LOSS.value and longest > LONGEST_OVER_MOST.value * most:
        return [f"crop to {high}"]
    return []


def _batches(waste: float, bucketed: float) -> str:
    if bucketed < waste / 2:
        return "fill batches with samples of like length (buckets)"
    return "pack the batches, so that a recurrent network skips the padding"
