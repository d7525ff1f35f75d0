"""Times of the steps of a series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np


def spacing_of(stamps: Sequence[str]) -> float | None:
    """The usual step in seconds of times in ISO 8601."""
    times = [datetime.fromisoformat(stamp) for stamp in stamps]
    seconds = np.array([(time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() for time in times])
    return float(np.median(np.abs(np.diff(seconds)))) if len(seconds) > 1 else None
