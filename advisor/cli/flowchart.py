"""`advisor flowchart`: the five questions and where each answer leads."""

from __future__ import annotations


def command() -> None:
    """Draw the flowchart."""
    from advisor.report import terminal

    terminal.print_flowchart(terminal.make_console())
