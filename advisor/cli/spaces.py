"""`advisor spaces`: what is searched for each architecture, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import values


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[ARCHITECTURE]", help="One alone, with the reason for every range."),
    ] = None,
) -> None:
    """List the search spaces that come with advisor."""
    from advisor import spaces
    from advisor.report import terminal

    found = spaces.load_all()
    if name is not None:
        chosen = values.choice("ARCHITECTURE", name, [space.architecture for space in found])
        found = tuple(space for space in found if space.architecture == chosen)
    terminal.print_spaces(terminal.make_console(), found, reasons=name is not None)
