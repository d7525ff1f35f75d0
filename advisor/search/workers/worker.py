"""The process that trains trials for a search: started by it, and gone as soon as it is.

Messages to it: Data (once, with the descriptor of the file), Job, End. From it: Ready, Report, Note, and of
every job one Ended.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path
from typing import Any

import torch

from advisor import interrupt
from advisor.prepare.memory import peak_memory
from advisor.search.data import SearchData
from advisor.search.workers import shared
from advisor.search.workers.executor import Ended, Job, trained
from advisor.search.workers.shared import Shared
from advisor.training import Compute

OUT_OF_MEMORY_SCORE = "500"  # of 1000: when memory is out, the system ends a worker and not the search


@dataclass(frozen=True)
class Data:
    """What all jobs train on; the descriptor itself follows it through the pipe."""

    where: Shared
    compute: Compute
    threads: int
    place: int  # of this worker among all: it takes the GPU of this number, counted round


@dataclass(frozen=True)
class End:
    """The trial is not worth going on with."""

    number: int


@dataclass(frozen=True)
class Ready:
    """The data are there; `memory`: bytes that this process took at most so far."""

    memory: int


@dataclass(frozen=True)
class Report:
    number: int
    step: int
    fraction: float
    value: float


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Used:
    """How a job ended, and the bytes that this process took at most so far."""

    ended: Ended
    memory: int


def send(connection: Connection, message: object) -> None:
    """Not the connection's own way, since torch would send tensors by files with names."""
    connection.send_bytes(pickle.dumps(message, protocol=5))


def receive(connection: Connection) -> Any:
    """Raises EOFError or OSError where nobody is at the other end."""
    return pickle.loads(connection.recv_bytes())


class _Listening:
    """Reads what the search says while the main thread trains; ends this process when the search is gone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.lock, self.now = threading.Lock(), -1
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while True:
                message = receive(self.connection)
                if isinstance(message, Data):
                    file = recv_handle(self.connection)
                    message = replace(message, where=replace(message.where, file=file))
                if isinstance(message, End):
                    self._end(message.number)
                else:
                    self.messages.put(message)
        except (EOFError, OSError):
            os._exit(1)

    def _end(self, number: int) -> None:
        with self.lock:
            if number == self.now:  # else it has ended by itself
                interrupt.request()

    @contextlib.contextmanager
    def training(self, number: int) -> Iterator[None]:
        """Within it the job can be ended."""
        self.now = number
        try:
            yield
        finally:
            with self.lock:
                self.now = -1
                interrupt.take()


def main(descriptor: int) -> None:
    """Works until the search at the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the search, which ends its workers
    warnings.simplefilter("ignore")
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OUT_OF_MEMORY_SCORE, encoding="ascii")
    connection = Connection(descriptor)
    listening = _Listening(connection)
    given: Data = listening.messages.get()
    torch.set_num_threads(given.threads)
    if given.compute.device != "cpu":
        torch.cuda.set_device(given.place % torch.cuda.device_count())
    compute = replace(given.compute, most_threads=min(given.compute.most_threads, given.threads))
    data = shared.read(given.where)
    send(connection, Ready(peak_memory()))
    while True:
        job: Job = listening.messages.get()
        ended = _ended(job, data, compute, connection, listening)
        send(connection, Used(ended, peak_memory()))


def _ended(
    job: Job, data: SearchData, compute: Compute, connection: Connection, listening: _Listening
) -> Ended:
    start = time.monotonic()

    def on_report(step: int, fraction: float, value: float) -> None:
        send(connection, Report(job.number, step, fraction, value))

    try:
        with listening.training(job.number):
            return trained(job, data, compute, on_report, lambda text: send(connection, Note(text)))
    except KeyboardInterrupt:
        return Ended(job.number, "pruned", time.monotonic() - start)
    except Exception as error:  # the fault of one trial must not end the others
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        return Ended(job.number, "failed", time.monotonic() - start, reason)
