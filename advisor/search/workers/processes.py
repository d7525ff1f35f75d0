"""Several processes that train beside the search, each a fresh Python with a pipe to it.

They are no forks, which torch does not survive once it has run threads, and not `multiprocessing`'s spawned
ones, which import the program's main module again. They are ended with SIGKILL: what is worth keeping is on
disk by then, whole. Where the search itself is killed, they see the end of the pipe and end too.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import send_handle
from typing import Literal

from advisor import training
from advisor.errors import AdvisorError
from advisor.prepare.memory import free_memory
from advisor.search.data import SearchData
from advisor.search.workers import shared, watchdog
from advisor.search.workers.executor import Ended, Job, Left, OnNote, OnTrialReport
from advisor.search.workers.shared import Shared
from advisor.search.workers.worker import Data, End, Note, Ready, Report, Used, receive, send
from advisor.training import Compute

CODE = (
    "import sys; sys.path[:] = {path!r}; from advisor.search.workers.worker import main; main({descriptor})"
)
LOOK_EVERY_SECONDS = 1.0  # whether one hangs
LATER_SECONDS = (
    15.0  # a worker ends a trial that hangs in Python by itself; so much later its process is ended
)
ENDS_WITHIN_SECONDS = 5.0  # of the pipe's end
STARTS = 3  # of processes in a row that never get ready
LEAST_FREE = 300e6  # bytes that another trial is reckoned to take at least


@dataclass
class Worker:
    """A process and what it is at.

    Attributes:
        memory: bytes that it took at most before its first job.
        since: when its job, or the process, was begun.
        reason: why its job was told to end.
    """

    place: int
    process: subprocess.Popen[bytes]
    connection: Connection
    since: float = field(default_factory=time.monotonic)
    is_ready: bool = False
    memory: int = 0
    job: Job | None = None
    reason: str | None = None


class Processes:
    """N trials at once. The threads are shared out; worker i takes GPU i, counted round."""

    def __init__(self, workers: int) -> None:
        self.workers, self.threads = workers, 1
        self.living: dict[int, Worker] = {}
        self.ended: deque[Ended] = deque()
        self.largest = LEAST_FREE  # bytes that a trial took
        self.lost_at_start = 0
        self.where: Shared | None = None
        self.compute: Compute | None = None
        try:
            for place in range(workers):  # early, since importing torch takes seconds
                self.living[place] = _started(place)
        except BaseException:
            self.close()
            raise

    def set_up(self, data: SearchData, compute: Compute) -> SearchData:
        self.compute, self.threads = compute, max(1, training.threads() // self.workers)
        self.where = shared.write(data)
        for worker in self.living.values():
            self._give_data(worker)
        return replace(shared.read(self.where), pool_texts=data.pool_texts)

    def has_room(self, on_note: OnNote) -> bool:
        """Not while memory is short and others run, whose end gives some back."""
        busy = sum(worker.job is not None for worker in self.living.values())
        if busy in (0, self.workers):
            return busy == 0
        if free_memory() >= self.largest:
            return True
        on_note(f"memory was short at times: fewer than the {self.workers} workers trained at once")
        return False

    def begin(self, job: Job) -> None:
        idle = [one for one in list(self.living.values()) if one.job is None and self._lives(one)]
        if idle:
            worker = max(idle, key=lambda one: one.is_ready)
        else:
            place = next(place for place in range(self.workers) if place not in self.living)
            worker = self.living[place] = _started(place)
            self._give_data(worker)
        worker.job, worker.reason, worker.since = job, None, time.monotonic()
        _say(worker, job)

    def next_ended(self, on_report: OnTrialReport, on_note: OnNote, left: Left, why: str) -> Ended:
        while not self.ended:
            seconds = left()
            for worker in list(self.living.values()):
                hung = _hangs(worker)
                if worker.job is not None and seconds is not None and seconds <= 0:
                    self._stop(worker, "pruned", why)
                elif hung is not None:
                    self._stop(worker, "failed", hung)
            if self.ended:
                break
            longest = LOOK_EVERY_SECONDS if seconds is None else min(LOOK_EVERY_SECONDS, seconds)
            by_connection = {worker.connection: worker for worker in self.living.values()}
            for connection in wait(list(by_connection), timeout=longest):
                self._hear(by_connection[connection], on_report, on_note)  # type: ignore[index]
        return self.ended.popleft()

    def close(self) -> None:
        for worker in self.living.values():
            worker.process.kill()
        for worker in list(self.living.values()):
            self._put_away(worker)
        self.ended.clear()
        where, self.where = self.where, None
        if where is not None:
            shared.close(where)

    def _hear(self, worker: Worker, on_report: OnTrialReport, on_note: OnNote) -> None:
        try:
            message = receive(worker.connection)
        except (EOFError, OSError):
            self._lost(worker)
            return
        match message:
            case Ready(taken):
                worker.is_ready, worker.memory, worker.since = True, taken, time.monotonic()
                self.lost_at_start = 0
            case Note(text):
                on_note(text)
            case Report(number, step, fraction, value):
                reason = on_report(number, step, fraction, value)
                if reason is not None and worker.reason is None:
                    worker.reason = reason
                    _say(worker, End(number))
            case Used(ended, taken):
                self.largest = max(self.largest, taken - worker.memory)
                worker.job = None
                self.ended.append(ended.because(worker.reason) if ended.state == "pruned" else ended)

    def _lost(self, worker: Worker) -> None:
        """Its process ended by itself: the trial failed, or a new process takes it when it had not begun."""
        job = worker.job
        code = self._put_away(worker)
        if worker.is_ready:
            if job is not None:
                seconds = time.monotonic() - worker.since
                self.ended.append(Ended(job.number, "failed", seconds, _in_words(code)))
            return
        self.lost_at_start += 1
        if self.lost_at_start >= STARTS:
            raise AdvisorError(
                f"the processes that are to train end as soon as they start ({_in_words(code)}): "
                "search with `--workers 1`"
            )
        if job is not None:
            self.begin(job)

    def _stop(self, worker: Worker, state: Literal["pruned", "failed"], reason: str) -> None:
        """Ends the process with its trial; a new one is started when there is another."""
        assert worker.job is not None
        worker.process.kill()
        self._put_away(worker)
        self.ended.append(Ended(worker.job.number, state, time.monotonic() - worker.since, reason))

    def _put_away(self, worker: Worker) -> int:
        """Waits for the end of the process; gives its exit code."""
        worker.connection.close()  # at which it ends, if it has not yet
        try:
            code = worker.process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            code = worker.process.wait()
        self.living.pop(worker.place, None)
        return code

    def _lives(self, worker: Worker) -> bool:
        if worker.process.poll() is None:
            return True
        self._put_away(worker)
        return False

    def _give_data(self, worker: Worker) -> None:
        assert self.where is not None
        assert self.compute is not None
        _say(worker, Data(self.where, self.compute, self.threads, worker.place))
        with contextlib.suppress(OSError):
            send_handle(worker.connection, self.where.file, worker.process.pid)


def _started(place: int) -> Worker:
    """A new process, which begins to import at once."""
    here, there = socket.socketpair()
    with there:
        code = CODE.format(path=sys.path, descriptor=there.fileno())
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(there.fileno(),),
            process_group=0,  # so that a Ctrl-C on the terminal reaches the search alone
        )
    return Worker(place, process, Connection(here.detach()))


def _say(worker: Worker, message: object) -> None:
    """Where nobody is there any more, the end of the pipe tells."""
    with contextlib.suppress(OSError):
        send(worker.connection, message)


def _hangs(worker: Worker) -> str | None:
    """Says for how long it has hung, if it does; without a time limit nothing tells that."""
    if worker.job is None or worker.job.seconds is None:
        return None
    limit = watchdog.limit_of(worker.job.seconds) + LATER_SECONDS
    if time.monotonic() - worker.since < limit:
        return None
    return watchdog.in_words(limit, worker.job.seconds)


def _in_words(code: int) -> str:
    """What the exit code of a process says."""
    if code == -signal.SIGKILL:
        return "its process was killed, as the system does where memory is out"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"
