"""Samples that are equal to another one: a split that is drawn at random keeps them in one part."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError
from advisor.measure.health.survey import digest, numberings
from advisor.readers.file_copies import equal_files
from advisor.readers.source import Source

MOST_BYTES = 2**31  # of samples without a file of their own, which are read to be compared
MOST_SAMPLES = 300_000  # of these: a row of 10 cells takes 4 microseconds, one of 50 cells 12
LARGEST = 0.05  # of the samples; what more than so many share is blank, or a row of a table with few kinds


def first_equal(source: Source, free: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """[sample] the first of the free samples that each is equal to, itself for most.

    Files are compared byte by byte, other samples by their content, a table's numbering of its rows apart.
    None where the samples are too many to be read for it.

    Args:
        free: [sample] those that may be moved; every other is its own first.
    """
    codes = _of_files(source.files) if source.files is not None else _of_content(source)
    if codes is None:
        return None
    places = np.flatnonzero(free)
    _, first, inverse, counts = np.unique(
        codes[places], return_index=True, return_inverse=True, return_counts=True
    )
    found = np.arange(len(source))
    few = counts[inverse] <= max(2, LARGEST * len(places))
    found[places[few]] = places[first[inverse[few]]]
    return found


def _of_files(files: Sequence[Path]) -> NDArray[np.int64]:
    """[sample] a number that equal files have in common."""
    codes = np.arange(len(files))
    for same in equal_files(files, inf)[0]:
        codes[same] = same[0]
    return codes


def _of_content(source: Source) -> NDArray[np.int64] | None:
    if source.read_frames is not None or len(source) > MOST_SAMPLES:
        return None
    counting, size = numberings(source), 0
    known: dict[bytes, int] = {}
    codes = np.arange(len(source))
    for index in range(len(source)):
        try:
            sample = source.read(index)
        except DataError:
            continue
        size += len(sample) if isinstance(sample, str) else sample.nbytes
        if size > MOST_BYTES:
            return None
        codes[index] = known.setdefault(digest(sample, counting), index)
    return codes
