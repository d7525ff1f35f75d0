"""The Source of every form of text: one input, its tokens, read as a string."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.readers.labels import split_counts
from advisor.readers.source import Skipped, Source
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec


def text_source(
    path: Path,
    form: str,
    ids: Sequence[str],
    read: Callable[[int], str],
    axis: Axis,
    target: TargetSpec | None,
    *,
    labels: NDArray[np.generic] | None = None,
    parts: NDArray[np.str_] | None = None,
    skipped: Sequence[Skipped] = (),
    read_pieces: Callable[[int, int, int], list[str]] | None = None,
    files: Sequence[Path] | None = None,
) -> Source:
    """Texts of one form; for the arguments see `Source`."""
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=form,
            samples=len(ids),
            inputs=(InputSpec(name="text", dtype="str", axes=(axis,)),),
            target=target,
            splits=split_counts(parts, labels),
        ),
        ids=ids,
        read=read,
        labels=labels,
        parts=parts,
        skipped=tuple(skipped),
        read_pieces=read_pieces,
        files=files,
    )
