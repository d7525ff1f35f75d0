"""A run belongs to one search at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.errors import RunError
from advisor.search.store import lock

HOLDER = """
import sys, time
from pathlib import Path
from advisor.search.store import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_search_is_told_which_process_has_the_run(tmp_path: Path) -> None:
    with lock.held(tmp_path), pytest.raises(RunError, match=f"process {os.getpid()}"), lock.held(tmp_path):
        pass


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    with lock.held(tmp_path):
        assert lock.is_held(tmp_path)
    assert not lock.is_held(tmp_path)
    with lock.held(tmp_path):
        pass


def test_a_killed_search_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert lock.is_held(tmp_path)
        holder.send_signal(signal.SIGKILL)
    with lock.held(tmp_path):
        pass
