"""By groups, by time or at random: truth tables over facts."""

from __future__ import annotations

import pytest

from advisor.decide.splitting import findings, is_by_time
from advisor.records import Fact, Facts, SplitSummary

Value = float | tuple[float, float, float]


def facts(**values: Value) -> Facts:
    """Facts by name; three numbers are value, low and high."""
    found = []
    for name, given in values.items():
        value, low, high = given if isinstance(given, tuple) else (given, None, None)
        found.append(Fact(name=name, value=value, unit="1", how="", samples=400, low=low, high=high))
    return Facts(facts=tuple(found))


def split(kind: str) -> SplitSummary:
    return SplitSummary.model_validate({"kind": kind, "train": 70, "validation": 15, "test": 15})


MIXED: dict[str, Value] = {"rows_in_time_order": 0.5}
DRIFT, FLAT = (0.05, 0.04, 0.06), (0.001, -0.01, 0.01)
LEAK, NONE = (0.2, 0.1, 0.3), (0.01, -0.02, 0.04)


@pytest.mark.parametrize(
    ("given", "named", "answer"),
    [
        ({}, False, False),
        ({}, True, False),  # nothing carries a time
        (MIXED, False, False),
        (MIXED, True, True),
        ({"rows_in_time_order": 1.0}, False, True),
        ({**MIXED, "target_drift": DRIFT}, False, True),
        ({**MIXED, "target_drift": FLAT}, False, False),
        ({**MIXED, "target_drift": (0.05, -0.01, 0.1)}, False, False),  # may be chance
        ({**MIXED, "target_drift": (0.01, 0.005, 0.015)}, False, False),  # is small
        ({**MIXED, "split_score_gap": LEAK}, False, True),
        ({**MIXED, "split_score_gap": NONE}, False, False),
        ({**MIXED, "target_drift": DRIFT, "groups": 9.0}, False, False),  # groups go before
        ({**MIXED, "groups": 9.0}, True, True),
    ],
)
def test_when_rows_are_split_by_time(given: dict[str, Value], named: bool, answer: bool) -> None:
    assert is_by_time(facts(**given), named=named) is answer


SCORES: dict[str, Value] = {"split_score_naive": 0.98, "split_score_proposed": 0.71}


@pytest.mark.parametrize(
    ("kind", "given", "severity", "said"),
    [
        (
            "grouped",
            {"groups": 9.0, **SCORES, "split_score_gap": (0.27, 0.2, 0.34)},
            "warning",
            "0.27 too good",
        ),
        ("grouped", {"groups": 9.0, **SCORES, "split_score_gap": NONE}, "info", "not have been too good"),
        ("time", {**SCORES, "split_score_gap": LEAK}, "warning", "trains on the past scores 0.71"),
    ],
)
def test_the_naive_score_is_shown_beside(
    kind: str, given: dict[str, Value], severity: str, said: str
) -> None:
    (found,) = findings(facts(**given), split(kind))
    assert (found.check, found.severity) == ("naive_split", severity)
    assert said in found.text
    assert "0.98" in found.text


@pytest.mark.parametrize("kind", ["stratified", "given", "file"])
def test_a_split_that_keeps_nothing_apart_has_no_score_beside_it(kind: str) -> None:
    given = {"groups": 9.0, **SCORES, "split_score_gap": LEAK}
    assert findings(facts(**given), split(kind)) == ()


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("time", {"rows_in_time_order": 1.0}, "are split by it: 100 % of the rows"),
        ("time", MIXED, "it was named"),
        ("stratified", {**MIXED, "target_drift": FLAT}, "nothing in the target changes with it (drift 0.001"),
        ("grouped", MIXED, "samples of one group are kept together instead"),
    ],
)
def test_what_becomes_of_a_time_is_said(kind: str, given: dict[str, Value], said: str) -> None:
    (found,) = findings(facts(**given), split(kind), time="day")
    assert found.check == "time_order"
    assert said in found.text
    assert "--time" in found.remedy


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        ({}, []),
        ({"possible_groups": 6.0}, ["info"]),
        ({"possible_groups": 6.0, **SCORES, "split_score_gap": LEAK}, ["warning"]),
        ({"possible_groups": 6.0, **SCORES, "split_score_gap": NONE}, []),
    ],
)
def test_a_piece_of_names_is_told_of_where_it_matters(given: dict[str, Value], severities: list[str]) -> None:
    found = findings(facts(**given), split("stratified"), possible="name2")
    assert [one.severity for one in found] == severities
    assert all("--group name2" in one.remedy for one in found)


@pytest.mark.parametrize(("gap", "count"), [(LEAK, 1), (NONE, 0)])
def test_a_given_test_part_of_known_groups_is_too_good(gap: Value, count: int) -> None:
    given = {"groups": 9.0, **SCORES, "split_score_gap": gap}
    found = findings(facts(**given), split("given"), torn=True)
    assert len(found) == count
    assert all("its score is too good for new ones" in one.text for one in found)


def test_nothing_is_said_of_a_split_that_is_none() -> None:
    assert findings(facts(rows_in_time_order=1.0), None, time="day") == ()
