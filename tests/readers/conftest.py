"""Texts that are made up: sentences of different length, their translations, and letters."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

WORDS = (
    "the a film dog was long and quite dull but its music light were joy to all who came early late".split()
)
OTHERS = (
    "der ein film hund war lang und recht fade doch seine musik licht waren lust zu allen wer kam früh"
).split()

Write = Callable[..., Path]


def sentences(count: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(4, 20))) for _ in range(count)]


def translations(texts: Sequence[str]) -> list[str]:
    """Word by word, so that long ones stay long."""
    pairs = dict(zip(WORDS, OTHERS, strict=False))
    return [" ".join(pairs.get(word, word) for word in text.split()) for text in texts]


def letters(count: int, size: int | None = 30, seed: int = 0) -> list[str]:
    """Strings of ACGT, of one length or of many."""
    rng = random.Random(seed)
    return ["".join(rng.choices("ACGT", k=size or rng.randint(20, 40))) for _ in range(count)]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes lines, text or bytes below `tmp_path`, gzipped where the name says so; gives the folder."""

    def write_one(name: str, content: Sequence[str] | str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, (str, bytes)):
            content = "".join(f"{line}\n" for line in content)
        data = content if isinstance(content, bytes) else content.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return tmp_path

    return write_one
