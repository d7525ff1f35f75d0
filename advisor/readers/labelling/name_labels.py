"""Labels told from flat file names: which piece of `0_george_3.wav` or `cat.12.jpg` is the class.

A name is cut at everything that is neither a letter nor a digit, and a word with a number glued to it
(`dog12`) between the two. Of the pieces, one numbers the files, some are the same in all names, some tell
who or what a file comes from; the class is the first of what is left. That is a guess, and says so: the
pieces are called `name1`, `name2`, …, and `target` chooses another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from advisor.errors import UsageError
from advisor.readers.labelling.name_pieces import CLASS_KEYS, COUNTER_KEYS, Piece, Role, ways_to_cut
from advisor.readers.part_names import part_of

UNIQUE = 0.9  # distinct values per file from which a piece numbers the files
LEAST_FILES = 3.0  # per value of a class, on average
LEAST_FILES_OF_FEW, FEW = 2.0, 12  # the same among at most so many files
MOST_WORDS, MOST_NUMBERS = 1_000, 100  # distinct values of a class of words, of numbers
MOST_ALIKE = 0.8  # of the files may have one value of a class, where another piece may be the class
FEW_NUMBERS = 20  # beyond this a number is rather a place or a counter than a class
COUNTING = 0.4  # share of steps of a number by one up, from which it counts (anew in each run)

WHO_KEYS = frozenset(
    {"s", "p", "sub", "subj", "subject", "spk", "speaker", "actor", "user", "person", "patient",
     "participant", "client", "id", "pid", "sid", "uid"}
)  # fmt: skip
GROUP_KEYS = WHO_KEYS | frozenset(
    {"session", "ses", "sess", "rec", "recording", "video", "vid", "clip", "scene", "seq", "sequence", "cam",
     "camera", "site", "fold", "group", "song", "track", "src", "source", "study", "series", "room", "mic",
     "xy", "fov", "position", "well", "plate"}
)  # fmt: skip
NO_CLASSES = frozenset(
    {"img", "image", "images", "dsc", "dscn", "dscf", "p", "pic", "pict", "picture", "photo", "scan",
     "file", "frame", "screenshot", "snapshot", "mask", "masks", "seg", "gt", "orig", "original", "copy",
     "thumb", "aug", "rec", "recording", "audio", "sound", "clip", "track", "sample", "untitled", "new"}
)  # fmt: skip
"""Words that cameras, recorders and programs write, and that say what a file is for."""

TIMES = re.compile(r"(19|20)\d\d([01]\d([0-3]\d([0-2]\d[0-5]\d([0-5]\d)?)?)?)?|1\d{9}|1\d{12}")


@dataclass(frozen=True)
class NameLabels:
    """What the names say.

    Attributes:
        labels: [file] classes, "" where a name has none.
        parts: [file] parts that a piece names, else "".
        piece: the piece that is the class.
        choices: other pieces that might be.
        groups: pieces whose files belong together (a speaker, a recording), the class apart.
        reason: why this piece, in words.
    """

    labels: tuple[str, ...]
    parts: tuple[str, ...]
    piece: Piece
    choices: tuple[Piece, ...]
    groups: tuple[Piece, ...]
    reason: str


def from_names(stems: Sequence[str], target: str | None = None) -> NameLabels | None:
    """The class of each file by its name without suffix; None where no piece behaves like one.

    Args:
        target: the piece to take, `name1` being the first; the best guess if None.

    Raises:
        UsageError: no such piece, or only one value in it.
    """
    first: tuple[Piece, ...] = ()
    for columns in ways_to_cut(stems):
        pieces = with_roles(columns)
        first = first or pieces
        found = _choose(pieces)
        if found:
            return _labels(pieces, found, target)
    return _labels(first, [], target) if target is not None else None


def number_from_names(stems: Sequence[str]) -> Piece | None:
    """The number that names like `run1_0042_085` say of each file, as an angle or an age; None without one.

    One piece is a number that is new in every name. Of the others one alone varies, after it: a number with
    many values that repeat, and that neither grows nor counts in the order of the first.
    """
    varying = [piece for piece in next(ways_to_cut(stems), []) if len(piece.counts) > 1]
    if len(varying) != 2 or not all(value.isdecimal() for piece in varying for value in piece.values):
        return None
    counter, said = varying
    counts, values = ([int(value) for value in piece.values] for piece in varying)
    if len(set(counts)) < len(counts) or not FEW_NUMBERS < len(said.counts) < UNIQUE * len(values):
        return None
    if counter.key in CLASS_KEYS or said.key in GROUP_KEYS | COUNTER_KEYS:
        return None
    if all(TIMES.fullmatch(value) for value in said.counts):
        return None
    ordered = [value for _, value in sorted(zip(counts, values, strict=True))]
    steps = [after - before for before, after in pairwise(ordered)]
    counting = sum(step == 1 for step in steps) >= COUNTING * len(steps)
    return None if counting or min(steps) >= 0 or max(steps) <= 0 else said


def _labels(pieces: Sequence[Piece], found: list[Piece], target: str | None) -> NameLabels:
    chosen = found[0] if target is None else _named(pieces, target)
    others = [piece for piece in found if piece is not chosen]
    part = next((piece for piece in pieces if piece.role == "part"), None)
    parts = tuple(part_of(value) or "" for value in part.values) if part else ("",) * len(chosen.values)
    if target is not None:
        reason = "chosen by name"
    elif chosen.is_strong:
        reason = f"the names call it {chosen.key!r}"
    else:
        reason = "the first piece that repeats and is no running number, no speaker and no camera's word"
    counts = chosen.counts
    labels = tuple(value if counts[value] > 1 else "" for value in chosen.values)  # once only: a stray file
    groups = [piece for piece in pieces if piece is not chosen and (piece.role == "group" or piece in others)]
    return NameLabels(labels, parts, chosen, tuple(others), tuple(groups), reason)


def _named(pieces: Sequence[Piece], target: str) -> Piece:
    varying = [piece for piece in pieces if len(piece.counts) > 1]
    for piece in varying:
        if target == piece.name:
            return piece
    raise UsageError(
        f"`--target {target}` is no piece of the file names: choose one of "
        f"{', '.join(piece.describe() for piece in varying) or 'none, all names are alike'}"
    )


def _choose(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that may be the class, the likeliest first."""
    varying = next((piece for piece in pieces if len(piece.counts) > 1 and piece.role != "part"), None)
    found = [piece for piece in pieces if piece.role in ("word", "number")]

    def rank(piece: Piece) -> int:
        numbers = [int(digits) for digits in map(_digits, piece.counts) if digits]
        if piece.is_strong:
            return 0
        if max(piece.counts.values()) > MOST_ALIKE * piece.counts.total():
            return 4  # nearly all the same: a version or a take
        even = len(set(piece.counts.values())) == 1
        counted = piece.role == "number" and min(numbers) == 0
        if piece.role == "word" or (counted and (even or (piece is varying and len(numbers) <= FEW_NUMBERS))):
            return 1  # classes are counted from 0; speakers, sessions and takes mostly from 1
        return 2 if len(numbers) <= FEW_NUMBERS else 3

    return sorted(found, key=rank) or [piece for piece in pieces if _is_who(piece)][:1]


