"""A trial that hangs ends as a failed one.

A training looks at its clock after every step. This is for what comes to no next step: a read that never
returns, or a step that takes for ever in Python. What can not be ended is a call into a native library that
does not return, since Python handles a signal only between two of its own instructions.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from advisor.errors import TrialError

TIMES, AND_SECONDS = 3.0, 30.0  # a trial hangs after so many times its seconds, and so many more


def limit_of(seconds: float) -> float:
    """Seconds after which a trial that was given so many counts as one that hangs."""
    return TIMES * seconds + AND_SECONDS


def in_words(limit: float, seconds: float) -> str:
    """The reason why such a trial failed."""
    return f"it hung: no end after {limit:.0f} s, of {seconds:.0f} s that it was given"


@contextmanager
def watched(seconds: float | None) -> Iterator[None]:
    """Raises TrialError in the block when it takes far beyond its seconds.

    Without a time limit nothing tells a long trial from one that hangs. Works in the main thread alone.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    limit = limit_of(seconds)
    over = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        if over.is_set():  # the block ended in the very moment that the limit was reached
            return
        raise TrialError(in_words(limit, seconds))

    main = threading.get_ident()
    before = signal.signal(signal.SIGUSR1, end)
    # A real signal, because only that wakes a read that waits.
    timer = threading.Timer(limit, signal.pthread_kill, (main, signal.SIGUSR1))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        over.set()
        timer.cancel()
        timer.join()  # a signal that came after the handler is gone would end the program
        signal.signal(signal.SIGUSR1, before)
