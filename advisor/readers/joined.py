"""A data set whose test part lies in another place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from advisor.errors import UsageError
from advisor.readers.source import Sample, Source
from advisor.records import Axis, SplitCounts


def with_test(source: Source, test: Source) -> Source:
    """The samples of both, with those of `test` as the test part; what was called test is for training.

    Raises:
        UsageError: the two have different forms, or one has no labels.
    """
    ours, theirs = source.spec, test.spec
    if ours.format != theirs.format or len(ours.input.axes) != len(theirs.input.axes):
        raise UsageError(
            f"`--test {theirs.path}` holds {theirs.format}, the data {ours.format}: give the same form"
        )
    if source.labels is None or test.labels is None or source.timestamps is not None:
        raise UsageError(f"`--test {theirs.path}`: needs labelled samples in both places; see `--split`")
    count = len(source)
    parts = np.full(count + len(test), "test", dtype="<U10")
    parts[:count] = "" if source.parts is None else np.where(source.parts == "test", "", source.parts)
    axes = tuple(map(_wider, ours.input.axes, theirs.input.axes))
    inputs = (ours.input.model_copy(update={"axes": axes}), *ours.inputs[1:])
    given = SplitCounts(
        train=int((parts != "test").sum() - (parts == "validation").sum()),
        validation=int((parts == "validation").sum()),
        test=len(test),
    )
    update = {"samples": count + len(test), "inputs": inputs, "splits": given}

    def read(index: int) -> Sample:
        return source.read(index) if index < count else test.read(index - count)

    def read_frames(index: int, frames: int) -> Sample:
        one, place = (source, index) if index < count else (test, index - count)
        assert one.read_frames is not None
        return one.read_frames(place, frames)

    return replace(
        source,
        spec=ours.model_copy(update=update),
        ids=[*source.ids, *(f"test:{name}" for name in test.ids)],
        read=read,
        labels=np.concatenate([source.labels, test.labels]),
        groups=None,
        group_name=None,
        possible_groups=None,
        moments=None,
        files=None if source.files is None or test.files is None else [*source.files, *test.files],
        parts=parts,
        skipped=source.skipped + test.skipped,
        read_frames=None if source.read_frames is None else read_frames,
    )


def _wider(ours: Axis, theirs: Axis) -> Axis:
    """The axis of both: where the sizes differ, it varies."""
    return ours if ours.size == theirs.size else ours.model_copy(update={"size": None})
