from __future__ import annotations

import io

import pytest
from rich.console import Console

from advisor.records import BaselineResult, Candidate, Family, Inspection, Score, TrialRow
from advisor.report import live
from advisor.search import events

CANDIDATE = Candidate(family=Family.CNN, architecture="resnet", params={})
ROW = TrialRow(
    number=4,
    family=Family.CNN,
    architecture="resnet",
    state="failed",
    value=None,
    seconds=2,
    reason="diverged",
)
EVENTS: list[events.Event] = [
    events.PhaseStarted("baselines", 100.0),
    events.BaselineDone(BaselineResult(name="ridge", validation=Score(value=0.9, samples=100))),
    events.PhaseStarted("search", 60.0),
    events.TrialStarted(4, CANDIDATE, "search"),
    events.TrialProgress(4, 0.1, 0.5),
    events.TrialProgress(4, 0.2, 0.75),
    events.Note("half of the samples were left out"),
]


@pytest.mark.parametrize(
    ("values", "bars"), [([], ""), ([1.0], "▄"), ([0.0, 1.0], "▁█"), ([2.0, 2.0], "▄▄"), ([0, 3.5, 7], "▁▅█")]
)
def test_sparkline(values: list[float], bars: str) -> None:
    assert live.sparkline(values) == bars


def test_the_live_display_shows_phase_curve_and_trials() -> None:
    console = Console(file=io.StringIO(), width=80)
    display = live.LiveDisplay(console)
    for event in EVENTS:
        display.on_event(event)
    console.print(display)
    display.on_event(events.TrialDone(ROW, 0.75))
    console.print(display)
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    for part in (
        "tuning what leads",
        "left",
        "ridge 0.9",
        "trial 4: cnn resnet 20 %",
        "▁█ 0.75",
        "failed",
        "half of",
    ):
        assert part in drawn


def test_plain_lines_say_why_a_trial_failed(inspection: Inspection) -> None:
    console = Console(file=io.StringIO(), width=80)
    with live.display(console) as display:
        display.predicted(inspection)
        for event in (*EVENTS, events.TrialDone(ROW, None)):
            display.on_event(event)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert "predicted CNN" in lines[0]
    assert lines[-1] == "  trial 4 cnn resnet: failed in 2.0 s (diverged)"


def test_what_no_report_repeats_stays_on_the_screen() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with live.display(console) as display:
        display.on_event(events.Note("the server is gone", in_result=False))
    assert isinstance(console.file, io.StringIO)
    after = console.file.getvalue()
    assert after.count("the server is gone") == 1


def test_a_long_trial_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=io.StringIO(), width=80)
    lines = live.LogLines(console)
    for event in EVENTS[:-1]:
        lines.on_event(event)
    monkeypatch.setattr(live, "SILENCE", 0.0)
    lines.on_event(events.TrialProgress(4, 0.3, 0.8))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[3:] == ["  trial 4 cnn resnet: 30 %, validation 0.8"]


def test_every_running_trial_has_its_own_line_and_curve() -> None:
    console = Console(file=io.StringIO(), width=80)
    display = live.LiveDisplay(console)
    for number in (4, 5):
        display.on_event(events.TrialStarted(number, CANDIDATE, "search"))
    for number, value in ((4, 0.0), (5, 0.9), (4, 1.0), (5, 0.7)):
        display.on_event(events.TrialProgress(number, 0.2, value))
    display.on_event(events.TrialDone(ROW, None))
    display.on_event(events.TrialStarted(6, CANDIDATE, "search"))
    console.print(display)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert "trial 5: cnn resnet 20 % █▁ 0.7" in lines
    assert "trial 6: cnn resnet 0 %" in lines
    assert not [line for line in lines if line.startswith("trial 4:")]


def test_what_finalists_give_is_told() -> None:
    console = Console(file=io.StringIO(), width=80)
    for display in (live.LogLines(console), live.LiveDisplay(console)):
        display.on_event(events.TrainedAgain(4, CANDIDATE, 1042, 0.8))
    console.print(display)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[:1] == ["  trial 4 cnn resnet, seed 1042: validation 0.8"]
    assert "trial 4 cnn resnet, seed 1042: 0.8" in console.file.getvalue().splitlines()
