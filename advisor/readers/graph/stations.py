"""Stations as one table each: many files with the same columns, each a series over time, to be forecast."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import DataError, NoDataError
from advisor.readers import part_names
from advisor.readers.graph import graph_files, graph_relations, graph_tables, grids, station_tables
from advisor.readers.graph.graph_relations import Places
from advisor.readers.graph.graph_series import series_source
from advisor.readers.graph.grids import Head
from advisor.readers.source import Skipped, Source

FORMAT = "station-files"
LEAST_STATIONS = 3
MOST_FILES, MOST_COMPARED = 100_000, 3_000
LONGEST_LINE = 65_536  # bytes of a header
HEADERS = 12  # files whose first rows are compared
ALIKE = 0.8  # share of those with the commonest columns
SIDE_TABLES = 8  # tables beside the stations: their places, a list of what was measured
MOST_STATIONS, MAX_BYTES = 300, 256 * 2**20  # read, in about three seconds; the first ones
LABEL_NAMES = frozenset(
    {"label", "labels", "class", "classes", "target", "category", "action", "activity", "gesture", "y"}
)
"""Columns of a table that names the files and calls them classes."""

DATES = re.compile(r"\d{4,}")
SUFFIXES = grids.SUFFIXES - {".txt", ".dat"}


@dataclass(frozen=True)
class Stations:
    """Files by station, in order, and where the stations lie."""

    files: dict[str, list[Path]]
    places: Places | None
    skipped: tuple[Skipped, ...]


def sniff(path: Path) -> int:
    """How many tables there are, most of them stations; 0 is not this form."""
    if not path.is_dir():
        return 0
    tables = _tables(path)
    return len(tables) if _stations(path, tables) is not None else 0


def read(path: Path, *, target: str | None = None) -> Source:
    """One sample (time, node, channel) float32 of all stations at the times that any of them has.

    `graph` holds how near the stations are to each other, where a table of places or columns of latitude and
    longitude say it. NaN stands for what is missing. Stations beyond the limits are left out and named.

    Raises:
        NoDataError: no tables with the same columns, one of them of times.
    """
    found = _stations(path, _tables(path)) if path.is_dir() else None
    if found is None:
        raise NoDataError(
            f"{path}: holds no tables with the same columns and a column of times: give stations"
        )
    skipped, size = list(found.skipped), 0
    loaded: dict[str, station_tables.Series] = {}
    for name, files in found.files.items():
        if len(loaded) < MOST_STATIONS:
            size += sum(file.stat().st_size for file in files)
        if size > MAX_BYTES or len(loaded) >= MOST_STATIONS:
            skipped.append(Skipped(name, f"beyond the first {MOST_STATIONS} stations or {MAX_BYTES:,} bytes"))
            continue
        try:
            loaded[name] = station_tables.load(files)
        except DataError as error:
            skipped.append(Skipped(name, str(error)))
    values, times = station_tables.side_by_side(list(loaded.values()), path)
    names = tuple(loaded)
    places = found.places or station_tables.own_places(names, list(loaded.values()))
    weights = None if places is None else graph_relations.weights(places, names, len(names))
    if weights is None and places is not None:  # a list of places has no `PRSA_Data_` before each name
        weights = graph_relations.weights(places, _own_words(names), len(names))
    return series_source(path, FORMAT, values, times, weights, target, skipped)


def _tables(path: Path) -> list[Path]:
    return graph_files.files_of(path, SUFFIXES, MOST_FILES)


def _stations(path: Path, tables: list[Path]) -> Stations | None:
    """The files of the commonest columns as stations; None where they are parts, classes or samples."""
    if len(tables) < LEAST_STATIONS:
        return None
    step = max(1, len(tables) // HEADERS)
    heads = [head for file in tables[::step] if (head := grids.head(file)) is not None]
    ways = Counter((head.header, head.width) for head in heads)
    if not heads or ways.most_common(1)[0][1] < ALIKE * (len(heads) - SIDE_TABLES * (step == 1)):
        return None
    (header, width), count = ways.most_common(1)[0]
    first = next(head for head in heads if (head.header, head.width) == (header, width))
    if count < LEAST_STATIONS or not _has_times(first):
        return None
    files, others = _alike(tables, first)
    names = _names(path, files)
    if names is None or len(set(names)) < LEAST_STATIONS:
        return None
    side = [head for file in others[:SIDE_TABLES] if (head := grids.head(file)) is not None]
    if any(_names_classes(head, set(names)) for head in side):
        return None
    places = [found for head in side if isinstance(found := graph_tables.relation(head), Places)]
    stations: dict[str, list[Path]] = {}
    for name, file in zip(names, files, strict=True):
        stations.setdefault(name, []).append(file)
    skipped = tuple(Skipped(os.path.relpath(file, path), "not a station") for file in others)
    return Stations(stations, places[0] if places else None, skipped)


def _alike(tables: Sequence[Path], first: Head) -> tuple[list[Path], list[Path]]:
    """Those whose first line is that of the first, and the rest; beyond MOST_COMPARED none is looked into."""
    line = _first_line(first.path)
    same = [place >= MOST_COMPARED or _first_line(file) == line for place, file in enumerate(tables)]
    alike = [file for file, found in zip(tables, same, strict=True) if found]
    return alike, [file for file, found in zip(tables, same, strict=True) if not found]


def _first_line(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.readline(LONGEST_LINE).strip()


def _has_times(head: Head) -> bool:
    return head.header is not None and station_tables.times_of_head(head) is not None


def _names(path: Path, files: Sequence[Path]) -> list[str] | None:
    """A name for each file: its own, that of its folder, or what is left of both without years.

    None for tables that are parts, and where the names say classes: some words, each with several numbers.
    """
    stems = [file.stem for file in files]
    if any(part_names.part_of(stem) for stem in stems):
        return None
    if len({file.parent for file in files}) > 1:
        if len({file.parent for file in files}) < len(files):
            return None
        stems = [file.parent.name for file in files]
    words = Counter(re.sub(r"[\W_]*\d+[\W_]*", "", stem) for stem in stems)
    if len(words) > 1 and min(words.values()) > 1:
        dated = all(DATES.search(stem) for stem in stems)
        return [re.sub(r"[\W_]*\d{4,}[\W_]*", "", stem) for stem in stems] if dated else None
    return stems


def _own_words(names: Sequence[str]) -> list[str]:
    """Names without the words that all have in common."""
    words = [re.split(r"[\W_]+", name) for name in names]
    shared = set.intersection(*map(set, words))
    return ["_".join(word for word in own if word not in shared) for own in words]


def _names_classes(head: Head, names: set[str]) -> bool:
    """Whether a table gives the files labels."""
    listed = {Path(cell).stem for row in head.rows for cell in row} & names
    return bool(listed) and any(name.strip().lower() in LABEL_NAMES for name in head.header or ())
