"""`--config FILE.toml`: any option of the command in a file; what stands on the command line wins."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from advisor.cli.values import nearest
from advisor.errors import UsageError


def apply(context: typer.Context, file: str) -> None:
    """Makes the values of the file the defaults of the command.

    Raises:
        UsageError: no such file, not TOML, or a name that is no option of the command.
    """
    values = _read(Path(file))
    command = context.invoked_subcommand
    chosen = getattr(context.command, "commands", {}).get(command)
    if command is None or chosen is None:
        return  # typer says what is wrong with the command
    by_name = _parameters(chosen.params)
    defaults: dict[str, Any] = {}
    for name, value in values.items():
        key = name.replace("_", "-")
        if key not in by_name:
            raise UsageError(f"{file}: `{name}` is no option of `advisor {command}`{nearest(key, by_name)}")
        defaults[by_name[key]] = value
    context.default_map = {command: defaults}


def _parameters(parameters: Sequence[Any]) -> dict[str, str]:
    """Names as on the command line, without dashes, to the names of the function's arguments."""
    found = {}
    for parameter in parameters:
        for name in (*parameter.opts, parameter.name):
            found[name.lstrip("-").replace("_", "-")] = parameter.name
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"`--config {path}`: no such file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"`--config {path}` cannot be read as TOML: {error}") from error
