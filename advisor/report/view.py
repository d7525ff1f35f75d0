"""Inspection → what a person reads of it. Pure: no terminal, no files; renderers only lay it out."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.decide.flowchart import FLOWCHART, OUTCOMES, START
from advisor.decide.turning import Turn, turns
from advisor.records import Evidence, Finding, Inspection, Step, Structure
from advisor.report import words
from advisor.report.printable import quoted

TURNS_SHOWN = 3
STRUCTURE_NAMES = {
    Structure.GRID: "a grid",
    Structure.SEQUENTIAL: "a sequence",
    Structure.SPATIOTEMPORAL: "spatiotemporal",
    Structure.TABLE: "a plain table",
}
ANSWERS = {True: "yes", False: "no", None: "not measurable"}


@dataclass(frozen=True)
class StepView:
    """One question: `number` in the order asked, `on_path` when the walk came through it."""

    number: int
    question: str
    answer: str
    confidence: str
    on_path: bool
    decisive: bool
    facts: tuple[str, ...]


@dataclass(frozen=True)
class InspectionView:
    """All parts of the inspection report, in the order they are read."""

    sentence: str
    details: str
    steps: tuple[StepView, ...]
    sources: tuple[str, ...]
    advice: str
    why: str
    alternatives: tuple[tuple[str, str], ...]
    turns: tuple[str, ...]
    split: str  # which one `search` will use; empty where it cannot train
    health: tuple[Finding, ...]
    next_command: str  # empty where `search` cannot train
    reach: ReachView | None


@dataclass(frozen=True)
class ReachView:
    """How far back matters, and a table of what each family needs to reach it: `head`, then `rows`."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def inspection_view(inspection: Inspection) -> InspectionView:
    """The view of an inspection; sources are numbered from 1 in the order the facts cite them."""
    walked, outcome = walked_path(inspection)
    ordered = sorted(
        inspection.flowchart,
        key=lambda step: walked.index(step.question) if step.question in walked else len(walked),
    )
    sources: list[str] = []
    steps = tuple(_step(i, step, walked, sources) for i, step in enumerate(ordered, start=1))
    return InspectionView(
        sentence=_sentence(inspection),
        details=_details(inspection),
        steps=steps,
        sources=tuple(sources),
        advice=f"{words.FAMILY_NAMES[inspection.family]} (confidence {words.percent(inspection.confidence)})",
        why=why(inspection) + (f": {OUTCOMES[outcome].text}" if outcome else "") + ".",
        alternatives=tuple((words.FAMILY_NAMES[item.family], item.why) for item in inspection.alternatives),
        turns=tuple(_turn(turn) for turn in turns(inspection)[:TURNS_SHOWN]),
        split="" if inspection.split is None else words.split(inspection.split),
        health=inspection.health,
        next_command=_next_command(inspection),
        reach=_reach(inspection),
    )


def _next_command(inspection: Inspection) -> str:
    """The search of these data as they were read here, with the options that said how."""
    if inspection.split is None:
        return ""
    told = (f" --{name} {quoted(value)}" for name, value in inspection.overruled.items())
    return f"advisor search {quoted(inspection.path)}{''.join(told)} --timeout 10m"


def _reach(inspection: Inspection) -> ReachView | None:
    fact = next((fact for fact in inspection.facts if fact.name == "memory_horizon"), None)
    if fact is None or fact.value is None or not inspection.reach:
        return None
    unit = (fact.unit or "").removesuffix("s") if fact.value == 1 else fact.unit
    title = f"How far back matters: {words.number(fact.value)} {unit}"
    most = "or more" if fact.high is None else f"to {words.number(fact.high)}"
    title += f" ({words.number(fact.low)} {most})"
    first = inspection.reach[0]
    if first.stride > 1:
        title += f", of which networks read {first.horizon}, each {words.number(first.stride)} apart"
    rows = tuple(
        (
            f"{words.FAMILY_NAMES[row.family]} ({row.architecture})",
            words.number(row.sees),
            "yes" if row.enough else "no",
            row.needs,
        )
        for row in inspection.reach
    )
    return ReachView(title, ("family", "sees", "enough", "what it takes"), rows)


