"""Arrays beside samples and labels that say who or what each sample comes from: `groups`, `subject_train`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.readers.array.array_roles import Block
from advisor.readers.array.stored import Stored, part_of_words, plain_shape
from advisor.readers.labelling import group_columns


def find(
    blocks: Sequence[Block], unused: Sequence[Stored], labels: NDArray[np.generic] | None
) -> tuple[str, NDArray[np.str_]] | None:
    """The name of such an array and the group of each sample [sample]; None where not every part has it."""
    found: dict[str, list[Stored]] = {}
    for block in blocks:
        for one in unused:
            fits = one.part == block.part and plain_shape(one.shape) == (block.count,)
            if fits and one.dtype.kind in "iufSU":
                found.setdefault(_name(one), []).append(one)
    names = [name for name, arrays in found.items() if len(arrays) == len(blocks)]
    codes = [f"{name.removesuffix('s')} id" for name in names]  # an array of `subjects` holds their ids

    def column(place: int) -> list[str]:
        return [cell for one in found[names[place]] for cell in _cells(one)]

    chosen = group_columns.find(codes, column, range(len(names)), labels)
    return None if chosen is None else (names[chosen[0]], chosen[1])


def _name(one: Stored) -> str:
    return " ".join(word for word in one.words if not part_of_words((word,)))


def _cells(one: Stored) -> list[str]:
    values: NDArray[Any] = one.whole().ravel()
    if values.dtype.kind == "S":
        values = np.strings.decode(values.astype(np.bytes_), "utf-8", "replace")
    if values.dtype.kind == "f" and bool((values == np.round(values)).all()):
        values = values.astype(np.int64)  # as MATLAB stores whole numbers
    return [str(value) for value in values.tolist()]
