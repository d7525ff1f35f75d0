"""A Ctrl-C is heard even where Python loses the exception."""

from __future__ import annotations

import signal

import pytest

from advisor import interrupt


class Loses:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_lost_ctrl_c_is_raised_at_the_next_check() -> None:
    with interrupt.heard():
        Loses()
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()
        interrupt.take()
        interrupt.check()


def test_a_ctrl_c_raises_at_once() -> None:
    with interrupt.heard(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    interrupt.check()


def test_the_handler_of_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupt.heard():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
