"""The table of what each family needs to reach the memory horizon, on a terminal and on the page."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from advisor.records import Fact, Family, Inspection, Reach
from advisor.report import page, terminal, view


@pytest.fixture
def remembering(inspection: Inspection) -> Inspection:
    fact = Fact(name="memory_horizon", value=65, unit="steps", how="made", samples=100, low=34, high=None)
    rows = [
        Reach(
            family=Family.CNN,
            architecture="resnet",
            horizon=65,
            stride=1,
            sees=25,
            enough=False,
            needs="five",
        ),
        Reach(
            family=Family.RNN, architecture="lstm", horizon=65, stride=1, sees=300, enough=True, needs="three"
        ),
    ]
    return inspection.model_copy(update={"facts": (fact,), "reach": tuple(rows)})


def test_the_table_names_each_family_and_whether_it_reaches(remembering: Inspection) -> None:
    shown = view.inspection_view(remembering).reach
    assert shown is not None
    assert shown.title == "How far back matters: 65 steps (34 or more)"
    assert shown.rows == (("CNN (resnet)", "25", "no", "five"), ("RNN (lstm)", "300", "yes", "three"))


def test_without_a_horizon_there_is_no_table(inspection: Inspection) -> None:
    assert view.inspection_view(inspection).reach is None


def test_terminal_and_page_show_it(remembering: Inspection) -> None:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    terminal.print_inspection(console, remembering)
    assert isinstance(console.file, io.StringIO)
    for text in (console.file.getvalue(), page.render(remembering, [])):
        assert "How far back matters: 65 steps" in text
        assert "CNN (resnet)" in text


def test_it_goes_to_json_and_back(remembering: Inspection) -> None:
    assert Inspection.from_json(remembering.to_json()).reach == remembering.reach
