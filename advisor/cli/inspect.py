"""`advisor inspect PATH`: what kind of data this is, the family that fits, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import last, output, values

AXES_HELP = 'Names of the axes of a sample in their order on disk, such as "time height width".'


def command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The folder or file with the data.")],
    target: Annotated[str | None, typer.Option(metavar="NAME", help="The column to be predicted.")] = None,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Overrides the task that was found.")
    ] = None,
    axes: Annotated[str | None, typer.Option(metavar="NAMES", help=AXES_HELP)] = None,
    seed: Annotated[int, typer.Option(help="Which samples are looked at.")] = 42,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what the data are, which network fits, and why."""
    from advisor import workflow
    from advisor.records import Task

    chosen = None if task is None else Task(values.choice("--task", task, Task))
    with output.stdout_kept_clean():
        inspection = workflow.inspect(path, target=target, task=chosen, axes=axes, seed=seed)
    last.remember(path, {"target": target, "task": task, "axes": axes})
    if as_json:
        print(inspection.to_json(indent=2))
        return
    from advisor.report import terminal

    terminal.print_inspection(terminal.make_console(), inspection)
