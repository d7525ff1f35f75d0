"""Pictures whose names do not say so, `subject01.happy` or `7f3a9c`: known by the first bytes of a few."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers import folders

MAGIC = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png", b"GIF8": ".gif"}
"""How files of pictures begin that nothing else begins with."""

LOOKED_AT = 3  # files of an ending that are opened, all of which must be pictures
LEAST_FILES = 4  # of an ending: fewer are no data
MOST_ENDINGS = 100  # that are looked at; names with a dot in them have a new ending each
MOST_FILES = 100_000  # whose names are looked at


@contextmanager
def told(path: Path, known: Collection[str]) -> Iterator[None]:
    """Meanwhile `folders.suffix` gives files with such an ending, or none, that of the pictures they are.

    Args:
        known: endings that need no look.
    """
    with folders.endings_told(_found(path, known)):
        yield


def _found(path: Path, known: Collection[str]) -> dict[str, str]:
    files: dict[str, list[str]] = defaultdict(list)  # of each ending as many as are needed
    least = 1 if path.is_file() else LEAST_FILES
    try:
        for entry in [path] if path.is_file() else islice(folders.files_below(path), MOST_FILES):
            ending = folders.suffix(entry.name)
            if ending not in known and not folders.is_text_by_name(entry.name) and len(files[ending]) < least:
                files[ending].append(os.fspath(entry))
    except (NoDataError, OSError):  # no such path, or a folder that cannot be listed: said later
        return {}
    enough = ((ending, some) for ending, some in files.items() if len(some) == least)
    found: dict[str, str] = {}
    for ending, some in islice(enough, MOST_ENDINGS):
        forms = {_form(file) for file in some[:LOOKED_AT]}
        if len(forms) == 1 and (form := forms.pop()) is not None:
            found[ending] = form
    return found


def _form(file: str) -> str | None:
    """The ending that a picture should have; None for any other file."""
    try:
        with open(file, "rb") as opened:
            head = opened.read(max(map(len, MAGIC)))
    except OSError:
        return None
    return next((ending for magic, ending in MAGIC.items() if head.startswith(magic)), None)
