"""Is inspection right on data of known structure in every disguise, and is it as sure as it is right?

    python benchmarks/stress.py [--seeds 2] [--small]

Writes `benchmarks/results/stress.md` and the plots that `docs/stress.md` shows. The contents and what is done
to them are in `stress_sets.py`. Without the order probe (`--no-probe`), which decides the family and not the
structure. `--small` looks at every twentieth case and writes nothing.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import stress_sets
import svg
from stress_sets import Case

from advisor import workflow
from advisor.errors import AdvisorError

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "stress.md"
PLOTS = {name: CHECKOUT / "docs" / f"stress-{name}.svg" for name in ("noise", "size", "confidence")}
STRUCTURES = ("grid", "sequential", "spatiotemporal", "table")
BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
EVERY = 20

Key = TypeVar("Key")


@dataclass(frozen=True)
class Outcome:
    """What inspection said of a case."""

    case: Case
    said: str
    confidence: float

    @property
    def is_right(self) -> bool:
        return self.said in self.case.right


def inspected(case: Case) -> Outcome:
    """An error counts as an answer that is wrong and sure."""
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder))
        try:
            found = workflow.inspect(Path(folder), probe=False)
        except AdvisorError as error:
            return Outcome(case, type(error).__name__, 1.0)
    return Outcome(case, str(found.structure), found.confidence)


def share_right(outcomes: Sequence[Outcome]) -> float:
    return sum(one.is_right for one in outcomes) / len(outcomes)


def brier(outcomes: Sequence[Outcome]) -> float:
    """Mean squared difference of the stated confidence and being right (1) or wrong (0)."""
    return sum((one.confidence - one.is_right) ** 2 for one in outcomes) / len(outcomes)


def grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], Key]) -> dict[Key, list[Outcome]]:
    found: dict[Key, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        found[key(one)].append(one)
    return dict(found)


def by_level(outcomes: Sequence[Outcome], group: str) -> dict[str, list[tuple[float, float]]]:
    """Per structure the share of right answers at each level of noise or size."""
    among = [one for one in outcomes if one.case.group == group]
    lines = grouped(among, lambda one: one.case.content.structure)
    return {
        structure: sorted(
            (level, share_right(part))
            for level, part in grouped(lines[structure], lambda one: one.case.level or 0.0).items()
        )
        for structure in STRUCTURES
        if structure in lines
    }


def reliability(outcomes: Sequence[Outcome]) -> list[tuple[str, int, float, float]]:
    """Per bin of stated confidence: its limits, cases, mean confidence, share of right answers."""
    rows = []
    for low, high in itertools.pairwise((0.0, *BINS)):
        part = [one for one in outcomes if low < one.confidence <= high]
        if part:
            mean = sum(one.confidence for one in part) / len(part)
            rows.append((f"{low:g} to {high:g}", len(part), mean, share_right(part)))
    return rows


def plots(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The three plots by name."""
    ticks = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    bins = [(mean, right) for _, _, mean, right in reliability(outcomes) if mean >= ticks[0]]
    diagonal = [(tick, tick) for tick in ticks]
    right, said = "share of right answers", "stated confidence"
    return {
        "noise": svg.chart(
            "Right answers against noise", "deviation of the noise, in those of the content", right,
            by_level(outcomes, "noisy"), ticks=stress_sets.NOISES,
        ),
        "size": svg.chart(
            "Right answers against samples", "samples", right, by_level(outcomes, "size"),
            ticks=stress_sets.SIZES,
        ),
        "confidence": svg.chart(
            "Is it as sure as it is right?", said, right,
            {"measured": bins, "as sure as right": diagonal}, ticks=ticks,
        ),
    }  # fmt: skip


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell) for cell in cells)} |" for cells in lines]


def report(outcomes: Sequence[Outcome], seeds: int) -> str:
    """The page of results."""
    groups = grouped(outcomes, lambda one: one.case.group)
    rows = []
    for group, part in groups.items():
        structures = grouped(part, lambda one: one.case.content.structure)
        cells = [_share(structures[name]) if name in structures else "-" for name in STRUCTURES]
        rows.append((group, *cells, _share(part), f"{brier(part):.3f}"))
    wrong = Counter(
        (one.case.group, one.case.content.name, one.case.detail, one.said)
        for one in outcomes
        if not one.is_right
    )
    usual = [one for one in outcomes if one.case.group != "noisy"]
    lines = [
        "# Data of known structure in disguise",
        "",
        f"`python benchmarks/stress.py --seeds {seeds}`: {len(outcomes)} inspections with `--no-probe`; "
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, numpy {version('numpy')}, "
        f"scikit-learn {version('scikit-learn')}. What each is: `benchmarks/stress_sets.py`.",
        "",
        f"Right: {_share(outcomes)}, Brier score of the stated confidence {brier(outcomes):.3f}; without the "
        f"noisy ones {_share(usual)} and {brier(usual):.3f}.",
        "",
        *table(("what is done", *STRUCTURES, "all", "Brier score"), rows),
        "",
        "## Is it as sure as it is right?",
        "",
        *table(
            ("stated confidence", "cases", "mean", "right"),
            (
                (name, count, f"{mean:.2f}", f"{right:.2f}")
                for name, count, mean, right in reliability(outcomes)
            ),
        ),
        "",
        "## Where it is wrong",
        "",
        *table(
            ("what is done", "content", "how", "said", "times"),
            ((*key, count) for key, count in wrong.items()),
        ),
        "",
    ]
    return "\n".join(lines)


def _share(outcomes: Sequence[Outcome]) -> str:
    return f"{sum(one.is_right for one in outcomes)} of {len(outcomes)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2, help="how often everything is made anew")
    parser.add_argument("--small", action="store_true", help="every twentieth case; writes nothing")
    options = parser.parse_args()
    cases: Iterable[Case] = itertools.chain.from_iterable(map(stress_sets.cases, range(options.seeds)))
    if options.small:
        cases = itertools.islice(cases, 0, None, EVERY)
    outcomes = [inspected(case) for case in cases]
    page = report(outcomes, options.seeds)
    print(page)
    if not options.small:
        RESULTS.write_text(page, encoding="utf-8")
        for name, drawing in plots(outcomes).items():
            PLOTS[name].write_text(drawing, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
