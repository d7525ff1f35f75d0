"""`advisor runs [RUN...]`: the runs of a folder, or several side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR|RUN...]", help="A folder with runs, or runs to compare; `runs` if none."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List runs, or compare some."""
    from advisor import workflow
    from advisor.report import terminal

    found, compared = workflow.runs(*(places or ()))
    if as_json:
        listed = [json.loads(one.to_json()) for one in found]
        print(json.dumps({"schema": "advisor.runs/1", "runs": listed}, indent=2))
    else:
        terminal.print_runs(terminal.make_console(), found, compared=compared)
