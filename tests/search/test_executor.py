"""Trials in processes of their own: shared data, faults of a process, early ends, and nothing left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from advisor.errors import AdvisorError
from advisor.prepare import Prepared, Preprocessing
from advisor.prepare.preprocessing import TableColumn, TableValues
from advisor.records import Candidate, Family, Task
from advisor.search.data import Round, SearchData
from advisor.search.workers import processes, shared, watchdog
from advisor.search.workers.executor import Ended, Executor, InThisProcess, Job
from advisor.search.workers.processes import Processes
from advisor.tasks import kind_of
from advisor.training import Compute

COUNT = 200
ENDLESS = 10**9  # epochs
SETTINGS = {"hidden": 16, "layers": 1, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def data() -> SearchData:
    values = torch.randn(COUNT, 4, generator=torch.Generator().manual_seed(0))
    columns = tuple(TableColumn(name=name, position=i) for i, name in enumerate("abcd"))
    preprocessing = Preprocessing(
        format="table", task=Task.CLASSIFICATION, class_names=("no", "yes"),
        values=TableValues(columns=columns),
    )  # fmt: skip
    places = torch.arange(COUNT)
    return SearchData(
        task=Task.CLASSIFICATION, kind=kind_of(Task.CLASSIFICATION), preprocessing=preprocessing,
        signature=preprocessing.signature(),
        pool=Prepared(tuple(map(str, range(COUNT))), values, targets=(values[:, 0] > 0).to(torch.int64)),
        pool_texts=None, rounds=(Round(places[:150], places[150:]),), block=1, by_log_loss=False,
        unreadable=(), groups=np.array(["one", "two"] * (COUNT // 2)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def two(data: SearchData) -> Iterator[Processes]:
    executor = Processes(2)
    try:
        executor.set_up(data, Compute("cpu", "float32", 1e10))
        yield executor
    finally:
        executor.close()


def job(folder: Path, number: int = 0, epochs: int = 3, seconds: float | None = None) -> Job:
    params = {**SETTINGS, "max_epochs": epochs}
    return Job(number, Candidate(family=Family.MLP, architecture="mlp", params=params), seconds, 1, folder)


def no_reason(number: int, step: int, fraction: float, value: float) -> str | None:
    return None


def ended(executor: Executor, on_report: object = no_reason, left: float | None = None) -> Ended:
    return executor.next_ended(on_report, print, lambda: left, "time is up")  # type: ignore[arg-type]


def test_data_are_shared_as_they_are(data: SearchData) -> None:
    where = shared.write(data)
    found = shared.read(where)
    shared.close(where)
    (here,), (there,) = data.pool.in_order(COUNT), found.pool.in_order(COUNT)
    assert torch.equal(here.values, there.values)
    assert here.targets is not None
    assert there.targets is not None
    assert torch.equal(here.targets, there.targets)
    assert found.rounds[0].validation.tolist() == data.rounds[0].validation.tolist()
    assert found.judged_groups is not None
    assert found.judged_groups.tolist() == ["one", "two"] * 25
    assert found.kind.metric == "accuracy"


def test_what_is_beyond_the_free_memory_lies_on_the_disk(
    data: SearchData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "free_memory", lambda: 1_000)
    where = shared.write(data)
    try:
        assert "memfd" not in os.readlink(f"/proc/self/fd/{where.file}")
        (here,), (there,) = data.pool.in_order(COUNT), shared.read(where).pool.in_order(COUNT)
        assert torch.equal(here.values, there.values)
    finally:
        shared.close(where)


def test_a_process_trains_what_this_one_would(two: Processes, data: SearchData, tmp_path: Path) -> None:
    here = InThisProcess()
    here.set_up(data, two.compute or Compute("cpu", "float32", 1e10))
    found = []
    for executor in (here, two):
        executor.begin(job(tmp_path))
        one = ended(executor)
        assert one.outcome is not None
        found.append((one.state, one.outcome.summary.value, one.outcome.per_sample.tolist()))
    assert found[0] == found[1]


def test_two_at_once(two: Processes, tmp_path: Path) -> None:
    for number in (4, 5):
        assert two.has_room(print)
        two.begin(job(tmp_path, number))
    assert not two.has_room(print)
    assert {ended(two).number, ended(two).number} == {4, 5}


def test_short_memory_leaves_one_alone(
    two: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "free_memory", lambda: 1_000)
    told: list[str] = []
    assert two.has_room(told.append)
    two.begin(job(tmp_path))
    assert not two.has_room(told.append)
    ended(two)
    assert told == ["memory was short at times: fewer than the 2 workers trained at once"]


def test_a_trial_that_is_behind_is_ended_through_the_pipe(two: Processes, tmp_path: Path) -> None:
    two.begin(job(tmp_path, epochs=ENDLESS, seconds=20.0))
    found = ended(two, lambda *report: "behind")
    assert (found.state, found.reason) == ("pruned", "behind")
    assert found.seconds < 20.0


def test_a_failing_trial_says_why(two: Processes, tmp_path: Path) -> None:
    failing = job(tmp_path)
    params = {**SETTINGS, "learning_rate": "quick"}
    two.begin(replace(failing, candidate=failing.candidate.model_copy(update={"params": params})))
    found = ended(two)
    assert found.state == "failed"
    assert "TypeError" in (found.reason or "")


def test_a_process_that_is_killed_costs_its_trial_alone(two: Processes, tmp_path: Path) -> None:
    def kill(*report: object) -> None:
        (busy,) = (one for one in two.living.values() if one.job is not None)
        busy.process.send_signal(signal.SIGKILL)

    two.begin(job(tmp_path, 6, epochs=ENDLESS, seconds=20.0))
    found = ended(two, kill)
    assert (found.number, found.state) == (6, "failed")
    assert "was killed" in (found.reason or "")
    for number in (7, 8):  # a new process takes one of them
        two.begin(job(tmp_path, number))
    assert {(one.number, one.state) for one in (ended(two), ended(two))} == {(7, "complete"), (8, "complete")}


def test_a_process_that_hangs_is_ended(
    two: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "TIMES", 0.0)
    monkeypatch.setattr(watchdog, "AND_SECONDS", 0.5)
    monkeypatch.setattr(processes, "LATER_SECONDS", 0.5)

    def stop(*report: object) -> None:
        (busy,) = (one for one in two.living.values() if one.job is not None)
        busy.process.send_signal(signal.SIGSTOP)

    two.begin(job(tmp_path, epochs=ENDLESS, seconds=5.0))
    found = ended(two, stop)
    assert found.state == "failed"
    assert "it hung" in (found.reason or "")


def test_when_the_time_is_up_what_runs_is_ended(two: Processes, tmp_path: Path) -> None:
    two.begin(job(tmp_path, epochs=ENDLESS))
    found = ended(two, left=0.0)
    assert (found.state, found.reason) == ("pruned", "time is up")


def test_closing_ends_every_process(data: SearchData, tmp_path: Path) -> None:
    executor = Processes(2)
    started = [one.process for one in executor.living.values()]
    executor.set_up(data, Compute("cpu", "float32", 1e10))
    executor.begin(job(tmp_path, epochs=ENDLESS))
    executor.close()
    assert [process.poll() for process in started] == [-signal.SIGKILL] * 2
    executor.close()


def test_processes_that_cannot_start_are_told_of(
    data: SearchData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "CODE", "raise SystemExit(7)")
    executor = Processes(2)
    try:
        executor.set_up(data, Compute("cpu", "float32", 1e10))
        executor.begin(job(tmp_path))
        with pytest.raises(AdvisorError, match=r"exit code 7.*`--workers 1`"):
            ended(executor)
    finally:
        executor.close()


@pytest.mark.slow
def test_samples_in_a_file_are_read_by_another_process_too(data: SearchData, tmp_path: Path) -> None:
    rows = pytest.importorskip("advisor.prepare.rows", reason="samples always lie in memory")
    values = data.pool.batch(torch.arange(COUNT)).values.numpy()
    file = tmp_path / "values"
    file.write_bytes(values.tobytes())
    stored = rows.Stored(file, values.dtype, values.shape, channel_last=False, buffer=1 << 20)
    file.unlink()  # as a temporary one is: it stays open
    executor = Processes(1)
    try:
        executor.set_up(
            replace(data, pool=replace(data.pool, values=stored)), Compute("cpu", "float32", 1e10)
        )
        executor.begin(job(tmp_path))
        found = ended(executor)
        assert (found.state, found.reason) == ("complete", None)
    finally:
        executor.close()
