"""Which file a cell of a table names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

NUMBERED = re.compile(r"(.*[^\d])(\d{1,9})")
COUNTED = 0.95  # of the files must be called by the same word and a number


class Names:
    """Which file a cell names. Names are compared without case, as file systems often do."""

    def __init__(self, files: Sequence[str]) -> None:
        self.paths = [path.lower() for path in files]
        self.by_stem: dict[str, list[int]] = {}
        self.by_number: dict[int, list[int]] = {}
        for place, path in enumerate(self.paths):
            stem = stem_of(path.rpartition("/")[2])
            self.by_stem.setdefault(stem, []).append(place)
            if stem[:1] == "0" and is_number(stem):
                self.by_number.setdefault(int(stem), []).append(place)
        self.by_number = _counted(self.by_stem) or self.by_number

    def find(self, cell: str, near: str) -> list[int]:
        """Positions of the files that `cell` may mean: those of that very name, that share most of its
        folders, that lie in a folder called `near`, where there are such."""
        path = cell.strip().strip("\"'").replace("\\", "/").lower()
        base = path.rpartition("/")[2]
        if "#" in base:  # `a.jpg#2`: the third caption of a.jpg
            base = re.sub(r"#\d+$", "", base)
        found = self.by_stem.get(base) or self.by_stem.get(stem_of(base)) or self._by_number(base)
        if len(found) > 1:
            found = [place for place in found if self.paths[place].endswith(base)] or found
        if len(found) > 1:
            shared = [_shared_folders(path, self.paths[place]) for place in found]
            found = [place for place, count in zip(found, shared, strict=True) if count == max(shared)]
        if len(found) > 1 and near:
            found = [place for place in found if near in self.paths[place].split("/")[:-1]] or found
        return found

    def _by_number(self, base: str) -> list[int]:
        if not is_number(base):
            return []
        return self.by_number.get(int(base)) or self.by_stem.get(str(int(base))) or []


def _counted(by_stem: Mapping[str, list[int]]) -> dict[int, list[int]]:
    """Files by their number, where nearly all are one word and a number of their own: `take_17`."""
    parted = [(found, places) for stem, places in by_stem.items() if (found := NUMBERED.fullmatch(stem))]
    words = Counter(found[1] for found, _ in parted)
    if not words or words.most_common(1)[0][1] < COUNTED * len(by_stem):
        return {}
    word = words.most_common(1)[0][0]
    numbers = Counter(int(found[2]) for found, _ in parted if found[1] == word)
    return {
        int(found[2]): places for found, places in parted if found[1] == word and numbers[int(found[2])] == 1
    }


def stem_of(name: str) -> str:
    """The name without its last suffix."""
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name


def is_number(text: str) -> bool:
    """Digits only."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def _shared_folders(first: str, second: str) -> int:
    """How many of the last folders of two paths are the same."""
    pairs = zip(reversed(first.split("/")[:-1]), reversed(second.split("/")[:-1]), strict=False)
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
