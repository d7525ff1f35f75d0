"""kill -9 and Ctrl-C of the command itself, with real processes."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from advisor.cli.app import run

SPACE = """
family = "mlp"
architecture = "mlp"
about = "Small and quickly trained."
layouts = ["table"]
tasks = ["classification"]
[parameters.hidden]
type = "int"
low = 8
high = 64
reason = "quick"
source = "test"
[parameters.max_epochs]
type = "int"
low = {epochs}
high = {epochs}
reason = "quick"
source = "test"
"""
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(600, 5))
    labels = np.where(np.sin(2 * rows[:, 0]) + rows[:, 1] * rows[:, 2] > 0, "yes", "no")
    lines = [
        ",".join([*(f"{value:.4f}" for value in row), label]) for row, label in zip(rows, labels, strict=True)
    ]
    place = tmp_path_factory.mktemp("data") / "table.csv"
    place.write_text("a,b,c,d,e,label\n" + "\n".join(lines) + "\n")
    return place


def begun(table: Path, place: Path, trials: int = 2, epochs: int = 15) -> list[str]:
    space = place.with_suffix(".toml")
    space.write_text(SPACE.format(epochs=epochs))
    return [
        "search", str(table), "--family", "mlp", "--space", str(space), "--trials", str(trials), "--json",
        "--device", "cpu", "--threads", "1", "--precision", "float32", "--gflops", "20", "--out", str(place),
    ]  # fmt: skip


def started(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", *arguments],
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
        and b"advisor.search.workers.worker" in Path(f"/proc/{number}/cmdline").read_bytes()
    ]


def all_end(numbers: list[str]) -> bool:
    for _ in range(600):
        if all(of_process(number)[0] in ("", "Z") for number in numbers):
            return True
        time.sleep(0.05)
    return False


def trials_of(found: dict[str, object]) -> list[object]:
    rows = json.loads(json.dumps(found["trial_rows"]))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_kill_minus_nine_loses_nothing(table: Path, tmp_path: Path, capsys: Captured) -> None:
    assert run(begun(table, tmp_path / "undisturbed")) in (0, 3)
    undisturbed = json.loads(capsys.readouterr().out)
    with started(begun(table, tmp_path / "killed")) as search:
        wait_for(search, "  trial 0 ")
        search.kill()
    assert run(["search", "--resume", str(tmp_path / "killed"), "--json"]) in (0, 3)
    found = json.loads(capsys.readouterr().out)
    assert trials_of(found) == trials_of(undisturbed)
    assert found["best"]["test"]["value"] == undisturbed["best"]["test"]["value"]


@pytest.mark.slow
def test_ctrl_c_twice_stops_and_the_run_can_be_gone_on_with(
    table: Path, tmp_path: Path, capsys: Captured
) -> None:
    place = tmp_path / "stopped"
    with started(begun(table, place, trials=1_000, epochs=2)) as search:
        wait_for(search, "  trial 0 ")
        search.send_signal(signal.SIGINT)
        wait_for(search, "the one look at the test part")
        search.send_signal(signal.SIGINT)
        printed, said = search.communicate(timeout=100)
    assert search.returncode == 130
    if not printed:  # else it had ended by itself before the second
        assert not (place / "result.json").exists()
        assert f"stopped; what was finished is kept: `advisor search --resume {place}` goes on" in said
    assert run(["search", "--resume", str(place), "--trials", "2", "--json"]) in (0, 3)
    assert json.loads(capsys.readouterr().out)["status"] == "done"


@pytest.mark.slow
def test_a_run_at_work_is_not_opened_twice(table: Path, tmp_path: Path, capsys: Captured) -> None:
    place = tmp_path / "busy"
    with started(begun(table, place, trials=1_000)) as search:
        wait_for(search, "  trial 0 ")
        assert run(["search", "--resume", str(place), "--trials", "1"]) == 1
        assert run(["runs", str(place)]) == 0
        search.kill()
    printed = capsys.readouterr()
    assert f"{place} is in use by another search (process {search.pid})" in printed.err
    assert "running" in printed.out


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_kills_at_random_moments_change_nothing(table: Path, tmp_path: Path, capsys: Captured) -> None:
    before = time.monotonic()
    with started(begun(table, tmp_path / "undisturbed", trials=8)) as search:
        printed, _ = search.communicate()
    undisturbed, whole = json.loads(printed), time.monotonic() - before
    moments = random.Random(0)
    for number in range(6):
        place = tmp_path / f"killed-{number}"
        arguments = begun(table, place, trials=8)
        for _ in range(3):
            with started(arguments) as search:
                try:
                    search.communicate(timeout=moments.uniform(0.3, 1.0) * whole)
                except subprocess.TimeoutExpired:
                    search.kill()
            if (place / "config.toml").is_file():
                arguments = ["search", "--resume", str(place), "--json"]
            elif place.exists():  # nothing was trained yet
                place = tmp_path / f"killed-{number}-again"
                arguments = begun(table, place, trials=8)
        assert run(arguments) in (0, 3)
        assert trials_of(json.loads(capsys.readouterr().out)) == trials_of(undisturbed)


@pytest.mark.slow
def test_ctrl_c_ends_all_workers_and_keeps_what_is_finished(table: Path, tmp_path: Path) -> None:
    with started([*begun(table, tmp_path / "run", trials=1_000, epochs=2), "--workers", "2"]) as search:
        wait_for(search, "  trial 1 ")
        workers = workers_of(search)
        search.send_signal(signal.SIGINT)
        printed, _ = search.communicate(timeout=100)
    assert len(workers) == 2
    assert all_end(workers)
    found = json.loads(printed)
    assert search.returncode == 130
    assert found["status"] == "interrupted"
    assert found["trials"]["complete"] >= 1
    assert found["best"]["test"]["looks"] == 1


@pytest.mark.slow
def test_kill_minus_nine_ends_all_workers_and_the_run_goes_on(
    table: Path, tmp_path: Path, capsys: Captured
) -> None:
    place = tmp_path / "run"
    with started([*begun(table, place, trials=1_000), "--workers", "2"]) as search:
        wait_for(search, "  trial 0 ")
        workers = workers_of(search)
        search.kill()
    assert len(workers) == 2
    assert all_end(workers)
    assert run(["search", "--resume", str(place), "--trials", "6", "--json"]) in (0, 3)
    rows = json.loads(capsys.readouterr().out)["trial_rows"]
    assert [row["number"] for row in rows] == list(range(len(rows)))
    assert len(rows) >= 6


def test_no_workers_are_refused(table: Path, capsys: Captured) -> None:
    assert run(["search", str(table), "--workers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err
