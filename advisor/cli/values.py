"""Values of options: choices, durations."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from advisor.errors import UsageError

UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "": 1.0}
MILLISECONDS = {"": 1.0, "ms": 1.0, "s": 1_000.0, "us": 1e-3}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|m|s|)(?:ays?|ours?|in(?:utes?)?|ec(?:onds?)?)?", re.IGNORECASE)


def choice(option: str, value: str, allowed: Iterable[str]) -> str:
    """The value, if it is allowed; raises UsageError with the nearest one that is."""
    names = [str(name) for name in allowed]
    if value.lower() in names:
        return value.lower()
    raise UsageError(f"`{option} {value}`: must be one of {', '.join(names)}{nearest(value, names)}")


def nearest(value: str, names: Iterable[str]) -> str:
    """`: did you mean …?` for the name that looks most like the value; empty where none does."""
    found = difflib.get_close_matches(value.lower(), list(names), n=1, cutoff=0.5)
    return f": did you mean `{found[0]}`?" if found else ""


def duration(option: str, text: str) -> float:
    """Seconds in `90`, `90s`, `10m`, `1h30m` or `1.5h`.

    Raises:
        UsageError: anything else, and zero.
    """
    compact = text.replace(" ", "")
    parts = list(DURATION.finditer(compact))
    units = [part[2].lower() for part in parts]
    whole = bool(parts) and "".join(part[0] for part in parts) == compact
    plain = "" in units and len(parts) > 1  # `1h30` could mean minutes or seconds
    total = sum(float(part[1]) * UNITS[unit] for part, unit in zip(parts, units, strict=True))
    if not whole or plain or total <= 0 or len(set(units)) < len(units):
        raise UsageError(f"`{option} {text}`: must be a time above zero such as 90s, 10m or 1h30m")
    return total


def milliseconds(option: str, text: str) -> float:
    """Milliseconds in `5`, `5ms`, `0.5s` or `500us`.

    Raises:
        UsageError: anything else, and zero.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|us|s|)", text.replace(" ", "").lower())
    if found is None or float(found[1]) == 0:
        raise UsageError(f"`{option} {text}`: must be a time above zero such as 5ms, 0.5s or 500us")
    return float(found[1]) * MILLISECONDS[found[2]]


def size(option: str, text: str) -> int:
    """Bytes in `500MB`, `4GB`, `2GiB` or `4000000000`.

    Raises:
        UsageError: anything else, and zero.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgt]?)(i?)(b?)", text.replace(" ", "").lower())
    if found is None or (found[3] and not found[2]) or float(found[1]) == 0:
        raise UsageError(f"`{option} {text}`: must be a size above zero such as 500MB, 4GB or 2GiB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** ("", "k", "m", "g", "t").index(found[2]))
