"""`advisor predict BUNDLE PATH`: one row per sample as CSV or JSON."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.cli import output
from advisor.report.printable import printable

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection


def command(
    model: Annotated[Path, typer.Argument(metavar="BUNDLE|RUN", help="A run folder or an exported bundle.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="New files of the form trained on.")],
    out: Annotated[str, typer.Option(metavar="FILE.csv|-", help="Where to write; - is stdout.")] = "-",
    follow_links: Annotated[bool, typer.Option("--follow-links", help="As for `advisor inspect`.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Predict on new files of the form trained on."""
    from advisor import workflow

    with output.stdout_kept_clean():
        predictions = workflow.predict(model, path, follow_links=follow_links)
    for reason in predictions.unreadable:
        print(f"skipped: {printable(reason)}", file=sys.stderr)
    if out != "-":
        output.write_whole(Path(out), as_csv(predictions.rows))
        print(f"wrote {len(predictions.rows)} rows to {out}", file=sys.stderr)
        if formula := formula_in(predictions.rows):
            text = f"note: `{printable(formula)}` and the like stand there as they are, for programs"
            print(f"{text}; a spreadsheet may run them: import the columns as text", file=sys.stderr)
    if as_json:
        found = {"schema": "advisor.predictions/1", "model": str(model), "path": str(path)}
        print(json.dumps({**found, "rows": predictions.rows, "unreadable": predictions.unreadable}, indent=2))
    elif out == "-":
        sys.stdout.write(as_csv(predictions.rows))


def formula_in(rows: list[dict[str, Any]]) -> str | None:
    """The first name or label that a spreadsheet would take for a formula; numbers are none."""
    cells = itertools.chain(*rows[:1], *(row.values() for row in rows))
    texts = (cell for cell in cells if isinstance(cell, str))
    return next((text for text in texts if text.startswith(FORMULA) and not _is_number(text)), None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_csv(rows: list[dict[str, Any]]) -> str:
    """The rows with their names as header."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text, fieldnames=list(rows[0]) if rows else ["id", "prediction"], lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
