"""The names of frames: which numbers count them, which times they carry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from advisor.readers import folders
from advisor.readers.pictures import images
from advisor.readers.sample_folders import ROLES

SUFFIXES = images.SUFFIXES | {".gif", ".pbm", ".pnm"}
PACKED = ".gz"
MOST_TEMPLATES = 4  # parallel pictures of one moment: colour, depth, left, right
MOST_LAYERS = 64  # the same, where each kind is there for the same dates: bands and indices of a satellite
COMMON = 0.9  # share of names that must be written alike; the rest are strays
EVEN_SHARE = 0.9  # share of steps that are whole multiples of the usual one: frames may be missing
EVEN_WITHIN = 0.12  # of the usual step: months have 28 to 31 days
EPOCH = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

_DATE = r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<gap>[-_./]?)(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?:(?P=gap)(?P<day>0[1-9]|[12]\d|3[01])"
_CLOCK = (
    r"(?:[-_./ ]{0,3}[Tt]?(?P<hour>[01]\d|2[0-3])"
    r"(?:[-_:.hH]?(?P<minute>[0-5]\d)(?:[-_:.mM]?(?P<second>[0-5]\d))?)?(?!\d))?)?"
)
CALENDAR = re.compile(_DATE + _DAY + _CLOCK + r"(?!\d)")
DAY_OF_YEAR = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?:doy)?(?P<day>[0-3]\d\d)"
    r"(?:[-_.T]?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?\d?)?(?!\d)"
)
SECONDS = re.compile(r"(?<!\d)(1\d{9})(\d{9}|\d{6}|\d{3})?(?!\d)")
"""Seconds since 1970, or thousandths, millionths, billionths of them."""

SLICES = re.compile(r"(?:^|[^a-z])(?:slice|slc|axial|coronal|sagittal|dicom|ct|mri?|z)[-_ ]*\d", re.I)
"""Names of the slices of a volume, which follow each other in space and not in time."""


@dataclass(frozen=True)
class Numbering:
    """What the names of frames say.

    Attributes:
        order: places of the frames among the names, in their order.
        times: of each frame in that order; None where only a counter tells them apart.
        even: whether times or counters run in equal steps, but for missing frames.
        spacing: the usual step in seconds; None without times.
    """

    order: tuple[int, ...]
    times: tuple[datetime, ...] | None
    even: bool
    spacing: float | None


def stem(name: str) -> str | None:
    """The name of a picture without `.png` or `.pgm.gz`; None for any other file."""
    if folders.suffix(name) == PACKED:
        name = name[: -len(PACKED)]
    return folders.stem(name) if folders.suffix(name) in SUFFIXES else None


def are_slices(names: Sequence[str]) -> bool:
    """Whether most of the names say that the pictures are slices of a volume."""
    return 2 * sum(SLICES.search(name) is not None for name in names) > len(names)


def numbering(names: Sequence[str]) -> Numbering | None:
    """How pictures with those names (paths with `/` below one folder) are numbered; None when they are not.

    Times are looked for in the file's name, then in the whole path. Without times, one number of the
    name must differ in every file. A few names that are written otherwise are left out; of pictures that
    lie side by side (`color_001`, `depth_001`) the first kind is taken.
    """
    return numbering_of([stem(name) or "" for name in names])


def numbering_of(paths: Sequence[str]) -> Numbering | None:
    """The same for paths without their suffix."""
    chosen = _written_alike(paths)
    if len(chosen) < 2:
        return None
    stems = [paths[i] for i in chosen]
    for texts in ([text.rpartition("/")[2] for text in stems], stems):
        for parse in (_calendar, _day_of_year, _epoch):
            times = _all_parsed(texts, parse)
            if times is not None:
                return _by_time(chosen, times)
    counts = _counter([text.rpartition("/")[2] for text in stems])
    if counts is None:
        return None
    order = np.argsort(counts, kind="stable")
    return Numbering(tuple(chosen[i] for i in order), None, _is_even(np.sort(counts)), None)


def _written_alike(stems: Sequence[str]) -> list[int]:
    """Places of the names of the commonest way of writing, digits aside; none where there are many ways."""
    if layered := _layered(stems):
        return layered
    ways = [re.sub(r"\d+", "0", text.rpartition("/")[2]) for text in stems]
    common = Counter(ways).most_common(MOST_TEMPLATES + 1)
    if not common:
        return []
    if 1 < len(common) <= MOST_TEMPLATES and _flagged([way for way, _ in common], stems):
        return list(range(len(stems)))
    most = common[0][1]
    parallel = [way for way, count in common if count >= COMMON * most]
    covered = sum(count for way, count in common if way in parallel)
    if len(parallel) > MOST_TEMPLATES or covered < COMMON * len(stems):
        return []
    wanted = min(parallel)
    return [i for i, way in enumerate(ways) if way == wanted]


def _layered(stems: Sequence[str]) -> list[int] | None:
    """Places of the first of several kinds of pictures that are there for the same dates; None where nearly
    all are of one kind, or of kinds with other dates."""
    kinds: dict[str, dict[datetime | None, int]] = {}
    for place, text in enumerate(stems):
        base = text.rpartition("/")[2]
        kinds.setdefault(_without_date(base), {})[_calendar(base)] = place
        if len(kinds) > MOST_LAYERS:
            return None
    dates = max(kinds.values(), key=len, default={}).keys()
    same = [way for way in sorted(kinds) if kinds[way].keys() == dates]
    covered = len(same) * len(dates)
    if len(same) < 2 or len(dates) < 2 or None in dates or covered < COMMON * len(stems):
        return None
    return sorted(kinds[same[0]].values())


def _without_date(name: str) -> str:
    return CALENDAR.sub("0", name, count=1)


def layers(names: Sequence[str], numbering: Numbering) -> list[tuple[int, ...]]:
    """Places of the pictures of each other kind (`B03_2019-05-01.tif` beside `B02_2019-05-01.tif`) with a
    date for every frame and no other, in the order of the frames. None of masks, and of other suffixes: these
    are rendered from the frames.
    """
    if numbering.times is None:
        return []
    suffix = folders.suffix(names[numbering.order[0]])
    kinds: dict[str, dict[datetime | None, int]] = {}
    for place, name in enumerate(names):
        base = name.rpartition("/")[2]
        if folders.suffix(base) == suffix and not ROLES & set(re.split(r"[^a-z]+", base.lower())):
            kinds.setdefault(_without_date(base), {})[_calendar(base)] = place
    times, taken = set(numbering.times), set(numbering.order)
    found = [kinds[way] for way in sorted(kinds) if kinds[way].keys() == times]
    return [
        tuple(kind[time] for time in numbering.times) for kind in found if taken.isdisjoint(kind.values())
    ]


def _flagged(ways: Sequence[str], stems: Sequence[str]) -> bool:
    """Whether ways of writing differ in one letter, a flag of the frame, and all names in their number."""
    if len({way.count("0") for way in ways}) > 1:  # a number is no flag
        return False
    if len(set(map(len, ways))) > 1 or sum(len(set(letters)) > 1 for letters in zip(*ways, strict=True)) > 1:
        return False
    return _counter([text.rpartition("/")[2] for text in stems]) is not None


def _all_parsed(texts: Sequence[str], parse: Callable[[str], datetime | None]) -> list[datetime] | None:
    times: list[datetime] = []
    for text in texts:
        time = parse(text)
        if time is None:
            return None
        times.append(time)
    return times if len(set(times)) == len(times) else None


def _calendar(text: str) -> datetime | None:
    found = CALENDAR.search(text)
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict().items() if value and name != "gap"}
    try:
        return datetime(**{"day": 1, **parts}, tzinfo=UTC)
    except ValueError:  # the 31st of June
        return None


def _day_of_year(text: str) -> datetime | None:
    found = DAY_OF_YEAR.search(text)
    if found is None or not 1 <= int(found["day"]) <= 366:
        return None
    clock = {name: int(found[name[:-1]] or 0) for name in ("hours", "minutes", "seconds")}
    return datetime(int(found["year"]), 1, 1, tzinfo=UTC) + timedelta(days=int(found["day"]) - 1, **clock)


def _epoch(text: str) -> datetime | None:
    found = SECONDS.search(text)
    if found is None:
        return None
    digits = found[2] or ""
    time = datetime.fromtimestamp(int(found[1]), UTC) + timedelta(
        seconds=int(digits or 0) / 10 ** len(digits)
    )
    return time if EPOCH[0] < time < EPOCH[1] else None


def _by_time(chosen: list[int], times: list[datetime]) -> Numbering:
    order = sorted(range(len(times)), key=times.__getitem__)
    seconds = np.array([times[i].timestamp() for i in order])
    return Numbering(
        tuple(chosen[i] for i in order),
        tuple(times[i] for i in order),
        _is_even(seconds),
        float(np.median(np.diff(seconds))),
    )


def _counter(stems: Sequence[str]) -> list[int] | None:
    """The first number of the names that varies, where it differs in every name."""
    for column in zip(*(re.findall(r"\d+", text) for text in stems), strict=True):
        if len(set(column)) > 1:
            counts = [int(digits) for digits in column]
            return counts if len(set(counts)) == len(counts) else None
    return None


def _is_even(places: np.typing.NDArray[np.generic] | Sequence[int]) -> bool:
    steps = np.diff(np.asarray(places, dtype=np.float64))
    usual = float(np.median(steps))
    if usual <= 0:
        return False
    multiples = steps / usual
    near = np.abs(multiples - np.round(multiples)) <= EVEN_WITHIN
    return bool((near & (multiples > 0.5)).mean() >= EVEN_SHARE)
