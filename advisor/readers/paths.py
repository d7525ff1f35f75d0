"""Many paths, kept as text: to make 60,000 Path objects takes longer than to list their folders."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import overload


class Paths(Sequence[Path]):
    """Paths that are made when one is asked for; `texts` are what `str` of each would give."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = list(texts)

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Paths: ...
    def __getitem__(self, index: int | slice) -> Path | Paths:
        return Paths(self.texts[index]) if isinstance(index, slice) else Path(self.texts[index])

    def add(self, path: str | Path) -> None:
        text = os.fspath(path)
        self.texts.append(text[2:] if text.startswith("./") else text)

    def pop(self, place: int) -> Path:
        return Path(self.texts.pop(place))

    def without(self, places: Collection[int]) -> Paths:
        """The others, in their order."""
        return Paths(text for i, text in enumerate(self.texts) if i not in places) if places else self


def texts_of(paths: Iterable[Path]) -> list[str]:
    """Each path as text."""
    return paths.texts if isinstance(paths, Paths) else [str(path) for path in paths]
