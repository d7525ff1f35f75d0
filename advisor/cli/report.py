"""`advisor report RUN`: what a search found, again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, such as runs/latest.")],
) -> None:
    """Show what a search found and why."""
    from advisor import workflow
    from advisor.report import terminal

    result, inspection = workflow.report(run)
    result = result.model_copy(update={"run": str(run)})  # the folder may have moved
    terminal.print_result(terminal.make_console(), result, inspection)
