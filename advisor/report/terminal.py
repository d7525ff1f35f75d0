"""Views on a terminal: legible in 80 columns, and without colour."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.decide.flowchart import FLOWCHART, OUTCOMES, START
from advisor.decide.questions import QUESTIONS
from advisor.records import Evaluation, Inspection, Result, RunSummary
from advisor.report import result_tables, result_view, runs_view, view, words
from advisor.report.printable import printable
from advisor.spaces import Parameter, Space

WIDEST = 110
INDENT = 2


def make_console(*, stderr: bool = False) -> Console:
    """A console no wider than people like to read; rich itself honours NO_COLOR and pipes."""
    console = Console(stderr=stderr, highlight=False)
    if console.width > WIDEST:
        console.width = WIDEST
    return console


def print_inspection(console: Console, inspection: Inspection) -> None:
    """`advisor inspect`: what it is, the walk with its numbers, the family, health, the next command."""
    shown = view.inspection_view(inspection)
    console.print(Text(printable(inspection.path), style="bold"))
    _indented(console, f"{shown.sentence}.")
    _indented(console, shown.details, "dim")
    _title(console, "The walk through the flowchart")
    for on_path in (True, False):
        steps = [step for step in shown.steps if step.on_path is on_path]
        if steps and not on_path:
            _indented(console, "Asked as well, not on the path:", "dim")
        for step in steps:
            _step(console, step)
    _title(console, f"Advice: {shown.advice}")
    _indented(console, shown.why)
    for family, when in shown.alternatives:
        _indented(console, f"Else {family}: {when}")
    if shown.turns:
        _title(console, "What would have changed it")
        for turn in shown.turns:
            _indented(console, turn)
    if shown.split:
        _title(console, "The split a search will use")
        _indented(console, shown.split)
    if shown.reach:
        _title(console, shown.reach.title)
        _table(console, result_tables.Table("", shown.reach.head, shown.reach.rows))
    _health(console, shown)
    if shown.sources:
        _title(console, "Where the thresholds come from")
        for number, source in enumerate(shown.sources, start=1):
            _indented(console, f"[{number}] {source}", "dim")
    if shown.next_command:
        _title(console, "Next")
        _indented(console, shown.next_command, "bold")


def print_result(console: Console, result: Result, inspection: Inspection | None = None) -> None:
    """`advisor report`: the outcome, the rationale, the tables, where files lie, what to do next."""
    shown = result_view.result_view(result, inspection)
    mark = "! " if shown.is_warning else ""
    console.print(
        Text(printable(f"{mark}{shown.headline}"), style="bold yellow" if shown.is_warning else "bold green")
    )
    for caution in shown.cautions:
        _indented(console, f"! {caution}", "yellow")
    for title, lines in shown.rationale:
        _title(console, title)
        for line in lines:
            _indented(console, line)
    for table in shown.tables:
        _title(console, table.title)
        _table(console, table)
    if shown.notes:
        _title(console, "Notes")
        for note in shown.notes:
            _indented(console, f"- {note}")
    _title(console, "Files")
    _indented(console, f"{result.run}: result.json, split.csv, trials.csv, config.toml, model/")
    if shown.next_commands:
        _title(console, "Next")
        for command, purpose in shown.next_commands:
            _indented(console, f"{command}", "bold")
            _indented(console, f"  {purpose}", "dim")


def result_as_text(result: Result, inspection: Inspection | None = None) -> str:
    """The same as plain text."""
    console = Console(file=io.StringIO(), width=WIDEST, highlight=False, no_color=True, force_terminal=False)
    print_result(console, result, inspection)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def print_runs(console: Console, runs: Sequence[RunSummary], *, compared: bool) -> None:
    """`advisor runs`: a list, or several side by side."""
    if not runs:
        console.print("No runs there yet: `advisor search PATH` makes one.")
        return
    shown = runs_view.comparison(runs) if compared else runs_view.listing(runs, str(Path(runs[0].run).parent))
    console.print(Text(shown.title, style="bold"))
    _table(console, shown)


def print_evaluation(console: Console, evaluation: Evaluation) -> None:
    """`advisor evaluate`: the score, its interval, and the score that was reported."""
    measured = evaluation.score
    line = f"{evaluation.metric} {words.score(measured)} on {measured.samples:,} samples ({evaluation.part})"
    console.print(Text(line, style="bold"))
    for name, value in measured.all.items():
        _indented(console, f"{name.replace('_', ' ')} {words.number(value)}")
    if evaluation.reported is not None:
        _indented(console, f"reported by the search: {words.score(evaluation.reported)}", "dim")


def print_flowchart(console: Console) -> None:
    """`advisor flowchart`: every question with where each answer leads."""
    charted = {str(name): branch for name, branch in FLOWCHART.items()}
    questions = {str(name): text for name, text in QUESTIONS.items()}
    numbers: dict[str, int] = {}
    places = [str(START)]
    for place in places:  # grows while it is read: the questions in the order the walk meets them
        numbers[place] = len(numbers) + 1
        branch = charted[place]
        leads = (branch.yes, branch.no, branch.unknown)
        places += [lead for lead in dict.fromkeys(leads) if lead in charted and lead not in places]
    console.print(Text("The flowchart: five questions, each answered by measurement", style="bold"))
    for place, number in numbers.items():
        branch = charted[place]
        console.print()
        console.print(Text(f"{number}. {questions[place]}", style="bold"))
        ends = [("yes", branch.yes), ("no", branch.no)]
        if branch.unknown not in (branch.yes, branch.no):
            ends.append(("not measurable", branch.unknown))
        for i, (answer, lead) in enumerate(ends):
            arm = "└─" if i == len(ends) - 1 else "├─"
            _indented(console, f"{arm} {answer} → {_lead(lead, numbers)}", indent=3)
        if branch.unknown in (branch.yes, branch.no):
            same = "yes" if branch.unknown == branch.yes else "no"
            _indented(console, f"     not measurable counts as {same}", "dim")
    console.print()
    _indented(
        console, "All five are asked and shown, also where the answer does not change the outcome.", "dim"
    )


def _lead(place: str, numbers: dict[str, int]) -> str:
    if place in numbers:
        return f"question {numbers[place]}"
    outcome = OUTCOMES[place]
    return f"{words.FAMILY_NAMES[outcome.family]}: {outcome.text}"


def _step(console: Console, step: view.StepView) -> None:
    decisive = ", decisive" if step.decisive else ""
    line = Text(f"{step.question} ")
    line.append(step.answer, style="bold")
    line.append(f" ({step.confidence} sure{decisive})", style="dim")
    grid = Table.grid()
    grid.add_row(f"{'→' if step.on_path else ' '} {step.number}. ", line)
    console.print(grid)
    for fact in step.facts:
        _indented(console, fact, "dim", indent=7)


def _health(console: Console, shown: view.InspectionView) -> None:
    _title(console, "Health of the data")
    if not shown.health:
        _indented(console, "nothing unusual was found")
    for finding in shown.health:
        style = {"error": "red", "warning": "yellow"}.get(finding.severity, "")
        _indented(console, f"{finding.severity}: {finding.text}; {finding.remedy}", style)
        if finding.examples:
            _indented(console, f"such as {', '.join(finding.examples)}", "dim", indent=2 * INDENT)


def _table(console: Console, shown: result_tables.Table) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for i, column in enumerate(shown.columns):
        numeric = bool(shown.rows) and all(_is_number(row[i]) for row in shown.rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in shown.rows:
        table.add_row(
            *(escape(printable(cell)) for cell in row), style="bold" if row[0].startswith("*") else ""
        )
    if shown.rows and shown.columns:
        console.print(Padding(table, (0, 0, 0, INDENT), expand=False))
    if shown.note:
        _indented(console, shown.note, "dim")


def _is_number(cell: str) -> bool:
    return cell == "-" or cell.replace(",", "").replace(".", "", 1).replace("e-", "", 1).isdigit()


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(Text(printable(text), style="bold"))


def _indented(console: Console, text: str, style: str = "", indent: int = INDENT) -> None:
    """Wrapped here and not by rich, which fills lines up with blanks; wrapped lines hang under the first."""
    hang = len(text) - len(text.lstrip(" ")) + indent
    for line in textwrap.wrap(
        printable(text, keep="\n"),
        console.width,
        initial_indent=" " * indent,
        subsequent_indent=" " * hang,
        break_on_hyphens=False,
    ):
        console.print(Text(line, style=style), soft_wrap=True)


def print_pairs(console: Console, title: str, rows: list[tuple[str, str]]) -> None:
    """A title and rows of name and value."""
    console.print(Text(title, style="bold"))
    widest = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        _indented(console, f"{name:<{widest}}  {value}")


def print_spaces(console: Console, spaces: Sequence[Space], *, reasons: bool) -> None:
    """`advisor spaces`: each architecture with its settings and their ranges."""
    for i, space in enumerate(spaces):
        if i:
            console.print()
        console.print(Text(f"{space.family} {space.architecture}", style="bold"))
        _indented(console, space.about)
        _indented(console, f"for {', '.join(space.layouts)}; {', '.join(space.tasks)}", "dim")
        for parameter in space.parameters:
            when = ", ".join(f"{name} = {words.number(value)}" for name, value in parameter.when.items())
            limits = f"{_range(parameter)}" + (f" where {when}" if when else "")
            _indented(console, f"{parameter.name}: {limits}")
            if reasons:
                _indented(console, f"    {parameter.reason} [{parameter.source}]", "dim")
        if reasons:
            for candidate in space.candidates:
                settings = ", ".join(
                    f"{name} {words.number(value)}" for name, value in candidate.params.items()
                )
                _indented(console, f"tried first: {settings}")
                _indented(console, f"    {candidate.reason} [{candidate.source}]", "dim")


def _range(parameter: Parameter) -> str:
    if parameter.type == "categorical":
        return " | ".join(words.number(value) for value in parameter.choices)
    spread = ", by orders of magnitude" if parameter.log else ""
    step = f" in steps of {words.number(parameter.step)}" if parameter.step else ""
    return f"{words.number(parameter.low)} to {words.number(parameter.high)}{step}{spread}"
