from __future__ import annotations

from typing import Any

import pytest

from advisor.records import Inspection, Result
from advisor.report.result_view import loses_to_baseline, result_view


def changed(result: Result, **fields: Any) -> Result:
    return Result.model_validate({**result.model_dump(by_alias=True), **fields})


def beats(answer: str, gap: float, low: float, high: float) -> dict[str, Any]:
    return {"answer": answer, "best_baseline": "ridge", "gap": gap, "ci95": (low, high)}


@pytest.mark.parametrize(
    ("compared", "loses", "words"),
    [
        (beats("yes", 0.07, 0.03, 0.11), False, "It beats the best baseline, ridge, by +0.0700"),
        (beats("tied", 0.01, -0.02, 0.04), False, "may be chance"),
        (beats("no", 0.0, -0.02, 0.02), True, "You need no deep network here: the baseline ridge"),
        (beats("no", -0.1, -0.2, -0.01), True, "You need no deep network here: the baseline ridge"),
    ],
)
def test_the_headline_tells_the_truth_about_baselines(
    compared: dict[str, Any], loses: bool, words: str, result: Result
) -> None:
    found = changed(result, beats_baselines=compared)
    assert loses_to_baseline(found) is loses
    assert words in result_view(found).headline
    assert result_view(found).is_warning is loses


@pytest.mark.parametrize(
    ("verdict", "sign", "words"),
    [
        ("confirmed", 1, "Confirmed: CNN is better than RNN by +0.0500 (+0.010 to +0.090) accuracy"),
        ("contradicted", -1, "Contradicted: RNN is better than CNN by +0.0500 (+0.010 to +0.090) accuracy"),
        ("undecided", 1, "Undecided: CNN is ahead of RNN"),
        ("undecided", -1, "Undecided: CNN is behind RNN by +0.0500 (+0.010 to +0.090) accuracy, and"),
        ("untested", 1, "Untested"),
    ],
)
def test_the_verdict_in_plain_words(verdict: str, sign: int, words: str, result: Result) -> None:
    assert result.advice is not None
    ends = sorted((sign * 0.01, sign * 0.09))
    advice = {**result.advice.model_dump(), "verdict": verdict, "gap": sign * 0.05, "ci95": ends}
    found = changed(result, advice=advice)
    said = dict(result_view(found).rationale)["Did the advice hold"][0]
    assert said.startswith(words)


def test_a_headline_names_the_baselines_that_time_did_not_suffice_for(result: Result) -> None:
    headline = result_view(changed(result, baselines_left_out=["logistic_regression", "boosting"])).headline
    assert "best baseline" not in headline
    assert "not set beside logistic_regression and boosting, which may be better" in headline


def test_what_makes_a_score_too_good_stands_below_it(result: Result) -> None:
    cautions = result_view(changed(result, cautions=["one column alone tells the target"])).cautions
    assert cautions == ("The score may be too good: one column alone tells the target.",)


def test_without_a_limit_no_equal_seconds_are_claimed(result: Result) -> None:
    said = dict(result_view(result).rationale)["What was tried"][0]
    assert "the same split and seed, each to its end" in said


def test_baselines_and_the_network_stand_in_order_of_their_score(result: Result) -> None:
    table = next(one for one in result_view(result).tables if "baselines" in one.title)
    assert [row[0] for row in table.rows] == ["* CNN (resnet)", "ridge", "majority"]


def test_where_smaller_is_better_the_order_turns(result: Result) -> None:
    table = next(
        one
        for one in result_view(changed(result, greater_is_better=False)).tables
        if "baselines" in one.title
    )
    assert [row[0] for row in table.rows] == ["majority", "ridge", "* CNN (resnet)"]


def test_trials_complete_ones_first_the_best_on_top(result: Result) -> None:
    table = next(one for one in result_view(result).tables if one.title == "Trials")
    assert [row[0] for row in table.rows] == ["2", "0", "1"]


def test_where_log_loss_chooses_the_smallest_is_on_top(result: Result) -> None:
    few = changed(result, chosen_by="log loss")
    table = next(one for one in result_view(few).tables if one.title == "Trials")
    assert [row[0] for row in table.rows] == ["0", "2", "1"]
    assert "log loss" in table.columns


def test_the_rationale_answers_why_and_what_would_change_it(result: Result, inspection: Inspection) -> None:
    said = dict(result_view(result, inspection).rationale)
    assert "so CNN was predicted before any training" in said["Why this family"][0]
    assert any("It hangs most on" in line for line in said["What would change the advice"])


def test_nothing_trained_is_said_first(result: Result) -> None:
    found = changed(result, best=None, beats_baselines=None, status="interrupted")
    assert result_view(found).headline.startswith("No network was trained (interrupted)")
    assert ("advisor search --resume runs/1", "go on where it stopped") in result_view(found).next_commands


