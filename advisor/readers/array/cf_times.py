"""Times of a field as they lie in files: numbers since a date, dates as texts or as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from advisor.readers.array.field_names import SINCE
from advisor.readers.array.stored import Stored

SECONDS = {
    "second": 1.0, "sec": 1.0, "s": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0, "h": 3600.0,
    "hr": 3600.0,
    "day": 86400.0, "d": 86400.0, "week": 604800.0, "month": 2629800.0, "year": 31557600.0, "yr": 31557600.0,
    "millisecond": 1e-3, "msec": 1e-3, "ms": 1e-3, "microsecond": 1e-6, "nanosecond": 1e-9,
}  # fmt: skip
"""A month and a year are the mean ones of the Julian calendar, as in UDUNITS."""

STANDARD = frozenset({"", "standard", "gregorian", "proleptic_gregorian"})
MOST_STAMPS = 500_000  # texts of times that are kept
EPOCH = datetime(1970, 1, 1)
LONG_AGO = 1e7  # seconds: larger numbers count from 1970, smaller ones may count steps


def seconds(one: Stored, steps: int) -> NDArray[np.float64] | None:
    """[time] seconds since 1970, or since another beginning where the file names none; None where its
    values are no times."""
    if one.shape != (steps,) or one.nbytes > 2**28:
        return None
    values = one.whole()
    if values.dtype.kind in "SU":
        return _of_texts([_text(value) for value in values.tolist()])
    if values.dtype.kind not in "biuf":
        return None
    found = SINCE.match(str(one.attributes.get("units", "")))
    if found:
        origin = _origin(found.group(2))
        begin = (origin - EPOCH).total_seconds() if origin and _is_usual(one) else 0.0
        return values.astype(np.float64) * _unit(found.group(1)) + begin
    if _are_dates(values):
        return _of_texts([str(int(value)) for value in values.tolist()])
    return values.astype(np.float64) * (1e-9 if _is_nanoseconds(values) else 1.0)


def stamps(one: Stored, times: NDArray[np.float64]) -> list[str] | None:
    """ISO 8601 texts of `seconds`; None without an origin, or where the calendar is not the usual one."""
    found = SINCE.match(str(one.attributes.get("units", "")))
    known = _origin(found.group(2)) is not None if found else bool(len(times)) and abs(times[0]) > LONG_AGO
    if not known or not _is_usual(one) or len(times) > MOST_STAMPS or not np.isfinite(times).all():
        return None
    try:
        return [(EPOCH + timedelta(seconds=value)).isoformat() for value in times.tolist()]
    except (OverflowError, ValueError):
        return None


def step_of(times: NDArray[np.float64] | None, one: Stored | None) -> tuple[float | None, str | None]:
    """Median step, and "s" where the file says what a step is."""
    if times is None or one is None or len(times) < 2:
        return None, None
    said = SINCE.match(str(one.attributes.get("units", ""))) or np.abs(times).max() > LONG_AGO
    return float(np.median(np.diff(times))), "s" if said else None


def _is_usual(one: Stored) -> bool:
    return str(one.attributes.get("calendar", "")).lower() in STANDARD


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _unit(name: str) -> float:
    plain = name.lower()
    return SECONDS.get(plain) or SECONDS.get(plain.rstrip("s")) or 1.0


def _is_nanoseconds(values: NDArray[np.generic]) -> bool:
    return bool(len(values)) and float(np.abs(values.astype(np.float64)).max()) > 1e16


def _are_dates(values: NDArray[np.generic]) -> bool:
    """20010131, 200101 or 2001013100, all of them."""
    if values.dtype.kind not in "iuf" or not len(values):
        return False
    first = str(int(values[0])) if np.isfinite(float(values[0])) else ""
    return len(first) in (6, 8, 10) and first[:2] in ("18", "19", "20") and _date(first) is not None


def _of_texts(texts: Sequence[str]) -> NDArray[np.float64] | None:
    found = [_date(text) for text in texts]
    if any(time is None for time in found):
        return None
    return np.array([(time - EPOCH).total_seconds() for time in found if time is not None])


def _date(text: str) -> datetime | None:
    plain = text.strip().replace("_", " ")
    try:
        return datetime.fromisoformat(plain).replace(tzinfo=None)
    except ValueError:
        pass
    if not re.fullmatch(r"[0-9]{6,14}", plain):
        return None
    rest = [int(plain[at : at + 2]) for at in range(6, len(plain) - 1, 2)]
    parts = [int(plain[:4]), int(plain[4:6]), *(rest or [1])]
    try:
        return datetime(*parts)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None


def _origin(text: str) -> datetime | None:
    plain = re.sub(r"\s*(UTC|GMT|Z)$", "", text.strip())
    found = re.match(r"^(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{1,2}))?(?::(\d{1,2}))?)?", plain)
    if not found:
        return None
    numbers = [int(part) for part in found.groups() if part]
    try:
        return datetime(*numbers) if numbers[0] else None  # type: ignore[arg-type]
    except ValueError:
        return None
