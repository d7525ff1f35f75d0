"""File names cut into pieces that stand side by side in all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

FITTING = 0.9  # share of the names that must have as many pieces as the rest
CLASS_KEYS = frozenset({"label", "class", "cls", "target", "category", "cat", "digit", "emotion", "y", "lbl"})
COUNTER_KEYS = frozenset(
    {"take", "rep", "repetition", "run", "idx", "index", "no", "nr", "num", "frame", "slice", "sample",
     "trial", "img", "image", "file", "copy", "v", "version", "page", "seg", "segment", "part", "chunk",
     "tile", "patch"}
)  # fmt: skip
GLUED = (re.compile(r"([^\W\d_]+)(\d+)"), re.compile(r"(\d+)([^\W\d_]+)"))
Role = Literal["word", "number", "group", "counter", "part", "other"]


@dataclass(frozen=True)
class Piece:
    """One piece of all names; `values` [file] are "" where a name has not got it.

    `key` is the word before a number that is the same in all names (`speaker` of `speaker2`).
    """

    name: str
    values: tuple[str, ...]
    key: str = ""
    role: Role = "other"

    @property
    def counts(self) -> Counter[str]:
        """Files per value."""
        return Counter(value for value in self.values if value)

    @property
    def is_strong(self) -> bool:
        """Whether the names themselves call it a class: `class3`, `label_3`."""
        return self.key in CLASS_KEYS and self.role == "number"

    def describe(self) -> str:
        """`name1 (cat, dog; 2 values)`."""
        counts = self.counts
        shown = ", ".join(sorted(counts)[:3])
        return f"{self.name} ({shown}{', …' if len(counts) > 3 else ''}; {len(counts)} values)"


def ways_to_cut(stems: Sequence[str]) -> Iterator[list[Piece]]:
    """Pieces side by side: as they are, then with the words at one end taken as one, then cut finer."""
    for pattern in (r"[^\W_]+", r"[^\W\d_]+|\d+"):
        rows = [re.findall(pattern, stem) for stem in stems]
        sizes = Counter(map(len, rows))
        size, count = max(sizes.items(), key=lambda item: item[1])
        if size and count >= FITTING * len(rows):
            yield _pieces([row if len(row) == size else [""] * size for row in rows])
            continue
        least = _least_size(sizes)
        if least > 1:
            yield _pieces([_merged(row, least, at_start=True) for row in rows])
            yield _pieces([_merged(row, least, at_start=False) for row in rows])


def _least_size(sizes: Counter[int]) -> int:
    """The smallest number of pieces once a tenth of the names, which may be stray, are left out."""
    seen = 0
    for size in sorted(sizes):
        seen += sizes[size]
        if seen > (1 - FITTING) * sizes.total():
            return size
    return 0


def _merged(row: list[str], size: int, *, at_start: bool) -> list[str]:
    """`size` pieces: the first (or last) words of `american_bulldog_100` become one."""
    if len(row) < size:
        return [""] * size
    extra = len(row) - size + 1
    if at_start:
        return ["_".join(row[:extra]), *row[extra:]]
    return [*row[: size - 1], "_".join(row[size - 1 :])]


def _pieces(rows: Sequence[list[str]]) -> list[Piece]:
    """Columns of the rows; words with a number glued to them are cut where the words differ."""
    found: list[tuple[tuple[str, ...], str]] = []
    for column in zip(*rows, strict=True):
        before: tuple[tuple[str, ...], str] = found[-1] if found else ((), "")
        constant = {value.lower() for value in before[0] if value}
        key = constant.pop() if len(constant) == 1 and not any(map(str.isdigit, before[0][:1])) else ""
        if before[1] in COUNTER_KEYS:  # both numbers of `tile_3_15` are of the tile
            key = key or before[1]
        found += _unglued(column, key if all(value.isdecimal() for value in column if value) else "")
    return [Piece(f"name{place}", values, key) for place, (values, key) in enumerate(found, start=1)]


def _unglued(column: tuple[str, ...], key: str) -> list[tuple[tuple[str, ...], str]]:
    known = [value for value in column if value]
    for glue in GLUED:
        matches = [glue.fullmatch(value) for value in column]
        heads = {match[1 if glue is GLUED[0] else 2].lower() for match in matches if match}
        if not known or sum(match is not None for match in matches) < FITTING * len(known):
            continue
        if len(heads) == 1:
            return [(column, heads.pop() if glue is GLUED[0] else "")]
        halves = [tuple(match[side] if match else "" for match in matches) for side in (1, 2)]
        return [(half, "") for half in halves]
    return [(column, key)]
