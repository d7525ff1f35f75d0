"""A trial that hangs is ended, and no other."""

from __future__ import annotations

import os
import signal

import pytest

from advisor.errors import TrialError
from advisor.search.workers import watchdog


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "AND_SECONDS", 0.1)


def test_a_read_that_never_returns_is_ended() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(TrialError, match="it hung"), watchdog.watched(0.0):
            os.read(reading, 1)
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("seconds", [None, 1_000.0])
def test_what_ends_in_time_is_left_alone(seconds: float | None) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with watchdog.watched(seconds):
        pass
    assert signal.getsignal(signal.SIGUSR1) is before


def test_a_limit_reached_as_the_block_ends_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "AND_SECONDS", 0.0)
    for _ in range(50):
        try:
            with watchdog.watched(0.0):
                pass
        except TrialError:
            pass  # in time to count; what must not happen is the end of this process
