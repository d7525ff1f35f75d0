"""Columns of new data are found by their names, in whatever order they stand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from advisor.bundle.store import Bundle
from advisor.errors import DataError
from advisor.prepare.preprocessing import TableValues
from advisor.readers.source import Source

WITHOUT_NAME = re.compile(r"column\d+$")  # what readers call the columns of a table without a header


def as_trained(source: Source, bundle: Bundle) -> Source:
    """The source with the columns that the model was trained on, in their order; others are left out.

    Columns of a table that training made nothing of may be missing. Without names, places count.

    Raises:
        DataError: a column that the model needs is missing.
    """
    trained, given = bundle.card.inputs[0], source.spec.input
    wanted, found = ([column.name for column in one.columns] for one in (trained, given))
    if wanted == found or not wanted or not found or len(set(wanted)) < len(wanted):
        return source
    if len(wanted) == len(found) and (_unnamed(wanted) or _unnamed(found)):
        return source
    values, needed = bundle.preprocessing.values, set(wanted)
    if isinstance(values, TableValues):
        needed = {column.name for column in values.columns}
    missing = [name for name in wanted if name in needed and name not in found]
    if missing:
        raise DataError(
            f"{source.spec.path}: lacks {', '.join(repr(name) for name in missing)}, which the model was "
            f"trained on (found {', '.join(found)}): give the same columns, in any order"
        )
    places = [found.index(name) if name in found else -1 for name in wanted]

    def read(index: int) -> NDArray[np.generic]:
        sample = np.asarray(source.read(index))
        chosen: NDArray[np.generic] = sample[..., places]
        if -1 in places:
            chosen[..., np.array(places) == -1] = np.nan
        return chosen

    axes = (*given.axes[:-1], given.axes[-1].model_copy(update={"size": len(wanted)}))
    told = given.model_copy(update={"axes": axes, "columns": trained.columns})
    return replace(source, spec=source.spec.model_copy(update={"inputs": (told,)}), read=read)


def _unnamed(names: list[str]) -> bool:
    return all(WITHOUT_NAME.match(name) for name in names)
