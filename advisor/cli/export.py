"""`advisor export RUN --format … --out DIR`: the model for use elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from advisor.cli import output, values

FORMATS = ("bundle", "onnx", "pt2")


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, such as runs/latest.")],
    file_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="bundle, onnx or pt2.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is not there yet.")],
    single: Annotated[
        bool, typer.Option("--single", help="The best network alone, where the model is an ensemble.")
    ] = False,
) -> None:
    """Write the model for use elsewhere, checked."""
    from advisor import workflow

    chosen = cast("workflow.ExportFormat", values.choice("--format", file_format, FORMATS))
    with output.stdout_kept_clean():
        exported = workflow.export(run, chosen, out, single=single)
    checked = ""
    if exported.difference is not None:
        checked = (
            f": differs by at most {exported.difference:.1e} from the trained model on {exported.checked_on}"
        )
    print(f"wrote {out} ({chosen}){checked}", file=sys.stderr)