def walked_path(inspection: Inspection) -> tuple[list[str], str]:
    """The questions the walk came through, in order, and the name of the outcome."""
    given: dict[str, bool | None] = {step.question: step.answer for step in inspection.flowchart}
    charted = {str(name): branch for name, branch in FLOWCHART.items()}
    place, walked = str(START), list[str]()
    while place in charted:
        walked.append(place)
        branch, answer = charted[place], given.get(place)
        place = branch.unknown if answer is None else branch.yes if answer else branch.no
    return walked, place


def why(inspection: Inspection) -> str:
    """The structure and the answers that decided, as a clause: "The data are sequential (…)"."""
    walked, _ = walked_path(inspection)
    steps = {step.question: step for step in inspection.flowchart}
    said = [_said(steps[question]) for question in walked if question in steps]
    reasons = f" ({'; '.join(said)})" if said else ""
    kind = inspection.structure.value
    named = {"sequential": kind}.get(kind, STRUCTURE_NAMES[inspection.structure])
    return f"The data are {named}{reasons}, so {words.FAMILY_NAMES[inspection.family]}"


def least_sure(inspection: Inspection) -> Step | None:
    """The decisive step that the advice hangs on most."""
    decisive = [step for step in inspection.flowchart if step.decisive]
    return min(decisive, key=lambda step: step.confidence, default=None)


def _said(step: Step) -> str:
    short = {
        "grid_like": "grid-like",
        "sequential": "sequential",
        "space_and_time": "both space and time",
        "order_matters": "order matters",
        "variable_length": "lengths vary",
    }[step.question]
    return f"{short}: {ANSWERS[step.answer]}"


def _step(number: int, step: Step, walked: list[str], sources: list[str]) -> StepView:
    return StepView(
        number=number,
        question=step.text,
        answer=ANSWERS[step.answer],
        confidence=words.percent(step.confidence),
        on_path=step.question in walked,
        decisive=step.decisive,
        facts=tuple(_fact(evidence, sources) for evidence in step.evidence),
    )


def _turn(turn: Turn) -> str:
    """`locality height is 0.64: below 0.25 this would be called a plain table, and MLP advised`."""
    side = "below" if turn.below else "from"
    needs = [
        f"{need.fact.replace('_', ' ')} is {words.number(need.value)}{_unit(need.unit)}: "
        f"{side} {words.number(need.threshold)}"
        for need in turn.needs
    ]
    ends = STRUCTURE_NAMES[turn.outcome.structure], words.FAMILY_NAMES[turn.outcome.family]
    return f"{', and '.join(needs)} this would be called {ends[0]}, and {ends[1]} advised"


def _unit(unit: str) -> str:
    return "" if unit in ("1", "answer", "") else f" {unit}"


def _fact(evidence: Evidence, sources: list[str]) -> str:
    """`adjacent correlation height 0.93, threshold 0.3 [1]`."""
    text = evidence.fact.replace("_", " ")
    value = evidence.value
    text += ": not measured" if value is None else f" {words.number(value)}{_unit(evidence.unit)}"
    if evidence.threshold is not None:
        text += f", threshold {words.number(evidence.threshold)}"
    if evidence.source:
        if evidence.source not in sources:
            sources.append(evidence.source)
        text += f" [{sources.index(evidence.source) + 1}]"
    return text


def _sentence(inspection: Inspection) -> str:
    target = inspection.target
    to_predict = "nothing to predict was found"
    if target is not None and target.kind == "category":
        column = "" if target.name == "label" else f" of `{target.name}`"
        to_predict = f"each in one of {target.classes} classes{column}"
    elif inspection.task == "generation" or (target is not None and target.kind == "future"):
        to_predict = "to be continued"
    elif target is not None:
        to_predict = f"each with the {target.kind} `{target.name}`"
    return f"{words.samples(inspection)}, {to_predict}"


def _details(inspection: Inspection) -> str:
    parts = [str(inspection.task), str(inspection.format), words.splits(inspection.splits)]
    return " · ".join(part for part in parts if part)
