from __future__ import annotations

import pytest

from advisor.decide.health.probing import probe_findings
from advisor.records import Fact, Facts


def fact(name: str, value: float, low: float | None = None, samples: int = 300) -> Fact:
    examples = ("a.png", "b.png") if name == "label_doubts" else ()
    return Fact(name=name, value=value, unit="1", how="given", samples=samples, low=low, examples=examples)


def found(*facts: Fact) -> list[str]:
    return [finding.check for finding in probe_findings(Facts(facts=facts))]


@pytest.mark.parametrize(
    ("doubts", "accuracy", "checks"), [(9, 0.95, ["label_noise"]), (90, 0.5, []), (0, 0.95, [])]
)
def test_labels_are_doubted_by_a_good_probe_alone(doubts, accuracy, checks):
    assert found(fact("label_doubts", doubts), fact("label_probe_accuracy", accuracy)) == checks


def test_doubtful_samples_are_named():
    facts = Facts(facts=(fact("label_doubts", 9), fact("label_probe_accuracy", 0.95)))
    assert probe_findings(facts)[0].examples == ("a.png", "b.png")


@pytest.mark.parametrize(
    ("low", "labelled", "checks"), [(0.05, 300, ["more_samples"]), (-0.01, 300, []), (0.05, 9000, [])]
)
def test_more_samples_are_asked_for_where_all_there_are_still_helped(low, labelled, checks):
    facts = [
        fact("learning_gain", 0.06, low),
        fact("learning_score_half", 0.7),
        fact("learning_score_all", 0.76),
    ]
    assert found(*facts, fact("labelled_samples", labelled)) == checks
