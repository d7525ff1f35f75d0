"""Runs → tables: a list of them, and several side by side. Pure, like `view`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from advisor.records import RunSummary
from advisor.report import words
from advisor.report.result_tables import Table


def listing(runs: Sequence[RunSummary], place: str) -> Table:
    """One row per run, the newest first."""
    rows = tuple(
        (
            Path(one.run).name,
            _when(one),
            Path(one.path).name if one.path else "-",
            _model(one),
            f"{one.metric or ''} {_score(one)}".strip(),
            "-" if one.gap_to_baseline is None else words.gap(one.gap_to_baseline),
            one.status,
            _seconds(one),
        )
        for one in runs
    )
    note = (
        "Score on the test part, and its lead over the best simple baseline. `advisor runs RUN RUN` "
        "compares; `advisor report RUN` shows one."
    )
    columns = ("run", "started", "data", "winner", "score", "over baseline", "status", "time")
    return Table(f"Runs in {place}", columns, rows, note)


def comparison(runs: Sequence[RunSummary]) -> Table:
    """One column per run."""
    lines: list[tuple[str, ...]] = []
    for name, cell in ROWS:
        cells = tuple(cell(one) for one in runs)
        if any(one != "-" for one in cells):
            lines.append((name, *cells))
    return Table(
        "Runs side by side", ("", *(Path(one.run).name for one in runs)), tuple(lines), _comparable(runs)
    )


def _comparable(runs: Sequence[RunSummary]) -> str:
    """What keeps scores from being compared, where something does."""
    if len({one.metric for one in runs if one.metric}) > 1:
        return "Their metrics differ, so their scores cannot be compared."
    if len({one.data for one in runs if one.data}) > 1:
        return "Their data differ, so their scores say little about which run did better."
    if len({one.test.samples for one in runs if one.test}) > 1:
        return "Their test parts differ in size."
    better = (
        "" if runs[0].greater_is_better is None else "greater" if runs[0].greater_is_better else "smaller"
    )
    return f"The same data; {better} is better." if better else ""


def _when(one: RunSummary) -> str:
    return one.started[:16].replace("T", " ")


def _model(one: RunSummary) -> str:
    if one.family is None:
        return "-"
    return f"{words.FAMILY_NAMES[one.family]} ({one.architecture})"


def _score(one: RunSummary) -> str:
    found = one.test or one.validation
    return words.number(None if found is None else found.value)


def _seconds(one: RunSummary) -> str:
    return "-" if one.seconds is None else words.seconds(one.seconds)


def _baseline(one: RunSummary) -> str:
    if one.gap_to_baseline is None:
        return "-"
    return f"{words.gap(one.gap_to_baseline)} over {one.baseline}"


ROWS = (
    ("started", _when),
    ("status", lambda one: one.status),
    ("data", lambda one: one.path or "-"),
    ("task", lambda one: one.task or "-"),
    ("predicted", lambda one: words.FAMILY_NAMES[one.predicted] if one.predicted else "-"),
    ("verdict", lambda one: one.verdict or "-"),
    ("winner", _model),
    ("metric", lambda one: one.metric or "-"),
    ("validation", lambda one: words.score(one.validation)),
    ("test", lambda one: words.score(one.test)),
    ("over baseline", _baseline),
    ("parameters", lambda one: words.number(one.parameters)),
    ("time per sample", lambda one: "-" if one.latency_ms is None else f"{words.number(one.latency_ms)} ms"),
    ("trials", lambda one: words.number(one.trials)),
    ("time", _seconds),
    ("seed", lambda one: words.number(one.seed)),
    ("fault", lambda one: one.fault or "-"),
)
