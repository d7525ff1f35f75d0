"""`advisor search --workers 2` that is interrupted or killed leaves no process behind."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from advisor.cli.app import run

PICKS = ("--device", "cpu", "--threads", "2", "--precision", "float32", "--gflops", "1")
Captured = pytest.CaptureFixture[str]


def started(series: Path, place: Path) -> subprocess.Popen[str]:
    options = ("--family", "rnn", "--trials", "1000", "--workers", "2", "--json", "--out", str(place), *PICKS)
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", "search", str(series), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    assert process.stderr is not None
    for one in process.stderr:
        if one.startswith(line):
            return
    raise AssertionError(f"it ended without {line!r}")


def of_process(number: str) -> tuple[str, int]:
    """State and parent of a process; none where it is gone."""
    with contextlib.suppress(OSError):
        state, parent = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[:2]
        return state, int(parent)
    return "", 0


def workers_of(search: subprocess.Popen[str]) -> list[str]:
    numbers = [place.name for place in Path("/proc").glob("[0-9]*")]
    return [
        number
        for number in numbers
        if of_process(number)[1] == search.pid
        and b"advisor.search.worker" in Path(f"/proc/{number}/cmdline").read_bytes()
    ]


def all_end(numbers: list[str]) -> bool:
    for _ in range(600):
        if all(of_process(number)[0] in ("", "Z") for number in numbers):
            return True
        time.sleep(0.05)
    return False


def test_ctrl_c_ends_all_workers_and_keeps_what_is_finished(series: Path, tmp_path: Path) -> None:
    with started(series, tmp_path / "run") as search:
        wait_for(search, "  trial 1 ")
        workers = workers_of(search)
        search.send_signal(signal.SIGINT)
        printed, _ = search.communicate(timeout=100)
    assert len(workers) == 2
    assert all_end(workers)
    found = json.loads(printed)
    assert search.returncode == 130
    assert found["status"] == "interrupted"
    assert found["trials"]["complete"] >= 2
    assert found["best"]["test"]["looks"] == 1


@pytest.mark.slow
def test_kill_minus_nine_ends_all_workers_and_the_run_goes_on(
    series: Path, tmp_path: Path, capsys: Captured
) -> None:
    with started(series, tmp_path / "run") as search:
        wait_for(search, "  trial 2 ")
        workers = workers_of(search)
        search.kill()
    assert len(workers) == 2
    assert all_end(workers)
    assert run(["search", "--resume", str(tmp_path / "run"), "--trials", "6", "--json"]) in (0, 3)
    rows = json.loads(capsys.readouterr().out)["trial_rows"]
    assert [row["number"] for row in rows] == list(range(len(rows)))
    assert len(rows) >= 6


def test_no_workers_are_refused(series: Path, capsys: Captured) -> None:
    assert run(["search", str(series), "--workers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err
