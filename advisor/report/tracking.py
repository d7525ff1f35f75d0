"""Trackers beside the display: what else is told of a search, each in a thread of its own.

So a slow or a vanished server takes no time from training, and a full disk ends no search: what a tracker
could not write is said once, and it is left alone from then on.
"""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from advisor.records import SearchOptions
from advisor.search.events import Event, Note, Observer

LEAST_SECONDS, MOST_SECONDS = 3.0, 60.0  # that the end of a search waits for a tracker to catch up


class Sink(Protocol):
    """Where a tracker writes to. Both methods may raise anything."""

    def on_event(self, event: Event) -> None:
        """Takes in one event."""

    def close(self) -> None:
        """Called when the search has ended, however it did."""


def open_tensorboard(folder: str) -> Sink:
    from advisor.report.to_tensorboard import ToTensorBoard

    return ToTensorBoard(Path(folder))


def open_mlflow(uri: str) -> Sink:
    from advisor.report.to_mlflow import ToMlflow

    return ToMlflow(uri)


TRACKERS: dict[str, Callable[[str], Sink]] = {"tensorboard": open_tensorboard, "mlflow": open_mlflow}
"""By the name of the option, what opens it."""


class Tracker:
    """Passes events on to a sink, in their order, until that fails; says so to `on_event` once."""

    def __init__(self, name: str, sink: Sink, on_event: Observer) -> None:
        self.name, self.sink, self.on_event = name, sink, on_event
        self.fault: str | None = None
        self.is_told = False
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    def __call__(self, event: Event) -> None:
        if self.fault is None:
            self.events.put(event)
        self._tell()

    def close(self, seconds: float) -> None:
        """Waits until all is written, but no longer than these seconds; Ctrl-C ends the waiting."""
        self.events.put(None)
        with contextlib.suppress(KeyboardInterrupt):
            self.thread.join(seconds)
        if self.thread.is_alive() and self.fault is None:
            self.fault = "it did not take everything in time"
        self._tell()

    def _work(self) -> None:
        try:
            while (event := self.events.get()) is not None:
                self.sink.on_event(event)
            self.sink.close()
        except Exception as error:  # a server, a disk, a library: none is worth a search
            self.fault = first_line(error)

    def _tell(self) -> None:
        if self.fault is not None and not self.is_told:
            self.is_told = True
            self.on_event(
                Note(f"`--{self.name}`: {self.fault}; it is left alone from here on", in_result=False)
            )


@contextlib.contextmanager
def tracked(options: SearchOptions, on_event: Observer, started: float) -> Iterator[Observer]:
    """The observer, and beside it the trackers that the options name.

    Args:
        started: `time.monotonic()` when the time limit began to run.

    Raises:
        MissingExtraError: a library is not installed.
        UsageError: the folder or the server cannot be used.
    """
    given = {name: getattr(options, name) for name in TRACKERS}
    sinks = {name: TRACKERS[name](value) for name, value in given.items() if value is not None}
    trackers = [Tracker(name, sink, on_event) for name, sink in sinks.items()]

    def observe(event: Event) -> None:
        on_event(event)
        for tracker in trackers:
            tracker(event)

    try:
        yield observe
    finally:
        for tracker in trackers:
            tracker.close(_seconds_left(options, started))


def _seconds_left(options: SearchOptions, started: float) -> float:
    left = MOST_SECONDS if options.timeout is None else started + options.timeout - time.monotonic()
    return min(MOST_SECONDS, max(LEAST_SECONDS, left))


def first_line(error: BaseException) -> str:
    """What an error of another library says, in one line; without the password of an address."""
    lines = str(getattr(error, "strerror", None) or error).strip().splitlines()
    said = lines[0].split(" with exception")[0] if lines else type(error).__name__
    return without_password(said)[:300].rstrip(".")


def without_password(text: str) -> str:
    """The text without who logs in to the addresses in it."""
    return re.sub(r"://[^/@\s]+@", "://", text)
