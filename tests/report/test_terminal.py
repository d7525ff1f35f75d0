from __future__ import annotations

import io

import pytest
from rich.console import Console

from advisor.records import Finding, Inspection, Result
from advisor.report import terminal


def console(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False)


def shown(one: Console) -> str:
    assert isinstance(one.file, io.StringIO)
    return one.file.getvalue()


@pytest.mark.parametrize("width", [80, 110])
def test_an_inspection_fits_the_width(width: int, inspection: Inspection) -> None:
    one = console(width)
    terminal.print_inspection(one, inspection)
    assert max(map(len, shown(one).splitlines())) <= width
    assert "Advice: CNN" in shown(one)


@pytest.mark.parametrize("width", [80, 110])
def test_a_result_fits_the_width(width: int, result: Result, inspection: Inspection) -> None:
    one = console(width)
    terminal.print_result(one, result, inspection)
    assert max(map(len, shown(one).splitlines())) <= width
    assert "ridge saw 500 of 850 samples" in shown(one)


def test_no_colour_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    one = Console(file=io.StringIO(), force_terminal=True, width=80)
    terminal.print_result(one, result)
    assert "\x1b[3" not in shown(one)
    assert "CNN (resnet)" in shown(one)


def test_brackets_in_data_are_text(result: Result) -> None:
    one = console()
    terminal.print_result(one, result.model_copy(update={"notes": ("class [bold]x[/bold]",)}))
    assert "class [bold]x[/bold]" in shown(one)


def test_findings_are_shown_with_their_examples(inspection: Inspection) -> None:
    found = Finding(
        check="duplicates", severity="warning", count=1, text="one", remedy="remove", examples=("[b]a.png",)
    )
    one = console()
    terminal.print_inspection(one, inspection.model_copy(update={"health": (found,)}))
    assert "warning: one; remove\n    such as [b]a.png\n" in shown(one)
