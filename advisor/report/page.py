"""`advisor inspect --html`: one self-contained page; nothing is fetched, no script runs in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from advisor.decide.flowchart import FLOWCHART, OUTCOMES, START
from advisor.records import Evidence, Fact, Inspection, Step
from advisor.report import view, words
from advisor.report.printable import printable
from advisor.report.samples import Shown

TEMPLATE = "page.html.jinja"
SCALE = 2.0  # a bar reaches from zero to so many times the threshold


@dataclass(frozen=True)
class Box:
    """A question or an outcome in the drawn flowchart: `x`, `y` in pixels, of its upper left corner."""

    x: int
    y: int
    title: str
    note: str
    lit: bool
    is_outcome: bool


@dataclass(frozen=True)
class Arrow:
    """From a box to another, with the answer that leads there."""

    start: tuple[int, int]
    end: tuple[int, int]
    answer: str
    lit: bool


@dataclass(frozen=True)
class Drawing:
    """The flowchart as boxes and arrows on a sheet of `width` x `height` pixels."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


@dataclass(frozen=True)
class Bar:
    """A piece of evidence; `value` and `threshold` are shares of the bar's length, None where not numbers."""

    text: str
    value: float | None
    threshold: float | None


WIDTH, HEIGHT, GAP, ACROSS = 250, 64, 34, 330  # of a box, and between boxes down and across


def render(inspection: Inspection, samples: Sequence[Shown]) -> str:
    """The page as HTML."""
    from jinja2 import Environment, StrictUndefined, select_autoescape

    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=lambda value: printable(value, keep="\n\t") if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string((files("advisor.report") / TEMPLATE).read_text(encoding="utf-8"))
    shown = view.inspection_view(inspection)
    return template.render(
        inspection=inspection,
        shown=shown,
        drawing=draw(inspection),
        bars={step.text: [_bar(evidence) for evidence in step.evidence] for step in inspection.flowchart},
        samples=samples,
        facts=[_fact(fact) for fact in inspection.facts],
        box=(WIDTH, HEIGHT),
    )


def draw(inspection: Inspection) -> Drawing:
    """Questions one below the other; the outcomes they lead to at their right."""
    walked, outcome = view.walked_path(inspection)
    steps: dict[str, Step] = {step.question: step for step in inspection.flowchart}
    charted = {str(name): branch for name, branch in FLOWCHART.items()}
    order = [str(START)]
    for place in order:  # grows while it is read
        leads = (charted[place].yes, charted[place].no)
        order += [lead for lead in leads if lead in charted and lead not in order]
    boxes, arrows = list[Box](), list[Arrow]()
    for row, place in enumerate(order):
        y = row * (HEIGHT + GAP)
        step = steps.get(place)
        answer = view.ANSWERS[step.answer] if step else ""
        sure = f"{answer}, {words.percent(step.confidence)} sure" if step else ""
        boxes.append(Box(0, y, step.text if step else place, sure, place in walked, False))
        ends = {"yes": charted[place].yes, "no": charted[place].no}
        outcomes = [(said, lead) for said, lead in ends.items() if lead in OUTCOMES]
        for column, (said, lead) in enumerate(outcomes):
            lit = place in walked and lead == outcome and (answer == said or answer not in ends)
            x = ACROSS + column * ACROSS
            named = OUTCOMES[lead]
            boxes.append(Box(x, y, words.FAMILY_NAMES[named.family], named.structure.value, lit, True))
            start = (WIDTH, y + HEIGHT // 2) if column == 0 else (ACROSS + WIDTH, y + HEIGHT // 2)
            arrows.append(Arrow(start, (x, y + HEIGHT // 2), said, lit))
        for said, lead in ends.items():
            if lead in charted:
                lit = place in walked and lead in walked
                arrows.append(Arrow((WIDTH // 2, y + HEIGHT), (WIDTH // 2, y + HEIGHT + GAP), said, lit))
    width = max(box.x for box in boxes) + WIDTH
    return Drawing(tuple(boxes), tuple(arrows), width, len(order) * (HEIGHT + GAP) - GAP)


def _bar(evidence: Evidence) -> Bar:
    """The value against its threshold, on a scale from 0 to SCALE thresholds or to the value."""
    text = evidence.fact.replace("_", " ")
    value, limit = evidence.value, evidence.threshold
    if value is None:
        return Bar(f"{text}: not measured", None, None)
    unit = "" if evidence.unit in ("1", "answer", "") else f" {evidence.unit}"
    said = view.ANSWERS[value] if isinstance(value, bool) else words.number(value)
    text += f" {said}{unit}"
    if isinstance(value, bool | str) or limit is None or limit <= 0:
        return Bar(text, None, None)
    longest = max(SCALE * limit, value)
    return Bar(f"{text}, limit {words.number(limit)}", max(0.0, value / longest), limit / longest)


def _fact(fact: Fact) -> tuple[str, str, str, str]:
    """Name, value with its interval, samples, and how it was measured."""
    unit = "" if fact.unit in ("1", "") else f" {fact.unit}"
    value = "-" if fact.value is None else f"{words.number(fact.value)}{unit}"
    if fact.low is not None and fact.high is not None:
        value += f" [{words.number(fact.low)}, {words.number(fact.high)}]"
    return fact.name.replace("_", " "), value, f"{fact.samples:,}", fact.how
