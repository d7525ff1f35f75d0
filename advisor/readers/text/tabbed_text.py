"""Text files with columns between tabs and no suffix that says so: labelled texts, or sentence pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers.source import Skipped, Source
from advisor.readers.table import delimited, text_table
from advisor.readers.table.table_rows import Rows, rows_of
from advisor.readers.text.letters import is_by_letter
from advisor.readers.text.text_files import read_bytes
from advisor.readers.text.text_survey import TextFile

LEAST_LINES = 10
SEPARATORS = ("\t", ",", ";")
EVEN = 0.9  # as `delimited.CONSISTENT`


def match(files: Sequence[TextFile]) -> list[TextFile]:
    """Files whose lines have the same number of cells, among them texts and what is to be predicted.

    Commas and semicolons stand in running text too: there one column must be strings of letters.
    """
    texts = [file for file in files if not file.is_list]
    for separator in SEPARATORS:
        fitting = [file for file in texts if _is_table(file, separator)]
        if fitting:
            width = _width(fitting[0].lines, separator)
            return [file for file in fitting if _width(file.lines, separator) == width]
    return []


def read(path: Path, files: Sequence[TextFile], skipped: Sequence[Skipped], target: str | None) -> Source:
    """As the texts of a table; see `text_table.build`."""
    tables = [(file.part, delimited.parse(file.path, read_bytes(file.path))) for file in files]
    rows = rows_of(path, tables, skipped)
    source = text_table.build(rows, rows.kinds(), target)
    if source is None:
        raise NoDataError(
            f"{path}: has no column of text and one to predict: give a sentence and its label per row"
        )
    return source


def _is_table(file: TextFile, separator: str) -> bool:
    width = _width(file.lines, separator)
    if width < 2:
        return False
    lines = [line for line in file.lines[1:] if line.count(separator) == width - 1]
    cells = tuple(tuple(cell.strip() for cell in line.split(separator)) for line in lines)
    header = tuple(f"column{i}" for i in range(width))
    rows = Rows(file.path, header, False, cells, (), ("",) * len(cells), separator, ())
    source = text_table.build(rows, rows.kinds(), None)
    if source is None or source.spec.target is None:
        return False
    letters = is_by_letter(source.spec.input.axis("token"))
    target = source.spec.target
    return (separator == "\t" or letters) and (target.kind != "category" or (target.classes or 0) > 1)


def _width(lines: Sequence[str], separator: str) -> int:
    """Cells per line, where nearly all lines have as many; else 0."""
    known = [line for line in lines if line.strip()]
    if len(known) < LEAST_LINES:
        return 0
    width, count = Counter(line.count(separator) + 1 for line in known).most_common(1)[0]
    return width if count >= EVEN * len(known) else 0
