from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.cli.app import hoisted, run


def test_building_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys, advisor.cli.app; "
        "print([name for name in ('torch', 'optuna', 'pandas', 'numpy', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_module_exits_with_the_code_of_the_command() -> None:
    command = [sys.executable, "-m", "advisor", "inspect", "no/such/folder"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: no/such/folder: no such file or folder")
    assert done.stderr.count("\n") == 1


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from advisor import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"advisor {__version__}\n"


@pytest.mark.parametrize(
    "command",
    ["inspect", "search", "report", "evaluate", "export", "predict", "flowchart", "spaces", "doctor"],
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serch"], "search"),
        (["search", ".", "--famly", "cnn"], "--family"),
        (["search", ".", "--family", "cnm"], "did you mean `cnn`?"),
        (["search", ".", "--device", "gpu"], "must be one of auto, cpu, cuda"),
        (["search", ".", "--timeout", "soon"], "such as 90s"),
        (["search", ".", "--trials", "0"], "--trials"),
        (["search", ".", "--out", "a", "--resume", "b"], "exclude each other"),
        (["search"], "nothing was inspected yet"),
        (["inspect", ".", "--task", "clasification"], "did you mean `classification`?"),
        (["export", "run", "--format", "onix", "--out", "x"], "did you mean `onnx`?"),
        (["inspect"], "PATH"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err


@pytest.mark.parametrize("command", ["report", "evaluate", "predict"])
def test_no_such_run_is_one_line_and_code_1(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [] if command == "report" else [str(tmp_path)]
    assert run([command, str(tmp_path / "none"), *more]) == 1
    assert "no such" in capsys.readouterr().err


def test_a_traceback_only_with_debug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["report", str(tmp_path)])
    assert "Traceback" not in capsys.readouterr().err
    run(["report", str(tmp_path), "--debug"])
    assert "Traceback" in capsys.readouterr().err


def test_options_of_the_program_may_stand_after_the_command() -> None:
    assert hoisted(["search", "x", "--debug", "--config", "a.toml", "--", "--debug"]) == [
        "--debug", "--config", "a.toml", "search", "x", "--", "--debug",
    ]  # fmt: skip


def test_inspect_json_is_one_object(bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(bundled / "digits"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "advisor.inspection/1"
    assert (found["structure"], found["family"], found["task"]) == ("grid", "cnn", "classification")
    assert len(found["flowchart"]) == 5
    assert all(step["evidence"] for step in found["flowchart"])


def test_axes_that_do_not_fit_are_wrong_usage(bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(bundled / "digits"), "--axes", "time"]) == 2
    assert "one name for each axis" in capsys.readouterr().err


def test_flowchart_draws_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["flowchart"]) == 0
    drawn = capsys.readouterr().out
    assert drawn.count("?") == 5
    assert "hybrid CNN-RNN" in drawn


def test_spaces_lists_the_packaged_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["spaces", "resnet"]) == 0
    assert "learning_rate" in capsys.readouterr().out


def test_doctor_names_device_and_extras(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "precision used" in printed
    assert "onnx" in printed


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("could not create a primitive"), ImportError("x.so: failed to map segment")],
)
def test_too_little_memory_is_told_as_that(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("advisor.cli.app.hoisted", fail)
    assert run(["flowchart"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: memory did not suffice")
    assert "--resume" in said