def test_the_table_of_costs_shows_what_no_other_beats_and_the_choice(result: Result) -> None:
    costs = [
        {"trial": 2, "value": 0.98, "latency_ms": 2.0, "parameters": 9000, "on_front": True},
        {"trial": 0, "value": 0.95, "latency_ms": 1.0, "parameters": 4000, "on_front": True},
        {"trial": 1, "value": 0.90, "latency_ms": 3.0, "parameters": 9000, "on_front": False},
    ]
    rows = [{"family": "cnn", "architecture": "resnet", **one} for one in costs]
    shown = result_view(changed(result, trade_off=rows)).tables
    table = next(one for one in shown if one.title == "Score against cost")
    assert [row[0] for row in table.rows] == ["* 2", "0"]
    assert table.rows[1][2:] == ("0.95", "1 ms", "4,000")


@pytest.mark.parametrize(("given", "words"), [(9.0, "each was given 9.0 s"), (None, "no time limit for any")])
def test_what_each_family_was_given_is_said(given: float | None, words: str, result: Result) -> None:
    families = [
        {
            **one.model_dump(),
            "fair_round": {"value": 0.9, "seconds": 8.5, "given": given, "ci95": (0.8, 0.95)},
        }
        for one in result.families
    ]
    table = next(
        one for one in result_view(changed(result, families=families)).tables if one.title == "Families"
    )
    assert words in table.note
    assert "0.9000 [0.800, 0.950]" in table.rows[0]


ENSEMBLE = {
    "taken": True, "gain": 0.01, "ci95": (0.004, 0.016), "latency_ms": 4.0, "single_latency_ms": 2.0,
    "members": [
        {"trial": 2, "family": "cnn", "architecture": "resnet", "share": 0.75},
        {"trial": 5, "family": "rnn", "architecture": "lstm", "share": 0.25},
    ],
}  # fmt: skip


def test_an_ensemble_that_was_taken_says_its_price_and_where_the_single_best_is(result: Result) -> None:
    assert result.best is not None
    single = result.best.model_dump(exclude={"test"})
    shown = result_view(changed(result, ensemble=ENSEMBLE, single=single))
    assert shown.headline.startswith("Ensemble of 2 networks, CNN (resnet) foremost: accuracy 0.97")
    said = dict(shown.rationale)["Does an ensemble pay"][0]
    assert said.startswith(
        "Yes: trial 2 (75 %) and trial 5 (25 %), 4 ms a sample, 2.0 times the single best's; it gains "
        "+0.0100 (+0.004 to +0.016) accuracy over the single best"
    )
    assert said.endswith("is in runs/1/single: `advisor export runs/1 --single` takes it.")


def test_one_network_with_several_seeds_is_called_so(result: Result) -> None:
    members = [
        {"trial": 2, "seed": s, "family": "cnn", "architecture": "resnet", "share": 0.5} for s in (1, 2)
    ]
    shown = result_view(changed(result, ensemble={**ENSEMBLE, "members": members, "ci95": (-0.01, 0.03)}))
    assert shown.headline.startswith("CNN (resnet), the mean of 2 seeds: accuracy 0.97")
    said = dict(shown.rationale)["Does an ensemble pay"][0]
    assert said.startswith(
        "Yes: trial 2 with 2 seeds, 4 ms a sample, 2.0 times the single best's. With so few"
    )
    assert "gave +0.0100 (-0.010 to +0.030) accuracy" in said


def test_an_ensemble_that_was_not_taken_says_why(result: Result) -> None:
    found = {**ENSEMBLE, "taken": False, "ci95": (-0.01, 0.03), "why": "its gain may be chance"}
    shown = result_view(changed(result, ensemble=found))
    assert shown.headline.startswith("CNN (resnet): accuracy 0.97")
    assert dict(shown.rationale)["Does an ensemble pay"][0].startswith(
        "No: its gain may be chance. Considered:"
    )


def test_finalists_the_best_mean_first_beside_what_seeds_alone_do(result: Result) -> None:
    finalists = [
        {"trial": number, "family": "cnn", "architecture": "plain", "values": values}
        for number, values in ((3, (0.9, 0.8)), (5, (0.89, 0.87)))
    ]
    view = result_view(changed(result, finalists=finalists))
    table = next(one for one in view.tables if one.title == "Finalists")
    assert [row[0] for row in table.rows] == ["* 5", "3"]
    assert (
        "Seeds alone move one network by up to 0.1; the best mean is ahead of the next by 0.03." in table.note
    )
    tried = next(lines for head, lines in view.rationale if head == "What was tried")
    assert "the best 2 of them again with 1 fresh seed each" in tried[0]
