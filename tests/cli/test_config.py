from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.cli.app import run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "advisor.toml"


def test_a_file_gives_arguments_and_options(
    config: Path, bundled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'path = "{bundled / "digits"}"\ntask = "regression"\njson = true\n')
    assert run(["inspect", "--config", str(config)]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "regression"


def test_the_command_line_wins(config: Path, bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('task = "regression"\njson = true\n')
    run(["inspect", str(bundled / "digits"), "--config", str(config), "--task", "classification"])
    assert json.loads(capsys.readouterr().out)["task"] == "classification"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tsk = 'regression'", "did you mean `task`?"),
        ("task = ", "cannot be read as TOML"),
        ("task = 'regresion'", "did you mean `regression`?"),
    ],
)
def test_a_wrong_file_is_wrong_usage(
    text: str, message: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(text)
    assert run(["inspect", ".", "--config", str(config)]) == 2
    assert message in capsys.readouterr().err


def test_no_such_file_is_wrong_usage(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", ".", "--config", str(config)]) == 2
    assert "no such file" in capsys.readouterr().err


def test_the_file_that_a_run_wrote_can_be_used_again(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from advisor.records import SearchOptions
    from advisor.search.store import folder

    folder.write_config(tmp_path, SearchOptions(timeout=90.5, trials=3))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(["search", str(empty), "--config", str(tmp_path / "config.toml")]) == 1
    assert "is an empty folder" in capsys.readouterr().err
