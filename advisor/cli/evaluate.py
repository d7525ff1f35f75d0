"""`advisor evaluate BUNDLE|RUN PATH`: the score of a model on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import output


def command(
    model: Annotated[Path, typer.Argument(metavar="BUNDLE|RUN", help="A run folder or an exported bundle.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Labelled data of the form trained on.")],
    split: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Evaluate the rows that say `test` in this file.")
    ] = None,
    follow_links: Annotated[bool, typer.Option("--follow-links", help="As for `advisor inspect`.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Measure a model on labelled data."""
    from advisor import workflow

    with output.stdout_kept_clean():
        evaluation = workflow.evaluate(model, path, split=split, follow_links=follow_links)
    if as_json:
        print(evaluation.to_json(indent=2))
        return
    from advisor.report import terminal

    terminal.print_evaluation(terminal.make_console(), evaluation)
