"""One series a file: in class folders (`walking/001.csv`), or with the label in a table or in the name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import AdvisorError, DataError, NoDataError, UnreadableSampleError
from advisor.readers import folders, part_names, sample_folders
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.labelling import label_files, name_labels, sample_files
from advisor.readers.sample_folders import Found
from advisor.readers.series import measures
from advisor.readers.series.flat_series import LEAST_FLAT, MOST_ROWS, SUFFIXES, listed, with_tables
from advisor.readers.series.series_table import FOLLOWING
from advisor.readers.source import Source
from advisor.readers.table import cells, table_files
from advisor.readers.table.delimited import Table
from advisor.readers.table.long_layout import STEP_NAME
from advisor.readers.table.row_order import following
from advisor.readers.table.row_times import seconds_of
from advisor.readers.table.table_files import TableFile
from advisor.readers.table.table_rows import SURE_NAMES
from advisor.records import Axis, Column, InputSpec

FORMAT = "series-folder"
WHAT = "series"
HEADERS = 24  # files that are read to tell columns and lengths
TRIED = 3  # files that are read to tell whether they are series at all
LEAST_STEPS = 5  # rows of a series; a table with fewer is something else
LEAST_FILES = 2  # in most class folders; one file in each folder is one table per part or per class
COMMON = 0.8  # of the files looked at must have a column; the others cannot be read
LYING = 4  # times as many columns as rows, without names: each row is a channel
YEAR = re.compile(r"(19|20)\d\d$")
DAY, FEW_FILES = 86_400.0, 20  # seconds of dates in a file, and files in a folder (see `_goes_on_for_days`)
RECORDING = 3_600.0  # seconds: dates that end within an hour are those of one thing that was recorded


@dataclass(frozen=True)
class Form:
    """Which columns of each file are channels, by name or by place, and whether its rows are channels."""

    names: tuple[str, ...]
    named: bool
    lying: bool


def sniff(path: Path) -> int:
    """How many files of one series each there are, with labels (up to a limit); 0 is not this form."""
    if not path.is_dir() or not folders.has_any(path, SUFFIXES | {".gz"}):
        return 0
    return _in_class_folders(path) or _lying_flat(path)


def _in_class_folders(path: Path) -> int:
    classes: Counter[str] = Counter()
    first: dict[str, Path] = {}
    for name, file in _in_classes(path):
        classes[name] += 1
        first.setdefault(name, file)
        if classes.total() >= folders.SNIFF_ENOUGH:
            break
    several = sum(count >= LEAST_FILES for count in classes.values())
    years = all(YEAR.match(name) for name in classes)
    roles = {name.lower() for name in classes} <= sample_folders.ROLES
    if len(classes) < 2 or several <= len(classes) / 2 or years or roles:
        return 0
    if _lists_classes(path):
        return 0
    if classes.total() < FEW_FILES * len(classes) and all(
        map(_goes_on_for_days, list(first.values())[:TRIED])
    ):
        return 0
    return classes.total() if all(map(_is_series, list(first.values())[:TRIED])) else 0


def read(path: Path, *, target: str | None = None) -> Source:
    """Series as float32 (time, channel); a channel for each column of numbers but the time.

    Classes are folders, else a column of a table that names the files, else a piece of the file names.

    Raises:
        NoDataError: no series.
        DataError: the files have no column of numbers in common.
    """
    if not _in_class_folders(path):
        return _flat(path, target)
    suffixes = Counter(folders.suffix(file.name) for _, file in _in_classes(path))
    if not suffixes:
        raise NoDataError(f"{path}: holds no {WHAT} in class folders: put each class in a folder of its own")
    commonest = suffixes.most_common(1)[0][0]  # a README.txt beside .csv files is none of them
    inner = _within(path, commonest)
    found = sample_folders.class_folders(inner, {commonest}, WHAT)
    source = _source(path, found, labelled=True, target=target)
    return source if target is not None else measures.doubted(source, found, _load)


def _flat(path: Path, target: str | None) -> Source:
    suffix, tables = with_tables(listed(path))
    labelled = sample_files.labelled(path, {suffix}, WHAT, target, tables=tables)
    name = labelled.target.name if labelled.target else None
    source = _source(path, labelled.found, labelled=labelled.target is not None, target=name)
    return sample_files.attach(source, labelled)


def _lists_classes(path: Path) -> bool:
    """Whether a table of labels lies among the series of a folder and names them: that folder is no class."""
    suffix, tables = with_tables(seen := listed(path, 2 * folders.SNIFF_ENOUGH))
    files = [file for file in seen if folders.suffix(file.name) == suffix and file not in tables]
    around = {file.parent for file in files}
    labels = [
        file for file in tables if file.parent in around - {path} and table_files.is_called_labels(file.stem)
    ]
    names, beside = (folders.relative(path, some) for some in (files, labels))
    return bool(labels) and label_files.find(path, names, beside, most_rows=MOST_ROWS) is not None


def _goes_on_for_days(path: Path) -> bool:
    """Whether a file has dates that lie days apart: a stock, a station or a server, and no recording of one
    thing that happened. A few of these in each folder are sorted by what they are of, and are to be forecast.
    """
    try:
        table = _load(path)
    except AdvisorError:
        return False
    return _longest_span(table) > DAY


def _longest_span(table: Table) -> float:
    """Seconds that the dates of a table go on for; 0 without dates."""
    spans = (_span(table, i) for i, kind in enumerate(_kinds(table)) if kind == "time")
    return max(spans, default=0.0)


def _span(table: Table, place: int) -> float:
    """Seconds from the first date of a column to the last."""
    times = cells.as_times([cell for cell in table.column(place) if not cells.is_missing(cell)])
    if not times:
        return 0.0
    seconds = seconds_of(times)
    return float(seconds.max() - seconds.min())


def _lying_flat(path: Path) -> int:
    """How many series lie side by side, where a table or their names tell of them. Series over dates are
    things to be forecast, unless a table calls them by classes; a recording may have times of day all the
    same."""
    seen = listed(path, 2 * folders.SNIFF_ENOUGH)
    suffix, tables = with_tables(seen)
    files = [file for file in seen if folders.suffix(file.name) == suffix and file not in tables]
    if len(files) < LEAST_FLAT or not all(map(_is_series, files[:TRIED])):
        return 0
    names, beside = (folders.relative(path, list(some)) for some in (files, tables))
    if tables and label_files.find(path, names, beside, most_rows=MOST_ROWS):
        return len(files) + len(tables)
    dated = any(_longest_span(_load(file)) > RECORDING for file in files[:TRIED])
    told = name_labels.from_names([file.stem for file in files]) is not None
    return len(files) if not dated and (told or _go_on(files)) else 0


def _go_on(files: list[Path]) -> bool:
    """Whether numbered files hold a series each and are no pieces of one table: each row is like the last."""
    if len({re.sub(r"\d+", "#", file.stem) for file in files}) > 1:
        return False
    found = []
    for file in files[:TRIED]:
        table = _load(file)
        columns = [cells.as_numbers(table.column(table.header.index(name))) for name in _channels(table)]
        found += [following(column) for column in columns if column is not None]
    return bool(found) and float(np.median(found)) >= FOLLOWING


def _kinds(table: Table) -> list[cells.Kind]:
    return [cells.kind_of(name, table.column(i), table.delimiter) for i, name in enumerate(table.header)]


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A file, or all files below a folder, without labels."""
    return _source(path, sample_folders.flat_files(path, SUFFIXES, WHAT), labelled=False, target=None)


