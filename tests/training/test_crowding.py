"""Threads on a machine that becomes busy and quiet again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from advisor.training import crowding
from advisor.training.crowding import IDLE_LOOKS, LOOK_SECONDS, Threads, idle_seconds, waited_seconds


class Machine:
    """What the system tells: seconds that passed, were waited for a core, and were idle."""

    def __init__(self) -> None:
        self.time = self.waited = self.idle = 0.0

    def goes_on(self, seconds: float, *, waited: float = 0.0, idle: float = 0.0) -> None:
        """`waited` and `idle` in cores."""
        self.time += seconds
        self.waited += waited * seconds
        self.idle += idle * seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Of two cores; this process computes with two threads."""
    before, told = torch.get_num_threads(), Machine()
    monkeypatch.setattr(crowding.time, "monotonic", lambda: told.time)
    monkeypatch.setattr(crowding, "waited_seconds", lambda: told.waited)
    monkeypatch.setattr(crowding, "idle_seconds", lambda: told.idle)
    torch.set_num_threads(2)
    yield told
    torch.set_num_threads(before)


def test_threads_that_have_their_cores_stay(machine: Machine) -> None:
    threads = Threads(2)
    for _ in range(5):
        machine.goes_on(LOOK_SECONDS, waited=0.02)
        threads.look()
    assert torch.get_num_threads() == 2
    assert threads.crowded_seconds == 0


def test_one_is_left_while_others_take_the_cores_and_several_come_back(machine: Machine) -> None:
    threads, found = Threads(2), []
    for waited, idle in [(0.7, 0.0), (0.0, 0.0), (0.0, 1.0), (0.0, 0.1), *[(0.0, 1.0)] * IDLE_LOOKS]:
        machine.goes_on(LOOK_SECONDS, waited=waited, idle=idle)
        threads.look()
        found.append(torch.get_num_threads())
    assert found == [1] * (3 + IDLE_LOOKS) + [2]
    assert threads.crowded_seconds == pytest.approx((3 + IDLE_LOOKS) * LOOK_SECONDS)


@pytest.mark.parametrize("most", [0, 1])
def test_a_number_that_was_asked_for_stays(machine: Machine, most: int) -> None:
    threads = Threads(most)
    machine.goes_on(5.0, waited=2.0)
    threads.look()
    assert torch.get_num_threads() == 2


def test_a_thread_that_has_just_ended_leaves_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "schedstat").write_text("7 2000000000 1\n")
    tasks = [SimpleNamespace(path=str(tmp_path / name)) for name in ("ended", "1")]
    monkeypatch.setattr(crowding.os, "scandir", lambda _: tasks)
    assert waited_seconds() == 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="nobody tells elsewhere")
def test_the_system_tells() -> None:
    assert Path("/proc/self/schedstat").is_file()
    assert idle_seconds() > 0
