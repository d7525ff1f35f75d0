"""The Source of tables whose samples are series, whatever shape the table has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.errors import UnreadableSampleError
from advisor.readers.labels import split_counts
from advisor.readers.source import Skipped, Source
from advisor.readers.table.table_rows import Rows
from advisor.records import Axis, Column, DatasetSpec, InputSpec, TargetSpec

FORMAT = "table-series"

MANY_SERIES = TargetSpec(
    name="all", kind="future", confidence=0.9, reason="series without labels are continued"
)

Series = NDArray[np.float32]


def series_source(
    rows: Rows,
    *,
    ids: Sequence[str],
    read: Callable[[int], Series],
    lengths: Sequence[int],
    channels: Sequence[str],
    target: TargetSpec | None,
    labels: NDArray[np.generic] | None = None,
    parts: NDArray[np.str_] | None = None,
    spacing: float | None = None,
    skipped: Sequence[Skipped] = (),
) -> Source:
    """Samples float32 (time, channel); a sample without a single value is unreadable."""
    sizes = {length for length in lengths if length}
    axes = (
        Axis(
            name="time",
            size=sizes.pop() if len(sizes) == 1 else None,
            spacing=spacing,
            unit=None if spacing is None else "s",
        ),
        Axis(name="channel", size=len(channels)),
    )
    columns = tuple(Column(name=name, kind="number") for name in channels)

    def read_one(index: int) -> Series:
        series = read(index)
        if not len(series):
            raise UnreadableSampleError(f"{rows.path}, {ids[index]}: has no value: leave the row out")
        return series

    return Source(
        spec=DatasetSpec(
            path=str(rows.path),
            format=FORMAT,
            samples=len(ids),
            inputs=(InputSpec(name="series", dtype="float32", axes=axes, columns=columns),),
            target=target,
            splits=split_counts(parts, labels),
        ),
        ids=ids,
        read=read_one,
        labels=labels,
        parts=parts,
        skipped=(*rows.skipped, *skipped),
    )


def column_names(header: Sequence[str], used: Sequence[int], why: str) -> list[Skipped]:
    """The columns that are not used, and why."""
    taken = set(used)
    return [Skipped(f"column {name}", why) for i, name in enumerate(header) if i not in taken]


def unlabelled(source: Source) -> Source:
    """The same series without labels."""
    spec = source.spec.model_copy(update={"target": None, "splits": split_counts(None, None)})
    return replace(source, spec=spec, labels=None, parts=None)
