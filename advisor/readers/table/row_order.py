"""Whether rows without any time may be steps of one series all the same: each is like the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.readers.source import Source
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import Rows
from advisor.readers.table.target_guess import LIKELY, UNSURE
from advisor.records import Finding

ALIKE, HALF_ALIKE = 0.4, 0.3
"""Least correlation of the target, and of half of the columns, with the row before.
Of public tables without a time, a name of a target or words, half of those above are series."""
LEAST_ROWS = 20


def following(column: NDArray[np.float64]) -> float:
    """Correlation of each row with the one before."""
    known = np.nan_to_num(column - np.nanmean(column)) if np.isfinite(column).any() else column * 0
    power = float((known**2).sum())
    return float((known[1:] * known[:-1]).sum()) / power if power > 0 else 0.0


def counts_rows(rows: Rows, position: int) -> bool:
    """Whether a column is a running number."""
    numbers = rows.numbers(position)
    return numbers is not None and len(numbers) > 2 and bool((np.diff(numbers) == 1).all())


def doubted(source: Source, rows: Rows, kinds: Sequence[Kind]) -> Source:
    """A table of numbers whose target is guessed, less sure where its rows may be steps in time: unless they
    are sorted by a column, which makes them alike too."""
    goal = source.spec.target
    if goal is None or goal.kind != "number" or goal.confidence >= LIKELY or any(rows.parts):
        return source
    numeric = [i for i, kind in enumerate(kinds) if kind == "number" and not counts_rows(rows, i)]
    others = any(kind not in ("number", "identifier") for kind in kinds)
    if others or len(rows.rows) < LEAST_ROWS or goal.name not in rows.header or len(numeric) < 2:
        return source
    columns = [column for i in numeric if (column := rows.numbers(i)) is not None]
    target = rows.numbers(rows.header.index(goal.name))
    alike = 0.0 if target is None else following(target)
    if alike < ALIKE or float(np.median([following(column) for column in columns])) < HALF_ALIKE:
        return source
    if any((np.diff(column) >= 0).all() or (np.diff(column) <= 0).all() for column in columns):
        return source
    reason = f"{goal.reason}; but the rows may be steps in time, to be continued"
    spec = source.spec.model_copy(
        update={
            "target": goal.model_copy(update={"confidence": min(UNSURE, goal.confidence), "reason": reason})
        }
    )
    question = Finding(
        check="row_order",
        severity="warning",
        count=len(rows.rows),
        text=f"are the rows steps in time? Each is like the one before ({goal.name}: {alike:.2f})",
        remedy="if so, name the column that counts or dates them with `--time`; if not, say `--time none`",
    )
    return replace(source, spec=spec, notes=(*source.notes, question))
