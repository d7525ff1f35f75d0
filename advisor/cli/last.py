"""What was inspected last, for `advisor search` without PATH."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from advisor.errors import UsageError


def remember(path: Path, options: dict[str, str | None]) -> None:
    """Keeps the path and the options that say what the data are; a home that cannot be written is no harm."""
    place = _place()
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"path": str(path.resolve()), **options}), encoding="utf-8")


def recall() -> tuple[Path, dict[str, str]]:
    """The path and the options of the last `advisor inspect`.

    Raises:
        UsageError: nothing was inspected yet, or it is no longer there.
    """
    try:
        found = json.loads(_place().read_text(encoding="utf-8"))
        path = Path(found.pop("path"))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise UsageError("`advisor search` needs PATH: nothing was inspected yet") from error
    if not path.exists():
        raise UsageError(f"`advisor search` needs PATH: {path}, which was inspected last, is no longer there")
    return path, {name: value for name, value in found.items() if isinstance(value, str)}


def cache() -> Path:
    """The folder of what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "advisor"


def _place() -> Path:
    return cache() / "last_inspected.json"
