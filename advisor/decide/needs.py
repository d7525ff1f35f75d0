"""How many samples per class each family needed to beat the best simple model, and are there as many?"""

from __future__ import annotations

from advisor.decide.health.finding import finding
from advisor.decide.thresholds import (
    SAMPLES_PER_CLASS_CNN,
    SAMPLES_PER_CLASS_CNN_TEXT,
    SAMPLES_PER_CLASS_HYBRID,
    SAMPLES_PER_CLASS_MLP,
    SAMPLES_PER_CLASS_RNN,
    SAMPLES_PER_CLASS_RNN_TEXT,
    Threshold,
)
from advisor.records import DatasetSpec, Fact, Facts, Family, Finding, Task

NEEDED: dict[Family, Threshold] = {
    Family.CNN: SAMPLES_PER_CLASS_CNN,
    Family.RNN: SAMPLES_PER_CLASS_RNN,
    Family.HYBRID: SAMPLES_PER_CLASS_HYBRID,
    Family.MLP: SAMPLES_PER_CLASS_MLP,
}
NEEDED_OF_TEXTS: dict[Family, Threshold] = {
    Family.CNN: SAMPLES_PER_CLASS_CNN_TEXT,
    Family.RNN: SAMPLES_PER_CLASS_RNN_TEXT,
}
HAS = "samples_per_class_median"
NAMES = {Family.CNN: "a CNN", Family.RNN: "an RNN", Family.HYBRID: "a hybrid", Family.MLP: "an MLP"}


def needed(spec: DatasetSpec, task: Task) -> dict[Family, Threshold]:
    """By family that takes data of this kind; nothing for tasks without classes."""
    if task is not Task.CLASSIFICATION:
        return {}
    axes = {str(axis.name) for axis in spec.input.axes}
    if "token" in axes:
        return NEEDED_OF_TEXTS
    fitting = {Family.MLP} if "feature" in axes else {Family.CNN, Family.RNN, Family.HYBRID}
    fitting -= set() if "time" in axes else {Family.RNN, Family.HYBRID}
    return {family: threshold for family, threshold in NEEDED.items() if family in fitting}


def needed_facts(spec: DatasetSpec, facts: Facts, task: Task) -> tuple[Fact, ...]:
    """`samples_per_class_needed_<family>`, beside `samples_per_class_median`."""
    if facts.get(HAS) is None:
        return ()
    return tuple(
        Fact(
            name=f"samples_per_class_needed_{family.value}",
            value=one.value,
            unit=one.unit,
            how=one.source,
            samples=0,
        )
        for family, one in needed(spec, task).items()
    )


def few_for(spec: DatasetSpec, facts: Facts, task: Task, family: Family) -> tuple[Finding, ...]:
    """A finding where the advised family has less than it needed."""
    fact, limit = facts.get(HAS), needed(spec, task).get(family)
    if fact is None or fact.value is None or limit is None or fact.value >= limit.value:
        return ()
    text = (
        f"{fact.value:,.0f} samples per class (median): {NAMES[family]} needed {limit.value:g} or more to "
        f"beat the best simple model ({limit.source})"
    )
    remedy = "collect more, or expect no more of a network than of the baselines"
    return (finding("samples_per_class", "info", fact.value, text, remedy),)
