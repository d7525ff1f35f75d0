from __future__ import annotations

from advisor.records import Inspection
from advisor.report import view


def test_the_walk_ends_where_the_decision_did(inspection: Inspection) -> None:
    walked, outcome = view.walked_path(inspection)
    assert walked == ["space_and_time", "grid_like"]
    assert outcome == "grid_cnn"


def test_all_five_questions_are_shown_the_walked_ones_first(inspection: Inspection) -> None:
    steps = view.inspection_view(inspection).steps
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    assert [step.on_path for step in steps] == [True, True, False, False, False]


def test_facts_show_value_threshold_and_source(inspection: Inspection) -> None:
    shown = view.inspection_view(inspection)
    fact = next(fact for fact in shown.steps[1].facts if fact.startswith("nearer alike height"))
    assert ", threshold 0.85 [" in fact
    assert fact.endswith("]")
    assert int(fact.rsplit("[", 1)[1][:-1]) <= len(shown.sources)


def test_what_it_is_in_one_sentence(inspection: Inspection) -> None:
    assert (
        view.inspection_view(inspection).sentence
        == "1,400 pictures of 8 x 8 in grey, each in one of 10 classes"
    )


def test_the_next_command_says_again_what_was_overruled(inspection: Inspection) -> None:
    told = inspection.model_copy(update={"path": "data", "overruled": {"target": "is it?", "time": "none"}})
    command = "advisor search data --target 'is it?' --time none --timeout 10m"
    assert view.inspection_view(told).next_command == command
    untrained = inspection.model_copy(update={"split": None})
    assert view.inspection_view(untrained).next_command == ""


def test_the_next_command_quotes_the_path(inspection: Inspection) -> None:
    spaced = inspection.model_copy(update={"path": "my data"})
    assert view.inspection_view(spaced).next_command == "advisor search 'my data' --timeout 10m"
