"""Running text that goes on being written: one long file, or several, each read in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from advisor.readers.labels import parts_array
from advisor.readers.source import Skipped, Source
from advisor.readers.text.letters import LETTER
from advisor.readers.text.text_files import pieces, read_text
from advisor.readers.text.text_source import text_source
from advisor.readers.text.text_survey import MOST_FLAT, TextFile, reads_as_text
from advisor.records import Axis

FORMAT = "running-text"
LEAST_BYTES = 2_000  # of all files together; less is a note and no text to learn from


def match(files: Sequence[TextFile]) -> list[TextFile]:
    """Files of words without lists; none where they are too short together. Of many some are opened."""
    texts = [file for file in files if not file.is_list]
    opened = texts[:: max(1, len(texts) // MOST_FLAT)]
    bad = {file.path for file in opened if not file.lines or not reads_as_text(file.lines)}
    if len(bad) > len(opened) / 2:
        return []
    texts = [file for file in texts if file.path not in bad and file.size]
    return texts if sum(file.size for file in texts) >= LEAST_BYTES else []


def read(path: Path, files: Sequence[TextFile], skipped: Sequence[Skipped]) -> Source:
    """Each sample a whole file; `read_pieces` reads parts of it. There is no target: the text is continued.

    Tokens are letters: how long its windows are is for the one who trains to choose.
    """
    given = parts_array([file.part for file in files])
    return text_source(
        path,
        FORMAT,
        ["/".join((*file.places, file.name)) for file in files],
        lambda i: read_text(files[i].path),
        Axis(name="token", unit=LETTER),
        None,
        parts=given,
        skipped=skipped,
        read_pieces=lambda i, count, size: pieces(files[i].path, count, size),
    )
