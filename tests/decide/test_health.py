from __future__ import annotations

import pytest

from advisor.decide import findings
from advisor.decide.health import too_good
from advisor.records import (
    Axis,
    DatasetSpec,
    Fact,
    Facts,
    Finding,
    InputSpec,
    SplitCounts,
    SplitSummary,
    TargetSpec,
)


def spec(target: bool = True) -> DatasetSpec:
    return DatasetSpec(
        path="memory",
        format="memory",
        samples=1000,
        inputs=(InputSpec(name="value", dtype="float32", axes=(Axis(name="feature", size=4),)),),
        target=TargetSpec(name="label", kind="category") if target else None,
        splits=SplitCounts(),
    )


def facts(**values: float) -> Facts:
    found = [
        Fact(name=name, value=value, unit="1", how="given", samples=100) for name, value in values.items()
    ]
    return Facts(facts=tuple(found))


GOOD = {
    "samples": 1000.0,
    "labelled_samples": 1000.0,
    "classes": 2.0,
    "samples_per_class_min": 400.0,
    "class_imbalance": 1.5,
    "missing_share": 0.0,
}


def test_good_data_have_no_findings():
    assert findings(spec(), facts(**GOOD), {}) == ()


@pytest.mark.parametrize(
    ("change", "check", "severity"),
    [
        ({"samples": 80.0}, "few_samples", "warning"),
        ({"labelled_samples": 990.0}, "labels", "info"),
        ({"classes": 1.0}, "one_class", "error"),
        ({"samples_per_class_min": 5.0}, "rare_class", "warning"),
        ({"samples_per_class_min": 1.0}, "rare_class", "error"),
        ({"class_imbalance": 9.0}, "imbalance", "warning"),
        ({"missing_share": 0.01}, "missing_values", "info"),
        ({"missing_share": 0.2}, "missing_values", "warning"),
        ({"constant_features": 2.0}, "constant_features", "warning"),
        ({"duplicate_samples": 3.0}, "duplicates", "warning"),
        ({"unreadable_samples": 1.0}, "unreadable", "warning"),
        ({"duplicate_samples": 0.9}, "duplicates", "info"),
        ({"duplicate_samples": 60.0}, "duplicates", "info"),  # a table with few different rows
        ({"near_duplicate_samples": 2.0}, "near_duplicates", "warning"),
        ({"duplicates_across_parts": 0.5}, "duplicates_across_parts", "warning"),
        ({"duplicates_across_parts": 1.0}, "duplicates_across_parts", "error"),
        ({"duplicates_labelled_otherwise": 1.0}, "copies_labelled_otherwise", "warning"),
        ({"overlapping_samples": 2.0}, "overlapping_windows", "warning"),
        ({"infinite_samples": 1.0}, "infinite_values", "warning"),
        ({"marked_columns": 1.0}, "missing_marks", "warning"),
        ({"best_column_score": 0.996}, "leaking_column", "warning"),
        ({"size_outliers": 5.0}, "size_outliers", "info"),
        ({"repeated_times": 1.0}, "repeated_times", "warning"),
        ({"backward_times": 0.5}, "backward_times", "warning"),
        ({"time_gaps": 0.5}, "time_gaps", "info"),
        ({"irregular_times": 3.0}, "irregular_times", "warning"),
        ({"padding_waste": 0.1}, "lengths", "info"),
    ],
)
def test_each_fault_is_found_alone(change, check, severity):
    found = findings(spec(), facts(**{**GOOD, **change}), {})
    assert [(finding.check, finding.severity) for finding in found] == [(check, severity)]


def test_skipped_files_are_counted_by_reason():
    found = findings(spec(), facts(**GOOD), {"hidden file": ["a", "b"], "cannot be decoded": ["c"]})
    assert [(finding.count, finding.text, finding.examples) for finding in found] == [
        (1, "1 left out: cannot be decoded", ("c",)),
        (2, "2 left out: hidden file", ("a", "b")),
    ]


def test_data_without_target_are_an_error_that_comes_first():
    found = findings(spec(target=False), facts(samples=1000.0), {"hidden file": ["a"]})
    assert [finding.check for finding in found] == ["labels", "skipped"]


def test_what_reading_found_is_said_too():
    note = Finding(check="target_guess", severity="info", count=1, text="a guess", remedy="say which")
    assert findings(spec(), facts(**GOOD), {}, [note]) == (note,)


@pytest.mark.parametrize(("confidence", "severity"), [(0.5, "warning"), (0.9, "info"), (0.97, None)])
def test_a_guessed_target_is_asked_about(confidence: float, severity: str | None) -> None:
    update = {"confidence": confidence, "reason": "the last column", "choices": ("size", "label")}
    target = TargetSpec(name="label", kind="category").model_copy(update=update)
    guessed = spec().model_copy(update={"target": target})
    found = [one for one in findings(guessed, facts(**GOOD), {}) if one.check == "guessed_target"]
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(one.remedy == "name another with --target: size" for one in found)


def test_class_names_that_differ_in_spelling_only():
    names = ("Cat", "cat ", "dog", "1.0", "10", "HER2+", "HER2-")
    target = TargetSpec(name="label", kind="category", class_names=names)
    found = findings(spec().model_copy(update={"target": target}), facts(**GOOD), {})
    assert [(one.check, one.count) for one in found] == [("mixed_spelling", 1)]
    assert "'Cat', 'cat '" in found[0].text


def test_examples_can_be_shown_anywhere():
    (found,) = findings(spec(), facts(**GOOD), {"odd": ["a\x1b[2J\n.png", "b" * 200]})
    assert found.examples == ("a?[2J?.png", "…" + "b" * 99)


@pytest.mark.parametrize(
    ("names", "odd"),
    [(("1", "2", "3", "unknown"), ["unknown"]), (("1", "2", "3", "4"), []), (("1", "2", "3", "x", "y"), [])],
)
def test_a_word_among_numbered_classes_is_odd(names: tuple[str, ...], odd: list[str]) -> None:
    target = TargetSpec(name="label", kind="category", class_names=names)
    found = findings(spec().model_copy(update={"target": target}), facts(**GOOD), {})
    assert [one.examples for one in found if one.check == "odd_class"] == [tuple(odd)] * bool(odd)


@pytest.mark.parametrize(
    ("check", "severity", "kind", "told"),
    [
        ("leaking_column", "warning", "grouped", True),
        ("duplicates_across_parts", "error", "given", True),
        (
            "duplicates_across_parts",
            "error",
            "fractions",
            False,
        ),  # those parts are not the ones that are used
        ("duplicates", "warning", "stratified", True),
        ("duplicates", "info", "stratified", False),
        ("duplicates", "warning", "given", False),
        ("missing_values", "warning", "random", False),
    ],
)
def test_what_makes_a_score_too_good(check: str, severity: str, kind: str, told: bool) -> None:
    found = Finding.model_validate(
        {"check": check, "severity": severity, "count": 1, "text": "what", "remedy": "do", "examples": ["x"]}
    )
    split = SplitSummary.model_validate({"kind": kind, "train": 8, "validation": 1, "test": 1})
    assert too_good([found], split) == (("what (such as x); do",) if told else ())


def test_copies_that_lie_in_one_part_are_no_caution() -> None:
    found = Finding.model_validate(
        {"check": "duplicates", "severity": "warning", "count": 1, "text": "what", "remedy": "do"}
    )
    split = SplitSummary(kind="stratified", train=8, validation=1, test=1, copies=1)
    assert too_good([found], split) == ()