def with_roles(columns: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces with their roles. Without a piece that is new in every name, the last number is taken for
    the one that counts the files, if another piece is left to be the class."""
    times = _date_pieces(columns)
    roles: list[Role] = ["other" if i in times else _role(piece) for i, piece in enumerate(columns)]
    pieces = [replace(piece, role=role) for piece, role in zip(columns, roles, strict=True)]
    if not any(piece.role == "counter" for piece in pieces):
        numbers = [place for place, piece in enumerate(pieces) if piece.role == "number"]
        candidates = [piece for piece in pieces if piece.role in ("word", "number") or _is_who(piece)]
        if numbers and len(candidates) > 1 and not pieces[numbers[-1]].is_strong:
            pieces[numbers[-1]] = replace(pieces[numbers[-1]], role="counter")
    return tuple(pieces)


def _date_pieces(pieces: Sequence[Piece]) -> set[int]:
    """Places of a year, month and day side by side (`2021-02-11`), and of all numbers below 60 after them."""
    values = [[int(value) if value.isdecimal() else -1 for value in piece.counts] or [-1] for piece in pieces]
    for year in range(len(pieces) - 2):
        limits = ((1900, 2100), (1, 12), (1, 31))
        three = zip(values[year : year + 3], limits, strict=True)
        if all(low <= min(found) and max(found) <= high for found, (low, high) in three):
            after = {place for place in range(year + 3, len(pieces)) if 0 <= min(values[place]) < 60}
            return {year, year + 1, year + 2} | {place for place in after if max(values[place]) < 60}
    return set()


def _is_who(piece: Piece) -> bool:
    return piece.role == "group" and piece.key in WHO_KEYS and _repeats(piece)


def _role(piece: Piece) -> Role:
    counts = piece.counts
    if len(counts) < 2 or {value.lower() for value in counts} <= NO_CLASSES:
        return "other"
    if all(part_of(value) for value in counts):
        return "part"
    if len(counts) >= UNIQUE * counts.total() or piece.key in COUNTER_KEYS:
        return "counter"
    numbers = [int(digits) for digits in map(_digits, counts) if digits]
    if len(numbers) < len(counts):
        return "word" if _repeats(piece) and len(counts) <= MOST_WORDS else "other"
    if all(TIMES.fullmatch(value) for value in counts):
        return "other"
    if piece.key in GROUP_KEYS:
        return "group"
    running = min(numbers) <= 1 and max(numbers) <= 2 * len(numbers) and len(numbers) <= MOST_NUMBERS
    if not running and piece.key not in CLASS_KEYS:
        return "group" if _repeats(piece) else "counter"
    return "number" if _repeats(piece) else "counter"


def _digits(value: str) -> str:
    """The number of `speaker2` or `07`; the empty string for anything else."""
    match = re.fullmatch(r"[^\W\d_]*([0-9]{1,18})", value)
    return match[1] if match else ""


def _repeats(piece: Piece) -> bool:
    """Several files for each value, as classes have them; at least two values with two files."""
    counts = piece.counts
    least = LEAST_FILES_OF_FEW if counts.total() <= FEW else LEAST_FILES
    return counts.total() >= least * len(counts) and sum(count > 1 for count in counts.values()) > 1