def decode(path: Path, form: Form) -> NDArray[np.float32]:
    """float32 [time, channel]; NaN where missing; raises UnreadableSampleError."""
    try:
        table = _load(path)
    except AdvisorError as error:
        raise UnreadableSampleError(str(error)) from error
    if form.lying:
        columns = [cells.as_numbers(row) for row in table.rows]
    else:
        places = [_place(table, i, name, form.named) for i, name in enumerate(form.names)]
        if any(place is None for place in places):
            raise UnreadableSampleError(
                f"{path}: has the columns {', '.join(table.header[:6])} and not {', '.join(form.names[:6])}"
            )
        columns = [cells.as_numbers(table.column(place or 0), table.delimiter) for place in places]
    good = [column for column in columns if column is not None]
    if len(good) < len(form.names) or len({len(column) for column in good}) != 1:
        raise UnreadableSampleError(f"{path}: a column holds more than numbers: mend the file")
    return np.stack(good[: len(form.names)], axis=1).astype(np.float32)


def _source(path: Path, found: Found, *, labelled: bool, target: str | None) -> Source:
    damaged: dict[int, str] = {}
    tables: dict[int, Table] = {}
    for i in header_sample(found, HEADERS):
        try:
            tables[i] = _load(found.files[i])
        except AdvisorError as error:
            damaged[i] = str(error).removeprefix(f"{found.files[i]}: ")
    if not tables:
        raise NoDataError(f"{path}: none of the files looked at can be read: {next(iter(damaged.values()))}")
    form = _form(path, list(tables.values()))
    lengths = {len(table.header) if form.lying else len(table.rows) for table in tables.values()}
    axes = (
        Axis(name="time", size=lengths.pop() if len(lengths) == 1 else None),
        Axis(name="channel", size=len(form.names)),
    )
    columns = tuple(Column(name=name, kind="number") for name in form.names)
    return from_files(
        path,
        found,
        damaged,
        form=FORMAT,
        input_spec=InputSpec(name="series", dtype="float32", axes=axes, columns=columns),
        labelled=labelled,
        target=target,
        decode=lambda file: decode(file, form),
    )


