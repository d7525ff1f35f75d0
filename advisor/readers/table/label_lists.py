"""Names of the columns that are labels, of which several may hold together, in a list beside the table.

Source of the format: https://mulan.sourceforge.net/format.html (an ARFF file, and an XML file of its labels)
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from advisor.readers import folders
from advisor.readers.table.table_rows import Rows

SUFFIX = ".xml"
LABEL = re.compile(r"<label\s+name\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
MAX_BYTES = 2**20  # of a list: thousands of names
MOST_LISTS = 8  # files that are looked into
LEAST_LABELS = 2
VALUES = frozenset({"0", "1"})


def find(rows: Rows) -> tuple[str, list[int]] | None:
    """The name of a list, and the columns of 0 and 1 that it names; None where there is none."""
    folder = rows.path if rows.path.is_dir() else rows.path.parent
    places = {name: i for i, name in enumerate(rows.header)}
    for file in _lists(folder) if rows.named else []:
        text = file.read_text("utf-8-sig", "replace")
        names = [html.unescape(double or single) for double, single in LABEL.findall(text)]
        found = [places[name] for name in names if name in places]
        if len(found) < LEAST_LABELS or len(found) < len(names) or len(set(found)) == len(places):
            continue
        if all({row[i].strip() for row in rows.rows} <= VALUES for i in found):
            return file.name, found
    return None


def _lists(folder: Path) -> list[Path]:
    entries = [entry for entry in folders.visible(folder) if folders.suffix(entry.name) == SUFFIX]
    files = [entry for entry in entries if entry.is_file() and entry.stat().st_size <= MAX_BYTES]
    return [Path(entry.path) for entry in files[:MOST_LISTS]]
