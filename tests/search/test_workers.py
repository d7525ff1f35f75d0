"""A whole search with two workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.search import events
from advisor.search.ending import finals
from advisor.search.ending.outcome import Finished
from advisor.search.state import Setting, State
from advisor.search.store import provenance
from advisor.search.workers import processes
from advisor.search.workers.executor import Ended, Job

Searched = Callable[..., Finished]


def test_two_workers_search_as_one_does(
    searched: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    begin = processes._started

    def noting(place: int) -> processes.Worker:
        started.append(begin(place))
        return started[-1]

    monkeypatch.setattr(processes, "_started", noting)
    monkeypatch.setattr(finals, "_is_level", lambda *_: True)
    again, most_again = set[int](), 0
    begin_job, take_in = processes.Processes.begin, finals._take_in

    def begun(executor: processes.Processes, job: Job) -> None:
        nonlocal most_again
        begin_job(executor, job)
        if job.again:
            again.add(job.number)
            most_again = max(most_again, len(again))

    def taken(setting: Setting, state: State, ended: Ended, seed: int) -> None:
        again.remove(ended.number)
        take_in(setting, state, ended, seed)

    monkeypatch.setattr(processes.Processes, "begin", begun)
    monkeypatch.setattr(finals, "_take_in", taken)
    running: list[int] = []
    at_once = 0

    def watch(event: events.Event) -> None:
        nonlocal at_once
        if isinstance(event, events.TrialStarted):
            running.append(event.number)
            at_once = max(at_once, len(running))
        elif isinstance(event, events.TrialDone):
            running.remove(event.row.number)

    result = searched("two", watch, trials=4, workers=2).result
    assert result.status == "done"
    assert [row.number for row in result.trial_rows] == [0, 1, 2, 3]
    assert at_once == 2
    assert most_again == 2
    assert {len(one.values) for one in result.finalists} == {1 + finals.FRESH_SEEDS}
    assert "2 trials at a time, each with 1 thread, in the fair round too" in result.notes
    assert result.reproducible is not None
    assert not result.reproducible.answer
    assert "2 workers" in result.reproducible.because[0]
    record = provenance.read(tmp_path / "two")
    assert record is not None
    assert (record.picks["workers"], record.picks["threads_per_worker"]) == (2, 1)
    assert len(started) == 2
    assert all(one.process.poll() is not None for one in started)
    assert not list((tmp_path / "two" / "trials").glob(".*"))
    first = searched("one", trials=1).result.trial_rows[0]
    assert result.trial_rows[0].value == first.value


@pytest.mark.slow
def test_a_search_that_dies_with_two_trials_at_once_takes_both_up(searched: Searched) -> None:
    class KilledError(BaseException):
        """Stands for kill -9: nothing in the program expects it."""

    begun: dict[int, object] = {}

    def die(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted):
            begun[event.number] = event.candidate.params
        if len(begun) == 3 and isinstance(event, events.TrialProgress):
            raise KilledError

    with pytest.raises(KilledError):
        searched("killed", die, trials=4, workers=2)
    result = searched("killed", trials=4).result
    assert [row.number for row in result.trial_rows] == [0, 1, 2, 3]
    assert {row.number: row.params for row in result.trial_rows[:3]} == begun
