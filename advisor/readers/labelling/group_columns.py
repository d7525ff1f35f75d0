"""Columns that say who or what a sample comes from: `subject`, `patient_id`, `session_no`, `Device ID`.

A column is one by its name and by its cells: several samples of each of several values, none of which holds
most of them. A name that may as well be that of a measured quantity (`session`, `device`) counts only where
the cells are codes, or the name says that they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.readers.table import cells

NONE = "none"
"""As the name of a column: there is none."""
LEAST_SHARE = 0.9  # of the samples must say it; fewer are a word that happens to look alike
LEAST_GROUPS = 5  # fewer cannot be shared out among training, validation and test
LEAST_SIZE = 2.0  # samples per group, on average; fewer make the group a number of the sample
LARGEST = 0.5  # share of the samples in one group; with more there is little besides it to learn from

PEOPLE = frozenset(
    {"subject", "subj", "patient", "participant", "person", "individual", "user", "speaker", "spk", "actor",
     "signer", "writer", "driver", "volunteer", "subjectid", "patientid", "userid", "speakerid", "personid",
     "participantid"}
)  # fmt: skip
THINGS = frozenset(
    {"client", "customer", "student", "author", "donor", "animal", "mouse", "session", "recording", "record",
     "rec", "video", "clip", "movie", "film", "device", "site", "hospital", "clinic", "scanner", "machine",
     "household", "house", "family", "station", "sensor", "plot", "farm", "batch", "plate", "specimen",
     "slide", "biopsy", "case", "trial", "experiment", "run", "document", "doc", "article", "thread",
     "conversation", "dialogue", "dialog", "book", "song", "track", "scene", "sequence", "episode", "group",
     "id", "pid", "uid", "sid", "ptid", "mrn", "sessionid", "deviceid", "recordingid", "clientid",
     "customerid", "videoid", "groupid"}
)  # fmt: skip
CODES = frozenset({"id", "ids", "no", "nr", "num", "number", "name", "code", "key", "uuid", "uid", "index"})
LOOSE = frozenset({"name", "index"})  # `station_name` may hold kinds, and `run_index` counts
COUNTS = frozenset(
    {"n", "num", "number", "no", "total", "count", "max", "min", "mean", "avg", "is", "has", "per"}
)
MOST_WORDS = 2  # of a name, besides those that say it is a code: `source_speaker`, and no longer sentence


def find(
    header: Sequence[str],
    column: Callable[[int], Sequence[str]],
    positions: Iterable[int],
    labels: NDArray[np.generic] | None,
) -> tuple[int, NDArray[np.str_]] | None:
    """The column that says what a sample comes from, people before things and few groups before many, and
    the group of each sample [sample]; None where there is none.

    A column that says the same as the labels is none: there who it is is to be told.
    """
    found = []
    for position in positions:
        rank = _rank(header[position])
        groups = None if rank is None else measured(header[position], column(position))
        if groups is not None and not are_the_classes(groups, labels):
            found.append((rank, len(set(groups.tolist())), position, groups))
    if not found:
        return None
    _, _, position, groups = min(found, key=lambda item: item[:3])
    return position, groups


def without_people(
    header: Sequence[str], column: Callable[[int], Sequence[str]], positions: Sequence[int]
) -> list[int]:
    """The positions but those of columns that say who it is, which nobody wants to have predicted where
    there is something else; all of them where there is not."""
    others = [i for i in positions if _rank(header[i]) != 0 or measured(header[i], column(i)) is None]
    return others or list(positions)


def measured(name: str, column: Sequence[str]) -> NDArray[np.str_] | None:
    """[sample] groups where the cells of a column that is called so are groups; an empty one is alone."""
    counts = Counter(cell.strip() for cell in column)
    for cell in [cell for cell in counts if cells.is_missing(cell)]:
        del counts[cell]
    known = counts.total()
    if known < LEAST_SHARE * len(column) or not LEAST_GROUPS <= len(counts) <= known / LEAST_SIZE:
        return None
    if max(counts.values()) > LARGEST * known or not _are_codes(name, list(counts)):
        return None
    return as_groups(column)


def as_groups(column: Sequence[str]) -> NDArray[np.str_]:
    """[sample] the cells as groups; an empty one is a group alone."""
    named = np.array([cell.strip() for cell in column])
    missing = [cell for cell in np.unique(named).tolist() if cells.is_missing(cell)]
    alone = np.array([f"row {i}" for i in range(len(named))]) if missing else named
    return np.where(np.isin(named, missing), alone, named)


def are_the_classes(groups: NDArray[np.str_], labels: NDArray[np.generic] | None) -> bool:
    """Whether who it is is what is to be told: every group has its own class."""
    if labels is None or labels.dtype.kind == "f":
        return False
    pairs = set(zip(groups.tolist(), map(str, labels.tolist()), strict=True))
    return len(pairs) == len(set(groups.tolist())) == len({label for _, label in pairs})


def _rank(name: str) -> int | None:
    """0 for people, 1 for things, None for other names."""
    words, is_code = _words(name)
    *others, last = words or [""]
    if len(others) >= MOST_WORDS or COUNTS & set(others):
        return None
    if {last, last.removesuffix("s")} & PEOPLE:
        return 0
    alone = is_code or not others  # `age_group` holds no groups
    return 1 if alone and {last, last.removesuffix("s")} & THINGS else None


def _words(name: str) -> tuple[list[str], bool]:
    """The words of a name without those at its end that say it is a code, and whether there were any."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("#", " no ")
    words = re.findall(r"[a-z]+", spaced.lower())
    kept = list(words)
    while len(kept) > 1 and kept[-1] in CODES:
        kept.pop()
    if not words or words[-1] in LOOSE:
        return kept, False
    return kept, len(kept) < len(words) or words[-1].endswith("id")


def _are_codes(name: str, values: Sequence[str]) -> bool:
    """Whether the values only tell one from another: whole numbers or words, and not quantities or kinds."""
    words, is_code = _words(name)
    numbers = cells.as_numbers(values)
    if numbers is not None:
        whole = bool((numbers == np.round(numbers)).all())
        plural = words[-1].endswith("s") and not is_code  # `users` counts them
        return whole and not plural and (is_code or _rank(name) == 0)
    digits = sum(any(letter.isdigit() for letter in value) for value in values)
    return is_code or _rank(name) == 0 or digits >= LEAST_SHARE * len(values)
