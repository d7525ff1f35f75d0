"""Ctrl-C that is never lost.

Python raises KeyboardInterrupt wherever the main thread happens to be. In a finalizer or in a callback from C
it is printed as "ignored" and the program goes on, so a long run also asks at safe places.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_pending = threading.Event()
_taken = threading.Event()  # a Ctrl-C was acted on: the next one stops
_sparing = threading.Event()


@contextmanager
def heard() -> Iterator[None]:
    """Within it a Ctrl-C raises at once, and again at the next `check` until it is taken.

    The first that comes while the results are written lets them be finished; the next one stops.
    Elsewhere than in the main thread Python allows no handler, and it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if before is not _raise:
            _pending.clear()
            _taken.clear()


def check() -> None:
    """Raises KeyboardInterrupt when a Ctrl-C came that nobody has taken yet."""
    if _pending.is_set():
        raise KeyboardInterrupt


def request() -> None:
    """As a Ctrl-C does, but from any thread: the next `check` raises."""
    _pending.set()


def take() -> None:
    """Called by whoever acts on a Ctrl-C, before doing so; the next one interrupts again."""
    _pending.clear()
    _taken.set()


@contextmanager
def finishing() -> Iterator[None]:
    """Around what writes down the results: the first Ctrl-C is let pass, since all is about to end anyway."""
    if not _taken.is_set():
        _sparing.set()
    try:
        yield
    finally:
        _sparing.clear()


def _raise(signum: int, frame: FrameType | None) -> None:
    if _sparing.is_set():
        _sparing.clear()
        _taken.set()
        return
    _pending.set()
    raise KeyboardInterrupt
