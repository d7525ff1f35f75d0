"""What decided each inspection, and how far from the limit; writes `benchmarks/results/inspection.md`.

    ADVISOR_DATA=FOLDER python benchmarks/inspection.py

One row per folder in ADVISOR_DATA and per bundled sample: the advice, its confidence, the decisive question
that is the least sure, and the measured value nearest to a limit beyond which the advice would be another.
"""

from __future__ import annotations

import os
import sys
import time
from importlib.metadata import version
from pathlib import Path

from advisor import workflow
from advisor.decide.turning import turns
from advisor.errors import AdvisorError
from advisor.records import Inspection
from advisor.report import view

CHECKOUT = Path(__file__).parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results" / "inspection.md"
HEAD = ("set", "form", "advice", "task", "confidence", "least sure question", "nearest limit", "seconds")


def row(path: Path) -> tuple[str, ...]:
    """The cells of one data set."""
    start = time.perf_counter()
    try:
        found = workflow.inspect(path)
    except AdvisorError as error:
        return (path.name, "-", f"error: {str(error).replace(str(path), path.name)[:80]}", *["-"] * 5)
    seconds = time.perf_counter() - start
    step = view.least_sure(found)
    return (
        path.name,
        found.format,
        f"{found.structure}, {found.family}",
        str(found.task),
        f"{found.confidence:.2f}",
        "-" if step is None else f"{step.question}: {view.ANSWERS[step.answer]}",
        nearest_limit(found),
        f"{seconds:.1f}",
    )


def nearest_limit(inspection: Inspection) -> str:
    """`locality_width 0.28, limit 0.25 (0.11 of it)`."""
    nearest = next(iter(turns(inspection)), None)
    if nearest is None:
        return "the form says it"
    needs = " and ".join(
        f"{need.fact} {need.value:.2f}, limit {need.threshold:.2f}" for need in nearest.needs
    )
    return f"{needs} ({nearest.margin:.2f} of it)"


def main() -> int:
    data = os.environ.get("ADVISOR_DATA")
    if not data:
        print("ADVISOR_DATA must name the folder of the data sets", file=sys.stderr)
        return 2
    bundled = sorted(path for path in (CHECKOUT / "datasets").iterdir() if path.is_dir())
    others = sorted(path for path in Path(data).iterdir() if path.is_dir())
    rows = [row(path) for path in (*bundled, *others)]
    lines = [
        "# What decided each inspection",
        "",
        f"Written by `benchmarks/inspection.py`; {os.cpu_count()} cores, Python {sys.version.split()[0]}, "
        f"torch {version('torch')}. Limits and their sources are in `advisor/decide/thresholds.py`.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in (HEAD, ["---"] * len(HEAD), *rows)),
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
