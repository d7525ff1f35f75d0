"""`.tsf` files of the Monash archive: one series a line behind what is known about it, to be continued.

Source of the format: Godahewa et al., Monash Time Series Forecasting Archive, https://forecastingdata.org
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, NoDataError, UnreadableSampleError, UnsafeDataError
from advisor.readers import folders
from advisor.readers.labels import split_counts
from advisor.readers.series.table_series import MANY_SERIES
from advisor.readers.source import Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec

FORMAT = "tsf"
SUFFIX = ".tsf"
MAX_BYTES = 2 * 2**30  # of one file, which is held as text
SECONDS = {
    "secondly": 1.0, "minutely": 60.0, "half_hourly": 1800.0, "hourly": 3600.0, "daily": 86_400.0,
    "weekly": 604_800.0, "monthly": 2_629_746.0, "quarterly": 7_889_238.0, "yearly": 31_556_952.0,
}  # fmt: skip
"""The step that `@frequency` names; `4_seconds` and `10_minutes` are counted."""

UNITS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}


@dataclass(frozen=True)
class Lines:
    """The series of one file as texts, their names, and the step between values."""

    path: Path
    names: tuple[str, ...]
    values: tuple[str, ...]
    spacing: float | None


def sniff(path: Path) -> int:
    """How many `.tsf` files there are; 0 is not this form."""
    return len(_files(path))


def read(path: Path, *, target: str | None = None) -> Source:
    """Series as float32 (time, 1); `?` becomes NaN. Of several files the first is read.

    Raises:
        DataError: no series behind `@data`.
    """
    return _source(path, labelled=True)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """The series alone."""
    return _source(path, labelled=False)


def _source(path: Path, *, labelled: bool) -> Source:
    files = _files(path)
    if not files:
        raise NoDataError(f"{path}: holds no {SUFFIX} file")
    found = _parse(files[0])
    lengths = {line.count(",") + 1 for line in found.values}
    axes = (
        Axis(
            name="time",
            size=lengths.pop() if len(lengths) == 1 else None,
            spacing=found.spacing,
            unit=None if found.spacing is None else "s",
        ),
        Axis(name="channel", size=1),
    )
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=FORMAT,
            samples=len(found.values),
            inputs=(InputSpec(name="series", dtype="float32", axes=axes),),
            target=MANY_SERIES if labelled else None,
            splits=split_counts(None, None),
        ),
        ids=[f"{found.path.stem}/{name}" for name in found.names],
        read=lambda i: _series(found, i),
        skipped=tuple(Skipped(file.name, "another set of series") for file in files[1:]),
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if folders.suffix(path.name) == SUFFIX else []
    return folders.nearest(path, lambda name: folders.suffix(name) == SUFFIX, {SUFFIX})


def _parse(path: Path) -> Lines:
    if path.stat().st_size > MAX_BYTES:
        raise UnsafeDataError(f"{path}: is larger than the limit of {MAX_BYTES:,} bytes: split it")
    attributes, spacing, behind = 0, None, False
    names: list[str] = []
    values: list[str] = []
    for line in path.read_text("utf-8-sig", "replace").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if behind:
            *known, series = text.split(":", attributes)
            names.append(known[0] if known else str(len(names)))
            values.append(series)
            continue
        key, *rest = text.split()
        attributes += key.lower() == "@attribute"
        spacing = _seconds(rest[0]) if key.lower() == "@frequency" and rest else spacing
        behind = key.lower() == "@data"
    if not values:
        raise DataError(f"{path}: no series follow `@data`: fetch the file again")
    return Lines(path, tuple(names), tuple(values), spacing)


def _seconds(frequency: str) -> float | None:
    count, _, unit = frequency.lower().partition("_")
    return float(count) * UNITS[unit] if count.isdigit() and unit in UNITS else SECONDS.get(frequency.lower())


def _series(lines: Lines, index: int) -> NDArray[np.float32]:
    cells = lines.values[index].replace("?", "nan").split(",")
    try:
        return np.array(cells, dtype=np.float32)[:, None]
    except ValueError as error:
        raise UnreadableSampleError(
            f"{lines.path}, series {lines.names[index]!r}: {error}: mend the line"
        ) from error
