"""How times go on: in months and years where they have come in these, else in the last step's width."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise


def later(stamps: Sequence[str], count: int) -> Iterator[str]:
    """The next `count` times after these, of which there are at least two."""
    known = [datetime.fromisoformat(str(stamp)) for stamp in stamps[-3:]]
    before, last = known[-2:]
    months = _months(known)
    for i in range(1, count + 1):
        yield (_on(known, i * months) if months else last + (last - before) * i).isoformat()


def _months(known: Sequence[datetime]) -> int:
    """The months from each of these to the next, where they fall on one day of the month; else 0."""
    numbers = [12 * one.year + one.month for one in known]
    steps = {b - a for a, b in pairwise(numbers)}
    on_one_day = len({one.day for one in known}) == 1 or all(map(_is_month_end, known))
    is_calendar = len(steps) == 1 and on_one_day and len({one.time() for one in known}) == 1
    return max(0, steps.pop()) if is_calendar else 0


def _is_month_end(one: datetime) -> bool:
    return one.day == monthrange(one.year, one.month)[1]


def _on(known: Sequence[datetime], months: int) -> datetime:
    """So many months after the last; a day that the month has not becomes its last one."""
    last = known[-1]
    year, month = divmod(12 * last.year + last.month - 1 + months, 12)
    end = monthrange(year, month + 1)[1]
    day = end if all(map(_is_month_end, known)) else min(last.day, end)
    return last.replace(year=year, month=month + 1, day=day)
