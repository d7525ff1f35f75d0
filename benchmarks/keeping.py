"""The files that a benchmark leaves: read when it goes on, written whole after every run."""

from __future__ import annotations

import json
from pathlib import Path

from target_table import Row


def begun(file: Path, **about: str) -> Row:
    """What an earlier run of the benchmark kept, or nothing yet; with the machine and versions of now."""
    found: Row = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"runs": []}
    return found | about


def write(file: Path, content: str | Row) -> None:
    """Text, or an object as JSON; the file is whole or as it was."""
    text = content if isinstance(content, str) else json.dumps(content, indent=1) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
