"""`advisor inspect PATH`: what kind of data this is, the family that fits, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.cli import last, output, values

AXES_HELP = 'Names of the axes of a sample in their order on disk, such as "time height width".'

LINKS_HELP = "Read what links lead to where it lies out of the folder, too."
GROUP_HELP = "The column that says who or what a sample comes from, which is kept in one part; or none."
TIME_HELP = "The column of a table that says when; none where the order of its rows says nothing."


def command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The folder or file with the data.")],
    target: Annotated[str | None, typer.Option(metavar="NAME", help="The column to be predicted.")] = None,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Overrides the task that was found.")
    ] = None,
    axes: Annotated[str | None, typer.Option(metavar="NAMES", help=AXES_HELP)] = None,
    reader: Annotated[
        str | None, typer.Option(metavar="FORM", help="Read the data as this form, such as image-folder.")
    ] = None,
    time: Annotated[str | None, typer.Option(metavar="NAME|none", help=TIME_HELP)] = None,
    group: Annotated[str | None, typer.Option(metavar="NAME|none", help=GROUP_HELP)] = None,
    probe: Annotated[
        bool, typer.Option(help="Ask small models whether order matters, for up to 5 s.")
    ] = True,
    follow_links: Annotated[bool, typer.Option("--follow-links", help=LINKS_HELP)] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one page with pictures of the data as well.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which samples are looked at.")] = 42,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what the data are, which network fits, and why."""
    from advisor import workflow
    from advisor.records import Task

    chosen = None if task is None else Task(values.choice("--task", task, Task))
    options: dict[str, Any] = {
        "target": target, "task": chosen, "axes": axes, "reader": reader, "time": time, "group": group,
        "probe": probe, "seed": seed, "follow_links": follow_links,
    }  # fmt: skip
    with output.stdout_kept_clean():
        if html is None:
            inspection = workflow.inspect(path, **options)
        else:
            inspection, page = workflow.inspect_as_page(path, **options)
            output.write_whole(html, page)
            print(f"wrote {html}", file=sys.stderr)
    given = {"target": target, "task": task, "axes": axes, "reader": reader, "time": time, "group": group}
    last.remember(path, given | {"follow_links": "yes" if follow_links else None})
    if as_json:
        print(inspection.to_json(indent=2))
        return
    from advisor.report import terminal

    terminal.print_inspection(terminal.make_console(), inspection)
