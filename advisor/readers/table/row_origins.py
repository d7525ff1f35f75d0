"""What the rows of a table come from, and when: columns that are no features, but say how to split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UsageError
from advisor.readers.labelling import group_columns
from advisor.readers.labelling.group_columns import NONE
from advisor.readers.source import Source
from advisor.readers.table import row_times
from advisor.readers.table.cells import Kind
from advisor.readers.table.table_rows import Rows, find_column


def with_origins(
    source: Source, rows: Rows, kinds: Sequence[Kind], time: int | None, group: str | None, *, timed: bool
) -> Source:
    """The source with the group and the time of each row, where columns say them and rows are samples.

    The column of groups is an identifier from then on: an unknown subject's number tells nothing.

    Args:
        time: the column that the user names.
        group: the same; NONE where there are no groups.
        timed: whether to look for a time at all.

    Raises:
        UsageError: `group` is no column, or that to be predicted.
    """
    if source.labels is None or tuple(source.ids) != rows.ids:
        return source
    target = source.spec.target.name if source.spec.target else None
    free = [i for i, name in enumerate(rows.header) if name != target and kinds[i] not in ("time", "text")]
    who = None
    if group is not None and group != NONE:
        who = _named(rows, group, target)
    elif group is None:
        who = group_columns.find(rows.header, rows.column, free, source.labels)
    if who is not None:
        source = replace(source, groups=who[1], group_name=rows.header[who[0]])
        source = _without_feature(source, rows.header[who[0]])
    when = row_times.moments_of(rows, kinds, time) if timed else None
    if when is None or when[0] == target:
        return source
    return replace(source, moments=when[1], moment_name=when[0])


def _named(rows: Rows, name: str, target: str | None) -> tuple[int, NDArray[np.str_]]:
    position = find_column(rows, name, option="--group")
    if name == target:
        raise UsageError(f"`--group {name}` is the column to be predicted: name another one, or none")
    return position, group_columns.as_groups(rows.column(position))


def _without_feature(source: Source, name: str) -> Source:
    first, *others = source.spec.inputs
    if first.axis("feature") is None:
        return source
    columns = tuple(
        column.model_copy(update={"kind": "identifier"}) if column.name == name else column
        for column in first.columns
    )
    inputs = (first.model_copy(update={"columns": columns}), *others)
    return replace(source, spec=source.spec.model_copy(update={"inputs": inputs}))