def _within(path: Path, suffix: str) -> Path:
    """The folder in folders that hold nothing but it, and perhaps a few words about the data."""
    while True:
        inner = [entry for entry in folders.visible(path) if entry.is_dir()]
        files = [entry.name for entry in folders.visible(path) if entry.is_file()]
        told = all(Path(name).stem.lower() in table_files.NOT_DATA for name in files if name.endswith(suffix))
        if len(inner) != 1 or not told or part_names.part_of(inner[0].name):
            return path
        if not any(entry.is_dir() for entry in folders.visible(Path(inner[0].path))):
            return path
        path = Path(inner[0].path)


def _in_classes(path: Path) -> list[tuple[str, Path]]:
    """(class, file) of the tables in folders, as far as counting goes; folders of parts are seen through."""
    found: list[tuple[str, Path]] = []
    for entry in folders.files_below(path):
        if table_files.table_suffix(entry.name) not in SUFFIXES:
            continue
        file = Path(entry.path)
        above = file.relative_to(path).parts[:-1]
        form = folders.suffix(entry.name).removeprefix(".")  # `Walking/csv/1.csv`
        names = [name for name in above if part_names.part_of(name) is None and name.lower() != form]
        if names:
            found.append((names[-1], file))
        if len(found) >= folders.SNIFF_ENOUGH:
            break
    return found


def _is_series(path: Path) -> bool:
    """Whether a file holds rows of numbers, told by its beginning."""
    file = TableFile(path)
    if file.suffix == ".json" and not table_files.holds_rows(file):
        return False
    try:
        _form(path, [_load(path)])
    except AdvisorError:
        return False
    return True


def _load(path: Path) -> Table:
    return table_files.load(TableFile(path))[0][1]


def _form(path: Path, tables: list[Table]) -> Form:
    """The channels that all these files have, and how they lie."""
    named = all(table.named for table in tables)
    widths, heights = [len(table.header) for table in tables], [len(table.rows) for table in tables]
    if not named and np.median(widths) >= LYING * np.median(heights):
        count = min(heights)
        return Form(tuple(f"channel{i}" for i in range(count)), False, True)
    if np.median(heights) < LEAST_STEPS:
        raise DataError(f"{path}: its files have fewer than {LEAST_STEPS} rows: give a series in each")
    numeric = [_channels(table) for table in tables]
    counts = Counter(name for names in numeric for name in names)
    common = [name for name, count in counts.items() if count >= COMMON * len(tables)]
    if not common:
        raise DataError(f"{path}: its files have no column of numbers in common: give them the same columns")
    return Form(tuple(common), named, False)


def _channels(table: Table) -> list[str]:
    """Columns of numbers but times, numberings of the rows and labels."""
    found = []
    for i, name in enumerate(table.header):
        column = table.column(i)
        kind = cells.kind_of(name, column, table.delimiter)
        if kind not in ("number", "identifier") or name.strip().lower() in SURE_NAMES:
            continue
        numbers = cells.as_numbers(column, table.delimiter)
        if numbers is None or (len(table.header) > 1 and _is_clock(name, numbers, i)):
            continue
        found.append(name)
    return found


def _is_clock(name: str, numbers: NDArray[np.float64], place: int) -> bool:
    """A time or a numbering: it grows in every step, and is called so or counts."""
    steps = np.diff(numbers)
    if not len(steps) or not (steps > 0).all():
        return False
    counts = place == 0 and bool(np.isclose(steps, steps[0]).all())
    return counts or bool(STEP_NAME.match(name.strip()))


def _place(table: Table, place: int, name: str, named: bool) -> int | None:
    if named:
        return table.header.index(name) if name in table.header else None
    position = int(name.removeprefix("column")) if name.startswith("column") else place
    return position if position < len(table.header) else None
